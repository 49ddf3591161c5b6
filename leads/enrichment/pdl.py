"""People Data Labs: a person by address, a company by domain.

docs.peopledatalabs.com, "Person Enrichment API" and "Company Enrichment API": `X-Api-Key`, one
credit for each match, 404 without one is free, 402 when the credits are used up.
"""

from collections.abc import Mapping
from typing import Any

from leads.enrichment.base import Access, EnrichmentError, Found, Question, Result, found
from leads.enrichment.provider import NOTHING_ASKED, ODD, ask, record
from leads.intake.clean import linkedin
from leads.intake.places import country_code
from salesagent.lib import budget
from salesagent.lib.crypto import keyed_hash

SERVICE = "pdl"
LABEL = "People Data Labs"
VERSION = "v5"
LIKELY = 6  # of 10: below it a match is not told and costs nothing
budget.register(SERVICE, rate_per_second=10 / 60, burst=5)  # the free plan's, for companies


class PeopleDataLabs:
    """The person; the company when nobody is known there. Only one of them can match and cost."""

    label = LABEL
    dearest = 1.0

    def look_up(self, question: Question, access: Access) -> Result:
        """Raises EnrichmentError."""
        if question.email:
            person = self._ask("person", access, {"email": question.email, **_names(question)})
            if person:
                return _result(_person(person), 1.0)
        if question.domain:
            company = self._ask("company", access, {"website": question.domain})
            if company:
                return _result(_company(company), 1.0)
        return Result()

    def check(self, access: Access) -> None:
        """Raises EnrichmentError."""
        ask(
            LABEL,
            SERVICE,
            f"{access.base_url}/{VERSION}/company/enrich",
            account=keyed_hash(access.key, purpose="pdl")[:12],
            params={},
            headers={"X-Api-Key": access.key},
            also=NOTHING_ASKED,
        )

    def _ask(self, what: str, access: Access, params: Mapping[str, str]) -> dict[str, Any]:
        """The record; {} when there is none."""
        answer = ask(
            LABEL,
            SERVICE,
            f"{access.base_url}/{VERSION}/{what}/enrich",
            account=keyed_hash(access.key, purpose="pdl")[:12],
            params={**params, "min_likelihood": str(LIKELY), "titlecase": "true"},
            headers={"X-Api-Key": access.key},
        )
        return {} if answer.status == 404 else record(LABEL, answer)


def _names(question: Question) -> dict[str, str]:
    told = {
        "first_name": question.first_name,
        "last_name": question.last_name,
        "company": question.company or question.domain,
    }
    return {name: value for name, value in told.items() if value}


def _result(facts: list[Found], credits: float) -> Result:
    return Result(tuple(facts), known=True, credits=credits)


def _sure(data: Mapping[str, Any]) -> float:
    """`likelihood` is 1 to 10."""
    likelihood = data.get("likelihood")
    sure = likelihood if isinstance(likelihood, int) else LIKELY
    return min(max(sure, 1), 9) / 10


def _person(answer: dict[str, Any]) -> list[Found]:
    data = answer.get("data")
    if not isinstance(data, dict):
        raise EnrichmentError(ODD.format(LABEL), permanent=False, charged=True)
    sure = _sure(answer)
    profile = data.get("linkedin_url")
    country = data.get("location_country")
    return [
        *found("first_name", data.get("first_name"), sure),
        *found("last_name", data.get("last_name"), sure),
        *found("title", data.get("job_title"), sure),
        *found("company_name", data.get("job_company_name"), sure),
        *found("linkedin_url", linkedin(profile) if isinstance(profile, str) else "", sure),
        *found("city", data.get("location_locality"), sure - 0.1),
        *found("country", _country(country), sure - 0.1),
        *found("name", data.get("job_company_name"), sure - 0.1),
        *found("trade", data.get("job_company_industry"), sure - 0.1),
        *found("size", data.get("job_company_size"), sure - 0.1),
        *found("founded", data.get("job_company_founded"), sure - 0.1),
        *found("company_city", data.get("job_company_location_locality"), sure - 0.1),
        *found("company_country", _country(data.get("job_company_location_country")), sure - 0.1),
    ]


def _company(data: dict[str, Any]) -> list[Found]:
    sure = _sure(data)
    place = data.get("location")
    place = place if isinstance(place, dict) else {}
    return [
        *found("name", data.get("display_name") or data.get("name"), sure),
        *found("trade", data.get("industry"), sure),
        *found("size", data.get("employee_count") or data.get("size"), sure),
        *found("founded", data.get("founded"), sure),
        *found("company_city", place.get("locality"), sure),
        *found("company_country", _country(place.get("country")), sure),
    ]


def _country(name: object) -> str:
    return country_code(name) if isinstance(name, str) else ""
