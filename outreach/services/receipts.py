"""Each statement of a draft and the stored fact behind it.

`check` finds what a text asserts and looks for a source that says the same: a number with what it
counts, a date with what happened, a name, an event. Deterministic: no model, no network.
"""

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from outreach.services import claims, receipt_tongues
from outreach.services.claim_closing import closing
from outreach.services.claim_tongues import tongue
from outreach.services.claims import NAMES as NAMES
from outreach.services.claims import Claim, Sentence
from outreach.services.receipt_facts import SOURCE_LIMIT as SOURCE_LIMIT
from outreach.services.receipt_facts import Source as Source
from outreach.services.receipt_facts import Sources as Sources
from outreach.services.receipt_facts import flat
from outreach.services.receipt_support import support

if TYPE_CHECKING:
    from outreach.models import Touch

MOST = 60  # statements that are kept
TOO_MANY = "too many statements to check all; make it shorter"
PROSE = ("pain", "snippet", "catalogue", "workspace")  # facts that are whole sentences

# what is said of a statement that has no source
NOTES = {
    "number": "no stored fact has this number for it",
    "percent": "no stored fact has this share",
    "money": "no stored fact has this amount",
    "multiple": "no stored fact has this factor",
    "date": "no stored fact has this date",
    "time": "no stored fact has this time",
    "duration": "no stored fact has this time span",
    "person": "this name is not known here",
    "place": "this place is not known here",
    "company": "this company is not known here",
    "name": "this name is not known here",
    "event": "nothing stored tells of this",
    "state": "nothing stored says so",
    "trade": "the stored trade is another",
    "title": "the stored job title is another",
    "proof": "no stored fact shows this",
    "promise": "nothing stored allows this promise",
    "attachment": "nothing is attached",
    "relation": "nothing stored tells of this person",
    "earlier": "no earlier conversation is recorded",
    "wrote": "nothing was sent to this person before",
    "unread": "this language cannot be checked here",
    "told": "the fact that the model names does not say this",
}


@dataclass(frozen=True)
class Receipt:
    """One statement: where it stands ("body" or "subject") and what it rests on, if anything."""

    text: str
    start: int
    end: int
    kind: str
    ok: bool
    source: dict[str, str]
    where: str = "body"
    note: str = ""
    sentence: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def check(subject: str, body: str, sources: Sources) -> list[Receipt]:
    """A receipt for each statement, in the order of the text."""
    sources = replace(sources, language=tongue(f"{subject}\n{body}"))
    stated = [
        (claim, where)
        for where, text in (("subject", subject), ("body", body))
        for claim in claims.find(text, sources.today, subject=where == "subject")
    ]
    if len(stated) > MOST:  # what is not looked at must not pass
        looked = [_receipt(claim, where, sources) for claim, where in stated[: MOST - 1]]
        return [*looked, replace(_made(*stated[MOST - 1], None), note=TOO_MANY)]
    found = [_receipt(claim, where, sources) for claim, where in stated]
    return (found + _resting(body, found, sources))[:MOST]


def _resting(body: str, found: list[Receipt], sources: Sources) -> list[Receipt]:
    """Sentences that state nothing to be checked, but say what a told fact says."""
    told = [(fact, claims.content(fact.told)) for fact in sources.facts if fact.told]
    told = [(fact, stems) for fact, stems in told if fact.kind in PROSE]
    covered = {item.start for item in found if item.where == "body"}
    rows = []
    for sentence in claims.sentences(body[: claims.LIMIT]) if told else ():
        end = sentence.start + len(sentence.text)
        if not any(sentence.start <= start < end for start in covered):
            rows += [row for row in [_rests(sentence, told)] if row]
    return rows


def unread(
    body: str, found: list[Receipt], machine: str, language: str, sources: Sources
) -> list[Receipt]:
    """A receipt without a source for each sentence of a machine's that nobody here can check, and
    that no person has vouched for."""
    covered = {item.start for item in found if item.where == "body" and not item.ok}
    written = " ".join(machine.split())
    rows = []
    sign = closing(body)
    for sentence in claims.sentences(body[: claims.LIMIT]):
        text, start = sentence.text.strip(), sentence.start
        if sign and sign.start <= start < sign.end:
            continue
        wrong = any(start <= one < start + len(sentence.text) for one in covered)
        mine = not wrong and " ".join(text.split()) in written
        known = any(flat(text) in fact.folded for fact in sources.facts)
        if mine and not known and receipt_tongues.unread(text, language):
            rows.append(blank(text, start + sentence.text.index(text), "unread"))
    return rows


def blank(text: str, start: int, kind: str) -> Receipt:
    """A sentence that rests on nothing."""
    end = start + len(text[:200])
    return Receipt(text[:200], start, end, kind, False, {}, "body", NOTES[kind], text[:300])


def _rests(sentence: Sentence, told: list[tuple[Source, frozenset[str]]]) -> Receipt | None:
    """Most of its words, and at least three, stand in the fact."""
    words = claims.content(sentence.text)
    fact, stems = max(told, key=lambda row: len(words & row[1]))
    if len(words & stems) < 3 or len(words & stems) * 2 < len(words):
        return None
    text = sentence.text.strip()
    start = sentence.start + sentence.text.index(text)
    source = {"kind": fact.kind, "label": fact.label, "ref": fact.ref}
    return Receipt(
        text[:200], start, start + len(text[:200]), "told", True, source, sentence=text[:300]
    )


def _receipt(claim: Claim, where: str, sources: Sources) -> Receipt:
    return _made(claim, where, support(claim, sources))


def _made(claim: Claim, where: str, source: Source | None) -> Receipt:
    return Receipt(
        text=claim.text[:200],
        start=claim.start,
        end=claim.end,
        kind=claim.kind,
        ok=source is not None,
        source={"kind": source.kind, "label": source.label, "ref": source.ref} if source else {},
        where=where,
        note="" if source else NOTES[claim.kind],
        sentence=claim.sentence.text.strip()[:300],
    )


def sources_for(touch: "Touch") -> Sources:
    """Everything stored that this touch may rest on."""
    from outreach.services.quality_facts import sources_of  # it builds on this module

    return sources_of(touch)
