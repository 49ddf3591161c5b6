"""Advice to a rep and lines for the playbook: out of threads, never out of private feedback."""

from datetime import timedelta

import pytest

from coaching.models import Advice, Play
from coaching.services import advice, advice_prose, examples, patterns, sharing, talks
from coaching.services.shares import Share
from coaching.tests import world
from coaching.tests.test_team_service import DAY, talk
from leads.models import Decision, Lead
from salesagent.accounts.models import Notification
from salesagent.lib import privacy

pytestmark = pytest.mark.django_db
LINE = "What did the last failure cost you?"


def test_a_draft_about_a_private_person_holds_quotes_and_no_counts(rep, mate, manager) -> None:
    talk(mate, ago=12 * DAY)
    talk(rep, text=world.BAD, label="")
    talks.recount_everybody()
    made = advice.draft(manager, rep, "price")
    assert "Ada wrote: “Honestly, that is too expensive" in made.text
    assert "Priya's answer to the same objection led on" in made.text
    assert " of 1 " not in made.text
    assert "lower price" not in made.text
    assert len(made.evidence) == 2  # the other thread is not the rep's to open
    sharing.show_habits(rep, show=True)
    told = advice.draft(manager, rep, "price").text
    assert "after 0 of 1 of your answers they wrote again" in told
    assert "In 1 answer a lower price came before a question." in told


def test_it_is_sent_once_read_and_answered(lead, rep, manager) -> None:
    talk(rep, lead=lead)
    talks.recount(rep)
    made = advice.draft(manager, rep, "price")
    advice.save(made, manager, "Ask first.\r\nThen offer.")
    advice.send(made, manager)
    made.refresh_from_db()
    assert (made.state, made.text) == ("sent", "Ask first.\nThen offer.")
    with pytest.raises(advice.AdviceError):
        advice.send(made, manager)
    with pytest.raises(advice.AdviceError):
        advice.save(made, manager, "Something else")
    notice = Notification.objects.get(user=rep)
    assert notice.link == f"/coaching/advice/{made.pk}/"
    assert "Ask first" not in notice.text + notice.title
    advice.answer(made, rep, "I will.")
    made.refresh_from_db()
    assert made.answer == "I will." and made.read_at
    assert Notification.objects.filter(user=manager, kind="advice").count() == 1


def test_what_cannot_be_drafted(rep, manager) -> None:
    for kind in ("price", "nonsense"):
        with pytest.raises(advice.AdviceError):
            advice.draft(manager, rep, kind)
    with pytest.raises(advice.AdviceError):
        advice.draft(manager, manager, "price")
    empty = advice.blank(manager, rep)
    assert advice.blank(manager, rep) == empty
    with pytest.raises(advice.AdviceError):
        advice.send(empty, manager)


def test_a_model_may_word_an_untouched_draft(lead, rep, manager, monkeypatch) -> None:
    talk(rep, lead=lead)
    talks.recount(rep)
    made = advice.draft(manager, rep, "price")
    assert not advice.word(made.pk)  # none is connected
    names = [block.label for block in advice_prose.blocks(made)]
    assert names == ["draft", "their message", "our message"]
    monkeypatch.setattr(advice_prose, "worded", lambda one: ("Ask first.", "m"))
    assert advice.word(made.pk)
    assert Advice.objects.get().writer == "ai:m"
    assert not advice.word(made.pk)


def test_words_of_a_model_bring_in_nothing() -> None:
    assert advice_prose._sound("You asked in 3 of 4.", "After 3 of 4 answers")
    assert not advice_prose._sound("You asked in 3 of 5.", "After 3 of 4 answers")
    assert not advice_prose._sound("See https://x.example", "After")
    assert not advice_prose._sound("", "After")


def test_advice_that_speaks_of_an_erased_person_is_blanked(lead, rep, manager) -> None:
    talk(rep, lead=lead)
    talks.recount(rep)
    sent, draft = (advice.draft(manager, rep, "price") for _ in range(2))
    advice.send(sent, manager)
    by_name = Advice.objects.create(
        author=manager, rep=rep, text=f"Call {lead.first_name} Kowalczyk"
    )
    other = Advice.objects.create(author=manager, rep=rep, text="Ask first.")
    privacy.HOLDERS["coaching"].erase(lead.pk)
    assert set(Advice.objects.values_list("pk", flat=True)) == {sent.pk, other.pk}
    sent.refresh_from_db()
    assert "Marta" not in sent.text and sent.evidence == []
    assert draft.pk != by_name.pk


def worked(rep, count: int, *, label: str = "interested", text: str = world.GOOD) -> None:
    for number in range(count):
        talk(rep, ago=timedelta(days=20 + number), text=text, label=label)


def test_a_line_that_works_is_proposed_once(rep, mate, manager) -> None:
    worked(rep, 4)
    worked(mate, 5, label="not_interested", text=world.BAD)
    talks.recount_everybody()
    assert patterns.propose() == 1
    found = Decision.objects.get(rule=patterns.RULE)
    assert found.evidence["line"] == LINE
    assert found.evidence["by"] == {str(rep.pk): [4, 4]}
    assert found.evidence["others"] == {str(mate.pk): [0, 5]}
    assert "4 of 4" not in found.what + found.why and "0 of 5" not in found.what + found.why
    assert patterns.propose() == 0
    play = patterns.accept(found, manager)
    assert (play.kind, play.question, play.builtin) == ("price", LINE, False)
    with pytest.raises(patterns.PatternError):
        patterns.dismiss(found, manager)
    Decision.objects.all().delete()
    assert patterns.propose() == 0  # it is in the playbook


def test_a_private_person_s_line_has_no_numbers(rep, mate, manager, other_manager) -> None:
    worked(rep, 4)
    worked(mate, 5, label="not_interested", text=world.BAD)
    talks.recount_everybody()
    patterns.propose()
    [one] = patterns.waiting(manager)
    assert (one.share, one.others) == (None, None)
    assert patterns.waiting(other_manager) == []  # of one person of another team
    sharing.show_habits(rep, show=True)
    [one] = patterns.waiting(manager)
    assert (one.share, one.others) == (Share(4, 4), None)


def test_a_line_of_two_people_has_numbers(rep, mate, manager, other_manager) -> None:
    worked(rep, 3)
    worked(mate, 2)
    worked(mate, 5, label="not_interested", text=world.BAD)
    worked(rep, 2, label="not_interested", text=world.BAD)
    talks.recount_everybody()
    patterns.propose()
    for reader in (manager, other_manager):
        [one] = patterns.waiting(reader)
        assert (one.share, one.others) == (Share(5, 5), Share(0, 7))


def test_few_or_no_better_lines_are_not_proposed(rep) -> None:
    worked(rep, 3)
    talks.recount_everybody()
    assert patterns.propose() == 0
    worked(rep, 6, label="not_interested")
    talks.recount_everybody()
    assert patterns.propose() == 0


def test_names_of_a_lead_do_not_get_into_the_playbook() -> None:
    lead = Lead(first_name="Marta", last_name="Kowalczyk", company_name="Polna Bakeries")
    text = "Marta, what does Polna Bakeries need? Martas too."
    line = examples.without_names(text, lead)
    assert line == "{{first_name|there}}, what does {{company|your company}} need? Martas too."
    assert not Play.objects.filter(answer__contains="Marta").exists()
