"""What a program is told before it errs: who answers, how much ends, in which money."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead
from leads.services import stopping, suppression
from leads.services.deals import DealTerms, open_deal
from outreach.models import Task, Touch
from outreach.services import approval, escalation
from outreach.tests.answering import came
from salesagent.accounts.models import User
from salesagent.api.hooks import body
from salesagent.api.models import Hook, HookDelivery
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db


def ok(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: Any, status: int, code: str = "") -> dict[str, Any]:
    found = ok(answer, status)
    assert answer["Content-Type"] == "application/problem+json"
    assert not code or found["code"] == code, found
    return found


# --- drafts --------------------------------------------------------------------------------------


@pytest.fixture
def answer(lead: Lead, rep: User, manager: User, mailbox: Any, workspace: Any) -> Touch:
    """What Jonas would answer, after Elena said that she does."""
    event = came(lead, "What if it stops at night?")
    draft = Touch.objects.create(
        lead=lead, kind="reply", channel="email", mailbox=mailbox, subject="Re: night",
        body="Hello Marta,\n\nwe come at night too.\n\nJonas", to_address=str(lead.email),
        due_at=timezone.now() - timedelta(minutes=1), answers=event, checks_passed=True,
    )  # fmt: skip
    task = Task.objects.get(kind="answer", lead=lead)
    Task.objects.filter(pk=task.pk).update(escalated_at=timezone.now(), escalated_to=manager)
    escalation.take(task, manager)
    return draft


def test_an_answer_that_a_colleague_took_over_asks_first(
    answer: Touch, rep: User, manager: User, person: Caller
) -> None:
    path = f"/drafts/{answer.pk}"
    read = ok(person.get(path))
    assert read["answered_by_id"] == manager.pk
    assert ok(Caller(manager).get(path))["answered_by_id"] is None
    seen = {"text_hash": read["text_hash"]}
    said = refused(person.post(f"{path}/approve", seen), 409, "answered_by")
    assert said["detail"].startswith("Elena answers this.")
    assert '"anyway": true' in said["detail"]
    assert said["errors"][0]["pointer"] == "/anyway"
    answer.refresh_from_db()
    assert answer.state == "draft"
    refused(person.post(f"{path}/approve", {**seen, "anyway": "yes"}), 422)
    assert ok(person.post(f"{path}/approve", {**seen, "anyway": True}))["state"] == "approved"


def test_who_took_it_over_is_not_asked(answer: Touch, manager: User) -> None:
    hers, path = Caller(manager, machine=False), f"/drafts/{answer.pk}"
    seen = {"text_hash": ok(hers.get(path))["text_hash"]}
    assert ok(hers.post(f"{path}/approve", seen))["state"] == "approved"


def test_a_key_is_free_again_after_the_question(answer: Touch, person: Caller) -> None:
    path = f"/drafts/{answer.pk}"
    seen = {"text_hash": ok(person.get(path))["text_hash"]}
    refused(person.post(f"{path}/approve", seen, Idempotency_Key="a"), 409, "answered_by")
    again = person.post(f"{path}/approve", {**seen, "anyway": True}, Idempotency_Key="a")
    assert ok(again)["state"] == "approved"


def test_the_lists_of_approvals(answer: Touch, mate: User, rep: User, manager: User) -> None:
    mine, team = Caller(rep), Caller(manager)

    def shown(caller: Caller, show: str) -> int:
        return len(ok(caller.get(f"/drafts?show={show}"))["items"])

    assert [shown(mine, one) for one in ("mine", "look", "late")] == [1, 0, 1]
    assert [shown(team, one) for one in ("mine", "late", "team", "team-late")] == [0, 0, 1, 1]
    later = timezone.now() + timedelta(days=1)
    Touch.objects.update(due_at=later, checks_passed=False)
    assert [shown(mine, one) for one in ("look", "late", "team-look")] == [1, 0, 1]
    assert [shown(team, one) for one in ("look", "team-look", "team-late")] == [0, 1, 0]
    assert shown(Caller(mate), "team-late") == 0
    refused(mine.get("/drafts?show=team-mine"), 422, "invalid")


def test_what_waits_has_nothing_to_take_back(answer: Touch, rep: User, caller: Caller) -> None:
    path = f"/drafts/{answer.pk}/undo"
    assert "waits for approval" in refused(caller.post(path), 409, "state")["detail"]
    Touch.objects.update(state=Touch.State.CANCELLED)
    assert "was cancelled" in refused(caller.post(path), 409, "state")["detail"]
    Touch.objects.update(state=Touch.State.SENT)
    assert "Too late" in refused(caller.post(path), 409, "too_late")["detail"]
    assert approval.no_undo(answer)[1] == "too_late"


# --- stops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "words"),
    [("asked", "Marta asked not to be"), ("customer", "Marta is on the do-not-contact list.")],
)
def test_who_wanted_the_stop(
    why: str, words: str, caller: Caller, lead: Lead, rep: User, mailbox: Any, workspace: Any
) -> None:
    stopping.stop(lead, rep, what=suppression.ALL, why=why)
    wanted = {"lead_id": lead.pk, "subject": "A", "body": "B"}
    said = refused(caller.post("/email/personalise", wanted), 409, "not_drafted")
    assert said["detail"].startswith(words)


# --- money ---------------------------------------------------------------------------------------


def test_a_forecast_never_answers_in_another_currency(
    caller: Caller, lead: Lead, rep: User
) -> None:
    deal = open_deal(lead, DealTerms("Cold rooms", Decimal(9000)), rep)
    said = refused(caller.get("/intelligence/forecast?currency=XXX"), 422, "invalid")
    assert said["errors"][0]["parameter"] == "currency"
    assert "EUR" in said["detail"]
    none = ok(caller.get("/intelligence/forecast?currency=DKK"))
    assert (none["currency"], none["currencies"], none["deals"]) == ("DKK", ["EUR"], 0)
    assert none["months"][0]["high"] == "0.00"
    type(deal).objects.filter(pk=deal.pk).update(currency="JPY")  # a CRM brought it
    assert ok(caller.get("/intelligence/forecast?currency=JPY"))["deals"] == 1


def test_the_document_says_what_low_middle_and_high_are(client: Any) -> None:
    parts = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    told = parts["ForecastPeriod"]["properties"]
    for name, words in (("low", "P10"), ("middle", "P50"), ("high", "P90")):
        assert told[name]["description"].startswith(words)
        assert told[name]["type"] == "string"
    stop = parts["StopIn"]
    assert {"channel", "why"} <= set(stop["required"])
    assert "for good" in stop["properties"]["channel"]["description"]


def test_a_webhook_tells_money_in_the_same_form(lead: Lead, rep: User) -> None:
    open_deal(lead, DealTerms("Cold rooms", Decimal(9000)), rep)
    event = lead.events.get(kind="deal.opened")
    hook = Hook.objects.create(user=rep, name="H", url="https://h.example/", secret="s")  # noqa: S106
    sent = HookDelivery(hook=hook, event_id=event.pk, kind=event.kind)
    assert body.body_of(sent)["data"]["value"] == "9000.00"
    assert body._fact("value", None) is None
