"""Fields that are mapped to something of another meaning: refused, or asked twice."""

from typing import Any

import pytest
from django.urls import reverse

from leads.crm.base import RemoteField
from leads.crm.merge import Field, merge_field
from leads.models import SyncConflict
from leads.services import crm_mapping
from leads.tests.crm import link_of, option


@pytest.fixture
def post(crm_connection: Any, owner: Any, as_user: Any) -> Any:
    url = reverse("leads:crm_fields", args=["fake", "contact"])
    client = as_user(owner)

    def work(**data: str) -> tuple[int, str, dict[str, str]]:
        answer = client.post(url, {key.replace("__", "."): one for key, one in data.items()})
        crm_connection.refresh_from_db()
        mapping = crm_connection.settings.get("mapping", {}).get("contact", {})
        return answer.status_code, " ".join(answer.content.decode().split()), mapping

    return work


def test_two_of_our_fields_are_not_one_there(post: Any) -> None:
    for data in (
        {"theirs__first_name": "email"},
        {"theirs__title": "favourite_colour", "theirs__city": "favourite_colour"},
        {"own__name": "Colour", "own__theirs": "title"},
    ):
        code, page, kept = post(**data)
        assert (code, kept) == (422, {}) and "would both be" in page
    code, _, kept = post(theirs__first_name="email", rule__email="off", sure="1")
    assert (code, kept) == (302, {"first_name": "email"})


def test_a_name_of_another_meaning_is_asked_twice(post: Any) -> None:
    code, page, kept = post(theirs__first_name="favourite_colour")
    assert (code, kept) == (422, {})
    assert "First name would be their Favourite colour" in page and "Save all the same" in page
    code, _, kept = post(theirs__first_name="favourite_colour", sure="1")
    assert (code, kept) == (302, {"first_name": "favourite_colour"})
    assert post(theirs__first_name="favourite_colour")[0] == 302  # it stands already


@pytest.mark.parametrize(
    ("kind", "code", "there", "fits"),
    [
        ("contact", "first_name", "date", False),
        ("contact", "last_name", "number", False),
        ("contact", "email", "yes_no", False),
        ("contact", "phone", "number", True),
        ("contact", "custom:Joined", "date", True),
        ("deal", "value", "date", False),
        ("deal", "value", "number", True),
        ("deal", "expected_close", "datetime", True),
        ("company", "name", "choice", True),
    ],
)
def test_by_type(kind: Any, code: str, there: str, fits: bool) -> None:
    field = RemoteField("x", "Something", there)
    assert (crm_mapping.problem(kind, {code: "x"}, {}, {}, [field]) == "") == fits


def test_names_that_are_alike_are_not_asked_about() -> None:
    alike = RemoteField("work_email__c", "Work email")
    assert crm_mapping.doubts("contact", {"email": "work_email__c"}, {}, [alike]) == []
    other = RemoteField("colour", "Colour")
    assert len(crm_mapping.doubts("contact", {"email": "colour"}, {}, [other])) == 1


@pytest.mark.parametrize("rule", ["newest", "there", "ask"])
def test_a_name_is_never_emptied_by_itself(rule: Any) -> None:
    emptied = Field("contact", "first_name", "Marta", "", "Marta")
    assert merge_field(emptied, rule) == "conflict"
    assert merge_field(Field("contact", "city", "Brno", "", "Brno"), rule) == "take_there"


def test_an_empty_field_there_asks_instead_of_emptying_names(
    there: Any, sync: Any, lead: Any, crm_connection: Any
) -> None:
    sync()
    option(crm_connection, mapping={"contact": {"first_name": "favourite_colour"}}, full=True)
    there.edit("contact", link_of(lead).remote_id, city="Porto")
    preview = sync(preview=True)
    assert preview.counts["decide"] == 1
    sync()
    lead.refresh_from_db()
    assert (lead.first_name, lead.city) == ("Marta", "Porto")
    assert SyncConflict.objects.get().field == "first_name"
