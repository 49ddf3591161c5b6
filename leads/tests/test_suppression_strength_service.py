"""A person's word counts more than a bounce, and stays when a merge is taken back."""

from typing import Any

import pytest

from leads.models import Lead, Suppression, ThreadEvent
from leads.services import merging, suppression, suppression_lists, unmerging

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(make_lead: Any, rep: Any) -> tuple[Lead, Lead]:
    return (
        make_lead(rep, first_name="Marta", last_name="Kowalska", email="marta@polar.example"),
        make_lead(rep, first_name="M.", last_name="Kowalska", email="m.kowalska@polar.example"),
    )


def say(lead: Lead, address: str, reason: str) -> bool:
    return suppression.suppress(
        address=address, channel="email", reason=reason, source=reason, actor="lead", lead=lead
    )


def off(lead: Lead) -> bool:
    return suppression.is_suppressed(Lead.objects.get(pk=lead.pk), "email")


@pytest.mark.parametrize("reason", ["opted_out", "complaint", "manual"])
def test_a_word_after_a_bounce_counts_for_the_whole_person(
    two: tuple[Lead, Lead], owner: Any, reason: str
) -> None:
    keeper, gone = two
    say(keeper, "marta@polar.example", "hard_bounce")
    merging.merge(keeper, gone, {"email": "gone"}, owner)
    assert not off(keeper)
    say(keeper, "marta@polar.example", reason)
    assert off(keeper)
    told = ThreadEvent.objects.filter(lead=keeper, kind="lead.suppressed")
    assert [event.data["reason"] for event in told.order_by("id")][:2] == ["hard_bounce", reason]


def test_an_opt_out_after_a_bounce_is_shared_by_a_later_merge(
    two: tuple[Lead, Lead], owner: Any
) -> None:
    keeper, gone = two
    say(keeper, "marta@polar.example", "hard_bounce")
    say(keeper, "marta@polar.example", "opted_out")
    merging.merge(keeper, gone, {"email": "gone"}, owner)
    assert off(keeper)


def test_a_bounce_never_takes_the_place_of_a_word(two: tuple[Lead, Lead], owner: Any) -> None:
    keeper, gone = two
    say(gone, "m.kowalska@polar.example", "opted_out")
    merging.merge(keeper, gone, {}, owner)
    say(keeper, "marta@polar.example", "hard_bounce")
    reasons = set(Suppression.objects.values_list("reason", flat=True))
    assert reasons == {"opted_out"}


def test_a_shared_word_takes_the_place_of_a_bounce_and_stays(
    two: tuple[Lead, Lead], owner: Any
) -> None:
    keeper, gone = two
    say(keeper, "marta@polar.example", "hard_bounce")
    say(gone, "m.kowalska@polar.example", "opted_out")
    row = merging.merge(keeper, gone, {}, owner)
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"opted_out"}
    unmerging.undo(row, owner)
    assert off(keeper)


def test_an_imported_list_holds_when_a_merge_is_taken_back(
    two: tuple[Lead, Lead], owner: Any
) -> None:
    keeper, gone = two
    say(gone, "m.kowalska@polar.example", "opted_out")
    row = merging.merge(keeper, gone, {}, owner)
    done = suppression_lists.import_list(
        "email\nmarta@polar.example\n", channel="email", source="National list", actor="user:1"
    )
    assert (done.added, done.known) == (0, 1)
    unmerging.undo(row, owner)
    assert off(keeper)
