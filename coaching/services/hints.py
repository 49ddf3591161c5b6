"""What helps while somebody writes or speaks: the objection, an answer that worked, a question.

Only the database and words: no model is loaded and nothing leaves the house.
"""

from dataclasses import dataclass, field

from coaching.models import Play
from coaching.services import objections, plays, similar, wording
from coaching.services.objections import Objection
from leads.models import Lead, ThreadEvent
from leads.services import corrections
from salesagent.accounts.models import User

TEXT_LIMIT = 8_000
KINDS = list(Play.Kind.choices)


@dataclass(frozen=True)
class Notice:
    """Something about the text being written. `tone`: ok or warn."""

    tone: str
    text: str


@dataclass(frozen=True)
class Hints:
    """`chosen`: the rep picked the kind. `wrong`: somebody said that the guess is not right."""

    objection: Objection | None
    ranked: list[plays.Ranked] = field(default_factory=list)
    worked: similar.Worked | None = None
    notices: list[Notice] = field(default_factory=list)
    chosen: bool = False

    @property
    def question(self) -> str:
        return self.ranked[0].question if self.ranked else ""


def hints(lead: Lead, user: User, channel: str, text: str, kind: str = "") -> Hints:
    """Hints for an answer to `lead`. `text`: what stands in the composer or the call's notes.

    `kind`: the objection a person picked; else that of their newest message, else (on a call) of
    the notes.
    """
    text = text[:TEXT_LIMIT]
    objection = _objection(lead, channel, text, kind)
    notices = _notices(text, objection)
    if objection is None:
        return Hints(None, notices=notices)
    theirs = objection.event.body if objection.event else text
    return Hints(
        objection,
        plays.ranked(objection.kind, theirs, lead, user, limit=3),
        similar.answer_that_worked(objection.kind, lead, user),
        notices,
        chosen=bool(kind),
    )


def _objection(lead: Lead, channel: str, text: str, kind: str) -> Objection | None:
    message, guess = objections.read(lead)
    if kind in Play.Kind.values:
        return Objection(kind, (), message)
    spoken = objections.detect(text) if channel in ("call", "phone") else None
    if spoken is not None:
        return spoken
    return _unless_corrected(lead, message, guess) if message else None


def _unless_corrected(
    lead: Lead, message: ThreadEvent, guess: Objection | None
) -> Objection | None:
    """What a person said about this message stands over the guess."""
    said = (
        corrections.live()
        .filter(kind="hint", lead=lead, event=message, subject="objection")
        .first()
    )
    if said is None:
        return guess
    return Objection(said.after, (), message) if said.after in Play.Kind.values else None


def _notices(text: str, objection: Objection | None) -> list[Notice]:
    """What the text holds so far, in the order in which a reader would notice it."""
    if len(text.split()) < 8:
        return []
    found = []
    if wording.gives_discount(text) and not wording.asks_before_discount(text):
        found.append(Notice("warn", "Gives a discount before asking anything"))
    if objection and not wording.acknowledges(text):
        found.append(Notice("warn", "Argues before it acknowledges what they said"))
    asked = wording.questions(text)
    if asked == 0:
        found.append(Notice("warn", "Ends without a question"))
    elif asked > 2:
        found.append(Notice("warn", f"Asks {asked} things at once"))
    else:
        found.append(Notice("ok", "Asks a question"))
    return found


def not_right(
    lead: Lead, user: User, event: ThreadEvent | None, before: str, after: str = ""
) -> None:
    """A person says that the objection is another one, or none."""
    corrections.correct(
        kind="hint", lead=lead, subject="objection", before=before, after=after, user=user,
        event=event,
    )  # fmt: skip
