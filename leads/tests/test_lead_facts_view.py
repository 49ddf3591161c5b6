"""The small forms beside the thread: pains, enquiry, deals, owner, stage and tags."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import Deal, Inquiry, Pain
from leads.services import notes

pytestmark = pytest.mark.usefixtures("workspace", "mailbox")


def _post(client, name, pk, **data):
    return client.post(reverse(f"leads:{name}", args=[pk]), data)


@pytest.fixture
def pain(lead):
    return Pain.objects.create(
        lead=lead, text="Night failures", source="Form", noted_at="2026-11-01", verified=False
    )


def test_a_pain_is_added_once_with_source_and_date(as_user, rep, lead):
    client = as_user(rep)
    for _ in range(2):
        assert (
            _post(client, "pain_add", lead.pk, text="Energy  cost", source="Call").status_code
            == 302
        )
    pain = lead.pains.get()
    assert (pain.text, pain.source, pain.verified) == ("Energy cost", "Call", True)
    assert pain.noted_at == timezone.localdate()
    assert lead.events.get().data == {"changes": "Pain added: Energy cost"}
    html = client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "Energy cost" in html and "Call, " in html


def test_an_empty_or_long_pain_is_refused_with_a_word(as_user, rep, lead):
    for text in ("", " ", "x" * 201):
        page = as_user(rep).post(
            reverse("leads:pain_add", args=[lead.pk]), {"text": text}, follow=True
        )
        assert "a few words" in page.content.decode()
    assert not lead.pains.exists()


def test_pains_have_a_limit(lead, rep):
    for number in range(notes.PAINS_MAX):
        notes.add_pain(lead, rep, text=f"Pain {number}")
    with pytest.raises(notes.NoteError, match="Delete one first"):
        notes.add_pain(lead, rep, text="One more")


def test_a_pain_is_confirmed_and_deleted(as_user, rep, lead, pain):
    client = as_user(rep)
    assert "Not checked" in client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    _post(client, "pain_confirm", pain.pk)
    _post(client, "pain_confirm", pain.pk)
    pain.refresh_from_db()
    assert pain.verified and lead.events.count() == 1
    assert _post(client, "pain_delete", pain.pk).status_code == 302
    assert not Pain.objects.exists() and lead.events.count() == 2
    assert _post(client, "pain_delete", pain.pk).status_code == 404


@pytest.fixture
def inquiry(lead):
    return Inquiry.objects.create(
        lead=lead,
        payload={"message": "14 sites"},
        extracted={"need": "Service", "urgency": "soon", "other": "kept"},
    )


def test_the_facts_of_an_enquiry_are_corrected_once(as_user, rep, lead, inquiry):
    client = as_user(rep)
    html = client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "“14 sites”" in html and 'value="Service"' in html
    _post(client, "inquiry_confirm", inquiry.pk, need="A contract", budget="9k")
    _post(client, "inquiry_confirm", inquiry.pk, need="Later click")
    inquiry.refresh_from_db()
    assert inquiry.reviewed_at and inquiry.extracted == {
        "need": "A contract",
        "urgency": "",
        "budget": "9k",
        "location": "",
        "other": "kept",
    }
    html = client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "A contract" in html and "These are right" not in html


@pytest.fixture
def deal(lead, rep):
    return Deal.objects.create(lead=lead, owner=rep, title="Cold rooms", value=100)


def test_a_deal_is_opened_and_won(as_user, rep, lead):
    client = as_user(rep)
    data = {
        "title": "Service",
        "value": "1200.50",
        "currency": "PLN",
        "expected_close": "2027-01-31",
    }
    assert _post(client, "deal_open", lead.pk, **data).status_code == 302
    deal = lead.deals.get()
    assert (str(deal.value), deal.currency, str(deal.expected_close)) == (
        "1200.50",
        "PLN",
        "2027-01-31",
    )
    _post(client, "deal_close", deal.pk, how="won", reason="The survey")
    deal.refresh_from_db()
    lead.refresh_from_db()
    assert (deal.stage, deal.reason, lead.stage) == ("won", "The survey", "won")
    page = as_user(rep).post(
        reverse("leads:deal_close", args=[deal.pk]), {"how": "lost", "reason": "x"}, follow=True
    )
    assert "closed this deal before" in page.content.decode()


def test_a_wrong_deal_keeps_what_was_typed(as_user, rep, lead, deal):
    answer = _post(
        as_user(rep), "deal_open", lead.pk, title="Big one", value="much", currency="EUR"
    )
    html = answer.content.decode()
    assert answer.status_code == 422 and 'value="Big one"' in html and 'value="much"' in html
    page = as_user(rep).post(
        reverse("leads:deal_close", args=[deal.pk]), {"how": "won", "reason": ""}, follow=True
    )
    assert "Say in a few words why" in page.content.decode()
    deal.refresh_from_db()
    assert deal.stage == "open"


@pytest.mark.parametrize("who", ["mate", "stranger", "other_manager"])
def test_strangers_get_404_everywhere(as_user, request, lead, pain, inquiry, deal, who):
    client = as_user(request.getfixturevalue(who))
    for name, pk in (
        ("pain_confirm", pain.pk),
        ("pain_delete", pain.pk),
        ("inquiry_confirm", inquiry.pk),
        ("deal_close", deal.pk),
        ("change", lead.pk),
    ):
        assert _post(client, name, pk, how="won", reason="x").status_code == 404
    assert client.get(reverse("leads:change", args=[lead.pk])).status_code == 404
    assert Pain.objects.filter(verified=False).exists() and not lead.events.exists()


def test_writing_needs_post(as_user, rep, lead, pain):
    for name, pk in (("pain_delete", pain.pk), ("pain_add", lead.pk), ("note", lead.pk)):
        assert as_user(rep).get(reverse(f"leads:{name}", args=[pk])).status_code == 405


def _change(**data):
    return {"owner": "", "stage": "new", "tags": "", "follow_up_at": "", **data}


def test_owner_stage_tags_and_follow_up_change_together(as_user, rep, mate, manager, lead):
    lead.tags = ["old", "stays"]
    lead.save()
    day = timezone.localdate() + timedelta(days=9)
    data = _change(owner=mate.pk, stage="meeting", tags="Stays, VIP , vip", follow_up_at=str(day))
    answer = _post(as_user(manager), "change", lead.pk, **data)
    assert answer.headers["Location"] == reverse("leads:detail", args=[lead.pk])
    lead.refresh_from_db()
    assert (lead.owner, lead.stage, lead.follow_up_at) == (mate, "meeting", day)
    assert sorted(lead.tags) == ["stays", "vip"]
    kinds = set(lead.events.values_list("kind", flat=True))
    assert kinds == {"lead.changed", "lead.stage_changed", "lead.assigned"}


def test_who_gives_a_lead_away_comes_back_to_the_list(as_user, rep, mate, lead):
    data = _change(owner=mate.pk)
    answer = _post(as_user(rep), "change", lead.pk, **data)
    assert answer.headers["Location"] == reverse("leads:list")


def test_a_wrong_change_is_said_and_changes_nothing(as_user, rep, stranger, lead):
    answer = _post(as_user(rep), "change", lead.pk, **_change(owner=stranger.pk, tags="kept words"))
    assert answer.status_code == 422 and "kept words" in answer.content.decode()
    many = ",".join(f"t{n}" for n in range(30))
    answer = _post(as_user(rep), "change", lead.pk, **_change(owner=rep.pk, tags=many))
    assert "At most 20 tags." in answer.content.decode()
    lead.refresh_from_db()
    assert lead.owner == rep and lead.tags == []


def test_saving_without_a_change_writes_nothing(as_user, rep, lead):
    page = as_user(rep).get(reverse("leads:change", args=[lead.pk]))
    assert page.status_code == 200
    assert _post(as_user(rep), "change", lead.pk, **_change(owner=rep.pk)).status_code == 302
    assert not lead.events.exists()
