"""The pages: whose they are, what works without JavaScript, and what they cost."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coaching.models import Feedback, Play, PlayUse
from coaching.services import plays, review
from coaching.tests import world
from leads.models import Correction

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def feedback(lead, rep) -> Feedback:
    world.said(lead)
    made = review.review_answer(world.answered(lead, rep))
    assert made is not None
    return made


@pytest.fixture
def page(as_user, rep) -> Client:
    return as_user(rep)


def test_my_page_shows_it_with_links_to_the_messages(page, feedback, lead) -> None:
    text = page.get(reverse("coaching:home")).content.decode()
    assert "Only you see this page" in text
    for event in feedback.strengths[0]["evidence"]:
        assert f"{reverse('leads:detail', args=[lead.pk])}#e{event}" in text
    assert "Needs 20 threads, 1 so far" in text
    assert 'class="chip brand-c">New' in text
    assert 'class="chip brand-c">New' not in page.get(reverse("coaching:home")).content.decode()


def test_nobody_else_reaches_a_private_card(as_user, feedback, manager, owner, mate) -> None:
    for user in (manager, owner, mate):
        client = as_user(user)
        for name in ("feedback", "mark", "share"):
            url = reverse(f"coaching:{name}", args=[feedback.pk])
            data = {"verdict": "helpful"}
            answer = client.get(url) if name == "feedback" else client.post(url, data)
            assert answer.status_code == 404, (user, name)
        assert feedback.handling not in client.get(reverse("coaching:home")).content.decode()
    for user in (manager, owner):
        assert "Nothing is shared" in as_user(user).get(reverse("coaching:shared")).content.decode()


def test_sharing_and_taking_it_back(
    page, as_user, feedback, manager, owner, other_manager, mate
) -> None:
    share = reverse("coaching:share", args=[feedback.pk])
    page.post(share, {"note": "Was that right?"})
    one = reverse("coaching:feedback", args=[feedback.pk])
    for user in (manager, owner):
        assert "Was that right?" in as_user(user).get(reverse("coaching:shared")).content.decode()
        assert as_user(user).get(one).status_code == 200
        assert as_user(user).post(share).status_code == 404  # not theirs to share on
    for user in (other_manager, mate):
        assert as_user(user).get(one).status_code == 404
    assert "Was that" not in as_user(other_manager).get(reverse("coaching:shared")).content.decode()
    page.post(share, {"take_back": "1"})
    assert as_user(manager).get(one).status_code == 404


def test_not_right_puts_it_away_and_is_learned_from(page, feedback) -> None:
    page.post(reverse("coaching:share", args=[feedback.pk]))
    mark = reverse("coaching:mark", args=[feedback.pk])
    page.post(mark, {"verdict": "dismiss", "note": "I had asked on the phone"})
    feedback.refresh_from_db()
    assert feedback.dismissed_at
    assert feedback.shared_at is None
    said = Correction.objects.get()
    assert (said.kind, said.lead, said.note) == ("hint", feedback.lead, "I had asked on the phone")
    page.post(mark, {"verdict": "dismiss"})
    assert Correction.objects.count() == 1
    assert "No feedback yet" in page.get(reverse("coaching:home")).content.decode()
    assert feedback.handling in page.get("/coaching/?show=past").content.decode()
    assert page.post(mark, {"verdict": "x"}).status_code == 404


def test_feedback_of_an_erased_lead_is_gone(page, feedback, lead) -> None:
    type(lead).objects.filter(pk=lead.pk).update(erased_at=timezone.now())
    assert page.get(reverse("coaching:feedback", args=[feedback.pk])).status_code == 404


def test_hints_as_a_part_and_as_a_page(page, lead) -> None:
    world.said(lead)
    url = reverse("coaching:hints", args=[lead.pk]) + "?channel=email&field=id_mail-body"
    part = page.post(url, {"mail-body": world.BAD}, headers=HTMX).content.decode()
    assert "<html" not in part
    assert "Gives a discount before asking anything" in part
    assert 'data-insert="#id_mail-body"' in part
    whole = page.post(url, {"mail-body": world.BAD}).content.decode()
    assert "<html" in whole
    assert "15% off" in whole  # nothing typed is lost


def test_what_hints_cost(page, lead, django_assert_max_num_queries) -> None:
    plays.install()
    world.said(lead)
    url = reverse("coaching:hints", args=[lead.pk]) + "?channel=email"
    page.post(url, {"mail-body": "x"}, headers=HTMX)
    with django_assert_max_num_queries(17):  # session and user two, throttle one
        page.post(url, {"mail-body": world.GOOD}, headers=HTMX)


def test_hints_are_throttled(page, lead, monkeypatch) -> None:
    monkeypatch.setattr("coaching.views.live.LIMIT", 1)
    url = reverse("coaching:hints", args=[lead.pk])
    assert page.post(url, headers=HTMX).status_code == 200
    assert page.post(url, headers=HTMX).status_code == 429


def test_a_call_picks_its_objection(page, lead) -> None:
    url = reverse("coaching:hints", args=[lead.pk]) + "?channel=call&field=id_call-notes"
    part = page.post(url, {"kind": "trust", "call-notes": ""}, headers=HTMX).content.decode()
    assert '<input type="hidden" name="picked" value="trust">' in part
    later = page.post(url, {"picked": "trust", "call-notes": "Who are"}, headers=HTMX)
    assert "I said this" in later.content.decode()


def test_using_a_play_without_javascript_fills_the_composer(page, lead, mailbox) -> None:
    plays.install()
    theirs = world.said(lead)
    play = Play.objects.get(code="price-compare-like")
    url = reverse("coaching:use", args=[lead.pk, play.pk])
    text = page.post(f"{url}?channel=email", {"mail-body": "Hi Marta,"}).content.decode()
    assert "Hi Marta,\n\nIt makes sense to compare." in text
    use = PlayUse.objects.get()
    assert (use.play, use.event) == (play, theirs)
    assert page.post(url, headers=HTMX).status_code == 204
    assert PlayUse.objects.count() == 1
    text = page.post(f"{url}?channel=call", {"call-notes": "They said so"}).content.decode()
    assert "They said so</textarea>" in text


def test_saying_that_a_hint_is_wrong(page, lead) -> None:
    world.said(lead)
    url = reverse("coaching:hint_wrong", args=[lead.pk]) + "?channel=email"
    part = page.post(url, {"right": "timing"}, headers=HTMX).content.decode()
    assert "<b>Timing</b>" in part
    assert page.post(url, {"right": "none"}).status_code == 302
    assert page.post(url, {"right": "nonsense"}).status_code == 404


def test_the_playbook(page, rep) -> None:
    text = page.get(reverse("coaching:playbook")).content.decode()
    assert text.count("<li><div") == 60
    found = page.get(reverse("coaching:playbook") + "?q=notice&kind=competitor").content.decode()
    assert "Ask for the date of notice" in found
    nothing = page.get(reverse("coaching:playbook") + "?q=zzzz").content.decode()
    assert "Nothing found" in nothing
    play = Play.objects.get(code="price-terms")
    assert page.get(reverse("coaching:play", args=[play.pk])).status_code == 200
    assert page.get(reverse("coaching:play_edit", args=[play.pk])).status_code == 404


def test_a_manager_makes_a_new_version(as_user, manager) -> None:
    plays.install()
    client, play = as_user(manager), Play.objects.get(code="price-terms")
    url = reverse("coaching:play_edit", args=[play.pk])
    assert "version 2" in client.get(url).content.decode()
    data = {"kind": "price", "name": "Terms", "answer": "Say it so.", "words": "terms"}
    answer = client.post(url, data, follow=True).content.decode()
    assert "Version 2" in answer
    assert client.post(url, {**data, "answer": ""}).status_code == 422
    assert client.post(url, data).status_code == 422  # an old version is not the place
    old = client.get(reverse("coaching:play", args=[play.pk])).content.decode()
    assert "Version 2 is in use" in old
    assert client.post(reverse("coaching:play_new"), data).status_code == 302


def test_what_my_page_costs(page, lead, rep, django_assert_max_num_queries) -> None:
    for _ in range(6):
        world.said(lead)
        review.review_answer(world.answered(lead, rep))
    page.get(reverse("coaching:home"))
    with django_assert_max_num_queries(24):
        page.get(reverse("coaching:home"))
