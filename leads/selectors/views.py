"""The saved views that everybody has: a name and what it narrows the list to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from leads.models import Lead, ThreadEvent

HOT = 75  # UI.md section 6
QUIET_DAYS = 3
STALL_DAYS = 14
TOUCHES = ("touch.sent", "call.logged", "linkedin.done", "touch.done")
CLOSED = (Lead.Stage.WON, Lead.Stage.LOST)
WORKED_ON = (Lead.Stage.CONTACTED, Lead.Stage.ENGAGED, Lead.Stage.MEETING, Lead.Stage.PROPOSAL)


@dataclass(frozen=True)
class View:
    code: str
    name: str
    narrow: Callable[[QuerySet[Lead]], QuerySet[Lead]]
    sort: str = "score"
    counted: bool = True
    few: bool = False  # an index of its own holds exactly these leads
    empty: str = "No lead is in this view."


def _touched_since(days: int) -> Exists:
    """A message, call or LinkedIn touch of ours within the last days."""
    since = timezone.now() - timedelta(days=days)
    events = ThreadEvent.objects.filter(lead=OuterRef("pk"), occurred_at__gte=since)
    return Exists(events.filter(Q(kind__in=TOUCHES) | Q(direction=ThreadEvent.Direction.OUT)))


def _in_list(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return leads.filter(archived_at=None)


def _open(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return _in_list(leads).exclude(stage__in=CLOSED)


def _hot(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return _open(leads).filter(~_touched_since(QUIET_DAYS), score__gte=HOT)


def _new(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return _in_list(leads).filter(created_at__gte=timezone.now() - timedelta(days=7))


def _replied(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return _open(leads).filter(replied_at__isnull=False)


def _stalled(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Somebody worked on it, nothing is planned, and nothing happened for two weeks."""
    quiet = Q(last_sign_at=None) | Q(last_sign_at__lt=timezone.now() - timedelta(days=STALL_DAYS))
    idle = _in_list(leads).filter(quiet, stage__in=WORKED_ON, next_at=None, follow_up_at=None)
    return idle.exclude(sequence_state="active").filter(~_touched_since(STALL_DAYS))


def _archived(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return leads.filter(archived_at__isnull=False, merged_into=None)


VIEWS = {
    view.code: view
    for view in (
        View("open", "Open leads", _open, empty="No open lead. Add one, or import a file."),
        View(
            "hot",
            f"Hot, no touch in {QUIET_DAYS} days",
            _hot,
            empty=f"Every hot lead heard from us in the last {QUIET_DAYS} days.",
        ),
        View("new", "New this week", _new, sort="newest", empty="Nobody new in the last 7 days."),
        View(
            "replied",
            "Replied",
            _replied,
            sort="replied",
            few=True,
            empty="No open lead has answered yet.",
        ),
        View(
            "stalled",
            "Stalled",
            _stalled,
            empty=f"No lead was left without a next step for {STALL_DAYS} days.",
        ),
        View("all", "All", _in_list, counted=False, empty="No leads yet."),
        View(
            "archived", "Archived", _archived, counted=False, few=True, empty="Nothing is archived."
        ),
    )
}
DEFAULT_VIEW = "open"
