"""Folding for the auto-reply reader: lower case without accents, one character for one.

Positions in the folded text are positions in the text, so that a name found by folded words can
be read with its own letters. Patterns are folded the same way, with the spellings people use when
they have no such key: "zurück" finds zurück, zuruck and zurueck.
"""

import html
import re
import unicodedata
from functools import lru_cache

LIMIT = 64 * 1024
_SPECIAL = {
    "ß": "s", "æ": "a", "ø": "o", "œ": "o", "đ": "d", "ł": "l", "ı": "i", "ς": "σ", "ð": "d",
    "’": "'", "‘": "'", "´": "'", "`": "'", "–": "-", "—": "-", "−": "-", "‑": "-", "‐": "-",
    "／": "/", "．": ".", "～": "-", "〜": "-", "：": ":", "“": '"', "”": '"',
}  # fmt: skip
_LOOSE = {
    "ä": "ae?", "ö": "oe?", "ü": "ue?", "ø": "oe?", "å": "aa?", "ß": "ss?", "æ": "ae?", "œ": "oe?",
}  # fmt: skip
_BLOCK = re.compile(r"<(style|script|title)\b[^<>]{0,300}>[^<]{0,65536}</\1\s{0,3}>", re.I)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]{0,300}>", re.I)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:]{0,12}(?:\s[^<>]{0,800})?/?>|<!--[^<>]{0,800}>")
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]{1,500}", re.I)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_QUOTE_HEAD = re.compile(
    r"^[ \t]{0,8}(?:-{2,20}[ \t]{0,3}(?:original|urspr|message d'orig|mensaje orig|messaggio orig|"
    r"oorspronk|wiadomo|forwarded|weitergeleit|mensagem orig|alkuper|oprind|p.vodn)|"
    r"_{20,80}[ \t]{0,8}$|"
    r"\*?(?:from|von|de|da|van|od|fr.n|fra|l.hett.j.|feladó|от|kimden|από)\*?[ \t]{0,2}:[^\n]{0,200}"  # noqa: E501
    r"\n{1,2}[ \t]{0,8}\*?(?:sent|gesendet|envoy|enviado|inviato|verzonden|wys.ano|skickat|"
    r"sendt|"
    r"date|datum|data|l.hetetty|odesl|to|an|küldve|отправлено|tarih)[^\n]{0,20}:|"
    r"(?:on|am|le|el|il|op|em|w dniu|den|dne)\b[^\n]{5,200}(?:wrote|schrieb|crit|escribi|"
    r"scritto|schreef|escreveu|napisa|skrev|kirjoitti)[^\n]{0,80}:[ \t]{0,4}$)",
    re.I | re.M,
)


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code).lower()[:1]
        out = _SPECIAL.get(char, char)
        if out == char and code < 0x2000:
            out = unicodedata.normalize("NFD", char)[:1]
        elif out == char and 0xFF10 <= code <= 0xFF5E:
            out = unicodedata.normalize("NFKC", char)[:1].lower()
        if out.isspace() and out != "\n":
            out = " "
        self[code] = out
        return out


_TABLE = _Table()


def fold(text: str) -> str:
    """As long as `text`, lower case, no accents."""
    return text.translate(_TABLE)


def fold_pattern(source: str) -> str:
    """A regular expression written with accents, made to match folded text."""
    out: list[str] = []
    escaped = False
    for char in source:
        if escaped or char == "\\":
            out.append(char)
            escaped = char == "\\" and not escaped
            continue
        out.append(_LOOSE.get(char) or fold(char))
    return "".join(out)


@lru_cache(maxsize=128)
def any_of(
    patterns: tuple[str, ...], start: str = r"(?<![^\W_])", end: str = ""
) -> re.Pattern[str]:
    """One compiled pattern for all; each begins at the start of a word unless told otherwise."""
    body = "|".join(fold_pattern(pattern) for pattern in patterns)
    return re.compile(f"{start}(?:{body}){end}")


def clean(text: str) -> str:
    """Plain paragraphs: no markup, no links, no quoted mail, single spaces, blank lines as one
    newline. At most 64 KB are read."""
    text = text[:LIMIT].replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", html.unescape(text)))
    text = _TAG.sub(" ", _BREAK.sub("\n", _BLOCK.sub(" ", text)))
    if head := _QUOTE_HEAD.search(text, 1):
        text = text[: head.start()] if text[: head.start()].strip() else text
    rows = [row for row in _LINK.sub(" ", text).split("\n") if not row.lstrip().startswith(">")]
    return _paragraphs(rows)[:LIMIT]


def _paragraphs(rows: list[str]) -> str:
    """Lines that a program has wrapped are one; an empty line, a list or a short line ends it."""
    out: list[str] = []
    gap = True
    for row in rows:
        line = " ".join(row.split())
        if not line or not line.strip("-_=*~# "):
            gap = True
            continue
        bullet = line[0] in "*•·-" and line[1:2] == " "
        out.append(("\n" if gap or bullet else " ") + line)
        gap = False
    return "".join(out).strip()
