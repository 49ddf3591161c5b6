"""The shapes of ready-made content. Plain data: what a workspace gets on its first day."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A ready-made message frame. `code` is unique and never reused for another text."""

    code: str
    name: str
    channel: str
    purpose: str
    body: str
    subject: str = ""


@dataclass(frozen=True)
class Touchpoint:
    """One touch of a ready-made sequence; `wait`: working days after the one before."""

    name: str
    text: str
    wait: int
    fallback: str = ""


@dataclass(frozen=True)
class Plan:
    """A ready-made sequence."""

    code: str
    name: str
    description: str
    touches: tuple[Touchpoint, ...]


@dataclass(frozen=True)
class TradePain:
    trade: str
    name: str
    sentence: str
