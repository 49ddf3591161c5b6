"""What a manager writes to a rep: drafted from threads both may open, edited, sent, answered.

A draft about somebody who keeps own habits private holds quotes only: no count and no verdict on
them, as those are the rep's private page. Nothing here is ever sent to a lead.
"""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from coaching.models import Advice, Play, Talk
from coaching.services import advice_prose, examples, team
from coaching.services.habits import LABELS
from coaching.services.shares import FEW
from coaching.services.similar import shortened
from leads.access import sees
from salesagent.accounts import notices
from salesagent.accounts.models import User
from salesagent.lib.text import clean, one_line, plural

State = Advice.State
TEXT_LIMIT, ANSWER_LIMIT = 2000, 500
DAYS = 90
MOST_DRAFTS = 20  # of one author to one rep


class AdviceError(Exception):
    """Why it cannot be done, in words for the person who tried."""


def draft(author: User, rep: User, kind: str) -> Advice:
    """A draft about one objection, from the newest answer and one that led on. AdviceError."""
    if author.pk == rep.pk:
        raise AdviceError("This is your own page.")
    if kind not in Play.Kind.values:
        raise AdviceError("Choose an objection.")
    mine = Advice.objects.filter(author=author, rep=rep, state=State.DRAFT)
    if mine.count() >= MOST_DRAFTS:
        raise AdviceError("There are many drafts already. Send or throw away some first.")
    pair = examples.pair(author, kind, rep)
    if pair.last is None:
        name = rep.get_short_name()
        raise AdviceError(f"{name} has not answered this objection in the last 90 days.")
    made = _drafted(author, rep, kind, pair)
    made.save()
    return made


def _drafted(author: User, rep: User, kind: str, pair: examples.Pair) -> Advice:
    text = _text(author, rep, kind, pair)[:TEXT_LIMIT]
    return Advice(author=author, rep=rep, about=kind, text=text, evidence=_evidence(rep, pair))


def beside(author: User, rep: User, kind: str, pair: examples.Pair) -> Advice:
    """The draft of this author to stand beside the example: the one that was begun, else a new
    one that is not kept before somebody saves or sends it."""
    begun = Advice.objects.filter(author=author, rep=rep, about=kind, state=State.DRAFT)
    return begun.order_by("-pk").first() or _drafted(author, rep, kind, pair)


def blank(author: User, rep: User) -> Advice:
    """An empty one, to write by hand."""
    found = Advice.objects.filter(author=author, rep=rep, state=State.DRAFT, text="").first()
    return found or Advice.objects.create(author=author, rep=rep, writer="person")


def _evidence(rep: User, pair: examples.Pair) -> list[int]:
    """The messages it speaks of, in their order; only those the rep may open, too."""
    found: list[int] = []
    for side in (pair.last, pair.won):
        if side is not None and sees(rep, side.talk.lead):
            found.extend(one for one in (side.talk.theirs_id, side.talk.event_id) if one)
    return found


def _text(author: User, rep: User, kind: str, pair: examples.Pair) -> str:
    person = team.person(author, rep, DAYS)
    parts = [_praise(person), _counts(person, rep, kind), _quote(pair), _won(rep, pair)]
    return "\n\n".join(part for part in parts if part)


def _praise(person: team.Person | None) -> str:
    """The strongest habit, where there are enough cases to say so."""
    rows = [row for row in person.habits if row.shown.share] if person else []
    told = [(row, row.shown.share) for row in rows if row.code != "edited"]
    good = [(row, share) for row, share in told if share and share.of >= FEW and share.low >= 60]
    if not good:
        return ""
    row, share = max(good, key=lambda pair: pair[1].low)
    return f"{LABELS[row.code]}: you did in {share.done} of {share.of}. Keep that."


