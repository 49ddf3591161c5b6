# ruff: noqa: F811
"""The pages of Google Sheets: who may, the way to Google and back, from an address to leads."""

import urllib.parse
from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead, Sheet
from leads.services import sheets
from leads.tests.sheets_kit import (  # noqa: F401  a fixture
    ADA,
    BEN,
    HEADER,
    account,
    brought_in,
    connected,
    google,
)
from leads.tests.sheets_server import FILE, World
from outreach.tests.gmail import id_token, point_to
from salesagent.accounts import connections
from salesagent.accounts.google_files import SCOPE
from salesagent.tests.peers.faults import FaultServer, ok

ROOT = "/settings/connections/google-sheets/"


def leave(browser: Any) -> dict[str, str]:
    answer = browser.get(ROOT + "sign-in/")
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer["Location"]).query))


@pytest.fixture
def signing(settings: Any, faults_server: FaultServer) -> FaultServer:
    point_to(settings, faults_server.base)
    settings.SITE_URL = "https://sales.example"
    grant = {
        "access_token": "ya29.new",
        "refresh_token": "1//never-shown",
        "expires_in": 3599,
        "scope": f"openid {SCOPE}",
        "id_token": id_token("ingrid@halden.example", faults_server.base),
    }
    faults_server.script("/token", ok(grant))
    return faults_server


def test_the_way_to_google_and_back(signing: FaultServer, owner: Any, as_user: Any) -> None:
    browser = as_user(owner)
    assert "Continue to Google" in browser.get(ROOT).content.decode()
    asked = leave(browser)
    assert asked["redirect_uri"] == f"https://sales.example{ROOT}back/"
    assert asked["scope"].split() == ["openid", "email", SCOPE]
    answer = browser.get(ROOT + "back/", {"code": "4/x", "state": asked["state"]})
    assert answer["Location"] == ROOT
    row = connections.active(sheets.SERVICE)
    assert row and (row.account, row.user, row.state) == ("ingrid@halden.example", None, "on")
    page = browser.get(ROOT).content.decode()
    assert "is connected" in page and "never-shown" not in page
    again = browser.get(ROOT + "back/", {"code": "4/x", "state": asked["state"]}, follow=True)
    assert "not valid any more" in again.content.decode()


def test_an_unticked_box_connects_nothing(signing: FaultServer, owner: Any, as_user: Any) -> None:
    token = id_token("ingrid@halden.example", signing.base)
    given = {"access_token": "a", "refresh_token": "b", "scope": "openid", "id_token": token}
    signing.script("/token", ok(given))
    browser = as_user(owner)
    state = leave(browser)["state"]
    page = browser.get(ROOT + "back/", {"code": "4/x", "state": state}, follow=True)
    assert "left unticked" in page.content.decode()
    assert connections.active(sheets.SERVICE) is None


def test_without_a_google_app(settings: Any, owner: Any, as_user: Any) -> None:
    settings.GOOGLE_CLIENT_ID = ""
    page = as_user(owner).get(ROOT).content.decode()
    assert "docs/sheets.md" in page and reverse("leads:import") in page


def test_from_an_address_to_leads(google: World, owner: Any, as_user: Any, run_queue: Any) -> None:
    google.put(HEADER, ADA, BEN)
    account()
    browser = as_user(owner)
    address = f"https://docs.google.com/spreadsheets/d/{FILE}/edit"
    answer = browser.post(ROOT + "add/", {"address": address})
    sheet = Sheet.objects.get()
    assert answer["Location"] == f"{ROOT}{sheet.pk}/"
    page = browser.get(answer["Location"]).content.decode()
    assert "Look at the rows" in page and "Read now" not in page
    browser.post(f"{ROOT}{sheet.pk}/start/", {"do": "look"})
    assert "Reading Fair 2026" in browser.get(f"{ROOT}{sheet.pk}/").content.decode()
    run_queue()
    batch = sheets.batches(sheet).get()
    match = browser.get(reverse("leads:import_match", args=[batch.pk])).content.decode()
    assert "In your sheet" in match and "Read it another way" not in match
    mapping = {f"c{i}": code for i, code in batch.mapping.items()}
    browser.post(reverse("leads:import_match", args=[batch.pk]), mapping)
    run_queue()
    answers = {
        "basis": "legitimate_interest",
        "basis_source": "Fair",
        "duplicates": "update",
        "owner": f"user:{owner.pk}",
        "tag": "",
    }
    browser.post(reverse("leads:import_check", args=[batch.pk]), answers)
    run_queue()
    assert Lead.objects.count() == 2
    page = browser.get(f"{ROOT}{sheet.pk}/").content.decode()
    assert "2 rows with a lead" in page and "Read now" in page and "Status written" in page
    done = browser.get(reverse("leads:import_run", args=[batch.pk])).content.decode()
    assert ROOT in done


