"""Six coarse slots of a lead's own week: which get answers. Learned over the whole team.

Fine slots learn nothing from the few hundred messages of a small team (docs/cadence.md), so there
are six: three parts of the day, early and late in the week. A slot is drawn in proportion to the
chance that it is the best one (Thompson sampling): what is not known yet is still tried. The draws
are made once from the counts, so that the same counts always give the same plan.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from leads.models import Lead, ThreadEvent
from leads.services import zones
from outreach.models import SlotStat, Touch
from outreach.services import calendars
from salesagent.accounts.models import Workspace


@dataclass(frozen=True)
class Slot:
    number: int
    code: str
    words: str


WEEK_PARTS = (("early", "Monday to Wednesday"), ("late", "Thursday to Sunday"))
DAY_PARTS = (("am", "before 11:00"), ("noon", "11:00 to 14:00"), ("pm", "after 14:00"))
HOURS = (0, 11, 14, 24)
SLOTS = tuple(
    Slot(week * 3 + day, f"{early}_{part}", f"{days}, {hours}")
    for week, (early, days) in enumerate(WEEK_PARTS)
    for day, (part, hours) in enumerate(DAY_PARTS)
)
BY_CODE = {slot.code: slot for slot in SLOTS}
PRIOR_SENT = 40  # each slot starts as if so many had been sent there
PRIOR_RATE = 0.05
PRIOR_WEIGHT = (1.15, 1.0, 0.95) * 2  # office hours: mornings a little better
DRAWS = 64
KNOWN = 10  # answers over all slots, before the plan speaks of them
LOOK_BACK = timedelta(days=365)
MOST = 200_000  # newest touches that are counted
SHORTEST = timedelta(minutes=20)  # of what a slot and the sending hours have in common
Scores = tuple[float, ...]


def slot_of(local: datetime) -> int:
    """The slot of a moment on the lead's own clock."""
    hour, late = local.hour, local.weekday() >= 3
    return 3 * late + (hour >= HOURS[1]) + (hour >= HOURS[2])


def words(code: str) -> str:
    return BY_CODE[code].words if code in BY_CODE else ""


@dataclass(frozen=True)
class Stat:
    sent: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Table:
    """What a planner needs: draws by channel and the slots of single leads."""

    draws: dict[str, tuple[Scores, ...]]
    stats: dict[str, tuple[Stat, ...]]
    own: dict[int, tuple[int, int]] = field(default_factory=dict)  # lead -> (slot, answers)

    def scores(self, lead: Lead, channel: str, seed: int) -> Scores:
        """A number for each slot, the highest is wanted; always the same for a seed."""
        if lead.pk in self.own:
            wanted = self.own[lead.pk][0]
            return tuple((n % 3 == wanted % 3) + (n == wanted) + 0.0 for n in range(6))
        found = self.draws.get(channel) or self.draws[""]
        return found[int(calendars.share(seed * 7 + 3) * DRAWS)]

    def why(self, lead: Lead, channel: str, slot: int) -> tuple[str, dict[str, int]]:
        """Reason and numbers; "" while too little is known to speak of it."""
        if lead.pk in self.own:
            wanted, answers = self.own[lead.pk]
            if slot % 3 != wanted % 3:
                return "", {}
            return f"{answers} answers of theirs came at that time.", {"own_answers": answers}
        stats = self.stats.get(channel, ())
        if sum(stat.answered for stat in stats) < KNOWN:
            return "", {}
        stat = stats[slot]
        text = f"{stat.answered} of {stat.sent} were answered then, over the whole team."
        return text, {"answered": stat.answered, "sent": stat.sent}


def table(leads: Iterable[Lead], own_answers: int = 2) -> Table:
    """The counts as they stand and the own slots of `leads`; two queries, more for many leads."""
    counts: dict[str, list[Stat]] = {}
    for row in SlotStat.objects.filter(trade=""):
        stats = counts.setdefault(row.channel, [Stat()] * 6)
        if row.slot < 6:
            stats[row.slot] = Stat(row.sent, row.answered)
    draws = {channel: _draws(channel, stats) for channel, stats in counts.items()}
    draws[""] = _draws("", [Stat()] * 6)
    own = own_slots(leads, own_answers)
    return Table(draws, {channel: tuple(stats) for channel, stats in counts.items()}, own)


def _draws(channel: str, stats: Sequence[Stat]) -> tuple[Scores, ...]:
    dice = random.Random(f"slots:{channel}")  # noqa: S311  a plan, no secret
    rows = [
        (stat.answered + PRIOR_SENT * PRIOR_RATE * weight, max(stat.sent - stat.answered, 0))
        for stat, weight in zip(stats, PRIOR_WEIGHT, strict=True)
    ]
    lost = PRIOR_SENT * (1 - PRIOR_RATE)
    return tuple(
        tuple(dice.betavariate(won, missed + lost) for won, missed in rows) for _ in range(DRAWS)
    )


