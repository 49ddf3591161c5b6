"""Settings, Mail service: connect, check, add a sender; and what an answer does not carry."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outreach.mail.compose import compose
from outreach.models import Mailbox, Step, Touch, TrackedLink
from outreach.services import drafting, esp, letters
from outreach.tests.work import draft
from salesagent.accounts.models import Workspace
from salesagent.tests.peers import faults

pytestmark = pytest.mark.django_db
URL = "/settings/connections/mail-service/"
KEY = "pm-key-0123456789"


def test_connecting_keeps_the_key_and_never_shows_it(as_user: Any, owner: Any) -> None:
    client = as_user(owner)
    assert client.get(URL).status_code == 200
    assert client.post(f"{URL}postmark/", {"api_key": "a b"}).status_code == 422
    assert client.post(f"{URL}postmark/", {"api_key": KEY}).status_code == 302
    row = esp.row_of("postmark")
    assert row is not None and KEY not in row.settings.values()
    before = esp.hook_url(row)
    page = client.get(f"{URL}postmark/").content.decode()
    assert KEY not in page and before in page
    client.post(f"{URL}postmark/", {"api_key": "", "stream": "sales"})
    row = esp.row_of("postmark")
    assert row is not None and esp.stored(row) == {"api_key", "hook"}
    assert row.settings == {"stream": "sales"} and esp.hook_url(row) == before


def test_the_check_says_what_the_service_says(
    as_user: Any, owner: Any, settings: Any, faults_server: Any
) -> None:
    client = as_user(owner)
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "esp": faults_server.base}
    client.post(f"{URL}postmark/", {"api_key": KEY})
    faults_server.script("*", faults.refuse(401, {"Message": "Bad token"}))
    client.post(f"{URL}postmark/check/")
    row = esp.row_of("postmark")
    assert row is not None and row.state == "broken" and "Bad token" in row.error
    faults_server.script("*", faults.ok({"Name": "Server"}))
    client.post(f"{URL}postmark/check/")
    row.refresh_from_db()
    assert row.state == "on"


def test_a_sender_reads_its_answers_by_imap(as_user: Any, owner: Any) -> None:
    client = as_user(owner)
    client.post(f"{URL}postmark/", {"api_key": KEY})
    data = {
        "address": "sales@halden.example",
        "from_name": "Jonas Halden",
        "username": "",
        "password": "imap-password",
        "imap_host": "imap.halden.example",
        "imap_port": "993",
        "imap_security": "tls",
    }
    answer = client.post("/settings/mailboxes/new/?service=postmark", data)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    box = Mailbox.objects.get(address="sales@halden.example")
    assert box.transport == "esp" and box.connection == esp.row_of("postmark")
    assert client.get(f"/settings/mailboxes/{box.pk}/").status_code == 200


@pytest.mark.parametrize(("kind", "wrote", "bare"), [
    ("reply", None, True),
    ("manual", 3, True),
    ("manual", 40, False),
    ("manual", None, False),
    ("sequence", 3, False),
])  # fmt: skip
def test_an_answer_carries_no_footer(
    kind: str, wrote: int | None, bare: bool, lead: Any, sequence: Any, mailbox: Any
) -> None:
    touch = draft(lead, sequence, mailbox)
    touch.kind = kind
    lead.replied_at = timezone.now() - timedelta(days=wrote) if wrote else None
    touch.lead = lead
    raw = compose(letters.message_for(touch, Workspace.current(), timezone.now(), ()))
    assert (b"List-Unsubscribe" not in raw) is bare
    assert (b"Do not want these mails" not in raw) is bare


def test_no_click_yet_is_true_until_somebody_clicks(lead: Any, sequence: Any, mailbox: Any) -> None:
    touch = draft(lead, sequence, mailbox)
    step = sequence.steps.get(position=2)
    step.condition = Step.Condition.NO_CLICK
    assert drafting._applies(step, lead)
    link = TrackedLink.objects.create(touch=touch, number=1, url="https://halden.example/")
    assert drafting._applies(step, lead)
    TrackedLink.objects.filter(pk=link.pk).update(clicks=1)
    assert not drafting._applies(step, lead)
    assert Touch.objects.filter(pk=touch.pk).exists()
