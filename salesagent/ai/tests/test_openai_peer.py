"""The adapter against servers and a client we did not write: llmock, and openai's own client."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from salesagent.ai.base import AiError
from salesagent.ai.openai import AiConfig, ask
from salesagent.ai.openai_wire import SERVICE, account, body
from salesagent.ai.tests.test_openai_service import CONFIG, GOOD, QUESTION, Notes
from salesagent.lib import budget
from salesagent.lib.models import AiCall

pytestmark = [pytest.mark.peer, pytest.mark.django_db]


@pytest.fixture
def config(llmock: Any) -> Iterator[AiConfig]:
    found = replace(CONFIG, base_url=llmock.base_url("openai"), limit_micros=10**9)
    yield replace(found, watcher=Notes())
    budget.forget(SERVICE, account(found))


def test_it_answers_by_the_schema_alone(llmock: Any, config: AiConfig) -> None:
    assert isinstance(ask(config, QUESTION).data["subject"], str)
    row = AiCall.objects.get()
    assert row.tokens_in > 0 and row.cost_micros > 0
    llmock.assert_resilient(strict=True)


def test_a_pause_it_asks_for_is_kept(llmock: Any, config: AiConfig) -> None:
    llmock.rate_limit(times=1, retry_after=1).reply(GOOD)
    assert ask(config, QUESTION).data
    llmock.assert_resilient()


def test_an_outage_of_a_moment_is_survived(llmock: Any, config: AiConfig) -> None:
    llmock.fail(503, times=2).reply(GOOD)
    assert ask(config, QUESTION).data
    llmock.assert_resilient()


def test_an_outage_that_stays_opens_the_breaker(llmock: Any, config: AiConfig) -> None:
    llmock.outage()
    codes = []
    for turn in range(4):
        with pytest.raises(AiError) as error:
            ask(config, replace(QUESTION, turn=turn))
        codes.append(error.value.code)
    assert codes[-1] == "busy"
    assert len(llmock.requests) <= 6


def test_a_slow_answer_is_given_up(llmock: Any, config: AiConfig) -> None:
    llmock.delay(3)
    with pytest.raises(AiError) as error:
        ask(config, replace(QUESTION, total=1.0))
    assert error.value.code == "timeout"


def test_garbage_is_repaired_once(llmock: Any, config: AiConfig) -> None:
    llmock.reply("I think {it is").reply(GOOD)
    assert ask(config, QUESTION).repaired
    llmock.reset()
    llmock.reply("no", times=None)
    with pytest.raises(AiError) as error:
        ask(config, replace(QUESTION, turn=1))
    assert (error.value.code, len(llmock.requests)) == ("bad", 2)


@pytest.mark.parametrize(("status", "code"), [(401, "auth"), (404, "model"), (403, "auth")])
def test_what_only_the_owner_can_mend(
    llmock: Any, config: AiConfig, status: int, code: str
) -> None:
    llmock.fail(status)
    with pytest.raises(AiError) as error:
        ask(config, QUESTION)
    assert error.value.code == code
    assert len(llmock.requests) == 1
    llmock.assert_resilient()


def test_openais_client_sends_the_same_body() -> None:
    """Its request for the same call, taken off the wire, is ours; and it reads the same answer."""
    import openai

    ours = body(CONFIG, QUESTION)
    client, caught = _client(openai)
    answer = client.chat.completions.create(**ours)
    assert caught == [ours]
    assert json.loads(answer.choices[0].message.content or "") == json.loads(GOOD)


def _client(openai: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The client with a transport that keeps the body and answers."""
    from importlib import import_module

    httpx = import_module(openai.DefaultHttpxClient.__mro__[1].__module__.split(".")[0])
    caught: list[dict[str, Any]] = []
    message = {"role": "assistant", "content": GOOD}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    said = {"id": "x", "object": "chat.completion", "created": 0, "model": "m"}

    def handler(request: Any) -> Any:
        caught.append(json.loads(request.content))
        return httpx.Response(200, json={**said, "choices": [choice]})

    http = httpx.Client(transport=httpx.MockTransport(handler))
    made = openai.OpenAI(api_key="k", base_url=CONFIG.base_url, http_client=http)
    return made, caught
