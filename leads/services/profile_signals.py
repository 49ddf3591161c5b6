"""Buying signals: what somebody does who thinks of buying, each with the event it rests on.

The words are bounded alternatives without nesting, read over at most 2,000 characters.
"""

# ruff: noqa: E501  one alternative a word reads better than broken lines

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from leads.services.profile_facts import Event, Facts

WINDOW = timedelta(days=90)
CLICKS_WITHIN = timedelta(days=14)
SILENCE = timedelta(days=21)
LATER = timedelta(days=3)
MOST = 6
FLAGS = re.IGNORECASE

PRICE = re.compile(
    r"\b(?:price|pricing|prices|cost|costs|quote|quotation|rates?|budget|how much"
    r"|preis\w{0,3}|kosten|kostet|angebot|prix|tarifs?|combien|devis|precios?|cu[aá]nto|presupuesto|prezz[oi]|quanto"
    r"|preventivo|prijs|prijzen|offerte|pre[cç]os?|or[cç]amento"
    r"|cen[aęy]|koszt\w{0,4}|ile kosztuj\w{1,3})\b",
    FLAGS,
)
REFERENCES = re.compile(
    r"\b(?:references?|case stud(?:y|ies)|other (?:customers|clients)|similar (?:projects?|customers|clients)"
    r"|referenz\w{0,4}|r[eé]f[eé]rences?|referencias?|referenze|referenties?|refer[eê]ncias?|referencj\w{1,3})\b",
    FLAGS,
)
DATE = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri)day\b|\b(?:montag|dienstag|mittwoch|donnerstag|freitag)\b"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|mi[eé]rcoles|jueves|viernes)\b"
    r"|\b(?:luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì])\b"
    r"|\b(?:maandag|dinsdag|woensdag|donderdag|vrijdag|segunda|ter[cç]a|quarta|quinta|sexta)\b"
    r"|\b(?:poniedzia\w{2,4}|wtorek|[sś]rod[aęy]|czwartek|pi[aą]tek)\b|\btomorrow\b"
    r"|\b[0-3]?\d\.[01]?\d\.|\b(?!24/7)[0-3]?\d/[01]?\d\b"
    r"|\bat \d{1,2}(?::\d\d| ?[ap]\.?m\b| o.clock)|\bum \d{1,2}(?::\d\d)? uhr\b",
    FLAGS,
)
COLLEAGUE = re.compile(
    r"\b(?:forwarded|copied in|cc(?:'|’)?d|in cc|my (?:colleague|boss|partner)|our (?:director|manager)"
    r"|weitergeleitet|kolleg(?:e|in|en)|coll[eè]gue|transf[eé]r[eé]|compa[nñ]er[oa]|reenviad\w|collega"
    r"|inoltrat\w|doorgestuurd|colega|encaminh\w{2,4}|kole[gż]\w{1,4}|przekaza\w{1,4})\b",
    FLAGS,
)
TECHNICAL = re.compile(
    r"\b(?:integrat\w{1,5}|api|compatib\w{2,6}|capacit\w{1,3}|specs?|specifications?|warranty|install\w{0,7}"
    r"|voltage|kilowatts?|kw|certif\w{2,8}|iso ?\d{3,5}|gdpr|dsgvo|rgpd|data sheet|datenblatt|schnittstelle\w?"
    r"|garant\w{1,4}|montage|maintenance|wartung|technical\w{0,2}|technisch\w{0,2}|technique|t[eé]cnic\w)\b",
    FLAGS,
)

Signal = dict[str, Any]
Found = tuple[str, Event]
LABELS = {
    "asked_price": "Asked about the price",
    "named_date": "Named a date",
    "asked_references": "Asked for references",
    "colleague": "Brought in a colleague",
    "technical": "Asked a technical question",
    "clicked_twice": "Clicked twice",
    "came_back": "Came back after silence",
    "looked_again": "Looked again days later",
}


def find(facts: Facts) -> list[Signal]:
    """The newest event of each signal, the newest signal first; without those that were refused."""
    refused = {
        (subject, event) for kind, subject, event, _to, _at in facts.said if kind == "signal"
    }
    newest: dict[str, Found] = {}
    for finder in FINDERS:
        for words, event in finder(facts):
            code = CODES[finder]
            fresh = event.at >= facts.now - WINDOW and (code, event.pk) not in refused
            if fresh and (code not in newest or event.at >= newest[code][1].at):
                newest[code] = (words, event)
    rows = [_signal(code, words, event) for code, (words, event) in newest.items()]
    rows.sort(key=lambda row: (str(row["at"]), str(row["code"])), reverse=True)
    return rows[:MOST]


def _signal(code: str, words: str, event: Event) -> Signal:
    return {"code": code, "text": words, "event": event.pk, "at": event.at.isoformat()}


def _written(facts: Facts) -> Iterator[Event]:
    """Answers in writing that do not say no."""
    refusing = ("opt_out", "not_interested", "out_of_office", "left_company")
    return (one for one in facts.of("reply.received") if one.label not in refusing)


def asked_price(facts: Facts) -> Iterator[Found]:
    for one in _written(facts):
        if one.about == "price" or ("?" in one.text and PRICE.search(one.text)):
            concern = one.label == "objection"
            yield ("Talks about the price" if concern else LABELS["asked_price"]), one


def named_date(facts: Facts) -> Iterator[Found]:
    for one in _written(facts):
        if DATE.search(one.text) and one.label in ("meeting", "interested", "question"):
            yield LABELS["named_date"], one


def asked_references(facts: Facts) -> Iterator[Found]:
    return ((LABELS["asked_references"], e) for e in _written(facts) if REFERENCES.search(e.text))


def colleague(facts: Facts) -> Iterator[Found]:
    yield from ((LABELS["colleague"], event) for event in facts.of("contact.proposed"))
    for one in _written(facts):
        if one.label == "referral" or COLLEAGUE.search(one.text):
            yield LABELS["colleague"], one


def technical(facts: Facts) -> Iterator[Found]:
    for one in _written(facts):
        if "?" in one.text and TECHNICAL.search(one.text):
            yield LABELS["technical"], one


def clicked_twice(facts: Facts) -> Iterator[Found]:
    clicks = facts.of("link.clicked")
    for before, after in zip(clicks, clicks[1:], strict=False):
        if after.at - before.at <= CLICKS_WITHIN:
            yield LABELS["clicked_twice"], after


def came_back(facts: Facts) -> Iterator[Found]:
    signs = facts.signs
    for before, after in zip(signs, signs[1:], strict=False):
        if after.at - before.at >= SILENCE:
            yield f"Came back after {(after.at - before.at).days} quiet days", after


def looked_again(facts: Facts) -> Iterator[Found]:
    """A click, or a look at the proposal, some days after we had sent it."""
    sent = {one.data.get("touch"): one.at for one in facts.of("touch.sent")}
    for one in facts.of("link.clicked", "proposal.viewed"):
        at = sent.get(one.data.get("touch"))
        if at is not None and one.at - at >= LATER:
            yield f"Looked again {(one.at - at).days} days later", one


CODES: dict[Callable[[Facts], Iterator[Found]], str] = {
    asked_price: "asked_price",
    named_date: "named_date",
    asked_references: "asked_references",
    colleague: "colleague",
    technical: "technical",
    clicked_twice: "clicked_twice",
    came_back: "came_back",
    looked_again: "looked_again",
}
FINDERS = tuple(CODES)
