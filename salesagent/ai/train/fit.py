"""Fit the heads: one linear machine for each question, calibrated on replies of unseen authors."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from salesagent.ai import features
from salesagent.ai.rules import signs
from salesagent.ai.train.corpus import Row
from salesagent.ai.train.matrix import Matrix

FOLDS = 5
STRENGTH = 0.3  # C of the machines; tried 0.1 to 1 (docs/understanding.md)
POINTLESS = 0.34  # below which rightness an answer is not worth giving


class Machine:
    """One fitted question: weights of places and of the encoder's numbers."""

    def __init__(self, classes: list[str], weights: Any, bias: Any) -> None:
        self.classes, self.weights, self.bias = classes, weights, bias

    def scores(self, data: Any) -> Any:
        return np.asarray(data @ self.weights.T) + self.bias


def joined(data: Matrix, blocks: Sequence[str], meaning: bool) -> Any:
    parts = [
        data.blocks[:, features.start_of(name) : features.start_of(name) + features.BLOCKS[name]]
        for name in blocks
    ]
    if meaning:
        parts.append(sp.csr_matrix(data.views * features.MEANING))
    return sp.hstack(parts).tocsr()


def machine(table: Any, answers: Any, weights: Any) -> Machine:
    """A linear support vector machine, rare classes weighing more (root of the ratio)."""
    counts = Counter(answers)
    balance = {one: (len(answers) / len(counts) / n) ** 0.5 for one, n in counts.items()}
    made = LinearSVC(C=STRENGTH, class_weight=balance, random_state=0)
    made.fit(table, answers, sample_weight=weights)
    if len(made.classes_) == 2:  # one row for two classes: make it two
        return Machine(
            list(made.classes_),
            np.vstack([-made.coef_, made.coef_]),
            np.concatenate([-made.intercept_, made.intercept_]),
        )
    return Machine(list(made.classes_), made.coef_.astype(np.float32), made.intercept_)


def without_view(table: Any, english: Any) -> Any:
    """English rows once more without the encoder's numbers: heads must also do without."""
    places = table.shape[1] - 384
    empty = sp.csr_matrix((len(english), 384), dtype=table.dtype)
    return sp.hstack([table[english][:, :places], empty]).tocsr()


def label_machine(table: Any, answers: Any, weights: Any, english: Any) -> Machine:
    everything = sp.vstack([table, without_view(table, english)]).tocsr()
    return machine(
        everything,
        np.concatenate([answers, answers[english]]),
        np.concatenate([weights, weights[english] * 0.5]),
    )


def unseen(rows: Sequence[Row], fit: Any) -> Any:
    """Scores of each row by a machine that saw nothing of its author. `fit(train) -> Machine`."""
    groups = np.array([row.author for row in rows])
    found: Any = None
    for train, test in GroupKFold(FOLDS).split(groups, groups, groups):
        scores = fit(train, test)
        found = np.zeros((len(rows), scores.shape[1])) if found is None else found
        found[test] = scores
    return found


def calibrated(
    scores: Any, answers: Any, rows: Sequence[Row], classes: list[str]
) -> dict[str, Any]:
    """Scores and the rules' signs to probabilities, and what the numbers allow to do."""
    table = np.hstack([scores, np.array([signs(row.text) for row in rows])])
    made = LogisticRegression(C=1.0, max_iter=2000).fit(table, answers)
    order = [list(made.classes_).index(one) for one in classes]
    chances = made.predict_proba(table)[:, order]
    told = {
        "weights": made.coef_[order].round(5).tolist(),
        "bias": made.intercept_[order].round(5).tolist(),
        "further": further(scores, rows, classes),
    }
    return told | thresholds(chances, answers, classes)


def further(scores: Any, rows: Sequence[Row], classes: list[str]) -> list[list[float]]:
    """For each class slope and offset of the chance that it is meant at all."""
    found = []
    for index, one in enumerate(classes):
        meant = np.array([one in row.labels for row in rows])
        made = LogisticRegression(C=10.0).fit(scores[:, [index]], meant)
        found.append([round(float(made.coef_[0, 0]), 5), round(float(made.intercept_[0]), 5)])
    return found


def thresholds(chances: Any, answers: Any, classes: list[str]) -> dict[str, float]:
    right = np.array(classes)[chances.argmax(axis=1)] == answers
    return {"abstain": _pointless(chances.max(axis=1), right)}


def _pointless(top: Any, right: Any) -> float:
    """Up to which chance an answer is more often wrong than worth it."""
    for edge in np.arange(0.6, 0.1, -0.02):
        near = (top > edge - 0.06) & (top <= edge)
        if near.sum() >= 20 and right[near].mean() <= POINTLESS:
            return round(float(edge), 2)
    return 0.2
