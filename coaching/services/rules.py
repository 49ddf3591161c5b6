"""What went well and what could go better in one interaction, each with the events it rests on.

Deterministic: the same interaction gives the same findings. Nothing is said without evidence.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coaching.services import wording
from coaching.services.interaction import Interaction
from salesagent.lib.text import plural

QUICK, SLOW = 1.0, 24.0  # working hours
LONG, TIMES = 120, 4  # words, and how many times theirs
SPOKE = ("reached", "call_back", "meeting", "not_interested")


@dataclass(frozen=True)
class Finding:
    """`weight`: what is said first when there is more than fits."""

    code: str
    text: str
    good: bool
    evidence: tuple[int, ...]
    weight: int = 1

    def as_dict(self) -> dict[str, object]:
        return {"code": self.code, "text": self.text, "evidence": list(self.evidence)}


Rule = Callable[[Interaction], Iterator[Finding]]


def _both(one: Interaction) -> tuple[int, ...]:
    return (one.theirs.pk, one.event.pk) if one.theirs else (one.event.pk,)


def span(hours: float) -> str:
    """ "26 minutes", "5 hours", "3 days"."""
    if hours < 1:
        return plural(max(round(hours * 60), 1), "minute")
    return plural(round(hours), "hour") if hours < 36 else plural(round(hours / 24), "day")


def speed(one: Interaction) -> Iterator[Finding]:
    if one.theirs is None:
        return
    if one.hours <= QUICK:
        text = f"You answered in {span(one.hours)}."
        yield Finding("speed", text, True, _both(one), 2)
    elif one.hours > SLOW:
        text = f"They waited {span(one.hours)} for an answer. The first hour counts most."
        yield Finding("speed", text, False, _both(one), 3)


def answered(one: Interaction) -> Iterator[Finding]:
    """Each question of theirs should meet a word of it in the answer, or a time where they ask
    for one."""
    asked = wording.asked_in(one.theirs.body) if one.theirs else []
    if not asked:
        return
    said = wording.topics(one.body)
    missed = [q for q in asked if (words := wording.topics(q)) and not words & said]
    missed = [q for q in missed if not ("when" in q.lower() and wording.offers_times(one.body))]
    if not missed:
        text = "You answered what they asked."
        yield Finding("answered", text, True, _both(one), 4)
    elif len(missed) == len(asked):
        count = "their question" if len(asked) == 1 else f"their {len(asked)} questions"
        text = f"The answer does not come back to {count}. Answer that first, then go on."
        yield Finding("answered", text, False, _both(one), 6)


def acknowledged(one: Interaction) -> Iterator[Finding]:
    if one.objection is None:
        return
    if wording.acknowledges(one.body):
        text = "You took up their objection before you argued."
        yield Finding("acknowledged", text, True, _both(one), 4)
    else:
        text = "The first sentences argue. Say first that you have heard them."
        yield Finding("acknowledged", text, False, _both(one), 5)


def discount(one: Interaction) -> Iterator[Finding]:
    if one.objection is None or one.objection.kind != "price":
        return
    if not wording.gives_discount(one.body):
        if wording.questions(one.body):
            text = "You asked before you spoke of a lower price."
            yield Finding("discount", text, True, _both(one), 5)
    elif not wording.asks_before_discount(one.body):
        text = "You offered a lower price before asking anything. Ask first what it costs them now."
        yield Finding("discount", text, False, _both(one), 7)


def times(one: Interaction) -> Iterator[Finding]:
    if one.label != "meeting":
        return
    if wording.offers_times(one.body):
        yield Finding("times", "You offered a time when they wanted to meet.", True, _both(one), 5)
    else:
        text = "They want to meet and got no time. Offer two."
        yield Finding("times", text, False, _both(one), 6)


def question(one: Interaction) -> Iterator[Finding]:
    asked = wording.questions(one.body)
    if asked == 0 and one.label not in ("meeting", "opt_out", "not_interested"):
        text = "It ends without a question. One that is easy to answer keeps it going."
        yield Finding("question", text, False, (one.event.pk,), 3)
    elif asked == 1:
        yield Finding("question", "You asked one clear question.", True, (one.event.pk,), 3)
    elif asked > 2:
        text = f"You asked {asked} things at once. They will answer the easiest one."
        yield Finding("question", text, False, (one.event.pk,), 3)


def length(one: Interaction) -> Iterator[Finding]:
    ours = wording.words(one.body)
    theirs = wording.words(one.theirs.body) if one.theirs else 0
    if theirs and ours > LONG and ours > TIMES * theirs:
        text = f"You wrote {ours} words to their {theirs}. Half of it would do."
        yield Finding("length", text, False, _both(one), 2)
    elif theirs and ours <= 90:
        yield Finding("length", f"You kept it to {ours} words.", True, _both(one), 1)


def tone(one: Interaction) -> Iterator[Finding]:
    if found := wording.harsh(one.body):
        yield Finding("tone", f"{found}.", False, (one.event.pk,), 6)


def promise(one: Interaction) -> Iterator[Finding]:
    """A promise in our last message, and this one came in time after it."""
    before = one.ours_before
    if before is None or not wording.promises(before.body) or wording.words(before.body) < 4:
        return
    days = (one.event.occurred_at - before.occurred_at).days
    if days <= 3:
        text = "You had promised to come back, and you did."
        yield Finding("promise", text, True, (before.pk, one.event.pk), 4)


def play(one: Interaction) -> Iterator[Finding]:
    if one.use is not None:
        text = f"You met it with “{one.use.play.name}” from the playbook."
        yield Finding("play", text, True, _both(one), 3)


def next_step(one: Interaction) -> Iterator[Finding]:
    outcome = str(one.event.data.get("outcome") or "")
    if outcome not in SPOKE or outcome == "not_interested":
        return
    agreed = {"meeting": "You agreed a meeting.", "call_back": "You agreed when to call back."}
    if outcome in agreed:
        yield Finding("next_step", agreed[outcome], True, (one.event.pk,), 6)
    elif wording.names_a_step(one.body):
        yield Finding("next_step", "You left with a next step.", True, (one.event.pk,), 5)
    else:
        text = "The notes hold no next step. Agree one before you hang up."
        yield Finding("next_step", text, False, (one.event.pk,), 5)


def notes(one: Interaction) -> Iterator[Finding]:
    if one.event.data.get("outcome") in SPOKE:
        count = wording.words(one.body)
        if count < 4:
            text = "You spoke with them and the notes say almost nothing. Two lines help next time."
            yield Finding("notes", text, False, (one.event.pk,), 4)
        elif count >= 12:
            text = "Your notes will help whoever calls next."
            yield Finding("notes", text, True, (one.event.pk,), 2)


ANSWER: tuple[Rule, ...] = (
    speed, answered, acknowledged, discount, times, question, length, tone, promise, play,
)  # fmt: skip
CALL: tuple[Rule, ...] = (next_step, notes, promise, play)


def findings(one: Interaction, rules: tuple[Rule, ...]) -> tuple[list[Finding], list[Finding]]:
    """Strengths (three at most) and improvements (two at most), the weightiest first."""
    found = [finding for rule in rules for finding in rule(one)]
    found.sort(key=lambda finding: -finding.weight)
    good = [finding for finding in found if finding.good]
    return good[:3], [finding for finding in found if not finding.good][:2]
