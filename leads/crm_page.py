"""The sync in words a person reads: rows of a diff, conflicts, how a run went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse

from leads.access import sees
from leads.crm.base import FIELDS, Kind
from leads.crm.names import label_of
from leads.models import Company, Deal, Lead, SyncChange, SyncConflict, SyncRun
from leads.services import crm_conflicts, crm_counts, crm_local
from leads.services.crm_accounts import CUSTOM
from leads.services.crm_counts import DECIDE, ERASED, FAILED, KEPT, UNDONE, WAITS
from salesagent.accounts import connections
from salesagent.accounts.models import User
from salesagent.lib import job_view, jobs
from salesagent.lib.text import one_line

Action = SyncChange.Action
State = SyncRun.State
ACTIVE = (State.PLANNING, State.RUNNING, State.UNDOING)
PRACTICE = "fake"
KINDS = {
    **{"contact": "Contact", "company": "Company", "deal": "Deal", "note": "Note"},
    **{"email": "Email", "call": "Call", "communication": "Message"},
}
MANY: dict[Kind, str] = {"company": "Companies", "contact": "Contacts", "deal": "Deals"}
# what a row of a diff is called, and its tint; {there} is the other system
WORDS: dict[str, tuple[str, str]] = {
    Action.CREATE_HERE: ("New here", "ok"),
    Action.UPDATE_HERE: ("Changes here", "info"),
    Action.CREATE_THERE: ("New in {there}", "ok"),
    Action.UPDATE_THERE: ("Changes in {there}", "info"),
    Action.LINK: ("Found in both, joined", ""),
    Action.UNLINK: ("Deleted in {there}", "warn"),
    Action.SUPPRESS: ("Opted out", "warn"),
    Action.LOG_THERE: ("Activity to {there}", ""),
    Action.SKIP: ("Left out", ""),
    DECIDE: ("You decide", "warn"),
    FAILED: ("Failed", "bad"),
    KEPT: ("Stayed", "warn"),
    UNDONE: ("Taken back", ""),
    WAITS: ("Still to do", "warn"),
    ERASED: ("Erased there", "warn"),
}
COUNTS = (
    ("in", "Came in"),
    ("out", "Went out"),
    ("same", "Same"),
    ("decide", "You decide"),
    ("failed", "Failed"),
)
STATES: dict[str, tuple[str, str]] = {
    "planning": ("Comparing", "info"),
    "planned": ("Waits for you", "warn"),
    "running": ("Running", "info"),
    "done": ("Done", "ok"),
    "stopped": ("Paused", "warn"),
    "failed": ("Failed", "bad"),
    "undoing": ("Taking back", "info"),
    "undone": ("Taken back", ""),
}
LONG = 160
SETTLED = 10


def base(provider: str) -> dict[str, Any]:
    """What every page of a service has. Http404 for one that is not there to be connected."""
    if provider == PRACTICE and not (settings.DEMO or connections.active(provider)):
        raise Http404
    label = label_of(provider)
    return {
        **{"page": "settings", "tab": "connections", "title": label},
        **{"provider": provider, "label": label},
    }


class Words:
    """Labels of fields and values; people are read once."""

    def __init__(self, provider: str, user: User | None = None) -> None:
        self.there = label_of(provider)
        self.decides = user is None or user.is_owner
        self._people: dict[str, str] | None = None

    def field(self, kind: str, code: str) -> str:
        if code.startswith(CUSTOM):
            return one_line(code.removeprefix(CUSTOM), 60)
        known: Mapping[str, str] = FIELDS.get(kind, {})  # type: ignore[call-overload]
        return known.get(code) or one_line(code.replace("_", " ").capitalize(), 60)

    def value(self, kind: str, code: str, value: object) -> str:
        """What stands there; "" when nothing does."""
        text = one_line(str(value if value is not None else ""), LONG)
        if not text:
            return "" if code != "opt_out" else "May be written to"
        if code == "stage":
            stages: Any = Deal.Stage if kind == "deal" else Lead.Stage
            return str(dict(stages.choices).get(text, text))
        if code == "opt_out":
            return "Opted out"
        if code == "owner":
            return self._person(text)
        if code == "expected_close":
            return _day(text)
        return text

    def _person(self, email: str) -> str:
        if self._people is None:
            rows = User.objects.values_list("email", "name")
            self._people = {mail.lower(): name or mail for mail, name in rows}
        return self._people.get(email.lower(), email)

    def action(self, code: str) -> tuple[str, str]:
        words, tint = WORDS.get(code, (code.replace("_", " ").capitalize(), ""))
        words = words if code != DECIDE or self.decides else "The owner decides"
        return words.format(there=self.there), tint


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).strftime("%-d %b %Y")
    except ValueError:
        return text


@dataclass(frozen=True)
class Row:
    """One row of a diff. `fields`: (label, before, after). `new`: the after alone counts."""

    pk: int
    who: str
    kind: str
    url: str
    action: str
    tint: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)
    reason: str = ""
    new: bool = False
    choose: bool = False  # both values count: ours and theirs


def rows(found: Iterable[SyncChange], words: Words, *, preview: bool = False) -> list[Row]:
    return [_row(one, words, preview) for one in found]


def _row(one: SyncChange, words: Words, preview: bool) -> Row:
    code = crm_counts.code_of(one, preview=preview)
    choose = code == DECIDE
    label, tint = words.action(code)
    return Row(
        pk=one.pk,
        who=one.label or f"{KINDS.get(one.kind, one.kind)} {one.remote_id}".strip(),
        kind=KINDS.get(one.kind, one.kind.capitalize()),
        url=_url(one),
        action=label,
        tint=tint,
        fields=_fields(one, words),
        reason="" if choose else one.reason,
        new=one.action in (Action.CREATE_HERE, Action.CREATE_THERE, Action.SKIP),
        choose=choose,
    )


def _fields(one: SyncChange, words: Words) -> list[tuple[str, str, str]]:
    found = []
    for code, pair in one.changes.items():
        if isinstance(pair, list) and len(pair) == 2:
            before, after = (words.value(one.kind, code, value) for value in pair)
            found.append((words.field(one.kind, code), before, after))
    return found


def _url(one: SyncChange) -> str:
    lead = one.lead_id or (one.deal.lead_id if one.deal else None)
    lead = lead or (one.event.lead_id if one.event else None)
    return reverse("leads:detail", args=[lead]) if lead else ""


@dataclass(frozen=True)
class Side:
    value: str
    said: str  # who
    at: Any
    chosen: bool


@dataclass(frozen=True)
class Question:
    """A conflict as it stands on the page."""

    pk: int
    who: str
    kind: str
    url: str
    field: str
    here: Side
    there: Side
    taken: str = ""  # why theirs cannot be chosen
    rival: str = ""  # the page of who has it


def questions(found: Sequence[SyncConflict], words: Words, user: User) -> list[Question]:
    rivals = crm_local.rivals(found)
    return [_question(one, words, _rival(one, rivals.get(one.pk), user)) for one in found]


def _rival(one: SyncConflict, rival: Lead | Company | None, user: User) -> dict[str, str]:
    """Who has the value of the other side; a stranger's lead is not named."""
    if rival is None:
        return {}
    if isinstance(rival, Company):
        return {"taken": crm_conflicts.taken_words(one, rival.name, rival)}
    if not sees(user, rival):
        return {"taken": crm_conflicts.taken_words(one, "Somebody else", rival)}
    url = reverse("leads:detail", args=[rival.pk])
    return {"taken": crm_conflicts.taken_words(one, rival.name, rival), "rival": url}


