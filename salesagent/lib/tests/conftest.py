"""An installation and a backup of it, for tests of restoring."""

import shutil
from pathlib import Path

import pytest

from salesagent.lib.tests.backup_kit import Site, world


@pytest.fixture(scope="session")
def first(tmp_path_factory) -> Site:
    """Made once; tests work on copies."""
    return world(tmp_path_factory.mktemp("first") / "data")


@pytest.fixture(scope="session")
def file(first, tmp_path_factory) -> Path:
    return first.back_up(tmp_path_factory.mktemp("kept") / "a.backup")


@pytest.fixture
def site(first, file, tmp_path) -> Site:
    """The installation that the backup is of, as it is now."""
    shutil.copytree(first.folder, tmp_path / "site", symlinks=True)
    return Site(tmp_path / "site")