def _counts(person: team.Person | None, rep: User, kind: str) -> str:
    row = next((one for one in person.objections if one.kind == kind), None) if person else None
    share = row.kept.share if row else None
    if row is None or share is None:
        return ""
    said = f"{row.label}: after {share.done} of {share.of} of your answers they wrote again."
    early = Talk.objects.filter(rep=rep, objection=kind, discount_first=True).count()
    if early:
        said += f" In {plural(early, 'answer')} a lower price came before a question."
    return said


def _quote(pair: examples.Pair) -> str:
    if pair.last is None:
        return ""
    when = f"{pair.last.talk.at:%-d %B}"
    lead = pair.last.talk.lead
    told = f"On {when} {lead.first_name or lead.name} wrote: “{shortened(pair.said, 160)}”"
    return f"{told} Your answer: “{shortened(pair.last.text, 240)}”"


def _won(rep: User, pair: examples.Pair) -> str:
    """The line that led on, without the names of whom it was written to."""
    if pair.won is None:
        return "What would you try next time?"
    whose = f"{pair.won.who}'s answer" if pair.won.talk.rep_id != rep.pk else "Another of yours"
    text = examples.without_names(pair.won.text, pair.won.talk.lead, plain=True)
    return (
        f"{whose} to the same objection led on: “{shortened(text, 320)}” "
        "Would something like it fit you?"
    )


# --- what its author does ---


def _own(advice: Advice, author: User) -> Any:
    return Advice.objects.filter(pk=advice.pk, author=author, state=State.DRAFT)


def save(advice: Advice, author: User, text: str) -> None:
    """Keep the words as they are now. AdviceError when it was sent meanwhile."""
    words = clean(text.replace("\r\n", "\n")).strip()[:TEXT_LIMIT]
    if not _own(advice, author).update(text=words):
        raise AdviceError("This was sent or thrown away before.")
    advice.text = words


def send(advice: Advice, author: User) -> None:
    """Show it to the rep, who gets a notice. AdviceError when there is nothing to send."""
    if not advice.text.strip():
        raise AdviceError("Write something first.")
    if not advice.rep.is_active:
        raise AdviceError("Their account is closed.")
    if not _own(advice, author).update(state=State.SENT, sent_at=timezone.now()):
        raise AdviceError("This was sent or thrown away before.")
    notices.tell(
        advice.rep,
        kind="advice",
        key=f"advice:{advice.pk}",
        title=f"{author.get_short_name()} wrote you advice",
        link=reverse("coaching:advice", args=[advice.pk]),
    )


def drop(advice: Advice, author: User) -> None:
    _own(advice, author).update(state=State.DROPPED, text="", evidence=[])


# --- what the rep does ---


def read(advice: Advice, rep: User) -> None:
    rows = Advice.objects.filter(pk=advice.pk, rep=rep, state=State.SENT, read_at=None)
    rows.update(read_at=timezone.now())


def answer(advice: Advice, rep: User, text: str) -> None:
    """What the rep says to it; the author gets a notice, once."""
    words = one_line(text, ANSWER_LIMIT)
    if not words:
        raise AdviceError("Write something first.")
    rows = Advice.objects.filter(pk=advice.pk, rep=rep, state=State.SENT)
    if not rows.update(answer=words):
        raise AdviceError("This is not there any more.")
    read(advice, rep)
    notices.tell(
        advice.author,
        kind="advice",
        key=f"advice:{advice.pk}:answer",
        title=f"{rep.get_short_name()} answered your advice",
        link=reverse("coaching:advice", args=[advice.pk]),
    )


# --- a model's words ---


def word(advice_id: int) -> bool:
    """Let the connected model word an untouched draft; False where it stays as it is."""
    advice = Advice.objects.filter(pk=advice_id, state=State.DRAFT, writer="rules").first()
    if advice is None:
        return False
    text, model = advice_prose.worded(advice)
    if not text:
        return False
    rows = Advice.objects.filter(pk=advice_id, state=State.DRAFT, text=advice.text)
    return bool(rows.update(text=text[:TEXT_LIMIT], writer=f"ai:{model}"[:40]))
