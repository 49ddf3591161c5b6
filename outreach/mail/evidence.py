"""What in a received mail points at a message of ours when no header does. Pure, linear time.

Quotes are compared without marks, spaces, punctuation and letters beyond ASCII: these are what mail
programs wrap, indent and break when they guess a charset wrong.
"""

import base64
import re
import unicodedata
from binascii import Error as Base64Error
from collections.abc import Iterable
from functools import cached_property
from urllib.parse import unquote

from outreach.mail.parse import ParsedMail

# Re and Fwd as mail programs write them, by language: de fr es pt it nl sv da no fi pl cs hu tr
# el he zh ja ru, with counters ("Re[2]:") and the tags of gateways ("[EXTERN]") around them
_PREFIXES = (
    "re|aw|antw|antwort|sv|vs|vl|vb|odp|rv|ref|tr|r|rif|res|enc|fw|fwd|wg|i|pd|ynt|ilt|atb|bls|bsv|"
    "rép|rép\\.|réf|doorst|továbbítás|vá|σχετ|απ|השב|答复|回复|回覆|转发|轉寄|返信|転送|ha|на|отв"
)
_TAG = r"(?:\[[^\[\]]{1,20}\]|\([^()]{1,12}\)|ext(?:ern|ernal)?:)"
_PREFIX = re.compile(
    rf"^(?:\s*(?:{_TAG}\s*)?(?:{_PREFIXES})\s*(?:\[\d{{1,3}}\]|\(\d{{1,3}}\)|\^\d)?\s*[:：])+", re.I
)
_LEADING_TAG = re.compile(rf"^\s*{_TAG}\s*", re.I)
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9][a-z0-9.-]{1,190}[a-z]", re.I)
_SEGMENT = re.compile(r"[.!?:;\n]+")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{6,120}:[A-Za-z0-9]{5,8}:[A-Za-z0-9_-]{43}")
_WRAP = re.compile(r"[ \t]*\r?\n[ \t>|]*")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\bvia\b.*|\bon behalf of\b.*|[|/@].*", re.I)
_SHORT, _ENOUGH, _SHARE = 8, 40, 0.5
REPLY_INDEX = 22  # bytes of an Outlook Thread-Index; each answer adds five ([MS-OXOMSG] 2.2.1.3)


class Words:
    """The whole text of a mail, quotes included, made ready for comparisons."""

    def __init__(self, mail: ParsedMail) -> None:
        self.text = f"{mail.text}\n{mail.html_text}"

    @cached_property
    def plain(self) -> str:
        return _ascii(self.text)

    @cached_property
    def full(self) -> str:
        return _letters(self.text)

    @cached_property
    def addresses(self) -> list[str]:
        """Mail addresses in the text, as a quoted header has them; at most 40."""
        found = (match.group().lower() for match in _ADDRESS.finditer(self.text[:65536]))
        return list(dict.fromkeys(found))[:40]

    def tokens(self) -> Iterable[str]:
        """What may be the signed part of a link of ours, also wrapped or rewritten by a scanner."""
        text = self.text
        if "%3A" in text or "%3a" in text or "%253" in text:
            text = unquote(unquote(text))
        for form in (text, _WRAP.sub("", text)):
            yield from list(dict.fromkeys(_TOKEN.findall(form)))[:5]

    def quoted(self, body: str) -> float:
        """How much of `body`, one of our messages, stands in the mail: 0 to 1."""
        latin = 2 * len(_ascii(body)) >= len(_letters(body))
        flat, make = (self.plain, _ascii) if latin else (self.full, _letters)
        parts = [part for raw in _SEGMENT.split(body) if len(part := make(raw)) >= _SHORT]
        if not any(part in flat for part in sorted(parts, key=len)[-3:]):
            return 0.0
        found = sum(len(part) for part in parts if part in flat)
        share = found / (sum(map(len, parts)) or 1)
        return share if found >= _ENOUGH and share >= _SHARE else 0.0


def begins_with(text: str, body: str) -> bool:
    """Whether the new words of a mail are our own: a copy of ours, not an answer."""
    start = _letters(text)[:40]
    return not start or start in _letters(body)


def _ascii(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text).casefold())


def answered_subjects(mail: ParsedMail) -> list[str]:
    """The subjects that this mail may answer, without prefixes, lower case; none for a new one."""
    subject = mail.subject.strip()
    found = []
    bare = _LEADING_TAG.sub("", subject)
    for form in (subject, bare):
        if prefix := _PREFIX.match(form):
            rest = form[prefix.end() :].strip()
            found += [rest, _LEADING_TAG.sub("", rest)]
    if _is_outlook_answer(mail):
        found.append(mail.headers.get("thread-topic", ""))
    return [one for one in dict.fromkeys(each.strip().lower() for each in found) if len(one) >= 8]


def _is_outlook_answer(mail: ParsedMail) -> bool:
    try:
        return len(base64.b64decode(mail.headers.get("thread-index", ""))) > REPLY_INDEX
    except (Base64Error, ValueError):
        return False


def fold(text: str) -> list[str]:
    """Words of a name, lower case, without accents."""
    flat = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l").replace("ø", "o"))
    kept = "".join(char for char in flat if not unicodedata.combining(char))
    return re.findall(r"[^\W\d_]+", kept.replace("'", "").replace("ß", "ss"))


def same_name(first: str, last: str, shown: str) -> bool:
    """Whether a display name is this person's: "Kowalczyk, Marta (Polna)" is Marta Kowalczyk."""
    want = [*fold(first), *fold(last)]
    have = fold(_ASIDE.sub(" ", shown))
    return (
        bool(fold(first) and fold(last)) and set(want) <= set(have) and len(have) <= len(want) + 2
    )


def named_by(first: str, last: str, address: str) -> bool:
    """Whether the part before @ is the person's whole name: marta.kowalczyk."""
    local = fold(re.sub(r"[._+-]", " ", address.partition("@")[0]))
    return bool(fold(first) and fold(last)) and sorted(local) == sorted([*fold(first), *fold(last)])
