"""A restore that is killed, and a backup that is made while another process writes."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings

from salesagent.lib import swap
from salesagent.lib.tests.backup_kit import KEY, Site
from salesagent.lib.tests.conftest import copied

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # many programs are started


def state(site: Site) -> str:
    """old, new, or what is wrong; after a program has looked at the data."""
    said = site.python(
        "from leads.models import Lead; from django.conf import settings as s\n"
        "print(Lead.objects.count(), (s.DATA_DIR / 'mail' / 'later.eml').exists(),"
        " (s.DATA_DIR / 'mail' / 'one.eml').exists())"
    ).strip()
    return {"5 True True": "old", "4 False True": "new"}.get(said, said)


def test_killed_at_any_moment_it_is_the_old_data_or_the_new(site, file, tmp_path):
    (site.folder / "mail" / "later.eml").write_text("after the backup")
    site.python('from leads.models import Lead; Lead.objects.create(first_name="Later")')
    key = tmp_path / "key"
    key.write_text(KEY)
    seen, seed = [], time.time_ns()
    moments = random.Random(seed)  # noqa: S311
    for number, (earliest, latest) in enumerate(((0.3, 1.2), (1.2, 2.2))):
        one = copied(site, tmp_path / f"{seed}-{number}")  # the seed is in each message
        work = subprocess.Popen(  # noqa: S603
            one.command("restore", file, "--key-file", key),
            env=one.env(),
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moments.uniform(earliest, latest))
        os.killpg(work.pid, signal.SIGKILL)
        work.wait()
        seen.append(state(one))
        one.restore(file)
        assert one.rows("SELECT count(*) FROM leads_lead") == [(4,)], "nothing hinders the next one"
        assert not (one.folder / swap.STAGE).exists()
    assert set(seen) <= {"old", "new"}, (seed, seen)


STEPS = """
import os, sys
from pathlib import Path
from salesagent.lib import swap
left = int(sys.argv[2])
rename = Path.rename
def counted(path, target):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
    return rename(path, target)
Path.rename = counted
folder = Path(sys.argv[1])
swap.commit(folder, swap.moves_of(folder, folder / "former-1"))
"""


def test_killed_between_any_two_renames_the_next_program_goes_through(tmp_path):
    old = {"a": "old a", "b": "old b", "gone": "old gone"}
    new = {"a": "new a", "b": "new b", "more": "new more"}
    base, seen = settings.BASE_DIR, set()
    for step in range(12):
        folder = tmp_path / f"s{step}"
        stage = folder / swap.STAGE / swap.NEW
        stage.mkdir(parents=True)
        for name, text in old.items():
            (folder / name).write_text(text)
        for name, text in new.items():
            (stage / name).write_text(text)
        command = [sys.executable, "-c", STEPS, str(folder), str(step)]
        done = subprocess.run(command, cwd=base, check=False)  # noqa: S603
        planned = (folder / swap.STAGE / swap.PLAN).exists()
        assert swap.finish(folder) == planned
        found = {p.name: p.read_text() for p in folder.iterdir() if p.is_file()}
        assert found in (old, new)
        if found == new:
            kept = {p.name: p.read_text() for p in (folder / "former-1").iterdir()}
            assert kept == old
        seen.add((done.returncode, found == new))
    assert seen == {(-9, False), (-9, True), (0, True)}


WRITER = """
import os, sqlite3, sys
own = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
own.execute("PRAGMA journal_mode=WAL")
own.execute("CREATE TABLE IF NOT EXISTS pair (id INTEGER PRIMARY KEY, a TEXT, b TEXT)")
print("ready", flush=True)
number = 0
while not os.path.exists(sys.argv[2]):
    number += 1
    own.execute("BEGIN IMMEDIATE")
    own.execute("INSERT INTO pair VALUES (?, ?, ?)", (number, "x" * 500, str(number)))
    own.execute("UPDATE pair SET b = ? WHERE id % 50 = 0", (str(number),))
    own.execute("COMMIT")
print(number, flush=True)
"""


def test_while_another_process_writes_one_moment_is_kept(site, tmp_path):
    stop = tmp_path / "stop"
    load = [sys.executable, "-c", WRITER, str(site.database), str(stop)]
    writer = subprocess.Popen(load, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    made = site.back_up(tmp_path / "hot.backup")
    stop.touch()
    number = writer.communicate()[0]
    assert writer.returncode == 0, "it never waited in vain"
    new = Site(tmp_path / "new")
    new.restore(made)
    assert new.rows("PRAGMA integrity_check") == [("ok",)]
    (count, highest), *_ = new.rows("SELECT count(*), max(id) FROM pair")
    assert count == highest and 0 < highest < int(number), "no gap, and not the end"
    marks = {b for (b,) in new.rows("SELECT DISTINCT b FROM pair WHERE id % 50 = 0")}
    assert marks == {str(highest)} if highest >= 50 else True, "one moment, no half transaction"
    row = new.rows(
        "SELECT group_concat(id || b) FROM (SELECT * FROM pair WHERE id % 50 ORDER BY id)"
    )
    wanted = ",".join(f"{n}{n}" for n in range(1, highest + 1) if n % 50)
    assert row == [(wanted,)]
