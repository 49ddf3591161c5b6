"""Settings, Twilio and WhatsApp templates; texts under Received mail."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from outreach.models import Template
from outreach.services import texts_inbound
from outreach.tests.texts import MOBILE, OURS, SECOND, SID, TOKEN, came, connect, mobile, sid
from salesagent.accounts import connections
from salesagent.accounts.models import AuditEntry, Connection
from salesagent.tests.peers import faults

PAGE = "/settings/twilio/"


def form(**changes: Any) -> dict[str, Any]:
    return {"account": SID, "auth_token": TOKEN, "sms_from": "+1 500 555 0006"} | changes


@pytest.fixture
def twilio(
    settings: Any, faults_server: faults.FaultServer, monkeypatch: pytest.MonkeyPatch
) -> faults.FaultServer:
    monkeypatch.setattr("salesagent.lib.http.sleep", lambda seconds: None)
    base = faults_server.base
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "twilio": base, "twilio_content": base}
    return faults_server


def test_connecting_stores_the_token_encrypted_and_shows_it_never(owner: Any, as_user: Any) -> None:
    client = as_user(owner)
    assert client.post(PAGE, form()).status_code == 302
    row = Connection.objects.get()
    assert connections.secret_of(row) == {"auth_token": TOKEN}
    assert row.settings["sms_from"] == OURS
    page = client.get(PAGE).content.decode()
    assert TOKEN not in page and SID in page
    assert "/hooks/twilio/inbound/" in page
    assert AuditEntry.objects.filter(action="settings.changed").exists()


def test_an_empty_token_keeps_the_stored_one_of_the_same_account(owner: Any, as_user: Any) -> None:
    connect()
    client = as_user(owner)
    assert client.post(PAGE, form(auth_token="", auth_token_2="")).status_code == 302
    secret = connections.secret_of(Connection.objects.get())
    assert secret == {"auth_token": TOKEN, "auth_token_2": SECOND}
    other = "AC" + "f" * 32
    response = client.post(PAGE, form(account=other, auth_token=""))
    assert response.status_code == 422
    assert b"Enter the auth token of this account." in response.content


def test_the_second_token_is_forgotten(owner: Any, as_user: Any) -> None:
    connect()
    as_user(owner).post(PAGE, form(auth_token="", drop_second="on"))
    assert connections.secret_of(Connection.objects.get()) == {"auth_token": TOKEN}


def test_another_account_takes_the_place_of_the_first(owner: Any, as_user: Any) -> None:
    connect()
    as_user(owner).post(PAGE, form(account="AC" + "f" * 32))
    active = connections.active("twilio")
    assert active is not None and active.account == "AC" + "f" * 32
    assert Connection.objects.get(account=SID).state == "off"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"account": "AC1"}, "An account SID is AC"),
        ({"auth_token": "short"}, "no auth token"),
        ({"sms_from": "12"}, "country code"),
        ({"sms_service": "MG1"}, "A messaging service is MG"),
        ({"whatsapp_from": "javascript:alert(1)"}, "country code"),
    ],
)
def test_what_cannot_be_right_is_refused(
    owner: Any, as_user: Any, changes: dict[str, str], word: str
) -> None:
    response = as_user(owner).post(PAGE, form(**changes))
    assert response.status_code == 422 and word in response.content.decode()
    assert not Connection.objects.exists()


def test_only_the_owner_sees_it(rep: Any, manager: Any, as_user: Any) -> None:
    for user in (rep, manager):
        for name in ("twilio", "whatsapp_templates"):
            assert as_user(user).get(reverse(f"outreach:{name}")).status_code == 404


def test_checking_says_what_is_wrong(owner: Any, as_user: Any, twilio: faults.FaultServer) -> None:
    connect()
    path = f"/2010-04-01/Accounts/{SID}.json"
    twilio.script(path, faults.refuse(401, {"code": 20003}), faults.refuse(401, {"code": 20003}))
    client = as_user(owner)
    client.post("/settings/twilio/check/")
    row = Connection.objects.get()
    assert row.state == "broken" and "auth token" in row.error
    assert b"Twilio needs you." in client.get(PAGE).content
    twilio.script(path, faults.ok({"friendly_name": "Halden"}))
    client.post("/settings/twilio/check/")
    assert Connection.objects.get().state == "on"


def test_a_test_goes_to_my_own_phone_only(
    owner: Any, as_user: Any, twilio: faults.FaultServer
) -> None:
    connect()
    client = as_user(owner)
    client.post("/settings/twilio/test/", {"channel": "sms", "to": "+4912345"})
    assert twilio.requests == []
    owner.phone = MOBILE
    owner.save()
    twilio.script(f"/2010-04-01/Accounts/{SID}/Messages.json", faults.ok({"sid": sid(1)}, 201))
    client.post("/settings/twilio/test/", {"channel": "sms", "to": "+4912345"})
    assert twilio.requests[0].form()["To"] == MOBILE
    client.post("/settings/twilio/test/", {"channel": "pigeon"})
    assert len(twilio.requests) == 1


def test_switching_off_forgets_the_secret(owner: Any, as_user: Any) -> None:
    connect()
    as_user(owner).post("/settings/twilio/off/")
    row = Connection.objects.get()
    assert (row.state, row.secret) == ("off", "")


def test_templates_are_fetched_and_mapped(
    owner: Any, as_user: Any, twilio: faults.FaultServer
) -> None:
    connect()
    one = {
        "sid": sid(1, "HX"), "friendly_name": "due", "language": "en",
        "types": {"twilio/text": {"body": "Hello {{1}}, <b>due</b>"}},
        "approval_requests": {"status": "approved"},
    }  # fmt: skip
    twilio.script("/v1/ContentAndApprovals", faults.ok({"contents": [one], "meta": {}}))
    client = as_user(owner)
    client.post("/settings/whatsapp/sync/")
    row = Template.objects.get(content_sid=sid(1, "HX"))
    page = client.get("/settings/whatsapp/").content.decode()
    assert "&lt;b&gt;due" in page and "Approved" in page
    client.post(f"/settings/whatsapp/{row.pk}/fields/", {f"t{row.pk}-1": "company"})
    row.refresh_from_db()
    assert row.body == "Hello {{company}}, <b>due</b>"
    wrong = client.post(f"/settings/whatsapp/{row.pk}/fields/", {f"t{row.pk}-1": "password"})
    assert wrong.status_code == 422
    assert client.post("/settings/whatsapp/999/fields/").status_code == 404


# --- Received mail ---


@pytest.fixture
def unknown(owner: Any) -> Any:
    files = [{"name": "Picture (image/jpeg)", "url": ""}]
    return texts_inbound.receive(
        came("Who is this? <script>", name="Ola <b>N", sender="+48509999999", attachments=files)
    )


def test_an_unknown_number_becomes_a_lead(unknown: Any, owner: Any, as_user: Any) -> None:
    client = as_user(owner)
    text = client.get(_page(unknown)).content.decode()
    assert "+48509999999" in text and "&lt;script&gt;" in text and "by SMS" in text
    assert "Picture (image/jpeg)" in text
    data = {"new-first_name": "Ola", "new-phone": "+48509999999"}
    response = client.post(reverse("outreach:inbound_new_lead", args=[unknown.pk]), data)
    lead = Lead.objects.get(phone="+48509999999")
    assert response.url == reverse("leads:detail", args=[lead.pk])
    assert (lead.lawful_basis, lead.email) == ("enquiry", None)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.lead) == ("threaded", lead)


def _page(row: Any) -> str:
    return reverse("outreach:inbound", args=[row.pk])


def test_who_may_see_a_text_of_an_unknown_number(
    unknown: Any, rep: Any, manager: Any, workspace: Any, as_user: Any
) -> None:
    assert as_user(rep).get(_page(unknown)).status_code == 404
    assert as_user(manager).get(_page(unknown)).status_code == 200
    assert b"Who is this?" in as_user(manager).get(reverse("outreach:inbound_list")).content
    assert b"Who is this?" not in as_user(rep).get(reverse("outreach:inbound_list")).content
    workspace.form_owner = rep
    workspace.save()
    second = texts_inbound.receive(came("And you?", 2, sender="+48509999998"))
    assert as_user(rep).get(_page(second)).status_code == 200


def test_a_rep_makes_no_lead_of_a_colleagues_number(
    workspace: Any, rep: Any, stranger: Any, lead: Any, as_user: Any
) -> None:
    lead = mobile(lead)
    Lead.objects.filter(pk=lead.pk).update(owner=stranger)
    workspace.form_owner = rep
    workspace.save()
    row = texts_inbound.receive(came("Hi", sender="+48509999999"))
    data = {"new-first_name": "Ola", "new-phone": MOBILE}
    response = as_user(rep).post(reverse("outreach:inbound_new_lead", args=[row.pk]), data)
    assert b"a colleague" in response.content and response.status_code == 200
    row.refresh_from_db()
    assert row.state == "unmatched"


def test_the_thread_shows_texts_and_the_stop(lead: Any, rep: Any, as_user: Any) -> None:
    texts_inbound.receive(came("Call me <b>soon</b>", 1, sender=mobile(lead).phone))
    texts_inbound.receive(came("STOP", 2))
    page = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "Call me &lt;b&gt;soon" in page
    assert "Asked to stop" in page and "STOP" in page
