"""Notices: told once, read by their owner only, gone with the person they are about."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from salesagent.accounts import notices
from salesagent.accounts.models import Notification
from salesagent.lib import privacy


def tell(user: Any, key: str = "reply:1", **more: Any) -> Notification | None:
    return notices.tell(user, **{"kind": "reply", "key": key, "title": "Marta waits"} | more)


def test_a_thing_is_told_once(rep: Any, mate: Any) -> None:
    first = tell(rep, text="For two hours.", link="/today/", lead_id=7, urgent=True)
    assert first is not None and first.urgent and first.lead_id == 7
    assert tell(rep) is None
    assert tell(mate) is not None
    assert (notices.unread(rep), notices.unread(mate)) == (1, 1)


def test_a_second_teller_that_was_faster_is_no_error(rep: Any, monkeypatch: Any) -> None:
    tell(rep)
    answers = iter([False, True])
    monkeypatch.setattr(
        type(rep.notices.none()), "exists", lambda self: next(answers), raising=True
    )
    assert tell(rep) is None


def test_a_closed_account_is_told_nothing(rep: Any) -> None:
    rep.is_active = False
    assert tell(rep) is None


def test_an_unknown_kind_is_a_mistake(rep: Any) -> None:
    with pytest.raises(ValueError, match="notices.KINDS"):
        tell(rep, kind="gossip")


@pytest.mark.parametrize(
    "link", ["https://evil.example/", "//evil.example", "/\\evil.example", "x", "/a\nb", "/" * 301]
)
def test_a_link_stays_in_the_product(rep: Any, link: str) -> None:
    row = tell(rep, link=link)
    assert row is not None and row.link == ""


def test_long_words_are_cut_to_one_line(rep: Any) -> None:
    row = tell(rep, title="x\n" * 200, text="y " * 400)
    assert row is not None and len(row.title) <= 160 and "\n" not in row.title
    assert len(row.text) <= 300


def test_reading_is_the_owners(rep: Any, mate: Any) -> None:
    row = tell(rep)
    assert row is not None
    assert not notices.read(mate, row.pk)
    assert notices.read(rep, row.pk) and not notices.read(rep, row.pk)
    assert notices.unread_again(rep, row.pk) and notices.unread(rep) == 1


def test_all_read_leaves_what_came_meanwhile(rep: Any) -> None:
    seen = tell(rep, "one")
    tell(rep, "two")
    assert seen is not None and notices.read_all(rep, seen.pk) == 1
    assert notices.unread(rep) == 1


def test_what_ended_counts_as_read(rep: Any, mate: Any) -> None:
    tell(rep)
    tell(mate)
    assert notices.over("reply:1", rep) == 1
    assert notices.over("reply:1") == 1
    assert not Notification.objects.filter(read_at=None).exists()


def test_old_notices_are_forgotten(rep: Any) -> None:
    tell(rep, "old")
    tell(rep, "new")
    rep.notices.filter(key="old").update(created_at=timezone.now() - timedelta(days=91))
    assert notices.forget_old(timezone.now()) == 1
    assert list(rep.notices.values_list("key", flat=True)) == ["new"]


def test_an_erased_person_leaves_no_words(rep: Any) -> None:
    tell(rep, lead_id=7, text="Marta Kowalczyk asks", link="/leads/7/")
    tell(rep, "other", lead_id=8)
    assert "Marta waits" in str(privacy.HOLDERS["notices"].export(7))
    privacy.HOLDERS["notices"].erase(7)
    assert list(rep.notices.order_by("pk").values_list("title", "text", "link")) == [
        ("Erased", "", ""),
        ("Marta waits", "", ""),
    ]


def test_each_kind_has_a_group_a_person_can_choose() -> None:
    assert {kind.group for kind in notices.KINDS.values()} - {""} == set(notices.GROUPS)
