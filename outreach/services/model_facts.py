"""What a model may be told about a lead: read off the sources that its words are held to.

There is one list, made in receipt_sources. A source with `told` may leave the house in these words;
whatever a model makes of it rests on that source, and its receipt says so.
"""

from collections.abc import Iterable
from dataclasses import replace

from outreach.services.claim_tongues import tongue
from outreach.services.claims import content, find, sentences
from outreach.services.receipt_facts import Source, Sources
from outreach.services.receipt_support import support
from outreach.services.receipt_tongues import unread
from outreach.services.receipt_values import Day, days, numbers
from outreach.services.receipts import PROSE, Receipt, blank
from salesagent.ai.base import Block, Fact, Sentence
from salesagent.lib.text import one_line

QUOTED = ("event", "sent")  # kinds of source that are messages: quoted, never among the facts
MOST = 60  # facts
THREAD = 8  # messages quoted
MINE, THEIRS = "We wrote", "They wrote"


def told(sources: Sources) -> list[Source]:
    """What a model may state, in the order of its numbers."""
    return [fact for fact in sources.facts if fact.told and fact.kind not in QUOTED][:MOST]


def facts(sources: Sources) -> tuple[Fact, ...]:
    """Numbered, each with where we know it from."""
    rows = enumerate(told(sources), start=1)
    return tuple(
        Fact(f"F{n}", one_line(fact.told, 300), one_line(fact.origin or fact.label, 120))
        for n, fact in rows
    )


def thread(sources: Sources) -> tuple[Block, ...]:
    """The last messages in both directions; notes of colleagues stay in the house."""
    messages = [fact for fact in sources.facts if fact.told and fact.kind in QUOTED]
    return tuple(
        Block(f"{THEIRS if fact.said else MINE} on {fact.when:%d %B %Y}", fact.told)
        for fact in reversed(messages[:THREAD])
        if fact.when
    )


def named(
    found: Iterable[Receipt], body: str, written: Iterable[Sentence], sources: Sources
) -> list[Receipt]:
    """The receipts, and one for each sentence without that a model says rests on a fact.

    Only its word for it: in another language than the fact not all can be compared. What can, has
    to stand in the facts it names; where nothing can, the sentence has no source.
    """
    rows = list(found)
    covered = {one_line(item.sentence, 300) for item in rows}
    by_id = {f"F{n}": fact for n, fact in enumerate(told(sources), start=1)}
    for one in written:
        cited = [by_id[name] for name in one.facts if name in by_id]
        start = body.find(one.text)
        if start >= 0 and one_line(one.text, 300) not in covered and _says(one.text):
            rows += _judged(one.text, start, cited, sources)
    return rows


def _judged(text: str, start: int, cited: list[Source], sources: Sources) -> list[Receipt]:
    if cited and unread(text):
        return [blank(text, start, "unread")]
    source = next((fact for fact in cited if _may_be(text, fact)), None)
    if source is None:
        return []
    return [
        _receipt(text, start, source)
        if _carried(text, cited, sources)
        else blank(text, start, "told")
    ]


def _carried(text: str, cited: list[Source], sources: Sources) -> bool:
    """Every claim, number and date of the sentence stands in what it names; names may say who we
    and they are."""
    who = tuple(fact for fact in sources.facts if fact.kind in ("sender", "field"))
    narrow = replace(sources, facts=(*cited, *who), language=tongue(text))
    dates = days(text, sources.today)
    bare = [one for one in numbers(text) if not any(d.start <= one.start < d.end for d in dates)]
    counted = {value for fact in cited for one in numbers(_words(fact)) for value in one.values}
    return (
        all(support(claim, narrow) for claim in find(text, sources.today))
        and all(one.values & counted for one in bare)
        and all(any(_tells(fact, day, sources) for fact in cited) for day in dates)
    )


def _words(fact: Source) -> str:
    return f"{fact.text} {fact.told}"


def _tells(fact: Source, day: Day, sources: Sources) -> bool:
    if fact.when and day.covers(fact.when):
        return True
    return any(day.agrees(other) for other in days(_words(fact), sources.today))


def _may_be(text: str, fact: Source) -> bool:
    """Whole sentences only; in the language of the fact some word has to be the same."""
    spoken, stored = tongue(text), tongue(fact.told)
    same = not spoken or not stored or spoken == stored
    return fact.kind in PROSE and (not same or bool(content(text) & content(fact.told)))


def _says(text: str) -> bool:
    """More than a greeting."""
    return len(content(text)) > 2 and any(not part.question for part in sentences(text))


def _receipt(text: str, start: int, source: Source) -> Receipt:
    text = text[:200]
    said = {"kind": source.kind, "label": f"{source.label}, says the model", "ref": source.ref}
    return Receipt(text, start, start + len(text), "told", True, said, sentence=text)
