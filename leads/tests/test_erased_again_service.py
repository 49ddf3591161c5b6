"""An erasure that was noted outside of the database is made again in older data."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection

from leads import thread
from leads.models import Lead, Suppression, ThreadEvent
from leads.services import erased_again, suppression
from outreach.models import InboundMessage, Task, Touch
from salesagent.lib import erasures

pytestmark = pytest.mark.django_db
WORDS = ("Marta", "Kowalczyk", "kowalczyk", "+48615550127", "canary")


@pytest.fixture
def known(lead, settings, rep):
    """Somebody with something in most tables that hold people."""
    thread.record(lead=lead, kind="lead.created", actor="system", body="canary body Marta")
    Touch.objects.create(
        lead=lead, channel="email", to_address=lead.email, body="canary", due_at=lead.created_at
    )
    (settings.DATA_DIR / "mail").mkdir()
    (settings.DATA_DIR / "mail" / "raw.eml").write_text("canary")
    InboundMessage.objects.create(
        lead=lead,
        digest="d",
        from_address=lead.email,
        from_name="Marta Kowalczyk",
        text="canary",
        full_text="canary",
        raw_path="raw.eml",
        received_at=lead.created_at,
        state="threaded",
        headers={"References": "canary"},
    )
    Task.objects.create(
        kind="attention", lead=lead, owner=rep, title="canary", why="canary", due_at=lead.created_at
    )
    return lead


def noted(lead: Lead) -> None:
    hashes = [one.hash for one in suppression.normals(lead) if one.kind != "domain"]
    erasures.note(lead.pk, hashes)


def everything() -> str:
    """Each row of each table, as text."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label in ("leads", "outreach", "coaching", "lib"):
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608
                found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_of_the_person_is_left(known, settings):
    before = everything()
    assert all(word in before for word in WORDS)
    noted(known)
    assert erasures.again() == 1
    after = everything()
    assert [word for word in WORDS if word in after] == []
    assert not (settings.DATA_DIR / "mail" / "raw.eml").exists()
    known.refresh_from_db()
    assert known.erased_at and known.archived_at and known.email is None
    assert ThreadEvent.objects.filter(lead=known, redacted_at=None).count() == 0
    assert set(Suppression.objects.values_list("reason", "masked")) == {("erased", "")}


def test_again_does_no_harm(known):
    noted(known)
    assert (erasures.again(), erasures.again()) == (1, 0)


def test_colleagues_of_the_same_domain_stay(known):
    other = Lead.objects.create(first_name="Ola", email="o.nowak@polna.example")
    noted(known)
    erasures.again()
    other.refresh_from_db()
    assert other.first_name == "Ola" and other.erased_at is None


def test_who_came_anew_after_the_erasure_stays(known):
    noted(known)
    Lead.objects.filter(pk=known.pk).update(
        created_at=known.created_at + timedelta(days=1), email="m.kowalczyk@polna.example"
    )
    rows = [erasures.Erasure(one.at, known.pk + 1000, one.hashes) for one in erasures.noted()]
    assert erased_again.erase(rows) == 0


def test_a_person_of_another_installation_with_the_same_number_stays(known):
    erasures.note(known.pk, ["0" * 64])
    assert erasures.again() == 0


def test_the_file_holds_no_personal_data_and_is_private(known, settings):
    noted(known)
    path = settings.DATA_DIR / erasures.FILE
    assert not any(word in path.read_text() for word in WORDS)
    assert oct(path.stat().st_mode)[-3:] == "600"


def test_lines_of_both_sides_are_kept_once(tmp_path, settings, known):
    noted(known)
    staged = tmp_path / "staged"
    staged.mkdir()
    text = (settings.DATA_DIR / erasures.FILE).read_text()
    older = text.replace(f'"person": {known.pk}', '"person": 99')
    (staged / erasures.FILE).write_text(older + text + '{"at": "cut')
    erasures.carry_over(settings.DATA_DIR, staged)
    assert [one.person for one in erasures.noted(staged / erasures.FILE)] == [99, known.pk]
