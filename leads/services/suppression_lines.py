"""Which addresses a line of a do-not-contact list names: all that stand in it.

E-mail addresses, profiles and numbers written with a plus sign count wherever they stand. A number
without one is any number: it counts where the heading says so, or alone in its line. So does a
domain: beside other columns a word with a dot is a website or an id.
"""

import re
from collections.abc import Iterator, Sequence

from leads.intake.address_list import Line
from leads.intake.clean import phone_number
from leads.intake.columns import NOT_OURS, named, plain_header
from leads.intake.places import country_code
from leads.services.suppression import Normal, normalise

_GAPS = re.compile(r"[\s<>()\[\]{}\"'/:]+")
_PLUS = re.compile(r"(?<![\w@.+=-])\+\d[\d ().\u00a0/-]{5,22}\d")
_PLAIN = re.compile(r"[(\d][\d ().\u00a0/-]{4,22}\d")
_POINT = re.compile(r"\+?\d+\.\d+")  # a coordinate, an amount
_DATE = re.compile(
    r"(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d\d))([ T].{0,20})?"
)
_PHONE_WORDS = re.compile(
    r"\b(phones?|telephones?|tel|telefon\w*|telefoon\w*|mobiles?|mobil\w*|cell|cellphone|handy|gsm|"
    r"sms|whatsapp|msisdn|landline|rufnummern?|call)\b"
)


class Heading:
    """What the first line says of the columns. `known`: it is a heading at all."""

    def __init__(self, line: Line | None = None) -> None:
        names = line.columns if line else []
        self.codes = [_column(name) for name in names]
        self.known = any(self.codes)

    def holds(self, place: int, code: str) -> bool:
        return place < len(self.codes) and self.codes[place] == code

    def takes_domains(self, line: Line) -> bool:
        """Whether the only cell of a line may be a domain."""
        if not self.known:
            return True
        place = next((n for n, cell in enumerate(line.columns) if cell), 0)
        return self.holds(place, "email" if "email" in self.codes else "domain")


def _column(name: str) -> str:
    """The field of a column; "other" for what is clearly something else."""
    words = plain_header(name)
    if code := named(name):
        return code
    if NOT_OURS.search(words):
        return "other"
    return "phone" if _PHONE_WORDS.search(words) else ""


def addresses(line: Line, heading: Heading, country: str) -> list[Normal]:
    """Each once. `country`: ISO code for numbers without one, unless the line names its own."""
    found = [one for word in line.words for one in _written(word)]
    found += _numbers(line, heading, country)
    if not found and len(line.words) == 1 and heading.takes_domains(line):
        one = normalise(line.words[0])
        found = [one] if one and one.kind == "domain" and not one.text[-1].isdigit() else []
    return list({one.hash: one for one in found}.values())


def _written(word: str) -> Iterator[Normal]:
    """What is what it is without a heading."""
    if "@" in word or "linkedin." in word.lower():
        several = word.count("@") != 1 or "linkedin." in word.lower()
        for part in word.split() if several else [word]:
            one = normalise(part)
            pieces = _GAPS.split(part) if one is None and "@" in part else [part]
            for piece in pieces:
                one = normalise(piece.strip(".:"))
                if one and one.kind in ("address", "profile"):
                    yield one
    elif "://" not in word:
        for match in _PLUS.findall(word):
            if not _POINT.fullmatch(match):
                yield from _phone(match, "")


def _numbers(line: Line, heading: Heading, country: str) -> Iterator[Normal]:
    """Numbers without a plus sign."""
    if not heading.known:
        if len(line.words) == 1:
            yield from _plain(line.words[0], country, loose=False)
        return
    own = _country(line.columns, heading) or country
    for place, cell in enumerate(line.columns):
        if heading.holds(place, "phone"):
            for part in re.split(r"[,;|\t]", cell):
                yield from _plain(part, own, loose=True)


def _country(columns: Sequence[str], heading: Heading) -> str:
    said = [cell for n, cell in enumerate(columns) if heading.holds(n, "country")]
    return country_code(said[0][:60]) if said else ""


def _plain(text: str, country: str, *, loose: bool) -> Iterator[Normal]:
    """`loose`: a heading says that it is a number, so words may stand around it."""
    if "+" in text or "@" in text or _DATE.fullmatch(text) or _POINT.fullmatch(text):
        return
    for part in re.split(r" / ", text):
        bare = part.strip()
        match = _PLAIN.search(bare) if loose else _PLAIN.fullmatch(bare)
        dotted = not loose and "." in bare and not bare.startswith(("0", "("))
        if match and not dotted:
            yield from _phone(match.group(), country)


def _phone(text: str, country: str) -> Iterator[Normal]:
    """Numbers that can be read, parted at " / " when they cannot be read as one."""
    for one in (text, *text.split(" / ")):
        number = phone_number(one.strip(), country)
        if number.startswith("+"):
            yield Normal("phone", number)
            if one == text:
                return