def _question(one: SyncConflict, words: Words, taken: Mapping[str, str]) -> Question:
    link = one.link
    lead = link.lead or (link.deal.lead if link.deal else None)
    row = link.lead or link.company or link.deal
    who = row.title if isinstance(row, Deal) else row.name if row else ""
    ours = bool(one.here_at and (not one.there_at or one.here_at > one.there_at))
    theirs = bool(one.there_at and (not one.here_at or one.there_at > one.here_at))
    return Question(
        pk=one.pk,
        who=who or link.remote_id,
        kind=KINDS.get(link.kind, ""),
        url=reverse("leads:detail", args=[lead.pk]) if lead else "",
        field=words.field(link.kind, one.field),
        here=Side(words.value(link.kind, one.field, one.here), one.here_by, one.here_at, ours),
        there=Side(
            words.value(link.kind, one.field, one.there), one.there_by, one.there_at, theirs
        ),
        **taken,
    )


@dataclass(frozen=True)
class Tile:
    code: str
    label: str
    number: int


def tiles(run: SyncRun) -> list[Tile]:
    """The five numbers, in the tense of the run: a dry run only says what would be."""
    names = {"in": "Comes in", "out": "Goes out"} if run.preview else {}
    return [Tile(code, names.get(code, label), _int(run, code)) for code, label in COUNTS]


