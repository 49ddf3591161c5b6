"""How far a lead has come: the day of each step, and what that adds to the funnel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from analytics.services.story import CAME, STAGES, Event, Story

STEPS = ("came", "contacted", "replied", "meeting", "proposal", "won")
BY_STAGE = ("meeting", "proposal", "won")
LOST = "lost"
_STAGE = {"meeting": "meeting", "proposal": "proposal", "negotiation": "proposal", "won": "won"}


@dataclass
class Path:
    """The first day of each step; None: not there."""

    came: date
    contacted: date | None = None
    replied: date | None = None
    meeting: date | None = None
    proposal: date | None = None
    won: date | None = None
    lost: date | None = None

    def reached(self) -> list[str]:
        """Every step up to the furthest; whoever is won has passed through all before."""
        furthest = max(n for n, step in enumerate(STEPS) if getattr(self, step))
        return [*STEPS[: furthest + 1], *([LOST] if self.lost else [])]


def path_of(story: Story) -> Path:
    came = [member.created_at for member in story.members.values()]
    came += [event.at for event in story.events if event.kind in CAME]
    path = Path(story.day(min(came)))
    if story.sent:
        path.contacted = story.day(story.sent[0].event.at)
    if story.replies:
        path.replied = story.day(story.replies[0].at)
    steps = _by_stage(story)
    for step, at in [*_by_event(story), *steps.items()]:
        day, known = story.day(at.at), getattr(path, step)
        setattr(path, step, min(day, known) if known else day)
    return path


def _by_event(story: Story) -> Iterator[tuple[str, Event]]:
    """Facts that no later change of the stage takes back."""
    for event in story.events:
        if event.kind == "meeting.booked":
            yield "meeting", event
        elif event.kind == "deal.won":
            yield "won", event


def _by_stage(story: Story) -> dict[str, Event]:
    """The first time at each stage; a stage that was taken back does not count."""
    found: dict[str, Event] = {}
    for event in story.events:
        if event.kind not in STAGES:
            continue
        to = str(event.data.get("to", ""))
        if to == LOST:
            found.setdefault(LOST, event)
            continue
        found.pop(LOST, None)
        step = _STAGE.get(to)
        if event.kind == "lead.stage_changed":
            place = BY_STAGE.index(step) + 1 if step else 0
            for later in BY_STAGE[place:]:
                found.pop(later, None)
        if step:
            found.setdefault(step, event)
    return found
