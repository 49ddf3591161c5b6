"""An answer of the own team to the same objection that led on. Only leads the viewer may see."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

from coaching.models import PlayUse
from leads.access import seen_by
from leads.models import Lead
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

BACK = timedelta(days=365)
LENGTH = 420
_QUOTED = re.compile(r"^(?:>|On .{5,120}wrote:)")


@dataclass(frozen=True)
class Worked:
    """`who` sent `text` to `lead`, and the lead went on."""

    lead: Lead
    who: str
    text: str
    play: str
    event: int


def answer_that_worked(kind: str, lead: Lead, user: User) -> Worked | None:
    """The newest sent answer with a play of this kind after which somebody went on; the same trade
    goes first. One query."""
    rows = PlayUse.objects.filter(
        play__kind=kind,
        outcome=PlayUse.Outcome.WORKED,
        touch__isnull=False,
        used_at__gte=timezone.now() - BACK,
    ).exclude(lead=lead)
    near = Case(
        When(lead__trade=lead.trade or "-", then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    found = (
        seen_by(rows, user)
        .select_related("touch", "lead", "user", "play")
        .order_by(near, "-pk")
        .first()
    )
    if found is None or found.touch is None:
        return None
    who = found.user.get_short_name() if found.user else "Somebody who has left"
    return Worked(
        found.lead, who, own_words(found.touch.body), found.play.name, found.event_id or 0
    )


def own_words(body: str) -> str:
    """The answer without greeting, quoted lines and signature, on one line."""
    rows = [row for row in body.splitlines() if row.strip() and not _QUOTED.match(row.strip())]
    if len(rows) > 1 and len(rows[0]) < 40:
        rows = rows[1:]
    if len(rows) > 1 and len(rows[-1].split()) <= 3 and rows[-1][-1:].isalpha():
        rows = rows[:-1]
    text = shortened(" ".join(rows), LENGTH)
    return text[:1].upper() + text[1:]


def shortened(text: str, limit: int) -> str:
    """On one line; cut between words."""
    whole = one_line(text, limit + 1)
    return whole if len(whole) <= limit else f"{whole[:limit].rsplit(' ', 1)[0]} …"
