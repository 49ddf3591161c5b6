"""Learns a score from outcomes with the points card as prior. numpy on first use.

MAP logistic regression: z = b + s * z_card + sum(g_r * R_r) + F * d, with penalties
1/2 * (0.25 b^2 + k (s - s0)^2 + 4 |g|^2 + p |d|^2). z_card is the card's logit, R_r what rule r
gives in logits, F the features; R and F are centred over all leads. Few outcomes leave the card as
it is, many replace it. Two beliefs about the card compete by evidence (MacKay 1992): that it is
right (s0 = 1, k = 4) and that it says nothing (s0 = 0, k = 1), so a wrong card is dropped soon. A
card whose points hardly differ between leads is believed in its order, on a larger scale.
The penalty p of the features is chosen by the same evidence around a usual value.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leads.scoring import calibrate, features, newton, trees
from leads.scoring.card import Card
from leads.scoring.features import Encoder, Row
from leads.scoring.metrics import logit
from leads.scoring.model import Model, base_rate, from_card, rule_logits

if TYPE_CHECKING:
    from leads.scoring.metrics import Floats, Places

PENALTIES = (4.0, 8.0, 16.0, 32.0, 64.0)
USUAL_WITH_CARD, SPREAD_WITH_CARD = 20.0, 0.4  # log-normal belief about p
USUAL_ALONE, SPREAD_ALONE = 4.0, 0.7
SHIFT, RULE = 0.25, 4.0
CARD_RIGHT, CARD_EMPTY = (1.0, 4.0), (0.0, 1.0)  # (s0, k)
LEAST_SPREAD = 0.5  # standard deviation of logits that a card at least means,
WIDEST = 2.0  # as long as no lead comes to lie further than this from the mean
DOUBT = 1.0  # log odds against the card being empty
FOLDS = 5
TREES_FROM = 1000
TREE_FOLDS = 3
MIXES = (0.0, 0.25, 0.5, 0.75, 1.0)
WORTH_TREES = 0.001  # log loss per lead that trees must save, else the line alone serves


@dataclass(frozen=True)
class Design:
    """Every lead as numbers: `x` (n, 2 + rules + features), for the trees `wide` (n, k).

    `places` are the positions of the trees' columns; the last is the card's own logit.
    """

    card: Card
    encoder: Encoder
    x: "Floats"
    wide: "Floats"
    places: tuple[int, ...]
    means: "Floats"

    @property
    def rules(self) -> int:
        return len(self.card["rules"])


@dataclass(frozen=True)
class Prior:
    penalty: "Floats"
    mean: "Floats"
    odds: float


@dataclass
class Fit:
    """What was learned, as arrays; `grown` is the scikit-learn forest when it takes part."""

    solution: newton.Solution
    prior: Prior
    calibration: Mapping[str, Any]
    grown: Any = None
    mix: float = 0.0

    def logits(self, design: Design, rows: "Places | slice") -> "Floats":
        """Raw logits of these rows, before calibration."""
        line: Floats = design.x[rows] @ self.solution.weights
        if self.grown is None:
            return line
        return (1 - self.mix) * line + self.mix * trees.logits(self.grown, design.wide[rows])

    def chances(self, design: Design, rows: "Places | slice") -> "Floats":
        return calibrate.apply_all(self.calibration, self.logits(design, rows))


def make_design(rows: Sequence[Row], card: Card, encoder: Encoder | None = None) -> Design:
    """All rows, with and without an outcome: what is usual is read off all of them."""
    import numpy as np

    encoder = encoder or features.fit(rows)
    f = np.zeros((len(rows), encoder.size))
    for n, row in enumerate(rows):
        for at, value in encoder.encode(row):
            f[n, at] = value
    given = np.array([rule_logits(card, row) for row in rows]).reshape(len(rows), -1)
    prior = given.sum(axis=1) + logit(base_rate(card))
    both = np.hstack([given, f])
    means = both.mean(axis=0)
    x = np.hstack([np.ones((len(rows), 1)), prior[:, None], both - means])
    places = _tree_places(encoder)
    wide = np.hstack([f[:, places], given.sum(axis=1)[:, None]])
    return Design(card, encoder, x, wide, (*places, encoder.size), means)


def _tree_places(encoder: Encoder) -> list[int]:
    """Trees find their own knots, so those of the line are left out."""
    knots = {c.start + 1 + n for c in encoder.columns for n in range(len(c.knots))}
    return [at for at in range(encoder.size) if at not in knots]


def priors(design: Design) -> list[Prior]:
    """Every belief that competes, with its log odds."""
    with_card = design.rules > 0
    usual, spread = (
        (USUAL_WITH_CARD, SPREAD_WITH_CARD) if with_card else (USUAL_ALONE, SPREAD_ALONE)
    )
    right = _card_right(design)
    beliefs = [(right, 0.0), (CARD_EMPTY, -DOUBT)] if with_card else [(right, 0.0)]
    return [
        _prior(design, slope, penalty, odds - 0.5 * (math.log(penalty / usual) / spread) ** 2)
        for slope, odds in beliefs
        for penalty in PENALTIES
    ]


def _card_right(design: Design) -> tuple[float, float]:
    """(s0, k) of a card that is right; one far too flat is taken on a larger scale."""
    slope, penalty = CARD_RIGHT
    apart = design.x[:, 1] - design.x[:, 1].mean()
    spread, most = float(apart.std()), float(abs(apart).max())
    larger = max(1.0, min(LEAST_SPREAD / spread, WIDEST / most)) if spread > 1e-6 else 1.0
    return slope * larger, penalty / larger**2


def _prior(design: Design, slope: tuple[float, float], penalty: float, odds: float) -> Prior:
    import numpy as np

    rules = design.rules
    size = design.encoder.size
    strengths = np.array([SHIFT, slope[1], *[RULE] * rules, *[penalty] * size])
    mean = np.zeros(2 + rules + size)
    mean[1] = slope[0]
    return Prior(strengths, mean, odds)


def fit(
    design: Design, chosen: "Places", outcomes: "Floats", *, with_trees: bool | None = None
) -> Fit:
    """Learn from the rows `chosen` (positions, (m,)) and their `outcomes` (m,), 0 or 1.

    Trees are tried from 1,000 outcomes on, and take part by the weight that serves unseen folds.
    """
    solution, prior = _best(design.x[chosen], outcomes, priors(design))
    folds = _folds(outcomes, FOLDS)
    z = _unseen_line(design.x[chosen], outcomes, folds, prior, solution)
    found = Fit(solution, prior, calibrate.IDENTITY)
    tried = len(outcomes) >= TREES_FROM if with_trees is None else with_trees
    if tried:
        z = _try_trees(found, design.wide[chosen], outcomes, z)
    found.calibration = calibrate.fit(z, outcomes)
    return found


def _best(
    x: "Floats", outcomes: "Floats", beliefs: Sequence[Prior]
) -> tuple[newton.Solution, Prior]:
    """The belief with most evidence; each search starts where the one before ended."""
    best: tuple[float, newton.Solution, Prior] | None = None
    start = None
    for belief in beliefs:
        found = newton.solve(x, outcomes, belief.penalty, belief.mean, start)
        start = found.weights
        if best is None or found.evidence + belief.odds > best[0]:
            best = (found.evidence + belief.odds, found, belief)
    if best is None:
        raise ValueError("There is no prior to learn with.")
    return best[1], best[2]


def _folds(outcomes: "Floats", count: int) -> "Places":
    """A fold for each row, wins and losses dealt out evenly, by a fixed shuffle."""
    import numpy as np

    random = np.random.default_rng(0)
    folds = np.zeros(len(outcomes), dtype=int)
    for kind in (0, 1):
        rows = random.permutation(np.flatnonzero(outcomes == kind))
        folds[rows] = np.arange(len(rows)) % count
    return folds


def _unseen_line(
    x: "Floats", outcomes: "Floats", folds: "Places", prior: Prior, whole: newton.Solution
) -> "Floats":
    """The logit of each row from the other folds."""
    import numpy as np

    z = np.zeros(len(outcomes))
    for fold in range(int(folds.max()) + 1):
        away, rest = folds == fold, folds != fold
        found = newton.solve(x[rest], outcomes[rest], prior.penalty, prior.mean, whole.weights)
        z[away] = x[away] @ found.weights
    return z


def _try_trees(found: Fit, wide: "Floats", outcomes: "Floats", line: "Floats") -> "Floats":
    """Mix trees in when they help on rows they have not seen; returns those rows' logits."""
    import numpy as np

    folds = _folds(outcomes, TREE_FOLDS)
    z = np.zeros(len(outcomes))
    for fold in range(TREE_FOLDS):
        away, rest = folds == fold, folds != fold
        z[away] = trees.logits(trees.grow(wide[rest], outcomes[rest]), wide[away])
    losses = {mix: _loss((1 - mix) * line + mix * z, outcomes) for mix in MIXES}
    best = min(MIXES, key=lambda mix: losses[mix])
    if losses[0.0] - losses[best] < WORTH_TREES:
        return line
    found.mix, found.grown = best, trees.grow(wide, outcomes)
    return (1 - best) * line + best * z


