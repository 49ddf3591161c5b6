"""What an answer states of ours rests on what we stored, never on what they wrote.

Their message is a source like any other: "you asked about the boiler" is true because they did. A
price, a discount or a promise that only they have named is not, whoever puts it down for them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from outreach.services import receipts
from outreach.services.carried import Ours
from outreach.services.receipts import NAMES, Receipt, Sources

OURS = frozenset({"money", "percent", "promise", "proof", "multiple", "attachment", "relation"})
THEIRS = "only they have written this"


def unsaid(sources: Sources) -> Sources:
    """Without what they wrote."""
    return replace(sources, facts=tuple(fact for fact in sources.facts if not fact.said))


def held(
    found: Iterable[Receipt], subject: str, body: str, sources: Sources, machine: str
) -> Iterator[Receipt]:
    """The receipts of an answer, those of our own statements held to our own facts.

    A name that only they know is kept from machines; a person may repeat it.
    """
    own = unsaid(sources)
    strict = {_place(one): one for one in receipts.check(subject, body, own)}
    for one in found:
        again = strict.get(_place(one))
        by_machine = one.text.casefold() in machine.casefold()
        bound = one.kind in OURS and (by_machine or one.where == "body")
        bound = bound or one.kind in NAMES and by_machine
        if one.ok and bound and again is not None and not again.ok:
            yield replace(again, note=THEIRS)
        else:
            yield one


def _place(one: Receipt) -> tuple[str, int, int, str]:
    return one.where, one.start, one.end, one.kind


def ours(sources: Sources, hosts: frozenset[str], reach: str) -> Ours:
    """What an answer may name. `reach`: the reader's own addresses and numbers."""
    texts = (fact.text for fact in unsaid(sources).facts)
    return Ours("\n".join([reach, *texts]), hosts)
