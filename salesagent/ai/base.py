"""What a writer and a classifier take and give. No tables: the caller brings all facts along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class AiError(Exception):
    """A writer or classifier could not do its work. `retryable`: trying again later may help."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True)
class Brief:
    """What to write: a frame with merge fields, and every fact the writer may use."""

    channel: str
    subject: str
    body: str
    fields: Mapping[str, str]
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    snippets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A text nobody has approved. `missing`: fields that left a hole, `writer`: who wrote it."""

    subject: str
    body: str
    writer: str
    missing: list[str]


@dataclass(frozen=True)
class Classification:
    """What a reply means. `confidence` 0..1; `labels`: every class found with its confidence."""

    disposition: str
    confidence: float
    labels: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


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
