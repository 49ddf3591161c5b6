"""Let the connected model write what a template stands in for, outside of the tick.

A draft is made from its template at once. Where the step has a brief and the owner allows it, the
draft waits for the model as well: a task of its own asks, and puts the words in if nobody touched
the draft meanwhile. The draft always says which of both it is, and why.
"""

import time
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from leads.models import Lead
from outreach import prompts
from outreach.models import Touch
from outreach.services import drafting, model_facts, receipts
from outreach.services.drafting import WAITING
from outreach.services.isolation import isolated
from outreach.services.receipts import Receipt, Sources
from salesagent.accounts import ai
from salesagent.ai.base import AiError, Block, Brief, Draft, Fact
from salesagent.ai.llm_writer import LlmWriter, subjects_of
from salesagent.ai.openai import ask
from salesagent.lib import ai_ledger, shutdown
from salesagent.lib.text import one_line

ROUND = 25.0  # seconds of a round of the background task
MOST = 10  # drafts of a round
AT_ONCE = 8.0  # seconds a person waits for "New draft"
GIVE_UP = timedelta(hours=1)  # of trying again
LATER = ("busy", "down")  # trying again makes sense; anything else may have cost money
NO_USE = "Written from the template: the model gave no usable answer."


@dataclass(frozen=True)
class Outcome:
    """`written`: the model's words stand in the draft. Else `text` says what does, and why."""

    written: bool
    text: str


def write_waiting() -> int:
    """One bounded round over the drafts that wait for the model; how many it wrote."""
    began = time.monotonic()
    rows = Touch.objects.filter(state=Touch.State.DRAFT, writer_note=WAITING)
    written = 0
    for pk in list(rows.order_by("due_at", "id").values_list("pk", flat=True)[:MOST]):
        if shutdown.requested.is_set() or time.monotonic() - began > ROUND:
            break
        outcome = Outcome(False, "")
        with isolated("model draft", pk) as result:
            outcome = write(pk)
        written += outcome.written
        if result.failed:
            rows.filter(pk=pk).update(writer_note=NO_USE, updated_at=timezone.now())
        elif not outcome.written and rows.filter(pk=pk).exists():
            break  # the model is busy or away: the others would find the same
    return written


def write(pk: int, *, total: float = 0.0) -> Outcome:
    """Ask the model for one draft; call it outside of transactions. Never raises AiError.

    `total`: seconds for a person who waits; what takes longer is left to the next round.
    """
    touch = drafting.loaded(pk)
    if touch is None or touch.state != Touch.State.DRAFT or touch.writer_note != WAITING:
        return Outcome(False, "")
    sources = receipts.sources_for(touch)
    brief = brief_of(touch, sources)
    about = f"lead:{touch.lead_id}"
    turn = ai_ledger.answers(about, "draft")
    try:
        writer = LlmWriter(
            ai.config(), lambda b: prompts.draft(b, about=about, turn=turn, total=total)
        )
        draft = writer.draft(brief)
    except AiError as error:
        return _not_written(touch, error, waits=bool(total))
    return _put(touch, draft, sources)


def anew(touch: Touch, label: str = "") -> str:
    """New words for a person who waits a few seconds; what came of it. Raises DraftError."""
    changed = drafting.redraft(touch, label)
    if changed.writer_note == WAITING:
        return write(changed.pk, total=AT_ONCE).text
    return f"Variant {label}." if label else "New draft."


def _not_written(touch: Touch, error: AiError, *, waits: bool) -> Outcome:
    """It stays waiting where another try makes sense; else the template stands, and says so."""
    late = timezone.now() - touch.updated_at > GIVE_UP
    again = error.code in LATER and not late
    if again or (waits and error.code == "timeout"):
        return Outcome(
            False, "The model still writes. Until then your template's words stand here."
        )
    text = note_for(error)
    _same(touch).update(writer_note=text, updated_at=timezone.now())
    return Outcome(False, text)


