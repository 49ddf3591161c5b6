"""Find what a text asserts: numbers, money, dates, names, events, proof, earlier talk, promises.

Pure and bounded. Greetings, questions and our own proposals ("Would Tuesday at 10 suit you?")
assert nothing. Whether a statement has a source is decided in outreach.services.receipts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from outreach.services import claim_closing, claim_names, lint
from outreach.services import claim_words as cw
from outreach.services.receipt_values import WORD, Day, Number, days, numbers
from outreach.services.receipt_words import STOP, fold, stem

LIMIT = 9_000  # characters; a body holds 8,000
LONGEST = 600  # characters of a sentence
MOST = 400  # claims of a text; with far fewer it is too long to be checked (receipts.MOST)


@dataclass(frozen=True)
class Sentence:
    text: str
    start: int

    @property
    def question(self) -> bool:
        return self.text.rstrip("\"'”’) ").endswith("?")


@dataclass(frozen=True)
class Claim:
    """A statement that wants a source. `start`, `end`: places in the whole text."""

    kind: str
    text: str
    start: int
    end: int
    sentence: Sentence
    number: Number | None = None
    day: Day | None = None
    needs: frozenset[str] = field(default=frozenset())  # stems that a source must speak of


_END = re.compile(r"(?<=[.!?…])[\"”’)]*(?:\s+|$)|\n+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Co|Ltd|Inc|No|Nr|approx|ca|e\.g|i\.e|z\.B|bzw|Prof|vs|Str|ul"
    r"|[A-Z])|\b\d{1,2})\.$"
)


def sentences(text: str) -> list[Sentence]:
    """The sentences with their places; "Dr. Weber" and "3. March" do not end one."""
    found: list[Sentence] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.start()]
        if "\n" not in match[0] and _ABBREVIATED.search(piece[-12:]) and match.end() < len(text):
            continue
        found += _bounded(piece, start)
        start = match.end()
    return [*found, *_bounded(text[start:], start)]


def _bounded(piece: str, start: int) -> Iterator[Sentence]:
    """A sentence of any length, in parts that are quick to read."""
    for offset in range(0, len(piece), LONGEST):
        part = piece[offset : offset + LONGEST]
        if part.strip():
            yield Sentence(part, start + offset)


@lru_cache(maxsize=1024)
def content(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    words = (match[0] for match in WORD.finditer(text))
    return frozenset(stem(word) for word in words if len(word) > 2 and fold(word) not in STOP)


def find(text: str, today: date, *, subject: bool = False) -> list[Claim]:
    """Every claim in the order of the text; of two on the same words the more telling one."""
    text = text[:LIMIT]
    nouns_capital = claim_names.looks_german(text)
    found: list[Claim] = []
    for sentence in sentences(text):
        found += _of_sentence(sentence, today)
        names = claim_names.names(sentence.text, german=nouns_capital, title=subject)
        found += [_claim(name.kind, sentence, name.start, name.end) for name in names]
        if len(found) > MOST:
            break
    sign = None if subject else claim_closing.closing(text)
    found = [one for one in found if not (sign and sign.lets_off(one.kind, one.start))]
    return _without_doubles(_outside(found, lint.spans(text)))


def _outside(found: list[Claim], links: list[tuple[int, int]]) -> list[Claim]:
    """Letters and digits of a link state nothing; where it leads is judged for itself."""
    return [
        one for one in found if not any(start < one.end and one.start < end for start, end in links)
    ]


def _of_sentence(sentence: Sentence, today: date) -> Iterator[Claim]:
    dates = days(sentence.text, today)
    yield from _phrases(sentence)
    yield from _numbers(sentence, dates)
    yield from _dates(sentence, dates)


def _claim(kind: str, sentence: Sentence, start: int, end: int, **more: object) -> Claim:
    raw = sentence.text[start:end]
    end = start + len(raw.rstrip(" ,;:"))
    place = sentence.start + start
    text = sentence.text[start:end]
    return Claim(kind, text, place, place + end - start, sentence, **more)  # type: ignore[arg-type]


# --- phrases ---


def _phrases(sentence: Sentence) -> Iterator[Claim]:
    for kind, pattern in cw.PATTERNS:
        for match in pattern.finditer(sentence.text[:2000]):
            if not _harmless(kind, sentence, match):
                needs = content(sentence.text[match.start() :][:200])
                yield _claim(kind, sentence, match.start(), match.end(), needs=needs)


def _harmless(kind: str, sentence: Sentence, match: re.Match[str]) -> bool:
    before = sentence.text[max(0, match.start() - 40) : match.start()]
    if kind == "promise" and not sentence.question and cw.OFFERS.search(sentence.text[:1000]):
        return bool(cw.NO_PROMISE.search(before + match[0]))
    if kind in cw.NOT_IN_QUESTIONS and (sentence.question or cw.UNSURE.search(before)):
        return True
    if kind == "promise":
        around = sentence.text[max(0, match.start() - 12) : match.end() + 16]
        return bool(cw.NO_PROMISE.search(around))
    if kind == "proof":
        return bool(
            cw.NOT_PROOF.search(sentence.text[max(0, match.start() - 25) : match.end() + 5])
        )
    if kind in ("event", "state"):
        return bool(cw.NOT_EVENT.search(sentence.text[max(0, match.start() - 12) : match.end()]))
    return False


# --- numbers ---


def _numbers(sentence: Sentence, dates: list[Day]) -> Iterator[Claim]:
    taken = [(d.start, d.end) for d in dates if not d.text.isdigit()]
    for number in numbers(sentence.text):
        if any(start <= number.start < end for start, end in taken):
            continue
        kind = _number_kind(number, sentence)
        if kind:
            yield _claim(kind, sentence, number.start, number.end, number=number)


def _number_kind(number: Number, sentence: Sentence) -> str:
    text = sentence.text
    after, before = (
        text[number.end : number.end + 30],
        text[max(0, number.start - 30) : number.start],
    )
    if number.unit:
        return "percent" if number.unit == "percent" else "money"
    if _bare_year(number) or cw.LIST_MARK.fullmatch(text[: number.end].strip() + after[:1]):
        return ""
    if cw.CODE_BEFORE.search(before) or cw.CODE_AFTER.match(after) or _phone(number, sentence):
        return ""
    if cw.CLOCK_AFTER.match(after) or cw.CLOCK_BEFORE.search(before):
        return "" if _proposal(sentence) else "time"
    if cw.SMALL_NOUN.match(after) and max(number.values, default=0) <= 60:
        return ""
    if cw.SECONDS_AFTER.match(after) or number.spelled and cw.SEND_BEFORE.search(before):
        return ""
    if cw.DURATION_AFTER.match(after):
        return "" if _own_time(sentence, number) else "duration"
    if cw.RATE_AFTER.match(after) and number.values <= {1.0, 2.0, 3.0}:
        return ""
    asks = sentence.question and not cw.DEFINITE_BEFORE.search(before)
    if asks or number.spelled and _idle_word(number, before, after):
        return ""
    return "number" if number.near or not number.spelled else ""


def _idle_word(number: Number, before: str, after: str) -> bool:
    """ "the two of us", "a four-eyes check": a small number word that counts nothing we know."""
    return bool(cw.IDLE_BEFORE.search(before) or cw.IDLE_AFTER.match(after))


def _bare_year(number: Number) -> bool:
    """Years are dates."""
    return bool(re.fullmatch(r"(?:19|20)\d\d", number.text))


def _phone(number: Number, sentence: Sentence) -> bool:
    """Part of a telephone number, an address on the web or a postal code."""
    around = sentence.text[max(0, number.start - 25) : number.end + 25]
    near = sentence.text[max(0, number.start - 2) : number.end + 2]
    return (
        bool(cw.PHONE.search(around))
        or bool(re.search(r"[/@#_=]\w|\w[/@#_=]|\d:\d\d", near))
        and (not cw.CLOCK_AFTER.match(sentence.text[number.end : number.end + 5]))
    )


def _proposal(sentence: Sentence) -> bool:
    text = sentence.text[:1000]
    if cw.PAST.search(text):
        return False
    return sentence.question or bool(cw.PROPOSAL.search(text))


def _own_time(sentence: Sentence, number: Number) -> bool:
    """Minutes of a talk that we ask for, or a wait that we offer."""
    text = sentence.text[:1000]
    short = cw.MINUTES_AFTER.match(text[number.end : number.end + 20])
    if short and cw.BY_PHONE.search(text[number.end : number.end + 40]):
        return True
    if cw.PROMISED_WITHIN.search(text) and not cw.WE_WRITE.search(text):
        return False
    if cw.PAST.search(text):
        return False
    return (
        bool(short and cw.ASK_TIME.search(text))
        or sentence.question
        or bool(cw.ASK_WAIT.search(text))
    )


# --- dates ---


def _dates(sentence: Sentence, dates: list[Day]) -> Iterator[Claim]:
    for day in dates:
        before = sentence.text[max(0, day.start - 30) : day.start]
        if day.span and not _past_weekday(day, sentence) and _proposal(sentence):
            continue
        asked = _proposal(sentence) and not _told(sentence, day.end)
        if not day.span and asked and not cw.SINCE.search(before):
            continue
        if day.span and cw.GENERIC_DAY.search(before):
            continue
        yield _claim("date", sentence, day.start, day.end, day=day)


def _told(sentence: Sentence, end: int) -> bool:
    """A statement about the reader before the question: "You open on 4 May, shall we talk?" """
    last = max(sentence.text.rfind(mark) for mark in (", ", ": ", " – ", "; "))
    return sentence.question and end <= last and bool(cw.TOLD.match(sentence.text))


def _past_weekday(day: Day, sentence: Sentence) -> bool:
    return bool(cw.PAST.search(day.text) or cw.PAST.search(sentence.text[:1000]))


# --- one claim for the same words ---

NAMES = ("person", "place", "company", "name")
_RANK = (
    *("earlier", "relation", "attachment", "wrote", "promise", "proof", "multiple", "money"),
    *("percent", "date", "time", "duration", "number", "event", "trade", "title", "state"),
    *NAMES,
)
_WIDE = ("event", "state", "proof", "relation", "promise")


def _without_doubles(found: list[Claim]) -> list[Claim]:
    """A number inside of an event is a claim of its own; two kinds for one number are not."""
    kept: list[Claim] = []
    for claim in sorted(found, key=lambda c: (_RANK.index(c.kind), c.start)):
        near = [one for one in kept if claim.start < one.end and one.start < claim.end]
        precise = bool(claim.number or claim.day or claim.kind in NAMES)
        first = claim.kind in _WIDE and all(one.kind != claim.kind for one in near)
        alone = not any(one.number or one.day or one.kind in NAMES for one in near)
        if not near or first or (precise and alone):
            kept.append(claim)
    return sorted(kept, key=lambda c: (c.start, -c.end))
