"""Applying moves of a proposal, taking them back within a week, and telling managers of one."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from leads.access import assignable, leads_for
from leads.models import Decision, Lead
from leads.services import decisions, lifecycle
from leads.services.decisions import DecisionError
from outreach.services import balance
from salesagent.accounts import audit, notices
from salesagent.accounts.models import Notification, User
from salesagent.lib.text import plural

RULE, UNDO = "balance", "balance.back"
KEPT = timedelta(days=7)
RUNNING = timedelta(days=2)  # over capacity today, yesterday and the day before
Wanted = tuple[int, int, int]  # lead, from, to

decisions.name_rules({RULE: "Rebalancing"})


@dataclass(frozen=True)
class Applied:
    batch: str
    moved: int
    stayed: int


@dataclass
class Batch:
    """Moves that were applied together, as the page lists them."""

    code: str
    at: datetime
    by: str
    leads: int = 0
    words: Counter[str] = field(default_factory=Counter)

    @property
    def said(self) -> str:
        return ", ".join(f"{count} {words}" for words, count in self.words.items())


def read(keys: Iterable[str]) -> list[Wanted]:
    """Moves as a form posts them; what is no move is left out."""
    found = []
    for key in list(keys)[: balance.MOST]:
        parts = key.split(":")
        if len(parts) == 3 and all(p.isascii() and p.isdigit() and len(p) < 16 for p in parts):
            found.append((int(parts[0]), int(parts[1]), int(parts[2])))
    return found


@transaction.atomic
def apply(user: User, wanted: Sequence[Wanted]) -> Applied:
    """Hand the leads over, those that are still as they were proposed; the others stay."""
    now, batch = timezone.now(), secrets.token_hex(6)
    known = {person.pk: person for person in balance.reps(user)}
    leads = {lead.pk: lead for lead in _locked(user, [lead for lead, _, _ in wanted])}
    talks, taken = balance.live(leads, now)
    groups: dict[tuple[int, int], list[Lead]] = defaultdict(list)
    for pk, giver, to in wanted:
        if pk in leads and giver in known and to in known and giver != to:
            away = balance.is_away(known[giver], now)
            still = leads[pk].owner_id == giver and (away or pk not in talks)
            if still and pk not in taken and not balance.is_away(known[to], now):
                groups[giver, to].append(leads.pop(pk))
    for (giver, to), part in groups.items():
        _hand_over(part, known[giver], known[to], user, batch)
    moved = sum(map(len, groups.values()))
    if moved:
        audit.note(user, "leads.balanced", f"batch:{batch}", rows=moved)
        _tell(groups, known, user, batch)
    return Applied(batch, moved, len(wanted) - moved)


def _locked(user: User, ids: Sequence[int]) -> list[Lead]:
    mine = leads_for(user).order_by().values("pk")
    rows = Lead.objects.select_for_update().filter(pk__in=ids, archived_at=None)
    return list(rows.filter(pk__in=mine).order_by("pk"))


def _hand_over(part: Sequence[Lead], giver: User, to: User, user: User, batch: str) -> None:
    """By the way of every owner change: open lines of Today and drafts follow the lead."""
    lifecycle.assign_many(Lead.objects.filter(pk__in=[lead.pk for lead in part]), to, user)
    why = f"{user.get_short_name()} applied a proposal: {giver.get_short_name()} had too much to do"
    if balance.is_away(giver, timezone.now()):
        why = f"{user.get_short_name()} applied a proposal: {giver.get_short_name()} is away"
    Decision.objects.bulk_create(
        Decision(
            rule=RULE,
            lead=lead,
            what=f"Moved from {giver.name} to {to.name}"[:200],
            why=why[:300],
            undo={
                "call": UNDO,
                "from": giver.pk,
                "to": to.pk,
                "batch": batch,
                "by": user.pk,
            },
        )
        for lead in part
    )


def _tell(
    groups: dict[tuple[int, int], list[Lead]], known: dict[int, User], user: User, batch: str
) -> None:
    """Both sides, one notice each."""
    got: Counter[int] = Counter()
    gave: dict[int, Counter[int]] = defaultdict(Counter)
    for (giver, to), part in groups.items():
        got[to] += len(part)
        gave[giver][to] += len(part)
    name, link = user.get_short_name(), f"{reverse('leads:list')}?owner=me"
    for pk, count in got.items():
        title = f"{name} gave you {plural(count, 'lead')}"
        text = "With their open tasks and drafts."
        _notice(known[pk], f"balanced:{batch}:to", title, text, link)
    for pk, counts in gave.items():
        names = ", ".join(f"{known[one].get_short_name()} {n}" for one, n in counts.items())
        title = f"{name} moved {plural(counts.total(), 'lead')} of yours"
        _notice(known[pk], f"balanced:{batch}:from", title, f"To {names}.", link, kind="moved")


def _notice(
    user: User, key: str, title: str, text: str, link: str, kind: str = "reassigned"
) -> None:
    notices.tell(user, kind=kind, key=key, title=title, text=text, link=link)


# --- the way back ---------------------------------------------------------------------------------


def batches(user: User) -> list[Batch]:
    """What can still be taken back as a whole, newest first."""
    found: dict[str, Batch] = {}
    rows = _undoable(user).order_by("-pk")[:2000]
    names = dict(User.objects.values_list("pk", "name"))
    for row in rows:
        code = str(row.undo.get("batch"))
        by = names.get(row.undo.get("by", 0), "")
        one = found.setdefault(code, Batch(code, row.at, by))
        one.leads += 1
        one.words[row.what.removeprefix("Moved ")] += 1
    return list(found.values())


def _undoable(user: User) -> QuerySet[Decision]:
    since = timezone.now() - KEPT
    rows = Decision.objects.filter(rule=RULE, state=Decision.State.DONE, at__gte=since)
    return rows if user.is_owner else rows.filter(lead__in=leads_for(user).order_by().values("pk"))


@transaction.atomic
def take_back(user: User, batch: str) -> int:
    """Leads that are still where the moves put them go back; returns how many."""
    rows = list(_undoable(user).filter(undo__batch=batch).select_for_update(of=("self",)))
    count = sum(_back(row, user) for row in rows)
    if count:
        _correct(batch, user)
    return count


def _correct(batch: str, by: User) -> None:
    """Both sides were told of the moves: now of what came back, each of their own leads."""
    rows = Decision.objects.filter(rule=RULE, undo__batch=batch)
    for side, mark in (("from", "from"), ("to", "to")):
        moved: dict[int, Counter[str]] = defaultdict(Counter)
        for row in rows:
            moved[row.undo.get(side, 0)][row.state] += 1
        people = {user.pk: user for user in User.objects.filter(pk__in=moved)}
        for pk, states in moved.items():
            if pk in people and states[Decision.State.UNDONE]:
                _told_back(people[pk], f"balanced:{batch}:{mark}", states, by)


def _told_back(user: User, key: str, states: Counter[str], by: User) -> None:
    back, whole = states[Decision.State.UNDONE], states.total()
    of = plural(whole, "lead") if back == whole else f"{back} of {plural(whole, 'lead')}"
    mine = key.endswith(":from")
    where = "came back to you" if mine else "went back"
    title = f"{of} {where}"
    text = f"{by.get_short_name()} took the move back."
    row = Notification.objects.filter(user=user, key=key)
    ended = timezone.now() if back == whole else None
    if not row.filter(read_at=None).update(title=title, text=text, read_at=ended):
        link = f"{reverse('leads:list')}?owner=me"
        _notice(
            user, f"{key}:back:{back}", title, text, link, kind="reassigned" if mine else "moved"
        )


def _back(row: Decision, user: User) -> bool:
    former, lead = _both(row, user)
    if former is None or not lead.exists():
        return False
    decisions.settle(row, Decision.State.UNDONE, user)
    return lifecycle.assign_many(lead, former, user) == 1


def _both(row: Decision, user: User) -> tuple[User | None, QuerySet[Lead]]:
    """Whose the lead was, if `user` may give it to them, and the lead if it is where it was put."""
    former = assignable(user).filter(pk=row.undo.get("from")).first()
    moved = Lead.objects.filter(pk=row.lead_id or 0, owner=row.undo.get("to"), erased_at=None)
    return former, moved


@decisions.undoes(UNDO)
def undo_one(decision: Decision, user: User) -> str:
    """From the list of what the system did."""
    if not user.is_manager:
        raise DecisionError("Only a manager moves leads back.")
    if decision.at < timezone.now() - KEPT:
        raise DecisionError("Moves are taken back within seven days.")
    former, lead = _both(decision, user)
    if former is None or not lead.exists():
        raise DecisionError("The lead went on to somebody else, or its person has left the team.")
    lifecycle.assign_many(lead, former, user)
    transaction.on_commit(lambda: _correct(str(decision.undo.get("batch")), user))
    return f"Back with {former.get_short_name()}."


# --- a proposal is worth a look -------------------------------------------------------------------


def watch() -> int:
    """Note since when people have too much, and tell managers, once a day each."""
    now = timezone.now()
    everybody = User.objects.filter(is_active=True, role=User.Role.REP).order_by("pk")
    pressed = {one.user.pk: one for one in balance.people(list(everybody), now) if _count(one, now)}
    if not pressed:
        return 0
    managers = User.objects.filter(is_active=True, role__in=[User.Role.MANAGER, User.Role.OWNER])
    return sum(_propose_to(manager, pressed, now) for manager in managers)


def _count(one: balance.Person, now: datetime) -> bool:
    """Keeps the first day over capacity; whether it is time to tell."""
    today = now.astimezone(one.user.tz).date()
    since = one.user.over_since or today if one.over else None
    if since != one.user.over_since:
        User.objects.filter(pk=one.user.pk).update(over_since=since)
    tomorrow = one.user.away_on(today + timedelta(days=1)) and one.load.week > 0
    return bool(since and today - since >= RUNNING) or tomorrow


def _propose_to(manager: User, pressed: dict[int, balance.Person], now: datetime) -> bool:
    mine = balance.reps(manager)
    names = [user.get_short_name() for user in mine if user.pk in pressed]
    if not names:
        return False
    moves = balance.propose(mine, now).moves
    key = f"rebalance:{now.astimezone(manager.tz):%Y%m%d}"
    if not moves:
        return False
    who = names[0] if len(names) == 1 else f"{names[0]} and {plural(len(names) - 1, 'other')}"
    more = "has" if len(names) == 1 else "have"
    told = notices.tell(
        manager,
        kind="rebalance",
        key=key,
        title=f"{who} {more} too much to do, or will be away",
        text=f"{plural(len(moves), 'lead')} could move to colleagues with room. Nothing has moved.",
        link=reverse("outreach:balance"),
    )
    return told is not None
