"""Settings, Assignment: the list, a rule, its order, the try-out; only for the owner."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import AssignmentRule, Lead
from salesagent.accounts.models import User

pytestmark = pytest.mark.django_db
PAGE = "/settings/assignment/"


def rule(name: str, **more: Any) -> AssignmentRule:
    position = AssignmentRule.objects.count() + 1
    return AssignmentRule.objects.create(name=name, position=position, **more)


def test_without_rules_the_page_says_what_happens(owner: Any, as_user: Any) -> None:
    text = as_user(owner).get(PAGE).content.decode()
    assert "No rule yet. Enquiries go to the reps, in turn" in text
    assert "Try it out" not in text


def test_a_rule_is_written_and_read_again(owner: Any, rep: Any, as_user: Any) -> None:
    client = as_user(owner)
    data = {
        "name": "Denmark",
        "countries": "Danmark, Germany",
        "languages": "Deutsch",
        "postcodes": "21 , 5000",
        "people": [rep.pk],
        "skills": "Refrigeration",
        "same_language": "on",
        "how": "turn",
    }
    assert client.post(f"{PAGE}new/", data).status_code == 302
    made = AssignmentRule.objects.get()
    assert made.fits == {
        "countries": ["dk", "de"],
        "languages": ["de"],
        "postcodes": ["21", "5000"],
    }
    assert made.skills == ["@language", "refrigeration"]
    text = client.get(PAGE).content.decode()
    assert "Leads from Denmark or Germany, with a postcode that starts with 21 or 5000" in text
    form = client.get(reverse("leads:assignment_rule", args=[made.pk])).content.decode()
    assert 'value="Denmark, Germany"' in form
    assert 'value="refrigeration"' in form
    client.post(reverse("leads:assignment_rule", args=[made.pk]), {**data, "countries": ""})
    made.refresh_from_db()
    assert "countries" not in made.fits


def test_a_skill_that_nobody_has_is_kept_and_said(owner: Any, rep: Any, as_user: Any) -> None:
    rep.skills = ["German", "refrigeration"]
    rep.save()
    client, data = as_user(owner), {"name": "Odd", "how": "turn"}
    page = client.post(
        f"{PAGE}new/", {**data, "skills": "Welding, Deutsch, Refrigeration"}, follow=True
    ).content.decode()
    assert "Nobody has “welding” in the profile." in page
    made = AssignmentRule.objects.get()
    assert made.skills == ["welding", "deutsch", "refrigeration"]
    url = reverse("leads:assignment_rule", args=[made.pk])
    assert "Nobody has “welding” in the profile." in client.get(url).content.decode()
    page = client.post(url, {**data, "skills": "de, refrigeration"}, follow=True).content.decode()
    assert "Nobody has" not in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "Give the rule a name"),
        ("countries", "Atlantis", "No country is called “Atlantis”."),
        ("languages", "Elvish", "No language is called “Elvish”."),
        ("how", "best", "Select a valid choice"),
        ("people", "999", "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said(owner: Any, as_user: Any, field: str, value: str, says: str) -> None:
    data = {"name": "A", "how": "turn", field: value}
    answer = as_user(owner).post(f"{PAGE}new/", data)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not AssignmentRule.objects.exists()


def test_order_switch_and_removal(owner: Any, as_user: Any) -> None:
    client, first, second = as_user(owner), rule("A"), rule("B")

    def act(what: str) -> int:
        url = reverse("leads:assignment_act", args=[second.pk])
        return int(client.post(url, {"do": what}).status_code)

    assert act("up") == 302
    assert list(AssignmentRule.objects.all()) == [second, first]
    act("down")
    assert list(AssignmentRule.objects.all()) == [first, second]
    act("off")
    assert not AssignmentRule.objects.get(pk=second.pk).active
    assert act("burn") == 404
    act("remove")
    assert list(AssignmentRule.objects.all()) == [first]


def test_trying_out(owner: Any, rep: Any, as_user: Any) -> None:
    rule("Germany", fits={"countries": ["de"]})
    rule("Bakers", fits={"trades": ["bakery"]}, how="turn")
    client = as_user(owner)
    text = client.get(PAGE, {"country": "Denmark", "trade": "bakery"}).content.decode()
    assert "<b>Jonas Weber</b> would get it. Rule Bakers, in turn." in text
    assert "Germany: another country" in text
    assert "No rule decides" in client.get(PAGE, {"country": "Norway"}).content.decode()
    assert "No country is called" in client.get(PAGE, {"country": "Oz"}).content.decode()
    assert not Lead.objects.exists()


def test_a_fixed_number_of_queries(
    owner: Any, rep: Any, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(owner)
    for number in range(12):
        rule(f"R{number}", how="room").people.set([rep])
    client.get(PAGE)
    with django_assert_max_num_queries(18):
        client.get(PAGE, {"country": "Denmark"})


def test_only_the_owner_comes_here(manager: Any, rep: Any, as_user: Any) -> None:
    row = rule("A")
    for user in (manager, rep):
        assert as_user(user).get(PAGE).status_code == 404
        url = reverse("leads:assignment_act", args=[row.pk])
        assert as_user(user).post(url, {"do": "remove"}).status_code == 404


def test_an_enquiry_says_in_its_thread_who_got_it_and_why(
    owner: Any, rep: Any, mate: Any, as_user: Any
) -> None:
    from leads.services import inquiry
    from leads.services.inquiry_schema import Enquiry

    rule("Web", fits={"sources": ["web form"]}, how="turn").people.set([mate])
    words = {"name": "Ada Bo", "company": "Bo", "email": "ada@bo.example", "message": "Need help."}
    inquiry.take(Enquiry(**words))
    lead = Lead.objects.get()
    assert lead.owner == User.objects.get(pk=mate.pk)
    text = as_user(owner).get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "Priya is the owner now." in text
    assert "Rule Web, in turn." in text
