"""Who must not be written to: one normal form, keyed hashes, everybody who has it is told."""

from typing import Any

import pytest

from leads.models import Lead, Suppression, ThreadEvent
from leads.services import consent
from leads.services import suppression as service
from leads.services import suppression_lists as lists

pytestmark = pytest.mark.django_db


def suppress(address: str, **changes: Any) -> bool:
    given = {"reason": "opted_out", "source": "test", "actor": "system"} | changes
    return service.suppress(address=address, **given)


def test_only_a_hash_is_kept(lead: Lead) -> None:
    suppress(lead.email)
    row = Suppression.objects.get()
    assert lead.email not in "|".join(str(value) for value in row.__dict__.values())
    assert len(row.address_hash) == 64 and row.masked == "m.k…@polna.example"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (" M.Kowalczyk@Polna.EXAMPLE ", "address"),
        ("Marta <m.kowalczyk@polna.example>", "address"),
        ("polna.example", "domain"),
        ("@polna.example", "domain"),
        ("https://www.polna.example/about", "domain"),
        ("+48 61 555 01 27", "phone"),
        ("0048 615550127", "phone"),
        ("linkedin.com/in/marta-kowalczyk-example/", "profile"),
        ("https://pl.linkedin.com/in/Marta-Kowalczyk-example", "profile"),
    ],
)
def test_every_spelling_finds_the_lead(given: str, kind: str, lead: Lead) -> None:
    assert suppress(given) is True
    assert Suppression.objects.get().kind == kind
    assert service.is_suppressed(lead, "email")
    assert ThreadEvent.objects.get().kind == "lead.suppressed"


@pytest.mark.parametrize("other", ["kowalczyk@polna.example", "m.kowalczyk+x@polna.example"])
def test_another_address_is_another_person(other: str, lead: Lead) -> None:
    suppress(other)
    assert not service.is_suppressed(lead, "email")
    assert not ThreadEvent.objects.exists()


@pytest.mark.parametrize("bad", ["", " ", "x", "a@b", "12", "\x00", "a" * 700])
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(service.SuppressionError):
        suppress(bad)
    assert service.address_hash(bad) == ""


def test_an_unknown_channel_is_refused(lead: Lead) -> None:
    with pytest.raises(service.SuppressionError):
        suppress(lead.email, channel="pigeon")


def test_one_channel_leaves_the_others(lead: Lead) -> None:
    suppress(lead.email, channel="email")
    assert service.is_suppressed(lead, "email")
    assert not service.is_suppressed(lead, "phone")


def test_twice_is_once(lead: Lead) -> None:
    assert suppress(lead.email, lead=lead) is True
    assert suppress(lead.email, lead=lead) is False
    assert ThreadEvent.objects.count() == 1


def test_a_lead_that_came_later_is_told_when_named(rep: Any) -> None:
    suppress("new@polna.example")
    late = Lead.objects.create(owner=rep, email="new@polna.example")
    assert suppress("new@polna.example", lead=late) is False
    assert ThreadEvent.objects.get().lead == late


def test_a_complaint_outranks_an_opt_out(lead: Lead) -> None:
    suppress(lead.email)
    suppress(lead.email, reason="complaint")
    assert Suppression.objects.get().reason == "complaint"
    with pytest.raises(service.SuppressionError, match="stays"):
        service.lift(address=lead.email, actor="user:1")


def test_lifting_tells_the_thread(lead: Lead) -> None:
    suppress(lead.email)
    assert service.lift(address=lead.email.upper(), actor="user:1") is True
    assert service.lift(address=lead.email, actor="user:1") is False
    assert not service.is_suppressed(lead, "email")
    assert ThreadEvent.objects.last().kind == "lead.unsuppressed"  # type: ignore[union-attr]


def test_lifting_and_stopping_again_is_told_again(lead: Lead) -> None:
    for _ in range(2):
        suppress(lead.email)
        service.lift(address=lead.email, actor="user:1")
    assert ThreadEvent.objects.filter(kind="lead.suppressed").count() == 2


def test_an_erased_person_is_suppressed_without_a_row(lead: Lead) -> None:
    lead.erased_at = lead.created_at
    assert service.is_suppressed(lead, "email")


def test_one_query_for_one_lead(lead: Lead, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        service.is_suppressed(lead, "email")


def test_many_leads_in_one_query(rep: Any, django_assert_num_queries: Any) -> None:
    leads = [Lead.objects.create(owner=rep, email=f"p{n}@x{n % 3}.example") for n in range(40)]
    suppress("p7@x1.example", channel="email")
    suppress("x2.example")
    with django_assert_num_queries(1):
        blocked = service.suppressed_among(leads, "email")
    assert blocked == {leads[7].pk} | {lead.pk for n, lead in enumerate(leads) if n % 3 == 2}


LIST = """Email;Reason
M.Kowalczyk@polna.example;asked by phone
"two@polna.example";hates.us
nobody;x
+48 61 555 01 28;called
"""


def test_a_list_in_another_programs_words(lead: Lead) -> None:
    result = lists.import_list(LIST, channel="all", source="old CRM", actor="user:1")
    assert (result.added, result.known, result.bad) == (3, 0, 1)
    assert result.bad_lines == ("nobody x",)
    assert {row.kind for row in Suppression.objects.all()} == {"address", "phone"}
    assert service.is_suppressed(lead, "email")
    event = ThreadEvent.objects.get()
    assert event.data == {"channel": "all", "reason": "imported", "source": "old CRM"}


def test_the_same_list_again_changes_nothing(lead: Lead) -> None:
    for expected in (3, 0):
        result = lists.import_list(LIST, channel="all", source="old CRM", actor="user:1")
        assert result.added == expected
    assert ThreadEvent.objects.count() == 1


def test_a_long_list_is_read_in_batches(django_assert_max_num_queries: Any) -> None:
    text = "\n".join(f"p{number}@x.example" for number in range(2000))
    with django_assert_max_num_queries(42):
        assert lists.import_list(text, channel="all", source="x", actor="user:1").added == 2000


@pytest.mark.parametrize("text", ["", "\n\n", "Email\nnothing here\n"])
def test_a_list_without_addresses_is_refused(text: str) -> None:
    with pytest.raises(service.SuppressionError, match="no address"):
        lists.import_list(text, channel="all", source="x", actor="user:1")


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("n.petrova@meridian.example", "n.p…@meridian.example"),
        ("ab@x.example", "a…@x.example"),
        ("+48615550127", "+48…127"),
        ("polna.example", "polna.example"),
    ],
)
def test_masks(address: str, masked: str) -> None:
    assert service.mask(address) == masked


def test_consent_is_given_and_withdrawn(lead: Lead) -> None:
    assert not consent.has_consent(lead, "sms")
    consent.record_consent(lead, "sms", "web form", "Yes, text me", "lead")
    assert consent.has_consent(lead, "sms") and not consent.has_consent(lead, "email")
    assert consent.withdraw(lead, "sms", "lead") is True
    assert consent.withdraw(lead, "sms", "lead") is False
    assert not consent.has_consent(lead, "sms")
    kinds = ThreadEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["consent.given", "consent.withdrawn"]