def test_several_tabs_are_asked_about(google: World, owner: Any, as_user: Any) -> None:
    google.put(HEADER, ADA, gid=1, title="North")
    google.put(HEADER, BEN, gid=2, title="South")
    account()
    browser = as_user(owner)
    page = browser.post(ROOT + "add/", {"address": FILE}).content.decode()
    assert "Which tab?" in page and "South" in page
    browser.post(ROOT + "add/", {"address": FILE, "gid": "2"})
    assert Sheet.objects.get().tab == "South"


def test_a_sheet_that_google_does_not_show(google: World, owner: Any, as_user: Any) -> None:
    account()
    address = "https://docs.google.com/spreadsheets/d/1SomebodyElsesSheet0123456789/edit"
    answer = as_user(owner).post(ROOT + "add/", {"address": address})
    assert answer.status_code == 422 and "made from here" in answer.content.decode()


def test_a_new_sheet(google: World, owner: Any, as_user: Any) -> None:
    account()
    browser = as_user(owner)
    assert browser.post(ROOT + "make/", {"title": ""}).status_code == 422
    browser.post(ROOT + "make/", {"title": "Fair 2027"})
    assert Sheet.objects.get().title == "Fair 2027"


def test_managers_look_and_do_not_act(
    google: World, owner: Any, manager: Any, as_user: Any, run_queue: Any
) -> None:
    google.put(HEADER, ADA, ["", "", "no address"])
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    browser = as_user(manager)
    page = browser.get(f"{ROOT}{sheet.pk}/").content.decode()
    assert "Row 3" in page and "Stop using" not in page and "Read now" not in page
    assert browser.post(f"{ROOT}{sheet.pk}/off/").status_code == 404


def test_options_off_and_disconnect(google: World, owner: Any, as_user: Any) -> None:
    google.put(HEADER, ADA)
    sheet = connected(google, owner)
    browser = as_user(owner)
    browser.post(f"{ROOT}{sheet.pk}/keep/", {"hourly": "on"})
    sheet.refresh_from_db()
    assert (sheet.hourly, sheet.status_on) == (True, False)
    refused = browser.post(f"{ROOT}{sheet.pk}/start/", {"do": "refresh"}, follow=True)
    assert "bring them in first" in refused.content.decode()
    assert browser.post(f"{ROOT}{sheet.pk}/start/", {"do": "anything"}).status_code == 404
    browser.post(f"{ROOT}{sheet.pk}/off/")
    assert browser.get(f"{ROOT}{sheet.pk}/").status_code == 404
    browser.post(ROOT + "off/")
    assert connections.active(sheets.SERVICE) is None


def test_the_line_on_connections(google: World, owner: Any, rep: Any, as_user: Any) -> None:
    where = reverse("settings:connections")
    assert "Google Sheets" in as_user(rep).get(where).content.decode()
    google.put(HEADER, ADA)
    sheet = connected(google, owner)
    Sheet.objects.filter(pk=sheet.pk).update(state="stopped", error="A column is gone.")
    page = as_user(owner).get(where).content.decode()
    assert "Google Sheets needs you." in page and "A column is gone." in page


def test_queries(
    google: World, owner: Any, as_user: Any, run_queue: Any, django_assert_max_num_queries: Any
) -> None:
    google.put(HEADER, *([f"P{n}", "Q", f"p{n}@x.example"] for n in range(30)))
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    browser = as_user(owner)
    for page in (ROOT, f"{ROOT}{sheet.pk}/"):
        with django_assert_max_num_queries(25):
            answer = browser.get(page)
        assert answer.status_code == 200 and sheet.title in answer.content.decode()
