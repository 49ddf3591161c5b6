"""Two leads become one, everything of both is there, and it can be taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import family, thread, thread_page
from leads.access import lead_for
from leads.intake.rows import LeadRow
from leads.models import (
    ConsentRecord,
    Deal,
    DuplicatePair,
    Lead,
    Merge,
    Pain,
    RemoteLink,
    Suppression,
    ThreadEvent,
)
from leads.services import merging, suppression, unmerging
from leads.services.intake_match import Known
from leads.services.lifecycle import restore
from leads.services.merging import GONE, KEEPER, MergeError
from salesagent.lib import privacy

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(make_lead: Any, rep: Any) -> tuple[Lead, Lead]:
    keeper = make_lead(
        rep, first_name="Marta", last_name="Kowalska", email="marta@polar.example", tags=["fair"]
    )
    gone = make_lead(
        rep,
        first_name="M.",
        last_name="Kowalska",
        email="m.kowalska@polar.example",
        phone="+48583334444",
        city="Gdynia",
        stage="engaged",
        tags=["vip"],
        custom={"size": "12"},
    )
    return keeper, gone


def note(lead: Lead, text: str) -> ThreadEvent:
    event = thread.record(lead=lead, kind="note.added", actor="system", body=text)
    assert event is not None
    return event


def again(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_the_keeper_gets_what_was_chosen_and_what_it_lacked(two: Any, rep: Any) -> None:
    keeper, gone = two
    merging.merge(keeper, gone, {"email": GONE, "first_name": KEEPER}, rep)
    now = again(keeper)
    assert (now.first_name, now.email, now.phone) == (
        "Marta",
        "m.kowalska@polar.example",
        "+48583334444",
    )
    assert (now.city, now.stage, now.tags, now.custom) == (
        "Gdynia",
        "engaged",
        ["fair", "vip"],
        {"size": "12"},
    )
    assert "m.kowalska@polar.example" in now.search_text


def test_the_other_lead_is_hidden_and_keeps_the_address_that_was_not_chosen(
    two: Any, rep: Any
) -> None:
    keeper, gone = two
    merging.merge(keeper, gone, {"email": GONE}, rep)
    hidden = again(gone)
    assert hidden.merged_into_id == keeper.pk
    assert hidden.archived_at is not None
    assert hidden.email == "marta@polar.example"
    assert not restore(hidden, rep)
    assert lead_for(rep, gone.pk).pk == keeper.pk


def test_both_threads_are_one_and_no_event_moves(two: Any, rep: Any) -> None:
    keeper, gone = two
    first, second = note(keeper, "At the fair"), note(gone, "By phone")
    merging.merge(keeper, gone, {}, rep)
    page = thread_page.read(lead_for(rep, keeper.pk))
    assert page.events == ThreadEvent.objects.filter(lead__in=[keeper.pk, gone.pk]).count()
    assert ThreadEvent.objects.get(pk=first.pk).lead_id == keeper.pk
    assert ThreadEvent.objects.get(pk=second.pk).lead_id == gone.pk
    later = note(again(gone), "Since")
    assert later.lead_id == keeper.pk


def test_what_hangs_on_the_other_lead_goes_along(two: Any, rep: Any) -> None:
    keeper, gone = two
    Deal.objects.create(lead=gone, title="Cold room")
    Pain.objects.create(lead=gone, text="Old units", source="call", noted_at="2026-01-02")
    ConsentRecord.objects.create(lead=gone, channel="email", source="form", given_at=timezone.now())
    link = {"provider": "hubspot", "account": "1", "kind": "contact"}
    RemoteLink.objects.create(lead=gone, remote_id="7", **link)
    row = merging.merge(keeper, gone, {}, rep)
    assert (keeper.deals.count(), keeper.pains.count(), keeper.consents.count()) == (1, 1, 1)
    assert RemoteLink.objects.get().lead_id == keeper.pk
    assert merging.moved_words(row) == [
        "1 deal",
        "1 pain point",
        "1 consent",
        "1 link to another system",
    ]


def test_a_second_link_to_the_same_system_stays_behind(two: Any, rep: Any) -> None:
    keeper, gone = two
    link = {"provider": "hubspot", "account": "1", "kind": "contact"}
    mine = RemoteLink.objects.create(lead=keeper, remote_id="6", **link)
    other = RemoteLink.objects.create(lead=gone, remote_id="7", **link)
    row = merging.merge(keeper, gone, {}, rep)
    assert RemoteLink.objects.get(pk=other.pk).lead_id == gone.pk
    RemoteLink.objects.filter(pk=other.pk).update(state="cut")  # what the next sync does
    unmerging.undo(row, rep)
    assert RemoteLink.objects.get(pk=other.pk).state == "linked"
    assert RemoteLink.objects.get(pk=mine.pk).lead_id == keeper.pk


def test_a_stop_of_either_holds_for_the_keeper(two: Any, rep: Any) -> None:
    keeper, gone = two
    suppression.suppress(
        address=gone.email, reason="opted_out", source="Stop link", actor="lead", lead=gone
    )
    assert not suppression.is_suppressed(keeper, "email")
    row = merging.merge(keeper, gone, {}, rep)
    assert suppression.is_suppressed(again(keeper), "email")
    unmerging.undo(row, rep)
    assert not suppression.is_suppressed(again(keeper), "email")
    assert suppression.is_suppressed(again(gone), "email")


def test_a_bounce_of_one_address_says_nothing_about_the_other(two: Any, rep: Any) -> None:
    keeper, gone = two
    suppression.suppress(
        address=gone.email, reason="hard_bounce", source="Bounce", actor="system", channel="email"
    )
    merging.merge(keeper, gone, {}, rep)
    assert not suppression.is_suppressed(again(keeper), "email")


def test_who_says_stop_from_the_other_address_afterwards_is_heard(two: Any, rep: Any) -> None:
    keeper, gone = two
    row = merging.merge(keeper, gone, {}, rep)
    suppression.suppress(
        address=gone.email, reason="opted_out", source="Stop link", actor="lead", lead=again(gone)
    )
    assert suppression.is_suppressed(again(keeper), "email")
    stayed = unmerging.undo(row, rep)
    assert "Do not contact: it was said since the merge, so it holds for both." in stayed
    assert suppression.is_suppressed(again(keeper), "email")


def test_an_own_word_after_the_merge_outlives_the_undo(two: Any, rep: Any) -> None:
    keeper, gone = two
    suppression.suppress(
        address=gone.email, reason="opted_out", source="Stop link", actor="lead", lead=gone
    )
    row = merging.merge(keeper, gone, {}, rep)
    suppression.suppress(
        address=keeper.email, reason="opted_out", source="Stop link", actor="lead", lead=keeper
    )
    unmerging.undo(row, rep)
    assert (
        Suppression.objects.get(address_hash=suppression.address_hash(keeper.email)).source
        == "Stop link"
    )


def test_a_file_with_the_other_address_brings_the_keeper(two: Any, rep: Any) -> None:
    keeper, gone = two
    merging.merge(keeper, gone, {}, rep)
    row = LeadRow(email="m.kowalska@polar.example")
    found = Known([row]).lead_for(row)
    assert found is not None
    assert found.pk == keeper.pk


def test_undo_restores_everything(two: Any, rep: Any) -> None:
    keeper, gone = two
    Deal.objects.create(lead=gone, title="Cold room")
    before = [merging.values_of(again(one)) for one in two]
    row = merging.merge(keeper, gone, {"email": GONE, "phone": GONE, "last_name": GONE}, rep)
    assert unmerging.undo(row, rep) == []
    assert [merging.values_of(again(one)) for one in two] == before
    assert Deal.objects.get().lead_id == gone.pk
    assert family.ids(again(keeper)) == [keeper.pk]
    assert DuplicatePair.objects.get().state == "apart"


def test_undo_leaves_what_was_changed_since_and_says_so(two: Any, rep: Any) -> None:
    keeper, gone = two
    deal = Deal.objects.create(lead=gone, title="Cold room")
    row = merging.merge(keeper, gone, {"phone": GONE, "address": GONE}, rep)
    Lead.objects.filter(pk=keeper.pk).update(phone="+48100200300")
    deal.delete()
    note(again(keeper), "We spoke")
    stayed = unmerging.undo(row, rep)
    assert stayed == [
        "Phone: it was changed since the merge.",
        "1 deal: removed or moved since.",
        "1 message or note since the merge: with Marta Kowalska.",
    ]
    assert again(keeper).phone == "+48100200300"
    assert again(keeper).city == ""
    assert again(gone).phone == "+48583334444"


def test_an_address_that_somebody_else_took_is_not_doubled(
    two: Any, rep: Any, make_lead: Any
) -> None:
    keeper, gone = two
    row = merging.merge(keeper, gone, {"email": GONE}, rep)
    Lead.objects.filter(pk=keeper.pk).update(email="new@polar.example")
    make_lead(rep, email="m.kowalska@polar.example")
    stayed = unmerging.undo(row, rep)
    assert again(gone).email is None
    assert any("another lead has m.kowalska@polar.example now" in one for one in stayed)


def test_undo_ends_after_thirty_days_and_with_a_later_merge(
    two: Any, rep: Any, make_lead: Any
) -> None:
    keeper, gone = two
    third = make_lead(rep, first_name="Marta", email="mk@home.example")
    first = merging.merge(keeper, gone, {}, rep)
    second = merging.merge(third, again(keeper), {}, rep)
    assert again(gone).merged_into_id == third.pk
    with pytest.raises(MergeError, match="merged with another lead since"):
        unmerging.undo(first, rep)
    unmerging.undo(second, rep)
    assert again(gone).merged_into_id == keeper.pk
    Merge.objects.filter(pk=first.pk).update(at=timezone.now() - timedelta(days=31))
    with pytest.raises(MergeError, match="30 days"):
        unmerging.undo(Merge.objects.get(pk=first.pk), rep)


def test_nothing_is_merged_twice_or_with_itself(two: Any, rep: Any, make_lead: Any) -> None:
    keeper, gone = two
    merging.merge(keeper, gone, {}, rep)
    third = make_lead(rep, first_name="Ada")
    for a, b in ((keeper, gone), (third, gone), (keeper, keeper)):
        with pytest.raises(MergeError):
            merging.merge(a, b, {}, rep)


def test_an_erasure_of_the_keeper_reaches_the_lead_that_was_merged(two: Any, rep: Any) -> None:
    keeper, gone = two
    event = note(gone, "He is ill at home")
    row = merging.merge(keeper, gone, {}, rep)
    holder = privacy.HOLDERS["merged leads"]
    assert list(holder.export(keeper.pk)) == [str(gone.pk)]
    holder.erase(keeper.pk)
    assert ThreadEvent.objects.get(pk=event.pk).body == ""
    row.refresh_from_db()
    assert row.before == {}
    with pytest.raises(MergeError, match="erased"):
        unmerging.undo(row, rep)
