"""One guarded look at a company's homepage: title, description, name, language.

The address comes from outside, so each step goes over lib.http for the public internet only: no
private address, the looked-at IP is the one called, no secret, no cookie. The text is a stranger's:
bounded, one line, without markup, and never more than data.
"""

import codecs
import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from leads.enrichment.base import EnrichmentError, Found, found
from salesagent.lib import http
from salesagent.lib.http import Answer, HttpFault
from salesagent.lib.text import one_line

SERVICE = "website"  # not in lib.budget: one broken site must not stop the look at others
SIZE_CAP = 256 * 1024
SECONDS = 5.0  # for one step
PATIENCE = 12.0  # for the whole way
HOPS = 3
PORTS: tuple[int | None, ...] = (None, 80, 443)  # that a redirect may name
MAX_TAGS = 200
PARTLY = 206  # the status of an answer that holds the bytes that were asked for
HEADERS = {
    "Accept": "text/html,application/xhtml+xml;q=0.9",
    "Accept-Encoding": "identity",
    "Range": f"bytes=0-{SIZE_CAP - 1}",  # servers that know it send no more than we read
}
clock: Callable[[], float] = time.monotonic  # tests put their own here

# encodings of the web (WHATWG Encoding Standard, section 4.2), as Python names them
WEB = frozenset(
    ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "shift_jis", "cp932", "euc_jp"]
    + ["iso2022_jp", "gbk", "gb2312", "gb18030", "big5", "big5hkscs", "euc_kr", "cp949"]
    + ["koi8-r", "koi8-u", "cp866", "cp874", "mac-roman", "mac-cyrillic"]
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![a-zA-Z:-])([a-zA-Z:-]{1,30}+)\s{0,10}+=\s{0,10}+"
    r"(?:\"([^\"]{0,2900})\"|'([^']{0,2900})'|([^\s\"'>]{1,300}))"
)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_PARKED = re.compile(
    r"domain (?:name )?(?:is |may be )?(?:for sale|available|parked)|buy this domain"
    r"|parked (?:domain|free|page)|this domain has expired|account suspended"
    r"|default web ?(?:site )?page|under construction|coming soon|welcome to nginx"
    r"|apache2? .{0,30}default page|iis windows|domain zu verkaufen|index of /|just a moment"
    r"|attention required|access denied|403 forbidden|404 not found",
    re.IGNORECASE,
)


def read(domain: str) -> list[Found]:
    """Facts from the homepage of `domain`. Raises EnrichmentError with why there are none."""
    until = clock() + PATIENCE
    fault: EnrichmentError | None = None
    for start in (f"https://{domain}/", f"https://www.{domain}/", f"http://{domain}/"):
        try:
            url, answer = follow(start, until)
        except _Unreachable as error:
            fault = error
            continue
        return facts(answer, url)
    raise fault or _none("The website does not answer.")


class _Unreachable(EnrichmentError):
    """Nobody answers at this address; another spelling of it may work."""


def _none(message: str, *, wait: float | None = None) -> EnrichmentError:
    return EnrichmentError(message, permanent=False, wait=wait)


def follow(url: str, until: float) -> tuple[str, Answer]:
    """The page at the end of at most three redirects, each of them guarded like the first call."""
    for _ in range(HOPS + 1):
        left = until - clock()
        if left <= 0.5:
            raise _none("The website is too slow.")
        try:
            return url, _get(url, min(left, SECONDS))
        except HttpFault as fault:
            if fault.kind != "redirect":
                raise _why(fault) from None
            url = _target(url, fault.location)
    raise _none("The website sends us in circles.")


def _get(url: str, seconds: float) -> Answer:
    return http.call(
        "GET", url, service=SERVICE, headers=HEADERS, timeout=(3, seconds), total=seconds,
        idempotent=False, size_cap=SIZE_CAP, cut="html", allow_hosts=None,
    )  # fmt: skip


def _target(url: str, location: str) -> str:
    """Where a redirect leads; lib.http looks at the address itself before it calls it."""
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        port = parts.port
    except ValueError:
        raise _none("The website leads to something that is no address.") from None
    if parts.scheme not in ("http", "https") or port not in PORTS:
        raise _none("The website leads to an address that we do not call.")
    return target


def _why(fault: HttpFault) -> EnrichmentError:
    words = {
        "too_big": "The homepage is no web page.",
        "timeout": "The website is too slow.",
        "refused": "The website leads into a private network, so it was not called.",
        "tls": "The certificate of the website does not hold.",
    }
    text = words.get(fault.kind, "The website does not answer.")
    if fault.kind in ("connect", "tls", "reset"):
        return _Unreachable(text, permanent=False)
    return _none(text)


