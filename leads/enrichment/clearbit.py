"""The Clearbit-shaped API, for keys from before it was closed to new accounts.

Person and company in one question by address; the company alone by domain. The key is the user of
HTTP Basic. 202: it is still being looked for, the same question answers a little later.
"""

from typing import Any

from leads.enrichment.base import Access, Found, Question, Result, found
from leads.enrichment.provider import NOTHING_ASKED, ask, part, record
from leads.intake.clean import linkedin, phone_number, time_zone
from leads.intake.places import country_code
from salesagent.lib import budget
from salesagent.lib.crypto import keyed_hash

SERVICE = "clearbit"
LABEL = "Clearbit"
VERSION = "v2"
LATER = 300.0
SURE = 0.8  # it names no number of its own
budget.register(SERVICE, rate_per_second=10, burst=20)  # 600 a minute


class Clearbit:
    """`Access.base_url` has "{}" in the place of the kind: https://{}.clearbit.com."""

    label = LABEL
    dearest = 1.0

    def look_up(self, question: Question, access: Access) -> Result:
        """Raises EnrichmentError."""
        if question.email:
            kind, path, params = "person", "combined", {"email": question.email}
        elif question.domain:
            kind, path, params = "company", "companies", {"domain": question.domain}
        else:
            return Result()
        answer = ask(
            LABEL,
            SERVICE,
            f"{access.base_url.replace('{}', kind)}/{VERSION}/{path}/find",
            account=keyed_hash(access.key, purpose="clearbit")[:12],
            params=params,
            auth=(access.key, ""),
        )
        if answer.status == 202:
            return Result(later=LATER)
        if answer.status == 404:
            return Result()
        data = record(LABEL, answer)
        pair = data if kind == "person" else {"company": data}
        facts = (*_person(pair.get("person")), *_company(pair.get("company")))
        return Result(facts, known=bool(facts), credits=1.0 if facts else 0.0)

    def check(self, access: Access) -> None:
        """Raises EnrichmentError."""
        ask(
            LABEL,
            SERVICE,
            f"{access.base_url.replace('{}', 'company')}/{VERSION}/companies/find",
            account=keyed_hash(access.key, purpose="clearbit")[:12],
            params={},
            auth=(access.key, ""),
            also=NOTHING_ASKED,
        )


def _person(data: Any) -> list[Found]:
    if not isinstance(data, dict):
        return []
    handle = part(data, "linkedin", "handle")
    profile = linkedin(f"linkedin.com/{handle}") if isinstance(handle, str) and handle else ""
    zone = data.get("timeZone")
    return [
        *found("first_name", part(data, "name", "givenName"), SURE),
        *found("last_name", part(data, "name", "familyName"), SURE),
        *found("title", part(data, "employment", "title"), SURE),
        *found("company_name", part(data, "employment", "name"), SURE),
        *found("linkedin_url", profile, SURE),
        *found("city", part(data, "geo", "city"), SURE - 0.1),
        *found("country", _country(part(data, "geo", "countryCode")), SURE - 0.1),
        *found("time_zone", time_zone(zone) if isinstance(zone, str) else "", SURE - 0.1),
    ]


def _company(data: Any) -> list[Found]:
    if not isinstance(data, dict):
        return []
    phone = data.get("phone")
    people = part(data, "metrics", "employees") or part(data, "metrics", "employeesRange")
    return [
        *found("name", data.get("name"), SURE),
        *found("trade", part(data, "category", "industry"), SURE),
        *found("size", people, SURE),
        *found("founded", data.get("foundedYear"), SURE),
        *found("company_city", part(data, "geo", "city"), SURE),
        *found("company_country", _country(part(data, "geo", "countryCode")), SURE),
        *found("company_phone", phone_number(phone) if isinstance(phone, str) else "", SURE - 0.1),
    ]


def _country(code: object) -> str:
    return country_code(code) if isinstance(code, str) else ""
