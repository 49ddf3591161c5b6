"""What the form of a lead refuses reaches its record by no other door."""

from typing import Any

import pytest
from django.urls import reverse

from leads.enrichment.base import Found
from leads.models import Company, Fact, Lead
from leads.services import facts

pytestmark = pytest.mark.django_db
OWN = "https://www.linkedin.com/in/aa"
OLD = {
    "size": "140",
    "founded": "1994",
    "linkedin_url": OWN,
    "country": "PL",
    "time_zone": "Europe/Warsaw",
    "company_country": "PL",
    "company_phone": "+48615550100",
}
LEAD = ("linkedin_url", "country", "time_zone")
COMPANY = {"company_country": "country", "company_phone": "phone", "size": "size"}


def say(client: Any, lead: Lead, code: str, value: str) -> str:
    told = [Found(code, OLD[code], 0.8, "https://p.example/")]
    facts.note(told, source="pdl", lead=lead, company=lead.company)
    row = Fact.objects.filter(field=code, state="current").latest("id")
    url = reverse("leads:fact_wrong", args=[lead.pk, row.pk])
    return str(client.post(url, {"value": value}, follow=True).content.decode())


def stored(lead: Lead, code: str) -> Any:
    fresh = Lead.objects.select_related("company").get(pk=lead.pk)
    return getattr(fresh, code) if code in LEAD else getattr(fresh.company, COMPANY[code])


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("linkedin_url", "javascript:alert(1)", "Paste the address of a page on linkedin.com."),
        ("linkedin_url", "https://evil.example/linkedin.com/in/x", "Paste the address"),
        ("linkedin_url", "https://evil.example/?linkedin.com/in/x", "Paste the address"),
        ("time_zone", "Mars/Olympus", "Write it like Europe/Warsaw."),
        ("country", "ZZ", "two letters, like DK"),
        ("country", "<b", "two letters, like DK"),
        ("company_country", "XX", "two letters, like DK"),
        ("company_phone", "javascript:alert(1)", "Write the number with the country code"),
        ("company_phone", "12345", "Write the number with the country code"),
        ("size", "0", "Write the number of people in digits."),
        ("size", "99999999999", "in digits"),
        ("size", "٣", "in digits"),
        ("founded", "yesterday", "Write a year, like 1987."),
        ("founded", "9999", "Write a year"),
    ],
)
def test_what_the_form_refuses_is_refused_with_why(
    as_user: Any, rep: Any, lead: Lead, code: str, value: str, words: str
) -> None:
    before = None if code == "founded" else stored(lead, code)
    page = say(as_user(rep), lead, code, value)
    assert "does not fit there. Nothing was changed." in page and words in page
    assert Fact.objects.get(field=code).state == "current"
    assert before is None or stored(lead, code) == before


@pytest.mark.parametrize(
    ("code", "value", "kept"),
    [
        ("linkedin_url", "linkedin.com/in/Marta-K/?trk=x", "https://linkedin.com/in/Marta-K"),
        ("country", "Deutschland", "DE"),
        ("company_country", "denmark", "DK"),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
        ("company_phone", "0048 61 555 01 27", "+48615550127"),
        ("size", "12", 12),
    ],
)
def test_what_it_takes_is_kept_in_its_spelling(
    as_user: Any, rep: Any, lead: Lead, code: str, value: str, kept: Any
) -> None:
    say(as_user(rep), lead, code, value)
    assert stored(lead, code) == kept
    assert Fact.objects.get(field=code, state="current").value == str(kept)


def test_a_page_that_another_lead_has(as_user: Any, rep: Any, lead: Lead) -> None:
    Lead.objects.create(owner=rep, linkedin_url="https://www.linkedin.com/in/bb")
    page = say(as_user(rep), lead, "linkedin_url", "https://www.linkedin.com/in/bb")
    assert "Another lead has this LinkedIn page." in page
    told = [Found("linkedin_url", "https://www.linkedin.com/in/bb", 0.9)]
    Lead.objects.filter(pk=lead.pk).update(linkedin_url="")
    facts.note(told, source="clearbit", lead=lead)
    assert facts.fill(Lead.objects.get(pk=lead.pk)).get("linkedin_url") is None


def test_what_providers_bring_is_held_to_the_same(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(linkedin_url="", country="", time_zone="")
    Company.objects.update(country="", phone="", size=None)
    lead = Lead.objects.select_related("company").get(pk=lead.pk)
    bad = {
        "linkedin_url": "javascript:alert(1)",
        "country": "ZZ",
        "time_zone": "Mars/Olympus",
        "company_country": "ZZ",
        "company_phone": "call us",
        "size": "0",
    }
    told = [Found(code, value, 0.9) for code, value in bad.items()]
    facts.note(told, source="pdl", lead=lead, company=lead.company)
    assert facts.fill(lead) == {}
    assert lead.company is not None and facts.fill_company(lead.company) == {}
    good = [Found("country", "Poland", 0.9), Found("company_phone", "0048 61 555 01 27", 0.9)]
    facts.note(good, source="pdl", lead=lead, company=lead.company)
    assert facts.fill(lead) == {"country": "PL"}
    assert facts.fill_company(lead.company) == {"phone": "+48615550127"}


def test_a_bad_value_of_a_provider_cannot_be_said_to_hold(
    as_user: Any, rep: Any, lead: Lead
) -> None:
    facts.note([Found("time_zone", "Mars/Olympus", 0.9)], source="pdl", lead=lead)
    url = reverse("leads:fact_holds", args=[lead.pk, Fact.objects.get().pk])
    page = as_user(rep).post(url, follow=True).content.decode()
    assert "Write it like Europe/Warsaw." in page
    assert stored(lead, "time_zone") != "Mars/Olympus"
    assert Fact.objects.get().settled_by == ""


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "https://evil.example/linkedin.com/in/x", "//evil.example/x"]
)
def test_what_stands_there_already_is_no_link(
    as_user: Any, rep: Any, lead: Lead, value: str
) -> None:
    Lead.objects.filter(pk=lead.pk).update(linkedin_url=value)
    page = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert f'href="{value}' not in page


def test_what_nobody_touched_does_not_block_the_form(as_user: Any, rep: Any, lead: Lead) -> None:
    bad = {
        "linkedin_url": "javascript:alert(1)",
        "country": "ZZ",
        "time_zone": "Mars/Olympus",
        "phone": "12 34",
    }
    Lead.objects.filter(pk=lead.pk).update(**bad)
    client, url = as_user(rep), reverse("leads:edit", args=[lead.pk])
    form = client.get(url).context["form"]
    data = {name: form.initial.get(name) or "" for name in form.fields} | {"city": "Gdynia"}
    assert client.post(url, data).status_code == 302
    assert Lead.objects.get(pk=lead.pk).city == "Gdynia"
    form = client.get(url).context["form"]
    data = {name: form.initial.get(name) or "" for name in form.fields} | {"country": "YY"}
    assert client.post(url, data).status_code == 422
