"""What the rules do when somebody answers or clicks. Each fires once for a message and says why.

Lines in Today and pauses are made at once and can be undone. Another channel is only proposed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from leads.models import Decision, Lead, ThreadEvent
from leads.services import decisions
from outreach.models import Enrollment, Task
from outreach.services import cadence_rules, entering, reach, replies, texting, worklist
from outreach.services import enrollment as enrollments
from salesagent.accounts.models import User
from salesagent.ai.anger import is_angry

TEXTS = ("sms", "whatsapp")
State = Decision.State


@dataclass(frozen=True)
class Signal:
    """A message of a lead and what it was taken for (reply.classified), or a click."""

    event: ThreadEvent
    source: ThreadEvent

    @property
    def lead(self) -> Lead:
        return self.source.lead

    @property
    def who(self) -> str:
        return self.lead.first_name or self.lead.name

    def says(self, key: str) -> str:
        return str(self.event.data.get(key) or "")

    @property
    def objects_to(self) -> str:
        return self.says("kind") if self.says("disposition") == "objection" else ""


def follow(event: ThreadEvent) -> int:
    """Every rule that this event starts; returns how many fired. May run twice.

    A class that nobody is sure of starts nothing but what the words alone say.
    """
    signal = _signal(event)
    if signal is None:
        return 0
    unsure = bool(event.data.get("abstained"))
    starting = {TONE: STARTS[TONE]} if unsure else STARTS
    wanted = [code for code, starts in starting.items() if starts(signal)]
    found = cadence_rules.settings_of(*wanted) if wanted else {}
    on = [code for code in wanted if found[code].on]
    return sum(_fire(code, signal, dict(found[code].params)) for code in on)


def _signal(event: ThreadEvent) -> Signal | None:
    """None for what says nothing: a corrected class, a machine's answer."""
    if event.kind != "reply.classified":
        return Signal(event, event)
    rows = ThreadEvent.objects.select_related("lead__owner__team").filter(
        pk=event.data.get("event"), kind="reply.received", redacted_at=None
    )
    source = rows.first()
    if source is None:
        return None
    newest = next(iter(replies.classes_of(source)), None)
    return Signal(event, source) if newest and newest.pk == event.pk else None


TONE = "negative_tone"
REFUSING = frozenset({"not_interested", "objection", "referral", "left_company"})
STARTS: dict[str, Callable[[Signal], bool]] = {
    "link_clicked": lambda s: s.event.kind == "link.clicked",
    "sms_answered": lambda s: s.source.channel in TEXTS and s.event.kind == "reply.classified",
    "price_concern": lambda s: s.objects_to == "price",
    "competitor_named": lambda s: s.objects_to == "competitor",
    TONE: lambda s: _unhappy(s),
    "hot_reply": lambda s: s.says("urgency") == "high",
}


def _unhappy(signal: Signal) -> bool:
    """Angry words, or a bad mood in what is no plain refusal: most refusals are polite."""
    if signal.event.kind != "reply.classified":
        return False
    if is_angry(signal.source.body):
        return True
    moody = signal.says("sentiment") == "negative" and not signal.event.data.get("abstained")
    return moody and signal.says("disposition") not in REFUSING


@transaction.atomic
def _fire(code: str, signal: Signal, numbers: dict[str, int]) -> bool:
    if signal.says("disposition") in ("opt_out", "out_of_office"):
        return False
    return ACTS[code](signal, numbers)


def _log(
    code: str,
    signal: Signal,
    what: str,
    why: str,
    *,
    key: str = "",
    task: Task | None = None,
    state: str = State.DONE,
    **evidence: object,
) -> bool:
    undo = {"call": "cadence.task", "task": task.pk} if task else {}
    return bool(
        decisions.log(
            rule=code,
            lead=signal.lead,
            what=what,
            why=why,
            evidence={"events": [signal.source.pk], **evidence},
            undo=undo,
            event=signal.source,
            state=state,
            dedupe_key=f"{code}:{key or signal.source.pk}",
        )
    )


def _task(
    code: str,
    signal: Signal,
    title: str,
    why: str,
    *,
    kind: str = Task.Kind.MOMENT,
    owner: User | None = None,
    channel: str = "",
    minutes: int = 0,
    key: str = "",
) -> Task | None:
    now = timezone.now()
    return worklist.add(
        kind,
        owner=owner or signal.lead.owner,
        lead=signal.lead,
        event=signal.source,
        channel=channel or signal.source.channel,
        title=title,
        why=why,
        due_at=now,
        deadline_at=now + timedelta(minutes=minutes) if minutes else None,
        dedupe_key=f"rule:{code}:{key or signal.source.pk}",
    )


def _hold(signal: Signal, note: str) -> bool:
    """The answer has paused the sequence already, unless somebody let it go on meanwhile."""
    current = entering.open_for(signal.lead)
    if current is None or current.state != Enrollment.State.ACTIVE:
        return False
    reason = Enrollment.Reason.REPLIED
    return enrollments.pause(current, reason=reason, actor="system", note=note)


# --- the acts ------------------------------------------------------------------------------------