def _loss(z: "Floats", outcomes: "Floats") -> float:
    import numpy as np

    return float((np.logaddexp(0, z) - outcomes * z).mean())


def to_model(
    found: Fit, design: Design, outcomes: "Floats", measured: Mapping[str, Any] | None = None
) -> Model:
    """The fit as JSON numbers, as it is served; `measured` goes with it."""
    import numpy as np

    rules, means = design.rules, design.means
    shift, slope, *rest = (float(w) for w in found.solution.weights)
    own, weights = rest[:rules], rest[rules:]
    intercept = shift + slope * logit(base_rate(design.card)) - float(means @ np.array(rest))
    covariance = np.linalg.inv(found.solution.precision)
    lower = covariance[np.tril_indices(len(covariance))]
    forest = trees.export(found.grown, design.places) if found.grown is not None else None
    return Model(
        card=design.card,
        encoder=design.encoder,
        intercept=intercept,
        rules=tuple(slope + g for g in own),
        weights=tuple(weights),
        means=tuple(map(float, means[rules:])),
        rule_means=tuple(map(float, means[:rules])),
        forest=forest,
        mix=found.mix,
        calibration=found.calibration,
        outcomes=len(outcomes),
        wins=int(outcomes.sum()),
        learned_share=_learned_share(found, design),
        covariance=tuple(float(f"{value:.4g}") for value in lower),
        metrics=dict(measured or {}),
    )


