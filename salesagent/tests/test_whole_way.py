"""The whole way of a lead, by the pages and the queue alone: from a file to an answered thread.

Nothing is stubbed: real views, the ordinary tasks, mail through the file mailbox. Only the clock is
set, to a Tuesday morning on which both sides work.
"""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string

from leads.models import ImportBatch, Inquiry, Lead, Suppression
from leads.services import inquiry
from outreach.channels.maildir import FileTransport
from outreach.models import Enrollment, InboundMessage, Sequence, Task, Touch
from outreach.services import confirmation
from outreach.services.transports import config_for

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw and Copenhagen
PEOPLE = "\r\n".join(
    (
        "Vorname;Nachname;E-Mail;Firma;Ort;Land;Branche",
        "Marta;Kowalczyk;m.kowalczyk@polna.example;Polna Bakeries;Poznań;PL;bakery",
        "Piotr;Nowak;p.nowak@polna.example;Polna Bakeries;Poznań;PL;bakery",
        "Jürgen;Groß;j.gross@kuehlhaus.example;Kühlhaus Münster;Münster;DE;logistics",
    )
)
pytestmark = pytest.mark.usefixtures("workspace")


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def client(rep: Any, as_user: Callable[[Any], Client], clock: Any, settings: Any) -> Client:
    settings.SESSION_COOKIE_AGE = 90 * 86400  # these tests live through weeks
    return as_user(rep)


def tick() -> None:
    import_string("outreach.tasks.tick")()


def poll() -> None:
    import_string("outreach.tasks.poll_mailboxes")()


def import_people(client: Client, run_queue: Any) -> ImportBatch:
    """Through the four pages of the wizard."""
    file = SimpleUploadedFile("messe.csv", PEOPLE.encode("cp1250"))
    match = client.post("/leads/import/", {"file": file}).url
    batch = ImportBatch.objects.get()
    if batch.dialect["encoding"] != "cp1250":  # a guess; a person corrects it
        changed = {"reread": "1", "encoding": "cp1250", "delimiter": ";", "has_header": "on"}
        client.post(match, changed)
        batch.refresh_from_db()
    columns = {f"c{number}": field for number, field in batch.mapping.items()}
    check = client.post(match, columns).url
    run_queue()
    answers = {
        "basis": "legitimate_interest",
        "basis_source": "Trade fair",
        "duplicates": "fill",
        "owner": f"user:{batch.user_id}",
    }
    client.post(check, answers)
    run_queue()
    batch.refresh_from_db()
    return batch


def running_sequence(client: Client) -> Sequence:
    client.get("/sequences/")  # brings the ready-made ones
    page = client.post("/sequences/copy/", {"code": "name-the-pain"}).url
    client.post(f"{page}state/", {"state": "running"})
    return Sequence.objects.get()


def approve(client: Client, touch: Touch) -> Any:
    """What the button posts: the hash of the words on the page."""
    page = client.get(f"/approvals/{touch.pk}/").content.decode()
    seen = re.search(r'name="seen_hash" value="([0-9a-f]{64})"', page)
    assert seen and touch.subject in page
    return client.post(f"/approvals/{touch.pk}/approve/", {"seen_hash": seen[1]})


def sent_mails(mailbox: Any) -> list[EmailMessage]:
    folder = FileTransport(config_for(mailbox)).folder() / "sent"
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=default) for path in paths]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def answer(mailbox: Any, mail: EmailMessage, text: str) -> None:
    """Put an answer into the mailbox, as a mail program writes it."""
    reply = EmailMessage()
    reply["From"], reply["To"] = str(mail["To"]), mailbox.address
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Message-ID"] = "<answer-1@polna.example>"
    reply["In-Reply-To"] = reply["References"] = str(mail["Message-ID"])
    quoted = "\n".join(f"> {line}" for line in text_of(mail).splitlines())
    reply.set_content(f"{text}\n\nOn Tue, 24 Nov 2026, Jonas Weber wrote:\n{quoted}\n")
    transport = FileTransport(config_for(mailbox))
    path = transport.folder() / "new" / f"{transport.deliver(reply.as_bytes()):010d}.eml"
    now = timezone.now().timestamp()
    os.utime(path, (now, now))  # the files' own clock is not set


