"""What the thread shows of a class: the kind of an objection, and buttons where nobody is sure."""

import re
from typing import Any

import pytest
from django.urls import reverse

from leads import thread
from leads.models import Correction, Lead, ThreadEvent
from outreach.services import replies, understanding
from salesagent.ai.base import Classification

pytestmark = pytest.mark.django_db


@pytest.fixture
def reply(lead: Lead) -> ThreadEvent:
    event = thread.record(
        lead=lead, kind="reply.received", actor="lead", channel="email", body="Hm, who knows.",
        data={"from": lead.email, "subject": "Re: hello"},
    )  # fmt: skip
    assert event is not None
    return event


@pytest.fixture
def page(
    lead: Lead, reply: ThreadEvent, rep: Any, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    def show(told: Classification) -> str:
        made = type("Fixed", (), {"name": "local", "classify": lambda self, text: told})
        monkeypatch.setattr(understanding, "classifier", made)
        replies.classify_reply(reply)
        return str(as_user(rep).get(reverse("leads:detail", args=[lead.pk])).content.decode())

    return show


def test_an_objection_shows_its_kind(page: Any) -> None:
    told = Classification("objection", 0.9, {"objection": 0.9}, "told", kind="price")
    assert "Objection, price, 90% sure" in page(told)


def test_an_unsure_class_asks_with_the_likely_ones(
    page: Any, reply: ThreadEvent, rep: Any, as_user: Any
) -> None:
    labels = {"question": 0.25, "other": 0.2, "interested": 0.28, "meeting": 0.06}
    shown = page(Classification("interested", 0.28, labels, "told", abstained=True))
    assert "Not sure what it means" in shown
    asked = shown[shown.index('class="guesses"') :].split("</form>")[0]
    places = [asked.index(f'value="{one}"') for one in ("interested", "question", "other")]
    assert places == sorted(places)
    assert 'value="meeting"' not in asked
    url = reverse("outreach:reply_correct", args=[reply.pk])
    as_user(rep).post(url, {"label": "question"})
    as_user(rep).post(url, {"label": "interested"})
    told = list(Correction.objects.order_by("pk").values_list("before", "after"))
    assert told == [("interested", "question"), ("question", "interested")]


def _chosen(page: str) -> list[str]:
    box = page[page.index('name="label" required') :].split("</select>")[0]
    return (
        re.findall(r'<option value="(\w*)"[^>]* selected', box)
        or re.findall(r'<option value="(\w*)"', box)[:1]
    )


def test_the_correction_begins_with_what_holds_now(
    page: Any, reply: ThreadEvent, rep: Any, lead: Any, as_user: Any
) -> None:
    told = Classification("objection", 0.9, {"objection": 0.9}, "told", kind="price")
    assert _chosen(page(told)) == ["objection"]
    client = as_user(rep)
    client.post(reverse("outreach:reply_correct", args=[reply.pk]), {"label": "question"})
    shown = client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert _chosen(shown) == ["question"]


def test_while_nobody_is_sure_the_correction_begins_with_nothing(page: Any) -> None:
    labels = {"interested": 0.28, "question": 0.25}
    unsure = Classification("interested", 0.28, labels, "told", abstained=True)
    assert _chosen(page(unsure)) == [""]


def test_an_empty_choice_changes_nothing(
    page: Any, reply: ThreadEvent, rep: Any, as_user: Any
) -> None:
    as_user(rep).post(reverse("outreach:reply_correct", args=[reply.pk]), {"label": ""})
    assert not Correction.objects.exists()
