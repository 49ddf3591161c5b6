"""What is known of one interaction: our message or call, theirs before it, and who it was."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coaching.models import PlayUse
from coaching.services import objections
from coaching.services.objections import Objection
from leads.models import ThreadEvent
from outreach.models import Touch
from salesagent.accounts.models import User

PERSONAL = (Touch.Kind.REPLY, Touch.Kind.MANUAL)
BACK = timedelta(days=60)


@dataclass(frozen=True)
class Interaction:
    """`event`: ours. `theirs`: the message it answers, if any; `label`: what that one means."""

    rep: User
    event: ThreadEvent
    body: str
    theirs: ThreadEvent | None = None
    label: str = ""
    objection: Objection | None = None
    use: PlayUse | None = None
    ours_before: ThreadEvent | None = None

    @property
    def hours(self) -> float:
        """Working time until our answer: whole weekend days in between do not count."""
        if self.theirs is None:
            return 0.0
        return working_hours(self.theirs.occurred_at, self.event.occurred_at)


def working_hours(start: datetime, end: datetime) -> float:
    hours = max((end - start).total_seconds(), 0) / 3600
    day, weekend = start.date() + timedelta(days=1), 0
    while day < end.date() and weekend < 60:
        weekend += day.weekday() >= 5
        day += timedelta(days=1)
    return max(hours - 24 * weekend, 0.0)


def of_answer(event: ThreadEvent) -> Interaction | None:
    """From touch.sent of a message that a person wrote; None for steps of a sequence."""
    touch = _touch(event)
    if touch is None or touch.kind not in PERSONAL:
        return None
    rep = touch.author or touch.approved_by
    if rep is None or not rep.is_active:
        return None
    return _with_thread(rep, event, touch.body or event.body)


def of_call(event: ThreadEvent) -> Interaction | None:
    kind, _, number = event.actor.partition(":")
    rep = User.objects.filter(pk=number).first() if kind == "user" and number.isdigit() else None
    if rep is None or not rep.is_active:
        return None
    return _with_thread(rep, event, event.body)


def _touch(event: ThreadEvent) -> Touch | None:
    number = event.data.get("touch")
    if not isinstance(number, int):
        return None
    return Touch.objects.select_related("author", "approved_by").filter(pk=number).first()


def _with_thread(rep: User, event: ThreadEvent, body: str) -> Interaction:
    before = list(
        ThreadEvent.objects.filter(
            lead=event.lead_id,
            occurred_at__lt=event.occurred_at,
            occurred_at__gte=event.occurred_at - BACK,
            kind__in=["reply.received", "touch.sent", "touch.done", "call.logged"],
        ).order_by("-occurred_at", "-pk")[:20]
    )
    theirs = next(iter(before), None)
    if theirs is None or theirs.kind != "reply.received" or theirs.redacted_at:
        theirs = None  # we wrote last: this one answers nothing
    ours = next((one for one in before if one.kind != "reply.received"), None)
    classified = class_of(theirs) if theirs else None
    return Interaction(
        rep,
        event,
        body,
        theirs,
        str(classified.data.get("disposition") or "") if classified else "",
        objections.of_message(theirs, classified) if theirs else None,
        _use(event, theirs),
        ours,
    )


def class_of(received: ThreadEvent) -> ThreadEvent | None:
    """The newest class of a received message."""
    rows = ThreadEvent.objects.filter(
        lead=received.lead_id, kind="reply.classified", data__event=received.pk
    )
    return rows.order_by("-pk").first()


def _use(event: ThreadEvent, theirs: ThreadEvent | None) -> PlayUse | None:
    uses = PlayUse.objects.filter(lead=event.lead_id, used_at__lte=event.recorded_at)
    if theirs is not None:
        uses = uses.filter(used_at__gte=theirs.occurred_at)
    else:
        uses = uses.filter(used_at__gte=event.occurred_at - timedelta(days=1))
    return uses.select_related("play").order_by("-pk").first()
