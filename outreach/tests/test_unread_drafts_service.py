"""A model's draft in a language nobody here reads, or with a source that does not say it."""

from typing import Any

from leads.models import Pain
from outreach.models import Touch
from outreach.services import approval, model_drafts, model_facts, quality, receipts, vouching
from outreach.tests.test_model_drafts_service import GOOD, Endpoint, endpoint, touch, words

__all__ = ["endpoint", "touch"]
CZECH = "Garantujeme vám výrazně nižší náklady každý měsíc."


def _levels(touch: Touch) -> dict[str, str]:
    return {one["code"]: one["level"] for one in touch.checks if one["level"] != "ok"}


def test_a_cited_sentence_nobody_reads_is_flagged_and_stays_so(
    touch: Touch, endpoint: Endpoint, rep: Any
) -> None:
    endpoint.answers = [words(GOOD[0], (CZECH, ["F2"]), *GOOD[1:])]
    assert model_drafts.write(touch.pk).written
    touch.refresh_from_db()
    (item,) = [row for row in touch.receipts if row["text"] == CZECH]
    assert (item["kind"], item["ok"], item["source"]) == ("unread", False, {})
    assert not touch.checks_passed and _levels(touch) == {"claim": "warn"}
    approval.recheck(touch)
    assert not touch.checks_passed and _levels(touch) == {"claim": "warn"}
    place = f"{item['where']}:{item['start']}"
    vouching.vouch(
        touch,
        user=rep,
        place=place,
        origin="our price list",
        seen_hash=approval.policy.text_hash(touch),
    )
    touch.refresh_from_db()
    assert "claim" not in _levels(touch)


def test_what_a_person_writes_in_any_language_is_theirs(touch: Touch) -> None:
    touch.writer, touch.machine_body = "ai:small", "Hello Marta,"
    touch.body = f"Hello Marta,\n\n{CZECH}"
    assert all(one["code"] != "claim" for one in quality.check(touch) if one["level"] != "ok")


def test_a_source_that_does_not_say_it_leaves_the_template(
    touch: Touch, endpoint: Endpoint, lead: Any
) -> None:
    Pain.objects.create(
        lead=lead, text="alarms at night", source="a call", noted_at=lead.created_at
    )
    told = model_facts.facts(receipts.sources_for(touch))
    number = next(one.id for one in told if "alarms at night" in one.text)
    text = "Nachts klingelt es bei Ihnen im Schnitt vier Mal wegen der Anlage."
    endpoint.answers = [words(GOOD[0], (text, [number]), *GOOD[1:])]
    outcome = model_drafts.write(touch.pk)
    touch.refresh_from_db()
    assert not outcome.written and "needs a source" in touch.writer_note
    assert text not in touch.body
