"""The playbook in use over three months: the same plays with many leads, and one that was bettered.

Of people who are archived since. What came of each is counted by the product.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from coaching.models import Feedback, Play, PlayUse
from coaching.services import plays, uses
from leads.models import Lead
from outreach.models import Touch
from salesagent.accounts.models import User
from salesagent.demo import talked
from salesagent.demo.coached import write_back
from salesagent.demo.talked import LATER, OFF, ON, OTHER, PRICE

COMPARE, KEEP, MONTH = "price-compare-like", "competitor-keep-them", "timing-name-a-month"
PART = "price-smaller-start"
OPENINGS = {
    COMPARE: "fair, thank you for saying it.",
    PART: "thank you for being open.",
    KEEP: "glad to hear it.",
    MONTH: "of course.",
}
SAID = {COMPARE: PRICE[0], PART: PRICE[2], KEEP: OTHER, MONTH: LATER}
BETTERED = 33  # days ago
BOUGHT = 25  # days ago: with them it went on to a deal, see dealt
BETTER = (
    "It makes sense to compare. Let us lay both offers side by side, line by line: what is in it, "
    "what is not, and who comes at night. If theirs covers what you need, take it."
)
# who, days ago, minutes until the answer, the play, what they wrote then
USES = (
    ("mate", 84, 40, COMPARE, ON), ("rep", 80, 65, PART, OFF), ("rep", 76, 55, COMPARE, OFF),
    ("rep", 73, 30, KEEP, ON), ("mate", 69, 25, COMPARE, ON), ("rep", 66, 38, MONTH, ON),
    ("rep", 63, 90, PART, ""), ("manager", 61, 80, COMPARE, OFF), ("mate", 58, 45, KEEP, ON),
    ("rep", 54, 35, COMPARE, ON), ("mate", 51, 20, MONTH, OFF), ("mate", 49, 50, PART, OFF),
    ("mate", 47, 30, COMPARE, ON), ("rep", 44, 120, KEEP, OFF), ("rep", 40, 30, COMPARE, ""),
    ("mate", 29, 20, COMPARE, ON), ("rep", 29, 75, PART, OFF), ("rep", 28, 45, COMPARE, ON),
    ("mate", 28, 25, KEEP, ON), ("mate", 27, 40, MONTH, ON), ("rep", 26, 35, MONTH, OFF),
    ("mate", 25, 35, COMPARE, ON), ("rep", 24, 55, KEEP, ON), ("mate", 24, 50, PART, ON),
    ("manager", 23, 70, COMPARE, OFF), ("rep", 22, 25, COMPARE, ON), ("manager", 21, 30, MONTH, ON),
    ("rep", 20, 40, KEEP, ON), ("mate", 19, 95, KEEP, OFF), ("mate", 18, 55, COMPARE, ON),
    ("manager", 16, 45, KEEP, ON), ("mate", 14, 30, MONTH, ON),
)  # fmt: skip
FIRST_NUMBER = 100


def write(users: dict[str, User]) -> None:
    """Before the talks of these days, so that those use what is in the playbook now."""
    plays.install()
    now, old = timezone.now(), True
    for number, (who, days, minutes, code, then) in enumerate(USES, FIRST_NUMBER):
        if old and days < BETTERED:
            old = False
            _better(users["manager"], now - timedelta(days=BETTERED))
        at = now - timedelta(days=days, hours=2)
        _use(talked.person(number, users[who]), at, timedelta(minutes=minutes), code, then)
        if days == BOUGHT:
            Lead.objects.filter(email__contains=f"@talked-{number}.").update(stage=Lead.Stage.WON)


def settle() -> None:
    """What came of them; the feedback on what is long ago was read and put away."""
    uses.settle()
    long_ago = Feedback.objects.filter(lead__email__regex=r"@talked-\d{3}\.", read_at=None)
    long_ago.update(read_at=timezone.now(), dismissed_at=timezone.now())


def _better(manager: User, at: datetime) -> None:
    play = plays.current().get(code=COMPARE)
    made = plays.save(
        play,
        manager,
        {
            "kind": play.kind, "name": play.name, "when": play.when, "answer": BETTER,
            "question": play.question, "words": ", ".join(play.words),
        },
    )  # fmt: skip
    Play.objects.filter(pk=made.pk).update(created_at=at)
    Play.objects.filter(pk=play.pk).update(retired_at=at)


def _use(lead: Lead, at: datetime, minutes: timedelta, code: str, then: str) -> None:
    said = SAID[code]
    event = talked.wrote(lead, said, at, "objection")
    play = plays.current().get(code=code)
    row = next(
        r for r in plays.ranked(play.kind, said, lead, lead.owner, limit=10) if r.play == play
    )
    who = lead.owner.get_short_name() if lead.owner else ""
    body = f"Hi {lead.first_name},\n\n{OPENINGS[code]} {row.answer}\n\n{row.question}\n\n{who}"
    ours = write_back(lead, body, at + minutes)
    use = uses.record(play, lead, lead.owner, event=event)
    touch = Touch.objects.get(pk=ours.data["touch"])
    PlayUse.objects.filter(pk=use.pk).update(used_at=at + minutes / 2, touch=touch)
    if then:
        label = "interested" if then == ON else "not_interested"
        talked.wrote(lead, then, at + timedelta(days=1), label)
    Lead.objects.filter(pk=lead.pk).update(archived_at=at + timedelta(days=2))
