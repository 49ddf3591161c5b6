"""Adding and editing a lead by hand: what is normalised, what is told at which field."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads import search
from leads.models import Company, Lead, ThreadEvent
from leads.services import editing
from leads.services.lifecycle import ChangeError

NEW = reverse("leads:new")
Make = Callable[..., Lead]
AsUser = Callable[[Any], Client]
GOOD = {
    "first_name": "Ada",
    "last_name": "Byron",
    "title": "Owner",
    "company_name": "Byron Mills",
    "email": " Ada@Byron-Mills.Example ",
    "phone": "020 7946 0018",
    "country": "United Kingdom",
    "language": "English",
    "trade": "Bakery",
    "tags": "Fair, VIP, fair",
    "lawful_basis": "legitimate_interest",
    "basis_source": "Trade fair",
    "pain": "Night alarms",
    "note": "Met at the stand.",
}


def add(client: Client, **changes: Any) -> Any:
    return client.post(NEW, {**GOOD, **changes})


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    return {name: list(texts) for name, texts in response.context["form"].errors.items()}


def test_a_lead_comes_in_clean(rep: Any, as_user: AsUser, run_queue: Any) -> None:
    response = add(as_user(rep), owner=rep.pk)
    lead = Lead.objects.get()
    assert response.url == f"/leads/{lead.pk}/"
    assert (lead.email, lead.phone) == ("ada@byron-mills.example", "+442079460018")
    assert (lead.country, lead.language, lead.trade) == ("GB", "en", "bakery")
    assert (lead.tags, lead.owner, lead.source) == (["fair", "vip"], rep, "By hand")
    assert lead.company and lead.company.name == "Byron Mills"
    assert lead.pains.get().text == "Night alarms"
    assert (lead.lawful_basis, lead.basis_source) == ("legitimate_interest", "Trade fair")
    kinds = list(lead.events.values_list("kind", flat=True))
    assert kinds == ["lead.created", "note.added"]
    assert search.find_leads(Lead.objects.all(), "byron mills").get() == lead
    run_queue()
    lead.refresh_from_db()
    assert lead.score == sum(points for _, points in lead.score_reasons) > 0


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("email", "no at sign", "not an email address"),
        ("email", "a@b@c.example", "not an email address"),
        ("email", "x" * 260 + "@a.example", "too long"),
        ("phone", "12 34", "could not be read"),
        ("phone", "call me", "could not be read"),
        ("linkedin_url", "https://evil.example/in/x", "linkedin.com"),
        ("country", "Atlantis", "not known"),
        ("language", "Klingon!", "two letters"),
        ("lawful_basis", "", "on what ground"),
        ("lawful_basis", "because", "not one of the available choices"),
        ("tags", ",".join(f"t{n}" for n in range(30)), "At most 20"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_kept(
    rep: Any, as_user: AsUser, field: str, value: str, word: str
) -> None:
    response = add(as_user(rep), owner=rep.pk, **{field: value})
    assert word in errors(response)[field][0]
    assert b"Byron Mills" in response.content
    assert not Lead.objects.exists()


def test_somebody_who_cannot_be_reached_is_refused(rep: Any, as_user: AsUser) -> None:
    response = add(as_user(rep), owner=rep.pk, email="", phone="")
    assert "phone number or a LinkedIn" in errors(response)["email"][0]


def test_header_injection_ends_as_one_line(rep: Any, as_user: AsUser) -> None:
    add(as_user(rep), owner=rep.pk, first_name="Ada\r\nBcc: x@y.example", company_name="A\nB")
    lead = Lead.objects.get()
    assert "\n" not in lead.first_name + lead.company_name


def test_a_duplicate_links_to_the_lead_for_those_who_see_it(
    lead: Lead, rep: Any, stranger: Any, as_user: AsUser
) -> None:
    mine = add(as_user(rep), owner=rep.pk, email="M.Kowalczyk@POLNA.example")
    assert f'<a href="/leads/{lead.pk}/">Marta Kowalczyk</a>' in errors(mine)["email"][0]
    assert f'<a href="/leads/{lead.pk}/">Marta Kowalczyk</a>' in mine.content.decode()
    theirs = add(as_user(stranger), owner=stranger.pk, email=lead.email)
    assert "with somebody you do not see" in errors(theirs)["email"][0]
    assert b"Marta" not in theirs.content


def test_an_escaped_name_in_the_duplicates_link(make_lead: Make, rep: Any, as_user: AsUser) -> None:
    make_lead(rep, first_name="<b>x", email="x@x.example")
    page = add(as_user(rep), owner=rep.pk, email="x@x.example").content
    assert b"&lt;b&gt;x</a>" in page and b"<b>x</a>" not in page


def test_the_same_linkedin_page_is_a_duplicate(lead: Lead, rep: Any, as_user: AsUser) -> None:
    response = add(as_user(rep), owner=rep.pk, linkedin_url=lead.linkedin_url + "/")
    assert "This LinkedIn page belongs to" in errors(response)["linkedin_url"][0]


def test_a_shared_number_asks_once_and_then_lets_in(lead: Lead, rep: Any, as_user: AsUser) -> None:
    client = as_user(rep)
    asked = add(client, owner=rep.pk, phone=lead.phone)
    assert "This number belongs to" in errors(asked)["phone"][0]
    assert b'name="same_phone"' in asked.content
    assert add(client, owner=rep.pk, phone=lead.phone, same_phone="on").status_code == 302
    assert Lead.objects.filter(phone=lead.phone).count() == 2


def test_the_owner_is_oneself_or_somebody_of_the_team(
    rep: Any, mate: Any, stranger: Any, manager: Any, as_user: AsUser
) -> None:
    assert errors(add(as_user(rep), owner=stranger.pk))["owner"]
    assert errors(add(as_user(rep), owner=""))["owner"]
    handed = add(as_user(rep), owner=mate.pk)
    assert handed.url == reverse("leads:list")  # out of the rep's sight
    assert add(as_user(manager), owner="", email="n@n.example", phone="").status_code == 302
    assert Lead.objects.get(email="n@n.example").owner is None


def test_the_company_is_found_again(lead: Lead, rep: Any, as_user: AsUser) -> None:
    add(as_user(rep), owner=rep.pk, company_name="POLNA Bakeries Ltd.", email="b@polna.example")
    assert Lead.objects.get(email="b@polna.example").company == lead.company
    assert Company.objects.count() == 1


def edit_data(client: Client, lead: Lead, **changes: Any) -> dict[str, Any]:
    form = client.get(reverse("leads:edit", args=[lead.pk])).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {k: v for k, v in {**data, **changes}.items() if v is not None}


def edit(client: Client, lead: Lead, **changes: Any) -> Any:
    data = edit_data(client, lead, **changes)
    return client.post(reverse("leads:edit", args=[lead.pk]), data)


def test_an_edit_writes_what_differs_and_says_so(lead: Lead, rep: Any, as_user: AsUser) -> None:
    response = edit(as_user(rep), lead, city="Gdańsk", email="Marta@Polna.example")
    assert response.url == f"/leads/{lead.pk}/"
    lead.refresh_from_db()
    assert (lead.city, lead.email) == ("Gdańsk", "marta@polna.example")
    assert "Gdańsk" in lead.search_text and "marta@polna.example" in lead.search_text
    event = ThreadEvent.objects.get(kind="lead.changed")
    assert event.data["changes"] == {
        "city": ["Poznań", "Gdańsk"],
        "email": ["m.kowalczyk@polna.example", "marta@polna.example"],
    }
    assert event.actor == rep.actor


def test_an_edit_without_a_change_writes_nothing(lead: Lead, rep: Any, as_user: AsUser) -> None:
    assert edit(as_user(rep), lead).status_code == 302
    assert not ThreadEvent.objects.exists()


def test_own_fields_are_edited_and_emptied(lead: Lead, rep: Any, as_user: AsUser) -> None:
    Lead.objects.filter(pk=lead.pk).update(custom={"Rooms": "4", "Alarm": "old"})
    lead.refresh_from_db()
    edit(as_user(rep), lead, own_0="new", own_1="")
    lead.refresh_from_db()
    assert lead.custom == {"Alarm": "new"}


def test_a_new_company_name_moves_the_lead(lead: Lead, rep: Any, as_user: AsUser) -> None:
    edit(as_user(rep), lead, company_name="Other Bakers", email="m@other.example")
    lead.refresh_from_db()
    assert lead.company and (lead.company.name, lead.company.domain) == (
        "Other Bakers",
        "other.example",
    )


def test_an_edit_is_scored_at_once(lead: Lead, rep: Any, as_user: AsUser) -> None:
    edit(as_user(rep), lead, title="Trainee")
    lead.refresh_from_db()
    assert ["Cannot decide", -10] in lead.score_reasons


def test_two_editors_do_not_overwrite_each_other(lead: Lead, rep: Any, as_user: AsUser) -> None:
    client = as_user(rep)
    data = edit_data(client, lead, city="Late")
    edit(client, lead, city="Early")
    address = reverse("leads:edit", args=[lead.pk])
    late = client.post(address, data)
    assert late.status_code == 422
    assert b"Somebody changed this lead" in late.content and b"Late" in late.content
    again = {**data, "seen": late.context["form"].data["seen"]}
    assert client.post(address, again).status_code == 302
    lead.refresh_from_db()
    assert lead.city == "Late"


def test_an_address_taken_in_the_meantime_is_told(lead: Lead, make_lead: Make, rep: Any) -> None:
    make_lead(rep, email="taken@x.example")
    with pytest.raises(ChangeError) as error:
        editing.edit_lead(lead, {"email": "taken@x.example"}, rep)
    assert (error.value.field, error.value.message) == ("email", "Another lead has this address.")
    assert not ThreadEvent.objects.exists()


def test_an_edit_to_anothers_address_is_refused(
    lead: Lead, make_lead: Make, rep: Any, as_user: AsUser
) -> None:
    make_lead(rep, first_name="Other", email="taken@x.example")
    assert (
        "This address belongs to"
        in errors(edit(as_user(rep), lead, email="TAKEN@x.example"))["email"][0]
    )


def test_an_archived_lead_is_brought_back_first(lead: Lead, rep: Any, as_user: AsUser) -> None:
    client = as_user(rep)
    client.post(reverse("leads:archive", args=[lead.pk]))
    address = reverse("leads:edit", args=[lead.pk])
    assert b"Bring it back to change it" in client.get(address).content
    assert client.post(address, {}).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("rep", 200),
        ("mate", 404),
        ("stranger", 404),
        ("manager", 200),
        ("other_manager", 404),
        ("owner", 200),
    ],
)
def test_who_may_edit(lead: Lead, request: Any, as_user: AsUser, who: str, status: int) -> None:
    client = as_user(request.getfixturevalue(who))
    address = reverse("leads:edit", args=[lead.pk])
    assert client.get(address).status_code == status
    assert client.post(address, {"first_name": "X"}).status_code == (422 if status == 200 else 404)
    lead.refresh_from_db()
    assert lead.first_name == "Marta"


def test_a_mate_edits_when_the_team_shares(
    lead: Lead, team: Any, mate: Any, as_user: AsUser
) -> None:
    team.team_view = True
    team.save()
    assert as_user(mate).get(reverse("leads:edit", args=[lead.pk])).status_code == 200


def test_a_lead_that_is_not_there(rep: Any, as_user: AsUser) -> None:
    assert as_user(rep).get(reverse("leads:edit", args=[99])).status_code == 404