def note_for(error: AiError) -> str:
    """For people who approve; what the owner has to do stands in the settings."""
    reasons = {
        "timeout": "the model did not answer in time",
        "budget": "this month's budget for the model is used up",
        "off": "the model is switched off",
        "refused": "the model refused to write this",
        "auth": "the model needs a look in the settings",
        "quota": "the model needs a look in the settings",
        "model": "the model needs a look in the settings",
    }
    reason = reasons.get(error.code, "the model gave no usable answer")
    return f"Written from the template: {reason}."


def _put(touch: Touch, draft: Draft, sources: Sources) -> Outcome:
    """The model's words, unless they do not pass where the template's did, or somebody wrote."""
    stood = (touch.subject, touch.body)
    stood_against = _blocks(touch)
    if touch.variant and touch.variant.subject:
        touch.subject = draft.subject or touch.subject
    touch.body = touch.machine_body = draft.body
    touch.writer, touch.writer_note = draft.writer, ""
    drafting.check(touch)
    found = [Receipt(**item) for item in touch.receipts]
    rows = model_facts.named(found, touch.body, draft.sentences, sources)
    wrong = [text for text in _blocks(touch) if text not in stood_against]
    if wrong := [*wrong, *_not_carried(rows)]:
        text = f"Written from the template: the model's text did not pass. {'. '.join(wrong)}"
        text = one_line(text, 300)
        _same(touch, stood).update(writer_note=text, updated_at=timezone.now())
        return Outcome(False, text)
    touch.receipts = [item.as_json() for item in rows]
    values = (*drafting.REDRAFTED, *drafting.NOTED)
    now = {name: getattr(touch, name) for name in values}
    hit = _same(touch, stood).update(updated_at=timezone.now(), **now)
    return Outcome(bool(hit), "Written by the model. Read it before you approve.")


def _not_carried(rows: list[Receipt]) -> list[str]:
    """Sentences whose named fact does not say what they say."""
    bare = (row for row in rows if row.kind == "told" and not row.ok)
    return [f"“{one_line(row.text, 60)}” needs a source: {row.note}" for row in bare]


def _blocks(touch: Touch) -> list[str]:
    return [check["text"] for check in touch.checks if check.get("level") == "block"]


def _same(touch: Touch, stood: tuple[str, str] | None = None) -> QuerySet[Touch]:
    """The row, while it waits with the words we saw."""
    subject, body = stood or (touch.subject, touch.body)
    return Touch.objects.filter(
        pk=touch.pk, state=Touch.State.DRAFT, writer_note=WAITING, subject=subject, body=body
    )


# --- what the model may know ---------------------------------------------------------------------


def brief_of(touch: Touch, sources: Sources | None = None) -> Brief:
    """The touch's frame, filled, with the step's brief, numbered facts and the thread."""
    plain, known = drafting.brief(touch), sources or receipts.sources_for(touch)
    return replace(
        plain,
        subject=touch.subject,
        body=touch.machine_body or touch.body,
        brief=touch.variant.brief if touch.variant else "",
        facts=model_facts.facts(known),
        thread=model_facts.thread(known),
        language=touch.lead.language,
    )


def facts_of(lead: Lead) -> tuple[Fact, ...]:
    """What may be stated, with where we know it from."""
    return model_facts.facts(receipts.sources_for(Touch(lead=lead)))


def thread_of(lead: Lead) -> tuple[Block, ...]:
    """The last messages in both directions; notes of colleagues stay in the house."""
    return model_facts.thread(receipts.sources_for(Touch(lead=lead)))


def subjects(touch: Touch, subject: str, body: str, *, total: float = AT_ONCE) -> list[str]:
    """Up to three other subject lines for these words. Raises AiError."""
    about = f"lead:{touch.lead_id}"
    question = prompts.subjects(
        subject, body, about=about, turn=ai_ledger.answers(about, "subject"), total=total
    )
    return subjects_of(ask(ai.config(), question).data)
