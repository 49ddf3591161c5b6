"""The writer behind a language model. What it returns is a draft that still has to be checked.

Only words come from the model: who gets it, when and from whom is none of its business, and the
signature is put under it here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from salesagent.ai.base import AiError, Brief, Draft, Sentence
from salesagent.ai.openai import AiConfig, Question, ask
from salesagent.lib.text import clean, one_line

SUBJECT_LIMIT = 120  # characters
SENTENCE_LIMIT = 600
BODY_LIMIT = 4_000
SUBJECTS = 3

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "maxLength": 200},
        "paragraphs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 12,
            "items": {
                "type": "object",
                "properties": {
                    "sentences": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 12,
                        "items": {
                            "type": "object",
                            "properties": {
                                "text": {"type": "string", "maxLength": SENTENCE_LIMIT},
                                "facts": {
                                    "type": "array",
                                    "maxItems": 10,
                                    "items": {"type": "string", "maxLength": 12},
                                },
                            },
                        },
                    }
                },
            },
        },
    },
}
SUBJECTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "subjects": {
            "type": "array",
            "minItems": 1,
            "maxItems": 6,
            "items": {"type": "string", "minLength": 2, "maxLength": 200},
        }
    },
}


class LlmWriter:
    """`question`: turns a brief into the question to ask (outreach.prompts)."""

    def __init__(self, config: AiConfig | None, question: Callable[[Brief], Question]) -> None:
        self.config, self.question = config, question
        self.name = f"ai:{config.model}"[:40] if config else "ai"

    def draft(self, brief: Brief) -> Draft:
        """Raises AiError."""
        return draft_of(ask(self.config, self.question(brief)).data, brief, self.name)


def draft_of(data: Mapping[str, Any], brief: Brief, writer: str) -> Draft:
    """An answer to SCHEMA as a draft. Fact ids nobody gave it are dropped. Raises AiError."""
    known = {fact.id for fact in brief.facts}
    paragraphs = [_sentences(part, known) for part in data["paragraphs"]]
    texts = [" ".join(one.text for one in part) for part in paragraphs if part]
    body = "\n\n".join(texts)[:BODY_LIMIT].strip()
    if not body:
        raise AiError("Language model: it wrote nothing.", retryable=False, code="bad")
    return Draft(
        subject=one_line(data["subject"], SUBJECT_LIMIT),
        body=_signed(body, brief),
        writer=writer,
        missing=[],
        sentences=tuple(one for part in paragraphs for one in part),
    )


def _sentences(paragraph: Mapping[str, Any], known: set[str]) -> list[Sentence]:
    found = []
    for row in paragraph["sentences"]:
        text = clean(row["text"]).strip()[:SENTENCE_LIMIT]
        if text:
            found.append(Sentence(text, tuple(one for one in row["facts"] if one in known)))
    return found


def _signed(body: str, brief: Brief) -> str:
    """The sender's own signature under a mail, unless the model put the name there already."""
    signature = brief.fields.get("sender_signature", "")
    if brief.channel != "email" or not signature:
        return body
    first = signature.split("\n", 1)[0].strip()
    tail = body.rsplit("\n\n", 1)
    if len(tail) == 2 and first and tail[1].startswith(first) and len(tail[1]) < 200:
        body = tail[0]
    return f"{body}\n\n{signature}"


def subjects_of(data: Mapping[str, Any]) -> list[str]:
    """At most three different subject lines."""
    lines = (one_line(text.strip().strip('"“”'), SUBJECT_LIMIT) for text in data["subjects"])
    return list(dict.fromkeys(filter(None, lines)))[:SUBJECTS]
