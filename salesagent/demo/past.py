"""The demo's last thirty days: touches that went out, answers, calls, notes, with their dates."""

import os
from datetime import UTC, datetime, timedelta

from django.db.models import F, Min
from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import summary, zones
from outreach.channels.maildir import FileTransport, sent_name
from outreach.mail.compose import compose
from outreach.models import (
    Enrollment,
    Mailbox,
    Sequence,
    Step,
    Task,
    Touch,
    Variant,
    new_message_id,
)
from outreach.services import calendars, letters, merge, planning, policy, reach
from outreach.services.answers import note_reply
from outreach.services.drafting import address, chain, reply_subject
from outreach.services.transports import config_for
from salesagent.accounts.models import User, Workspace
from salesagent.demo.answers import ANSWERS, NOTES, REPLIES

WORKED = 58  # leads were written to in the past month
SLOW = timedelta(days=5)  # a touch of the past; its steps wait two to four business days


def write(leads: list[Lead], sequences: list[Sequence], users: dict[str, User]) -> None:
    now = timezone.now()
    for lead in leads:
        event_at = lead.created_at
        _event(lead, "lead.imported", "user:1", event_at, {"file": lead.source})
    for number, lead in enumerate(leads[:WORKED]):
        _work(number, lead, sequences[number % 3], now)
    for number, text in enumerate(NOTES * 4):
        lead = leads[number * 5 % WORKED]
        at = now - timedelta(days=2 + number % 9, hours=number % 7)
        thread.record(
            lead=lead, kind="note.added", actor=f"user:{lead.owner_id}", body=text, occurred_at=at
        )
    _won_and_lost(leads, now)


def _event(
    lead: Lead, kind: str, actor: str, at: datetime, data: dict[str, object] | None = None
) -> None:
    thread.record(lead=lead, kind=kind, actor=actor, data=data, occurred_at=at)


def came_first() -> None:
    """Nobody is written to, and no deal runs, before the lead came in."""
    early = Lead.objects.annotate(first=Min("events__occurred_at"))
    for lead in early.filter(first__lt=F("created_at")):
        Lead.objects.filter(pk=lead.pk).update(created_at=lead.first - timedelta(hours=2))


def came(number: int) -> int:
    """Days ago that a worked lead came in: a weekend and two days before the first touch."""
    return _begun(number).days + 5


def _begun(number: int) -> timedelta:
    return timedelta(days=3 + number % 21, hours=number % 9) + SLOW * (_touches(number) - 1)


def _touches(number: int) -> int:
    return 1 + number % 4


