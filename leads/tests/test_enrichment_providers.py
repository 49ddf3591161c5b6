"""Offline facts, and two providers against a server that answers as their documents say."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from leads.enrichment import mail_hosts, offline
from leads.enrichment.base import FIELDS, Access, EnrichmentError, Question, Result, agree, found
from leads.enrichment.clearbit import Clearbit
from leads.enrichment.pdl import PeopleDataLabs
from salesagent.lib import http
from salesagent.tests.peers import faults

KEY = "s3cr3t-key-0123456789"
MARTA = Question(
    email="m.kowalczyk@polna.example", domain="polna.example", phone="+48615550127",
    first_name="Marta", last_name="Kowalczyk", company="Polna Bakeries",
)  # fmt: skip
PERSON = {
    "status": 200,
    "likelihood": 8,
    "data": {
        "first_name": "Marta", "last_name": "Kowalczyk", "job_title": "Head of Operations",
        "job_company_name": "Polna Bakeries", "job_company_size": "51-200",
        "job_company_industry": "Food Production", "linkedin_url": "linkedin.com/in/marta-k",
        "location_country": "Poland", "location_locality": True, "birth_year": "1980",
    },
}  # fmt: skip
COMPANY = {
    "status": 200, "name": "polna bakeries", "display_name": "Polna Bakeries", "likelihood": 6,
    "employee_count": 140, "size": "51-200", "industry": "food production", "founded": 1994,
    "location": {"locality": "Poznań", "country": "poland"},
}  # fmt: skip
COMBINED = {
    "person": {
        "name": {"givenName": "Marta", "familyName": "Kowalczyk"}, "timeZone": "Europe/Warsaw",
        "geo": {"city": "Poznań", "countryCode": "PL"}, "linkedin": {"handle": "in/marta-k"},
        "employment": {"title": "Operations Director", "name": "Polna Bakeries"},
    },
    "company": {
        "name": "Polna Bakeries", "category": {"industry": "Food"}, "foundedYear": 1994,
        "metrics": {"employees": 140}, "geo": {"city": "Poznań", "countryCode": "PL"},
        "phone": "+48 61 555 01 00",
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quick(monkeypatch: Any, db: None) -> None:
    monkeypatch.setattr(http, "sleep", lambda _: None)


def values(result: Result) -> dict[str, str]:
    return {one.field: one.value for one in result.facts}


def pdl(server: Any, question: Question = MARTA) -> Result:
    return PeopleDataLabs().look_up(question, Access(server.base, KEY))


def clearbit(server: Any, question: Question = MARTA) -> Result:
    return Clearbit().look_up(question, Access(server.base, KEY))


def test_addresses_and_numbers_speak_for_themselves() -> None:
    got = {one.field: one.value for one in offline.facts_of(MARTA)}
    assert got == {
        "email_kind": "Of a company",
        "country": "PL",
        "time_zone": "Europe/Warsaw",
        "phone_kind": "Fixed line",
    }


@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("polna.example", offline.COMPANY),
        ("gmail.com", offline.FREE),
        ("wp.pl", offline.FREE),
        ("mailinator.com", offline.DISPOSABLE),
        ("x.y.mailinator.com", offline.DISPOSABLE),
        ("com", offline.COMPANY),
    ],
)
def test_whose_a_mail_domain_is(domain: str, kind: str) -> None:
    assert offline.mail_kind(domain) == kind


@pytest.mark.parametrize(
    ("phone", "wanted"),
    [
        ("+14155550132", {"country": "US", "time_zone": "America/Los_Angeles"}),
        ("+14165550132", {"country": "CA", "time_zone": "America/Toronto"}),
        ("+447400123456", {"country": "GB"}),
        ("+18005550132", {}),
        ("030 123456", {}),
        ("+", {}),
        ("+999999999999", {}),
    ],
)
def test_where_a_number_is(phone: str, wanted: dict[str, str]) -> None:
    got = {one.field: one.value for one in offline.facts_of(Question(phone=phone))}
    got.pop("phone_kind", None)
    if wanted or phone == "+18005550132":
        assert wanted.items() <= got.items()
    else:
        assert got == {}


def test_a_mailbox_of_several_people_is_told() -> None:
    got = {one.field: one.value for one in offline.facts_of(Question(email="info@polna.example"))}
    assert got["email_role"].startswith("info@")


@pytest.mark.parametrize(
    ("records", "host"),
    [
        (("10 aspmx.l.google.com", "20 alt1.aspmx.l.google.com"), "Google"),
        (("0 polna-example.mail.protection.outlook.com",), "Microsoft 365"),
        (("0 polna-example.p-v1.mx.microsoft",), "Microsoft 365"),
        (("20 mx.other.example", "10 mx00.kundenserver.de"), "IONOS"),
        (("10 mail.polna.example",), mail_hosts.OWN),
        (("10 notgoogle.com",), mail_hosts.OTHER),
        (("0 ",), mail_hosts.NONE),
        ((), ""),
        (("x",), ""),
    ],
)
def test_who_hosts_the_mail(records: tuple[str, ...], host: str) -> None:
    got = mail_hosts.host_of("polna.example", records)
    assert got == (mail_hosts.NONE if records == ("x",) else host)


@pytest.mark.parametrize(
    ("field", "one", "other", "same"),
    [
        ("title", "CEO", "Founder and CEO", True),
        ("title", "Head of Operations", "Buyer", False),
        ("size", "51-200", "140", True),
        ("size", "11-50", "140", False),
        ("size", "100", "120", True),
        ("size", "10001+", "20000", True),
        ("country", "PL", "DE", False),
        ("company_name", "Polna Bakeries Sp. z o.o.", "Polna Bakeries", True),
        ("city", "Poznań", "Poznan", True),
        ("company_phone", "+48615550100", "061 555 01 00", True),
        ("website_title", "a", "b", True),
        ("no-such-field", "a", "b", True),
        ("founded", "1994", "1995", False),
        ("linkedin_url", "https://linkedin.com/in/m", "https://pl.linkedin.com/in/M/", True),
        ("linkedin_url", "https://linkedin.com/in/m", "https://linkedin.com/in/n", False),
        ("size", "many", "140", True),
    ],
)
def test_when_two_sources_agree(field: str, one: str, other: str, same: bool) -> None:
    assert agree(field, one, other) is same
    assert agree(field, other, one) is same


def test_values_are_bounded_and_plain() -> None:
    assert found("title", "a\nb\x00\u202e" + "c" * 900, 0.5)[0].value.startswith("a bc")
    assert len(found("title", "c" * 900, 0.5)[0].value) == 300
    for odd in (True, None, [], {}, "", "  "):
        assert found("title", odd, 0.5) == []


def test_people_data_labs_is_asked_as_documented(faults_server: Any) -> None:
    faults_server.script("/v5/person/enrich", faults.ok(PERSON))
    result = pdl(faults_server)
    assert values(result) == {
        "first_name": "Marta", "last_name": "Kowalczyk", "title": "Head of Operations",
        "company_name": "Polna Bakeries", "linkedin_url": "https://linkedin.com/in/marta-k",
        "country": "PL", "name": "Polna Bakeries", "trade": "Food Production", "size": "51-200",
    }  # fmt: skip
    assert (result.known, result.credits) == (True, 1.0)
    assert set(values(result)) <= set(FIELDS)
    request = faults_server.requests[0]
    assert request.header("X-Api-Key") == KEY
    query = parse_qs(urlsplit(request.path).query)
    assert query["email"] == ["m.kowalczyk@polna.example"]
    assert query["min_likelihood"] == ["6"]
    assert KEY not in request.path


def test_nobody_known_there_asks_for_the_company(faults_server: Any) -> None:
    faults_server.script("/v5/person/enrich", faults.refuse(404))
    faults_server.script("/v5/company/enrich", faults.ok(COMPANY))
    result = pdl(faults_server)
    assert values(result)["size"] == "140"
    assert values(result)["company_country"] == "PL"
    assert result.credits == 1.0
    faults_server.clear()
    faults_server.script("*", faults.refuse(404))
    assert pdl(faults_server) == Result()


def test_clearbit_is_asked_as_documented(faults_server: Any) -> None:
    faults_server.script("/v2/combined/find", faults.ok(COMBINED))
    result = clearbit(faults_server)
    assert values(result)["title"] == "Operations Director"
    assert values(result)["time_zone"] == "Europe/Warsaw"
    assert values(result)["company_phone"] == "+48615550100"
    basic = base64.b64encode(f"{KEY}:".encode()).decode()
    assert faults_server.requests[0].header("Authorization") == f"Basic {basic}"
    assert set(values(result)) <= set(FIELDS)


def test_clearbit_that_still_looks_is_asked_later(faults_server: Any) -> None:
    faults_server.script("/v2/combined/find", faults.ok({"error": {"type": "queued"}}, 202))
    result = clearbit(faults_server)
    assert (result.later, result.credits, result.facts) == (300.0, 0.0, ())


def test_clearbit_by_domain(faults_server: Any) -> None:
    faults_server.script("/v2/companies/find", faults.ok(COMBINED["company"]))
    assert values(clearbit(faults_server, Question(domain="polna.example")))["founded"] == "1994"
    assert clearbit(faults_server, Question()) == Result()


@pytest.mark.parametrize("look", [pdl, clearbit])
@pytest.mark.parametrize(
    ("step", "permanent", "charged", "words"),
    [
        (faults.refuse(401), True, False, "does not take the key"),
        (faults.refuse(403), True, False, "does not take the key"),
        (faults.refuse(402), True, False, "credits are used up"),
        (faults.refuse(422), False, False, "did not accept"),
        (faults.too_many("3600"), False, False, "slow down"),
        (faults.too_many(None), False, False, "slow down"),
        (faults.server_error(503), False, False, "problem of its own"),
        (faults.reset(), False, True, "broke the connection"),
        (faults.raw(b"<html>", "text/html"), False, True, "cannot read"),
        (faults.raw(b"[1]"), False, True, "cannot read"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    look: Any, step: Any, permanent: bool, charged: bool, words: str, faults_server: Any
) -> None:
    faults_server.script("*", step)
    with pytest.raises(EnrichmentError) as caught:
        look(faults_server)
    error = caught.value
    assert (error.permanent, error.charged) == (permanent, charged)
    assert words in error.message
    assert KEY not in f"{error!r}{vars(error)}"


@pytest.mark.parametrize(
    "odd",
    [{"data": {}}, {"data": {"job_title": 7, "linkedin_url": ["x"], "location_country": {}}}],
)
def test_odd_records_give_what_can_be_read(odd: Any, faults_server: Any) -> None:
    faults_server.script("*", faults.ok({"likelihood": "high", **odd}))
    assert pdl(faults_server).known


@pytest.mark.parametrize("odd", [{"person": [], "company": 3}, {"person": {"name": "x"}}, {}])
def test_odd_answers_of_clearbit(odd: Any, faults_server: Any) -> None:
    faults_server.script("*", faults.ok(odd))
    assert clearbit(faults_server) == Result()


@pytest.mark.parametrize("provider", [PeopleDataLabs, Clearbit])
def test_a_key_is_tried_by_a_question_about_nobody(provider: Any, faults_server: Any) -> None:
    path = "/v5/company/enrich" if provider is PeopleDataLabs else "/v2/companies/find"
    access = Access(faults_server.base, KEY)
    for status in (400, 422):
        faults_server.script(path, faults.refuse(status))
        provider().check(access)
    assert not urlsplit(faults_server.requests[0].path).query
    faults_server.script(path, faults.refuse(401))
    with pytest.raises(EnrichmentError) as caught:
        provider().check(access)
    assert caught.value.permanent


def test_who_cannot_be_reached_is_called_by_its_name() -> None:
    with pytest.raises(EnrichmentError) as caught:
        PeopleDataLabs().check(Access("http://127.0.0.1:9", KEY))
    assert caught.value.message.startswith("People Data Labs cannot be reached")