def _clicked(signal: Signal, numbers: dict[str, int]) -> bool:
    """At most one line a day and person; whoever waits for an answer has a line already."""
    lead = signal.lead
    if Task.objects.filter(lead=lead, kind=Task.Kind.ANSWER, state=Task.State.OPEN).exists():
        return False
    if lead.archived_at or lead.erased_at:
        return False
    key = f"{lead.pk}:{signal.source.occurred_at:%Y%m%d}"
    why = f"{signal.who} opened {signal.source.data.get('url', 'a link')} today."
    hours = numbers["hours"]
    channel = "phone" if lead.phone else "email"
    task = _task(
        *("link_clicked", signal, f"Good moment to reach {signal.who}", why),
        channel=channel,
        minutes=60 * hours,
        key=key,
    )
    if task is None:
        return False
    return _log("link_clicked", signal, "A line in Today: good moment", why, key=key, task=task)


def _by_text(signal: Signal, numbers: dict[str, int]) -> bool:
    lead, channel = signal.lead, signal.source.channel
    label = reach.label(channel)
    current = entering.open_for(lead)
    why = f"{signal.who} answered by {label}."
    fired = False
    if current and current.sequence.adaptive and texting.reaches(lead, channel):
        fired = propose_channel("sms_answered", current, channel, why, signal.source)
    if lead.score >= numbers["hot_score"] and lead.phone:
        minutes = numbers["call_minutes"]
        title = f"Call {signal.who} within {minutes} minutes"
        text = f"{why} Score {lead.score}."
        task = _task(
            "sms_answered", signal, title, text, channel="phone", minutes=minutes
        )  # fmt: skip
        if task:
            fired |= _log("sms_answered", signal, title, text, task=task, score=lead.score)
    return fired


def propose_channel(
    code: str, enrollment: Enrollment, channel: str, why: str, event: ThreadEvent | None
) -> bool:
    """Ask whether the mails that are left go by `channel`; once for an enrolment and channel."""
    name = enrollment.lead.first_name or enrollment.lead.name
    return bool(
        decisions.log(
            rule=code,
            lead=enrollment.lead,
            what=f"{reach.plan_word(channel)} in place of the next mails to {name}",
            why=why,
            evidence={
                "enrollment": enrollment.pk,
                "channel": channel,
                "events": [event.pk] if event else [],
            },
            state=State.PROPOSED,
            undo={"call": "cadence.channel"},
            event=event,
            dedupe_key=f"channel:{enrollment.pk}:{channel}",
        )
    )


def _urgent(signal: Signal, numbers: dict[str, int]) -> bool:
    if not signal.lead.phone:
        return False
    minutes = numbers["call_minutes"]
    title, why = f"Call {signal.who} within {minutes} minutes", "Their answer says it is urgent."
    task = _task("hot_reply", signal, title, why, channel="phone", minutes=minutes)
    return task is not None and _log("hot_reply", signal, title, why, task=task)


def _price(signal: Signal, numbers: dict[str, int]) -> bool:
    note = "Price worries them"
    held = _hold(signal, note)
    why = _plays(signal, "price") or "Ask what it is compared with, then offer two sizes."
    title = f"Price worries {signal.who}: offer options"
    task = _task("price_concern", signal, title, f"{why} No price changes by itself.")
    what = f"{title}{'; the sequence waits' if held else ''}"
    return task is not None and _log(
        "price_concern", signal, what, "Their answer objects to the price.", task=task
    )


def _competitor(signal: Signal, numbers: dict[str, int]) -> bool:
    hint = _plays(signal, "competitor") or "Ask what works well there and what is missing."
    title = f"{signal.who} names another supplier"
    task = _task("competitor_named", signal, title, hint)
    why = "Their answer speaks of another supplier."
    return task is not None and _log("competitor_named", signal, title, why, task=task)


def _plays(signal: Signal, kind: str) -> str:
    """The best play of the playbook in a line; "" when there is none."""
    path = str(getattr(settings, "PLAYBOOK", "") or "")
    if not path:
        return ""
    language = signal.says("language") or signal.lead.language
    found = import_string(path)(kind, signal.source.body, language, signal.lead)
    if not found:
        return ""
    return f"Play “{found[0]['name']}”: {found[0]['question']}"[:220]


def _negative(signal: Signal, numbers: dict[str, int]) -> bool:
    held = _hold(signal, "The tone of their answer")
    managers = list(_managers(signal.lead.owner))
    owner = managers[0] if managers else signal.lead.owner
    title = f"{signal.lead.name} sounds unhappy"
    why = f"Look at the answer with {signal.lead.owner or 'whoever takes it over'}."
    task = _task("negative_tone", signal, title, why, kind=Task.Kind.ATTENTION, owner=owner)
    waits = "; the sequence waits" if held else ""
    what = f"Told {owner or 'nobody'}{waits}"
    return task is not None and _log(
        "negative_tone", signal, what, "Their answer sounds angry or disappointed.", task=task
    )


def _managers(user: User | None) -> Iterator[User]:
    """The managers of somebody's team, then the owner."""
    people = User.objects.filter(is_active=True)
    if user and user.team_id:
        yield from people.filter(role=User.Role.MANAGER, team=user.team_id).order_by("pk")
    yield from people.filter(Q(role=User.Role.OWNER)).order_by("pk")


ACTS: dict[str, Callable[[Signal, dict[str, int]], bool]] = {
    "link_clicked": _clicked,
    "sms_answered": _by_text,
    "price_concern": _price,
    "competitor_named": _competitor,
    "negative_tone": _negative,
    "hot_reply": _urgent,
}