def _work(number: int, lead: Lead, sequence: Sequence, now: datetime) -> None:
    """1 to 4 touches, the last one some days or hours ago; every fifth lead answered."""
    steps = planning.current_steps(sequence)
    count = _touches(number)
    start = _at_work(now - _begun(number), lead, now)
    mailbox = Mailbox.objects.select_related("user").get(user=lead.owner)
    enrollment = Enrollment.objects.create(
        lead=lead, sequence=sequence, mailbox=mailbox, enrolled_by=lead.owner, variant_seed=lead.pk
    )
    Enrollment.objects.filter(pk=enrollment.pk).update(started_at=start)
    actor = f"user:{lead.owner_id}"
    data: dict[str, object] = {"enrollment": enrollment.pk, "sequence": sequence.name}
    _event(lead, "enrollment.started", actor, start, data)
    at = start
    touch = None
    for step in steps[:count]:
        at = _after(at, step, lead)
        touch = _touch(enrollment, step, at, touch) or touch
    planning.plan_next(enrollment, after=max(at, now - timedelta(hours=20)))
    if touch is not None and number % 5 == 0:
        _reply(number // 5, lead, touch, now)


def _at_work(at: datetime, lead: Lead, now: datetime) -> datetime:
    """That day within working hours, at the latest three hours ago; a weekend's on its Friday."""
    local = at.astimezone(zones.zone_for(lead))
    local = local.replace(hour=8 + local.hour % 9, minute=lead.pk * 7 % 60)
    if local > now - timedelta(hours=3):
        local -= timedelta(days=1)
    return (local - timedelta(days=max(local.weekday() - 4, 0))).astimezone(UTC)


def _after(at: datetime, step: Step, lead: Lead) -> datetime:
    """As many business days later as the step waits, at another hour of work."""
    if not step.delay_days:
        return at
    local = at.astimezone(zones.zone_for(lead))
    day = calendars.add_business_days(local.date(), step.delay_days, lead.country)
    hour = 8 + (lead.pk * 5 + step.position * 3) % 9
    return local.replace(year=day.year, month=day.month, day=day.day, hour=hour).astimezone(UTC)


def _touch(enrollment: Enrollment, step: Step, at: datetime, before: Touch | None) -> Touch | None:
    lead, mailbox = enrollment.lead, enrollment.mailbox
    to = address(lead, step.channel)
    mail = step.channel == "email"
    variants = list(step.variants.all()) or [Variant(step=step)]
    variant = variants[lead.pk % len(variants)]
    fields = merge.fields_for(lead, lead.owner, mailbox, enrollment.sequence, when=at)
    subject = merge.render(variant.subject, fields).text if mail else ""
    if mail and not subject and before:
        subject = reply_subject(before.subject)
    touch = Touch(
        lead=lead,
        enrollment=enrollment,
        step=step,
        step_key=step.key,
        variant=variant,
        number=step.position,
        channel=step.channel,
        writer="template",
        to_address=to,
        subject=subject,
        body=merge.render(variant.body, fields, merge.snippet_texts()).text,
        state=Touch.State.SENT if mail else Touch.State.DONE if to else Touch.State.SKIPPED,
        due_at=at,
        sent_at=at if to else None,
        outcome="" if mail else "no_answer" if step.channel == "phone" else "done",
    )
    _address(touch, mailbox if mail else None, before if mail else None)
    _keep(touch)
    _tell(touch, at)
    if mail:
        _mail_file(touch, at)
        return touch
    return before


def _address(touch: Touch, mailbox: Mailbox | None, before: Touch | None) -> None:
    """Sender and place in the thread of mails."""
    touch.mailbox = mailbox
    touch.message_id = new_message_id("halden.example") if mailbox else None
    if before:
        touch.in_reply_to = before.message_id or ""
        touch.references = chain(before.references, before.message_id or "")


def _keep(touch: Touch) -> None:
    """Approved by the lead's owner an hour before it was due, as it was drafted."""
    touch.machine_body = touch.body if touch.writer == "template" else ""
    touch.approved_by = touch.lead.owner
    touch.approved_at = touch.due_at - timedelta(hours=1)
    touch.approved_hash = policy.text_hash(touch)
    touch.checks_passed = True
    touch.save()


def _tell(touch: Touch, at: datetime, answers: int = 0) -> None:
    """`answers`: the line of Today that asked for it."""
    actor = f"user:{touch.lead.owner_id}"
    numbers: dict[str, object] = {"touch": touch.pk, "number": touch.number}
    if touch.state == Touch.State.SKIPPED:
        data = {**numbers, "reason": "no_channel"}
        _event(touch.lead, "touch.skipped", "system", at, data)
        return
    read: dict[str, object] = {"task": answers} if answers else {}
    read |= {"machine": bool(touch.machine_body), "seconds": 25 + touch.lead_id * 7 % 80}
    _event(touch.lead, "touch.approved", actor, at - timedelta(hours=1), {**numbers, **read})
    kind = {"phone": "call.logged", "linkedin": "linkedin.done"}.get(touch.channel, "touch.sent")
    more: dict[str, object] = {
        "subject": touch.subject,
        "to": touch.to_address,
        "message_id": touch.message_id,
        "approved_by": touch.approved_by_id,
        "outcome": touch.outcome,
    }
    if kind != "touch.sent":
        more["task"] = _line_done(touch, at)
    thread.record(
        lead=touch.lead,
        kind=kind,
        actor=actor,
        body="Nobody answered." if kind == "call.logged" else touch.body,
        channel=touch.channel,
        direction=ThreadEvent.Direction.OUT,
        data={**numbers, **{key: value for key, value in more.items() if value}},
        occurred_at=at,
    )
    _advance(touch.lead, Lead.Stage.NEW, Lead.Stage.CONTACTED, at)


def _line_done(touch: Touch, at: datetime) -> int:
    """The line of Today that a call or a message by hand closed."""
    done = Task.objects.create(
        kind=Task.Kind.TOUCH,
        owner=touch.lead.owner,
        lead=touch.lead,
        touch=touch,
        channel=touch.channel,
        title=reach.task_title(touch.channel),
        state=Task.State.DONE,
        outcome=touch.outcome,
        due_at=touch.due_at,
        closed_at=at,
        closed_by=touch.lead.owner,
        dedupe_key=f"touch:{touch.pk}",
    )
    return done.pk


def _advance(lead: Lead, before: Lead.Stage, after: Lead.Stage, at: datetime) -> None:
    if Lead.objects.filter(pk=lead.pk, stage=before).update(stage=after):
        lead.stage = after
        data: dict[str, object] = {"from": before.value, "to": after.value}
        _event(lead, "lead.stage_changed", "system", at, data)


def _mail_file(touch: Touch, at: datetime) -> None:
    """The mail as it would have gone out, so that the demo's inbox shows it and can answer."""
    if touch.mailbox is None:
        return
    message = letters.message_for(touch, Workspace.current(), at, [])
    transport = FileTransport(config_for(touch.mailbox))
    with transport.open() as session:
        session.send(compose(message), touch.mailbox.address, touch.to_address)
    path = transport.folder() / "sent" / sent_name(touch.message_id or "")
    os.utime(path, (at.timestamp(), at.timestamp()))


def _reply(number: int, lead: Lead, touch: Touch, now: datetime) -> None:
    text, end = REPLIES[number % len(REPLIES)]
    sent = touch.sent_at or now
    at = now - timedelta(minutes=26 + number * 71) if end == "open" else sent + timedelta(hours=5)
    at = min(at, now - timedelta(minutes=20))
    _advance(lead, Lead.Stage.CONTACTED, Lead.Stage.ENGAGED, at + timedelta(minutes=1))
    note_reply(
        lead,
        channel="email",
        text=text,
        actor="lead",
        occurred_at=at,
        dedupe_key=f"demo:{lead.pk}",
        touch=touch,
        data={"subject": reply_subject(touch.subject), "from": lead.email},
    )
    if end != "open":
        later, by_hand = min(at + timedelta(hours=2), now), end == "answered"
        summary.answered(lead.pk)
        lines = Task.objects.filter(lead=lead, kind=Task.Kind.ANSWER)
        lines.update(
            state=Task.State.DONE, closed_at=later, closed_by=lead.owner if by_hand else None
        )
        if by_hand:
            asked = lines.values_list("pk", flat=True).first() or 0
            _answer(number, lead, touch, later, asked)


def _answer(number: int, lead: Lead, before: Touch, at: datetime, asked: int) -> None:
    touch = Touch(
        lead=lead,
        kind=Touch.Kind.REPLY,
        channel="email",
        author=lead.owner,
        writer="user",
        to_address=before.to_address,
        subject=reply_subject(before.subject),
        body=ANSWERS[number % 2].format(name=lead.first_name),
        state=Touch.State.SENT,
        due_at=at,
        sent_at=at,
    )
    _address(touch, before.mailbox, before)
    _keep(touch)
    _tell(touch, at, asked)
    _mail_file(touch, at)


def _won_and_lost(leads: list[Lead], now: datetime) -> None:
    """A few ends, so that stages and the score card have something to show."""
    from leads.services import lifecycle

    for number, (position, stage) in enumerate(
        ((20, "meeting"), (25, "proposal"), (45, "won"), (55, "lost"))
    ):
        lead = Lead.objects.get(pk=leads[position].pk)
        if lead.owner is not None:
            lifecycle.change_stage(lead, stage, lead.owner)
        _event(lead, "lead.scored", "system", now - timedelta(days=number), {"score": 50})
