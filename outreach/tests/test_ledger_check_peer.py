"""The daily proof against a real IMAP server: what it lists, what is fetched, what lies in Spam."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from imapclient import IMAPClient

from leads.models import Lead
from outreach.channels import imap
from outreach.models import InboundMessage, Mailbox, Touch
from outreach.services import ledger_check, polling, transports
from outreach.tests import peers
from outreach.tests.mails import mail

pytestmark = pytest.mark.peer
MINE = "<0123456789abcdef0123456789abcdef@halden.example>"


@pytest.fixture(scope="module")
def _server() -> Iterator[peers.Dovecot]:
    with peers.dovecot() as found:
        yield found


@pytest.fixture
def client(_server: peers.Dovecot) -> Iterator[IMAPClient]:
    """Signed in as the mailbox's owner, with an empty inbox and Spam."""
    found = IMAPClient("127.0.0.1", port=_server.port, ssl=False)
    found.login(peers.USER, peers.PASSWORD)
    if not found.folder_exists("Junk"):
        found.create_folder("Junk")
    for folder in ("INBOX", "Junk"):
        found.select_folder(folder)
        if uids := found.search("ALL"):
            found.delete_messages(uids)
            found.expunge()
    found.unselect_folder() if found.has_capability("UNSELECT") else found.close_folder()
    yield found
    found.logout()


@pytest.fixture
def box(rep: Any, _server: peers.Dovecot, lead: Lead, workspace: Any) -> Mailbox:
    found = Mailbox.objects.create(
        user=rep, address=peers.USER, from_name="Jonas Weber", username=peers.USER,
        password=peers.PASSWORD, imap_host="127.0.0.1", imap_port=_server.port,
        imap_security="none", poll_from=timezone.now() - timedelta(days=30),
    )  # fmt: skip
    Touch.objects.create(
        lead=lead, channel="email", mailbox=found, state="sent", message_id=MINE,
        to_address=lead.email, due_at=timezone.now(), sent_at=timezone.now() - timedelta(days=2),
    )  # fmt: skip
    return found


def _put(client: IMAPClient, content: bytes, folder: str = "INBOX", hours: int = 5) -> None:
    client.append(folder, content, msg_time=timezone.now() - timedelta(hours=hours))


def test_all_is_listed_and_what_was_missed_comes_in(box: Mailbox, client: IMAPClient) -> None:
    for n in range(3):
        _put(client, mail(f"Answer {n}"))
    polling.poll(box)
    InboundMessage.objects.order_by("-uid")[0].delete()
    _put(client, mail("Newsletter", sender="n@shop.example", List_Id="<shop>"), hours=24 * 20)
    row = ledger_check.check(Mailbox.objects.get(pk=box.pk))
    assert (row.on_server, row.missing, row.fetched) == (3, 0, 1)  # one was not known any more
    assert row.error == ""


def test_answers_in_spam_are_not_lost_and_other_spam_is_left_alone(
    box: Mailbox, client: IMAPClient, lead: Lead
) -> None:
    _put(client, mail("Yes, gladly.", sender="x@unknown.example", In_Reply_To=MINE), "Junk")
    _put(client, mail("Win!", sender="spam@spam.example", In_Reply_To="<no@x>"), "Junk")
    assert ledger_check.look_into_spam(box, timezone.now()) == 1
    row = InboundMessage.objects.get()
    assert (row.lead, row.matched_by, row.text) == (lead, "references", "Yes, gladly.")
    assert row.uidvalidity < 0
    check = ledger_check.check(box)
    assert (check.on_server, check.threaded, check.missing) == (1, 1, 0)


def test_looking_leaves_no_trace(box: Mailbox, client: IMAPClient) -> None:
    _put(client, mail("Yes"))
    _put(client, mail("Yes"), "Junk")
    with imap.open(transports.config_for(box)) as found:
        items = list(found.inventory(timezone.now() - timedelta(days=2)))
        assert [item.junk for item in items] == [False, True]
        assert len(list(found.pick(items))) == 2
    for folder in ("INBOX", "Junk"):
        client.select_folder(folder, readonly=True)
        flags = client.get_flags(client.search("ALL"))
        assert all(b"\\Seen" not in mine for mine in flags.values())


def test_a_thousand_mails_are_listed_in_batches(
    box: Mailbox, client: IMAPClient, _server: peers.Dovecot
) -> None:
    moment = time.time() - 7200
    folder = _server.maildir / "cur"
    for n in range(1000):
        path = folder / f"{int(moment)}.M{n}P1.test,S=300:2,"
        path.write_bytes(mail(f"{n}"))
        os.utime(path, (moment, moment))
        os.chown(path, _server.uid, _server.gid)
    with imap.open(transports.config_for(box)) as found:
        items = list(found.inventory(timezone.now() - timedelta(days=2)))
    assert len(items) == 1000 and all(item.message_id for item in items)
    for path in folder.glob("*.test*"):
        path.unlink()
