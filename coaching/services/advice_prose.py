"""The words of advice by a connected model. It gets exactly `blocks`; the page shows them."""

import re
from importlib import import_module
from typing import Any

from coaching import prompts
from coaching.models import Advice
from leads.models import ThreadEvent
from salesagent.ai.base import AiError, Block
from salesagent.lib.text import clean

PURPOSE = "coach"
_NUMBER = re.compile(r"\d+")
_LINK = re.compile(r"https?://|www\.")


def may_ask() -> bool:
    connection: Any = import_module("salesagent.accounts.ai")
    return bool(connection.may_send(PURPOSE))


def blocks(advice: Advice) -> tuple[Block, ...]:
    """The draft, and the messages of the first lead it rests on: a question is about one lead."""
    events = list(
        ThreadEvent.objects.filter(
            pk__in=[one for one in advice.evidence if isinstance(one, int)], redacted_at=None
        )
    )
    found = [Block("draft", advice.text)]
    about = next((one.lead_id for one in events if one.pk == advice.evidence[0]), None)
    for event in [one for one in events if one.lead_id == about][:4]:
        name = "their message" if event.kind == "reply.received" else "our message"
        found.append(Block(name, event.body[:2000]))
    return tuple(found)


def worded(advice: Advice) -> tuple[str, str]:
    """(text, model); ("", "") without a model, or when its words bring in what was not there."""
    connection: Any = import_module("salesagent.accounts.ai")
    config = connection.config()
    if config is None or not may_ask():
        return "", ""
    openai: Any = import_module("salesagent.ai.openai")
    questions: Any = import_module("salesagent.ai.questions")
    question = questions.Question(
        purpose=PURPOSE,
        about=_about(advice),
        system=prompts.ADVICE_SYSTEM,
        task=prompts.ADVICE_TASK,
        schema=prompts.ADVICE_SCHEMA,
        data=blocks(advice),
    )
    try:
        answer = openai.ask(config, question)
    except AiError:
        return "", ""
    text = clean(str(answer.data.get("text", ""))).strip()
    return (text, str(answer.model)) if _sound(text, advice.text) else ("", "")


def _about(advice: Advice) -> str:
    lead = ThreadEvent.objects.filter(pk__in=advice.evidence[:1]).values_list("lead_id", flat=True)
    return f"lead:{lead[0]}" if lead else f"user:{advice.rep_id}"


def _sound(text: str, draft: str) -> bool:
    """No number that was not counted, no link."""
    new = set(_NUMBER.findall(text)) - set(_NUMBER.findall(draft))
    return bool(text) and not new and not _LINK.search(text)
