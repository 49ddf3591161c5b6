"""Ready-made content: complete, honest by its own checks, installed once."""

from typing import Any

import pytest

from leads.models import Lead
from outreach import content as builtin
from outreach.models import PainPoint, Sequence, Snippet, Template
from outreach.services import (
    content,
    lint,
    merge,
    quality,
    reach,
    receipts,
    sequence_life,
    sequences,
)
from outreach.services.quality import Facts
from salesagent.ai import frames

FOLLOWS = ("follow-up", "close", "proof", "meeting")


def test_there_is_enough() -> None:
    assert len(builtin.MAILS) >= 10
    assert len(builtin.MESSAGES) >= 5
    assert len(builtin.CALLS) >= 3
    assert len({pain.trade for pain in builtin.PAINS if pain.trade}) >= 4
    assert len(builtin.SEQUENCES) >= 3
    codes = [text.code for text in builtin.TEXTS]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("plan", builtin.SEQUENCES, ids=lambda plan: plan.code)
def test_sequences_have_five_touches_and_at_most_three_mails(plan: builtin.Plan) -> None:
    texts = {text.code: text for text in builtin.TEXTS}
    channels = [texts[touch.text].channel for touch in plan.touches]
    assert len(channels) == 5
    assert channels.count("email") <= sequences.MAX_MAILS
    assert set(channels) <= set(reach.codes())
    assert texts[plan.touches[0].text].subject
    assert plan.touches[0].wait == 0 and all(touch.wait >= 2 for touch in plan.touches[1:])


@pytest.mark.parametrize("text", builtin.TEXTS, ids=lambda text: text.code)
@pytest.mark.parametrize("known", ["all", "none"])
def test_texts_pass_their_own_checks(text: builtin.Text, known: str) -> None:
    sender = {k: v for k, v in merge.SAMPLES.items() if k.startswith("sender_")}
    fields = merge.SAMPLES if known == "all" else sender
    subject, body = merge.render(text.subject, fields), merge.render(text.body, fields)
    assert subject.missing == body.missing == []
    facts = Facts(
        channel=text.channel,
        postal_address="Kanalgade 4",
        to_address="x",
        basis="Consent",
        wrote_before=text.purpose in FOLLOWS,
        talked_before=text.purpose == "confirmation" or text.code == "after-visit",
        machine_text=f"{subject.text}\n{body.text}",
    )
    shown = subject.text or ("Re: earlier" if text.channel == "email" else "")
    checks = quality.judge(shown, body.text, facts)
    assert [c["text"] for c in checks if c["level"] != "ok"] == []
    assert quality.passed(checks)


@pytest.mark.parametrize("text", builtin.TEXTS, ids=lambda text: text.code)
def test_frames_are_well_formed(text: builtin.Text) -> None:
    assert sequences.frames.strange(f"{text.subject}\n{text.body}") == []
    assert set(frames.names(f"{text.subject}\n{text.body}")) <= set(merge.FIELDS)
    assert len(text.body) <= frames.FRAME_LIMIT and len(text.name) <= 100
    assert "!" not in text.body


@pytest.mark.parametrize("text", builtin.MESSAGES, ids=lambda text: text.code)
def test_messages_fit_their_channel(text: builtin.Text) -> None:
    body = merge.render(text.body, merge.SAMPLES).text
    assert len(body) <= 200
    if text.channel == "sms":
        assert lint.segments(body) == 1


def test_pains_and_snippets_claim_nothing() -> None:
    sentences = [pain.sentence for pain in builtin.PAINS] + list(builtin.SNIPPETS.values())
    for sentence in sentences:
        assert receipts.check("", sentence, receipts.Sources()) == []
        assert lint.phrases(lint.URGENCY, sentence) == []
        assert len(sentence) <= 300


def test_install_is_idempotent_and_never_overwrites_words(db: None) -> None:
    assert content.install_builtin() == len(builtin.TEXTS)
    Snippet.objects.filter(code="calendar").update(text="Mine")
    PainPoint.objects.filter(trade="hotel").delete()
    Template.objects.filter(code="first-pain").update(body="Old wording")
    counts = (Template.objects.count(), Snippet.objects.count(), PainPoint.objects.count())
    assert content.install_builtin() == 0
    assert (Template.objects.count(), Snippet.objects.count(), PainPoint.objects.count()) == counts
    assert Snippet.objects.get(code="calendar").text == "Mine"
    assert Template.objects.get(code="first-pain").body != "Old wording"


def test_install_keeps_what_was_there_before(db: None) -> None:
    Snippet.objects.create(code="calendar", text="Mine")
    PainPoint.objects.create(trade="hotel", name="complaints about room temperature", sentence="M")
    content.install_builtin()
    assert Snippet.objects.get(code="calendar").text == "Mine"
    assert PainPoint.objects.filter(name="complaints about room temperature").count() == 1


def test_ensure_costs_one_query_later(db: None, django_assert_num_queries: Any) -> None:
    content.ensure_builtin()
    with django_assert_num_queries(1):
        content.ensure_builtin()


@pytest.mark.parametrize("plan", builtin.SEQUENCES, ids=lambda plan: plan.code)
def test_a_copy_is_a_draft_that_can_be_started(
    plan: builtin.Plan, rep: Any, workspace: Any
) -> None:
    mine = content.copy_sequence(plan.code, rep)
    assert (mine.state, mine.owner, mine.team) == ("draft", rep, rep.team)
    assert [s.name for s in sequences.current_steps(mine)] == [t.name for t in plan.touches]
    sequence_life.set_state(mine, "running")
    mine.refresh_from_db()
    assert mine.state == "running"
    assert content.copy_sequence(plan.code, rep).name == f"{plan.name} 2"
    with pytest.raises(content.ContentError):
        content.copy_sequence("none", rep)
    assert Sequence.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [({"channel": "pigeon"}, "channel"), ({"name": " "}, "name"), ({"body": " \n"}, "text")],
)
def test_bad_templates_are_refused(values: dict[str, str], message: str, rep: Any) -> None:
    good = {"name": "Mine", "channel": "email", "subject": "S", "body": "B"}
    with pytest.raises(content.ContentError, match=message):
        content.save_template(None, user=rep, **{**good, **values})


def test_template_codes_are_free_and_subjects_only_for_mail(rep: Any) -> None:
    one = content.save_template(
        None, user=rep, name="My Text", channel="sms", subject="S", body="B"
    )
    two = content.save_template(
        None, user=rep, name="My text", channel="email", subject="S\nx", body="B"
    )
    assert (one.code, two.code) == ("my-text", "my-text-2")
    assert (one.subject, two.subject) == ("", "S x")


def test_lead_fixture_reads_well(lead: Lead, rep: Any, mailbox: Any, workspace: Any) -> None:
    content.install_builtin()
    fields = merge.fields_for(lead, rep, mailbox)
    text = merge.render(Template.objects.get(code="first-pain").body, fields).text
    assert text.startswith("Hi Marta,\n\n")
    assert text.endswith("Jonas Weber\nHalden Climate Services")
