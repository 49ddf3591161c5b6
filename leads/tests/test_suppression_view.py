"""The do-not-contact page: managers and the owner, by address, with a trail."""

import csv
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from leads.models import Suppression
from leads.services.suppression import is_suppressed, mask, suppress
from salesagent.accounts.models import AuditEntry

URL = "/settings/suppression/"


@pytest.fixture
def row(lead: Any) -> Suppression:
    suppress(address=lead.email, reason="opted_out", source="link", actor="lead")
    return Suppression.objects.get()


def urls(row: Suppression) -> list[tuple[str, str]]:
    return [
        ("get", URL),
        ("post", f"{URL}look-up/"),
        ("post", f"{URL}add/"),
        ("post", f"{URL}list/"),
        ("get", f"{URL}{row.pk}/lift/"),
        ("post", f"{URL}{row.pk}/lift/"),
    ]


@pytest.mark.parametrize("who", ["rep", "mate", "stranger"])
def test_reps_have_no_such_page(who: str, row: Any, as_user: Any, request: Any) -> None:
    client = as_user(request.getfixturevalue(who))
    for method, url in urls(row):
        assert getattr(client, method)(url).status_code == 404
    assert Suppression.objects.count() == 1


def test_nobody_comes_in_without_a_login(row: Any, client: Any) -> None:
    for method, url in urls(row):
        assert getattr(client, method)(url).status_code == 302


@pytest.mark.parametrize("who", ["manager", "owner"])
def test_managers_see_the_masked_list(who: str, row: Any, as_user: Any, request: Any) -> None:
    page = as_user(request.getfixturevalue(who)).get(URL).content.decode()
    assert "m.k…@polna.example" in page and "m.kowalczyk@polna.example" not in page
    assert reverse("leads:suppression_lift", args=[row.pk]) in page


def test_look_up_by_address(row: Any, manager: Any, as_user: Any) -> None:
    client = as_user(manager)
    found = client.post(f"{URL}look-up/", {"address": "M.KOWALCZYK@polna.example"})
    assert b"asked to stop" in found.content
    other = client.post(f"{URL}look-up/", {"address": "x@polna.example"})
    assert b"is not on the list" in other.content
    assert client.post(f"{URL}look-up/", {"address": "nonsense"}).status_code == 422
    assert AuditEntry.objects.filter(action="suppression.looked_up").count() == 2


def test_add_one(lead: Any, manager: Any, as_user: Any) -> None:
    data = {"address": lead.email, "channel": "email", "source": "by phone"}
    assert as_user(manager).post(f"{URL}add/", data).status_code == 302
    assert is_suppressed(lead, "email") and not is_suppressed(lead, "phone")
    assert AuditEntry.objects.get().action == "suppression.added"


def test_add_says_what_is_wrong_and_keeps_the_rest(manager: Any, as_user: Any) -> None:
    data = {"address": "nonsense", "channel": "email", "source": "by phone"}
    response = as_user(manager).post(f"{URL}add/", data)
    assert response.status_code == 422
    assert b"This is no e-mail address" in response.content and b"by phone" in response.content


def test_a_pasted_list(lead: Any, manager: Any, as_user: Any) -> None:
    data = {"channel": "all", "source": "old CRM", "text": f"{lead.email}\nx@y.example"}
    assert as_user(manager).post(f"{URL}list/", data).status_code == 302
    assert is_suppressed(lead, "email") and Suppression.objects.count() == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_in_any_encoding(encoding: str, lead: Any, manager: Any, as_user: Any) -> None:
    content = f"Name;Adresse\nMüller;{lead.email}\nnichts;hier\n".encode(encoding)
    data = {
        "channel": "all",
        "source": "Excel",
        "file": SimpleUploadedFile("stop.csv", content),
    }
    response = as_user(manager).post(f"{URL}list/", data)
    assert response.status_code == 200 and b"1 address added" in response.content
    assert b"nichts hier" in response.content
    assert is_suppressed(lead, "email")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, b"Choose a file or paste"),
        ({"text": "nothing\nat all"}, b"no address in this list"),
    ],
)
def test_an_empty_list_is_explained(
    data: dict[str, str], message: bytes, manager: Any, as_user: Any
) -> None:
    given = {"channel": "all", "source": "x", **data}
    response = as_user(manager).post(f"{URL}list/", given)
    assert response.status_code == 422 and message in response.content


def test_lifting_needs_a_reason(row: Any, lead: Any, manager: Any, as_user: Any) -> None:
    client, url = as_user(manager), f"{URL}{row.pk}/lift/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": " "}).status_code == 422
    assert is_suppressed(lead, "email")
    assert client.post(url, {"reason": "asked to hear from us"}).status_code == 302
    assert not is_suppressed(lead, "email")
    assert AuditEntry.objects.get().data == {"reason": "asked to hear from us"}
    assert lead.events.last().kind == "lead.unsuppressed"


def test_a_complaint_cannot_be_lifted(row: Any, manager: Any, as_user: Any) -> None:
    Suppression.objects.update(reason="complaint")
    client = as_user(manager)
    assert client.post(f"{URL}{row.pk}/lift/", {"reason": "x"}).status_code == 404
    assert f"{row.pk}/lift/" not in client.get(URL).content.decode()


def test_pages_by_key(manager: Any, as_user: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(120):
        suppress(address=f"p{number}@x.example", reason="manual", source="", actor="system")
    client, seen, url = as_user(manager), [], URL
    for _ in range(3):
        with django_assert_max_num_queries(12):
            response = client.get(url)
        seen += [row.pk for row in response.context["rows"]]
        url = f"{URL}?before={response.context['next']}"
    assert len(seen) == len(set(seen)) == 120 and response.context["next"] is None


@pytest.mark.parametrize("before", ["x", "-1", "٣", "9" * 30])
def test_a_strange_page_does_not_exist(before: str, manager: Any, as_user: Any) -> None:
    assert as_user(manager).get(URL, {"before": before}).status_code == 404


def test_the_list_goes_out_as_csv_for_other_tools(as_user: Any, manager: Any, lead: Any) -> None:
    """In full where a lead still has the address; formulas are made harmless; it is noted."""
    suppress(
        address=lead.email, reason="opted_out", source="=cmd|' /C calc'!A0", actor="lead", lead=lead
    )
    suppress(address="gone@elsewhere.example", reason="manual", source="", actor="x")
    answer = as_user(manager).post(reverse("leads:suppression_export"))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines))
    assert [(row["Address"], row["In full"]) for row in rows] == [
        (mask("gone@elsewhere.example"), "no"),
        (lead.email, "yes"),
    ]
    assert rows[1]["Reason"] == "Asked to stop" and rows[1]["Source"].startswith("'=")
    assert AuditEntry.objects.filter(action="suppression.exported").count() == 1
