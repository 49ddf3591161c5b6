"""How far a lead has come: the day of each step, and what that adds to the funnel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from analytics.counts.dealing import deals
from analytics.counts.story import CAME, STAGED, Event, Story

STEPS = ("came", "contacted", "replied", "meeting", "proposal", "won")
BY_STAGE = ("meeting", "proposal", "won")
LOST = "lost"


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
    came += [event.at for event in (*(m.event for m in story.sent[:1]), *story.replies[:1])]
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
    """Facts that no later change of the lead's stage takes back."""
    for event in story.events:
        if event.kind == "meeting.booked":
            yield "meeting", event
    for deal in deals(story.events):
        if deal.proposed is not None:
            yield "proposal", deal.proposed
        if deal.ended is not None and deal.ended.kind == "deal.won":
            yield "won", deal.ended


def _by_stage(story: Story) -> dict[str, Event]:
    """The first time at each stage of the lead; a stage that was taken back does not count."""
    found: dict[str, Event] = {}
    for event in story.events:
        if event.kind != STAGED:
            continue
        to = str(event.data.get("to", ""))
        if to == LOST:
            found.setdefault(LOST, event)
            continue
        reached = BY_STAGE.index(to) + 1 if to in BY_STAGE else 0
        for later in (*BY_STAGE[reached:], LOST):
            found.pop(later, None)
        if reached:
            found.setdefault(to, event)
    return found