def _learned_share(found: Fit, design: Design) -> float:
    """Share of the variance between leads that the features bring, not the card's rules."""
    import numpy as np

    weights, cut = found.solution.weights, 2 + design.rules
    given = design.x[:, 1:cut] @ weights[1:cut]
    learned = design.x[:, cut:] @ weights[cut:]
    total = float(np.var(given) + np.var(learned))
    line = float(np.var(learned)) / total if total else 0.0
    return (1 - found.mix) * line + found.mix


def train(
    rows: Sequence[Row], outcomes: Sequence[bool | None], card: Card
) -> tuple[Model, dict[str, Any]]:
    """Learn from the rows whose outcome is known; the others still say what is usual.

    Returns the model and its scikit-learn twin (`sklearn_twin`). Nothing known gives the card.
    """
    import numpy as np

    known = np.array([n for n, outcome in enumerate(outcomes) if outcome is not None], dtype=int)
    won = np.array([float(outcomes[n] or 0) for n in known])
    if not len(known):
        return from_card(card), {}
    design = make_design(rows, card)
    found = fit(design, known, won)
    model = to_model(found, design, won)
    return model, sklearn_twin(model, found)


def sklearn_twin(model: Model, found: Fit) -> dict[str, Any]:
    """The same model as scikit-learn objects; it takes [rules in logits, features] as columns."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression()
    line.classes_ = np.array([0, 1])
    line.coef_ = np.array([[*model.rules, *model.weights]])
    line.intercept_ = np.array([model.intercept])
    line.n_features_in_ = line.coef_.shape[1]
    line.n_iter_ = np.array([1])
    twin = {"line": line, "forest": found.grown, "mix": found.mix}
    return twin | {"calibration": dict(model.calibration), "encoder": model.encoder.to_json()}
