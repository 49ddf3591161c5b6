"""The demo's coaching: objections that were met with plays, what came of them, feedback on it."""

from datetime import datetime, timedelta
from typing import cast

from django.utils import timezone

from coaching.models import Feedback, Play, PlayUse
from coaching.services import plays, review, sharing, uses
from leads import thread
from leads.models import Lead, ThreadEvent
from outreach.models import Task, Touch
from outreach.services import worklist
from outreach.services.answers import note_reply
from salesagent.accounts.models import User
from salesagent.demo import past

# what they wrote, the play that answered it, own words around it, what they wrote then
TALKS = (
    ("Varmex does this for 20% less. Hard to defend to my partners.", "price-compare-like",
     "Hi {name},\n\nfair, thank you for saying it. {answer}\n\n{question}\n\nJonas",
     "Good point, theirs has no nights in it. Can we meet next week?", "meeting"),
    ("We already have a supplier for this.", "competitor-keep-them",
     "Hi {name},\n\nglad to hear it. {answer}\n\n{question}\n\nJonas",
     "Nights are in fact a problem. Tell me more about it.", "interested"),
    ("That is too expensive for a company of our size.", "price-smaller-start",
     "Hi {name},\n\nthank you for being open. {answer}\n\n{question}\n\nJonas",
     "No interest, thank you.", "not_interested"),
    ("Not now, please come back later in the year.", "timing-name-a-month",
     "Hi {name},\n\nof course. {answer}\n\n{question}\n\nJonas",
     "First week of March is fine, interested in a visit then.", "interested"),
    ("Too expensive, our budget is gone for this year.", "",
     "Hi {name},\n\nwe can give you a discount of 15% off if you decide this month. Our work is "
     "known to be good and everybody here would tell you the same. Let me know.\n\nJonas", "", ""),
)  # fmt: skip


def write(leads: list[Lead]) -> None:
    """Some talks of the past weeks on leads that answered before, then the reviews they get."""
    plays.install()
    for number, talk in enumerate(TALKS):
        _talk(_whom(leads, number), timezone.now() - timedelta(days=9 - number, hours=5), *talk)
    uses.settle()
    told = Feedback.objects.filter(objection="competitor", about="objection").first()
    if told is not None:
        sharing.share(told, "This worked well with suppliers they like. One for the team?")


def _whom(leads: list[Lead], number: int) -> Lead:
    fresh = [lead for lead in leads[past.WORKED :] if lead.owner is not None]
    return fresh[number * 3 + 1]


def keen(leads: list[Lead], owner: User) -> Lead:
    """One of the owner's who was won over."""
    won = (_whom(leads, number) for number, talk in enumerate(TALKS) if talk[-1] == "interested")
    return next(lead for lead in won if lead.owner == owner)


def _talk(
    lead: Lead, at: datetime, said: str, code: str, frame: str, then: str, label: str
) -> None:
    theirs = _theirs(lead, said, at, "objection")
    play = Play.objects.filter(code=code, retired_at=None).first()
    found = plays.ranked(play.kind, said, lead, lead.owner, limit=10) if play else []
    row = next((one for one in found if one.play == play), None)
    body = frame.format(
        name=lead.first_name, answer=row.answer if row else "", question=row.question if row else ""
    )
    ours = write_back(lead, body, at + timedelta(minutes=38 if play else 2900))
    if play is not None:
        use = uses.record(play, lead, lead.owner, event=theirs)
        touch = Touch.objects.get(pk=ours.data["touch"])
        PlayUse.objects.filter(pk=use.pk).update(used_at=at + timedelta(minutes=30), touch=touch)
    review.review_answer(ours)
    if then:
        _theirs(lead, then, at + timedelta(days=1), label)


def _theirs(lead: Lead, text: str, at: datetime, label: str) -> ThreadEvent:
    event = note_reply(
        lead,
        channel="email",
        text=text,
        actor="lead",
        occurred_at=at,
        dedupe_key=f"demo:coached:{lead.pk}:{label}",
        data={"from": lead.email},
    )
    if event is None:
        raise ValueError("this talk is there already")
    worklist.close_for(lead, [Task.Kind.ANSWER])
    thread.record(
        lead=lead,
        kind="reply.classified",
        actor="ai:rules",
        channel="email",
        data={"event": event.pk, "disposition": label, "confidence": 0.8, "reason": ""},
        occurred_at=at + timedelta(seconds=5),
        dedupe_key=f"classified:{event.pk}",
    )
    return event


def write_back(lead: Lead, body: str, at: datetime) -> ThreadEvent:
    touch = Touch.objects.create(
        lead=lead,
        kind=Touch.Kind.REPLY,
        channel="email",
        author=lead.owner,
        approved_by=lead.owner,
        writer="user",
        to_address=lead.email or "",
        subject="Re: Your message",
        body=body,
        state=Touch.State.SENT,
        due_at=at,
        sent_at=at,
    )
    data: dict[str, object] = {"touch": touch.pk, "subject": touch.subject}
    event = thread.record(
        lead=lead,
        kind="touch.sent",
        actor=f"user:{lead.owner_id}",
        body=body,
        channel="email",
        direction=ThreadEvent.Direction.OUT,
        data=data,
        occurred_at=at,
    )
    return cast(ThreadEvent, event)
