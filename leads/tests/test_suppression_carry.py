"""A person who is not to be written to stays so when an address of theirs becomes another."""

from typing import Any

import pytest

from leads.intake.rows import LeadRow
from leads.models import Lead, Suppression
from leads.services import editing, intake, suppression
from leads.tests.importing import imported, undone

pytestmark = pytest.mark.django_db
OLD, NEW = "mira@lindqvist.example", "mira.new@lindqvist.example"


@pytest.fixture
def mira(make_lead: Any, rep: Any) -> Lead:
    found: Lead = make_lead(rep, first_name="Mira", last_name="Lindqvist", email=OLD)
    return found


def stop(lead: Lead, address: str = OLD, **more: Any) -> None:
    values = {"channel": "email", "reason": "opted_out", "source": "Unsubscribed", **more}
    suppression.suppress(address=address, actor="lead", lead=lead, **values)


def off(lead: Lead, channel: str = "email") -> bool:
    return suppression.is_suppressed(Lead.objects.get(pk=lead.pk), channel)


@pytest.mark.parametrize("reason", ["opted_out", "complaint", "manual", "imported", "erased"])
def test_a_new_address_takes_the_stop_over(mira: Lead, rep: Any, reason: str) -> None:
    stop(mira, reason=reason)
    assert editing.edit_lead(mira, {"email": NEW}, rep)
    row = Suppression.objects.get(address_hash=suppression.address_hash(NEW))
    assert (row.channel, row.reason, row.source) == (
        "email",
        reason,
        "Before: mir…@lindqvist.example",
    )
    assert off(mira)
    assert not off(mira, "sms")
    events = mira.events.filter(kind="lead.suppressed").order_by("pk")
    assert [event.actor for event in events] == ["lead", rep.actor]


@pytest.mark.parametrize("address,reason", [(OLD, "hard_bounce"), ("lindqvist.example", "manual")])
def test_a_bounce_or_a_domain_is_not_taken_over(
    mira: Lead, rep: Any, address: str, reason: str
) -> None:
    stop(mira, address, reason=reason)
    editing.edit_lead(mira, {"email": "mira@elsewhere.example"}, rep)
    assert not off(mira)


def test_a_stop_outlives_the_removal_of_the_address(mira: Lead, rep: Any) -> None:
    stop(mira)
    editing.edit_lead(mira, {"email": None}, rep)
    editing.edit_lead(mira, {"email": NEW}, rep)
    assert off(mira)


def test_a_stop_goes_to_what_is_left_when_an_address_is_removed(mira: Lead, rep: Any) -> None:
    stop(mira, channel="all")
    editing.edit_lead(mira, {"phone": "+46701234567"}, rep)
    assert not suppression.find("+46701234567")
    editing.edit_lead(mira, {"email": None}, rep)
    assert suppression.find("+46701234567")
    editing.edit_lead(mira, {"phone": "", "linkedin_url": "https://www.linkedin.com/in/mira"}, rep)
    assert off(mira)


def test_a_lifted_stop_is_not_carried(mira: Lead, rep: Any) -> None:
    stop(mira)
    suppression.lift(address=OLD, channel="email", actor=rep.actor, lead=mira)
    editing.edit_lead(mira, {"email": None}, rep)
    editing.edit_lead(mira, {"email": NEW}, rep)
    assert not off(mira)


def test_a_number_replaced_by_an_import_keeps_the_stop_also_when_it_is_undone(
    make_lead: Any, rep: Any, run_queue: Any
) -> None:
    lead = make_lead(rep, first_name="Iva", email="iva@sklad.example", phone="+420777123456")
    stop(lead, lead.phone, channel="sms")
    row = "Iva;;iva@sklad.example;+420 777 999 888;;;"
    batch = imported(rep, run_queue, row, duplicates="update")
    assert Lead.objects.get(pk=lead.pk).phone == "+420777999888"
    assert off(lead, "sms")
    Suppression.objects.filter(source__startswith="Before").update(reason="complaint")
    undone(batch, rep, run_queue)
    assert Lead.objects.get(pk=lead.pk).phone == "+420777123456"
    assert suppression.find("+420777123456")[0].reason == "complaint"


def test_a_number_from_a_form_takes_the_stop_over(make_lead: Any, rep: Any) -> None:
    lead = make_lead(rep, first_name="Iva", email="iva@sklad.example", phone="+420777123456")
    stop(lead, lead.phone, channel="sms")
    row = LeadRow(email="iva@sklad.example", phone="+420777999888")
    origin: dict[str, Any] = {"source": "Form", "basis": "enquiry", "basis_source": "Form"}
    intake.bring_in(row, actor="system", owner=None, duplicates="update", **origin)
    assert off(lead, "sms")
