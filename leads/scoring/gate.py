"""May a learned score replace the one in use? Counts, leaks, then the newest outcomes decide.

Rows come in the order their leads were closed. A challenger learns from the older 80 % and is
measured on the newer 20 % (30 outcomes at least, half of them at most), against the champion, the
card or the model in use, and against the base rate. Intervals are 90 %, by bootstrap. What is
published is then learned from all outcomes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leads.scoring import learn, metrics, newton
from leads.scoring.card import Card
from leads.scoring.features import Row
from leads.scoring.learn import Design
from leads.scoring.model import Model, from_card

if TYPE_CHECKING:
    from leads.scoring.metrics import Floats, Places

FEWEST = 10  # wins, and losses
HELD_OUT, FEWEST_HELD_OUT = 0.2, 30
FEWEST_NEW = 20  # outcomes a champion has not learned from, before a new one is tried
USEFUL_AUC = 0.6  # below this the order of leads helps nobody
COLUMN_LEAK, MODEL_LEAK = 0.95, 0.93
LEAK_FOR_SURE = 0.9  # the lower end of the interval: few outcomes look too good by luck
FEWEST_FOR_LEAK = 50
AUC_SLACK = 0.002
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
    model = learn.to_model(found, design, won, decision.metrics)
    return Trained(decision, model, learn.sklearn_twin(model, found))


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


def leak_words(leaks: Sequence[Leak]) -> str:
    names = ", ".join(f"{leak.column} (AUC {leak.auc:.2f})" for leak in leaks)
    return (
        f"Leak alarm: {names}. Such a column is known only with the outcome; "
        "leave it out and learn again."
    )


def too_good(auc: float, suspects: Sequence[Leak]) -> str:
    """The alarm when no column alone tells the outcome, but all together nearly do."""
    names = ", ".join(f"{leak.column} ({leak.auc:.2f})" for leak in suspects)
    return (
        f"Leak alarm: AUC {auc:.2f} is too good to be true. Look at the strongest columns, "
        f"known perhaps only with the outcome: {names}."
    )


def _compare(design: Design, rows: Sequence[Row], won: "Floats", champion: Model) -> Decision:
    """Challenger against champion on the newest outcomes."""
    import numpy as np

    cut = len(won) - held_out(len(won))
    if min(won[:cut].sum(), cut - won[:cut].sum()) < 1 or len(set(won[cut:])) < 2:
        return Decision(False, "The newest outcomes are all alike; wait for others.")
    new = np.arange(max(cut, champion.outcomes), len(won))
    if len(new) < FEWEST_NEW and champion.outcomes:
        return Decision(
            False, f"Only {len(new)} outcomes are new since; the next try is at {FEWEST_NEW}."
        )
    found = learn.fit(design, np.arange(cut), won[:cut])
    chances = {
        "challenger": found.chances(design, new),
        "champion": np.array([champion.chance(rows[n]) for n in new.tolist()]),
        "base rate": np.full(len(new), (won[:cut].sum() + 1) / (cut + 2)),
    }
    measured: dict[str, Any] = {name: metrics.all_of(won[new], p) for name, p in chances.items()}
    ranges = metrics.intervals(won[new], chances["challenger"], chances["champion"])
    measured |= {"intervals": ranges, "held out": len(new), "mix": found.mix}
    measured["psi"] = metrics.psi(found.chances(design, slice(0, cut)), chances["challenger"])
    if ranges["auc"][1] > MODEL_LEAK and ranges["auc"][0] > LEAK_FOR_SURE:
        leaks = tuple(column_aucs(design, np.arange(len(won)), won)[:3])
        return Decision(False, too_good(ranges["auc"][1], leaks), leaks, measured)
    publish, reason = _verdict(measured, bool(champion.outcomes))
    return Decision(publish, reason, (), measured)


def held_out(outcomes: int) -> int:
    """How many of the newest outcomes are kept for judging."""
    return min(max(math.ceil(HELD_OUT * outcomes), FEWEST_HELD_OUT), outcomes // 2)


def _verdict(measured: dict[str, Any], has_model: bool) -> tuple[bool, str]:
    """Promote on a clear gain in one of Brier and AUC that costs nothing in the other."""
    new, old = measured["challenger"], measured["champion"]
    rank, order, error = (measured["intervals"][k] for k in ("auc", "auc gain", "brier gain"))
    name = "the model in use" if has_model else "the card"
    told = (
        f"AUC {new['auc']:.3f} against {old['auc']:.3f} of {name}, Brier {new['brier']:.3f} "
        f"against {old['brier']:.3f}, on {measured['held out']} newest outcomes"
    )
    if rank[0] <= 0.5 or rank[1] < USEFUL_AUC or new["brier"] >= measured["base rate"]["brier"]:
        return False, f"{NOTHING} from these columns: hardly better than the base rate ({told})."
    level = order[1] >= -AUC_SLACK and error[1] >= 0
    if level and (order[0] > 0 or error[0] > 0):
        return True, f"The learned score is better: {told}."
    if has_model:
        return False, f"The model in use stays: {told}."
    return False, f"{NOTHING} yet beyond the card: {told}."
