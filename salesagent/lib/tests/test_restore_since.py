"""What was decided after a backup was made holds after a restore: stops, accounts, sessions."""

import shutil
from pathlib import Path

import pytest
from django.db import connection

from salesagent.lib import hold, since
from salesagent.lib.tests.backup_kit import Site, world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
LATER = """
from leads.models import Lead
from leads.services import stopping, suppression, suppression_lists
from salesagent.accounts.models import User
from django.contrib.sessions.backends.db import SessionStore
owner = User.objects.get(role="owner")
stopping.stop(Lead.objects.get(email="canary0@zilpzalp.example"), owner, what="all", why="asked")
suppression.suppress(address="canary1@zilpzalp.example", reason="complaint",
                     source="spam complaint", actor="system")
suppression_lists.import_list("canary2@zilpzalp.example", channel="email", source="old system",
                              actor="system")
suppression.suppress(address="+48615550103", channel="sms", reason="manual", source="x", actor="s")
suppression.lift(address="+48615550103", channel="sms", actor="s")
User.objects.filter(email="fired@own.example").update(is_active=False)
User.objects.filter(email="less@own.example").update(role="rep")
"""
BEFORE = """
from salesagent.accounts.models import User
from django.contrib.sessions.backends.db import SessionStore
User.objects.create_user("fired@own.example", "correct horse 42", role="rep")
User.objects.create_user("less@own.example", "correct horse 42", role="manager")
session = SessionStore(); session["x"] = 1; session.save()
"""
LOOK = """
from leads.models import Lead, Suppression, ThreadEvent
from leads.services.suppression import is_suppressed
from salesagent.accounts.models import User
from django.contrib.sessions.models import Session
leads = list(Lead.objects.order_by("email"))
print([is_suppressed(one, "email") for one in leads])
print(sorted(set(Suppression.objects.values_list("reason", flat=True))))
print(ThreadEvent.objects.filter(kind="lead.suppressed").values("lead").distinct().count())
print(User.objects.get(email="fired@own.example").is_active, Session.objects.count())
"""
HELD = ["[True, True, True, False]", "['complaint', 'imported', 'opted_out']", "3"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    if connection.vendor != "sqlite":
        pytest.skip("test_restore_postgres.py has its own")
    made = world(tmp_path / "data")
    made.python(BEFORE)
    return made


def test_who_said_stop_since_is_not_written_to(site, tmp_path):
    file = site.back_up(tmp_path / "a.backup")
    site.python(LATER)
    said = site.restore(file)
    assert "stops made since the backup: in force again" in said
    assert "fired@own.example is switched off again" in said
    assert "less@own.example is Manager again, and was Rep since" in said
    assert "Everybody signs in again" in said
    lines = site.python(LOOK).splitlines()
    assert lines == [*HELD, "False 0"]
    assert not (site.folder / since.FILE).exists()


def test_the_file_tells_when_the_database_cannot(site, tmp_path):
    file = site.back_up(tmp_path / "a.backup")
    site.python(LATER)
    site.database.write_bytes(b"not a database" * 1000)
    said = site.restore(file)
    assert "could not be read" in said
    lines = site.python(LOOK).splitlines()
    assert lines[:3] == HELD
    assert "zilpzalp" not in (site.folder / "stops.jsonl").read_text()


def test_the_file_alone_on_a_new_machine_with_the_same_key(site, tmp_path):
    file = site.back_up(tmp_path / "a.backup")
    site.python(LATER)
    new = Site(tmp_path / "new")
    new.folder.mkdir()
    shutil.copy(site.folder / "stops.jsonl", new.folder)
    new.restore(file)
    assert new.python(LOOK).splitlines()[0] == HELD[0]


def test_stops_of_another_hash_key_are_told(site, tmp_path):
    file = site.back_up(tmp_path / "a.backup")
    other = world(tmp_path / "other", secret="m9" * 24)
    other.python(
        "from leads.services import suppression\n"
        'suppression.suppress(address="canary1@zilpzalp.example", reason="complaint",'
        ' source="x", actor="system")'
    )
    said = other.restore(file)
    assert "could not be carried over: its HASH_KEY" in said


@pytest.mark.django_db
def test_outside_of_a_restore_nothing_is_carried(settings):
    from datetime import UTC, datetime

    assert since.again() == []
    hold.begin(datetime.now(UTC))
