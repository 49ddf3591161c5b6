"""The whole way against a Gmail that we did not write: connect, send, answer, poll, paused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import ThreadEvent
from outreach.channels.gmail import GmailTransport
from outreach.channels.gmail_api import READ, SEND
from outreach.models import InboundMessage, Mailbox, Task, Touch
from outreach.services import ledger_check, mailboxes, policy, polling, reconciling, sending
from outreach.services.transports import config_for, transport_for
from salesagent.accounts import connections, oauth
from salesagent.accounts.models import Connection
from salesagent.tests.peers.emulate import Google

pytestmark = [pytest.mark.peer, pytest.mark.django_db]
CALLBACK = "https://sales.example/settings/mailboxes/gmail/callback/"
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw


@pytest.fixture
def google(emulate_google: Google, settings: Any) -> Iterator[Google]:
    emulate_google.allow_redirect(CALLBACK)
    settings.SITE_URL = "https://sales.example"
    settings.GOOGLE_CLIENT_ID = emulate_google.client_id
    settings.GOOGLE_CLIENT_SECRET = emulate_google.client_secret
    settings.SERVICE_URLS = {
        **settings.SERVICE_URLS,
        "gmail": emulate_google.base,
        "google_auth": emulate_google.authorize_url,
        "google_token": emulate_google.token_url,
        "google_revoke": emulate_google.revoke_url,
    }
    yield emulate_google


@pytest.fixture
def box(google: Google, rep: Any, workspace: Any) -> Mailbox:
    workspace.mailbox_min_gap = 0
    workspace.save()
    answer = walk(google, rep)
    assert answer.status_code == 302, answer.content.decode()
    return Mailbox.objects.get()


def walk(google: Google, user: Any, without: str = "") -> Any:
    """The person's way: our page, Google's page, back to us; `without`: a box they untick."""
    browser = Client()
    browser.force_login(user)
    there = browser.get("/settings/mailboxes/gmail/go/")["Location"]
    if without:
        there = there.replace(without.rpartition("/")[2], "x")
    back = google.consent(there)
    return browser.get(back.removeprefix("https://sales.example"))


def approved(lead: Any, box: Mailbox, number: int = 1, **values: Any) -> Touch:
    touch = Touch(
        lead=lead, mailbox=box, kind="manual", channel="email", to_address=lead.email,
        subject="Cold rooms", body=f"Text {number}", state="approved",
        message_id=f"<{number}@halden.example>", due_at=TUESDAY - timedelta(hours=1),
        approved_by=box.user, **values,
    )  # fmt: skip
    touch.approved_hash = policy.text_hash(touch)
    touch.save()
    return touch


def poll(box: Mailbox) -> int:
    Mailbox.objects.update(next_poll_at=None)
    return polling.poll(Mailbox.objects.select_related("user").get(pk=box.pk))


def test_connect_send_answer_poll(google: Google, box: Mailbox, lead: Any) -> None:
    assert (box.address, box.transport) == (google.user, "gmail")
    steps = mailboxes.test(box)
    assert all(step.ok for step in steps), steps
    poll(box)
    first = approved(lead, box)
    sending.send_due(TUESDAY)
    first.refresh_from_db()
    assert first.state == "sent"
    sent = google.messages()[-1]
    assert google.header(sent, "Message-ID") == "<1@halden.example>"
    google.import_reply("<1@halden.example>", lead.email, "Yes, Thursday suits me.")
    poll(box)
    row = InboundMessage.objects.get(state="threaded")
    assert (row.lead, row.matched_by) == (lead, "references")
    event = ThreadEvent.objects.get(kind="reply.received")
    assert event.body == "Yes, Thursday suits me."
    assert not InboundMessage.objects.exclude(pk=row.pk).exists(), "our own copy is not counted"
    follow_up = approved(lead, box, 2, in_reply_to="<1@halden.example>")
    sending.send_due(TUESDAY + timedelta(minutes=5))
    follow_up.refresh_from_db()
    assert follow_up.state == "sent"
    assert google.messages()[-1]["threadId"] == sent["threadId"]


def test_an_answer_to_an_id_that_gmail_replaced_is_matched_by_its_thread(
    google: Google, box: Mailbox, lead: Any
) -> None:
    touch = approved(lead, box)
    sending.send_due(TUESDAY)
    sent = google.messages()[-1]
    Touch.objects.filter(pk=touch.pk).update(message_id="<before@halden.example>")
    poll(box)
    google.import_reply(google.header(sent, "Message-ID"), "assistant@other.example", "Call us.")
    poll(box)
    row = InboundMessage.objects.get(state="threaded")
    assert (row.lead, row.matched_by) == (lead, "thread")


def test_an_unticked_box_connects_nothing(google: Google, rep: Any) -> None:
    page = walk(google, rep, without=READ).content.decode()
    assert "One box was left unticked" in page
    assert not Mailbox.objects.exists()


def test_a_changed_verifier_is_refused_by_google(google: Google, rep: Any) -> None:
    """PKCE: a code that was seen on its way is worth nothing without the verifier."""
    browser = Client()
    browser.force_login(rep)
    there = browser.get("/settings/mailboxes/gmail/go/")["Location"]
    session = browser.session
    session["gmail_sign_in"] = {**session["gmail_sign_in"], "verifier": "x" * 64}
    session.save()
    back = google.consent(there)
    page = browser.get(back.removeprefix("https://sales.example")).content.decode()
    assert "used already or is too old" in page and not Mailbox.objects.exists()


def test_a_withdrawn_sign_in_pauses_and_connecting_again_goes_on(
    google: Google, box: Mailbox, lead: Any, rep: Any
) -> None:
    touch = approved(lead, box)
    row = Connection.objects.get()
    kept = connections.secret_of(row)
    google.revoke(kept["refresh_token"])
    connections.renew(row, {**kept, "expires_at": "0"})
    sending.send_due(TUESDAY)
    box.refresh_from_db()
    touch.refresh_from_db()
    assert (box.state, box.paused_code, touch.state) == ("paused", "auth", "approved")
    assert Task.objects.filter(kind="attention", owner=rep).exists()
    assert google.messages() == []
    assert walk(google, rep).status_code == 302
    sending.send_due(TUESDAY + timedelta(minutes=1))
    touch.refresh_from_db()
    assert touch.state == "sent" and len(google.messages()) == 1


def test_a_token_is_renewed_with_google(google: Google, box: Mailbox) -> None:
    row = Connection.objects.get()
    before = connections.secret_of(row)["access_token"]
    connections.renew(row, {**connections.secret_of(row), "expires_at": "0"})
    after = oauth.access_token(row.pk)
    assert after != before and google.messages(token=after) == []


def test_reading_anew_gives_nothing_twice(google: Google, box: Mailbox, lead: Any) -> None:
    """What a lost history leads to: everything is looked through, each is known already."""
    for number in range(5):
        google.import_reply("", lead.email, f"Question {number}", subject=f"Q{number}")
    poll(box)
    assert InboundMessage.objects.count() == ThreadEvent.objects.filter(
        kind="reply.received"
    ).count() == 5  # fmt: skip
    Mailbox.objects.update(history_id="")
    poll(box)
    assert InboundMessage.objects.count() == 5
    assert Mailbox.objects.get().history_id


def test_mail_from_before_the_connection_is_not_read(
    google: Google, rep: Any, workspace: Any, lead: Any
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = lead.email, google.user, "Old"
    mail["Message-ID"], mail["Date"] = "<old@polna.example>", "Mon, 02 Nov 2026 10:00:00 +0000"
    mail.set_content("Old")
    google.import_raw(mail.as_bytes())
    assert walk(google, rep).status_code == 302
    assert poll(Mailbox.objects.get()) == 0


def test_what_was_lost_on_the_way_back_is_found(google: Google, box: Mailbox, lead: Any) -> None:
    """Gmail took the mail, we never heard so: the id settles it, nothing is sent again."""
    touch = approved(lead, box)
    transport = GmailTransport(config_for(Mailbox.objects.get()))
    from outreach.channels.email import Email
    from outreach.services.letters import message_for
    from salesagent.accounts.models import Workspace

    with Email().open(config_for(Mailbox.objects.get())) as session:
        session.send(message_for(touch, Workspace.current(), timezone.now(), []))
    Touch.objects.filter(pk=touch.pk).update(state="unknown", updated_at=timezone.now())
    assert transport.find("<1@halden.example>") is True
    assert transport.find("<2@halden.example>") is False
    assert reconciling.reconcile() == 1
    touch.refresh_from_db()
    assert touch.state == "sent" and len(google.messages()) == 1


def test_the_ledger_agrees_with_the_account(google: Google, box: Mailbox, lead: Any) -> None:
    approved(lead, box)
    sending.send_due(TUESDAY)
    google.import_reply("<1@halden.example>", lead.email, "Yes")
    google.import_reply("", "news@shop.example", "Buy", subject="Offer")
    poll(box)
    found = ledger_check.check(Mailbox.objects.select_related("connection").get(pk=box.pk))
    assert found.error == "" and found.missing == 0
    assert found.on_server == found.threaded + found.ignored + found.waiting == 2
    items = transport_for(Mailbox.objects.get()).inventory(box.poll_from)
    assert len(list(items)) == 2
    assert SEND in Connection.objects.get().scopes
