"""The product's own mail to people who work here: a digest, a report. Text and HTML of one content.

Written once as blocks, sent by Django's mail as the password reset is. Nothing here goes to leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from salesagent.accounts.models import Notification, User, Workspace
from salesagent.lib.text import clean, one_line

INK, MUTED, LINE, BRAND = "#16211e", "#5a6863", "#e1e6e2", "#0e6470"
FONT = "font-family:Inter,system-ui,-apple-system,'Segoe UI',sans-serif"
QUIET = "Auto-Submitted", "auto-generated"


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: what it is, a word more, and where it leads."""

    title: str
    text: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Figures side by side: (number as shown, what it is)."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to press. `link` is a path of ours."""

    label: str
    link: str


Block = Heading | Text | Row | Numbers | Button
Attachment = tuple[str, bytes, str]  # name, content, type


def shown(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    """(kind, block) for a page that shows the mail: accounts/_mail.html."""
    return [(type(block).__name__.lower(), block) for block in blocks]


def leaves() -> bool:
    """Whether a mail server is set; else what is sent lies in a folder of this server."""
    return str(settings.EMAIL_BACKEND) != "salesagent.mail.SystemMailbox"


def absolute(link: str) -> str:
    return str(urljoin(settings.SITE_URL.rstrip("/") + "/", link))


# --- the text ------------------------------------------------------------------------------------


def as_text(blocks: Sequence[Block], footer: str, change: Button | None = None) -> str:
    more = [f"{change.label}: {absolute(change.link)}"] if change else []
    return "\n".join([*(_plain(block) for block in blocks), "-- ", footer, *more])


def _plain(block: Block) -> str:
    match block:
        case Heading(text):
            return f"{text}\n{'-' * min(len(text), 60)}"
        case Text(text):
            return f"{text}\n"
        case Row(title, text, link):
            lines = [
                f"* {title}",
                f"  {text}" if text else "",
                f"  {absolute(link)}" if link else "",
            ]
            return "\n".join(line for line in lines if line) + "\n"
        case Numbers(pairs):
            return "\n".join(f"{number} {what}" for number, what in pairs) + "\n"
        case Button(label, link):
            return f"{label}:\n{absolute(link)}\n"


# --- the HTML ------------------------------------------------------------------------------------


def as_html(
    subject: str, brand: str, blocks: Sequence[Block], footer: str, change: Button | None = None
) -> str:
    """A white card of 560 px on any ground; no image, nothing fetched, each word escaped."""
    inside, last = "".join(_html(block) for block in blocks), escape(footer)
    if change:
        url = escape(absolute(change.link))
        last += f' <a href="{url}" style="color:{MUTED}">{escape(change.label)}</a>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(subject)}</title></head>"
        f'<body style="margin:0;padding:24px 12px;{FONT};font-size:15px;line-height:1.55">'
        f'<div style="max-width:560px;margin:0 auto;background:#ffffff;color:{INK};'
        f'border:1px solid {LINE};border-radius:12px;padding:24px">'
        f'<p style="margin:0 0 16px;font-weight:650;color:{BRAND}">{escape(brand)}</p>'
        f'{inside}<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid {LINE};'
        f'font-size:12px;color:{MUTED}">{last}</p></div></body></html>'
    )


def _html(block: Block) -> str:
    match block:
        case Heading(text):
            return f'<h2 style="margin:20px 0 8px;font-size:16px;color:{INK}">{escape(text)}</h2>'
        case Text(text):
            return f'<p style="margin:0 0 12px;color:{INK}">{escape(text)}</p>'
        case Row():
            return _row(block)
        case Numbers(pairs):
            return _numbers(pairs)
        case Button(label, link):
            style = (
                f"display:inline-block;background:{BRAND};color:#ffffff;text-decoration:none;"
                "padding:10px 16px;border-radius:9px;font-weight:600"
            )
            url = escape(absolute(link))
            return (
                f'<p style="margin:16px 0"><a href="{url}" style="{style}">{escape(label)}</a></p>'
            )


def _row(row: Row) -> str:
    title = escape(row.title)
    if row.link:
        title = f'<a href="{escape(absolute(row.link))}" style="color:{BRAND}">{title}</a>'
    more = f'<br><span style="font-size:13px;color:{MUTED}">{escape(row.text)}</span>'
    style = f"margin:0;padding:8px 0;border-top:1px solid {LINE};color:{INK}"
    return f'<p style="{style}">{title}{more if row.text else ""}</p>'


def _numbers(pairs: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f'<td style="padding:0 16px 8px 0;color:{INK}"><span style="font-size:20px;'
        f'font-weight:650">{escape(number)}</span><br><span style="font-size:12px;'
        f'color:{MUTED}">{escape(what)}</span></td>'
        for number, what in pairs
    )
    return f'<table role="presentation" cellspacing="0" cellpadding="0"><tr>{cells}</tr></table>'


# --- sending -------------------------------------------------------------------------------------


def send(
    user: User,
    subject: str,
    blocks: Sequence[Block],
    *,
    why: str,
    change: Button | None = None,
    attachments: Sequence[Attachment] = (),
    once: Notification | None = None,
) -> bool:
    """Send it; False when it was sent before or the account is closed. Raises what mail raises.

    `why`: the last line, why they get this; `change`: where to change that. `once`: a notice that
    stands for this mail. It is claimed before the mail leaves and given back when that fails, so
    two workers, or one that is killed and comes again, never send it twice.
    """
    if not user.is_active or not (once is None or _claim(once)):
        return False
    try:
        parts: dict[str, Any] = {"change": change, "attachments": attachments, "once": once}
        build(user, subject, blocks, why=why, **parts).send()
    except Exception:
        if once is not None:
            Notification.objects.filter(pk=once.pk).update(mailed_at=None)
        raise
    return True


def _claim(notice: Notification) -> bool:
    rows = Notification.objects.filter(pk=notice.pk, mailed_at=None)
    return bool(rows.update(mailed_at=timezone.now()))


def build(
    user: User,
    subject: str,
    blocks: Sequence[Block],
    *,
    why: str,
    change: Button | None = None,
    attachments: Sequence[Attachment] = (),
    once: Notification | None = None,
) -> EmailMultiAlternatives:
    brand = one_line(Workspace.current().name, 120) or "SalesAgent"
    subject = one_line(subject, 150)
    mail = EmailMultiAlternatives(
        subject, clean(as_text(blocks, why, change)), None, [user.email], headers=dict([QUIET])
    )
    if once is not None:
        mail.extra_headers["Message-ID"] = f"<notice-{once.pk}.{once.created_at:%Y%m%d}@salesagent>"
    mail.attach_alternative(clean(as_html(subject, brand, blocks, why, change)), "text/html")
    for name, content, kind in attachments:
        mail.attach(name, content, kind)
    return mail
