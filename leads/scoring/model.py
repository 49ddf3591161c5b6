"""A learned score as JSON, read in pure Python: the number, its reasons, how sure it is.

The logit of winning is a + sum(c_r * R_r) + sum(d_j * f_j): R_r is what rule r of the card gives,
in logits (points / points_per_logit), f_j the features of the row. Trees, where they help, are
mixed in by weight. Calibration follows, and points are
points_at_base + points_per_logit * (logit - logit(base_rate)), between 0 and 100.
Without outcomes the score is exactly the card's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from leads.scoring import calibrate, trees, values, words
from leads.scoring import card as cards
from leads.scoring.card import Card, rule_points, rule_text, score_values
from leads.scoring.features import Encoder, Row, Sparse
from leads.scoring.metrics import logistic, logit

FORMAT = 1
RULES = "rules"
STARTS = "Every lead starts with"
LEARNED = 0.5  # share of what tells leads apart from which it is "learned", not "blended"
SURE = 1.645  # standard deviations on either side of a 90 % interval


@dataclass(frozen=True)
class Reading:
    """One lead's score. `reasons` are (words, whole points) and sum to `number`, 0 to 100.

    `chance` of winning, 0 to 1; with the card alone it rests on the base rate the card assumes.
    """

    number: int
    reasons: tuple[tuple[str, int], ...]
    state: str
    chance: float


@dataclass(frozen=True)
class Model:
    """All of it is JSON. `weights` and `means` have one entry a feature of the encoder.

    `rules` are the factors c_r of the card's rules, `forest` the trees, `mix` their weight (0 to
    1), `covariance` the lower triangle of the parameters' posterior, row by row, for
    [1, card's logit, rules less `rule_means`, features less `means`].
    """

    card: Card
    encoder: Encoder
    intercept: float
    rules: tuple[float, ...]
    weights: tuple[float, ...]
    means: tuple[float, ...] = ()
    rule_means: tuple[float, ...] = ()
    forest: Mapping[str, Any] | None = None
    mix: float = 0.0
    calibration: Mapping[str, Any] = field(default_factory=lambda: calibrate.IDENTITY)
    outcomes: int = 0
    wins: int = 0
    learned_share: float = 0.0
    covariance: tuple[float, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def state(self) -> str:
        if not self.outcomes:
            return RULES
        how = "learned" if self.learned_share >= LEARNED else "blended"
        return f"{how} from {self.outcomes} outcomes"

    def with_card(self, card: Card) -> "Model":
        """The same with the owner's newer card: rules it knew keep their factors, new ones count
        as written. The weights' posterior goes when the rules are others."""
        if card == self.card:
            return self
        known = [_rule_key(rule) for rule in self.card["rules"]]
        wanted = [_rule_key(rule) for rule in card["rules"]]
        factors = dict(zip(known, self.rules, strict=True))
        rules = tuple(factors.get(key, 1.0) for key in wanted)
        covariance = self.covariance if known == wanted else ()
        return replace(self, card=card, rules=rules, covariance=covariance)

    def logit(self, row: Row) -> float:
        """The calibrated logit of one row."""
        return calibrate.apply(self.calibration, self._raw(row))

    def chance(self, row: Row) -> float:
        return logistic(self.logit(row))

    def points(self, at: float) -> float:
        """Points of a logit on the card's scale, neither rounded nor held to 0 to 100."""
        base = logit(base_rate(self.card))
        return float(self.card["points_at_base"]) + per_logit(self.card) * (at - base)

    def read(self, row: Row, labels: Mapping[str, str] | None = None) -> Reading:
        """Score one row; `labels` are column names in the owner's words."""
        if not self.outcomes:
            score = score_values(row, self.card, cards.number(row.get("engagement")) or 0.0)
            return Reading(score.number, score.reasons, RULES, self.chance(row))
        parts = self._parts(row, labels or {})
        raw = self._centre + sum(part for _, part in parts)
        start, end = (calibrate.apply(self.calibration, z) for z in (self._centre, raw))
        moved = raw - self._centre
        scale = per_logit(self.card) * ((end - start) / moved if abs(moved) > 1e-9 else 1.0)
        lines = [(text, scale * part) for text, part in parts]
        number, reasons = words.whole([(STARTS, self.points(start)), *lines])
        return Reading(number, reasons, self.state, logistic(end))

    @property
    def start(self) -> float:
        """Points of the usual lead, before its reasons."""
        return self.points(calibrate.apply(self.calibration, self._centre))

    def interval(self, row: Row, sure: float = SURE) -> tuple[int, int] | None:
        """The 90 % interval of the number, as whole points; None for the card alone.

        `sure`: standard deviations on either side. From the posterior of the weights (Laplace),
        and from how far line and trees disagree.
        """
        if not self.outcomes or not self.covariance:
            return None
        sparse, rules = self.encoder.encode(row), rule_logits(self.card, row)
        raw = self._raw(row)
        spread = self._variance(sparse, rules)
        if self.forest:
            apart = self._line(sparse, rules) - self._trees(sparse, rules)
            spread = (1 - self.mix) ** 2 * spread + self.mix * (1 - self.mix) * apart**2
        reach = sure * spread**0.5
        ends = [calibrate.apply(self.calibration, raw + side * reach) for side in (-1, 1)]
        low, high = (max(0, min(100, round(self.points(end)))) for end in ends)
        return low, high

    def _raw(self, row: Row) -> float:
        sparse, rules = self.encoder.encode(row), rule_logits(self.card, row)
        line = self._line(sparse, rules)
        if not self.forest:
            return line
        return (1 - self.mix) * line + self.mix * self._trees(sparse, rules)

    def _line(self, sparse: Sparse, rules: list[float]) -> float:
        given = sum(factor * rule for factor, rule in zip(self.rules, rules, strict=True))
        return self.intercept + given + sum(self.weights[at] * value for at, value in sparse)

    def _trees(self, sparse: Sparse, rules: list[float]) -> float:
        forest = self.forest or {}
        parts = trees.walk(forest, self._tree_row(sparse, rules))
        return float(forest["base"]) + sum(parts.values())

    def _tree_row(self, sparse: Sparse, rules: list[float]) -> dict[int, float]:
        return {**dict(sparse), self.encoder.size: sum(rules)}

    @cached_property
    def _centre(self) -> float:
        """The logit of the usual lead: no rule matched, every column as on average."""
        line = self.intercept + sum(self._column_centres)
        if not self.forest:
            return line
        return (1 - self.mix) * line + self.mix * float(self.forest["base"])

    @cached_property
    def _column_centres(self) -> list[float]:
        return self._by_column([(at, mean) for at, mean in enumerate(self.means)])

    @cached_property
    def _column_at(self) -> list[int]:
        return self.encoder.column_at()

    def _by_column(self, sparse: Sparse) -> list[float]:
        sums = [0.0] * len(self.encoder.columns)
        for at, value in sparse:
            sums[self._column_at[at]] += self.weights[at] * value
        return sums

    def _parts(self, row: Row, labels: Mapping[str, str]) -> list[tuple[str, float]]:
        """(words, logits before calibration) of the rules that matched and of every column."""
        sparse, rules = self.encoder.encode(row), rule_logits(self.card, row)
        line = 1 - self.mix if self.forest else 1.0
        matched = zip(self.card["rules"], self.rules, rules, strict=True)
        parts = [(rule_text(rule), line * factor * at) for rule, factor, at in matched if at]
        columns = self._by_column(sparse)
        gains = [
            line * (mine - usual) for mine, usual in zip(columns, self._column_centres, strict=True)
        ]
        if self.forest:
            for at, gain in trees.walk(self.forest, self._tree_row(sparse, rules)).items():
                if at < self.encoder.size:
                    gains[self._column_at[at]] += self.mix * gain
                else:
                    parts.append(("The card's points together", self.mix * gain))
        for column, gain in zip(self.encoder.columns, gains, strict=True):
            label = labels.get(column.name)
            parts.append((words.of_column(column, row.get(column.name), label), gain))
        return parts

    def _variance(self, sparse: Sparse, rules: list[float]) -> float:
        centred = [-mean for mean in self.means]
        for at, value in sparse:
            centred[at] += value
        own = [rule - mean for rule, mean in zip(rules, self.rule_means, strict=True)]
        x = [1.0, logit(base_rate(self.card)) + sum(rules), *own, *centred]
        total, at = 0.0, 0
        for n, value in enumerate(x):
            row = self.covariance[at : at + n + 1]
            inner = sum(c * other for c, other in zip(row, x, strict=False))
            total += value * (2 * inner - row[n] * value)
            at += n + 1
        return max(total, 0.0)

    def to_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in _PLAIN}
        lists = {name: list(getattr(self, name)) for name in _LISTS}
        return {"format": FORMAT, "encoder": self.encoder.to_json(), **plain, **lists}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Model":
        """Raises ValueError when `data` is no model of this format."""
        if data.get("format") != FORMAT:
            raise ValueError("This is not a score model of a format this version can read.")
        try:
            plain: dict[str, Any] = {name: data[name] for name in _PLAIN}
            lists: dict[str, Any] = {name: tuple(data[name]) for name in _LISTS}
            encoder = Encoder.from_json(data["encoder"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"The score model lacks a part: {error}.") from error
        if len(lists["weights"]) != encoder.size or len(lists["means"]) != encoder.size:
            raise ValueError("The score model's weights do not fit its columns.")
        return cls(encoder=encoder, **plain, **lists)


_PLAIN = (
    *("card", "intercept", "forest", "mix", "calibration"),
    *("outcomes", "wins", "learned_share", "metrics"),
)
_LISTS = ("rules", "weights", "means", "rule_means", "covariance")


def from_card(card: Card) -> Model:
    """The model of no outcomes: the card and nothing else."""
    rules = tuple(1.0 for _ in card["rules"])
    return Model(card, Encoder(), logit(base_rate(card)), rules, ())


def _rule_key(rule: Mapping[str, Any]) -> str:
    """What a rule looks at, without its points and words."""
    return repr([rule.get(key) for key in ("column", "op", "value", "unit")])


def base_rate(card: Card) -> float:
    return float(card.get("base_rate") or 0.2)


def per_logit(card: Card) -> float:
    return float(card.get("points_per_logit") or 15)


def rule_logits(card: Card, row: Row) -> list[float]:
    """What each rule gives, in logits, neither rounded nor clamped.

    Cells are read as the model reads them: "Select" is missing, "1,200" is a number.
    """
    return [rule_points(rule, cell_for(rule, row)) / per_logit(card) for rule in card["rules"]]


def cell_for(rule: Mapping[str, Any], row: Row) -> dict[str, object]:
    """The one cell a rule looks at, in the form the rule's comparison can use."""
    name = str(rule["column"])
    cell = row.get(name)
    if rule["op"] == "missing" and values.missing(cell):
        cell = None
    elif rule["op"] in ("at_least", "per_unit") and isinstance(cell, str):
        cell = values.number(cell)
    return {name: cell}
