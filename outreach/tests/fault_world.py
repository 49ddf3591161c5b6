"""What the fault tests share: people, approved touches, a mailbox at a server of the test's own."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from leads.models import Company, Lead
from outreach.models import Mailbox, Touch
from outreach.services import enrollment as enrollments
from outreach.services import planning, policy

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw
STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "body")


def person(owner: Any, number: int, **changes: Any) -> Lead:
    """Somebody with a company of their own, whom we may write to."""
    company = Company.objects.create(name=f"Firm {number}", name_key=f"firm {number}")
    given = {
        "owner": owner,
        "company": company,
        "company_name": company.name,
        "first_name": f"P{number}",
        "email": f"p{number}@one{number}.example",
        "country": "PL",
        "time_zone": "Europe/Warsaw",
        "lawful_basis": "consent",
    }
    return Lead.objects.create(**(given | changes))


def approve(lead: Any, mailbox: Any, number: int = 1, **changes: Any) -> Touch:
    """A touch that a person has approved, due an hour ago."""
    values = {
        "lead": lead,
        "mailbox": mailbox,
        "kind": Touch.Kind.MANUAL,
        "channel": "email",
        "to_address": lead.email,
        "subject": f"Question {number}",
        "body": f"Text {number}",
        "state": Touch.State.APPROVED,
        "due_at": TUESDAY - timedelta(hours=1),
        "message_id": f"<{number}@halden.example>",
        "approved_by": lead.owner,
    } | changes
    touch = Touch(**values)
    touch.approved_hash = policy.text_hash(touch)
    touch.save()
    return touch


def sequence_touch(
    lead: Any, mailbox: Any, sequence: Any, now: datetime = TUESDAY, **changes: Any
) -> Touch:
    """The approved next touch of somebody who is enrolled."""
    row = enrollments.enroll(lead, sequence, user=lead.owner, mailbox=mailbox, now=now)
    step = planning.step_after(row)
    assert step is not None
    given = {"kind": Touch.Kind.SEQUENCE, "enrollment": row, "step": step, "step_key": step.key}
    return approve(lead, mailbox, **given | changes)


def state(touch: Touch) -> str:
    touch.refresh_from_db()
    return str(touch.state)


def at_server(mailbox: Mailbox, port: int) -> Mailbox:
    """The mailbox sends through the SMTP server on that port of this machine."""
    Mailbox.objects.filter(pk=mailbox.pk).update(
        transport="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", username=""
    )
    mailbox.refresh_from_db()
    return mailbox


def at_once(*works: Callable[[], object]) -> None:
    """Each in its own thread, let go together; what one of them raises fails the test."""
    barrier, faults = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait(30)
            work()
        except BaseException as error:  # noqa: BLE001  shown by the assert below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert faults == []


class Stalling:
    """An SMTP server that keeps to the rules until `stage`, then falls silent or resets.

    `bodies`: how many contents it has received whole; `tries`: how often it was connected to.
    """

    def __init__(self, stage: str, end: str) -> None:
        self.stage, self.end = stage, end
        self.bodies = self.tries = 0
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.tries += 1
            thread = threading.Thread(target=self._talk, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            if self._ends("connect", client):
                return
            client.sendall(b"220 ready\r\n")
            for line in lines:
                verb = line[:4].decode().strip().lower()
                if self._ends(verb, client):
                    return
                client.sendall(b"354 go on\r\n" if verb == "data" else b"250 ok\r\n")
                if verb == "data" and not self._body(client, lines):
                    return

    def _body(self, client: socket.socket, lines: Any) -> bool:
        if self.stage == "body" and self.end == "reset":
            lines.readline()  # some of it, then the end
            return not self._ends("body", client)
        while lines.readline() != b".\r\n":
            pass
        self.bodies += 1
        if self._ends("body", client):
            return False
        client.sendall(b"250 taken\r\n")
        return True

    def _ends(self, stage: str, client: socket.socket) -> bool:
        if stage != self.stage:
            return False
        if self.end == "reset":  # RST instead of FIN
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self._over.wait(30)
        return True


@contextmanager
def stalling(stage: str, end: str) -> Iterator[Stalling]:
    server = Stalling(stage, end)
    try:
        yield server
    finally:
        server.stop()
