"""The same objection, two answers: the one that went out last, and one after which they went on."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from coaching import access
from coaching.models import Talk
from coaching.services import wording
from coaching.services.similar import own_words, shortened
from leads.models import Deal, Lead
from outreach.models import Touch
from salesagent.accounts.models import User

QUOTE = 300
NEAR = 30  # of the newest, among which one may be opened


@dataclass(frozen=True)
class Side:
    """`who` is "" where no name is given; `good` and `weak` are what was seen in the text.

    `bought`: a deal of the lead was won after it.
    """

    talk: Talk
    who: str
    text: str
    good: list[str]
    weak: list[str]
    bought: bool = False


@dataclass(frozen=True)
class Pair:
    """`said`: their message that `last` answers."""

    said: str
    last: Side | None
    won: Side | None


def pair(user: User, kind: str, rep: User | None = None) -> Pair:
    """Out of threads the user may open. What was weak is said only of people who show their
    habits: of others it would be their private feedback by another way. Few queries."""
    ids = list(access.people(user).values_list("pk", flat=True))
    rows = Talk.objects.filter(rep__in=ids, objection=kind, about=Talk.About.ANSWER)
    last = _newest(user, rows.filter(rep=rep) if rep else rows.exclude(worked=True))
    won = rows.filter(worked=True)
    won = won.exclude(pk=last.pk) if last else won
    best = _newest(user, won, "-sold")
    shown = access.open_habits(user, [last.rep_id]) if last else set()
    return Pair(
        shortened(last.theirs.body, QUOTE) if last and last.theirs else "",
        _side(last, named=last.rep_id in shown) if last else None,
        _side(best, named=True, praise_only=True) if best else None,
    )


def _sold() -> Exists:
    """Whether a deal with the lead was won after the talk."""
    won = Deal.objects.filter(lead=OuterRef("lead"), stage=Deal.Stage.WON)
    return Exists(won.filter(closed_at__gt=OuterRef("at")))


def _newest(user: User, rows: QuerySet[Talk], *first: str) -> Any:
    """The newest that the user may open; `first` goes before the time. Who may open what is asked
    for few rows, not for all."""
    order = (*first, "-at", "-pk")
    near = list(rows.annotate(sold=_sold()).order_by(*order).values_list("pk", flat=True)[:NEAR])
    seen = access.evidence(user).annotate(sold=_sold()).filter(pk__in=near).order_by(*order)
    return seen.select_related("rep", "lead", "event", "theirs").first() if near else None


def _side(talk: Any, *, named: bool, praise_only: bool = False) -> Side:
    text = own_words(sent_text(talk))
    good, weak = seen_in(talk, text) if named else ([], [])
    who = talk.rep.get_short_name() if named else ""
    return Side(talk, who, text, good, [] if praise_only else weak, talk.sold)


def sent_text(talk: Talk) -> str:
    number = talk.event.data.get("touch")
    body = Touch.objects.filter(pk=number).values_list("body", flat=True).first()
    return body or talk.event.body


def seen_in(talk: Talk, text: str) -> tuple[list[str], list[str]]:
    """What the text does well, and what it does not, in few words."""
    good: list[str] = []
    weak: list[str] = []
    asked = wording.questions(text)
    if talk.acknowledged is not None:
        (good if talk.acknowledged else weak).append(
            "Takes it up first" if talk.acknowledged else "Argues at once"
        )
    if talk.discount_first:
        weak.append("Gives a discount before asking")
    elif talk.objection == "price" and asked:
        good.append("Asks before any lower price")
    if asked == 1:
        good.append("Ends with one question" if text.rstrip().endswith("?") else "One question")
    elif asked == 0:
        weak.append("No question")
    if talk.pain:
        good.append("Names their own trouble")
    return good, weak


def as_line(talk: Talk) -> str:
    """The answer as a line for the playbook: names of the lead become merge fields."""
    return without_names(own_words(sent_text(talk)), talk.lead)


def without_names(text: str, lead: Lead, *, plain: bool = False) -> str:
    """Merge fields in place of what the lead is called; `plain` words to be read as they are."""
    known = (
        (lead.company_name, "your company" if plain else "{{company|your company}}"),
        (lead.first_name, "they" if plain else "{{first_name|there}}"),
        (lead.last_name, ""),
    )
    for name, instead in known:
        if len(name) > 2:
            text = re.sub(rf"\b{re.escape(name)}\b", instead, text)
    return text
