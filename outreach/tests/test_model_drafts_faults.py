"""Faults of a model's answer stay with their own draft, and nobody's words are written over."""

from typing import Any

import pytest
from django.urls import reverse

from outreach.models import Touch
from outreach.services import approval, model_drafts, policy, quality, receipts
from outreach.services.drafting import WAITING
from outreach.services.quality_facts import facts_for
from outreach.tests.test_model_drafts_service import GOOD, endpoint, touch, words
from salesagent.ai import openai
from salesagent.ai.base import AiError
from salesagent.ai.questions import key_of
from salesagent.ai.tests.test_openai_service import CONFIG, QUESTION, Endpoint, said
from salesagent.lib import ai_ledger
from salesagent.lib.models import AiCall

__all__ = ["endpoint", "touch"]


def test_what_a_person_typed_while_the_model_was_down_stays(
    touch: Touch, endpoint: Endpoint, rep: Any
) -> None:
    seen = policy.text_hash(touch)
    approval.edit(touch, user=rep, subject="My subject", body="My own words.", seen_hash=seen)
    endpoint.answers = [words(*GOOD)]
    assert model_drafts.write_waiting() == 0
    touch.refresh_from_db()
    assert (touch.subject, touch.body) == ("My subject", "My own words.")
    assert touch.writer_note != WAITING and len(endpoint.answers) == 1


def test_half_a_pair_of_surrogates_is_dropped(touch: Touch, endpoint: Endpoint) -> None:
    endpoint.answers = [words(("Hello \ud83d Marta, shall we talk on a quiet day?", []))]
    assert model_drafts.write_waiting() == 1
    touch.refresh_from_db()
    assert touch.body.startswith("Hello  Marta")


def test_a_fault_of_one_draft_is_its_own(
    touch: Touch, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("unexpected")

    monkeypatch.setattr(model_drafts, "_put", broken)
    endpoint.answers = [words(*GOOD)]
    assert model_drafts.write_waiting() == 0
    touch.refresh_from_db()
    assert touch.writer_note == model_drafts.NO_USE


def test_an_answer_that_is_always_cut_is_not_paid_each_minute(
    touch: Touch, endpoint: Endpoint
) -> None:
    endpoint.answers = [said('{"subject": "Co', finish="length")] * 3
    model_drafts.write_waiting()
    model_drafts.write_waiting()
    touch.refresh_from_db()
    assert touch.writer_note.startswith("Written from the template")
    assert len(endpoint.calls) <= 2


def test_two_processes_do_not_pay_for_the_same_question(db: None, endpoint: Endpoint) -> None:
    key = key_of(CONFIG, QUESTION)
    ai_ledger.open_call(ai_ledger.Ask(key, "draft", "lead:7", "small", "{}", 1, 50_000))
    with pytest.raises(AiError) as caught:
        openai.ask(CONFIG, QUESTION)
    assert caught.value.code == "busy"
    assert endpoint.calls == []


def test_private_coaching_is_not_read_through_the_bill(owner: Any, as_user: Any) -> None:
    row = AiCall.objects.create(
        key="k", purpose="coach", model="small", about="lead:1", state="ok",
        request='{"messages": [{"role": "user", "content": "Jonas was slow"}]}',
        answer="Jonas was rude",
    )  # fmt: skip
    page = as_user(owner).get(reverse("settings:ai_call", args=[row.pk])).content.decode()
    assert "Jonas was" not in page and "belongs to the rep" in page


@pytest.mark.parametrize("words_", ["Die Heizung kostet 500 złotych.", "It saves 3000kWh a year."])
def test_a_number_glued_to_letters_blocks_in_a_machines_text(touch: Touch, words_: str) -> None:
    touch.body = touch.machine_body = f"Hello Marta,\n\n{words_}"
    found = quality.judge(touch.subject, touch.body, facts_for(touch))
    assert any((one["code"], one["level"]) == ("claim", "block") for one in found)


def test_more_statements_than_are_looked_at_block(touch: Touch) -> None:
    body = "Now about Example Hotel. " * 70 + "It costs 9 pounds."
    found = receipts.check("", body, receipts.sources_for(touch))
    assert len(found) == receipts.MOST
    assert not found[-1].ok and found[-1].note == receipts.TOO_MANY
