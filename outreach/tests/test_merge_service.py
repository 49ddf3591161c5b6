"""The closed list of fields and where their values come from."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from leads.models import Lead, Pain
from outreach.models import PainPoint
from outreach.services import merge


def test_fields_of_a_known_lead(lead: Lead, rep: Any, mailbox: Any, workspace: Any) -> None:
    workspace.service = "cold-room maintenance"
    workspace.save()
    fields = merge.fields_for(lead, rep, mailbox, when=datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert fields["full_name"] == "Marta Kowalczyk"
    assert fields["company"] == "Polna Bakeries"
    assert fields["country"] == "Poland"
    assert fields["day_part"] == "morning"
    assert fields["sender_signature"] == "Jonas Weber\nHalden Climate Services"
    assert fields["service"] == "cold-room maintenance"
    assert set(fields) == set(merge.FIELDS)


def test_own_signature_wins(lead: Lead, rep: Any, workspace: Any) -> None:
    rep.signature = "J. Weber\nOdense"
    assert merge.fields_for(lead, rep, None)["sender_signature"] == "J. Weber\nOdense"


def test_an_unsaved_lead_has_empty_fields(rep: Any, workspace: Any) -> None:
    fields = merge.fields_for(Lead(email="x@y.example", owner=rep), None, None)
    assert fields["first_name"] == fields["pain"] == ""
    assert fields["sender_name"] == "Jonas Weber"


def test_the_sentence_is_of_the_trade_then_of_any(lead: Lead, rep: Any, workspace: Any) -> None:
    PainPoint.objects.create(trade="", name="faults", sentence="Any trade.")
    assert merge.fields_for(lead, rep, None)["pain_sentence"] == "Any trade."
    PainPoint.objects.create(trade="Bakery", name="ovens", sentence="Ovens.")
    PainPoint.objects.create(trade="hotel", name="rooms", sentence="Rooms.")
    assert merge.fields_for(lead, rep, None)["pain_sentence"] == "Ovens."


def test_a_noted_pain_comes_first_but_only_when_verified(
    lead: Lead, rep: Any, workspace: Any
) -> None:
    PainPoint.objects.create(trade="bakery", name="a", sentence="A.")
    PainPoint.objects.create(trade="bakery", name="Night Alarms", sentence="Night.")
    day = date(2026, 11, 1)
    Pain.objects.create(lead=lead, text="guess", source="x", noted_at=day, verified=False)
    assert merge.fields_for(lead, rep, None)["pain"] in ("a", "night Alarms")
    Pain.objects.create(lead=lead, text="night alarms", source="call", noted_at=day)
    fields = merge.fields_for(lead, rep, None)
    assert (fields["pain"], fields["pain_sentence"]) == ("night alarms", "Night.")


def test_of_several_pains_the_one_we_can_say_most_about(
    lead: Lead, rep: Any, workspace: Any
) -> None:
    PainPoint.objects.create(trade="", name="paperwork", sentence="Forms for freezers take hours.")
    PainPoint.objects.create(
        trade="bakery", name="Freezers at night", sentence="A freezer stops at night."
    )
    day = date(2026, 11, 1)
    Pain.objects.create(lead=lead, text="the freezer in hall 2", source="call", noted_at=day)
    Pain.objects.create(lead=lead, text="parking", source="call", noted_at=date(2026, 11, 20))
    fields = merge.fields_for(lead, rep, None)
    assert fields["pain"] == "the freezer in hall 2"
    assert fields["pain_sentence"] == "A freezer stops at night."


def test_leads_of_a_trade_do_not_all_read_the_same(lead: Lead, rep: Any, workspace: Any) -> None:
    for name in ("a", "b", "c"):
        PainPoint.objects.create(trade="bakery", name=name, sentence=f"{name}.")
    found = set()
    for number in range(6):
        other = Lead(pk=lead.pk + number, owner=rep, trade="bakery")
        found.add(merge.fields_for(other, rep, None)["pain"])
    assert found == {"a", "b", "c"}
    assert merge.fields_for(lead, rep, None) == merge.fields_for(lead, rep, None)


@pytest.mark.parametrize(
    ("code", "name"), [("GB", "United Kingdom"), ("pl", "Poland"), ("XX", "XX"), ("", "")]
)
def test_country_names(code: str, name: str) -> None:
    assert merge.country_name(code) == name


def test_render_knows_only_the_closed_list() -> None:
    fields = {"first_name": "Marta", "password": "secret"}
    result = merge.render("{{first_name}} {{password}} {{company}}", fields)
    assert result.text == "Marta {{password}} your company"
    assert result.missing == ["password"]


def test_every_field_has_a_label_a_description_and_a_column_or_none() -> None:
    for field in merge.FIELDS.values():
        assert field.label and field.description
    names = {f.name for f in Lead._meta.get_fields()}
    assert {c for f in merge.FIELDS.values() for c in f.columns} <= names


def test_lacking_names_the_columns() -> None:
    assert merge.lacking("sender_phone") is None
    assert str(merge.lacking("city", "lead__")) == "(AND: ('lead__city', ''))"


def test_query_count(lead: Lead, rep: Any, workspace: Any, django_assert_num_queries: Any) -> None:
    fresh = Lead.objects.select_related("owner").get(pk=lead.pk)
    with django_assert_num_queries(4):
        merge.fields_for(fresh, rep, None)


@pytest.mark.parametrize(
    ("noted", "language", "inside"),
    [
        ("Leak checks", "", "leak checks"),
        ("F-gas deadline", "en", "F-gas deadline"),
        ("HVAC noise", "en", "HVAC noise"),
        ("Nachtausfall", "de", "Nachtausfall"),
    ],
)
def test_a_noted_pain_fits_inside_a_sentence(lead, rep, noted, language, inside):
    lead.language = language
    Pain.objects.create(lead=lead, text=noted, verified=True, noted_at=date(2026, 11, 1))
    assert merge.fields_for(lead, rep, None)["pain"] == inside
