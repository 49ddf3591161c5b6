"""Who may be one person: measured on pairs, found among many, settled by people."""

from pathlib import Path
from typing import Any

import pytest

from leads.intake.alike import SHOW, Person, canonical, compare, keys
from leads.models import DuplicatePair, Lead
from leads.services import duplicates

PAIRS = Path(__file__).with_name("duplicate_pairs.txt")
FIELDS = ("first_name", "last_name", "email", "phone", "company", "city", "title", "linkedin")


_NAMES = """
Adams Baker Carter Dixon Evans Foster Griffin Hughes Irving
Jackson Knight Lawson Mitchell Norris Osborne Palmer Quinn Robson
Sutton Tucker Underwood Vaughan Walker Xavier Yates Zimmer Archer
Bishop Chambers Dalton Elliott Fletcher Goddard Hopkins Ingram Jarvis
Kirby Lambert Morton Nash Oakley Porter Ramsey Shepherd Thornton
"""
SURNAMES = _NAMES.split()


def person(text: str, pk: int) -> Person:
    values = (text.split(";") + [""] * len(FIELDS))[: len(FIELDS)]
    return Person(pk, **dict(zip(FIELDS, values, strict=True)))


def measured(part: slice) -> tuple[float, float]:
    """Precision and recall over a part of the pairs, blocking included."""
    lines = [line for line in PAIRS.read_text("utf-8").splitlines() if line[:1] in ("0", "1")]
    hits = right = wanted = 0
    for line in lines[part]:
        label, one, two = line.split("|")
        a, b = person(one, 1), person(two, 2)
        hit = bool(keys(a) & keys(b)) and compare(a, b).score >= SHOW
        hits += hit
        right += hit and label == "1"
        wanted += label == "1"
    return right / hits, right / wanted


def test_precision_and_recall_on_pairs_the_rules_were_not_tuned_on() -> None:
    precision, recall = measured(slice(1, None, 2))
    assert precision >= 0.97
    assert recall >= 0.88


def test_precision_and_recall_on_the_other_half() -> None:
    precision, recall = measured(slice(0, None, 2))
    assert precision >= 0.95
    assert recall >= 0.95


def test_likeness_has_no_order() -> None:
    for line in PAIRS.read_text("utf-8").splitlines():
        if line[:1] in ("0", "1"):
            _, one, two = line.split("|")
            a, b = person(one, 1), person(two, 2)
            assert compare(a, b).score == compare(b, a).score, line


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("Marta.K+fair@Polar.example", "marta.k@polar.example"),
        ("b.e.n@googlemail.com", "ben@gmail.com"),
        ("b.e.n@polar.example", "b.e.n@polar.example"),
        ("+tag@polar.example", "+tag@polar.example"),
        ("", ""),
    ],
)
def test_an_address_as_its_mailbox_knows_it(address: str, wanted: str) -> None:
    assert canonical(address) == wanted


@pytest.fixture
def pair(make_lead: Any, rep: Any) -> tuple[Lead, Lead]:
    return (
        make_lead(rep, first_name="Marta", last_name="Kowalska", email="marta@polar.example"),
        make_lead(rep, first_name="Marta", last_name="Kowalska", email="marta+x@polar.example"),
    )


def open_pairs() -> list[tuple[int, int]]:
    rows = DuplicatePair.objects.filter(state="open").order_by("first_id")
    return list(rows.values_list("first_id", "second_id"))


def test_all_leads_are_compared_and_a_second_run_changes_nothing(pair: Any, make_lead: Any) -> None:
    make_lead(None, first_name="Tom", last_name="Baker", email="tom@polar.example")
    assert duplicates.find() == 1
    before = list(DuplicatePair.objects.values())
    assert duplicates.find() == 1
    assert list(DuplicatePair.objects.values()) == before
    assert open_pairs() == [(pair[0].pk, pair[1].pk)]


