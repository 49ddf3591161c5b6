"""What a model may be told about a lead: read off the sources that its words are held to.

There is one list, made in receipt_sources. A source with `told` may leave the house in these words;
whatever a model makes of it rests on that source, and its receipt says so.
"""

from collections.abc import Iterable

from outreach.services.claim_tongues import tongue
from outreach.services.claims import content, sentences
from outreach.services.receipt_facts import Source, Sources
from outreach.services.receipts import PROSE, Receipt
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

    Only its word for it: in another language than the fact nothing else can be compared.
    """
    rows = list(found)
    covered = {one_line(item.sentence, 300) for item in rows}
    by_id = {f"F{n}": fact for n, fact in enumerate(told(sources), start=1)}
    for one in written:
        cited = (by_id[name] for name in one.facts if name in by_id)
        source = next((fact for fact in cited if _may_be(one.text, fact)), None)
        start = body.find(one.text)
        if source and start >= 0 and one_line(one.text, 300) not in covered and _says(one.text):
            rows.append(_receipt(one.text, start, source))
    return rows


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
