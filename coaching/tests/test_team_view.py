"""The pages for managers: who reaches what, by any URL, and what they cost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coaching.models import Advice, Feedback, PlayUse, Practice, Talk
from coaching.services import leaderboard, patterns, plays, review, sharing, talks
from coaching.tests import world
from coaching.tests.test_advice_service import worked
from coaching.tests.test_team_service import talk
from leads.models import Deal, Decision, Lead
from leads.services import corrections
from salesagent.accounts.models import Notification, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(lead, rep) -> Feedback:
    """A private card with something to improve."""
    world.said(lead)
    made = review.review_answer(world.answered(lead, rep, world.BAD))
    assert made is not None and made.improvements
    talks.recount(rep)
    return made


def text(client, name: str, *args, query: str = "") -> str:
    return client.get(reverse(name, args=args) + query).content.decode()


def test_a_private_card_reaches_no_manager_by_any_way(
    as_user, card, lead, rep, mate, manager, owner
):
    words = [row["text"] for row in (*card.strengths, *card.improvements)] + [card.handling]
    sharing.dismiss(card, "I had asked before")
    pages = [
        reverse("coaching:home"),
        reverse("coaching:home") + "?days=90&objection=price",
        reverse("coaching:rep", args=[rep.pk]),
        reverse("coaching:rep", args=[rep.pk]) + "?show=past&days=90",
        reverse("coaching:shared"),
        reverse("coaching:playbook"),
        reverse("leads:detail", args=[lead.pk]),
        reverse("leads:corrections"),
        reverse("leads:decisions"),
        reverse("leads:search") + "?q=objection",
        reverse("leads:search") + "?q=discount",
        reverse("leads:export"),
    ]
    for user in (manager, owner):
        client = as_user(user)
        for page in pages:
            answer = client.get(page, follow=True)
            body = b"".join(answer) if answer.streaming else answer.content
            said = body.decode(errors="replace")
            for one in (*words, "I had asked before", "feedback objection"):
                assert one not in said, (user, page, one)
        assert not Notification.objects.filter(user=user).exists()
    assert "I had asked before" in text(as_user(rep), "leads:corrections")


def test_own_page_of_another_is_not_there(as_user, rep, mate, stranger, other_manager, manager):
    for user in (mate, stranger, other_manager):
        assert as_user(user).get(reverse("coaching:rep", args=[rep.pk])).status_code == 404
    assert "Only you see this page" in text(as_user(rep), "coaching:rep", rep.pk)
    assert "keeps these private" in text(as_user(manager), "coaching:rep", rep.pk)
    assert as_user(manager).get(f"/coaching/{2**40}/").status_code == 404


def test_the_switch_opens_and_closes(as_user, rep, manager) -> None:
    talk(rep)
    talks.recount_everybody()
    page = as_user(rep)
    page.post(reverse("coaching:habits"), {"show": "1"})
    assert Practice.objects.get(pk=rep.pk).shared_at
    assert "Your manager sees your habits" in text(page, "coaching:home")
    assert "Shown because Jonas shares them" in text(as_user(manager), "coaching:rep", rep.pk)
    page.post(reverse("coaching:habits"), {"show": "0"})
    assert "keeps these private" in text(as_user(manager), "coaching:rep", rep.pk)


def test_the_team_page(as_user, rep, mate, manager) -> None:
    assert "Needs 20 threads. 0 so far" in text(as_user(manager), "coaching:home")
    talk(mate, ago=timedelta(days=12))
    talk(rep, text=world.BAD, label="")
    talks.recount_everybody()
    said = text(as_user(manager), "coaching:home")
    assert "2 threads read" in said.replace('<span class="num">2</span> thread', "2 thread")
    assert "Needs 20 threads. 2 so far" in said
    assert "1 of 2" in said
    assert "Priya, " in said
    assert "Jonas sent last time" not in said
    assert "Gives a discount" not in said
    assert "Nobody shares yet" in said


def test_what_the_pages_cost(as_user, rep, mate, manager, django_assert_max_num_queries) -> None:
    plays.install()
    for one in (rep, mate):
        for _ in range(4):
            talk(one)
    talks.recount_everybody()
    client = as_user(manager)
    for url in (reverse("coaching:home"), reverse("coaching:rep", args=[rep.pk])):
        client.get(url)
        with django_assert_max_num_queries(32):
            client.get(url)


def test_advice_from_draft_to_answer(
    as_user, lead, rep, mate, manager, owner, other_manager
) -> None:
    talk(rep, lead=lead)
    talks.recount(rep)
    boss = as_user(manager)
    assert boss.post(reverse("coaching:advice_draft", args=[rep.pk]), {"about": "price"}).url
    made = Advice.objects.get()
    one, write = (reverse(f"coaching:{n}", args=[made.pk]) for n in ("advice", "advice_write"))
    assert "Draft from threads, not sent" in boss.get(one).content.decode()
    for user in (rep, mate, owner, other_manager):
        assert as_user(user).get(one).status_code == 404, user
        assert as_user(user).post(write, {"do": "send", "text": "x"}).status_code == 404
    boss.post(write, {"do": "send", "text": "Ask what it costs them."})
    answer = reverse("coaching:advice_answer", args=[made.pk])
    for user in (mate, owner, other_manager):
        assert as_user(user).get(one).status_code == 404
        assert as_user(user).post(answer, {"answer": "x"}).status_code == 404
    page = as_user(rep)
    assert "Advice for me" in text(page, "coaching:home")
    assert "Ask what it costs them." in page.get(one).content.decode()
    page.post(answer, {"answer": "Good idea."})
    assert "Good idea." in boss.get(one).content.decode()
    assert boss.post(write, {"do": "nonsense"}).status_code == 404
    assert boss.post(answer, {"answer": "mine"}).status_code == 404


def test_advice_beside_the_example(as_user, rep, manager, other_manager) -> None:
    talk(rep)
    talks.recount_everybody()
    boss, url = as_user(manager), reverse("coaching:advice_draft", args=[rep.pk])
    said = text(boss, "coaching:rep", rep.pk, query="?objection=price")
    assert "Feedback for Jonas" in said and "Your answer: " in said
    theirs = Talk.objects.get(rep=rep).theirs
    assert "Show them" in said and f"#e{theirs.pk}" in said.partition("Show them")[2]
    assert not Advice.objects.exists()  # looking keeps nothing
    form = {"about": "price", "text": "Ask what a cold night costs.", "do": "save"}
    assert as_user(other_manager).post(url, form).status_code == 404
    boss.post(url, form)
    made = Advice.objects.get()
    assert (made.state, made.text) == ("draft", "Ask what a cold night costs.")
    assert reverse("coaching:advice_write", args=[made.pk]) in text(boss, "coaching:rep", rep.pk)
    boss.post(url, form | {"do": "send"})
    assert Advice.objects.filter(state="sent").count() == 1
    assert "Ask what a cold night costs." in text(as_user(rep), "coaching:home")


def test_the_answer_that_a_deal_was_won_after_stands_beside_it(as_user, rep, mate, manager):
    worked(mate, 2)
    newer, sold = Lead.objects.filter(owner=mate).order_by("pk")
    talk(rep, label="")
    talks.recount_everybody()
    boss = as_user(manager)
    said = text(boss, "coaching:rep", rep.pk, query="?objection=price")
    assert "same objection, led on" in said and f"{newer.pk}/#e" in said
    won = {"lead": sold, "title": "x", "value": 1, "stage": Deal.Stage.WON}
    before = timezone.now() - timedelta(days=80)
    made = Deal.objects.create(**won, closed_at=before)
    assert "same objection, won" not in text(boss, "coaching:rep", rep.pk, query="?objection=price")
    Deal.objects.filter(pk=made.pk).update(closed_at=timezone.now())
    said = text(boss, "coaching:rep", rep.pk, query="?objection=price")
    assert "same objection, won" in said and f"{sold.pk}/#e" in said


def test_who_no_longer_leads_them_writes_nothing_more(as_user, rep, manager, other_team) -> None:
    made = Advice.objects.create(author=manager, rep=rep, text="Ask first.")
    User.objects.filter(pk=rep.pk).update(team=other_team)
    url = reverse("coaching:advice_write", args=[made.pk])
    assert as_user(manager).post(url, {"do": "send", "text": "x"}).status_code == 404
    made.refresh_from_db()
    assert made.state == "draft"


def test_a_line_out_of_a_thread_or_a_proposal(as_user, rep, mate, manager, other_manager) -> None:
    worked(rep, 4)
    worked(mate, 5, label="not_interested", text=world.BAD)
    talks.recount_everybody()
    patterns.propose()
    boss = as_user(manager)
    said = text(boss, "coaching:playbook")
    assert "last failure cost you" in said and "It led on with" not in said  # one private person
    sharing.show_habits(rep, show=True)
    assert "It led on with 4 of 4 leads" in text(boss, "coaching:playbook")
    assert "It led on with" not in text(as_user(rep), "coaching:playbook")
    proposal = Decision.objects.get(rule=patterns.RULE)
    seen = text(as_user(other_manager), "coaching:playbook")
    assert "last failure cost you" not in seen  # a line of one person of another team
    number = rep_talk(rep)
    assert "last failure cost you" in text(boss, "coaching:play_new", query=f"?talk={number}")
    strange = as_user(other_manager).get(reverse("coaching:play_new") + f"?talk={number}")
    assert strange.status_code == 404
    answer = boss.post(reverse("coaching:line", args=[proposal.pk]), {"do": "accept"})
    assert "/edit/" in answer.url
    again = boss.post(reverse("coaching:line", args=[proposal.pk]), {"do": "dismiss"}, follow=True)
    assert "Somebody settled this before" in again.content.decode()


def test_a_line_has_its_version_and_its_interval(as_user, rep, lead, manager) -> None:
    plays.install()
    first = plays.current().get(code="price-compare-like")
    form = {"kind": "price", "name": "Both", "when": "w", "answer": "a", "question": "q?"}
    newer = plays.save(first, manager, form | {"words": ""})
    for number in range(6):
        use = PlayUse.objects.create(play=newer, lead=lead, user=rep, event=world.said(lead))
        PlayUse.objects.filter(pk=use.pk).update(outcome="worked" if number else "failed")
    talk(rep)
    talks.recount_everybody()
    for name in ("coaching:home", "coaching:playbook"):
        said = text(as_user(manager), name)
        assert "Worked 5 of 6 times" in said and "44 to 97%" in said, name
    assert "version 2 by Elena Rossi" in text(as_user(rep), "coaching:playbook")
    said = text(as_user(rep), "coaching:play", newer.pk)
    assert "Version 2" in said and "Version 1" in said and "Not used yet" in said


def rep_talk(rep) -> int:
    return Talk.objects.filter(rep=rep).values_list("pk", flat=True)[0]


def test_the_leaderboard_is_there_while_it_is_on(as_user, rep, mate, manager, owner) -> None:
    talk(rep)
    talk(mate, label="")
    talks.recount_everybody()
    board = reverse("coaching:leaderboard")
    for user in (rep, manager, owner):
        assert as_user(user).get(board).status_code == 404
        assert board not in text(as_user(user), "coaching:home")
    as_user(owner).post(reverse("coaching:settings"), {"leaderboard": "1"})
    assert leaderboard.on()
    for user in (rep, manager, owner):
        said = as_user(user).get(board).content.decode()
        assert "Priya Nair" in said
        assert said.count("no clear difference") == 2
    assert board in text(as_user(rep), "coaching:home")
    as_user(owner).post(reverse("coaching:settings"), {"leaderboard": "0"})
    assert as_user(rep).get(board).status_code == 404


def test_a_correction_of_own_feedback_stays_own(card, rep, manager, owner) -> None:
    from leads.access_corrections import corrections_for

    sharing.dismiss(card)
    assert corrections.count() == 1
    assert corrections_for(rep).count() == 1
    assert corrections_for(manager).count() == corrections_for(owner).count() == 0