def own_slots(leads: Iterable[Lead], least: int = 2) -> dict[int, tuple[int, int]]:
    """Lead -> (the slot of most of their answers, how many those are), from `least` answers on."""
    people = {lead.pk: lead for lead in leads if lead.replied_at is not None}
    found: dict[int, Counter[int]] = {}
    for pk, at in _answers(list(people)):
        slot = slot_of(at.astimezone(zones.zone_for(people[pk])))
        found.setdefault(pk, Counter())[slot] += 1
    best = {pk: min(seen.items(), key=lambda one: (-one[1], one[0])) for pk, seen in found.items()}
    return {pk: (slot, number) for pk, (slot, number) in best.items() if number >= least}


def _answers(ids: list[int]) -> Iterator[tuple[int, datetime]]:
    for start in range(0, len(ids), 2000):
        rows = ThreadEvent.objects.filter(
            lead__in=ids[start : start + 2000], kind="reply.received", redacted_at=None
        )
        yield from rows.order_by().values_list("lead_id", "occurred_at").iterator()


def best(lead: Lead, channel: str = "") -> tuple[str, int]:
    """(code of the slot in which this lead answers, on how many answers that rests); ("", 0) while
    fewer than two of their own say so."""
    slot, number = own_slots([lead]).get(lead.pk, (-1, 0))
    return (SLOTS[slot].code, number) if number else ("", 0)


# --- a moment ------------------------------------------------------------------------------------


def moment(
    lead: Lead,
    windows: Sequence[tuple[datetime, datetime]],
    scores: Scores,
    seed: int,
    fallback: calendars.Days,
) -> tuple[datetime, int] | None:
    """A moment in the best slot that lies inside the first `windows`; None when none does.

    On a tie the earlier one; spread over the slot, always the same for a seed.
    """
    zone = zones.zone_for(lead, fallback=fallback.zone)
    found: tuple[float, datetime, datetime, int] | None = None
    for opens, closes in windows:
        for slot, low, high in _parts(opens, closes, zone):
            if high - low >= SHORTEST and (found is None or scores[slot] > found[0]):
                found = (scores[slot], low, high, slot)
    if found is None:
        return None
    _, low, high, slot = found
    room = (high - low).total_seconds() * calendars.USED_SHARE
    return low + timedelta(seconds=int(room * calendars.share(seed))), slot


def _parts(
    opens: datetime, closes: datetime, zone: ZoneInfo
) -> Iterator[tuple[int, datetime, datetime]]:
    """The three parts of the day of one window (UTC), where they overlap it."""
    local = opens.astimezone(zone)
    day = local.date()
    edges = [opens]
    for hour in HOURS[1:3]:
        edges.append(max(opens, min(closes, calendars.at_hour(day, hour, zone))))
    edges.append(closes)
    late = 3 * (local.weekday() >= 3)
    for part in range(3):
        yield late + part, edges[part], edges[part + 1]


# --- learning ------------------------------------------------------------------------------------


@transaction.atomic
def learn(now: datetime) -> int:
    """Count what was sent and answered in each slot anew; returns how many touches were counted."""
    sent: Counter[tuple[str, int]] = Counter()
    answered: Counter[tuple[str, int]] = Counter()
    replied = _replied(now)
    for pk, channel, at, lead in _sent(now):
        key = (channel, slot_of(at.astimezone(zones.zone_for(lead, fallback=None))))
        sent[key] += 1
        answered[key] += pk in replied
    channels = sorted({channel for channel, _ in sent})
    rows = [
        SlotStat(channel=code, slot=s, sent=sent[code, s], answered=answered[code, s])
        for code in channels
        for s in range(6)
    ]
    SlotStat.objects.exclude(channel__in=channels).delete()
    SlotStat.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["channel", "trade", "slot"],
        update_fields=["sent", "answered", "counted_at"],
    )
    return sum(sent.values())


def _replied(now: datetime) -> set[int]:
    """Ids of touches that a person answered."""
    rows = ThreadEvent.objects.filter(kind="reply.received", occurred_at__gt=now - LOOK_BACK)
    found = rows.order_by("-occurred_at").values_list("data__touch", flat=True)[:MOST]
    return {pk for pk in found if isinstance(pk, int)}


def _sent(now: datetime) -> Iterator[tuple[int, str, datetime, Lead]]:
    """What a sequence or a person sent, newest first, each with as much of the lead as tells its
    zone."""
    fallback = Workspace.current().time_zone
    rows = Touch.objects.filter(
        state__in=[Touch.State.SENT, Touch.State.DONE],
        kind__in=[Touch.Kind.SEQUENCE, Touch.Kind.MANUAL],
        sent_at__gt=now - LOOK_BACK,
    ).order_by("-sent_at")
    columns = ("pk", "channel", "sent_at", "lead__time_zone", "lead__phone", "lead__country")
    for pk, channel, at, zone, phone, country in rows.values_list(*columns)[:MOST].iterator():
        known = zone or phone or country
        place = zone if known else fallback
        yield pk, channel, at, Lead(time_zone=place, phone=phone, country=country)
