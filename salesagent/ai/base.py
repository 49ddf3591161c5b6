"""What a writer and a classifier take and give. No tables: the caller brings all facts along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class AiError(Exception):
    """A writer or classifier could not do its work. `retryable`: trying again later may help.

    str() is a sentence for people. `code`: off, budget, busy, timeout, down, auth, model, quota,
    refused, cut, bad, or "" for none of them.
    """

    def __init__(self, message: str, *, retryable: bool, code: str = "") -> None:
        super().__init__(message)
        self.retryable = retryable
        self.code = code


@dataclass(frozen=True)
class Block:
    """A text of somebody else: quoted to a model as data, never as an instruction."""

    label: str
    text: str


@dataclass(frozen=True)
class Fact:
    """Something a writer may state. `id` like "F1"; `source`: where we know it from, in words."""

    id: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Sentence:
    """One sentence of a draft, and the ids of the facts its writer says it rests on."""

    text: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Brief:
    """What to write: a frame with merge fields, and every fact the writer may use.

    `brief`: what a model should write, in the words of who made the step; a frame needs none.
    `thread`: what was written so far, oldest first. `seed`: which of several wordings to take.
    """

    channel: str
    subject: str
    body: str
    fields: Mapping[str, str]
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    snippets: Mapping[str, str] = field(default_factory=dict)
    brief: str = ""
    facts: tuple[Fact, ...] = ()
    thread: tuple[Block, ...] = ()
    language: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Draft:
    """A text nobody has approved. `missing`: fields that left a hole, `writer`: who wrote it.

    `sentences`: what a model says its statements rest on; to be checked, not to be believed.
    `note`: what the reader should know of how it was written.
    """

    subject: str
    body: str
    writer: str
    missing: list[str]
    sentences: tuple[Sentence, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Classification:
    """What a reply means. `confidence` 0..1; `labels`: every class found with its confidence.

    `kind`: of an objection (price, timing, authority, need, competitor, trust). `language` is "und"
    when unsure. `abstained`: too unsure to say; `disposition` is still the best guess.
    """

    disposition: str
    confidence: float
    labels: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    kind: str = ""
    sentiment: str = ""
    urgency: str = ""
    language: str = ""
    abstained: bool = False


class Writer(Protocol):
    name: str

    def draft(self, brief: Brief) -> Draft:
        """Raises AiError."""
        ...


class Classifier(Protocol):
    name: str

    def classify(self, text: str) -> Classification:
        """Raises AiError."""
        ...
