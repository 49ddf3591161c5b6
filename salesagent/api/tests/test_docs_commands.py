"""docs/api.md: each of its lines is run, against a live server."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from leads import append_only
from salesagent.api.tests.conftest import Caller
from salesagent.api.tests.world import made

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TEXT = Path(settings.BASE_DIR, "docs", "api.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _emptied(live_server: Any) -> Iterator[None]:
    yield
    append_only.remove()  # the tables are emptied after this; that puts the guard back


def environment(url: str, words: str, ids: dict[str, Any]) -> dict[str, str]:
    names = {name.removesuffix("_id").upper(): str(pk) for name, pk in ids.items()}
    wanted = {"SALES": f"{url}/api/v1", "TOKEN": words, "NO_PROXY": "*", "no_proxy": "*"}
    return {"PATH": os.environ["PATH"], **names, **wanted}


def run(block: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own text
        [shutil.which("bash") or "bash", "-euo", "pipefail", "-c", block],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="no curl or no jq")
def test_each_block_runs(live_server: Any, rep: Any, workspace: Any) -> None:
    world = made(rep, "Quillon")
    caller = Caller(rep, machine=False)
    env = environment(live_server.url, caller.words, world.ids)
    assert len(BLOCKS) > 10
    for block in BLOCKS:
        done = run(block, env)
        assert done.returncode == 0, (block, done.stdout[-800:], done.stderr[-800:])
        assert '"status": 5' not in done.stdout, (block, done.stdout[-800:])


def test_a_block_that_fails_is_noticed(live_server: Any, rep: Any) -> None:
    env = environment(live_server.url, "sa_none", {})
    assert run(BLOCKS[0], env | {"LEAD": "1"}).returncode
