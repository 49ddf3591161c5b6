"""The demo's talks of the past month: the same objections, met by three people, and what came.

Of people who are archived since, so that lists and Today show what is running.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from coaching.models import Advice
from coaching.services import advice, patterns, review, sharing, talks
from leads import thread
from leads.models import Lead, Pain, ThreadEvent
from salesagent.accounts.models import User
from salesagent.demo.coached import write_back

ASKED = (
    "Hi {name},\n\nfair, thank you for saying it. The difference is that nights and weekends are "
    "in it. What does one day with a warm store cost you?\n\n{who}"
)
CUT = (
    "Hi {name},\n\nlet me see what I can do on the price, maybe we can find 10% less for you if we "
    "start this month. I will send a new offer.\n\n{who}"
)
KEEP = (
    "Hi {name},\n\nglad you are looked after. Keep them by day and let us take the nights only. "
    "Who comes when a cold room fails on a Sunday?\n\n{who}"
)
PROUD = (
    "Hi {name},\n\nour service is the best in the region and all our customers are very happy with "
    "it. I would like to show you what we do.\n\n{who}"
)
MONTH = (
    "Hi {name},\n\nof course, a bad time helps nobody. I will put March in my calendar. First or "
    "last week?\n\n{who}"
)
PRICE = (
    "Twenty per cent above what we pay today. That is too expensive.",
    "Honestly too expensive for two cold rooms.",
    "Your price is too high for us.",
)
OTHER, LATER = "We already have a supplier for the cooling.", "Not now, please come back next year."
ON, OFF = "Good question, in fact a lot. Can we talk on Thursday?", "No interest, thank you."
# who, days ago, minutes until the answer, what they said, the answer, what they wrote then
TALKS = (
    ("mate", 27, 25, PRICE[0], ASKED, ON), ("mate", 24, 40, PRICE[1], ASKED, ON),
    ("mate", 20, 15, PRICE[2], ASKED, ON), ("mate", 16, 50, PRICE[0], ASKED, ON),
    ("mate", 13, 35, PRICE[1], ASKED, OFF), ("rep", 28, 30, PRICE[0], CUT, ""),
    ("rep", 23, 55, PRICE[1], CUT, OFF), ("rep", 19, 20, PRICE[2], CUT, ""),
    ("rep", 14, 45, PRICE[0], CUT, ON), ("mate", 22, 200, OTHER, KEEP, ON),
    ("mate", 10, 30, OTHER, KEEP, ON), ("rep", 21, 40, OTHER, PROUD, ""),
    ("rep", 12, 26, OTHER, KEEP, ON), ("rep", 18, 33, LATER, MONTH, ON),
    ("mate", 17, 48, LATER, MONTH, ON), ("mate", 11, 58, LATER, PROUD, ""),
    ("manager", 26, 34, PRICE[2], ASKED, ON), ("manager", 15, 90, PRICE[1], CUT, ""),
    ("manager", 25, 45, OTHER, KEEP, ON), ("manager", 9, 28, LATER, MONTH, OFF),
)  # fmt: skip
LATELY = 14  # days: feedback was written on these
NAMES = ("Nora", "Aksel", "Freja", "Malte", "Signe", "Elias", "Tove", "Birk")
LAST = ("Munk", "Bang", "Riis", "Ley", "Bruun", "Hald", "Kjer", "Vest")


def write(users: dict[str, User]) -> None:
    for number, (who, days, minutes, said, body, then) in enumerate(TALKS):
        at = timezone.now() - timedelta(days=days, hours=3)
        lead = person(number, users[who])
        wrote(lead, said, at, "objection")
        text = body.format(name=lead.first_name, who=users[who].get_short_name())
        ours = write_back(lead, text, at + timedelta(minutes=minutes))
        if days <= LATELY:
            review.review_answer(ours)
        if then:
            label = "interested" if then == ON else "not_interested"
            wrote(lead, then, at + timedelta(days=1), label)
        Lead.objects.filter(pk=lead.pk).update(archived_at=at + timedelta(days=2))


def count(users: dict[str, User]) -> None:
    """What the nightly and the ten-minute work would have made of it, and a word of the manager."""
    sharing.show_habits(users["mate"], show=True)
    talks.recount_everybody()
    patterns.propose()
    thanks = advice.draft(users["manager"], users["mate"], "competitor")
    advice.send(thanks, users["manager"])
    advice.answer(thanks, users["mate"], "Yes, the Sunday question works best for me.")
    advice.send(advice.draft(users["manager"], users["rep"], "price"), users["manager"])
    Advice.objects.filter(author=users["manager"]).update(
        sent_at=timezone.now() - timedelta(days=1)
    )
    advice.draft(users["manager"], users["mate"], "price")


def person(number: int, owner: User) -> Lead:
    first, last = NAMES[number % len(NAMES)], LAST[number * 3 % len(LAST)]
    lead = Lead.objects.create(
        owner=owner, first_name=first, last_name=last, company_name=f"{last} Food {number + 1}",
        title="Operations Manager", trade="logistics", country="DK",
        email=f"{first}.{last}@talked-{number}.example".lower(), source="companies-north.csv",
    )  # fmt: skip
    Pain.objects.create(
        lead=lead, text="Cold rooms fail on Sunday nights", source="Call",
        noted_at=timezone.localdate(),
    )  # fmt: skip
    return lead


def wrote(lead: Lead, text: str, at: datetime, label: str) -> ThreadEvent | None:
    event = thread.record(
        lead=lead,
        kind="reply.received",
        actor="lead",
        body=text,
        channel="email",
        direction=ThreadEvent.Direction.IN,
        occurred_at=at,
        data={"from": lead.email},
    )
    Lead.objects.filter(pk=lead.pk).update(replied_at=at)
    thread.record(
        lead=lead,
        kind="reply.classified",
        actor="ai:rules",
        channel="email",
        data={"event": event.pk if event else 0, "disposition": label, "confidence": 0.8},
        occurred_at=at + timedelta(seconds=5),
    )
    return event
