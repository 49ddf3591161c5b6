"""May a learned score replace the one in use? Counts, leaks, then the newest outcomes decide.

Rows come in the order their leads were closed. A challenger is measured on outcomes it has not
learned from, against the champion (the card or the model in use) and against the base rate. From
300 outcomes on it learns from the older 80 %, is measured on the newer 20 %, and must be better
beyond a 90 % interval. With fewer, each later part is predicted from all before it and the parts
are pooled; there it is enough to be better with a chance of 65 % in the mean of AUC and Brier, and
30 % in each, for the card is its prior and bounds the harm. These chances are by bootstrap. What is
published is then learned from all outcomes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leads.scoring import learn, metrics, model, newton
from leads.scoring.card import Card
from leads.scoring.features import Row
from leads.scoring.learn import Design
from leads.scoring.model import Model, from_card

if TYPE_CHECKING:
    from leads.scoring.metrics import Floats, Places

FEWEST = 10  # wins, and losses
HELD_OUT = 0.2
ROLLING_BELOW = 300  # outcomes
PARTS, FIRST_PART = 5, 1 / 3  # predicted one after the other; the share they start from
NOT_WORSE, BETTER = 0.3, 0.65  # chance of being better: in each of AUC and Brier, in the mean
FEWEST_NEW = 20  # outcomes a champion has not learned from, before a new one is tried
USEFUL_AUC = 0.6  # below this the order of leads helps nobody
COLUMN_LEAK, MODEL_LEAK = 0.95, 0.93
LEAK_FOR_SURE = 0.9  # the lower end of the interval: few outcomes look too good by luck
FEWEST_FOR_LEAK = 50
AUC_SLACK = 0.002
CALLED = (("Hot", 74.5), ("Warm", 44.5), ("Cold", -math.inf))  # as rounded points
NOTHING = "Nothing can be learned"


@dataclass(frozen=True)
class Leak:
    """A column that alone tells the outcome: AUC 0.5 to 1 of that column."""

    column: str
    auc: float


@dataclass(frozen=True)
class Decision:
    """`publish` and why, in words. `metrics` are JSON: held-out numbers of each side, intervals."""

    publish: bool
    reason: str
    leaks: tuple[Leak, ...] = ()
    metrics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trained:
    """`model` is there when `decision.publish`; `twin` holds its scikit-learn objects to pickle."""

    decision: Decision
    model: Model | None = None
    twin: dict[str, Any] = field(default_factory=dict)


def train(
    closed: Sequence[tuple[Row, bool]],
    others: Sequence[Row],
    card: Card,
    champion: Model | None = None,
) -> Trained:
    """Learn from `closed` (row as of its scoring time, won?), oldest close first, and judge.

    `others` are rows without an outcome; they only say what is usual. `champion` is the model in
    use, None for the card.
    """
    import numpy as np

    won = np.array([float(outcome) for _, outcome in closed])
    if (short := too_few(int(won.sum()), len(won))) is not None:
        return Trained(Decision(False, short))
    rows = [row for row, _ in closed]
    design = learn.make_design([*rows, *others], card)
    if leaks := find_leaks(design, np.arange(len(won)), won):
        return Trained(Decision(False, leak_words(leaks), leaks))
    decision = _compare(design, rows, won, champion or from_card(card))
    if not decision.publish:
        return Trained(decision)
    found = learn.fit(design, np.arange(len(won)), won)
    made = learn.to_model(found, design, won, decision.metrics)
    return Trained(decision, made, learn.sklearn_twin(made, found))


def too_few(wins: int, outcomes: int) -> str | None:
    """Why there is too little to learn from, or None."""
    losses = outcomes - wins
    if wins >= FEWEST and losses >= FEWEST:
        return None
    return (
        f"Learning starts at {FEWEST} won and {FEWEST} lost leads; "
        f"so far there are {wins} and {losses}."
    )


def find_leaks(design: Design, chosen: "Places", outcomes: "Floats") -> tuple[Leak, ...]:
    """Columns that alone give an AUC above 0.95: filled in after the outcome, or because of it."""
    if len(outcomes) < FEWEST_FOR_LEAK:
        return ()
    strengths = column_aucs(design, chosen, outcomes)
    return tuple(leak for leak in strengths if leak.auc > COLUMN_LEAK)


def column_aucs(design: Design, chosen: "Places", outcomes: "Floats") -> list[Leak]:
    """Each column's own AUC, the strongest first."""
    import numpy as np

    found = []
    first = 2 + design.rules
    for column in design.encoder.columns:
        at = first + column.start
        part = design.x[chosen, at : at + column.size]
        x = np.column_stack([np.ones(len(part)), part])
        penalty = np.full(x.shape[1], 0.5)
        z = x @ newton.solve(x, outcomes, penalty, np.zeros(x.shape[1])).weights
        found.append(Leak(column.name, metrics.auc(outcomes, z)))
    return sorted(found, key=lambda leak: -leak.auc)


def named(leaks: Sequence[Leak]) -> str:
    return ", ".join(f"{leak.column} (AUC {leak.auc:.2f})" for leak in leaks)


def leak_words(leaks: Sequence[Leak]) -> str:
    return (
        f"Leak alarm: {named(leaks)}. Such a column is known only with the outcome; it is left out."
    )


