"""Who said stop after a backup was made is on the list after it is restored, and why."""

import json
from typing import Any

import pytest

from leads.models import Lead, Suppression, ThreadEvent
from leads.services import stop_file, stopped_again, suppression, suppression_lists
from salesagent.accounts import restored
from salesagent.accounts.models import User
from salesagent.lib import since

pytestmark = pytest.mark.django_db


def stop(address: str, reason: str = "opted_out", channel: str = "all", **more: Any) -> None:
    suppression.suppress(
        address=address, channel=channel, reason=reason, source="link", actor="system", **more
    )


def carry(settings: Any) -> list[str]:
    """As a restore does: what is there is written down, the older rows come, and it is put in."""
    since.gather(settings.DATA_DIR)
    Suppression.objects.all().delete()
    return since.again()


def test_rows_come_back_as_they_were(lead: Lead, settings: Any) -> None:
    stop("a@x.example", "complaint")
    stop("x.example", "manual", "email")
    columns = ("address_hash", "channel", "kind", "masked", "reason", "source", "created_at")
    before = set(Suppression.objects.values_list(*columns))
    assert "2 stops made since the backup: in force again" in carry(settings)
    assert set(Suppression.objects.values_list(*columns)) == before
    assert not (settings.DATA_DIR / since.FILE).exists()
    assert since.again() == [], "once"


def test_threads_are_told_and_what_says_more_wins(lead: Lead, settings: Any) -> None:
    assert lead.email
    stop(lead.email, "complaint")
    since.gather(settings.DATA_DIR)
    Suppression.objects.update(reason="hard_bounce", source="bounce")
    told = ThreadEvent.objects.filter(lead=lead, kind="lead.suppressed").count()
    since.again()
    row = Suppression.objects.get()
    assert (row.reason, row.source) == ("complaint", "link")
    assert ThreadEvent.objects.filter(lead=lead, kind="lead.suppressed").count() == told + 1


def test_a_weaker_word_changes_nothing(settings: Any) -> None:
    stop("a@x.example", "hard_bounce")
    since.gather(settings.DATA_DIR)
    Suppression.objects.update(reason="complaint")
    assert not any("stops" in line for line in since.again())
    assert Suppression.objects.get().reason == "complaint"


def test_the_file_has_each_change_after_the_commit(
    settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    path = settings.DATA_DIR / stop_file.FILE
    with django_capture_on_commit_callbacks(execute=True):
        stop("bounced@x.example", "hard_bounce")
        stop("bounced@x.example", "complaint")
        stop("gone@x.example", "manual")
        suppression_lists.import_list(
            "one@x.example\ntwo@x.example", channel="email", source="old", actor="system"
        )
        suppression.lift(address="gone@x.example", actor="system")
        assert not path.exists()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 6
    assert "x.example" not in path.read_text()
    assert oct(path.stat().st_mode)[-3:] == "600"
    standing = {line.hash: line.reason for line in stop_file.standing()}
    assert standing == {
        suppression.address_hash("bounced@x.example"): "complaint",
        suppression.address_hash("one@x.example"): "imported",
        suppression.address_hash("two@x.example"): "imported",
    }
    Suppression.objects.all().delete()
    assert len(list(stopped_again.present(False))) == 3


@pytest.mark.parametrize(
    "line",
    [
        *("", "{", "[]", "7", '{"at": "x"}', '{"at": "2026-11-21T10:00:00+00:00"}', "\ufffd"),
        '{"at":"2026-11-21T10:00:00","key":"k","hash":"h","kind":"address","channel":"all","reason":"manual"}',
        '{"at":"2026-11-21T10:00:00+00:00","key":"k","hash":"h","kind":"address","channel":"all","reason":"odd"}',
        '{"at":"2026-11-21T10:00:00+00:00","key":"k","hash":"'
        + "h" * 65
        + '","kind":"address","channel":"all","reason":"manual"}',
    ],
)
def test_lines_that_no_row_can_hold_are_passed_over(settings: Any, line: str) -> None:
    (settings.DATA_DIR / stop_file.FILE).write_text(line + "\n", encoding="utf-8")
    assert list(stop_file.standing()) == []


def test_a_full_disk_undoes_no_stop(
    settings: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def full(lines: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stop_file, "_append", full)
    with django_capture_on_commit_callbacks(execute=True):
        stop("a@x.example")
    assert Suppression.objects.count() == 1


def test_stops_under_another_key_are_counted(settings: Any) -> None:
    stop("a@x.example")
    since.gather(settings.DATA_DIR)
    Suppression.objects.all().delete()
    settings.HASH_KEY = "another" * 8
    assert since.again()[0].startswith("1 stop of this installation could not be carried over")
    assert not Suppression.objects.exists()


def test_accounts_are_off_again_but_never_the_only_owner(owner: User, rep: User) -> None:
    rows = [
        {"id": one.pk, "email": one.email, "role": one.role, "is_active": False}
        for one in (owner, rep)
    ]
    lines = restored.again(rows)
    owner.refresh_from_db()
    rep.refresh_from_db()
    assert (owner.is_active, rep.is_active) == (True, False)
    assert "only owner" in lines[0] and "switched off again" in lines[1]
    assert not Lead.objects.filter(owner=rep).exists()


def test_another_person_under_the_same_number_is_left_alone(owner: User, rep: User) -> None:
    row = {"id": rep.pk, "email": "other@x.example", "role": "rep", "is_active": False}
    assert restored.again([row]) == []
    rep.refresh_from_db()
    assert rep.is_active
