"""A channel is one class and one line in wiring: everything else asks the class."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as conf
from django.urls import reverse

from leads.models import ThreadEvent
from outreach.channels.base import Channel, Config, OutboundMessage, SendResult
from outreach.models import Enrollment, Sequence, Step, Task, Template, Touch
from outreach.services import approval, drafting, handwork, policy, sending, sequences
from salesagent.accounts import connections

pytestmark = pytest.mark.usefixtures("workspace", "mailbox")


class Fax(Channel):
    """Carried out by a person."""

    code = "fax"
    label = "Fax"
    task_label = "Fax task"
    task_title = "Send a fax"
    icon = "upload"
    manual = True
    reach = "phone"
    reach_word = "fax number"
    text_word = "Fax sheet"
    how = "Put the sheet into the machine."
    outcomes = {"sent": "It went through", "jam": "The paper jammed", "gone": "No such number"}
    effects = {"jam": "again", "gone": "skip"}

    def link(self, to: str) -> str:
        return f"fax:{to}" if to else ""


class Pager(Channel):
    """Sent by a connected service."""

    code = "pager"
    label = "Pager"
    icon = "bell"
    reach = "phone"
    reach_word = "pager number"
    sender = "service"
    service = "beeper"
    text_limit = 80
    sent: list[OutboundMessage] = []

    @contextmanager
    def open(self, config: Config | None) -> Iterator["Pager"]:
        yield self

    def send(self, message: OutboundMessage) -> SendResult:
        Pager.sent.append(message)
        return SendResult("beep-1", datetime.now(UTC))


@pytest.fixture(autouse=True)
def wired(settings: Any) -> Iterator[None]:
    here = "outreach.tests.test_toy_channel"
    settings.CHANNELS = {**conf.CHANNELS, "fax": f"{here}.Fax", "pager": f"{here}.Pager"}
    Pager.sent = []
    with patch.object(handwork, "good_time", return_value=None):
        yield


@pytest.fixture
def plan(rep: Any, team: Any) -> Sequence:
    return Sequence.objects.create(name="By all means", state="running", owner=rep, team=team)


def page(client: Any, name: str, *args: Any) -> str:
    text: str = client.get(reverse(name, args=args)).content.decode()
    return text


def drafted(lead: Any, plan: Sequence, mailbox: Any, rep: Any, channel: str) -> Touch:
    step = sequences.add_step(plan, channel)
    enrollment = Enrollment.objects.create(
        lead=lead, sequence=plan, mailbox=mailbox, enrolled_by=rep, next_step_key=step.key
    )
    touch = drafting.draft_touch(enrollment)
    assert touch is not None
    return touch


def test_the_editor_offers_it(as_user: Any, rep: Any, plan: Sequence) -> None:
    client = as_user(rep)
    text = page(client, "outreach:sequence", plan.pk)
    assert "Fax task" in text and "Pager" in text
    client.post(reverse("outreach:step_add", args=[plan.pk]), {"channel": "fax"})
    step = Step.objects.get(sequence=plan)
    assert (step.channel, step.name) == ("fax", "Fax task 1")
    text = page(client, "outreach:sequence", plan.pk)
    assert 'value="fax" selected' in text and 'aria-label="Fax"' in text


def test_templates_and_the_do_not_contact_list_offer_it(as_user: Any, rep: Any, owner: Any) -> None:
    client = as_user(rep)
    client.post(
        reverse("outreach:template_new"),
        {"name": "Fax hello", "channel": "fax", "body": "Hello {{first_name|there}}"},
    )
    assert Template.objects.get(name="Fax hello").channel == "fax"
    assert (
        "Fax hello" in client.get(reverse("outreach:templates") + "?channel=fax").content.decode()
    )
    assert "Fax only" in page(as_user(owner), "leads:suppression")


def test_a_manual_one_from_draft_to_thread(
    as_user: Any, rep: Any, lead: Any, plan: Sequence, mailbox: Any
) -> None:
    touch, client = drafted(lead, plan, mailbox, rep, "fax"), as_user(rep)
    assert touch.to_address == lead.phone and touch.state == "draft"
    assert 'aria-label="Fax"' in page(client, "outreach:approval", touch.pk)
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    task = Task.objects.get(touch=touch)
    assert task.title == "Send a fax, touch 1"
    text = page(client, "outreach:today_task", task.pk)
    for words in ("It went through", "The paper jammed", "Put the sheet into the machine."):
        assert words in text
    assert f'href="fax:{lead.phone}"' in text and 'aria-label="Fax"' in text
    chips = page(client, "outreach:today")
    assert ">Fax <" in chips or "Fax" in chips
    client.post(reverse("outreach:task_done", args=[task.pk]), {"outcome": "jam"})
    again = Task.objects.get(touch=touch, state="open")
    assert again.why == "The paper jammed last time. Attempt 2 of 3."
    client.post(reverse("outreach:task_done", args=[again.pk]), {"outcome": "sent"})
    touch.refresh_from_db()
    assert (touch.state, touch.outcome) == ("done", "sent")
    event = ThreadEvent.objects.get(kind="touch.done")
    assert (event.channel, event.body) == ("fax", touch.body)
    thread = page(client, "leads:detail", lead.pk)
    assert "Touch 1, fax" in thread and 'aria-label="Fax"' in thread


def test_an_outcome_that_skips(
    as_user: Any, rep: Any, lead: Any, plan: Sequence, mailbox: Any
) -> None:
    touch = drafted(lead, plan, mailbox, rep, "fax")
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    task = Task.objects.get(touch=touch)
    as_user(rep).post(reverse("outreach:task_done", args=[task.pk]), {"outcome": "gone"})
    touch.refresh_from_db()
    assert touch.state == "skipped" and not ThreadEvent.objects.filter(kind="touch.done").exists()


def test_one_that_a_service_sends(
    as_user: Any, rep: Any, lead: Any, plan: Sequence, mailbox: Any
) -> None:
    client = as_user(rep)
    assert "Pager is not connected" in page(client, "leads:detail", lead.pk)
    connections.save("beeper", account="b", secret={"k": "v"}, settings={"pager_from": "1"})
    text = page(client, "leads:detail", lead.pk)
    assert 'data-compose="pager"' in text and "0 of 80 characters" in text
    form = {"channel": "pager", "action": "send", "pager-token": str(uuid.uuid4())}
    client.post(
        reverse("outreach:compose", args=[lead.pk]), {**form, "pager-body": "Call me, Jonas"}
    )
    touch = Touch.objects.get()
    assert (touch.channel, touch.state) == ("pager", "approved")
    Touch.objects.update(not_before=None)
    with patch("outreach.services.policy.window", return_value=policy.YES):
        assert sending.send_due().sent == 1
    assert [message.text for message in Pager.sent] == ["Call me, Jonas"]
    thread = page(client, "leads:detail", lead.pk)
    assert 'aria-label="Pager"' in thread and "Call me, Jonas" in thread
