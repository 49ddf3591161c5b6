"""What can be said about a text by reading it: holes, length, links, tone, claims. No tables.

Patterns are bounded and read at most `LIMIT` characters, so any text is judged in linear time.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from outreach.channels.texts import segments as segments
from salesagent.ai.frames import CODE, FIELD
from salesagent.lib.text import one_line

LIMIT = 20_000  # characters that are read

_BRACKETS = re.compile(
    r"\[(?:[A-Za-z][A-Za-z_' -]{1,30})\]|<<[^<>\n]{1,30}>>|<(?:first|last|full|your|company|name)"
    r"[^<>\n]{0,30}>|\b(?:XXX+|TBD|lorem ipsum)\b|_{3,}",
    re.I,
)
_EMPTY_NAME = re.compile(r"^(?:hi|hello|dear|good (?:morning|afternoon|day)) +,", re.I | re.M)
_URL = re.compile(
    r"\bhttps?://\[[0-9a-f:.]{1,60}\][^\s<>\"'()\[\]]{0,2000}"
    r"|\b(?:[a-z][a-z0-9+.-]{1,12}://|www\.)[^\s<>\"'()\[\]]{1,2000}"
    r"|\b(?:javascript|data|vbscript|file):[^\s<>\"']{1,2000}"
    r"|(?<![@\w.-])(?:[a-z0-9-]{1,60}\.){1,4}[a-z]{2,12}/[^\s<>\"'()\[\]]{0,2000}",
    re.I,
)
# the common ones of SpamAssassin's list, rules/25_url_shortener.cf
SHORTENERS = {
    *("bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy"),
    *("rebrand.ly", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "v.gd"),
}
_WORD = re.compile(r"[^\W\d_][\w'’-]{0,60}|\d[\d.,]{0,20}")
_SENTENCE = re.compile(r"[.!?:]+(?=\s|$)|\n\s*\n")
_ENGLISH = {
    *("the", "a", "an", "and", "or", "of", "to", "in", "is", "are", "was", "be", "you", "your"),
    *("we", "our", "i", "it", "for", "on", "with", "at", "this", "that", "how", "do", "does"),
    *("if", "what", "when", "would", "have", "has", "not", "can"),
}
# after SpamAssassin 4, rules/20_phrases.cf (DEAR_FRIEND, GUARANTEED_100_PERCENT, MONEY_BACK,
# FREE_QUOTE_INSTANT, ONE_TIME, JOIN_MILLIONS, LOW_PRICE, PRICES_ARE_AFFORDABLE, BANG_GUAR)
_SPAM = re.compile(
    r"dear friend|dear (?:sir|madam)|100 ?% (?:guaranteed|free|satisfaction)|money.back guarantee"
    r"|(?:free|instant).{0,12}quote|one.time (?:charge|investment|offer|promotion)"
    r"|join (?:millions|thousands)|low(?:est)? prices?|affordable.{0,10}prices|guaranteed?!"
    r"|to be removed|risk.free|no obligation|click (?:here|below)|buy now|special promotion"
    r"|free of charge|cash bonus|winner|million dollars?",
    re.I,
)
URGENCY = re.compile(
    r"\bact (?:now|fast|today)\b|\burgent(?:ly)?\b|\blast chance\b|\bfinal (?:notice|reminder)\b"
    r"|\blimited.time\b|\bonly \d{1,4} (?:spots?|places?|slots?|seats?)\b"
    r"|\boffer (?:ends|expires)\b"
    r"|\bexpires? (?:today|tomorrow|soon|tonight)\b|\btoday only\b|\bbefore it.s too late\b"
    r"|\bdon.t miss\b|(?<!in a )\bhurry\b"
    r"|\bwhile (?:stocks|supplies) last\b|\btime is running out\b",
    re.I,
)
_CAPS = re.compile(r"\b[^\W\d_a-zß-öø-ÿ]{5,}\b")


@dataclass(frozen=True)
class Link:
    """A link in a text. `host` is lower case without "www."; `problem` in plain words or ""."""

    url: str
    host: str
    problem: str


def holes(text: str) -> list[str]:
    """Merge fields and placeholders nobody filled, each once."""
    text = text[:LIMIT]
    found = [name for pattern in (FIELD, CODE, _BRACKETS) for name in _each(pattern, text)]
    if _EMPTY_NAME.search(text):
        found.append("the name in the greeting")
    return list(dict.fromkeys(found))


def words(text: str) -> list[str]:
    return _WORD.findall(text[:LIMIT])


def links(text: str) -> list[Link]:
    return [_link(match[0].rstrip(".,;:!?")) for match in _URL.finditer(text[:LIMIT])]


def spans(text: str) -> list[tuple[int, int]]:
    """Where the links of a text stand."""
    return [match.span() for match in _URL.finditer(text[:LIMIT])]


def below(url: str, base: str) -> bool:
    """Whether an address is this page or one below it, whatever its query."""
    page, own = (_parts(one) for one in (url, base))
    return page[0] == own[0] and f"{page[1]}/".startswith(f"{own[1]}/")


def _parts(url: str) -> tuple[str, str]:
    link = _link(url)
    path = re.split(r"[?#]", re.sub(r"^[a-z]+://", "", url, flags=re.I))[0].partition("/")[2]
    return link.host, path.strip("/").casefold()


def _link(url: str) -> Link:
    full = url if re.match(r"[a-z][a-z0-9+.-]{1,12}:", url, re.I) else f"https://{url}"
    try:
        parts = urlsplit(full)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return Link(url, "", "cannot be read")
    if parts.scheme.lower() not in ("http", "https"):
        return Link(url, host, "is not a web address")
    if parts.username is not None or "@" in parts.netloc:
        return Link(url, host, "hides where it goes")
    if _is_ip(host):
        return Link(url, host, "is a bare number address")
    return Link(url, host, "is a link shortener" if host in SHORTENERS else "")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit() or host.startswith("0x")
    return True


def grade(text: str, language: str = "") -> int | None:
    """School grade by the Automated Readability Index (Senter and Smith 1967, AMRL-TR-66-220).

    4.71 * letters/words + 0.5 * words/sentences - 21.43. None for short or not English texts.
    """
    found = words(_URL.sub(" ", text[:LIMIT]))
    if len(found) < 15 or (language and not language.lower().startswith("en")):
        return None
    if sum(word.lower() in _ENGLISH for word in found) * 8 < len(found):
        return None  # hardly an English function word in it
    sentences = max(1, sum(1 for part in _SENTENCE.split(text[:LIMIT]) if words(part)))
    letters = sum(len(word) for word in found)
    return max(1, round(4.71 * letters / len(found) + 0.5 * len(found) / sentences - 21.43))


def spam_signs(text: str) -> list[str]:
    return _each(_SPAM, text)


def shouting(subject: str, body: str) -> list[str]:
    """Why a text shouts: capitals, exclamation marks."""
    found = []
    letters = [c for c in subject if c.isalpha()]
    if len(letters) >= 8 and all(c.isupper() for c in letters):
        found.append("the subject is in capitals")
    if len(_CAPS.findall(body[:LIMIT])) >= 3:
        found.append("several words are in capitals")
    if (subject + body).count("!") >= 3 or "!!" in subject + body or "!" in subject:
        found.append("exclamation marks")
    return found


def phrases(pattern: re.Pattern[str], text: str) -> list[str]:
    return _each(pattern, text)


def _each(pattern: re.Pattern[str], text: str) -> list[str]:
    found = (one_line(match[0], 60) for match in pattern.finditer(text[:LIMIT]))
    return list(dict.fromkeys(found))
