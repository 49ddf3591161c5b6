"""Ask any OpenAI-compatible endpoint for a structured answer: `ask(config, Question(...))`.

The cache answers what was asked before; the month's money is held before a question leaves; an
answer that does not fit the schema is asked for once more, with the reason. Call it outside of
transactions and, in a request, with a small `Question.total`.
"""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from salesagent.ai import schema as schemas
from salesagent.ai.base import AiError, Block
from salesagent.ai.openai_wire import (
    SERVICE,
    Reply,
    Turn,
    WireError,
    body,
    complete,
    guess_tokens,
    worst_cost,
)
from salesagent.ai.questions import PURPOSES, TEST, AiConfig, Answer, Question, key_of
from salesagent.lib import ai_ledger

__all__ = ["PURPOSES", "TEST", "AiConfig", "Answer", "Block", "Question", "ask"]

AT_ONCE = 2  # questions of one process; more would only wait in memory
ECHO_LIMIT = 8_000  # characters of a bad answer that are shown to it again
_gate = threading.BoundedSemaphore(AT_ONCE)


def ask(config: AiConfig | None, question: Question) -> Answer:
    """An answer that fits the schema. Raises AiError, in words for people; see its `code`."""
    config = _allowed(config, question)
    key = key_of(config, question)
    if answer := _known(key, question):
        return answer
    total = question.total or 1.5 * config.patience
    deadline = time.monotonic() + total
    if not _gate.acquire(timeout=min(total / 2, 20.0)):
        raise AiError(f"{SERVICE}: it is busy with other texts.", retryable=True, code="busy")
    try:
        return _asked(config, question, key, deadline)
    finally:
        _gate.release()


def _allowed(config: AiConfig | None, question: Question) -> AiConfig:
    if config is None:
        raise AiError("No language model is connected.", retryable=False, code="off")
    if question.purpose not in {*config.purposes, TEST}:
        raise AiError("The owner switched this use off.", retryable=False, code="off")
    if question.data and question.purpose != TEST and not question.about:
        raise ValueError("data without `about` could not be erased")
    if (question.data or question.about) and not config.lead_data:
        raise AiError("Nothing about leads may be sent.", retryable=False, code="off")
    return config


def _known(key: str, question: Question) -> Answer | None:
    row = ai_ledger.cached(key)
    if row is None:
        return None
    data, why = _read(row.answer, question)
    return None if why else Answer(data, row.model, cached=True, call_id=row.pk)


@dataclass(frozen=True)
class _Said:
    """What came back: `why` it does not fit, "" when `data` does."""

    text: str
    data: dict[str, Any]
    why: str
    cost: int
    call_id: int


def _asked(config: AiConfig, question: Question, key: str, deadline: float) -> Answer:
    first = _turn(config, question, key, deadline, ())
    said = first
    if first.why:
        said = _turn(config, question, key, deadline, _repair(first))
    if said.why:
        text = f"{SERVICE}: its answer could not be used."
        raise AiError(text, retryable=False, code="bad")
    cost = said.cost + (first.cost if first.why else 0)
    return Answer(
        said.data,
        config.model,
        repaired=bool(first.why),
        cost_micros=cost,
        call_id=said.call_id,
    )


def _repair(first: _Said) -> Turn:
    wish = f"That did not fit: {first.why}. Answer again with the corrected JSON object only."
    return (
        {"role": "assistant", "content": first.text[:ECHO_LIMIT] or "{}"},
        {"role": "user", "content": wish},
    )


def _turn(config: AiConfig, question: Question, key: str, deadline: float, extra: Turn) -> _Said:
    """One paid question with its line in the ledger."""
    request = json.dumps(body(config, question, extra), ensure_ascii=False)
    reserve = worst_cost(config, request, question)
    pk = _open(config, question, key, request, reserve)

    def note(again: dict[str, Any]) -> None:
        ai_ledger.sent(pk, json.dumps(again, ensure_ascii=False))

    try:
        reply = complete(config, question, deadline, extra, note)
    except WireError as error:
        ai_ledger.failed(pk, f"{error} {error.detail}", cost=reserve if error.unknown else 0)
        config.watcher.failed(str(error), broken=error.broken)
        raise
    except BaseException:
        ai_ledger.failed(pk, "Interrupted.", cost=reserve)
        raise
    return _close(config, question, pk, request, reply)


def _open(config: AiConfig, question: Question, key: str, request: str, reserve: int) -> int:
    wanted = ai_ledger.Ask(
        key, question.purpose, question.about, config.model, request, reserve, config.limit_micros
    )
    try:
        return ai_ledger.open_call(wanted).pk
    except ai_ledger.InFlight:
        text = f"{SERVICE}: it is busy with the same question."
        raise AiError(text, retryable=True, code="busy") from None
    except ai_ledger.BudgetSpent:
        text = f"{SERVICE}: this month's budget is used up."
        raise AiError(text, retryable=False, code="budget") from None


def _close(config: AiConfig, question: Question, pk: int, request: str, reply: Reply) -> _Said:
    """Pay, and keep what was said; a cut or refused answer is an error, not a reason to repair."""
    tokens = reply.tokens
    if tokens == (0, 0):
        tokens = (guess_tokens(request), guess_tokens(reply.text))
    cost = config.cost(*tokens)
    data, why = _read(reply.text, question)
    config.watcher.worked()
    if reply.problem and (why or reply.problem.code == "refused"):
        ai_ledger.failed(pk, str(reply.problem), answer=reply.text, tokens=tokens, cost=cost)
        raise reply.problem
    if why:
        ai_ledger.failed(pk, f"Not usable: {why}", answer=reply.text, tokens=tokens, cost=cost)
    else:
        ai_ledger.answered(pk, reply.text, tokens=tokens, cost=cost)
    return _Said(reply.text, data, why, cost, pk)


def _read(text: str, question: Question) -> tuple[dict[str, Any], str]:
    """The object, and why it does not fit."""
    try:
        data = schemas.found(text)
    except schemas.NoObject:
        return {}, "there is no JSON object" if text.strip() else "it is empty"
    return data, schemas.problem(data, question.schema)