def test_what_no_longer_holds_goes(pair: Any) -> None:
    duplicates.find()
    Lead.objects.filter(pk=pair[1].pk).update(email="tom@alfa.example", first_name="Tom")
    assert duplicates.find() == 0
    assert open_pairs() == []


def test_two_people_are_never_proposed_again(pair: Any, rep: Any) -> None:
    duplicates.find()
    row = DuplicatePair.objects.get()
    assert duplicates.keep_apart(row, rep)
    assert not duplicates.keep_apart(row, rep)
    assert duplicates.find() == 0
    duplicates.look_at(pair[0])
    assert DuplicatePair.objects.get().state == "apart"
    assert duplicates.ask_again(DuplicatePair.objects.get())
    assert open_pairs() == [(pair[0].pk, pair[1].pk)]


def test_a_new_lead_is_compared_at_once(pair: Any) -> None:
    assert duplicates.look_at(pair[1]) == 1
    assert open_pairs() == [(pair[0].pk, pair[1].pk)]
    assert duplicates.look_at(pair[1]) == 1
    assert DuplicatePair.objects.count() == 1


def test_what_another_system_told_stays(pair: Any, make_lead: Any) -> None:
    other = make_lead(None, first_name="Ulf", email="ulf@other.example")
    DuplicatePair.objects.create(
        first=pair[0], second=other, score=95, reasons=["Merged into one in HubSpot"]
    )
    duplicates.find()
    assert (pair[0].pk, other.pk) in open_pairs()


def test_archived_leads_are_no_pair(pair: Any) -> None:
    Lead.objects.filter(pk=pair[1].pk).update(archived_at="2026-01-01T00:00Z")
    assert duplicates.find() == 0


def test_a_switchboard_or_a_common_name_makes_no_pairs(make_lead: Any) -> None:
    assert len(SURNAMES) > duplicates.BLOCK
    for number in range(len(SURNAMES)):
        make_lead(
            None,
            first_name="John",
            last_name=SURNAMES[number],
            phone="+442071234567",
            email=f"p{number}@big.example",
        )
    assert duplicates.find() == 0


NUMBER = "+48583334444"


def test_two_leads_with_one_number_are_worth_a_look(make_lead: Any) -> None:
    ours = make_lead(None, first_name="Ana", last_name="Test", phone=NUMBER)
    other = make_lead(None, first_name="Bo", last_name="Wolf", phone=NUMBER, email="bo@x.example")
    assert duplicates.find() == 1
    row = DuplicatePair.objects.get()
    assert (row.score, row.reasons) == (SHOW, ["Same phone number"])
    DuplicatePair.objects.all().delete()
    assert duplicates.look_at(other) == 1
    assert open_pairs() == [(ours.pk, other.pk)]


def test_a_number_of_three_is_a_switchboard(make_lead: Any) -> None:
    for name in ("Ana Berg", "Bo Wolf", "Cem Ates"):
        first, last = name.split()
        found = make_lead(None, first_name=first, last_name=last, phone=NUMBER)
    assert duplicates.find() == 0
    assert duplicates.look_at(found) == 0


def test_a_number_without_its_country_says_less(make_lead: Any) -> None:
    make_lead(None, first_name="Ana", last_name="Berg", phone="058 333 4444")
    make_lead(None, first_name="Bo", last_name="Wolf", phone="058 333 4444")
    assert duplicates.find() == 0


def test_a_rep_sees_pairs_of_own_leads_only(
    pair: Any, make_lead: Any, rep: Any, stranger: Any, owner: Any
) -> None:
    theirs = make_lead(
        stranger, first_name="Marta", last_name="Kowalska", email="marta+y@polar.example"
    )
    duplicates.find()
    assert [(p.first_id, p.second_id) for p in duplicates.pairs_for(rep)] == [
        (pair[0].pk, pair[1].pk)
    ]
    assert duplicates.pairs_for(owner).count() == 3
    assert not duplicates.pairs_for(stranger).filter(second=theirs).exists()
