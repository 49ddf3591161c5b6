"""How good chances are against what came true. Arrays of equal length: outcomes 0 or 1, chances.

AUC by ranks (Mann-Whitney, ties count half), average precision as the step sum of precision over
recall, Brier score, ECE over ten equal-width bins, PSI over ten bins of the expected. The numbers
come back as floats; numpy is imported on first use.
"""

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.signedinteger[Any]]  # positions of rows

DRAWS = 400


def auc(outcomes: "Floats", scores: "Floats") -> float:
    """0.5 when there is only one kind of outcome: nothing can be told apart."""
    import numpy as np

    wins = float(outcomes.sum())
    losses = len(outcomes) - wins
    if not wins or not losses:
        return 0.5
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[outcomes > 0].sum() - wins * (wins + 1) / 2) / (wins * losses))


def average_precision(outcomes: "Floats", scores: "Floats") -> float:
    """Rows of one score are taken together, so ties give no luck; 0 without a win."""
    import numpy as np

    wins = float(outcomes.sum())
    if not wins:
        return 0.0
    _, place = np.unique(-scores, return_inverse=True)
    hits = np.cumsum(np.bincount(place, weights=outcomes))
    taken = np.cumsum(np.bincount(place))
    steps = np.diff(np.concatenate([[0.0], hits]))
    return float((steps * hits / taken).sum() / wins)


def brier(outcomes: "Floats", chances: "Floats") -> float:
    return float(((chances - outcomes) ** 2).mean())


def ece(outcomes: "Floats", chances: "Floats", bins: int = 10) -> float:
    """Expected calibration error: |share won - mean chance| by bin, weighted by its rows."""
    import numpy as np

    place = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=outcomes - chances, minlength=bins)
    return float(np.abs(gaps).sum() / len(outcomes))


def psi(expected: "Floats", actual: "Floats", bins: int = 10) -> float:
    """Population stability index; below 0.1 nothing moved, above 0.25 the leads are others."""
    import numpy as np

    edges = np.unique(np.quantile(expected, np.linspace(0, 1, bins + 1)[1:-1]))
    shares = []
    for sample in (expected, actual):
        counts = np.bincount(np.searchsorted(edges, sample), minlength=len(edges) + 1)
        shares.append((counts + 0.5) / (len(sample) + 0.5 * len(counts)))
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def all_of(outcomes: "Floats", chances: "Floats") -> dict[str, float]:
    return {
        "auc": auc(outcomes, chances),
        "ap": average_precision(outcomes, chances),
        "brier": brier(outcomes, chances),
        "ece": ece(outcomes, chances),
    }


def intervals(
    outcomes: "Floats", new: "Floats", old: "Floats", seed: int = 0
) -> dict[str, tuple[float, float, float]]:
    """(5 %, value, 95 %) by bootstrap of the new AUC and of both gains of new over old chances."""
    import numpy as np

    whole = _gains(outcomes, new, old)
    drawn = _drawn(outcomes, new, old, seed)
    return {n: _range(np.quantile(v, (0.05, 0.95)), whole[n]) for n, v in drawn.items()}


def better(outcomes: "Floats", new: "Floats", old: "Floats", seed: int = 0) -> dict[str, float]:
    """Chance, by bootstrap, that the new chances beat the old ones; a tie counts half."""
    import numpy as np

    drawn = _drawn(outcomes, new, old, seed)
    gains = {name: np.array(drawn[name]) for name in ("auc gain", "brier gain")}
    return {n: float((v > 0).mean() + (v == 0).mean() / 2) for n, v in gains.items()}


def bins(outcomes: "Floats", chances: "Floats", count: int = 5) -> list[list[float]]:
    """[mean chance, share won, rows] of equally many rows each, from low to high chances."""
    import numpy as np

    order = np.argsort(chances, kind="stable")
    parts = [part for part in np.array_split(order, count) if len(part)]
    return [[float(chances[p].mean()), float(outcomes[p].mean()), len(p)] for p in parts]


def _drawn(outcomes: "Floats", new: "Floats", old: "Floats", seed: int) -> dict[str, list[float]]:
    import numpy as np

    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {"auc": [], "auc gain": [], "brier gain": []}
    for _ in range(DRAWS):
        pick = random.integers(0, len(outcomes), len(outcomes))
        for name, value in _gains(outcomes[pick], new[pick], old[pick]).items():
            drawn[name].append(value)
    return drawn


def _gains(outcomes: "Floats", new: "Floats", old: "Floats") -> dict[str, float]:
    """Plus is better."""
    rank = auc(outcomes, new)
    return {
        "auc": rank,
        "auc gain": rank - auc(outcomes, old),
        "brier gain": brier(outcomes, old) - brier(outcomes, new),
    }


def _range(ends: Any, value: float) -> tuple[float, float, float]:
    return float(ends[0]), value, float(ends[1])


def logistic(logit: float) -> float:
    """The chance of a logit, without overflow."""
    if logit < 0:
        grown = math.exp(max(logit, -700.0))
        return grown / (1 + grown)
    return 1 / (1 + math.exp(-min(logit, 700.0)))


def logit(chance: float) -> float:
    """The log odds; chances of 0 and 1 are taken as one in a million from them."""
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))
