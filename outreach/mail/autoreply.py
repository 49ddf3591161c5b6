"""What an automatic answer says: which kind it is, when the person is back, whom to ask instead.

Pure, deterministic and linear in the text, of which 64 KB are read; never raises for what is in a
mail. Standards first (RFC 3834 Auto-Submitted, RFC 5321 null return path, RFC 8098 receipts, the
X- headers of common programs), then formulas. A person who speaks of a holiday is a person: words
that go on with a conversation outweigh everything but a machine's own mark.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from outreach.mail import autoreply_kinds as kinds
from outreach.mail import autoreply_roles as roles
from outreach.mail.autoreply_contact import Contact, contact
from outreach.mail.autoreply_dates import back_at_work
from outreach.mail.autoreply_fold import LIMIT, any_of, clean, fold
from outreach.mail.autoreply_spans import Reader, weekday_of
from outreach.mail.autoreply_words import AUTO_SUBJECTS

__all__ = ["KINDS", "AutoReply", "Contact", "read"]

KINDS = ("out_of_office", "left_company", "ticket", "not_monitored", "delivery", "human")
_MONTH_FIRST = ("US", "PH", "FM", "PW")
_SUBJECT_LIMIT = 998
_REPLY = re.compile(
    r"^\s{0,3}(?:re|aw|antw|sv|vs|odp|rv|ref|r|ynt|отв|απ)\s?(?:\[\d\])?\s?[:：]", re.I
)
_TONGUES = {
    "de": "ich nicht und bis der die ist sie",
    "en": "the and will you for i my your",
    "fr": "je vous le la les votre est pour",
    "es": "el los que para por estoy su en",
    "it": "il che sono per di mia non grazie",
    "pt": "não o da meu estou do em obrigado",
    "nl": "ik het een niet van tot ben voor",
    "pl": "nie w do jestem sie na z prosze",
    "sv": "jag ar och inte till pa som for",
    "da": "jeg er og ikke til fra med tak",
    "no": "jeg er og ikke til fra med takk",
    "fi": "olen ja en on voit viesti kiitos",
    "cs": "jsem na do za v se prosim dekuji",
    "sk": "som na do za v sa prosim dakujem",
    "hu": "a az es vagyok nem hogy koszonom kerjuk",
    "ro": "sunt la in si nu va rugam pentru",
    "tr": "ve bir icin ile bu tarihleri lutfen kadar",
    "hr": "sam na do za u se molim hvala",
    "ru": "я в на не по до с и",
    "uk": "я у на не з до та і",
    "el": "ειμαι θα και για τη το απο στις",
}


@dataclass(frozen=True, slots=True)
class AutoReply:
    """`kind` is one of KINDS. `until` is the first day back at work, of out_of_office only.

    `contact` is whom the note names in the writer's place.
    """

    kind: str
    until: date | None = None
    contact: Contact | None = None


def read(
    subject: str, text: str, locale: str, now: datetime, headers: Mapping[str, object]
) -> AutoReply:
    """Read a received mail. `locale` like "de-DE", "de" or ""; `now` in the writer's zone.

    `headers`: those that are known, by name in any case; an empty mapping is fine.
    """
    subject = " ".join(clean(str(subject or "")[:_SUBJECT_LIMIT]).split())
    body = clean(str(text or "")[:LIMIT])
    whole = f"{subject}\n{body}"
    folded = fold(whole)
    until = back_at_work(_without_numbers(whole), _reader(folded, locale, now), whole)
    kind = _kind(fold(subject), folded, _named(headers), until)
    if kind not in ("out_of_office", "left_company"):
        return AutoReply(kind)
    return AutoReply(kind, until if kind == "out_of_office" else None, contact(body))


def _named(headers: Mapping[str, object]) -> dict[str, str]:
    return {str(name).lower(): str(value)[:500].strip().lower() for name, value in headers.items()}


_CALLS = re.compile(
    r"(?:\+\d|\b00\d)[\d ()/.\-]{6,20}\d"
    r"|(?:\b(?:tel|telefon|phone|mobil|mobile|fax|puh|tlf|gsm|handy|cell|t|m)\b\.?:?)\s?"
    r"\(?\d[\d ()/.\-]{5,20}\d"
    r"|\b0\d{2,5}[ /-]\d[\d ()/.\-]{4,16}\d|[\w.+-]{1,64}@[\w.-]{3,80}"
)


def _without_numbers(text: str) -> str:
    """Folded, with telephone numbers and addresses blanked; they hold figures like dates."""
    return _CALLS.sub(lambda found: " " * len(found.group()), fold(text))


def _reader(folded: str, locale: str, now: datetime) -> Reader:
    language, _, region = str(locale or "").replace("_", "-").partition("-")
    words = set(re.findall(r"[^\W\d_]{1,12}", folded[:6000]))
    scores = {tongue: len(words & set(some.split())) for tongue, some in _TONGUES.items()}
    best = max(scores.values())
    spoken = {tongue for tongue, score in scores.items() if score >= max(2, best - 1)}
    english = not spoken or "en" in spoken
    month_first = region.upper() in _MONTH_FIRST and english
    return Reader(now.date(), month_first, frozenset(spoken | {language.lower()}))


def _marks(headers: Mapping[str, str]) -> float:
    """How surely the headers say that a machine has written: 0 to 6."""
    score = 0.0
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip()
    score += 6.0 if submitted == "auto-replied" else 4.0 if submitted not in ("", "no") else 0.0
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply",
                 "x-autoreply-from", "x-autogenerated", "x-fc-machinegenerated"):  # fmt: skip
        score += 5.0 if headers.get(name, "no") not in ("", "no") else 0.0
    score += 5.0 if headers.get("precedence", "") in ("auto_reply", "auto-reply") else 0.0
    score += 4.0 if headers.get("return-path", "").replace(" ", "") == "<>" else 0.0
    suppress = headers.get("x-auto-response-suppress", "")
    score += 2.0 if any(word in suppress for word in ("all", "oof", "autoreply")) else 0.0
    return min(score, 6.0)


def _kind(subject: str, folded: str, headers: Mapping[str, str], until: date | None) -> str:
    if _is_delivery(subject, folded, headers):
        return "delivery"
    body = folded.partition("\n")[2]
    automatic = _auto_subject(subject)
    marks = max(_marks(headers), 4.0 if automatic else 0.0)
    back = until is not None and not _numbered(folded)
    away = _away(folded) or (back and marks >= 2)
    left = any_of(kinds.LEFT, "").search(folded)
    formulas = min(len({found.group() for found in any_of(kinds.FORMULA, "").finditer(folded)}), 4)
    personal: float = len({found.group() for found in any_of(kinds.PERSONAL, "").finditer(body)})
    if _REPLY.match(subject):
        if marks < 2 and not (formulas or left):
            return "human"
        personal = 1.5 * personal + 1.5
    personal += 2 if any_of(kinds.FUTURE_TALK, "").search(body) else 0
    personal += 2 if _asks_for_a_day(body) else 0
    weight = _weight(formulas, away, bool(left), folded) + (away and back and len(folded) < 500)
    if marks < 4 and personal and personal >= marks + weight:
        return "human"
    if left and not _only_others(folded, left):
        return "left_company"
    return _other_kind(folded, marks, away, formulas)


def _asks_for_a_day(body: str) -> bool:
    """ "Call me on Tuesday" is a person's; a machine gives a number to call."""
    for found in any_of(kinds.CALL_ME).finditer(body):
        words = re.findall(r"[^\W\d_]{2,14}|\d{1,2}(?:st|nd|rd|th)\b", body[found.end() :][:28])
        if any(word[0].isdecimal() or weekday_of(word) is not None for word in words):
            return True
    return False


