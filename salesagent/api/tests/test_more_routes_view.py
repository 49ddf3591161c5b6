"""Cadence, channels, intelligence, email and numbers by the API: the same as on the pages."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from analytics.services import rollup
from leads import thread
from leads.models import ConsentRecord, Lead
from leads.services import profile
from leads.services.deals import DealTerms, close_deal, open_deal
from leads.services.suppression import is_suppressed
from outreach.models import Task, Touch
from outreach.services import drafting, enrollment
from salesagent.accounts.models import User
from salesagent.api.tests.conftest import Caller

pytestmark = pytest.mark.django_db
MONEY = ("booked", "low", "middle", "high", "weighted")
READS = (
    "/leads/{lead}/cadence",
    "/leads/{lead}/channels",
    "/leads/{lead}/score",
    "/leads/{lead}/profile",
)
REPORTS = (
    *("/stats/totals", "/stats/weeks", "/stats/funnel", "/channels/performance"),
    *("/email/performance", "/intelligence/hot", "/intelligence/forecast"),
)


EVERYWHERE = {"channel": "all", "why": "asked"}


def ok(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: Any, status: int, code: str = "") -> dict[str, Any]:
    found = ok(answer, status)
    assert answer["Content-Type"] == "application/problem+json"
    assert not code or found["code"] == code, found
    return found


def happened(lead: Lead, kind: str, **more: Any) -> Any:
    data = more.pop("data", {})
    return thread.record(lead=lead, kind=kind, actor="lead", data=data, **more)


@pytest.mark.parametrize("path", READS)
def test_a_strangers_lead_is_not_there(path: str, stranger: User, lead: Lead) -> None:
    refused(Caller(stranger).get(path.format(lead=lead.pk)), 404)


@pytest.mark.parametrize("path", REPORTS)
def test_a_mistyped_parameter_is_told_and_answers_nothing(path: str, caller: Caller) -> None:
    for query in ("ownr=me", "period=90&owner=me"):
        told = refused(caller.get(f"{path}?{query}"), 422, "invalid")
        assert told["errors"][0]["parameter"] == query.partition("=")[0]
        assert told["detail"].startswith("This report has no parameter")


@pytest.mark.parametrize("path", REPORTS)
def test_numbers_of_who_is_out_of_sight_are_not_there(
    path: str, caller: Caller, stranger: User, mate: User
) -> None:
    for owner in (stranger.pk, mate.pk, 999_999):
        refused(caller.get(f"{path}?owner={owner}"), 404)
    assert caller.get(f"{path}?owner=me").status_code == 200
    refused(caller.get(f"{path}?owner=x"), 422)


@pytest.mark.parametrize("path", REPORTS)
def test_nobody_and_unknown_people_for_the_owner(path: str, owner: User) -> None:
    everybody = Caller(owner)
    assert everybody.get(f"{path}?owner=none").status_code == 200
    refused(everybody.get(f"{path}?owner=999999"), 404)


@pytest.mark.parametrize(
    "query",
    ["first=2026-02-30", "first=2999-01-01", "last=1999-01-01", "first=1990-01-01", "last=x"],
)
def test_odd_periods(query: str, caller: Caller) -> None:
    refused(caller.get(f"/stats/totals?{query}"), 422)


def test_a_period_that_is_too_long(caller: Caller) -> None:
    refused(caller.get("/stats/totals?first=2001-01-01&last=2020-01-01"), 422)
    ok(caller.get("/stats/totals?first=2020-01-01&last=2020-01-01"))


def test_scopes(rep: User, lead: Lead) -> None:
    narrow = Caller(rep, scopes=["leads:read"])
    for path in (*[one.format(lead=lead.pk) for one in READS], *REPORTS):
        refused(narrow.get(path), 403, "scope")


# --- cadence -------------------------------------------------------------------------------------


def test_a_lead_in_no_sequence(caller: Caller, lead: Lead) -> None:
    found = ok(caller.get(f"/leads/{lead.pk}/cadence"))
    assert (found["enrollment"], found["next"]) == (None, None)
    assert found["why_not"][0]["code"] == "no_sequence"


def test_what_is_planned_and_what_waits(
    caller: Caller, rep: User, lead: Lead, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    row = enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)
    path = f"/leads/{lead.pk}/cadence"
    planned = ok(caller.get(path))
    assert planned["enrollment"]["id"] == row.pk
    assert planned["next"]["state"] == "planned"
    assert planned["next"]["channel"] == "email"
    touch = Touch.objects.create(
        lead=lead, enrollment=row, step=sequence.steps.first(), step_key=row.next_step_key,
        channel="email", number=1, mailbox=mailbox, to_address=str(lead.email), subject="S",
        body="B", due_at=timezone.now(),
    )  # fmt: skip
    waits = ok(caller.get(path))
    assert (waits["next"]["touch_id"], waits["next"]["state"]) == (touch.pk, "draft")
    assert waits["why_not"][0]["code"] == "draft"


def test_a_dry_run_names_only_who_is_seen(
    rep: User, mate: User, lead: Lead, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)
    path = f"/sequences/{sequence.pk}/simulate"
    mine = ok(Caller(rep).post(path, {}))
    assert (mine["people"], mine["days"]) == (1, 30)
    assert {row["lead_id"] for row in mine["rows"]} == {lead.pk}
    theirs = ok(Caller(mate).post(path, {"days": 10}))
    assert {row["lead_id"] for row in theirs["rows"]} == {None}
    refused(Caller(mate).post(path, {"lead_ids": [lead.pk]}), 422)
    assert Touch.objects.count() == 0


def test_a_dry_run_of_somebody_new(
    caller: Caller, lead: Lead, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    found = ok(caller.post(f"/sequences/{sequence.pk}/simulate", {"lead_ids": [lead.pk]}))
    assert found["people"] == 1
    assert sum(one["touches"] for one in found["per_day"]) == found["touches"]
    Lead.objects.filter(pk=lead.pk).update(lawful_basis="", email=None)
    out = ok(caller.post(f"/sequences/{sequence.pk}/simulate", {"lead_ids": [lead.pk]}))
    assert out["left_out"][0]["people"] == 1
    assert out["left_out"][0]["why"]


def test_a_strangers_sequence_is_not_there(stranger: User, sequence: Any) -> None:
    refused(Caller(stranger).post(f"/sequences/{sequence.pk}/simulate", {}), 404)
    key = sequence.steps.first().key
    refused(Caller(stranger).get(f"/sequences/{sequence.pk}/steps/{key}/variants"), 404)


# --- channels ------------------------------------------------------------------------------------


def test_how_a_lead_is_reached(caller: Caller, lead: Lead) -> None:
    happened(lead, "reply.received", channel="email", body="Yes")
    profile.refresh([lead.pk])
    found = ok(caller.get(f"/leads/{lead.pk}/channels"))
    assert (found["preferred"], found["answers_there"], found["answers"]) == ("email", 1, 1)
    ways = {one["channel"]: one for one in found["channels"]}
    assert ways["email"]["usable"]
    assert ways["whatsapp"]["needs_consent"]
    assert "has not agreed" in ways["whatsapp"]["why_not"]
    assert "fake" not in ways


def test_a_yes_is_recorded_once_and_taken_back(caller: Caller, lead: Lead) -> None:
    path = f"/leads/{lead.pk}/consent/whatsapp"
    proof = {"source": "On the phone on 4 May"}
    for _ in range(2):
        ways = {one["channel"]: one for one in ok(caller.call("PUT", path, proof))["channels"]}
        assert ways["whatsapp"]["consent"]
    assert ConsentRecord.objects.count() == 1
    assert ConsentRecord.objects.get().source == proof["source"]
    assert not {one["channel"]: one for one in ok(caller.delete(path))["channels"]}["whatsapp"][
        "consent"
    ]
    refused(caller.call("PUT", path, {"source": "  "}), 422)
    refused(caller.call("PUT", f"/leads/{lead.pk}/consent/email", proof), 404)


def test_a_stop_holds_at_once(caller: Caller, lead: Lead) -> None:
    found = ok(caller.post(f"/leads/{lead.pk}/stop", {"channel": "talk", "why": "asked"}))
    assert not found["stopped_everywhere"]
    assert is_suppressed(lead, "phone")
    for half in ({}, {"why": "asked"}, {"channel": "all"}):
        said = refused(caller.post(f"/leads/{lead.pk}/stop", half), 422, "invalid")
        assert {one["pointer"] for one in said["errors"]} == {
            f"/{name}" for name in ("channel", "why") if name not in half
        }
    assert not is_suppressed(lead, "email")
    found = ok(caller.post(f"/leads/{lead.pk}/stop", EVERYWHERE))
    assert found["stopped_everywhere"]
    assert not any(one["usable"] for one in found["channels"])
    empty = Lead.objects.create(owner=lead.owner, first_name="Nobody")
    refused(caller.post(f"/leads/{empty.pk}/stop", EVERYWHERE), 409, "address")


def test_a_test_goes_to_oneself(caller: Caller, owner: User, rep: User, mailbox: Any) -> None:
    assert ok(caller.post("/channels/test", {"channel": "email"})) == {"to": rep.email}
    refused(caller.post("/channels/test", {"channel": "sms"}), 403, "owner")
    refused(Caller(owner).post("/channels/test", {"channel": "sms"}), 409, "not_sent")
    refused(Caller(owner).post("/channels/test", {"channel": "email"}), 409, "mailbox")
    assert Touch.objects.count() == 0


def test_a_foreign_mailbox_is_not_there(stranger: User, mailbox: Any) -> None:
    body = {"channel": "email", "mailbox_id": mailbox.pk}
    refused(Caller(stranger).post("/channels/test", body), 404)


# --- intelligence --------------------------------------------------------------------------------


def test_hot_leads_wait_in_order(caller: Caller, stranger: User, rep: User, lead: Lead) -> None:
    at = timezone.now() - timedelta(hours=1)
    for score, owner in ((80, rep), (95, rep), (99, stranger), (60, rep)):
        one = Lead.objects.create(owner=owner, first_name=f"S{score}", score=score)
        Task.objects.create(lead=one, owner=owner, kind="answer", title="Answer", due_at=at)
    found = ok(caller.get("/intelligence/hot"))["items"]
    assert [one["score"] for one in found] == [95, 80]
    assert len(ok(caller.get("/intelligence/hot?limit=1"))["items"]) == 1
    refused(caller.get("/intelligence/hot?limit=0"), 422)


def test_a_score_and_its_reasons_add_up(caller: Caller, lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(
        score=42, score_reasons=[["Everybody starts here", 30], ["Replied", 12]]
    )
    found = ok(caller.get(f"/leads/{lead.pk}/score"))
    assert sum(one["points"] for one in found["reasons"]) == found["score"] == 42
    assert found["sure"]


def test_a_profile_with_the_next_step(caller: Caller, lead: Lead) -> None:
    empty = ok(caller.get(f"/leads/{lead.pk}/profile"))
    assert (empty["computed_at"], empty["next_step"], empty["signals"]) == (None, None, [])
    happened(lead, "reply.received", channel="email", body="What does it cost?")
    profile.refresh([lead.pk])
    found = ok(caller.get(f"/leads/{lead.pk}/profile"))
    assert found["channel"] == "email"
    assert found["next_step"]["text"]


def test_the_forecast_is_of_what_is_seen(
    caller: Caller, stranger: User, rep: User, lead: Lead
) -> None:
    open_deal(lead, DealTerms("Cold rooms", Decimal(9000)), rep)
    found = ok(caller.get("/intelligence/forecast"))
    assert (found["deals"], found["assumed"]) == (1, True)
    month = found["months"][0]
    assert float(month["low"]) <= float(month["middle"]) <= float(month["high"])
    assert found["pipeline"] == "9000.00"
    sums = [one[name] for one in found["months"] + found["quarters"] for name in MONEY]
    assert all(re.fullmatch(r"\d+\.\d\d", text) for text in [*sums, found["weighted"]])
    assert ok(Caller(stranger).get("/intelligence/forecast"))["deals"] == 0
    refused(caller.get("/intelligence/forecast?currency=eur"), 422)


# --- email ---------------------------------------------------------------------------------------


def test_words_for_one_person_wait_for_approval(
    caller: Caller, lead: Lead, mailbox: Any, workspace: Any
) -> None:
    body = "Hi {{first_name|there}},\n\nhow is {{company}} doing?\n\n{{sender_name}}"
    wanted = {"lead_id": lead.pk, "subject": "A question", "body": body}
    found = ok(caller.post("/email/personalise", wanted), 201)
    assert "Marta" in found["body"]
    assert "Polna Bakeries" in found["body"]
    assert found["state"] == "draft"
    assert found["text_hash"]
    touch = Touch.objects.get()
    assert (touch.state, touch.sent_at) == (Touch.State.DRAFT, None)


def test_words_from_a_touch_of_a_sequence(
    caller: Caller, lead: Lead, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    step = sequence.steps.first()
    wanted = {"lead_id": lead.pk, "sequence_id": sequence.pk, "step_key": str(step.key)}
    found = ok(caller.post("/email/personalise", wanted), 201)
    assert found["subject"] == "A question for Polna Bakeries"
    refused(caller.post("/email/personalise", {**wanted, "variant": "C"}), 404)
    refused(caller.post("/email/personalise", {**wanted, "step_key": str(uuid.uuid4())}), 404)
    phone = sequence.steps.get(channel="phone")
    refused(caller.post("/email/personalise", {**wanted, "step_key": str(phone.key)}), 404)


def test_what_cannot_be_drafted_is_said(
    caller: Caller, stranger: User, lead: Lead, mailbox: Any, workspace: Any
) -> None:
    wanted = {"lead_id": lead.pk, "subject": "A", "body": "B"}
    refused(Caller(stranger).post("/email/personalise", wanted), 404)
    refused(caller.post("/email/personalise", {"lead_id": lead.pk}), 422)
    refused(caller.post("/email/personalise", {**wanted, "sequence_id": 1}), 422)
    refused(caller.post("/email/personalise", {**wanted, "subject": ""}), 409, "not_drafted")
    caller.post(f"/leads/{lead.pk}/stop", EVERYWHERE)
    refused(caller.post("/email/personalise", wanted), 409, "not_drafted")
    assert not Touch.objects.exists()


def test_other_subjects_without_a_model(
    caller: Caller, rep: User, lead: Lead, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    step = sequence.steps.first()
    step.variants.create(label="B", subject="Night alarms at {{company}}", body="Hi")
    row = enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)
    touch = Touch.objects.create(
        lead=lead, enrollment=row, step=step, step_key=step.key, channel="email", number=1,
        mailbox=mailbox, to_address=str(lead.email), body="B", due_at=timezone.now(),
        subject="A question for Polna Bakeries",
    )  # fmt: skip
    drafting.check(touch)
    found = ok(caller.post("/email/subjects", {"draft_id": touch.pk}))
    assert found["subjects"] == ["Night alarms at Polna Bakeries"]
    assert (found["source"], found["note"]) == ("texts", "No language model is connected.")
    Touch.objects.update(state="sent")
    refused(caller.post("/email/subjects", {"draft_id": touch.pk}), 409)


def test_the_texts_of_a_touch(caller: Caller, sequence: Any) -> None:
    step = sequence.steps.first()
    found = ok(caller.get(f"/sequences/{sequence.pk}/steps/{step.key}/variants"))
    assert not found["testing"]
    assert [(one["label"], one["sent"]) for one in found["variants"]] == [("A", None)]
    refused(caller.get(f"/sequences/{sequence.pk}/steps/{uuid.uuid4()}/variants"), 404)


# --- numbers -------------------------------------------------------------------------------------


def test_numbers_are_those_of_the_roll_ups(
    caller: Caller, stranger: User, rep: User, lead: Lead, workspace: Any
) -> None:
    at = timezone.now() - timedelta(hours=3)
    for number in (1, 2):
        happened(
            lead, "touch.sent", channel="email", occurred_at=at + timedelta(minutes=number),
            data={"touch": number, "kind": "sequence"},
        )  # fmt: skip
    happened(lead, "reply.received", channel="email", occurred_at=at + timedelta(hours=1))
    happened(lead, "call.logged", channel="phone", occurred_at=at, data={"outcome": "reached"})
    deal = open_deal(lead, DealTerms("Cold rooms", Decimal(9000)), rep)
    close_deal(deal, won=True, reason="Price", user=rep)
    rollup.rebuild()
    totals = ok(caller.get("/stats/totals"))
    assert {k: totals["metrics"][k] for k in ("sent", "delivered", "replies")} == {
        "sent": 3, "delivered": 3, "replies": 1,
    }  # fmt: skip
    assert totals["metrics"]["messages"] == 2  # nobody answers a call with a call
    lines = {one["channel"]: one for one in ok(caller.get("/channels/performance"))["channels"]}
    assert lines["phone"]["reply_rate"] is None and lines["email"]["reply_rate"] == 0.5
    assert totals["reply_rate"] == 0.5
    assert (totals["leads_worked"], totals["leads_replied"]) == (1, 1)
    assert totals["won"][0] == {"currency": "EUR", "deals": 1, "value": "9000.00"}
    assert totals["counted_at"]
    weeks = ok(caller.get("/stats/weeks"))["weeks"]
    assert sum(one["metrics"]["sent"] for one in weeks) == 3
    assert ok(caller.get("/stats/funnel"))["steps"][0]["leads"] == 1
    channels = ok(caller.get("/channels/performance"))["channels"]
    mails = next(one for one in channels if one["channel"] == "email")
    assert (mails["sent"], mails["reply_rate"]) == (2, 0.5)
    assert ok(caller.get("/email/performance"))["totals"]["sent"] == 2
    assert ok(Caller(stranger).get("/stats/totals"))["metrics"]["sent"] == 0


@pytest.mark.parametrize(("path", "most"), [*[(one, 12) for one in READS], ("/stats/totals", 12)])
def test_few_queries(
    path: str,
    most: int,
    caller: Caller,
    lead: Lead,
    workspace: Any,
    django_assert_max_num_queries: Any,
) -> None:
    ok(caller.get("/leads"))
    with django_assert_max_num_queries(most):
        ok(caller.get(path.format(lead=lead.pk)))
