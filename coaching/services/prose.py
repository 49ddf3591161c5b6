"""The words of feedback: the rules' own, or a model's where one is connected and switched on.

A model only words what the rules found: codes and evidence stay, anything else is thrown away.
"""

import re
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from coaching import prompts
from coaching.services.interaction import Interaction
from coaching.services.rules import Finding
from salesagent.ai.base import AiError, Block
from salesagent.lib.text import one_line

PURPOSE = "coach"
TEXT_LIMIT = 320
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Told:
    strengths: list[dict[str, object]]
    improvements: list[dict[str, object]]
    writer: str = "rules"


def told(one: Interaction, good: list[Finding], bad: list[Finding]) -> Told:
    """Never raises: without a model, or when it fails, the rules' own words stand."""
    worded, model = _worded(one, [*good, *bad])
    if model:
        good = [_with(finding, worded) for finding in good]
        bad = [_with(finding, worded) for finding in bad]
    return Told(
        [finding.as_dict() for finding in good],
        [finding.as_dict() for finding in bad],
        f"ai:{model}"[:40] if model else "rules",
    )


def _with(finding: Finding, worded: dict[str, str]) -> Finding:
    """The model's words, unless they bring in a number that was not measured."""
    text = worded.get(finding.code, "")
    new = set(_NUMBER.findall(text)) - set(_NUMBER.findall(finding.text))
    return replace(finding, text=text) if text and not new else finding


def _worded(one: Interaction, findings: list[Finding]) -> tuple[dict[str, str], str]:
    connection: Any = import_module("salesagent.accounts.ai")
    config = connection.config()
    if config is None or not findings or not connection.may_send(PURPOSE):
        return {}, ""
    openai: Any = import_module("salesagent.ai.openai")
    questions: Any = import_module("salesagent.ai.questions")
    question = questions.Question(
        purpose=PURPOSE,
        about=f"lead:{one.event.lead_id}",
        system=prompts.SYSTEM,
        task=prompts.TASK,
        schema=prompts.SCHEMA,
        data=_blocks(one, findings),
    )
    try:
        answer = openai.ask(config, question)
    except AiError:
        return {}, ""
    rows = answer.data.get("findings", [])
    return {str(r["code"]): one_line(str(r["text"]), TEXT_LIMIT) for r in rows}, str(answer.model)


def _blocks(one: Interaction, findings: list[Finding]) -> tuple[Block, ...]:
    measured = "\n".join(f"{finding.code}: {finding.text}" for finding in findings)
    blocks = [Block("findings", measured), Block("our message", one.body[:3000])]
    if one.theirs is not None:
        blocks.append(Block("their message", one.theirs.body[:3000]))
    return tuple(blocks)
