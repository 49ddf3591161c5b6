"""Logistic regression with a Gaussian prior, by damped Newton steps. numpy on first use."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leads.scoring.metrics import Floats

STEPS = 40
ENOUGH = 1e-6


@dataclass(frozen=True)
class Solution:
    """`weights` (d,), `precision` (d, d) of the posterior there, log evidence by Laplace."""

    weights: "Floats"
    precision: "Floats"
    evidence: float


def solve(
    x: "Floats",
    outcomes: "Floats",
    penalty: "Floats",
    prior: "Floats",
    start: "Floats | None" = None,
) -> Solution:
    """Minimise the log loss of `x` (n, d) plus half `penalty` times (w - `prior`) squared.

    Evidence: Laplace's approximation (MacKay 1992), without the terms equal for all priors.
    """
    import numpy as np

    weights = (prior if start is None else start).copy()
    loss = _loss(x, outcomes, penalty, prior, weights)
    for _ in range(STEPS):
        slope, curve = _derivatives(x, outcomes, penalty, prior, weights)
        step = np.linalg.solve(curve, slope)
        weights, before = weights - step, loss
        loss = _loss(x, outcomes, penalty, prior, weights)
        while loss > before and np.abs(step).max() > 1e-9:
            step = step / 2
            weights = weights + step
            loss = _loss(x, outcomes, penalty, prior, weights)
        if before - loss < ENOUGH:
            break
    precision = _derivatives(x, outcomes, penalty, prior, weights)[1]
    spread = float(np.linalg.slogdet(precision)[1])
    return Solution(weights, precision, -loss + 0.5 * float(np.log(penalty).sum()) - 0.5 * spread)


def _loss(
    x: "Floats", outcomes: "Floats", penalty: "Floats", prior: "Floats", weights: "Floats"
) -> float:
    import numpy as np

    z = x @ weights
    pull = 0.5 * float((penalty * (weights - prior) ** 2).sum())
    return float(np.logaddexp(0, z).sum() - outcomes @ z) + pull


def _derivatives(
    x: "Floats", outcomes: "Floats", penalty: "Floats", prior: "Floats", weights: "Floats"
) -> tuple["Floats", "Floats"]:
    import numpy as np

    chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
    slope = x.T @ (chance - outcomes) + penalty * (weights - prior)
    curve = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(penalty)
    return slope, curve