def queued() -> list[str]:
    from django_q.models import OrmQ

    return [row.func() for row in OrmQ.objects.all()]


def kinds(lead: Lead) -> list[str]:
    return list(lead.events.order_by("id").values_list("kind", flat=True))


def test_from_a_file_to_an_answered_thread(
    client: Client, clock: Any, mailbox: Any, run_queue: Any
) -> None:
    batch = import_people(client, run_queue)
    assert (batch.state, batch.counts["new"]) == ("done", 3)
    marta, piotr, juergen = Lead.objects.order_by("pk")
    assert (marta.city, juergen.last_name) == ("Poznań", "Groß")
    assert marta.company_id == piotr.company_id != juergen.company_id
    assert all(lead.score > 0 and lead.score_reasons for lead in (marta, piotr, juergen))

    sequence = running_sequence(client)
    assert sequence.steps.count() == 5
    assert sequence.steps.filter(channel="email").count() == 3
    ids = [marta.pk, piotr.pk, juergen.pk]
    client.post("/sequences/enroll/", {"ids": ids, "sequence": sequence.pk})
    assert Enrollment.objects.filter(state="active").count() == 3

    clock.shift(timedelta(hours=1))
    tick()
    first = Touch.objects.get(lead=marta)
    assert (first.state, first.channel, first.checks_passed) == ("draft", "email", True)
    assert "Marta" in first.body and "{{" not in first.subject + first.body
    clock.shift(timedelta(hours=3))
    tick()
    assert sent_mails(mailbox) == [], "nothing goes out before a person approved it"

    clock.move_to(TUESDAY + timedelta(days=1))
    assert approve(client, first).status_code == 302
    tick()
    assert sent_mails(mailbox) == [], "twenty seconds to take it back"
    clock.shift(timedelta(seconds=21))
    tick()
    (mail,) = sent_mails(mailbox)
    first.refresh_from_db()
    assert (first.state, mail["Message-ID"]) == ("sent", first.message_id)
    assert (mail["To"].addresses[0].addr_spec, mail["Subject"]) == (marta.email, first.subject)
    assert "Kanalgade 4" in text_of(mail) and mail["List-Unsubscribe"]
    tick()
    assert len(sent_mails(mailbox)) == 1

    clock.shift(timedelta(hours=2))
    answer(mailbox, mail, "Yes, that is a topic. Can you call me on Thursday?")
    poll()
    assert InboundMessage.objects.get().matched_by == "references"
    assert "reply.classified" not in kinds(marta), "it pauses before anything understands it"
    assert "outreach.tasks.classify_reply" in queued()
    states = dict(Enrollment.objects.values_list("lead", "state"))
    assert states == {marta.pk: "paused", piotr.pk: "paused", juergen.pk: "active"}
    reasons = dict(Enrollment.objects.values_list("lead", "reason"))
    assert (reasons[marta.pk], reasons[piotr.pk]) == ("replied", "company_replied")
    run_queue()
    told = kinds(marta)
    order = ["lead.imported", "enrollment.started", "touch.drafted", "touch.approved", "touch.sent"]
    order += ["reply.received", "enrollment.paused", "reply.classified", "touch.drafted"]
    assert [kind for kind in told if kind in order] == order
    drafted = Touch.objects.get(answers__lead=marta)
    assert (drafted.kind, drafted.state, drafted.writer) == ("reply", "draft", "template")
    task = Task.objects.get(lead=marta, kind="answer")
    assert (task.state, task.owner_id) == ("open", batch.user_id)

    clock.shift(timedelta(days=9))
    tick()
    assert Touch.objects.filter(lead=marta, kind="sequence").count() == 1
    drafted.refresh_from_db()
    assert drafted.state == "draft", "an answer waits for a person, however long"
    piotrs = Touch.objects.get(lead=piotr)
    approve(client, piotrs)
    clock.shift(timedelta(seconds=21))
    tick()
    assert len(sent_mails(mailbox)) == 1, "a colleague of somebody who answered is not written to"

    page = client.get(f"/leads/{marta.pk}/").content.decode()
    lines = page[page.index('id="tl-lines"') :]
    words = ["messe.csv", "Name the pain", first.subject, "Can you call me on Thursday?"]
    places = [lines.index(word) for word in words]
    assert places == sorted(places), "the thread reads from the file down to the answer"
    assert "Jonas Weber wrote" not in lines[places[-1] :], "the quoted mail is not shown twice"
    today = client.get("/today/").content.decode()
    assert "Marta" in today and "Answer first" in today


