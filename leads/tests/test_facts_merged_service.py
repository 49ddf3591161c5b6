"""What is known about two leads that become one: all of it is shown, and goes apart again."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.enrichment.base import Found, Result
from leads.models import Fact, Lead, Lookup
from leads.services import enrichment, enrichment_sweep, facts, facts_said, merging, unmerging
from leads.services.merging import GONE
from salesagent.lib import privacy

pytestmark = pytest.mark.django_db
Two = tuple[Lead, Lead]


@pytest.fixture
def two(make_lead: Any, rep: Any) -> Two:
    keeper = make_lead(
        rep, first_name="Marta", last_name="Kowalska", email="marta@polar.example", city="Gdynia"
    )
    gone = make_lead(rep, first_name="M.", last_name="Kowal", email="info@polar.example")
    for lead in (keeper, gone):
        enrichment.note_local(lead)
    return keeper, gone


def note(lead: Lead, source: str, **values: str) -> Fact:
    facts.note([Found(k, v, 0.8) for k, v in values.items()], source=source, lead=lead)
    return Fact.objects.latest("id")


def held(lead: Lead) -> set[tuple[str, str, str, bool]]:
    rows = facts.of(lead).filter(state="current")
    return {(row.field, row.value, row.source, row.disputed) for row in rows}


def page(as_user: Any, rep: Any, lead: Lead) -> str:
    answer = as_user(rep).get(reverse("leads:detail", args=[lead.pk]))
    return " ".join(str(answer.content.decode()).split())


def test_both_stand_on_the_keeper_s_page_with_whose_they_were(
    two: Two, as_user: Any, rep: Any
) -> None:
    keeper, gone = two
    note(keeper, "pdl", title="Buyer")
    note(gone, "pdl", title="Head of Bread")  # the same source: it stays behind
    note(gone, "clearbit", city="Gdynia")  # this one moves
    merging.merge(keeper, gone, {}, rep)
    shown = page(as_user, rep, keeper).partition('id="facts"')[2].partition("</section>")[0]
    for text in ("Buyer", "Head of Bread", "Gdynia", "Clearbit"):
        assert text in shown
    assert shown.count("known of M. Kowal before the merge") == 2
    assert "Differs from Head of Bread (People Data Labs)" in shown
    assert "read by several people" not in shown  # told by the address that was not chosen


def test_sources_that_differ_since_the_merge_are_flagged_and_no_longer_after_it(
    two: Two, rep: Any
) -> None:
    keeper, gone = two
    note(keeper, "pdl", city="Gdynia")
    note(gone, "clearbit", city="Radom")
    before = held(keeper), held(gone)
    row = merging.merge(keeper, gone, {}, rep)
    assert {("city", "Gdynia", "pdl", True), ("city", "Radom", "clearbit", True)} <= held(keeper)
    unmerging.undo(row, rep)
    assert (held(keeper), held(gone)) == before


def test_the_address_that_was_chosen_tells_the_facts(two: Two, rep: Any) -> None:
    keeper, gone = two
    before = held(keeper), held(gone)
    row = merging.merge(keeper, gone, {"email": GONE}, rep)
    keeper.refresh_from_db()
    told = {code: value for code, value, _, _ in held(keeper)}
    assert keeper.email == "info@polar.example" and "several people" in told["email_role"]
    unmerging.undo(row, rep)
    assert (held(Lead.objects.get(pk=keeper.pk)), held(Lead.objects.get(pk=gone.pk))) == before


def test_what_a_later_look_replaced_holds_about_the_other_one_again(two: Two, rep: Any) -> None:
    keeper, gone = two
    moved = note(gone, "pdl", title="Buyer")
    wrong = note(gone, "clearbit", city="Radom")
    row = merging.merge(keeper, gone, {}, rep)
    keeper = Lead.objects.get(pk=keeper.pk)
    note(keeper, "pdl", title="Director")
    facts_said.wrong(Fact.objects.get(pk=wrong.pk), keeper, rep)
    unmerging.undo(row, rep)
    assert ("title", "Buyer", "pdl", False) in held(gone)
    assert ("title", "Director", "pdl", False) in held(keeper)
    assert Fact.objects.get(pk=moved.pk).lead_id == gone.pk
    assert Fact.objects.get(pk=wrong.pk).state == "wrong"


def test_a_fact_that_stayed_behind_can_be_called_wrong_or_right(
    two: Two, as_user: Any, rep: Any
) -> None:
    keeper, gone = two
    note(keeper, "pdl", title="Buyer")
    other = note(gone, "pdl", title="Head of Bread")
    merging.merge(keeper, gone, {}, rep)
    as_user(rep).post(reverse("leads:fact_holds", args=[keeper.pk, other.pk]))
    keeper.refresh_from_db()
    assert keeper.title == "Head of Bread"
    assert not facts.for_lead(keeper).filter(disputed=True).exists()
    as_user(rep).post(reverse("leads:fact_wrong", args=[keeper.pk, other.pk]))
    other.refresh_from_db()
    assert other.state == "wrong"


def test_a_fact_said_of_both_stands_once(two: Two, as_user: Any, rep: Any) -> None:
    keeper, gone = two
    note(keeper, "pdl", title="Head of Bread")
    note(gone, "pdl", title="Head of Bread")
    merging.merge(keeper, gone, {}, rep)
    shown = page(as_user, rep, keeper).partition('id="facts"')[2].partition("</section>")[0]
    assert shown.count('<span dir="auto" class="text-break">Head of Bread') == 1


def asked_before(lead: Lead, monkeypatch: Any) -> list[str]:
    """A provider was still looking for this lead; returns whom it is asked about from now on."""
    asked: list[str] = []

    class Slow:
        label, dearest = "People Data Labs", 1.0

        def look_up(self, question: Any, access: Any) -> Result:
            asked.append(question.email)
            return Result(later=60)

    monkeypatch.setattr(enrichment, "enricher", lambda code: Slow())
    enrichment.save("pdl", {"limit": 10}, "s3cr3t-key-0123456789", lead.owner)  # type: ignore[arg-type]
    enrichment.ask("pdl", lead)
    Lookup.objects.update(again_at=timezone.now())
    asked.clear()
    return asked


def test_an_answer_that_is_due_is_for_the_keeper_who_has_the_address(
    two: Two, rep: Any, monkeypatch: Any
) -> None:
    keeper, gone = two
    asked = asked_before(gone, monkeypatch)
    merging.merge(keeper, gone, {"email": GONE}, rep)
    enrichment_sweep._answers()
    assert asked == ["info@polar.example"]


def test_an_answer_about_an_address_that_was_not_chosen_costs_nothing(
    two: Two, rep: Any, monkeypatch: Any
) -> None:
    keeper, gone = two
    asked = asked_before(gone, monkeypatch)
    merging.merge(keeper, gone, {}, rep)
    enrichment_sweep._answers()
    assert asked == []
    assert Lookup.objects.get(provider="pdl").error == "They have another address by now."


def test_erasing_the_keeper_erases_what_stayed_behind(two: Two, rep: Any) -> None:
    keeper, gone = two
    note(keeper, "pdl", title="Buyer")
    note(gone, "pdl", title="Head of Bread")
    merging.merge(keeper, gone, {}, rep)
    for holder in privacy.HOLDERS.values():
        holder.erase(keeper.pk)
    assert not Fact.objects.exists()
