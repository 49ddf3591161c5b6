"""A rep's own last 30 days: habits as counts, objections met and what won. No ranking of people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from coaching.models import Play, Talk
from coaching.services import plays, talks
from coaching.services.shares import FEW, Share
from salesagent.accounts.models import User

DAYS = 30
NEEDED = FEW  # threads before a share is shown
LABELS = {
    "quick": "Answers hot replies in an hour",
    "pain": "Names the lead's own trouble",
    "question": "Ends with one question",
    "edited": "Edits drafts",
    "next_step": "Leaves a call with a next step",
}


@dataclass(frozen=True)
class Habit:
    code: str
    label: str
    done: int
    of: int

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.of) if self.of else 0


@dataclass(frozen=True)
class Met:
    """One kind of objection: how often it came, after how many answers they wrote again."""

    kind: str
    label: str
    seen: int
    answered: int
    kept: int
    best: plays.Ranked | None

    @property
    def percent(self) -> int:
        return round(100 * self.kept / self.answered) if self.answered else 0


@dataclass(frozen=True)
class Month:
    """`threads`: leads that the rep wrote to by hand or spoke with."""

    threads: int
    habits: list[Habit]
    met: list[Met]

    @property
    def enough(self) -> bool:
        return self.threads >= NEEDED


def month(rep: User) -> Month:
    """From the thread itself, so that what was sent a minute ago counts. Ten queries at most."""
    now = timezone.now()
    rows = talks.read(rep, now - timedelta(days=DAYS), now)
    shares = counted(rows, talks.drafts(rep, now)[str(DAYS)])
    habits = [Habit(code, LABELS[code], one.done, one.of) for code, one in shares.items()]
    return Month(threads(rows), habits, met(rows))


def threads(rows: Iterable[Talk]) -> int:
    return len({row.lead_id for row in rows if row.about != Talk.About.WAITING})


def counted(rows: Iterable[Talk], drafts: list[int]) -> dict[str, Share]:
    """The five habits of one person, by code."""
    rows = list(rows)
    found = {}
    for code in LABELS:
        if code == "edited":
            found[code] = Share(drafts[1], drafts[0])
        else:
            marks = [mark for row in rows if (mark := getattr(row, code)) is not None]
            found[code] = Share(sum(marks), len(marks))
    return found


def objected(rows: Iterable[Talk]) -> dict[str, list[Talk]]:
    """kind -> its talks in writing, the most frequent kind first."""
    found: dict[str, list[Talk]] = {}
    for row in rows:
        if row.objection and row.theirs_id:
            found.setdefault(row.objection, []).append(row)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def kept(rows: Iterable[Talk]) -> Share:
    """How often they wrote again within a week; where they still may, it does not count yet."""
    marks = [row.kept for row in rows if row.kept is not None]
    return Share(sum(marks), len(marks))


def met(rows: Iterable[Talk]) -> list[Met]:
    """Objections in what the rep's leads wrote."""
    made = []
    by_kind = objected(rows)
    best = plays.best() if by_kind else {}
    for kind, some in by_kind.items():
        share = kept(some)
        made.append(
            Met(kind, str(Play.Kind(kind).label), len(some), share.of, share.done, best.get(kind))
        )
    return made
