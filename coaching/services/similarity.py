"""How near a text is to each play's situation, by the local encoder, where it is awake anyway.

A request never loads the model and never computes plays: `warm` does that in the background.
"""

from collections.abc import Iterable
from typing import Any

from coaching.models import Play
from salesagent.ai import encoder

TEXT_LIMIT = 600
_VECTORS: dict[tuple[int, str], Any] = {}


def _key(play: Play) -> tuple[int, str]:
    return play.pk, play.when


def warm(plays: Iterable[Play]) -> int:
    """Compute the plays' vectors while the encoder is loaded; returns how many are new."""
    new = 0
    for play in plays:
        if not encoder.loaded():
            break
        if _key(play) not in _VECTORS:
            _VECTORS[_key(play)] = encoder.encode(f"{play.when}. {play.question}")
            new += 1
    return new


def closeness(text: str, plays: list[Play]) -> dict[int, float]:
    """play id -> cosine; empty when the encoder sleeps or some play was never computed."""
    if not text.strip() or not encoder.loaded():
        return {}
    if any(_key(play) not in _VECTORS for play in plays):
        return {}
    try:
        vector = encoder.encode(text[:TEXT_LIMIT])
    except encoder.EncoderUnavailable:
        return {}
    return {play.pk: float(_VECTORS[_key(play)] @ vector) for play in plays}
