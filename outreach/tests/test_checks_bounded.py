"""What the checks of a draft cost at most, and that nobody waits for them."""

from datetime import date, timedelta
from time import process_time
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from outreach.models import Touch
from outreach.services import approval, policy, quality, receipt_facts, receipt_support, receipts
from outreach.services.receipts import Source, Sources
from outreach.tests.work import draft

CLAIMS = "".join(f"we cut {n} percent for {n} firms in {1900 + n % 120}. " for n in range(173))
DATES = "On 5 May 2024 we met. " * 360


def notes(count: int = 60) -> tuple[Source, ...]:
    text = ("we saved 40 percent in 2024 for Anna Berg. " * 100)[:2000]
    return tuple(Source("note", f"Note {n}", text, f"event:{n}") for n in range(count))


@pytest.mark.parametrize("body", [CLAIMS, DATES])
def test_only_what_is_kept_is_looked_up(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def noted(claim: Any, sources: Sources) -> Any:
        asked.append(claim)
        return receipt_support.support(claim, sources)

    monkeypatch.setattr(receipts, "support", noted)
    found = receipts.check("", body, Sources(notes(), today=date(2026, 11, 22)))
    assert len(asked) == receipts.MOST - 1 and len(found) == receipts.MOST
    assert not found[-1].ok and found[-1].note == receipts.TOO_MANY


@pytest.mark.parametrize("body", [CLAIMS, DATES])
def test_a_source_is_read_once(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(name: str) -> None:
        what = getattr(receipt_facts, name)

        def one(text: str, *more: Any) -> Any:
            read.append(text)
            return what(text, *more)

        monkeypatch.setattr(receipt_facts, name, one)

    noted("tongue")
    noted("days")
    facts = notes(10)
    receipts.check("", body, Sources(facts, today=date(2026, 11, 22)))
    assert len(read) <= sum(1 + len(fact.pieces) for fact in facts)


@pytest.mark.parametrize("body", [CLAIMS, DATES])
def test_the_longest_text_is_checked_quickly(body: str) -> None:
    start = process_time()
    receipts.check("s" + body[:290], body[:8000], Sources(notes(), today=date(2026, 11, 22)))
    assert process_time() - start < 2  # a sixth of it where nothing else runs; it was 37


@pytest.mark.django_db
def test_words_that_came_too_late_leave_no_check_behind(
    lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    touch = draft(lead, sequence, mailbox)
    check = quality.check

    def slow(one: Touch) -> Any:
        Touch.objects.filter(pk=touch.pk).update(body="A colleague was faster.", checks=[])
        return check(one)

    monkeypatch.setattr(quality, "check", slow)
    with pytest.raises(approval.ApprovalError, match="changed meanwhile"):
        seen = policy.text_hash(touch)
        approval.edit(touch, user=rep, subject="S", body="Mine.", seen_hash=seen)
    kept = Touch.objects.get(pk=touch.pk)
    assert kept.body == "A colleague was faster." and kept.checks == []


@pytest.mark.django_db
def test_a_thread_of_long_mails_makes_an_edit_no_slower(
    lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any
) -> None:
    touch = draft(lead, sequence, mailbox)
    for n in range(60):
        thread.record(
            lead=lead, kind="reply.received", actor="lead", direction="in", channel="email",
            body=("we saved 40 percent in 2024 for Anna Berg. " * 100)[:3900],
            occurred_at=timezone.now() - timedelta(hours=n), data={},
        )  # fmt: skip
    start = process_time()
    approval.edit(
        touch, user=rep, subject="s", body=CLAIMS[:7990], seen_hash=policy.text_hash(touch)
    )
    assert process_time() - start < 4
