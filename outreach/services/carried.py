"""What a text carries beside its words: links, addresses, telephone numbers, hidden characters.

An answer may name ours and the reader's own; whatever else stands in it came from somebody who
wrote to us, or from a model that obeyed them. Pure; patterns are bounded.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from outreach.services import lint

MOST = 4  # that are told
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DOT = r"(?:\.|\[\.\]|\(\.\)|\s?[(\[]dot[)\]]\s?|\sdot\s)"
_TLD = (
    r"(?:com|net|org|io|co|ai|app|dev|info|biz|example|test|invalid|xyz|ru|cn|top|club|site|online"
    r"|shop|link|click|live|de|fr|es|it|nl|pt|pl|uk|eu|us|ch|at|dk|se|no)"
)
_BARE_HOST = re.compile(
    rf"(?<![\w@.-])[\w-]{{2,63}}(?:{_DOT}[\w-]{{2,63}}){{0,3}}"
    rf"(?:{_DOT}{_TLD}|\.(?-i:[a-z]{{2,24}}))(?![\w-]|\.\w)",
    re.I,
)
_PHONE = re.compile(r"(?<!\d)\+?\d(?:[ ()/.-]{0,2}\d){6,14}(?!\d)")
_MARKUP = re.compile(
    r"</?[a-z!][^<>]{0,200}>|\]\(|!\[|```|[<>]{3}|\\u[0-9a-f]{4}|&#?\w{2,8};", re.I
)
_HIDDEN = re.compile("[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
                     "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]")  # fmt: skip
_ENCODED = re.compile(r"(?<!\w)[A-Za-z0-9+/]{32,}={0,2}(?!\w)|(?<!\w)[0-9a-fA-F]{32,}(?!\w)")
_MIXED = re.compile(r"(?<!\w)(?=\w*[a-z])(?=\w*[\u0370-\u052f])\w{3,}", re.I)
CARRIES = (
    (_ADDRESS, "an address"),
    (_BARE_HOST, "a link"),
    (_PHONE, "a telephone number"),
    (_MARKUP, "markup"),
    (_HIDDEN, "hidden characters"),
    (_ENCODED, "encoded text"),
    (_MIXED, "letters of two alphabets in one word"),
)
# a picture sign is made of several characters, one of them unseen
_SIGN = re.compile(
    "[\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff][\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]*"
)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\d{4}-\d\d-\d\d\b")
_DOTTED = re.compile(r"\s?[(\[]dot[)\]]\s?|\[\.\]|\(\.\)|\sdot\s", re.I)


def first(text: str) -> str:
    """What a text carries, in a few words; "" where it is words only."""
    text = text[: lint.LIMIT]
    return next((name for pattern, name in CARRIES if pattern.search(text)), "")


@dataclass(frozen=True)
class Ours:
    """Stored texts of ours and of the reader; `hosts` may be named with all below them."""

    text: str = ""
    hosts: frozenset[str] = frozenset()

    @cached_property
    def addresses(self) -> frozenset[str]:
        return frozenset(one.casefold() for one in _ADDRESS.findall(self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(_digits(one) for one in _PHONE.findall(self.text))

    @cached_property
    def links(self) -> frozenset[str]:
        return frozenset(link.url for link in lint.links(self.text))

    @cached_property
    def named(self) -> frozenset[str]:
        """Hosts that the texts name."""
        bare = {_host(one) for one in _BARE_HOST.findall(self.text)}
        of_mail = {one.rpartition("@")[2] for one in self.addresses}
        return frozenset(bare | of_mail | {link.host for link in lint.links(self.text)})

    def has_host(self, host: str) -> bool:
        known = host in self.named
        return known or any(host == own or host.endswith(f".{own}") for own in self.hosts)

    def has_number(self, digits: str) -> bool:
        """With or without the country's code."""
        short = digits.lstrip("0")
        return any(one == digits or one.endswith(short) for one in self.numbers)


@dataclass(frozen=True)
class Foreign:
    """`text` as it stands; `plain`: nothing a careful person would be asked about."""

    text: str
    what: str
    plain: bool = False


def foreign(text: str, ours: Ours) -> list[Foreign]:
    """What neither we nor the reader have, each once, the telling ones first."""
    text = text[: lint.LIMIT]
    links = {link.url: link for link in lint.links(text)}
    bare = text
    for url in sorted(links, key=len, reverse=True):
        bare = bare.replace(url, " ")
    found = [
        *(Foreign(url, "link") for url, link in links.items() if _leads_on(link, ours)),
        *_signs(bare),
        *(one for find in _FINDERS for one in find(bare, ours)),
    ]
    return list({one.text.casefold(): one for one in reversed(found)}.values())[::-1]


def _leads_on(link: lint.Link, ours: Ours) -> bool:
    """Whether a link on a host of ours hands on to another address."""
    if link.problem or not ours.has_host(link.host) or link.url in ours.links:
        return False
    rest = link.url.casefold().partition("://")[2] or link.url.casefold()
    return any(mark in rest for mark in ("://", "//", "%2f%2f", "%3a", "@", "\\"))


def _signs(text: str) -> Iterator[Foreign]:
    plain = _SIGN.sub("", text)
    for pattern, name in CARRIES[3:]:
        if match := pattern.search(plain):
            yield Foreign(match[0][:60], name)


def _addresses(text: str, ours: Ours) -> Iterator[Foreign]:
    for one in _ADDRESS.findall(text):
        known = one.casefold().rstrip(".") in ours.addresses
        if not known:
            yield Foreign(one, "address")


def _hosts(text: str, ours: Ours) -> Iterator[Foreign]:
    """A file's name and a lost blank look like a host: only what ends as one is told to people."""
    for match in _BARE_HOST.finditer(_ADDRESS.sub(" ", text)):
        host = _host(match[0])
        if not ours.has_host(host):
            capital = match[0].rpartition(".")[2].istitle()  # "thank you.It works"
            ends = re.fullmatch(_TLD, host.rpartition(".")[2])
            yield Foreign(match[0], "link", plain=capital or not ends)


def _numbers(text: str, ours: Ours) -> Iterator[Foreign]:
    for one in _PHONE.findall(_DATE.sub(lambda date: "x" * len(date[0]), text)):
        if not ours.has_number(_digits(one)):
            yield Foreign(one, "telephone number", plain=not one.startswith(("+", "0")))


def _host(text: str) -> str:
    return _DOTTED.sub(".", text).casefold().removeprefix("www.")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


_FINDERS: tuple[Callable[[str, Ours], Iterable[Foreign]], ...] = (_addresses, _hosts, _numbers)
