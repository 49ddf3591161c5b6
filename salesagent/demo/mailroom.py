"""The demo's post office: what the product wrote into its folders, and answers to it."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from pathlib import Path

from django.utils import timezone

from outreach.channels.maildir import FileTransport
from outreach.models import Mailbox, Touch
from outreach.services.transports import config_for
from salesagent.lib.text import clean, one_line

SHOWN = 40
NAME = re.compile(r"[0-9a-f]{40}\.eml")
TEXT_LIMIT = 5000
QUICK = {
    "yes": "Sounds good, can we talk Thursday?",
    "question": "What would this cost for three sites?",
    "stop": "Not interested. Please stop writing to me.",
    "away": "I am out of office until {day}.",
    "left": "I have left the company. Please write to Sara Nowak, sara.nowak@{domain}.",
}
AUTOMATIC = ("away", "left")  # a mail program sends these by itself, and marks them so


@dataclass(frozen=True)
class Mail:
    """One mail as the person who got it sees it."""

    mailbox: Mailbox
    name: str
    at: datetime
    message: EmailMessage

    @property
    def sender(self) -> str:
        return one_line(str(self.message["From"] or ""))

    @property
    def recipient(self) -> Address | None:
        found = getattr(self.message["To"], "addresses", ())
        return found[0] if found else None

    @property
    def subject(self) -> str:
        return one_line(str(self.message["Subject"] or ""), 300) or "(no subject)"

    @property
    def message_id(self) -> str:
        return one_line(str(self.message["Message-ID"] or ""))

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return clean(str(part.get_content())).replace("\r\n", "\n") if part else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, one_line(str(value), 600)) for name, value in self.message.items()]

    @property
    def touch(self) -> Touch | None:
        rows = Touch.objects.select_related("lead", "enrollment")
        return rows.filter(message_id=self.message_id).first()


def newest(mailboxes: Iterable[Mailbox]) -> list[Mail]:
    """The last mails that went out, newest first."""
    found = [
        (path.stat().st_mtime, mailbox, path)
        for mailbox in mailboxes
        for path in _sent(mailbox).glob("*.eml")
    ]
    found.sort(key=lambda item: item[0], reverse=True)
    return [_read(mailbox, path) for _, mailbox, path in found[:SHOWN]]


def open_mail(mailbox: Mailbox, name: str) -> Mail | None:
    """One mail by its file name; None when there is none of that name."""
    path = _sent(mailbox) / name
    return _read(mailbox, path) if NAME.fullmatch(name) and path.is_file() else None


def _sent(mailbox: Mailbox) -> Path:
    return FileTransport(config_for(mailbox)).folder() / "sent"


def _read(mailbox: Mailbox, path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=default)
    at = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone())
    return Mail(mailbox, path.name, at, message)


def quick_answers(now: datetime, mail: Mail | None) -> dict[str, str]:
    """The prepared answers, with a day to come and a colleague at the lead's own domain."""
    person = mail.recipient if mail else None
    domain = person.domain if person else "example.com"
    today = timezone.localtime(now)
    back = today + timedelta(days=14 - today.weekday())  # the Monday after next
    return {
        code: text.format(day=f"{back:%A %-d %B}", domain=domain) for code, text in QUICK.items()
    }


def answer(mail: Mail, text: str, *, automatic: bool = False) -> None:
    """Put a reply into the mailbox, just as a provider would."""
    FileTransport(config_for(mail.mailbox)).deliver(reply(mail, text, automatic).as_bytes())


def reply(mail: Mail, text: str, automatic: bool) -> EmailMessage:
    """What a mail program makes: thread headers, the original below unless it is automatic."""
    message, now = EmailMessage(policy=SMTP), timezone.now()
    person = mail.recipient
    if person is None:
        raise ValueError("the mail has no recipient")
    message["From"] = str(person)
    message["To"] = mail.mailbox.address
    subject = re.sub(r"(?i)^(re:\s*)+", "", mail.subject)
    message["Subject"] = f"{'Automatic reply' if automatic else 'Re'}: {subject}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{uuid.uuid4().hex}@{person.domain}>"
    message["In-Reply-To"] = mail.message_id
    message["References"] = f"{_references(mail)} {mail.message_id}".strip()
    if automatic:
        message["Auto-Submitted"] = "auto-replied"
    body = clean(text).strip()[:TEXT_LIMIT]
    message.set_content(body if automatic else f"{body}\n\n{_quote(mail)}\n")
    return message


def _references(mail: Mail) -> str:
    return one_line(str(mail.message["References"] or ""), 2000)


def _quote(mail: Mail) -> str:
    when = timezone.localtime(mail.at).strftime("%a, %-d %b %Y at %H:%M")
    lines = "\n".join(f"> {line}".rstrip() for line in mail.text.splitlines())
    return f"On {when}, {mail.sender} wrote:\n{lines}"
