"""The rules behind the next step, in the order in which they are asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from leads.models import Lead
from leads.services.profile_facts import ANSWER, Event, Facts
from outreach.models import Enrollment
from outreach.services import reach, step_words
from salesagent.lib.text import one_line, plural
from salesagent.templatetags.ui import channel_label

HOT = 75
WARM_POINTS = 30.0
CALLED_LATELY = timedelta(days=3)
SILENT_MAILS = 3
ENOUGH = 6
TRIED_FOR = timedelta(days=30)
FOLLOW_UP = timedelta(days=7)
COOL_OFF = timedelta(days=90)
OTHER_WAYS = ("phone", "linkedin", "sms", "whatsapp")

# every step there is, as it is offered when somebody says that another one is right
STEPS = {
    "answer": "Answer them",
    "confirm_meeting": "Confirm the meeting",
    "send_references": "Send references",
    "ask_colleague": "Write to the colleague they named",
    "decision_maker": "Ask who decides",
    "reopen": "Write again later",
    "wait": "Wait until they are back",
    "call": "Call",
    "propose": "Send a proposal",
    "follow_deal": "Ask about the deal",
    "follow_up": "Follow up",
    "switch_channel": "Try another channel",
    "stop_trying": "Stop trying",
    "let_run": "Let the sequence go on",
    "start": "Add to a sequence",
}
# what we do when we take a step: the action whose history is told with it
ACTIONS = {
    "answer": "message",
    "confirm_meeting": "message",
    "send_references": "message",
    "call": "call",
    "propose": "deal",
    "switch_channel": "other",
    "decision_maker": "message",
}


@dataclass(frozen=True)
class Step:
    """`events`: what it rests on. `family`: answers wait for us, waits need nothing."""

    code: str
    text: str
    reason: str
    events: Sequence[Event]
    family: str = ""


@dataclass
class Case:
    """All that a rule may look at."""

    facts: Facts
    signals: Sequence[Mapping[str, Any]]
    off: set[str]
    enrollment: Enrollment | None

    @property
    def lead(self) -> Lead:
        return self.facts.lead

    @property
    def trade(self) -> str:
        return self.lead.trade.casefold()

    @property
    def name(self) -> str:
        return one_line(self.lead.first_name or self.lead.name, 60)

    @cached_property
    def last(self) -> Event | None:
        """The newest answer in writing."""
        return next(reversed(self.facts.of(ANSWER)), None)

    @cached_property
    def waits(self) -> Event | None:
        """The newest answer, as long as nobody has written or talked since."""
        last = self.last
        if last is None or last.label in ("opt_out", "out_of_office", "not_interested"):
            return None
        return None if any(one.at > last.at for one in self.facts.sent) else last

    @cached_property
    def ways(self) -> list[str]:
        """Other ways than mail to reach them that are open."""
        if "all" in self.off:
            return []
        return [c for c in OTHER_WAYS if c not in self.off and reach.address(self.lead, c)]

    @property
    def callable(self) -> bool:
        return "phone" in self.ways

    def signal(self, code: str) -> bool:
        """Whether the newest answer gave this sign."""
        return any(
            one["code"] == code and self.last is not None and one["event"] == self.last.pk
            for one in self.signals
        )

    def event(self, pk: int) -> list[Event]:
        return [one for one in self.facts.events if one.pk == pk]


def _ago(event: Event, now: datetime) -> str:
    days = (now - event.at).days
    return plural(days, "day") + " ago" if days else "today"


def _local(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%-d %B")


# --- somebody waits for us -----------------------------------------------------------------------


def blocked(case: Case) -> Step | None:
    """They asked to stop, or nothing of ours may reach them: there is no step."""
    if "all" in case.off:
        return Step("stop_trying", "Leave them alone", "They are on the do-not-contact list.", ())
    return None


def meeting(case: Case) -> Step | None:
    last = case.waits
    if last is None or last.label != "meeting":
        return None
    day = step_words.day_named(last.text)
    what = f"Confirm the meeting: {case.name} named {day}" if day else "Confirm the meeting"
    why = f"{case.name} wants to meet and wrote {_ago(last, case.facts.now)}."
    return Step("confirm_meeting", what, why, [last], "answer")


def references(case: Case) -> Step | None:
    last = case.waits
    if last is None or not case.signal("asked_references"):
        return None
    why = f"{case.name} asked for them {_ago(last, case.facts.now)}."
    return Step("send_references", f"Send {case.name} references", why, [last], "answer")


def colleague(case: Case) -> Step | None:
    named = case.facts.of("contact.proposed")
    last = case.last
    if named and (last is None or named[-1].at >= last.at):
        who = one_line(str(named[-1].data.get("name") or named[-1].data.get("email") or ""), 60)
        text = f"Write to {who}" if who else "Write to the colleague they named"
        why = f"{case.name} named them {_ago(named[-1], case.facts.now)}."
        return Step("ask_colleague", text, why, [named[-1]], "answer")
    if case.waits and case.waits.label == "referral":
        why = f"{case.name} sent us on {_ago(case.waits, case.facts.now)}."
        return Step("ask_colleague", STEPS["ask_colleague"], why, [case.waits], "answer")
    return None


def later(case: Case) -> Step | None:
    """Not now, with a time: come back then."""
    last = case.last
    if last is None or last.label not in ("objection", "not_interested"):
        return None
    if last.label == "objection" and last.about not in ("timing", ""):
        return None
    month = step_words.month_named(last.text, timezone.localdate(last.at))
    if month is None or month <= timezone.localdate(case.facts.now):
        return None
    text = f"Write again in {month:%B %Y}"
    why = f"{case.name} put it off until then, {_ago(last, case.facts.now)}."
    return Step("reopen", text, why, [last], "wait")


def decider(case: Case) -> Step | None:
    last = case.waits
    if last is None or last.about != "authority":
        return None
    why = f"{case.name} cannot decide alone, by the answer of {_local(last.at)}."
    return Step("decision_maker", f"Ask {case.name} who decides", why, [last], "answer")


def answer(case: Case) -> Step | None:
    last = case.waits
    if last is None:
        return None
    spoke = [one for one in case.facts.answers if one.spoken]
    ago = _ago(last, case.facts.now)
    price = case.signal("asked_price")
    if price and case.callable and spoke:
        part = step_words.day_part(spoke[-1], case.lead)
        text = f"Call today: {case.name} asked about the price and answers the phone {part}"
        why = f"The question came {ago}; {plural(len(spoke), 'talk')} on the phone so far."
        return Step("call", text, why, [*spoke[-3:], last], "answer")
    about = " about the price" if price else ""
    urgent = " They want it soon." if last.urgent else ""
    what = "asked" if last.label == "question" or price else "wrote"
    why = f"{case.name} {what}{about} {ago} and waits for you.{urgent}"
    return Step("answer", f"Answer {case.name}{about}", why, [last], "answer")


# --- nobody waits --------------------------------------------------------------------------------


def away(case: Case) -> Step | None:
    """Out of office until a day to come."""
    holds = case.facts.of("enrollment.paused", "enrollment.resumed")
    last = holds[-1] if holds else None
    if last is None or last.data.get("reason") != "out_of_office":
        return None
    until = _moment(last.data.get("until"))
    if until is None or until <= case.facts.now:
        return None
    text = f"Wait until {_local(until)}"
    return Step("wait", text, f"{case.name} is away until then.", [last], "wait")


def _moment(value: object) -> datetime | None:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or timezone.is_aware(found) else None


def follow_deal(case: Case) -> Step | None:
    opened, closed = case.facts.of("deal.opened"), case.facts.of("deal.won", "deal.lost")
    if not opened or (closed and closed[-1].at >= opened[-1].at):
        return None
    quiet = [one for one in case.facts.sent if one.at > opened[-1].at]
    if quiet and case.facts.now - quiet[-1].at < CALLED_LATELY:
        return None
    why = f"A deal is open since {_local(opened[-1].at)}."
    return Step("follow_deal", f"Ask {case.name} about the deal", why, [opened[-1]])


def propose(case: Case) -> Step | None:
    """Two signals and a good mood: an offer is worth the work."""
    last = case.last
    if last is None or last.mood != "positive" or len(case.signals) < 2:
        return None
    if case.facts.of("deal.opened"):
        return None
    rests = [e for one in case.signals for e in case.event(int(one["event"]))]
    words = step_words.listed([str(one["text"]).lower() for one in case.signals[:3]])
    why = f"{plural(len(case.signals), 'buying signal')}: {words}."
    return Step("propose", f"Send {case.name} a proposal", why, rests)


def call(case: Case) -> Step | None:
    """Warm, with a number, and nobody rang lately."""
    warm = case.lead.score >= HOT or case.facts.points >= WARM_POINTS
    lately = [
        one for one in case.facts.of("call.logged") if case.facts.now - one.at < CALLED_LATELY
    ]
    spoke = [one for one in case.facts.answers if one.spoken]
    signs = case.facts.signs
    if not (warm and case.callable and signs) or lately:
        return None
    if case.facts.now - signs[-1].at > timedelta(days=21) and not spoke:
        return None
    part = f" {step_words.day_part(spoke[-1], case.lead)}" if spoke else ""
    knows = f"They answered the phone{part} before." if spoke else "Nobody has called yet."
    many, ago = plural(len(signs[-5:]), "sign"), _ago(signs[-1], case.facts.now)
    why = f"{many} of interest, the last {ago}. {knows}"
    return Step("call", f"Call {case.name}{part}", why, [*spoke[-2:], *signs[-5:]])


def stop_trying(case: Case) -> Step | None:
    sent = case.facts.unanswered
    tried = {one.channel for one in sent}
    if len(sent) < ENOUGH or case.facts.now - sent[0].at < TRIED_FOR:
        return None
    if len(tried) < 2 and case.ways:
        return None
    where = step_words.listed([channel_label(code).lower() for code in sorted(tried)])
    why = f"{plural(len(sent), 'message')} by {where} since {_local(sent[0].at)}, none answered."
    return Step("stop_trying", "Stop trying for now", why, sent)


def switch(case: Case) -> Step | None:
    """Mails into silence: another way is open."""
    mails = [one for one in case.facts.unanswered if one.channel == "email"]
    other = [one for one in case.facts.unanswered if one.channel != "email"]
    if len(mails) < SILENT_MAILS or not case.ways or other:
        return None
    way = channel_label(case.ways[0])
    text = f"Call {case.name}" if case.ways[0] == "phone" else f"Write to {case.name} on {way}"
    why = f"{plural(len(mails), 'mail')} since {_local(mails[0].at)}, none answered."
    return Step("switch_channel", text, why, mails)


def follow_up(case: Case) -> Step | None:
    """We answered, they did not come back, and no sequence does it by itself."""
    last, sent = case.last, case.facts.unanswered
    runs = case.enrollment is not None and case.enrollment.state == Enrollment.State.ACTIVE
    if last is None or runs or not sent or last.label in ("opt_out", "not_interested"):
        return None
    if case.facts.now - sent[-1].at < FOLLOW_UP or case.lead.stage == Lead.Stage.LOST:
        return None
    why = f"You wrote {_ago(sent[-1], case.facts.now)} after their answer and heard nothing since."
    return Step("follow_up", f"Follow up with {case.name}", why, [last, *sent])


def let_run(case: Case) -> Step | None:
    row = case.enrollment
    if row is None or row.state != Enrollment.State.ACTIVE or row.next_due_at is None:
        return None
    text = f"Let {row.sequence.name} go on"
    return Step(
        "let_run",
        text,
        "Nothing asks for a person: its next touch goes out when it is due.",
        (),
        "wait",
    )


def start(case: Case) -> Step | None:
    if case.enrollment is not None or case.lead.stage == Lead.Stage.LOST:
        return None
    sent = case.facts.sent
    if sent and case.facts.now - sent[-1].at < COOL_OFF:
        return None
    why = "Nothing is planned." if not sent else f"Nothing went out since {_local(sent[-1].at)}."
    return Step("start", "Add to a sequence", why, sent[-1:])


Rule = Callable[[Case], Step | None]
RULES: tuple[Rule, ...] = (
    *(blocked, meeting, references, colleague, later, decider, answer, away, follow_deal),
    *(propose, call, stop_trying, switch, follow_up, let_run, start),
)
