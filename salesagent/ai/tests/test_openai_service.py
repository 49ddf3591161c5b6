"""What `ask` does with every way an endpoint can answer; the wire itself is played by the test."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from salesagent.ai import openai, openai_wire
from salesagent.ai.base import AiError, Block
from salesagent.ai.openai import AiConfig, Question, ask
from salesagent.lib import http
from salesagent.lib.models import AiCall

SCHEMA = {
    "type": "object",
    "properties": {"subject": {"type": "string", "minLength": 3, "maxLength": 40}},
}
GOOD = '{"subject": "Cold rooms at night"}'
CONFIG = AiConfig(
    "https://models.example/v1", "small", "k-123", price_in=1.0, price_out=4.0,
    limit_micros=50_000, currency="EUR",
)  # fmt: skip
QUESTION = Question(
    "draft", "You write mails.", SCHEMA, (Block("Their mail", "How much is it?"),),
    "Write the subject.", "lead:7", max_tokens=100, total=20,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def said(
    content: Any, finish: str = "stop", usage: tuple[int, int] | None = (200, 20), **message: Any
) -> http.Answer:
    found: dict[str, Any] = {
        "choices": [{"message": {"content": content, **message}, "finish_reason": finish}]
    }
    if usage:
        found["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return http.Answer(200, {}, json.dumps(found).encode())


def refusal(status: int, message: str = "", wait: float | None = None, **more: str) -> http.Answer:
    body = json.dumps({"error": {"message": message, **more}}).encode()
    return http.Answer(status, {}, body, retry_after=wait)


@dataclass
class Endpoint:
    """Answers one after the other; keeps what it was sent."""

    answers: list[http.Answer | http.HttpFault] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)

    def call(self, method: str, url: str, **how: Any) -> http.Answer:
        self.calls.append({"url": url, **how})
        answer = self.answers.pop(0)
        if isinstance(answer, http.HttpFault):
            raise answer
        return answer

    def body(self, number: int = -1) -> dict[str, Any]:
        return dict(self.calls[number]["json"])


@dataclass
class Notes:
    """A watcher that remembers."""

    kept: list[tuple[Any, ...]] = field(default_factory=list)

    def worked(self) -> None:
        self.kept.append(("worked",))

    def failed(self, error: str, *, broken: bool) -> None:
        self.kept.append(("failed", error, broken))

    def learned(self, **dialect: str) -> None:
        self.kept.append(("learned", dialect))


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    fake = Endpoint()
    monkeypatch.setattr(http, "call", fake.call)
    monkeypatch.setattr(http, "sleep", fake.naps.append)
    return fake


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def config(notes: Notes) -> AiConfig:
    return replace(CONFIG, watcher=notes)


def test_a_good_answer_is_paid_and_kept(endpoint: Endpoint, config: AiConfig) -> None:
    endpoint.answers = [said(GOOD)]
    answer = ask(config, QUESTION)
    assert answer.data == {"subject": "Cold rooms at night"}
    assert (answer.cached, answer.repaired, answer.cost_micros) == (False, False, 280)
    row = AiCall.objects.get()
    assert (row.state, row.cost_micros, row.reserved_micros) == ("ok", 280, 0)
    assert (row.about, row.purpose, row.tokens_in, row.tokens_out) == ("lead:7", "draft", 200, 20)
    assert json.loads(row.request) == endpoint.body()
    assert "k-123" not in row.request


def test_the_same_question_is_not_sent_twice(endpoint: Endpoint, config: AiConfig) -> None:
    endpoint.answers = [said(GOOD), said('{"subject": "Another one"}')]
    ask(config, QUESTION)
    again = ask(config, QUESTION)
    assert (again.cached, again.cost_micros, len(endpoint.calls)) == (True, 0, 1)
    assert ask(config, replace(QUESTION, turn=1)).data == {"subject": "Another one"}
    assert AiCall.objects.get(answer=GOOD).uses == 1


def test_an_old_answer_is_asked_for_anew(endpoint: Endpoint, config: AiConfig) -> None:
    from datetime import timedelta

    from django.utils import timezone

    endpoint.answers = [said(GOOD), said(GOOD)]
    ask(config, QUESTION)
    AiCall.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert not ask(config, QUESTION).cached


@pytest.mark.parametrize(
    "text",
    [
        f"Sure. Here it is:\n```json\n{GOOD}\n```\nAnything else?",
        f"<think>the lead {{wants}} a price</think>{GOOD}",
        f"{{broken {GOOD}",
        [{"type": "text", "text": GOOD}],
    ],
)
def test_an_object_inside_other_words_is_found(
    endpoint: Endpoint, config: AiConfig, text: Any
) -> None:
    endpoint.answers = [said(text)]
    assert ask(config, QUESTION).data == {"subject": "Cold rooms at night"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I would rather not say.", "there is no JSON object"),
        ("", "it is empty"),
        ("{}", "answer.subject is missing"),
        ('{"subject": 7}', "answer.subject must be of type string"),
        ('{"subject": "x"}', "answer.subject is too short"),
        (json.dumps({"subject": "x" * 41}), "answer.subject must have at most 40 characters"),
        ('{"subject": NaN}', "there is no JSON object"),
        ("[" * 100_000, "there is no JSON object"),
    ],
)
def test_it_is_repaired_once(endpoint: Endpoint, config: AiConfig, text: str, why: str) -> None:
    endpoint.answers = [said(text), said(GOOD)]
    answer = ask(config, QUESTION)
    assert (answer.repaired, answer.cost_micros) == (True, 560)
    assert why in endpoint.body()["messages"][-1]["content"]
    assert list(AiCall.objects.order_by("id").values_list("state", flat=True)) == ["failed", "ok"]


def test_and_not_twice(endpoint: Endpoint, config: AiConfig) -> None:
    endpoint.answers = [said("no"), said("still no"), said(GOOD)]
    with pytest.raises(AiError, match="could not be used") as error:
        ask(config, QUESTION)
    assert (error.value.code, error.value.retryable, len(endpoint.calls)) == ("bad", False, 2)
    assert sum(AiCall.objects.values_list("cost_micros", flat=True)) == 560


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said(None, refusal="I cannot help with that."), "refused"),
        (said(GOOD, "content_filter"), "refused"),
        (said('{"subject": "Cold ro', "length"), "cut"),
    ],
)
def test_a_refused_or_cut_answer_is_paid_but_not_used(
    endpoint: Endpoint, config: AiConfig, answer: http.Answer, code: str
) -> None:
    endpoint.answers = [answer]
    with pytest.raises(AiError) as error:
        ask(config, QUESTION)
    assert (error.value.code, len(endpoint.calls)) == (code, 1)
    assert AiCall.objects.get().cost_micros == 280


def test_a_model_that_thinks_gets_more_room_next_time(
    endpoint: Endpoint, config: AiConfig, notes: Notes
) -> None:
    endpoint.answers = [said("", "length"), said(GOOD)]
    with pytest.raises(AiError) as error:
        ask(config, QUESTION)
    assert error.value.retryable
    learned = next(note[1] for note in notes.kept if note[0] == "learned")
    ask(replace(config, dialect=learned), QUESTION)
    assert endpoint.body()["max_tokens"] == 400


@pytest.mark.parametrize(
    ("answer", "code", "broken"),
    [
        (refusal(401), "auth", True),
        (refusal(403), "auth", True),
        (refusal(404, "The model does not exist"), "model", True),
        (refusal(402), "quota", True),
        (refusal(429, wait=900, type="insufficient_quota"), "quota", True),
        (refusal(429, wait=900, code="insufficient_quota"), "quota", True),
        (refusal(429, wait=60), "busy", False),
        (refusal(413), "bad", False),
        (refusal(400, "maximum context length is 8000 tokens"), "bad", False),
        (http.Answer(200, {}, b"<html>"), "bad", False),
        (http.Answer(200, {}, b'{"choices": []}'), "bad", False),
        (http.Answer(200, {}, b'{"error": {"message": "no"}}'), "bad", False),
        (http.Answer(200, {}, b"[" * 50_000), "bad", False),
        (http.HttpFault("timeout", "late"), "timeout", False),
        (http.HttpFault("connect", "gone", sent=False), "down", False),
        (http.HttpFault("breaker_open", "later", sent=False), "busy", False),
        (http.HttpFault("refused", "not there", sent=False), "down", True),
        (http.HttpFault("too_big", "big", sent=True), "bad", False),
    ],
)
def test_what_goes_wrong_is_told(
    endpoint: Endpoint, config: AiConfig, notes: Notes, answer: Any, code: str, broken: bool
) -> None:
    endpoint.answers = [answer]
    with pytest.raises(AiError) as error:
        ask(config, QUESTION)
    assert error.value.code == code
    assert notes.kept == [("failed", str(error.value), broken)]
    assert "k-123" not in str(error.value)
    row = AiCall.objects.get()
    assert (row.state, row.reserved_micros) == ("failed", 0)


def test_nobody_knows_what_a_lost_answer_cost(endpoint: Endpoint, config: AiConfig) -> None:
    endpoint.answers = [http.HttpFault("timeout", "late"), refusal(401)]
    for turn in (0, 1):
        with pytest.raises(AiError):
            ask(config, replace(QUESTION, turn=turn))
    lost, refused = AiCall.objects.order_by("id").values_list("cost_micros", flat=True)
    assert lost > 400
    assert refused == 0


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
def test_a_short_pause_is_waited_for(endpoint: Endpoint, config: AiConfig, status: int) -> None:
    endpoint.answers = [refusal(status, wait=2.0), refusal(status, wait=2.0), said(GOOD)]
    assert ask(config, QUESTION).data
    assert endpoint.naps == [2.2, 2.2]
    assert AiCall.objects.count() == 1


def test_but_not_beyond_the_deadline(endpoint: Endpoint, config: AiConfig) -> None:
    endpoint.answers = [refusal(503, wait=3.0)]
    with pytest.raises(AiError) as error:
        ask(config, replace(QUESTION, total=4.0))
    assert (error.value.code, error.value.retryable, endpoint.naps) == ("down", True, [])
    assert endpoint.calls[0]["total"] <= 4.0
    assert max(endpoint.calls[0]["timeout"]) <= 4.0


def test_an_endpoint_without_schemas_is_learned(
    endpoint: Endpoint, config: AiConfig, notes: Notes
) -> None:
    no = refusal(400, "response_format is not supported")
    endpoint.answers = [no, no, said(GOOD)]
    assert ask(config, QUESTION).data
    forms = [call["json"].get("response_format", {}).get("type") for call in endpoint.calls]
    assert forms == ["json_schema", "json_object", None]
    assert '"subject"' in endpoint.body()["messages"][0]["content"]
    learned = next(note[1] for note in notes.kept if note[0] == "learned")
    assert learned == {"format": "text", "limit": "max_tokens", "room": "1"}
    assert json.loads(AiCall.objects.get().request) == endpoint.body()


def test_so_is_the_name_of_the_limit(endpoint: Endpoint, config: AiConfig, notes: Notes) -> None:
    said_so = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    endpoint.answers = [refusal(400, said_so), said(GOOD)]
    ask(config, QUESTION)
    assert endpoint.body()["max_completion_tokens"] == 100
    assert "max_tokens" not in endpoint.body()


def test_a_400_for_ever_ends(endpoint: Endpoint, config: AiConfig) -> None:
    endpoint.answers = [refusal(400, "no")] * 9
    with pytest.raises(AiError):
        ask(config, QUESTION)
    assert len(endpoint.calls) == 3


def test_the_months_money_is_held_before_it_is_asked(endpoint: Endpoint, config: AiConfig) -> None:
    def cost() -> int:
        body = json.dumps(openai_wire.body(config, QUESTION), ensure_ascii=False)
        return openai_wire.worst_cost(config, body, QUESTION)

    endpoint.answers = [said(GOOD)]
    tight = replace(config, limit_micros=cost() + 279)
    assert ask(tight, QUESTION)
    with pytest.raises(AiError, match="budget is used up") as error:
        ask(tight, replace(QUESTION, turn=2))
    assert (error.value.code, len(endpoint.calls), AiCall.objects.count()) == ("budget", 1, 1)


def test_what_is_being_asked_counts(endpoint: Endpoint, config: AiConfig) -> None:
    AiCall.objects.create(key="x", purpose="draft", model="small", reserved_micros=49_900)
    with pytest.raises(AiError) as error:
        ask(config, QUESTION)
    assert error.value.code == "budget"


def test_a_model_without_a_price_needs_no_budget(endpoint: Endpoint, config: AiConfig) -> None:
    endpoint.answers = [said(GOOD, usage=None)]
    assert ask(replace(config, price_in=0, price_out=0, limit_micros=0), QUESTION).data


@pytest.mark.parametrize(
    "change",
    [{"purposes": frozenset({"coach"})}, {"lead_data": False}],
)
def test_what_is_switched_off_is_not_asked(
    endpoint: Endpoint, config: AiConfig, change: dict[str, Any]
) -> None:
    with pytest.raises(AiError) as error:
        ask(replace(config, **change), QUESTION)
    assert (error.value.code, endpoint.calls) == ("off", [])


def test_without_a_model_nothing_is_asked() -> None:
    with pytest.raises(AiError, match="No language model"):
        ask(None, QUESTION)


def test_data_must_say_whose_it_is(config: AiConfig) -> None:
    with pytest.raises(ValueError, match="about"):
        ask(config, replace(QUESTION, about=""))


def test_only_two_at_once(monkeypatch: pytest.MonkeyPatch, config: AiConfig) -> None:
    import threading

    gate = threading.BoundedSemaphore(1)
    gate.acquire()
    monkeypatch.setattr(openai, "_gate", gate)
    with pytest.raises(AiError, match="busy"):
        ask(config, replace(QUESTION, total=0.02))


def test_an_interrupted_question_gives_the_rest_back(
    endpoint: Endpoint, config: AiConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(http, "call", stop)
    with pytest.raises(KeyboardInterrupt):
        ask(config, QUESTION)
    row = AiCall.objects.get()
    assert (row.state, row.reserved_micros) == ("failed", 0)
    assert row.cost_micros > 0
