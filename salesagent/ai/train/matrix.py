"""Replies as one sparse matrix, by the very code that reads a single reply in the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from salesagent.ai import features
from salesagent.ai.encoder import EncoderUnavailable, encode, unload
from salesagent.ai.train.corpus import Row


@dataclass
class Matrix:
    """`blocks`: the three blocks beside each other; `views`: the encoder's numbers, zero where the
    reply is not English."""

    blocks: Any
    views: Any


def counted(rows: Sequence[Row]) -> Any:
    """Damped counts, not weighted."""
    parts = [_counts(row) for row in rows]
    ends = np.cumsum([0] + [len(places) for places, _ in parts])
    places = np.concatenate([places for places, _ in parts])
    values = np.concatenate([values for _, values in parts])
    return sp.csr_matrix((values, places, ends), shape=(len(rows), features.SIZE))


def _counts(row: Row) -> tuple[Any, Any]:
    found = features.counts(features.read(row.text, row.language))
    places = [one.places + features.start_of(name) for name, one in found.items()]
    return np.concatenate(places), np.concatenate([one.values for one in found.values()])


STEP = 0.05  # rarity is kept in steps of this
SEEN = 2  # replies that a place must be in to count at all


def rarity(counts: Any) -> Any:
    """How rare each place is (smoothed inverse document frequency), as whole steps."""
    seen = np.bincount(counts.indices, minlength=features.SIZE)
    rare = np.log((1 + counts.shape[0]) / (1 + seen)) + 1
    steps = np.clip(np.round(rare / STEP), 1, 255)
    return np.where(seen < SEEN, 0, steps).astype(np.uint8)


def weighed(counts: Any, steps: Any) -> Any:
    """Weighted by rarity, each block of the length of its share (features.weigh for many)."""
    found = counts.copy()
    found.data *= (steps * np.float32(STEP))[found.indices]
    found.eliminate_zeros()
    rows = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    for name, size in features.BLOCKS.items():
        start = features.start_of(name)
        here = (found.indices >= start) & (found.indices < start + size)
        squares = np.where(here, found.data * found.data, 0)
        length = np.sqrt(np.bincount(rows, squares, minlength=found.shape[0]))
        share = features.SHARES[name] / np.where(length > 0, length, 1.0)
        found.data[here] *= share[rows[here]].astype(np.float32)
    return found


def views(rows: Sequence[Row]) -> Any:
    found = np.zeros((len(rows), 384), dtype=np.float32)
    for index, row in enumerate(rows):
        if row.language == "en":
            try:
                found[index] = encode(row.text)
            except EncoderUnavailable:
                break
    unload()
    return found