def _weight(formulas: int, away: bool, left: bool, folded: str) -> float:
    asked = any_of(kinds.TICKET, "").search(folded) or any_of(kinds.NOT_MONITORED, "").search(
        folded
    )
    return 1.5 * formulas + (1.0 if away else 0.0) + (1.5 if left or asked else 0.0)


def _other_kind(folded: str, marks: float, away: bool, formulas: int) -> str:
    closed = any_of(kinds.NOT_MONITORED, "").search(folded)
    ticket = any_of(kinds.TICKET, "").search(folded)
    if away and (marks >= 2 or formulas >= 1 or _declares(folded)):
        return "out_of_office"
    if closed and (marks >= 2 or not _REPLY.match(folded)):
        return "not_monitored"
    signs = {found.group() for found in any_of(kinds.TICKET, "").finditer(folded)}
    if ticket and (marks >= 2 or formulas or _numbered(folded) or len(signs) > 1):
        return "ticket"
    return "ticket" if marks >= 2 else "human"


def _declares(folded: str) -> bool:
    """A note that says little but the absence: short, and it begins with it."""
    return len(folded) < 700


_NUMBER = re.compile(
    r"(?:#\s?|№\s?|n[°º]\s?|\b(?:nr|no|ticket\w{0,10}|case|id|number|nummer|numero|numer\w{0,3}|vorgang|num|broj\w{0,2}|"
    r"c|cisl\w{1,2}|номер\w{0,2}|αριθμ\w{1,3}|ref|szam\w{0,3})\.?:?\s?)[a-z]{0,5}-?\d(?:\d|-(?=\d)){2,}"
)


def _numbered(folded: str) -> bool:
    return bool(_NUMBER.search(folded))


def _away(folded: str) -> bool:
    return bool(any_of(roles.ABSENT).search(folded) or any_of(roles.ABSENT_CJK, "").search(folded))


def _auto_subject(subject: str) -> bool:
    plain = subject.lstrip(" [(*")
    folded = tuple(fold(words) for words in AUTO_SUBJECTS)
    return plain.startswith(folded)


def _only_others(folded: str, left: re.Match[str]) -> bool:
    """ "We are no longer with them" is about a supplier, not about a person's leaving."""
    before = folded[max(left.start() - 12, 0) : left.start()]
    return bool(re.search(r"(?:\bwe|\bwir|\bnous)\s?$", before))


def _is_delivery(subject: str, folded: str, headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "")
    if "disposition-notification" in kind or "delivery-status" in kind:
        return True
    if any_of(kinds.DELIVERY_SUBJECTS, r"^\W{0,3}(?:re: )?").match(subject):
        return True
    return bool(any_of(kinds.DELIVERY, "").search(folded.partition("\n")[2][:1500]))
