"""From a model's logit to one that comes true: Platt below 1,000 outcomes, isotonic from there.

A calibration is JSON: {"kind": "platt", "shift": a, "slope": c} gives a + c*z, and
{"kind": "isotonic", "slope": c, "points": [[z, logit], ...]} is linear between its points and goes
on with slope c outside. Both rise strictly, so the order of leads never changes. Applying one
needs no numpy.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leads.scoring.metrics import logistic, logit

if TYPE_CHECKING:
    from leads.scoring.metrics import Floats

ISOTONIC_FROM = 1000
IDENTITY: dict[str, Any] = {"kind": "platt", "shift": 0.0, "slope": 1.0}
_LEAST_SLOPE = 0.1
_SHIFT_PENALTY, _SLOPE_PENALTY = 4.0, 20.0  # few outcomes leave the logits as they are
_BLOCK = 40  # outcomes a step of the isotonic curve holds at least
_TRUST = 0.75  # of the isotonic curve; the rest is Platt's line, which keeps it rising


def apply(calibration: Mapping[str, Any], z: float) -> float:
    """The calibrated logit of a logit."""
    if calibration["kind"] == "platt":
        return float(calibration["shift"] + calibration["slope"] * z)
    points: Sequence[Sequence[float]] = calibration["points"]
    after = bisect_right(points, z, key=lambda point: point[0])
    if after in (0, len(points)):
        end = points[0] if after == 0 else points[-1]
        return float(end[1] + calibration["slope"] * (z - end[0]))
    (left, low), (right, high) = points[after - 1], points[after]
    return low + (high - low) * (z - left) / (right - left)


def apply_all(calibration: Mapping[str, Any], z: "Floats") -> "Floats":
    """Calibrated chances of an array of logits."""
    import numpy as np

    return np.array([logistic(apply(calibration, float(one))) for one in z])


def fit(z: "Floats", outcomes: "Floats") -> dict[str, Any]:
    """The calibration for logits that were made without their own outcome (out of fold)."""
    line = fit_platt(z, outcomes)
    return line if len(z) < ISOTONIC_FROM else fit_isotonic(z, outcomes, line)


def fit_platt(z: "Floats", outcomes: "Floats") -> dict[str, Any]:
    """a + c*z by penalised maximum likelihood (Platt 1999; prior: a = 0, c = 1)."""
    import numpy as np

    from leads.scoring.newton import solve

    both = np.column_stack([np.ones(len(z)), z])
    penalty = np.array([_SHIFT_PENALTY, _SLOPE_PENALTY])
    shift, slope = solve(both, outcomes, penalty, np.array([0.0, 1.0])).weights
    return {"kind": "platt", "shift": float(shift), "slope": max(float(slope), _LEAST_SLOPE)}


def fit_isotonic(z: "Floats", outcomes: "Floats", line: Mapping[str, Any]) -> dict[str, Any]:
    """Pool adjacent violators on small blocks (Ayer 1955), bent a quarter towards `line`."""
    points: list[list[float]] = []
    for mean, rate in _pooled(_blocks(z, outcomes)):
        bent = _TRUST * logit(rate) + (1 - _TRUST) * apply(line, mean)
        if not points or (mean > points[-1][0] and bent > points[-1][1]):
            points.append([mean, bent])
    return {"kind": "isotonic", "slope": line["slope"], "points": points}


def _blocks(z: "Floats", outcomes: "Floats") -> list[tuple[float, float, int]]:
    """(sum of z, wins, rows) of `_BLOCK` neighbours each."""
    import numpy as np

    order = np.argsort(z, kind="stable")
    parts = np.array_split(order, max(2, len(order) // _BLOCK))
    return [(float(z[p].sum()), float(outcomes[p].sum()), len(p)) for p in parts]


def _pooled(blocks: Sequence[tuple[float, float, int]]) -> list[tuple[float, float]]:
    """(mean z, share won) of blocks merged until the share never falls."""
    stack: list[tuple[float, float, int]] = []
    for block in blocks:
        stack.append(block)
        while len(stack) > 1 and _rate(stack[-2]) >= _rate(stack[-1]):
            last, before = stack.pop(), stack.pop()
            stack.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return [(total / rows, _rate((total, won, rows))) for total, won, rows in stack]


def _rate(block: tuple[float, float, int]) -> float:
    return (block[1] + 0.5) / (block[2] + 1)
