"""Lines that people use against the same objection and that lead on: proposed for the playbook.

Each night; a manager accepts or dismisses. A line is proposed once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from coaching import access
from coaching.models import Play, Talk
from coaching.services import examples, plays
from coaching.services.shares import TEAM, Share, total
from coaching.services.similar import own_words
from leads.models import Decision
from leads.services import decisions
from outreach.models import Touch
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

RULE = "playbook.line"
BACK = timedelta(days=90)
MOST = 500  # answers of one kind that are read
LEADS, WINS, LOWEST = 4, 3, 25  # used with so many, led on with so many, lower end in percent
TOGETHER = 0.75  # of a line's people whom another line went to as well
SAME = 0.5  # of the shorter line's word triples
WORDS = 5, 40
_SENTENCE = re.compile(r"[^.!?\n]{1,400}[.!?]?")
_WORD = re.compile(r"\w+")
Triple = tuple[str, ...]

decisions.name_rules({RULE: "Line for the playbook"})


class PatternError(Exception):
    """Why a proposal cannot be settled, in plain words."""


@dataclass
class Line:
    """Answers that share a sentence, by lead: whether the lead went on."""

    text: str
    triples: set[Triple]
    leads: dict[int, bool] = field(default_factory=dict)
    events: list[int] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)

    @property
    def share(self) -> Share:
        return Share(sum(self.leads.values()), len(self.leads))


def propose(now: datetime | None = None) -> int:
    """Look at each kind of objection; returns how many lines are new."""
    since = (now or timezone.now()) - BACK
    return sum(_propose(str(kind), since) for kind in Play.Kind.values)


def _propose(kind: str, since: datetime) -> int:
    rows = Talk.objects.filter(
        objection=kind, about=Talk.About.ANSWER, worked__isnull=False, at__gte=since,
        lead__erased_at=None, event__redacted_at=None,
    )  # fmt: skip
    talks = list(rows.select_related("event", "lead").order_by("-at")[:MOST])[::-1]
    if len(talks) < LEADS:
        return 0
    known = [*_in_playbook(), *_settled()]
    return sum(_log(kind, line, _others(talks, line)) for line in _new(lines(talks), known))


def _new(found: list[Line], known: list[set[Triple]]) -> list[Line]:
    """Good lines that nobody has seen yet. Of sentences that go to the same people the one that is
    known speaks for all, else the question, else the longest."""
    rows = [
        (any(same(line.triples, other) for other in known), line) for line in found if good(line)
    ]
    rows.sort(key=lambda row: (row[0], row[1].text.endswith("?"), len(row[1].text)), reverse=True)
    new: list[Line] = []
    covered: list[set[int]] = []
    for seen, line in rows:
        leads = set(line.leads)
        if not any(len(leads & other) >= TOGETHER * len(leads) for other in covered) and not seen:
            new.append(line)
        covered.append(leads)
    return new


def lines(talks: Sequence[Talk]) -> list[Line]:
    """Sentences that several answers share, the oldest wording of each first."""
    bodies = _bodies(talks)
    found: list[Line] = []
    by_triple: dict[Triple, set[int]] = {}
    for talk in talks:
        text = examples.without_names(own_words(bodies.get(talk.event_id, "")), talk.lead)
        for sentence in _sentences(text):
            made = triples(sentence)
            place = _place(made, found, by_triple)
            if place is None:
                place = len(found)
                found.append(Line(sentence, made))
                for one in made:
                    by_triple.setdefault(one, set()).add(place)
            line = found[place]
            line.leads[talk.lead_id] = line.leads.get(talk.lead_id, False) or bool(talk.worked)
            line.events.append(talk.event_id)
            line.talks.append(talk)
    return found


def _place(made: set[Triple], found: list[Line], by_triple: dict[Triple, set[int]]) -> int | None:
    near = Counter(place for one in made for place in by_triple.get(one, ()))
    for place, _ in near.most_common(3):
        if same(made, found[place].triples):
            return place
    return None


def _bodies(talks: Iterable[Talk]) -> dict[int, str]:
    touches = {talk.event_id: talk.event.data.get("touch") for talk in talks}
    kept = dict(Touch.objects.filter(pk__in=touches.values()).values_list("pk", "body"))
    return {talk.event_id: kept.get(touches[talk.event_id]) or talk.event.body for talk in talks}


def _sentences(text: str) -> list[str]:
    rows = (one_line(row, 300) for row in _SENTENCE.findall(text[:4000]))
    return [row for row in rows if WORDS[0] <= len(row.split()) <= WORDS[1]][:12]


def triples(text: str) -> set[Triple]:
    words = _WORD.findall(text.lower())
    return {tuple(words[place : place + 3]) for place in range(len(words) - 2)}


def same(one: set[Triple], other: set[Triple]) -> bool:
    return bool(one and other) and len(one & other) >= SAME * min(len(one), len(other))


def good(line: Line) -> bool:
    share = line.share
    return share.of >= LEADS and share.done >= WINS and share.low >= LOWEST


def _others(talks: Sequence[Talk], line: Line) -> list[Talk]:
    """The same objection without the line."""
    return [talk for talk in talks if talk.lead_id not in line.leads]


def _by_person(talks: Iterable[Talk]) -> dict[str, list[int]]:
    """rep -> [led on, leads]: who may be shown which of it is asked where it is shown."""
    leads: dict[int, dict[int, bool]] = {}
    for talk in talks:
        known = leads.setdefault(talk.rep_id, {})
        known[talk.lead_id] = known.get(talk.lead_id, False) or bool(talk.worked)
    return {str(rep): [sum(known.values()), len(known)] for rep, known in leads.items()}


def _in_playbook() -> list[set[Triple]]:
    rows = plays.current().values_list("answer", "question")
    texts = [sentence for row in rows for text in row for sentence in _sentences(text)]
    return [triples(text) for text in texts]


def _settled() -> list[set[Triple]]:
    rows = Decision.objects.filter(rule=RULE).values_list("evidence", flat=True)
    return [triples(str(row.get("line", ""))) for row in rows]


def _log(kind: str, line: Line, rest: list[Talk]) -> bool:
    """Without numbers in words: they may be one person's. The evidence has them by person."""
    share = line.share
    others = Share(sum(bool(talk.worked) for talk in rest), len(rest))
    if others.of and share.done * others.of <= others.done * share.of:
        return False  # the others did as well without it
    made = decisions.log(
        rule=RULE,
        lead=None,
        what=f"“{one_line(line.text, 150)}” led on",
        why=f"Used with {LEADS} leads or more, and they went on more often than without it.",
        evidence={
            "kind": kind, "line": line.text, "events": line.events[-20:],
            "by": _by_person(line.talks), "others": _by_person(rest),
        },
        state=Decision.State.PROPOSED,
        dedupe_key=f"{RULE}:{kind}:{sha256(line.text.encode()).hexdigest()[:24]}",
    )  # fmt: skip
    return made is not None


