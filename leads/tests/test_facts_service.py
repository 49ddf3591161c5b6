"""Facts of several sources: kept apart, flagged when they disagree, filled in only where empty."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from leads.enrichment.base import Found
from leads.models import Company, Correction, Fact, Lead, ThreadEvent
from leads.services import corrections, facts, facts_said, facts_shown
from salesagent.lib import privacy

State = Fact.State


@pytest.fixture
def lead(lead: Lead) -> Lead:
    Lead.objects.filter(pk=lead.pk).update(city="")
    lead.city = ""
    return lead


def note(lead: Lead, source: str, *, company: Company | None = None, **values: str) -> int:
    found = [Found(code, value, 0.8) for code, value in values.items()]
    return facts.note(found, source=source, lead=lead, company=company)


def states(lead: Lead) -> list[tuple[str, str, str, bool]]:
    rows = facts.of(lead).order_by("id")
    return [(row.value, row.source, row.state, row.disputed) for row in rows]


def test_a_fact_has_source_date_and_confidence(lead: Lead) -> None:
    assert note(lead, "pdl", city="Poznań") == 1
    row = facts.of(lead).get()
    assert (row.field, row.value, row.source, row.confidence) == ("city", "Poznań", "pdl", 0.8)
    assert row.expires_at is not None
    assert row.expires_at - row.observed_at == timedelta(days=180)


def test_the_same_again_is_one_fact(lead: Lead) -> None:
    note(lead, "pdl", city="Poznań")
    assert note(lead, "pdl", city="Poznań") == 0
    first = facts.of(lead).get()
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert note(lead, "pdl", city="Poznań") == 0
    assert facts.of(lead).get().observed_at > first.observed_at


def test_a_new_value_of_a_source_replaces_its_old_one(lead: Lead) -> None:
    note(lead, "pdl", city="Poznań")
    note(lead, "pdl", city="Gdynia")
    assert states(lead) == [
        ("Poznań", "pdl", State.PAST, False), ("Gdynia", "pdl", State.CURRENT, False),
    ]  # fmt: skip


def test_sources_that_disagree_are_both_kept_and_flagged(lead: Lead) -> None:
    note(lead, "pdl", city="Poznań")
    note(lead, "clearbit", city="Gdynia")
    assert [one[3] for one in states(lead)] == [True, True]
    note(lead, "clearbit", city="Poznan")  # the same town, written otherwise
    assert [one[3] for one in states(lead) if one[2] == State.CURRENT] == [False, False]


def test_our_own_record_is_a_source_too(lead: Lead) -> None:
    note(lead, "pdl", title="Buyer")
    assert facts.of(lead).get().disputed
    shown = facts_shown.shown(lead, facts.for_lead(lead))
    assert shown[0].rivals == ("Operations Director (our record)",)


def test_only_empty_fields_are_filled_with_a_line_in_the_thread(lead: Lead) -> None:
    note(lead, "pdl", title="Buyer", city="Poznań", country="PL")
    assert set(facts.fill(lead)) >= {"city"}
    lead.refresh_from_db()
    assert (lead.title, lead.city) == ("Operations Director", "Poznań")
    event = ThreadEvent.objects.get(lead=lead, kind="lead.changed")
    assert event.actor == "system"
    assert event.data["changes"]["city"] == ["", "Poznań"]
    assert facts.fill(lead) == {}
    assert ThreadEvent.objects.filter(lead=lead, kind="lead.changed").count() == 1


def test_what_is_disputed_or_a_guess_fills_nothing(lead: Lead) -> None:
    note(lead, "pdl", city="Poznań")
    note(lead, "clearbit", city="Gdynia")
    facts.note([Found("postcode", "1", 0.9), Found("linkedin_url", "x" * 400, 0.9)],
               source="pdl", lead=lead)  # fmt: skip
    facts.note([Found("time_zone", "Europe/Warsaw", 0.3)], source="offline", lead=lead)
    before = Lead.objects.get(pk=lead.pk)
    facts.fill(lead)
    after = Lead.objects.get(pk=lead.pk)
    assert (after.city, after.time_zone) == (before.city, before.time_zone)
    assert after.linkedin_url == before.linkedin_url


def test_not_right_takes_back_what_was_filled_and_learns(lead: Lead, rep: Any) -> None:
    note(lead, "pdl", city="Gdynia")
    facts.fill(lead)
    row = facts.of(lead).get()
    facts_said.wrong(row, lead, rep, "They moved")
    lead.refresh_from_db()
    assert lead.city == ""
    correction = Correction.objects.get(kind=Correction.Kind.FACT)
    assert (correction.subject, correction.before) == ("city from pdl", "Gdynia")
    assert note(lead, "pdl", city="Gdynia") == 0  # never again from there
    assert note(lead, "pdl", city="Poznań") == 1
    with pytest.raises(facts_said.FactError):
        facts_said.wrong(row, lead, rep)


def test_taking_the_correction_back_brings_the_fact_back(lead: Lead, rep: Any) -> None:
    note(lead, "pdl", city="Gdynia")
    facts_said.wrong(facts.of(lead).get(), lead, rep)
    corrections.take_back(Correction.objects.get(kind=Correction.Kind.FACT), rep)
    assert states(lead) == [("Gdynia", "pdl", State.CURRENT, False)]


def test_countries_are_shown_by_their_names(lead: Lead) -> None:
    note(lead, "pdl", country="DE")
    Lead.objects.filter(pk=lead.pk).update(country="PL")
    lead.refresh_from_db()
    facts.flag(lead, ["country"])
    (one,) = facts_shown.shown(lead, facts.for_lead(lead))
    assert (one.value, one.rivals) == ("Germany", ("Poland (our record)",))


def test_not_right_leaves_what_a_person_wrote(lead: Lead, rep: Any) -> None:
    note(lead, "pdl", title="Operations Director")
    facts_said.wrong(facts.of(lead).get(), lead, rep)
    lead.refresh_from_db()
    assert lead.title == "Operations Director"


def test_the_one_that_holds_goes_into_our_record(lead: Lead, rep: Any) -> None:
    note(lead, "pdl", title="Head of Operations")
    note(lead, "clearbit", title="Buyer")
    facts_said.holds(facts.of(lead).get(source="clearbit"), lead, rep)
    lead.refresh_from_db()
    assert lead.title == "Buyer"
    assert [one[2:] for one in states(lead)] == [(State.PAST, False), (State.CURRENT, False)]
    assert note(lead, "pdl", title="Head of Operations") == 0


def test_a_value_that_our_record_has_no_room_for_is_settled_too(lead: Lead, rep: Any) -> None:
    assert lead.company is not None
    Company.objects.filter(pk=lead.company.pk).update(size=31)
    lead.company.refresh_from_db()
    note(lead, "pdl", company=lead.company, size="51-200")
    row = facts.of(lead.company).get()
    assert row.disputed
    facts_said.holds(row, lead, rep)
    row.refresh_from_db()
    assert not row.disputed
    note(lead, "clearbit", company=lead.company, size="4000")
    assert facts.of(lead.company).filter(disputed=True).count() == 2


def test_facts_of_the_company_fill_the_company(lead: Lead, rep: Any) -> None:
    assert lead.company is not None
    Company.objects.filter(pk=lead.company.pk).update(size=None, trade="", city="")
    lead.company.refresh_from_db()
    note(lead, "pdl", company=lead.company, size="140", trade="Food", company_city="Poznań")
    facts.fill_company(lead.company)
    lead.company.refresh_from_db()
    assert (lead.company.size, lead.company.trade, lead.company.city) == (140, "food", "Poznań")
    facts_said.wrong(facts.of(lead.company).get(field="size"), lead, rep)
    lead.company.refresh_from_db()
    assert lead.company.size is None


def test_what_a_look_no_longer_tells_is_past(lead: Lead) -> None:
    facts.note([Found("phone_kind", "Mobile", 0.7)], source="offline", lead=lead)
    facts.note([], source="offline", lead=lead, covered=["phone_kind", "email_kind"])
    assert [one[2] for one in states(lead)] == [State.PAST]


def test_a_sentence_rests_on_fresh_undisputed_facts_only(lead: Lead) -> None:
    note(lead, "pdl", title="Buyer", city="Poznań")
    facts.note([Found("phone_kind", "Mobile", 0.4)], source="offline", lead=lead)
    assert [row.field for row in facts.trusted(lead)] == ["city"]
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert facts.trusted(lead) == []


def test_erasing_a_person_erases_their_facts(lead: Lead) -> None:
    note(lead, "pdl", city="Poznań")
    holder = privacy.HOLDERS["facts"]
    assert "Poznań" in str(holder.export(lead.pk))
    holder.erase(lead.pk)
    assert not facts.of(lead).exists()


def test_hostile_text_stays_text(lead: Lead) -> None:
    url = [Found("city", "x", 0.8, "javascript:alert(1)")]
    facts.note(url, source="website", lead=lead)
    assert facts.of(lead).get().source_url == ""