def with_open(told: "Told", number: int) -> "Told":
    """The tile says how many are open now, as the table below it does."""
    tiles = [replace(one, number=number) if one.code == DECIDE else one for one in told.tiles]
    return replace(told, tiles=tiles)


def _int(run: SyncRun, code: str) -> int:
    value = run.counts.get(code)
    return value if isinstance(value, int) else 0


@dataclass(frozen=True)
class Filter:
    code: str
    label: str
    number: int


def filters(counts: Mapping[str, int], words: Words) -> list[Filter]:
    """Those that occur, in the order in which one reads them."""
    order = sorted(WORDS, key=lambda code: code not in (FAILED, DECIDE, KEPT))
    return [Filter(code, words.action(code)[0], counts[code]) for code in order if counts.get(code)]


@dataclass(frozen=True)
class Told:
    """A run for people. `hint`: what to do next with one that ended early."""

    pk: int
    title: str
    state: str
    tint: str
    tiles: list[Tile]
    who: str
    started_at: datetime
    ended_at: datetime | None
    error: str
    preview: bool
    active: bool
    waits: bool
    hint: str = ""
    differs: int = 0


HINTS = {
    State.STOPPED: "Sync now goes on where it was. What is done stays.",
    State.FAILED: "Sync now goes on where it was. Nothing is done twice.",
    State.UNDONE: "What it had changed here was taken back.",
}


def told(run: SyncRun, newest: int | None = None) -> Told:
    """`newest`: the id of the newest run; a dry run before it waits for nobody any more."""
    state, tint = STATES.get(run.state, (run.get_state_display(), ""))
    waits = run.state == State.PLANNED and newest == run.pk
    if run.state == State.PLANNED and not waits:
        state, tint = "Looked at", ""
    return Told(
        pk=run.pk,
        title=_title(run),
        state=state,
        tint=tint,
        tiles=tiles(run),
        who=_who(run),
        started_at=run.started_at,
        ended_at=run.ended_at,
        error=run.error,
        preview=run.preview,
        active=run.state in ACTIVE,
        waits=waits,
        hint=HINTS.get(State(run.state), "") if not run.preview else "",
        differs=_int(run, "differs"),
    )


def _who(run: SyncRun) -> str:
    """Who caused it: a person, the schedule, or for single records what happened and where."""
    if "only" not in run.cursor:
        return run.user.get_short_name() if run.user else "the schedule"
    return " and ".join(run.cursor.get("why") or [f"{label_of(run.provider)}, which told of it"])


def _title(run: SyncRun) -> str:
    if "only" in run.cursor:
        return "Change here, told there" if run.cursor.get("why") else "Change there"
    return "Dry run" if run.preview else "Sync"


def live(run: SyncRun | None) -> dict[str, Any] | None:
    """How far a running one is. The counters stand below, so they are not in the line."""
    if run is None:
        return None
    found: dict[str, Any] = {"run": run, "tiles": tiles(run), "step": "Starts", "poll": 5}
    if (job := run.job) is None:
        return found
    shown = job_view.show(job)
    amount = f"{job.done:,} of {job.total:,}." if job.total else ""
    return found | {
        "step": job.step or "Waits for its turn",
        "line": " ".join(filter(None, [amount, shown.left])),
        "job": job,
        "say": shown.say,
        "poll": jobs.poll_seconds(job),
    }


@dataclass(frozen=True)
class Settled:
    """An opt-out that a sync carried over. `there`: it was theirs."""

    who: str
    url: str
    there: bool
    at: datetime | None


def settled(found: QuerySet[SyncChange]) -> list[Settled]:
    mine = Q(action=Action.SUPPRESS) | Q(action=Action.UPDATE_THERE)
    found = found.filter(mine, state=SyncChange.State.DONE, changes__has_key="opt_out")
    return [
        Settled(one.label, _url(one), one.action == Action.SUPPRESS, one.done_at)
        for one in found.order_by("-pk")[:SETTLED]
    ]
