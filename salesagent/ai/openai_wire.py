"""One completion over HTTP: how it is asked in the endpoint's dialect, and what can go wrong.

Endpoints that call themselves compatible differ: some know no JSON schema, some want the limit by
another name. What a refusal teaches is kept with the connection, so it is learned once.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from salesagent.ai import schema as schemas
from salesagent.ai.base import AiError
from salesagent.ai.questions import AiConfig, Question, messages
from salesagent.lib import budget, http
from salesagent.lib.text import one_line

SERVICE = "Language model"  # the first words of a sentence
CONNECT = 5.0  # seconds
TRIES = 3
LONGEST_WAIT = 5.0  # seconds between two tries; longer pauses are for the next round
BUSY_WAIT = 2.5  # seconds, when it says "too many" and not how long
FORMATS = ("json_schema", "json_object", "text")
LIMITS = ("max_tokens", "max_completion_tokens")
SWAPPED = "swapped"  # the other name of the limit was tried for this question
ROOM = 4  # times more tokens for models that think before they answer
DIALECTS = 5  # forms tried for one question
AGAIN = {408, 500, 502, 503, 504, 529}
Turn = tuple[dict[str, str], ...]

budget.register(SERVICE, rate_per_second=2.0, burst=6)


class WireError(AiError):
    """broken: only the owner can put it right. unknown: it may have been answered, and billed.
    detail: what the endpoint said, for the owner's list of calls."""

    def __init__(
        self, message: str, *, code: str, retryable: bool = False, broken: bool = False,
        unknown: bool = False, detail: str = "",
    ) -> None:  # fmt: skip
        super().__init__(message, retryable=retryable, code=code)
        self.broken, self.unknown, self.detail = broken, unknown, detail


@dataclass(frozen=True)
class Reply:
    """`tokens` in and out as counted there; zeros when it does not say."""

    text: str
    tokens: tuple[int, int]
    problem: WireError | None = None


def account(config: AiConfig) -> str:
    """By which name lib.budget knows the endpoint."""
    return urlsplit(config.base_url).netloc


def body(config: AiConfig, question: Question, extra: Turn = ()) -> dict[str, Any]:
    """The request as JSON. `extra`: the turns of a repair."""
    return _body(config, question, _dialect(config), extra)


def _dialect(config: AiConfig) -> dict[str, str]:
    limit = LIMITS[1] if account(config) == "api.openai.com" else LIMITS[0]
    return {"format": FORMATS[0], "limit": limit, "room": "1", **config.dialect}


def _body(
    config: AiConfig, question: Question, dialect: Mapping[str, str], extra: Turn
) -> dict[str, Any]:
    form = dialect["format"]
    room = ROOM if dialect["room"] != "1" else 1
    made: dict[str, Any] = {
        "model": config.model,
        "messages": [*messages(question, spell_out=form != "json_schema"), *extra],
        dialect["limit"]: question.max_tokens * room,
    }
    if form == "json_object":
        made["response_format"] = {"type": "json_object"}
    elif form == "json_schema":
        schema = schemas.strict(question.schema)
        shape = {"name": question.purpose, "strict": True, "schema": schema}
        made["response_format"] = {"type": "json_schema", "json_schema": shape}
    return made


def worst_cost(config: AiConfig, request: str, question: Question) -> int:
    room = ROOM if config.dialect.get("room", "1") != "1" else 1
    return config.cost(guess_tokens(request), question.max_tokens * room)


def guess_tokens(text: str) -> int:
    """More than a text of any language we write has, for when nobody counted yet."""
    return len(text.encode()) // 3 + 20


