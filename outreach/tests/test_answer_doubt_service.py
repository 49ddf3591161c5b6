"""Answers that no machine drafts: doubt, anger. And none of them goes out in bulk."""

from typing import Any

import pytest

from outreach.models import Touch
from outreach.services import answer_facts, approval, policy
from outreach.tests.answering import answered, came, classed
from salesagent.ai import anger
from salesagent.ai.understand import LocalClassifier

pytestmark = pytest.mark.django_db
SAUER = "Ihre Mails nerven. Das ist schon die dritte, ich bin wirklich sauer."


@pytest.fixture(autouse=True)
def _ready(mailbox: Any, workspace: Any, rep: Any) -> None:
    """A mailbox to answer from."""


def test_an_answer_is_never_approved_in_bulk(lead: Any, rep: Any) -> None:
    touch = answered(lead, "Sounds good, tell me more.", "interested")
    assert touch is not None
    count, refused = approval.approve_bulk(rep, {touch: policy.text_hash(touch)})
    assert count == 0
    assert "one by one" in refused[0]
    assert Touch.objects.get(pk=touch.pk).state == "draft"


@pytest.mark.parametrize(
    ("label", "values"),
    [
        ("interested", {"confidence": 0.55}),
        ("interested", {"labels": {"interested": 0.7, "opt_out": 0.25}, "confidence": 0.7}),
        ("question", {"labels": {"question": 0.7, "not_interested": 0.22}, "confidence": 0.7}),
        ("interested", {"sentiment": "negative"}),
    ],
)
def test_a_doubtful_class_gets_no_draft(label: str, values: Any, lead: Any) -> None:
    assert answered(lead, "We will see.", label, **values) is None


def test_angry_words_get_no_draft(lead: Any) -> None:
    assert answered(lead, SAUER, "interested") is None


def test_a_person_who_says_what_it_is_gets_one(lead: Any, rep: Any) -> None:
    from outreach.services import answering, replies

    event = came(lead, SAUER)
    assert answering.draft_answer(classed(event, "interested", confidence=0.46)) is None
    said = replies.correct(event, "not_interested", rep)
    assert said is not None
    assert answering.draft_answer(said) is not None


@pytest.mark.parametrize(
    "text",
    [
        SAUER,
        "I am really annoyed by your mails.",
        "Vos messages m'énervent, j'en ai marre.",
        "Estoy harto de sus correos.",
        "Sono stufo delle vostre mail.",
        "Ik ben het zat.",
        "Estou farto dos vossos emails.",
        "Mam dość waszych maili.",
    ],
)
def test_anger_is_heard_in_eight_languages(text: str) -> None:
    assert anger.is_angry(text)


@pytest.mark.parametrize(
    "text", ["Sounds good.", "Die Sauerkühlung läuft.", "Nous sommes contents.", "saurer Regen"]
)
def test_calm_words_are_calm(text: str) -> None:
    assert not anger.is_angry(text)


def test_anger_is_never_read_as_pleased() -> None:
    found = LocalClassifier().classify(SAUER)
    assert found.sentiment == "negative"
    assert found.abstained or found.disposition not in ("interested", "meeting")


def test_only_an_objection_has_a_kind(lead: Any) -> None:
    text = "What happens at 3 in the morning on a Sunday, who comes?"
    assert LocalClassifier().classify(text).kind == ""
    event = came(lead, text)
    classed(event, "question", kind="timing")
    assert answer_facts.kind_of(event) == ""
