"""An installation and a backup of it, for tests of restoring."""

import os
import shutil
from pathlib import Path

import pytest

from salesagent.lib import filelock
from salesagent.lib.tests.backup_kit import Site, world

OTHER = "m9" * 24  # the SECRET_KEY of another machine


def copied(site: Site, to: Path, secret: str = "") -> Site:
    shutil.copytree(site.folder, to, symlinks=True)
    return Site(to, secret or site.secret)


@pytest.fixture(scope="session")
def first(tmp_path_factory) -> Site:
    """Made once, for all the processes of a test run; tests work on copies."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with filelock.waited(shared / "world.lock"):
        made = Site(shared / "world")
        if not (shared / "world-made").exists():
            shutil.rmtree(made.folder, ignore_errors=True)
            world(made.folder)
            (shared / "world-made").touch()
    return copied(made, tmp_path_factory.mktemp("first") / "data")


@pytest.fixture(scope="session")
def file(first, tmp_path_factory) -> Path:
    return first.back_up(tmp_path_factory.mktemp("kept") / "a.backup")


@pytest.fixture(scope="session")
def restored(file, tmp_path_factory) -> tuple[Site, str]:
    """The backup on a new machine with other keys, and what the command said."""
    new = Site(tmp_path_factory.mktemp("restored") / "new", OTHER)
    return new, new.restore(file)


@pytest.fixture
def new(restored, tmp_path) -> Site:
    """A copy of that machine."""
    return copied(restored[0], tmp_path / "new")


@pytest.fixture
def site(first, file, tmp_path) -> Site:
    """The installation that the backup is of, as it is now."""
    return copied(first, tmp_path / "site")