def complete(
    config: AiConfig,
    question: Question,
    deadline: float,
    extra: Turn = (),
    note: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Reply:
    """Ask once, in a dialect the endpoint understands. Raises WireError.

    `note` gets the request again when it had to be put differently.
    """
    known = _dialect(config)
    dialect = dict(known)
    for tried in range(DIALECTS):
        request = _body(config, question, dialect, extra)
        if tried:
            note(request)
        answer = _post(config, request, deadline)
        other = None if answer.ok else _other_dialect(answer, dialect)
        if other is None:
            break
        dialect = other
    if not answer.ok:
        raise _refusal(answer, config)
    reply = _reply(answer)
    if reply.problem and reply.problem.code == "cut" and not reply.text:
        dialect["room"] = str(ROOM)
    dialect.pop(SWAPPED, None)
    if dialect != known:
        config.watcher.learned(**dialect)
    return reply


def _post(config: AiConfig, request: dict[str, Any], deadline: float) -> http.Answer:
    """Short pauses are waited for here, as long as the deadline allows."""
    for tried in range(TRIES):
        answer = _call(config, request, deadline)
        wait = _wait(answer, tried)
        if wait is None or tried == TRIES - 1 or time.monotonic() + wait + 1 > deadline:
            break
        http.sleep(wait)
    return answer


def _call(config: AiConfig, request: dict[str, Any], deadline: float) -> http.Answer:
    left = deadline - time.monotonic()
    if left < 0.5:
        raise WireError(f"{SERVICE}: it did not answer in time.", code="timeout", retryable=True)
    headers = {"Authorization": f"Bearer {config.key}"} if config.key else {}
    fault: WireError | None = None
    try:
        answer = http.call(
            "POST", f"{config.base_url.rstrip('/')}/chat/completions", service=SERVICE,
            account=account(config), headers=headers, json=request, idempotent=False,
            timeout=(min(CONNECT, left / 2), min(config.patience, left)), total=left,
            allow_hosts={account(config)} if config.private_ok else None, wait_hint=_hint,
        )  # fmt: skip
    except http.HttpFault as error:
        fault = _of_fault(error)
    if fault:  # outside of `except`: nothing of the wire is in the error's context
        raise fault
    return answer


def _hint(answer: http.Answer) -> float | None:
    """Above lib.http's own patience, so that the tries are ours: they know the deadline."""
    if answer.status != 429:
        return None
    if _code(answer) == "insufficient_quota":
        return budget.LONGEST_PAUSE
    asked = http.parse_retry_after(answer.headers.get("Retry-After"), http.now())
    return max(asked or BUSY_WAIT, BUSY_WAIT)


def _wait(answer: http.Answer, tried: int) -> float | None:
    """Seconds until another try makes sense; None: not now."""
    if answer.status != 429 and answer.status not in AGAIN:
        return None
    wait = (answer.retry_after or 0.5 * 2**tried) + 0.2
    return wait if wait <= LONGEST_WAIT else None


def _of_fault(fault: http.HttpFault) -> WireError:
    text = str(fault)
    if fault.kind == "timeout":
        said = f"{SERVICE}: it did not answer in time."
        return WireError(said, code="timeout", retryable=True, unknown=fault.sent is not False)
    if fault.kind in ("budget", "breaker_open"):
        return WireError(text, code="busy", retryable=True)
    if fault.kind in ("refused", "redirect", "tls"):
        return WireError(text, code="down", broken=True)
    if fault.kind == "too_big":
        return WireError(f"{SERVICE}: the answer was far too long.", code="bad", unknown=True)
    return WireError(text, code="down", retryable=True, unknown=fault.sent is not False)


def _error(answer: http.Answer) -> Mapping[str, Any]:
    """The `error` of the body, however it is wrapped; {} when there is none."""
    try:
        found = answer.json()
    except http.HttpFault:
        return {}
    if isinstance(found, list) and found:  # Gemini's compatible endpoint
        found = found[0]
    error = found.get("error", found) if isinstance(found, dict) else {}
    return error if isinstance(error, dict) else {"message": str(error)}


def _code(answer: http.Answer) -> str:
    error = _error(answer)
    codes = {str(error.get("code", "")), str(error.get("type", ""))}
    return "insufficient_quota" if "insufficient_quota" in codes else str(error.get("code", ""))


def _other_dialect(answer: http.Answer, dialect: Mapping[str, str]) -> dict[str, str] | None:
    """How to put the same question after this refusal; None when the form is not the reason."""
    if answer.status not in (400, 404, 415, 422, 501):
        return None
    error = _error(answer)
    said = f"{error.get('message', '')} {error.get('param', '')} {error.get('detail', '')}".lower()
    if answer.status == 404 and "response_format" not in said:
        return None
    if "context" in said and ("length" in said or "window" in said):
        return None
    if "max_tokens" in said or LIMITS[1] in said:
        other = LIMITS[1 - LIMITS.index(dialect["limit"])]
        return {**dialect, "limit": other, SWAPPED: "1"} if SWAPPED not in dialect else None
    at = FORMATS.index(dialect["format"]) + 1
    return {**dialect, "format": FORMATS[at]} if at < len(FORMATS) else None


def _refusal(answer: http.Answer, config: AiConfig) -> WireError:
    detail = one_line(str(_error(answer).get("message", "")), 160)
    status, code = answer.status, _code(answer)

    def made(text: str, code: str, **how: bool) -> WireError:
        return WireError(f"{SERVICE}: {text}", code=code, detail=detail, **how)

    if code == "insufficient_quota" or status == 402:
        return made("the account has no money left there. Top it up.", "quota", broken=True)
    if status == 401:
        return made("the key is not accepted. Enter it again.", "auth", broken=True)
    if status == 403:
        return made("the key may not use this model.", "auth", broken=True)
    if status in (404, 405):
        said = f"“{one_line(config.model, 60)}” is not known there, or the address is wrong."
        return made(said, "model", broken=True)
    if status == 429:
        return made("it asks us to slow down.", "busy", retryable=True)
    if status >= 500 or status == 408:
        return made("it has a problem of its own.", "down", retryable=True)
    return made(f"it did not accept the request (HTTP {status}).", "bad")


def _reply(answer: http.Answer) -> Reply:
    """The text of the first choice; a `problem` where it is none we may use."""
    try:
        found = answer.json()
        choice = found["choices"][0]
        message = choice["message"]
        text = _text(message.get("content"))
        refused, reason = bool(message.get("refusal")), str(choice.get("finish_reason") or "")
    except (http.HttpFault, LookupError, TypeError, AttributeError):
        said = f"{SERVICE}: it gave no readable answer."
        raise WireError(said, code="bad", retryable=True, unknown=True) from None
    text = text.encode("utf-8", "ignore").decode()  # half of a pair of surrogates fits nowhere
    return Reply(text, _tokens(found), _problem(text, reason, refused=refused))


def _text(content: Any) -> str:
    """A string, or parts of which the text ones count."""
    if isinstance(content, list):
        parts = [part.get("text", "") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _problem(text: str, reason: str, *, refused: bool) -> WireError | None:
    if refused or reason == "content_filter":
        return WireError(f"{SERVICE}: it refused to answer this.", code="refused")
    if reason == "length":
        again = not text.strip()  # it thought until the end; next time it gets more room
        return WireError(f"{SERVICE}: its answer was cut off.", code="cut", retryable=again)
    return None


def _tokens(found: Mapping[str, Any]) -> tuple[int, int]:
    usage = found.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    values = (counts.get("prompt_tokens"), counts.get("completion_tokens"))
    a, b = (v if isinstance(v, int) and 0 <= v < 10_000_000 else 0 for v in values)
    return a, b
