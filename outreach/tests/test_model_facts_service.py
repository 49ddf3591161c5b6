"""What a model may be told and what its words are held to is one list."""

from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.models import Company, Pain
from outreach.models import PainPoint, Snippet, Touch
from outreach.services import model_facts, receipts
from salesagent.accounts.models import Workspace
from salesagent.ai.base import Sentence


@pytest.fixture
def lead(lead: Any, workspace: Workspace) -> Any:
    lead.company = Company.objects.create(name="Polna Bakeries", size=34)
    lead.save()
    day = timezone.localdate()
    Pain.objects.create(lead=lead, text="alarms at night", source="call of May", noted_at=day)
    Pain.objects.create(lead=lead, text="a guess", source="x", noted_at=day, verified=False)
    PainPoint.objects.create(trade="bakery", name="a", sentence="Ovens fail on Saturdays.")
    PainPoint.objects.create(trade="hotel", name="b", sentence="Guests wait for the lift.")
    Snippet.objects.create(code="proof", text="We keep 40 cold rooms running.", source="own list")
    Snippet.objects.create(code="loose", text="We are the first in Europe.", source="")
    Workspace.objects.update(service="maintenance of cold rooms")
    record(lead, "note.added", "Her boss Zdenek is difficult", "")
    record(lead, "reply.received", "We have two ovens in hall B.", "in")
    record(lead, "touch.sent", "Are 700 loaves a day still right?", "out")
    return lead


def record(lead: Any, kind: str, body: str, direction: str) -> None:
    thread.record(lead=lead, kind=kind, actor="user:1", direction=direction, body=body, data={})


@pytest.fixture
def sources(lead: Any) -> receipts.Sources:
    return receipts.sources_for(Touch(lead=lead))


def test_each_fact_is_a_source(sources: receipts.Sources) -> None:
    told = [fact.told for fact in model_facts.told(sources)]
    assert [fact.text for fact in model_facts.facts(sources)] == told
    words = " ".join(told)
    for part in ("34 people", "alarms at night", "Ovens fail", "40 cold rooms", "maintenance of"):
        assert part in words
    for part in ("a guess", "Guests wait", "first in Europe", "Zdenek", "hall B", "700"):
        assert part not in words


def test_each_fact_has_its_receipt_when_it_is_told(sources: receipts.Sources) -> None:
    for fact in model_facts.told(sources):
        found = receipts.check("", f"Hello,\n\n{fact.told}", sources)
        assert all(item.ok for item in found), (fact.told, found)
        if fact.kind in receipts.PROSE and len(fact.told.split()) > 4:
            assert fact.label in {item.source["label"] for item in found}


def test_messages_are_quoted_and_those_of_theirs_are_sources(sources: receipts.Sources) -> None:
    blocks = model_facts.thread(sources)
    assert [block.label.split(" on ")[0] for block in blocks] == ["They wrote", "We wrote"]
    assert "Zdenek" not in " ".join(block.text for block in blocks)
    (found,) = receipts.check("", "You have two ovens in hall B.", sources)[:1]
    assert found.ok


def test_what_we_wrote_vouches_for_its_day_only(sources: receipts.Sources) -> None:
    (found,) = receipts.check("", "You bake 700 loaves a day.", sources)
    assert not found.ok
    (found,) = receipts.check("", "My last mail may have been lost.", sources)
    assert found.ok and found.source["label"].startswith("Our message, ")


def test_a_sentence_in_another_language_shows_what_the_model_names(
    sources: receipts.Sources,
) -> None:
    number = next(f.id for f in model_facts.facts(sources) if "alarms at night" in f.text)
    text = "Nachts klingelt es bei Ihnen oft wegen der Anlage."
    rows = model_facts.named([], f"Guten Tag,\n\n{text}", [Sentence(text, (number,))], sources)
    assert [(row.text, row.ok) for row in rows] == [(text, True)]
    assert rows[0].source["label"] == "Pain, call of May, says the model"
    assert model_facts.named([], text, [Sentence(text, ("F99",))], sources) == []
    other = "Your parking is very far from the shop."
    assert model_facts.named([], other, [Sentence(other, (number, "F1"))], sources) == []
