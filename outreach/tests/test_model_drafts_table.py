"""Forty answers of a model: what is true is taken as it is, what is not never stands in a draft."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.models import Pain
from outreach.models import PainPoint, Snippet, Touch, Variant
from outreach.services import drafting, enrollment, model_drafts
from outreach.services.drafting import WAITING
from outreach.tests.test_model_drafts_service import VALUES
from salesagent.accounts import ai
from salesagent.accounts.models import Workspace
from salesagent.ai.tests.test_openai_service import Endpoint, endpoint, said

__all__ = ["endpoint"]
TABLE = json.loads((Path(__file__).parent / "fixtures" / "model_answers.json").read_text("utf-8"))
GOOD = [row for row in TABLE if row["good"]]
BAD = [row for row in TABLE if not row["good"]]
MISSES = 2  # of the good ones


@pytest.fixture
def touch(sequence: Any, lead: Any, rep: Any, mailbox: Any, owner: Any, workspace: Any) -> Touch:
    """A bakery that told us of alarms, and what we may say to it."""
    day = timezone.localdate().replace(month=5, day=12)
    Pain.objects.create(
        lead=lead, text="the cold rooms set off alarms at night", source="call of May", noted_at=day
    )
    lead.company.size = 34
    lead.company.save()
    PainPoint.objects.create(
        trade="bakery", name="a", sentence="Ovens fail on Saturdays, when nobody answers the phone."
    )
    Snippet.objects.create(code="proof", text="We keep 40 cold rooms running.", source="own list")
    Snippet.objects.create(code="setup", text="Set-up takes two weeks.", source="own list")
    Workspace.objects.update(service="maintenance of cold rooms")
    _thread(lead, rep)
    ai.save(owner, VALUES, "k-123")
    Variant.objects.update(brief="Ask whether they want a check before the season.")
    made = drafting.draft_touch(enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox))
    assert made is not None
    return made


def _thread(lead: Any, rep: Any) -> None:
    rows = (
        ("touch.sent", "out", "Do you have cold rooms?"),
        ("call.logged", "out", "Alarms at night, they want somebody to look at it."),
        ("reply.received", "in", "We have two ovens in hall B. Please write again in January."),
    )
    for kind, direction, body in rows:
        thread.record(lead=lead, kind=kind, actor="user:1", direction=direction, body=body, data={})


def answered(touch: Touch, row: dict[str, Any], endpoint: Endpoint) -> model_drafts.Outcome:
    """What becomes of the draft when the model answers this, by the whole way."""
    touch.channel, touch.writer_note = row["channel"], WAITING
    drafting.check(touch)
    touch.save()
    ids = {fact.text: fact.id for fact in model_drafts.facts_of(touch.lead)}
    paragraphs = [
        {
            "sentences": [
                {"text": text, "facts": [_id(ids, part) for part in parts]} for text, parts in one
            ]
        }
        for one in row["paragraphs"]
    ]
    endpoint.answers = [said(json.dumps({"subject": row["subject"], "paragraphs": paragraphs}))]
    return model_drafts.write(touch.pk)


def _id(ids: dict[str, str], part: str) -> str:
    return next(number for text, number in ids.items() if part in text)


def test_good_answers_are_taken(touch: Touch, endpoint: Endpoint) -> None:
    turned_down = {}
    for row in GOOD:
        outcome = answered(touch, row, endpoint)
        if not outcome.written:
            turned_down[row["name"]] = outcome.text
    assert len(turned_down) <= MISSES, "\n".join(map(str, turned_down.items()))


@pytest.mark.parametrize("row", BAD, ids=lambda row: row["name"])
def test_bad_answers_are_not(touch: Touch, row: dict[str, Any], endpoint: Endpoint) -> None:
    outcome = answered(touch, row, endpoint)
    assert not outcome.written
    assert "the model's text did not pass" in outcome.text
    assert row["why"] in outcome.text
    touch.refresh_from_db()
    assert touch.writer == "template"


def test_what_was_taken_shows_where_it_is_from(touch: Touch, endpoint: Endpoint) -> None:
    row = next(row for row in GOOD if row["name"] == "Einrichtung")
    assert answered(touch, row, endpoint).written
    touch.refresh_from_db()
    labels = {item["source"]["label"] for item in touch.receipts if item["ok"]}
    assert "Snippet setup: own list" in labels