def too_good(auc: float, suspects: Sequence[Leak]) -> str:
    """The alarm when no column alone tells the outcome, but all together nearly do."""
    names = ", ".join(f"{leak.column} ({leak.auc:.2f})" for leak in suspects)
    return (
        f"Leak alarm: AUC {auc:.2f} is too good to be true. Look at the strongest columns, "
        f"known perhaps only with the outcome: {names}."
    )


def _compare(design: Design, rows: Sequence[Row], won: "Floats", champion: Model) -> Decision:
    """Challenger against champion on outcomes that neither has learned from."""
    import numpy as np

    parts = held_out(len(won))
    first = max(parts[0][0], champion.outcomes)
    new = np.arange(first, len(won))
    if len(new) < FEWEST_NEW and champion.outcomes:
        return Decision(
            False, f"Only {len(new)} outcomes are new since; the next try is at {FEWEST_NEW}."
        )
    if len(set(won[new])) < 2:
        return Decision(False, "The newest outcomes are all alike; wait for others.")
    challenger, base = _ahead(design, won, parts)
    chances = {
        "challenger": challenger[new],
        "champion": np.array([champion.chance(rows[n]) for n in new.tolist()]),
        "base rate": base[new],
    }
    measured: dict[str, Any] = {name: metrics.all_of(won[new], p) for name, p in chances.items()}
    ranges = metrics.intervals(won[new], chances["challenger"], chances["champion"])
    measured |= {"intervals": ranges, "held out": len(new), "rolling": len(parts) > 1}
    measured["better"] = metrics.better(won[new], chances["challenger"], chances["champion"])
    measured["bins"] = metrics.bins(won[new], chances["challenger"])
    measured["called"] = {
        side: called(design.card, won[new], chances[side]) for side in ("challenger", "champion")
    }
    if ranges["auc"][1] > MODEL_LEAK and ranges["auc"][0] > LEAK_FOR_SURE:
        leaks = tuple(column_aucs(design, np.arange(len(won)), won)[:3])
        return Decision(False, too_good(ranges["auc"][1], leaks), leaks, measured)
    publish, reason = _verdict(measured, bool(champion.outcomes))
    return Decision(publish, reason, (), measured)


def _ahead(
    design: Design, won: "Floats", parts: Sequence[tuple[int, int]]
) -> tuple["Floats", "Floats"]:
    """Chances of each part from the outcomes before it, and the base rate known then."""
    import numpy as np

    found, base = np.zeros(len(won)), np.zeros(len(won))
    for start, end in parts:
        fit = learn.fit(design, np.arange(start), won[:start])
        found[start:end] = fit.chances(design, np.arange(start, end))
        base[start:end] = (won[:start].sum() + 1) / (start + 2)
    return found, base


def held_out(outcomes: int) -> list[tuple[int, int]]:
    """The parts to predict, as (start, end); each is predicted from all before its start."""
    if outcomes >= ROLLING_BELOW:
        return [(outcomes - math.ceil(HELD_OUT * outcomes), outcomes)]
    first = round(FIRST_PART * outcomes)
    cuts = [first + (outcomes - first) * n // PARTS for n in range(PARTS + 1)]
    return list(zip(cuts, cuts[1:], strict=False))


def called(card: Card, won: "Floats", chances: "Floats") -> dict[str, list[int]]:
    """{"Hot": [leads, won], ...}: what the leads were called by these chances, and how many won."""
    scale, base = model.per_logit(card), metrics.logit(model.base_rate(card))
    found = {word: [0, 0] for word, _ in CALLED}
    for outcome, chance in zip(won.tolist(), chances.tolist(), strict=True):
        points = float(card["points_at_base"]) + scale * (metrics.logit(chance) - base)
        word = next(word for word, least in CALLED if points >= least)
        found[word][0] += 1
        found[word][1] += int(outcome)
    return found


def _verdict(measured: dict[str, Any], has_model: bool) -> tuple[bool, str]:
    """What must be better, and by how much, depends on how many outcomes there are to judge by."""
    new, old = measured["challenger"], measured["champion"]
    rank = measured["intervals"]["auc"]
    name = "the model in use" if has_model else "the card"
    told = (
        f"AUC {new['auc']:.3f} against {old['auc']:.3f} of {name}, Brier {new['brier']:.3f} "
        f"against {old['brier']:.3f}, on {measured['held out']} newest outcomes"
    )
    if rank[0] <= 0.5 or rank[1] < USEFUL_AUC or new["brier"] >= measured["base rate"]["brier"]:
        return False, f"{NOTHING} from these columns: hardly better than the base rate ({told})."
    if _probably_better(measured) if measured["rolling"] else _clearly_better(measured):
        return True, f"The learned score is better: {told}."
    if has_model:
        return False, f"The model in use stays: {told}."
    return False, f"{NOTHING} yet beyond the card: {told}."


def _clearly_better(measured: dict[str, Any]) -> bool:
    """A gain in AUC or Brier beyond its 90 % interval that costs nothing in the other."""
    order, error = (measured["intervals"][k] for k in ("auc gain", "brier gain"))
    level = order[1] >= -AUC_SLACK and error[1] >= 0
    return level and bool(order[0] > 0 or error[0] > 0)


def _probably_better(measured: dict[str, Any]) -> bool:
    """Not worse in AUC or Brier within the noise, and better in the mean of both."""
    chances: list[float] = list(measured["better"].values())
    return min(chances) >= NOT_WORSE and sum(chances) / len(chances) >= BETTER
