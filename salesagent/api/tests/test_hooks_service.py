"""Outgoing webhooks: what leaves, what does not, and what happens when the address is ill."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from leads.models import Lead
from leads.services import suppression
from salesagent.accounts.models import Notification
from salesagent.api.hook_tasks import deliver
from salesagent.api.hooks import managing, queue, running, sending
from salesagent.api.models import Hook, HookDelivery
from salesagent.api.tests.hook_kit import happened, hook_to, later, minute, only
from salesagent.api.tests.hook_kit import listener as listener
from salesagent.lib import hold
from salesagent.tests.peers import faults

pytestmark = pytest.mark.django_db
State = HookDelivery.State


def signed(request: Any, secret: str) -> bool:
    """As docs/webhooks.md has it."""
    parts = [pair.split("=", 1) for pair in request.header("SalesAgent-Signature").split(",")]
    at = next(value for key, value in parts if key == "t")
    mark = hmac.new(secret.encode(), f"{at}.".encode() + request.body, hashlib.sha256).hexdigest()
    return mark in [value for key, value in parts if key == "v1"]


def test_a_reply_is_told_signed_and_without_its_words(
    listener: faults.FaultServer, owner: Any, lead: Lead, settings: Any
) -> None:
    hook = hook_to(listener, owner)
    event = happened(lead, subject="Private", **{"from": "m@polna.example"}, touch=None)
    minute()
    (request,) = listener.requests
    assert request.method == "POST"
    assert request.json() == {
        "id": event.pk,
        "kind": "reply.received",
        "occurred_at": event.occurred_at.isoformat(),
        "lead": {
            "id": lead.pk,
            "url": f"{settings.SITE_URL}/leads/{lead.pk}/",
            "name": "Marta Kowalczyk",
            "company": "Polna Bakeries",
            "stage": "new",
            "owner": lead.owner_id,
        },
        "data": {"channel": "email", "touch": None},
        "test": False,
    }
    assert b"SECRET" not in request.body
    assert b"polna.example" not in request.body
    assert request.header("SalesAgent-Event") == "reply.received"
    assert signed(request, hook.secret)
    assert only(hook).state == State.SENT
    hook.refresh_from_db()
    assert hook.last_ok_at is not None


def test_each_event_goes_once_and_in_order(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook_to(listener, owner)
    events = [happened(lead).pk for _ in range(5)]
    minute()
    minute()
    assert [one.json()["id"] for one in listener.requests] == events
    assert len({one.header("SalesAgent-Delivery") for one in listener.requests}) == 5


def test_what_was_before_and_what_was_not_chosen_is_not_told(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    happened(lead)
    hook = hook_to(listener, owner, kinds=["lead.suppressed"])
    happened(lead)
    minute()
    assert listener.requests == []
    assert not HookDelivery.objects.exists()
    with time_machine.travel(timezone.now() + queue.LATE + timedelta(seconds=1)):
        minute()
    hook.refresh_from_db()
    assert hook.cursor == queue.newest_event()


def test_only_what_its_user_sees(
    listener: faults.FaultServer, stranger: Any, rep: Any, lead: Lead
) -> None:
    hook_to(listener, stranger, path="/stranger")
    hook_to(listener, rep, path="/rep")
    happened(lead)
    minute()
    assert listener.paths() == ["POST /rep"]


def test_a_lead_that_was_handed_over_meanwhile_is_not_told(
    listener: faults.FaultServer, rep: Any, stranger: Any, lead: Lead
) -> None:
    hook = hook_to(listener, rep)
    happened(lead)
    queue.queue_events(hook, timezone.now())
    Lead.objects.filter(pk=lead.pk).update(owner=stranger)
    minute()
    assert listener.requests == []
    assert only(hook).error == "Not sent: Jonas Weber does not see this lead any more."


def test_who_was_erased_meanwhile_never_leaves(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    happened(lead)
    queue.queue_events(hook, timezone.now())
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now())
    minute()
    assert listener.requests == []
    assert only(hook).error == "Not sent: this person was erased."
    assert only(hook).state == State.FAILED


@pytest.mark.parametrize("first", ["", "a@polna.example"])
def test_who_has_no_name_is_not_told_by_address_or_number(
    listener: faults.FaultServer, owner: Any, lead: Lead, first: str
) -> None:
    hook_to(listener, owner)
    found = {"first_name": first, "last_name": "", "email": "a@polna.example", "phone": "+48225550"}
    Lead.objects.filter(pk=lead.pk).update(**found)
    happened(lead)
    minute()
    (request,) = listener.requests
    assert request.json()["lead"]["name"] == ""
    assert request.json()["lead"]["company"] == "Polna Bakeries"
    assert b"@" not in request.body and b"+48" not in request.body


def test_of_who_must_not_be_contacted_only_that_is_told(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    happened(lead)
    suppression.suppress(address=str(lead.email), reason="opted_out", source="mail", actor="lead")
    happened(lead, "deal.won")
    minute()
    (request,) = listener.requests
    told = request.json()
    assert told["kind"] == "lead.suppressed"
    assert set(told["lead"]) == {"id", "url"}
    assert told["data"] == {"channel": "all", "reason": "opted_out"}
    withheld = HookDelivery.objects.filter(hook=hook, state=State.FAILED)
    assert {one.error for one in withheld} == {"Not sent: this person must not be contacted."}
    assert withheld.count() == 2


def test_both_secrets_sign_while_one_is_changed(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    new = managing.rotate(hook, owner)
    happened(lead)
    minute()
    assert signed(listener.requests[0], hook.secret)
    assert signed(listener.requests[0], new)
    assert managing.finish(hook, owner)
    assert not managing.finish(hook, owner)
    happened(lead)
    minute()
    assert not signed(listener.requests[1], hook.secret)
    assert signed(listener.requests[1], new)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (faults.server_error(503), "The address has a problem of its own (HTTP 503)."),
        (faults.refuse(400), "The address did not understand it (HTTP 400)."),
        (faults.reset(), "The address broke the connection off."),
        (faults.hang_up(), "The address broke the connection off."),
        (faults.redirect(), "The address sent us to another address, which we do not follow."),
    ],
)
def test_a_fault_is_said_and_tried_again_with_the_same_id(
    listener: faults.FaultServer, owner: Any, lead: Lead, step: faults.Step, error: str
) -> None:
    hook = hook_to(listener, owner)
    listener.script("/in", step, faults.ok())
    happened(lead)
    with time_machine.travel(timezone.now(), tick=False) as now:
        minute()
        row = only(hook)
        assert (row.state, row.error, row.attempts) == (State.WAITING, error, 1)
        assert row.next_at == timezone.now() + timedelta(minutes=1)
        minute()
        assert len(listener.requests) == 1  # not before its time
        later(now, minutes=1)
        minute()
    first, second = listener.requests
    assert first.header("SalesAgent-Delivery") == second.header("SalesAgent-Delivery")
    assert first.body == second.body
    assert only(hook).state == State.SENT
    assert only(hook).error == ""


def test_a_wait_that_they_ask_for_is_honoured(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    listener.script("/in", faults.too_many("600"), faults.ok())
    with time_machine.travel(timezone.now(), tick=False) as now:
        happened(lead)
        minute()
        assert only(hook).next_at == timezone.now() + timedelta(seconds=600)
        happened(lead)
        later(now, minutes=5)
        minute()
        assert len(listener.requests) == 1  # nothing else goes there either
        later(now, minutes=6)
        minute()
    assert len(listener.requests) == 3


def test_tries_end_after_the_last_one_and_all_can_be_tried_again(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    listener.script("/in", faults.refuse(404))
    happened(lead)
    with time_machine.travel(timezone.now(), tick=False) as now:
        waits = []
        for _ in range(len(sending.BACKOFF)):
            minute()
            next_at = only(hook).next_at
            assert next_at
            wait = next_at - timezone.now()
            waits.append(wait)
            later(now, seconds=wait.total_seconds())
        minute()
        assert tuple(waits) == sending.BACKOFF
        assert (only(hook).state, only(hook).attempts) == (State.FAILED, 7)
        listener.script("/in", faults.ok())
        assert managing.replay_failed(hook, owner) == 1
        minute()
    assert only(hook).state == State.SENT
    assert len({one.header("SalesAgent-Delivery") for one in listener.requests}) == 1


def test_an_address_that_is_back_gets_what_waits_at_once(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook_to(listener, owner)
    listener.script("/in", faults.server_error(500), faults.ok())
    with time_machine.travel(timezone.now(), tick=False):
        first = happened(lead)
        minute()
        second = happened(lead)
        minute()
    assert [one.json()["id"] for one in listener.requests] == [first.pk, second.pk, first.pk]


def test_a_dead_address_is_asked_once_a_round(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook_to(listener, owner)
    listener.script("/in", faults.server_error(500))
    for _ in range(4):
        happened(lead)
    minute()
    assert len(listener.requests) == 1


def test_gone_for_good_switches_it_off_and_tells_the_owner(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    listener.script("/in", faults.refuse(410))
    happened(lead)
    happened(lead)
    minute()
    minute()
    assert len(listener.requests) == 1
    hook.refresh_from_db()
    assert not hook.active
    assert hook.stopped_why == "The address says that it is gone for good (HTTP 410)."
    told = Notification.objects.get(user=owner)
    assert told.title == "Their CRM is not told of events any more"
    assert told.link == f"/settings/webhooks/{hook.pk}/"
    listener.script("/in", faults.ok())
    assert managing.start(hook, owner)
    minute()
    assert len(listener.requests) == 3  # both: what met the 410 is not lost
    assert set(HookDelivery.objects.values_list("state", flat=True)) == {"sent"}


def test_three_days_of_faults_switch_it_off(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    listener.script("/in", faults.server_error(500))
    with time_machine.travel(timezone.now(), tick=False) as now:
        happened(lead)
        minute()
        for _ in range(4):
            later(now, hours=23)
            happened(lead)
            minute()
    hook.refresh_from_db()
    assert not hook.active
    assert hook.stopped_why.startswith("It failed for three days.")
    assert Notification.objects.filter(user=owner).count() == 1


def test_what_happens_during_a_pause_waits(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    assert managing.pause(hook, owner)
    assert not managing.pause(hook, owner)
    happened(lead)
    minute()
    assert listener.requests == []
    assert managing.start(hook, owner)
    minute()
    assert len(listener.requests) == 1


def test_a_week_is_the_longest_that_waits(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    managing.pause(hook, owner)
    happened(lead)
    managing.start(hook, owner)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        minute()
    assert listener.requests == []


def test_a_closed_account_is_told_of_nothing(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook_to(listener, owner)
    owner.is_active = False
    owner.save()
    happened(lead)
    minute()
    assert listener.requests == []


def test_after_a_restore_nothing_leaves_before_the_owner_starts(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook_to(listener, owner)
    lines = hold.begin(timezone.now())
    assert "1 webhook told of nothing" in lines
    happened(lead)
    deliver()
    assert listener.requests == []
    hold.release(owner)
    deliver()
    assert len(listener.requests) == 1


def test_a_worker_that_died_leaves_it_to_the_next_with_the_same_id(
    listener: faults.FaultServer, owner: Any, lead: Lead, monkeypatch: Any
) -> None:
    hook = hook_to(listener, owner)
    happened(lead)
    kept = sending._note
    monkeypatch.setattr(sending, "_note", lambda *_: (_ for _ in ()).throw(SystemExit))
    with time_machine.travel(timezone.now(), tick=False) as now:
        with pytest.raises(SystemExit):
            minute()
        monkeypatch.setattr(sending, "_note", kept)
        minute()
        assert len(listener.requests) == 1  # the lease holds
        later(now, minutes=2, seconds=1)
        minute()
    first, second = listener.requests
    assert first.header("SalesAgent-Delivery") == second.header("SalesAgent-Delivery")
    assert only(hook).attempts == 2


def test_one_that_ends_its_worker_each_time_is_given_up(
    listener: faults.FaultServer, owner: Any, lead: Lead
) -> None:
    hook = hook_to(listener, owner)
    happened(lead)
    queue.queue_events(hook, timezone.now())
    HookDelivery.objects.update(attempts=7)
    minute()
    assert listener.requests == []
    assert only(hook).error == "Sending broke off each time."


def test_a_name_that_leads_inside_is_not_called(
    listener: faults.FaultServer, owner: Any, lead: Lead, settings: Any
) -> None:
    settings.WEBHOOK_HOSTS = []
    hook = hook_to(listener, owner)
    happened(lead)
    minute()
    assert listener.requests == []
    assert "private network" in only(hook).error


def test_a_secret_that_cannot_be_read_is_said(
    listener: faults.FaultServer, owner: Any, lead: Lead, settings: Any
) -> None:
    hook = hook_to(listener, owner)
    other = hook_to(listener, owner, path="/other")
    settings.SECRET_KEY = "another-0123456789-0123456789-0123456789"
    Hook.objects.filter(pk=other.pk).update(secret="whs_new")
    happened(lead)
    minute()
    row = HookDelivery.objects.get(hook_id=hook.pk)
    assert row.error == "Its secret cannot be read any more. Make a new one."
    assert listener.paths() == ["POST /other"]


def test_a_late_commit_is_found(
    listener: faults.FaultServer, owner: Any, lead: Lead, monkeypatch: Any
) -> None:
    """As on PostgreSQL: an event appears below one that was seen already."""
    monkeypatch.setattr(queue, "connection", type("C", (), {"vendor": "postgresql"}))
    hook = hook_to(listener, owner)
    late = happened(lead)
    seen = happened(lead)
    HookDelivery.objects.create(hook=hook, event_id=seen.pk, kind=seen.kind, state=State.SENT)
    minute()
    assert [one.json()["id"] for one in listener.requests] == [late.pk]
    hook.refresh_from_db()
    assert hook.cursor < late.pk
    with time_machine.travel(timezone.now() + queue.LATE + timedelta(seconds=1)):
        minute()
    hook.refresh_from_db()
    assert hook.cursor == seen.pk
    assert len(listener.requests) == 1


def test_more_than_one_batch(
    listener: faults.FaultServer, owner: Any, lead: Lead, monkeypatch: Any
) -> None:
    monkeypatch.setattr(queue, "BATCH", 2)
    hook_to(listener, owner)
    events = [happened(lead).pk for _ in range(5)]
    for _ in range(3):
        minute()
    assert [one.json()["id"] for one in listener.requests] == events


def test_nothing_new_costs_four_queries(
    listener: faults.FaultServer, owner: Any, django_assert_num_queries: Any
) -> None:
    hook_to(listener, owner)
    with django_assert_num_queries(4):  # hooks, newest event, still on, what is due
        minute()


def test_old_deliveries_are_forgotten(listener: faults.FaultServer, owner: Any, lead: Lead) -> None:
    hook_to(listener, owner)
    happened(lead)
    minute()
    assert running.forget_old() == 0
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert running.forget_old() == 1
