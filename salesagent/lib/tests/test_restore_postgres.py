"""Backups of PostgreSQL: pg_dump out, pg_restore into a new database, swapped by renaming."""

import uuid
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from salesagent.lib import backup_postgres as postgres
from salesagent.lib import swap
from salesagent.lib.backup_base import BackupError
from salesagent.lib.tests.backup_kit import world

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]


def named(like: str) -> list[str]:
    """Databases whose names begin so."""
    found = run("SELECT datname FROM pg_database ORDER BY 1")
    return [str(one) for (one,) in found if str(one).startswith(like)]


def run(sql: str, name: str = "postgres") -> list[tuple[object, ...]]:
    with closing(postgres.connect(name)) as own:
        found = own.execute(sql)
        return found.fetchall() if found.description else []


@pytest.fixture
def name():
    """A database of its own, with all that becomes of it gone afterwards."""
    made = f"bk_{uuid.uuid4().hex[:10]}"
    run(f"CREATE DATABASE {made}")
    yield made
    for one in named(made):
        run(f'DROP DATABASE "{one}" WITH (FORCE)')


def url_of(name: str) -> str:
    from salesagent.lib.backup_restore import postgres_url

    return postgres_url(name)


@pytest.mark.slow
def test_all_comes_back_and_what_was_there_is_kept(name, tmp_path):
    site = world(tmp_path / "data", url=url_of(name))
    made = site.back_up(tmp_path / "a.backup")
    run(f"CREATE DATABASE {name}_restored_20260101")  # of a restore that was killed
    run("DELETE FROM outreach_touch; DELETE FROM outreach_enrollment", name)
    (site.folder / "mail" / "later.eml").write_text("after the backup")
    said = site.restore(made)
    old = next(word for word in said.split() if word.startswith(f"{name}_former")).rstrip(";")
    assert run("SELECT count(*) FROM outreach_touch", name) == [(4,)]
    assert run("SELECT count(*) FROM outreach_touch", old) == [(0,)]
    assert run("SELECT state, paused_code FROM outreach_mailbox", name) == [("paused", "restored")]
    assert run("SELECT DISTINCT state FROM outreach_touch", name) == [("draft",)]
    assert not (site.folder / "mail" / "later.eml").exists()
    assert named(name) == [name, old]
    assert "no issues" in site.run("check")
    assert "No migrations to apply" in site.run("migrate")


@pytest.mark.slow
def test_who_was_erased_stays_erased(name, tmp_path):
    site = world(tmp_path / "data", url=url_of(name))
    made = site.back_up(tmp_path / "a.backup")
    from salesagent.lib.tests.test_restore_command import ERASED

    site.python(ERASED)
    site.restore(made)
    dump = tmp_path / "plain.sql"
    env_name = ["--dbname", name]
    postgres.run([postgres.program("pg_dump"), f"--file={dump}", *env_name])
    content = dump.read_bytes()
    assert b"canarytouch2" in content
    for one in (b"anary1", b"ilpzalp1", b"canarytouch1", b"canarybody1", b"canarytag1"):
        assert one not in content


@pytest.mark.slow
def test_it_refuses_while_somebody_is_connected(name, tmp_path):
    site = world(tmp_path / "data", url=url_of(name))
    made = site.back_up(tmp_path / "a.backup")
    with closing(postgres.connect(name)):
        assert "SalesAgent runs on this data" in site.restore(made, fails=True)
    assert named(name) == [name]
    assert not (site.folder / swap.STAGE).exists()


@pytest.mark.slow
def test_a_cut_file_leaves_no_database_behind(name, tmp_path):
    site = world(tmp_path / "data", url=url_of(name))
    made = site.back_up(tmp_path / "a.backup")
    made.write_bytes(made.read_bytes()[:-1])
    assert "damaged" in site.restore(made, fails=True)
    assert named(name) == [name]


def test_a_swap_that_was_killed_is_carried_out_by_the_next_program(name, tmp_path):
    """The databases are swapped in one transaction, and again does no harm."""
    new = f"{name}_restored"
    run(f"CREATE DATABASE {new}")
    run("CREATE TABLE now_here (x int)", new)
    names = swap.Databases(new, name, f"{name}_former")
    swap._rename_databases(names)
    swap._rename_databases(names)
    assert run("SELECT count(*) FROM now_here", name) == [(0,)]
    assert named(name) == [name, f"{name}_former"]


def test_a_missing_program_is_told(monkeypatch):
    monkeypatch.setattr(Path, "glob", lambda *args: iter(()))
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None)
    with pytest.raises(BackupError, match="Install postgresql-client"):
        postgres.program("pg_dump")


def test_a_program_that_fails_says_why_and_no_password():
    with pytest.raises(BackupError, match="could not do its work") as told:
        postgres.run([postgres.program("pg_dump"), "--dbname", "none_there"])
    assert "none_there" in str(told.value)
    hidden = postgres._SECRET.sub("[hidden]", "postgres://me:word@host password=word2")
    assert "word" not in hidden.replace("password", "")


@pytest.mark.slow
def test_who_said_stop_since_is_not_written_to(name, tmp_path):
    site = world(tmp_path / "data", url=url_of(name))
    made = site.back_up(tmp_path / "a.backup")
    site.python(
        "from leads.services import suppression\n"
        'suppression.suppress(address="canary1@zilpzalp.example", reason="complaint",'
        ' source="x", actor="system")\n'
        "from salesagent.accounts.models import User\n"
        'User.objects.create_user("late@own.example", "correct horse 42", role="rep")\n'
    )
    assert "1 stop made since the backup: in force again" in site.restore(made)
    assert run("SELECT reason FROM leads_suppression", name) == [("complaint",)]
