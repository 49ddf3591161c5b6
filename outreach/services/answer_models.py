"""Let the connected model word an answer, outside of the tick. The frame stands until then.

Only prose is taken from it. Times, the link and the signature are put under it from our tables, and
what it may not write (answer_facts.refused) leaves the frame's words where they are.
"""

import time
from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from outreach import prompts
from outreach.models import Touch
from outreach.services import answer_facts, answer_frames, answering, drafting, merge, model_drafts
from outreach.services.answer_frames import Parts
from outreach.services.answering import WAITING
from outreach.services.isolation import isolated
from salesagent.accounts import ai
from salesagent.ai.base import AiError, Brief, Fact
from salesagent.ai.llm_writer import LlmWriter
from salesagent.lib import ai_ledger, shutdown
from salesagent.lib.text import one_line

MOST = 10  # answers of a round
ROUND = 25.0  # seconds
BRING_UP = {
    "interested": "They are interested. Thank them and say that a short talk is the next step. "
    "Name no day, no time and no link: these are added below.",
    "meeting": "They want to meet. Thank them, in one sentence. Name no day, no time and no link: "
    "these are added below.",
    "question": "Answer their question from the facts only.",
    "objection": "They object. Answer with the play among the facts and ask its question. Do not "
    "argue.",
}


def write_waiting() -> int:
    """One bounded round; how many answers the model wrote."""
    began = time.monotonic()
    rows = _waiting().order_by("due_at", "id").values_list("pk", flat=True)[:MOST]
    written = 0
    for pk in list(rows):
        if shutdown.requested.is_set() or time.monotonic() - began > ROUND:
            break
        done = False
        with isolated("model answer", pk) as result:
            done = write(pk)
        written += done
        if result.failed:
            note = "Written from our answer frames: the model gave no usable answer."
            _waiting().filter(pk=pk).update(writer_note=note, updated_at=timezone.now())
        elif not done and _waiting().filter(pk=pk).exists():
            break  # the model is busy or away: the others would find the same
    return written


def _waiting() -> QuerySet[Touch]:
    return Touch.objects.filter(
        kind=Touch.Kind.REPLY, state=Touch.State.DRAFT, writer_note=WAITING
    ).exclude(answers=None)


def write(pk: int) -> bool:
    """Ask for one; call it outside of transactions. Never raises AiError."""
    touch = _waiting().select_related(
        "lead__owner", "lead__company", "mailbox__user", "answers__lead__owner"
    ).filter(pk=pk).first()  # fmt: skip
    parts = _parts(touch) if touch else None
    if touch is None or parts is None:
        return False
    about = f"lead:{touch.lead_id}"
    turn = ai_ledger.answers(about, "answer")
    brief = brief_of(touch, parts)
    try:
        writer = LlmWriter(ai.config(), lambda b: prompts.answer(b, about=about, turn=turn))
        draft = writer.draft(brief)
    except AiError as error:
        return _not_written(touch, error)
    return _put(touch, parts, draft.body, draft.writer)


def _parts(touch: Touch) -> Parts | None:
    event = touch.answers
    said = answer_facts.classes(event).first() if event and not event.redacted_at else None
    if event is None or said is None:
        return None
    label = str(said.data.get("disposition", ""))
    fields = merge.fields_for(touch.lead, None, touch.mailbox, when=touch.due_at)
    language = answer_facts.language_of(event)
    kind = answer_facts.kind_of(event)
    return answer_facts.parts(touch, event, label, kind, language, fields)


def brief_of(touch: Touch, parts: Parts) -> Brief:
    """What the model is given: our words, numbered facts, and the thread as quoted data."""
    plain = replace(parts, link="", confirmed=None, offered=())
    body = answer_frames.write(plain).removesuffix(parts.signature).strip()
    return Brief(
        channel=touch.channel,
        subject=touch.subject,
        body=body,
        fields={"sender_signature": ""},
        brief=BRING_UP.get(parts.label, ""),
        facts=_facts(touch, parts),
        thread=model_drafts.thread_of(touch.lead),
        language=parts.language,
    )


def _facts(touch: Touch, parts: Parts) -> tuple[Fact, ...]:
    found = model_drafts.facts_of(touch.lead)
    more = [(text, "our own words") for text in parts.known]
    if parts.play:
        more.append((f"{parts.play.answer} {parts.play.question}", f"play: {parts.play.name}"))
    first = len(found) + 1
    return found + tuple(Fact(f"F{n}", text, why) for n, (text, why) in enumerate(more, first))


def _not_written(touch: Touch, error: AiError) -> bool:
    """It stays waiting where another try makes sense; else the frame stands, and says so."""
    late = timezone.now() - touch.updated_at > model_drafts.GIVE_UP
    if error.code not in model_drafts.LATER or late:
        _keep(touch, model_drafts.note_for(error))
    return False


def _keep(touch: Touch, note: str) -> None:
    note = one_line(note.replace("from the template", "from our answer frames"), 300)
    _same(touch).update(writer_note=note, updated_at=timezone.now())


def _same(touch: Touch, stood: str | None = None) -> QuerySet[Touch]:
    """The row, while it waits with the words we saw."""
    return _waiting().filter(pk=touch.pk, body=touch.body if stood is None else stood)


def _put(touch: Touch, parts: Parts, text: str, writer: str) -> bool:
    """The model's prose with our times and signature, unless it says what it may not."""
    if why := answer_facts.refused(touch, text):
        _keep(touch, f"Written from our answer frames: the model's text was not taken, {why}.")
        return False
    stood = touch.body
    signature = parts.signature if touch.channel in answer_frames.SIGNED else ""
    lines = answer_frames.time_lines(parts) if parts.label in answering.TIMED else []
    touch.body = touch.machine_body = "\n\n".join(filter(None, [text, *lines, signature]))
    touch.writer, touch.writer_note = writer, ""
    drafting.check(touch)
    if any(check["level"] == "block" for check in touch.checks):
        touch.body, worry = stood, touch.worry
        _keep(touch, f"Written from our answer frames: the model's text did not pass. {worry}")
        return False
    names = (*drafting.REDRAFTED, *drafting.NOTED)
    values = {name: getattr(touch, name) for name in names}
    return bool(_same(touch, stood).update(updated_at=timezone.now(), **values))
