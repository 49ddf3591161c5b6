"""What the lines of a run add up to, so that its numbers are those of the list below them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from leads.models import SyncChange, SyncRun
from leads.services.crm_plan import ASKED, ERASE, Plan

Action = SyncChange.Action
State = SyncChange.State
FAILED, DECIDE, WAITS, ERASED = "failed", "decide", "waits", "erased"
KEPT, UNDONE = "kept", "undone"
BY_STATE = {State.FAILED: FAILED, State.KEPT: KEPT, State.UNDONE: UNDONE}
SUMS: Mapping[str, tuple[str, ...]] = {
    "in": (
        *(Action.CREATE_HERE, Action.UPDATE_HERE, Action.LINK, Action.UNLINK, Action.SUPPRESS),
        *(KEPT, UNDONE),  # it had come in before it was taken back
    ),
    "out": (Action.CREATE_THERE, Action.UPDATE_THERE, Action.LOG_THERE, ERASED),
    "decide": (DECIDE,),
    "failed": (FAILED,),
}


def coded(found: QuerySet[SyncChange]) -> QuerySet[Any]:
    """With `code`: the action, or what matters more about the line."""
    code = Case(
        *(When(state=state, then=Value(name)) for state, name in BY_STATE.items()),
        When(state=State.PLANNED, run__preview=False, then=Value(WAITS)),
        When(Q(action=Action.SKIP, reason=ASKED), then=Value(DECIDE)),
        When(Q(action=Action.SUPPRESS, reason=ERASE), then=Value(ERASED)),
        default=F("action"),
        output_field=CharField(),
    )
    return found.annotate(code=code)


def code_of(line: SyncChange, *, preview: bool) -> str:
    """The same of one line."""
    if found := BY_STATE.get(State(line.state)):
        return found
    if line.state == State.PLANNED and not preview:
        return WAITS
    if line.action == Action.SKIP and line.reason == ASKED:
        return DECIDE
    return ERASED if line.action == Action.SUPPRESS and line.reason == ERASE else line.action


def add_up(lines: Iterable[SyncChange], *, preview: bool) -> Counter[str]:
    """The numbers that these lines add to those of their run."""
    codes = Counter(code_of(line, preview=preview) for line in lines)
    return Counter({name: sum(codes[code] for code in mine) for name, mine in SUMS.items()})


def by_code(found: QuerySet[SyncChange]) -> dict[str, int]:
    """How many lines of each code."""
    numbers = coded(found).order_by().values("code").annotate(number=Count("pk"))
    return {one["code"]: one["number"] for one in numbers}


def of(run: SyncRun) -> dict[str, int]:
    """The numbers of a run as its list has them."""
    found = by_code(run.changes.all())
    return {name: sum(found.get(code, 0) for code in codes) for name, codes in SUMS.items()}


def with_agreed(cursor: dict[str, Any], kind: str, plan: Plan) -> dict[str, Any]:
    """A dry run cannot keep what both sides agree on by now: it remembers of whom that is all."""
    quiet = [item for item in plan.items if item.merged.quiet and not item.action]
    ids = [one.record.id for one in quiet if one.link and one.link.base != one.merged.base]
    before = cursor.get("agreed", {})
    return {**cursor, "agreed": {**before, kind: [*before.get(kind, []), *ids]}} if ids else cursor