# --- what a manager does with it ---


MOST_SHOWN = 5


@dataclass(frozen=True)
class Proposal:
    """A line that waits for a yes or no. The shares are None where they would be one private
    person's."""

    decision: Decision
    share: Share | None
    others: Share | None


def waiting(user: User) -> list[Proposal]:
    """Lines of the reader's people, and those that several people use."""
    rows = Decision.objects.filter(rule=RULE, state=Decision.State.PROPOSED)[: 4 * MOST_SHOWN]
    parts = [(row, _parts(row, "by"), _parts(row, "others")) for row in rows]
    mine = set(access.people(user).values_list("pk", flat=True)) if parts else set()
    ids = {who for _, by, others in parts for who in (*by, *others)}
    seen = access.open_habits(user, sorted(ids & mine)) if parts else set()
    return [
        Proposal(row, _all_of(by, seen), _all_of(others, seen))
        for row, by, others in parts
        if by.keys() & mine or len(by) >= TEAM
    ][:MOST_SHOWN]


def _parts(row: Decision, name: str) -> dict[int, Share]:
    known = row.evidence.get(name)
    return {int(who): Share(*two) for who, two in known.items()} if known else {}


def _all_of(parts: dict[int, Share], seen: set[int]) -> Share | None:
    """The whole number or none: a part of it would not be what the line did."""
    shown = total(parts, seen, fewest=1)
    return None if shown.partial else shown.share


@transaction.atomic
def accept(decision: Decision, user: User) -> Play:
    """Make a play of it. Raises PatternError when somebody was faster."""
    if not decisions.settle(decision, Decision.State.ACCEPTED, user):
        raise PatternError("Somebody settled this before.")
    line = str(decision.evidence.get("line", ""))
    asks = line if line.endswith("?") else ""
    return plays.save(
        None,
        user,
        {
            "kind": str(decision.evidence.get("kind", "")),
            "name": " ".join(line.split()[:7]).rstrip("?.,!"),
            "when": "From your own threads",
            "answer": line,
            "question": asks,
            "words": "",
        },
    )


def dismiss(decision: Decision, user: User) -> None:
    if not decisions.settle(decision, Decision.State.DISMISSED, user):
        raise PatternError("Somebody settled this before.")
