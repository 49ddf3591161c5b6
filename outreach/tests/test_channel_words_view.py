"""Pages say of a channel what its class says: who sends it, what its text is called, when."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as conf
from django.urls import reverse

from outreach.models import Enrollment, Sequence, Touch
from outreach.services import drafting, sequences
from outreach.tests.test_toy_channel import Fax, Pager
from salesagent.accounts import connections

pytestmark = pytest.mark.usefixtures("workspace", "mailbox")


@pytest.fixture(autouse=True)
def wired(settings: Any) -> Iterator[None]:
    here = "outreach.tests.test_toy_channel"
    settings.CHANNELS = {**conf.CHANNELS, "fax": f"{here}.Fax", "pager": f"{here}.Pager"}
    yield


@pytest.fixture
def plan(rep: Any, team: Any) -> Sequence:
    return Sequence.objects.create(name="By all means", state="running", owner=rep, team=team)


def draft(lead: Any, plan: Sequence, mailbox: Any, rep: Any, channel: str) -> Touch:
    step = sequences.add_step(plan, channel)
    enrollment = Enrollment.objects.create(
        lead=lead, sequence=plan, mailbox=mailbox, enrolled_by=rep, next_step_key=step.key
    )
    touch = drafting.draft_touch(enrollment)
    assert touch is not None
    return touch


def page(client: Any, name: str, *args: Any) -> str:
    return " ".join(client.get(reverse(name, args=args)).content.decode().split())


def test_a_draft_says_who_sends_it(
    as_user: Any, rep: Any, lead: Any, plan: Sequence, mailbox: Any
) -> None:
    connections.save("beeper", account="b", secret={"k": "v"})
    text = page(as_user(rep), "outreach:approval", draft(lead, plan, mailbox, rep, "pager").pk)
    assert "<span>Pager</span>" in text and "by hand" not in text
    assert "Sends" in text and "Due now" not in text


@pytest.mark.parametrize(
    ("channel", "words"),
    [("fax", "Fax: you send it by hand"), ("phone", "Phone: what to say")],
)
def test_a_draft_for_a_person_says_so(
    as_user: Any, rep: Any, lead: Any, plan: Sequence, mailbox: Any, channel: str, words: str
) -> None:
    text = page(as_user(rep), "outreach:approval", draft(lead, plan, mailbox, rep, channel).pk)
    assert words in text and "Sends" not in text


def test_the_editor_names_steps_and_texts_as_the_class_does(
    as_user: Any, rep: Any, plan: Sequence
) -> None:
    client = as_user(rep)
    keys = {code: sequences.add_step(plan, code).key for code in ("fax", "pager", "post")}
    text = page(client, "outreach:sequence", plan.pk)
    assert "Pager task" not in text and "Letter" not in text and "Fax task" in text
    assert '<b class="num">0</b> sent' in text and '<b class="num">0</b> done' in text
    url = reverse("outreach:sequence", args=[plan.pk])
    shown = {code: client.get(f"{url}?step={key}").content.decode() for code, key in keys.items()}
    assert "Fax sheet</label>" in shown["fax"] and "Message frame</label>" in shown["pager"]
    assert "Fax task for the owner" in shown["fax"] and "for the owner" not in shown["pager"]


def test_a_service_without_a_page_has_its_line(as_user: Any, owner: Any) -> None:
    text = page(as_user(owner), "settings:connections")
    assert '<b class="trunc">Pager</b><span class="muted">Not connected.</span>' in text
    connections.save("beeper", account="b", secret={"k": "v"})
    text = page(as_user(owner), "settings:connections")
    assert '<b class="trunc">Pager</b><span class="muted">0 messages today</span>' in text


def test_the_limit_of_the_class_holds() -> None:
    assert Pager().problem("+48601000000", "a" * 80) == ""
    assert Pager().problem("+48601000000", "a" * 81) == "The text is longer than 80 characters."
    assert Fax().problem("", "a") == "There is no fax number."


def test_a_text_over_the_limit_is_a_draft_that_needs_a_look(
    rep: Any, lead: Any, plan: Sequence, mailbox: Any
) -> None:
    step = sequences.add_step(plan, "pager")
    step.variants.update(body="Please ring us back. " * 8)
    enrollment = Enrollment.objects.create(
        lead=lead, sequence=plan, mailbox=mailbox, enrolled_by=rep, next_step_key=step.key
    )
    touch = drafting.draft_touch(enrollment)
    assert touch is not None and not touch.checks_passed
    assert "The text is longer than 80 characters." in [one["text"] for one in touch.checks]