def facts(answer: Answer, url: str) -> list[Found]:
    """What a page says; raises EnrichmentError for what is no page."""
    kind = answer.headers.get("Content-Type", "text/html").lower()
    if not answer.ok:
        raise _none(f"The website answered with an error ({answer.status}).")
    if "html" not in kind:
        raise _none("The homepage is no web page.")
    page = parse(decode(answer.body, kind, whole=not answer.cut and answer.status != PARTLY))
    words = f"{page.title} {page.text}"
    if _PARKED.search(words[:600]) or not (page.title or page.text):
        return found("website_state", "Nothing of their own on it yet", 0.6, _shown(url))
    where = _shown(url)
    return [
        *found("website_title", page.title, 0.7, where),
        *found("website_text", page.text, 0.7, where),
        *found("website_name", page.name, 0.6, where),
        *found("website_language", page.language, 0.7, where),
    ]


def _shown(url: str) -> str:
    """The address without what could be secret or long in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:300]


@dataclass
class Page:
    title: str = ""
    text: str = ""
    name: str = ""
    language: str = ""
    meta: dict[str, str] = field(default_factory=dict)


def decode(body: bytes, content_type: str, *, whole: bool = True) -> str:
    """By mark, header or meta; then UTF-8, then Windows-1252. Never raises. Of what is not `whole`
    the last letter may be cut in two."""
    if body[:3] == b"\xef\xbb\xbf":
        return body[3:].decode("utf-8", "replace")
    named = _CHARSET.search(content_type) or _CHARSET.search(body[:2048].decode("latin-1"))
    for name in (_codec(named[1]) if named else "utf-8", "utf-8", "cp1252"):
        try:
            return body.decode(name) if whole else _decode_part(body, name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return body.decode("utf-8", "replace")


def _codec(label: str) -> str:
    """A name that browsers know: Python's other codecs (utf-7, unicode_escape) are no web pages."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return "utf-8"
    return name if name in WEB or name.startswith(("iso8859-", "cp125")) else "utf-8"


def _decode_part(body: bytes, name: str) -> str:
    return str(codecs.getincrementaldecoder(name)().decode(body, final=False))


def parse(text: str) -> Page:
    """Title and metas of a page by a few linear searches; scripts and comments are no text."""
    plain = _without(text[:SIZE_CAP], "<!--", "-->")
    plain = _without(_without(plain, "<script", "</script"), "<style", "</style")
    low = _lower(plain)
    page = Page(language=_language(plain, low))
    _metas(plain, low, page.meta)
    meta = page.meta
    page.title = _words(_between(plain, low, "<title", "</title") or meta.get("og:title", ""))
    page.text = _words(meta.get("description") or meta.get("og:description", ""))
    page.name = _words(meta.get("og:site_name") or meta.get("application-name", ""))[:120]
    return page


def _lower(text: str) -> str:
    """Lower case with every sign at its place: str.lower() may change the length."""
    return text.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(65, 91)}


def _without(text: str, begin: str, end: str) -> str:
    """Without what stands between, the marks included; what never ends goes to the last sign."""
    low, parts, at = _lower(text), [], 0
    while (start := low.find(begin, at)) >= 0:
        parts.append(text[at:start])
        stop = low.find(end, start + len(begin))
        if stop < 0:
            return "".join(parts)
        at = stop + len(end)
    return "".join([*parts, text[at:]])


def _between(text: str, low: str, begin: str, end: str) -> str:
    start = low.find(begin)
    opened = low.find(">", start) if start >= 0 else -1
    if opened < 0:
        return ""
    stop = low.find(end, opened, opened + 4000)
    return text[opened + 1 : stop if stop >= 0 else opened + 400]


def _metas(text: str, low: str, meta: dict[str, str]) -> None:
    at = 0
    for _ in range(MAX_TAGS):
        start = low.find("<meta", at)
        if start < 0:
            return
        at = start + 5
        stop = low.find(">", at, at + 3000)
        values = _attributes(text[at : stop if stop >= 0 else at + 3000])
        name = (values.get("name") or values.get("property") or "").lower()
        if name and values.get("content"):
            meta.setdefault(name, values["content"])


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), double or single or bare)
    return found


def _language(text: str, low: str) -> str:
    start = low.find("<html")
    if start < 0:
        return ""
    stop = low.find(">", start, start + 2000)
    values = _attributes(text[start + 5 : stop if stop >= 0 else start + 2000])
    value = values.get("lang") or values.get("xml:lang") or ""
    return value[:2].lower() if _LANGUAGE.fullmatch(value) else ""


def _words(text: str) -> str:
    """Plain words: entities read, marks of tags gone, one line."""
    plain = html.unescape(html.unescape(text[:2000]))
    return one_line(re.sub(r"<[^<>]{0,500}>|[<>]", " ", plain), 300)