def test_the_form_makes_a_lead_a_two_minute_line_and_one_mail_a_day(
    owner: Any, rep: Any, workspace: Any, mailbox: Any, clock: Any, run_queue: Any
) -> None:
    workspace.form_owner = rep
    workspace.save()
    words = ("We have your message", "Hi {{first_name|there}}, thanks.")
    confirmation.save(owner, *words, approve=True)
    visitor = Client()

    def enquire(message: str) -> None:
        token = re.search(
            r'name="token" value="([^"]+)"', visitor.get("/f/contact/").content.decode()
        )
        assert token
        clock.shift(timedelta(seconds=inquiry.MIN_SECONDS + 1))
        data = {"name": "Ewa Mazur", "company": "Morgenbrod", "email": "ewa@morgenbrod.example"}
        sent = visitor.post("/f/contact/", {**data, "message": message, "token": token[1]})
        assert sent.status_code == 302
        run_queue()

    def after_the_undo_time() -> None:
        clock.shift(timedelta(seconds=21))
        tick()

    enquire("Our cold room fails at night. Two rooms, urgent.")
    lead = Lead.objects.get()
    assert (lead.owner, lead.lawful_basis, lead.last_name) == (rep, "enquiry", "Mazur")
    assert lead.score > 0
    task = Task.objects.get(kind="enquiry")
    event = lead.events.get(kind="lead.inquired")
    assert task.owner == rep and task.deadline_at == event.occurred_at + timedelta(minutes=2)
    after_the_undo_time()
    (mail,) = sent_mails(mailbox)
    assert mail["Subject"] == "We have your message" and "Hi Ewa, thanks." in text_of(mail)

    enquire("One more thing: how soon could somebody come?")
    after_the_undo_time()
    assert Lead.objects.count() == 1 and Inquiry.objects.count() == 2
    assert Task.objects.filter(kind="enquiry").count() == 2
    assert len(sent_mails(mailbox)) == 1, "a second enquiry on one day is not confirmed again"
    clock.shift(timedelta(hours=25))
    enquire("It is broken again.")
    after_the_undo_time()
    assert len(sent_mails(mailbox)) == 2


def test_the_stop_link_of_a_sent_mail_ends_everything(
    client: Client, clock: Any, mailbox: Any, run_queue: Any
) -> None:
    import_people(client, run_queue)
    sequence = running_sequence(client)
    lead = Lead.objects.get(first_name="Jürgen")
    client.post("/sequences/enroll/", {"ids": [lead.pk], "sequence": sequence.pk})
    clock.move_to(TUESDAY + timedelta(days=1))
    tick()
    approve(client, Touch.objects.get())
    clock.shift(timedelta(seconds=21))
    tick()
    (mail,) = sent_mails(mailbox)
    found = re.search(r"http://[^/\s]+(/u/[^\s>]+/)", text_of(mail))
    assert found
    # the answer that is written just now, approved and on its way
    client.post(
        f"/leads/{lead.pk}/compose/",
        {
            "channel": "email",
            "action": "send",
            "mail-subject": "One more thing",
            "mail-body": "Hello Jürgen, one more thing about your cold rooms.",
            "mail-token": str(uuid.uuid4()),
        },
    )
    assert Touch.objects.filter(state="approved").count() == 1
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(found[1]).status_code == 200
    assert not Suppression.objects.exists(), "mail scanners follow links"
    assert stranger.post(found[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    clock.shift(timedelta(minutes=1))
    tick()
    assert len(sent_mails(mailbox)) == 1, "the policy holds it even before the queue ran"
    run_queue()
    assert Enrollment.objects.get().state == "stopped"
    assert not Touch.objects.filter(state__in=["draft", "approved", "todo"]).exists()
    for _day in range(21):
        clock.shift(timedelta(days=1))
        tick()
    assert len(sent_mails(mailbox)) == 1
    assert "lead.suppressed" in kinds(lead)
