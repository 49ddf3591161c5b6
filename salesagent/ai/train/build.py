"""From labelled replies to a heads file: fit on four fifths of the authors, measure on the rest,
then fit on all with the same calibration."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from salesagent.ai import features, heads
from salesagent.ai.train import fit
from salesagent.ai.train.corpus import CORRECTED, Row, digest
from salesagent.ai.train.matrix import STEP, Matrix, counted, rarity, views, weighed

ALL = tuple(features.BLOCKS)
SMALL = ("words", "gloss")
SIDE = {"kind": SMALL, "sentiment": SMALL, "urgency": SMALL, "language": ("letters",)}


@dataclass
class Built:
    """`told`: what goes into the file; `measured`: rightness on authors that were held out."""

    told: dict[str, Any]
    measured: dict[str, Any]


def build(rows: Sequence[Row], more: Sequence[Row] = ()) -> Built:
    """`more`: replies that people corrected, which weigh more and are never held out."""
    everything = [*rows, *more]
    counts = counted(everything)
    steps = rarity(counts)
    view = views(everything)  # first, while the memory is free: the encoder goes again
    data = Matrix(weighed(counts, steps), view)
    del counts
    held = np.array([row.held_out for row in everything])
    first = _fitted(everything, data, ~held)
    measured = _measured(everything, data, held, first)
    final = _fitted(everything, data, np.ones(len(everything), dtype=bool), first["calibration"])
    return Built(_told(final, steps, everything, measured), measured)


def _fitted(
    rows: Sequence[Row], data: Matrix, use: Any, calibration: dict[str, Any] | None = None
) -> dict[str, Any]:
    chosen = np.flatnonzero(use)
    some = [rows[index] for index in chosen.tolist()]
    part = data if use.all() else Matrix(data.blocks[chosen], data.views[chosen])
    table = fit.joined(part, ALL, True)
    answers, weights = _answers(some)
    english = np.flatnonzero(part.views.any(axis=1))
    label = fit.label_machine(table, answers, weights, english)
    if calibration is None:
        scores = _unseen(some, table, answers, weights, english)
        calibration = fit.calibrated(scores, answers, some, label.classes)
    del table
    found: dict[str, Any] = {"label": label, "calibration": calibration}
    for name, blocks in SIDE.items():
        found[name] = _side(name, some, fit.joined(part, blocks, False))
    return found


def _answers(rows: Sequence[Row]) -> tuple[Any, Any]:
    return np.array([row.labels[0] for row in rows]), np.array([row.weight for row in rows])


def _unseen(rows: Sequence[Row], table: Any, answers: Any, weights: Any, english: Any) -> Any:
    speaks = np.zeros(len(rows), dtype=bool)
    speaks[english] = True

    def one(train: Any, test: Any) -> Any:
        part = np.flatnonzero(speaks[train])
        made = fit.label_machine(table[train], answers[train], weights[train], part)
        return made.scores(table[test])

    return fit.unseen(rows, one)


def _side(name: str, rows: Sequence[Row], table: Any) -> fit.Machine:
    """A question beside the class; only replies that answer it count."""
    said = np.array([getattr(row, name) for row in rows])
    use = np.flatnonzero(said != "")
    weights = np.array([min(rows[index].weight, CORRECTED) for index in use.tolist()])
    return fit.machine(table[use], said[use], weights)


def _measured(rows: Sequence[Row], data: Matrix, held: Any, made: dict[str, Any]) -> dict[str, Any]:
    chosen = np.flatnonzero(held)
    some = [rows[index] for index in chosen.tolist()]
    part = Matrix(data.blocks[chosen], data.views[chosen])
    scores = made["label"].scores(fit.joined(part, ALL, True))
    chances = chances_of(scores, some, made["calibration"])
    classes = np.array(made["label"].classes)
    right = classes[chances.argmax(axis=1)] == np.array([row.labels[0] for row in some])
    told: dict[str, Any] = {"replies": len(some), "right": round(float(right.mean()), 4)}
    told |= {"calibration_error": _off(chances.max(axis=1), right)}
    told |= {"by_language": _shares(right, [row.language for row in some])}
    told |= {"by_class": _shares(right, [row.labels[0] for row in some])}
    for name, blocks in SIDE.items():
        told[name] = _side_right(name, some, made[name], fit.joined(part, blocks, False))
    return told


def chances_of(scores: Any, rows: Sequence[Row], calibration: dict[str, Any]) -> Any:
    from salesagent.ai.rules import signs

    table = np.hstack([scores, np.array([signs(row.text) for row in rows])])
    raw = table @ np.array(calibration["weights"]).T + np.array(calibration["bias"])
    raw = np.exp(raw - raw.max(axis=1, keepdims=True))
    return raw / raw.sum(axis=1, keepdims=True)


def _side_right(name: str, rows: Sequence[Row], made: fit.Machine, table: Any) -> float:
    said = np.array([getattr(row, name) for row in rows])
    best = np.array(made.classes)[made.scores(table).argmax(axis=1)]
    return round(float((best == said)[said != ""].mean()), 4)


def _shares(right: Any, names: Sequence[str]) -> dict[str, float]:
    told = np.array(names)
    return {one: round(float(right[told == one].mean()), 3) for one in sorted(set(names))}


def _off(top: Any, right: Any) -> float:
    """Expected calibration error over ten bins."""
    bins = np.minimum((top * 10).astype(int), 9)
    parts = [
        (bins == one).mean() * abs(top[bins == one].mean() - right[bins == one].mean())
        for one in range(10)
        if (bins == one).any()
    ]
    return round(float(sum(parts)), 4)


def _told(
    made: dict[str, Any], steps: Any, rows: Sequence[Row], measured: dict[str, Any]
) -> dict[str, Any]:
    questions = {"label": _head(made["label"], ALL, True)}
    questions |= {name: _head(made[name], blocks, False) for name, blocks in SIDE.items()}
    return {
        "format": heads.FORMAT,
        "made": {"corpus_sha256": digest(rows), "replies": len(rows), "measured": measured},
        "blocks": features.BLOCKS,
        "rarity": heads.pack(steps),
        "rarity_step": STEP,
        "heads": questions,
        "calibration": made["calibration"],
    }


def _head(made: fit.Machine, blocks: Sequence[str], meaning: bool) -> dict[str, Any]:
    places = sum(features.BLOCKS[name] for name in blocks)
    table = made.weights[:, :places]
    scale = np.abs(table).max(axis=1) / 127
    told = {
        "classes": [str(one) for one in made.classes],
        "blocks": list(blocks),
        "weights": heads.pack(np.round(table / scale[:, None]).T.astype(np.int8)),
        "scale": [float(f"{one:.6g}") for one in scale],
        "bias": [float(f"{one:.6g}") for one in made.bias],
    }
    if meaning:
        told["meaning"] = heads.pack(made.weights[:, places:].T.astype(np.float16))
    return told


def dump(told: dict[str, Any]) -> bytes:
    return (json.dumps(told, separators=(",", ":"), sort_keys=True) + "\n").encode("ascii")
