"""Which text is answered more often, decided so that one may look after every single send.

The evidence that two texts differ is a ratio M(p, q) = N / (likelihood of the data at p and q),
where N averages the likelihood over a fixed grid of rates. Whatever the true p and q are, M(p, q)
is a martingale that starts at 1, and it stays one under ANY way of choosing who gets which text
next as long as the choice looks only at the past (Thompson sampling does). By Ville's inequality
it ever reaches 20 with probability 1/20 at most. `evidence` takes the smallest ratio over all
p = q, so it is never above M at the truth: a wrong winner comes up in 5 % of tests at most,
however often one looks. No normal approximation is in it.

Sources: J. Ville 1939; H. Robbins, Ann. Math. Stat. 1970 (mixtures); E. Kaufmann and W. Koolen,
Mixture martingales revisited, JMLR 2021 (arms sampled adaptively); L. Wasserman, A. Ramdas and
S. Balakrishnan, Universal inference, PNAS 2020 (the largest likelihood of the null below).

It rests on each text having one answer rate during the test and on outcomes counted at a fixed age
(services.experiments.SETTLE), so that whether a send counts never depends on its answer.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

ALPHA = 0.05
USUAL_RATE = 0.06  # of cold messages; where the grid is centred when nothing is known
WIDTH = 0.7  # standard deviation of the grid's base rate on the logit scale
SHIFTS = (-1.6, -0.8, -0.4, 0.4, 0.8, 1.6)  # on the logit scale: 5 % against 7.3 % is 0.4
BASES = 25
LATE = 0.84  # z of 80 %
MOST = 200_000  # more sends than that: no answer


@dataclass(frozen=True)
class Arm:
    """Settled sends of one text. Fractions are allowed, for planning."""

    sends: float = 0
    answers: float = 0

    @property
    def rate(self) -> float:
        return self.answers / self.sends if self.sends else 0.0


@cache
def _grid(around: float) -> tuple[tuple[float, float, float, float, float], ...]:
    """(log weight, log p, log 1-p, log q, log 1-q) for each pair of rates."""
    centre = math.log(around / (1 - around))
    steps = [(2 * i / (BASES - 1) - 1) * 2.5 for i in range(BASES)]
    total = sum(math.exp(-step * step / 2) for step in steps)
    rows = []
    for step in steps:
        weight = -step * step / 2 - math.log(total * len(SHIFTS))
        for shift in SHIFTS:
            base = centre + WIDTH * step
            rows.append((weight, *_logs(base - shift / 2), *_logs(base + shift / 2)))
    return tuple(rows)


def _logs(logit: float) -> tuple[float, float]:
    return -math.log1p(math.exp(-logit)), -math.log1p(math.exp(logit))


def evidence(one: Arm, other: Arm, around: float = USUAL_RATE) -> float:
    """log of the evidence that their rates differ; 3.0 (= log 20) decides between two texts.

    `around`: a rate fixed before the test began. It moves how soon, never how often wrongly.
    """
    misses, other_misses = one.sends - one.answers, other.sends - other.answers
    terms = [
        weight + one.answers * p + misses * np_ + other.answers * q + other_misses * nq
        for weight, p, np_, q, nq in _grid(around)
    ]
    top = max(terms)
    mixed = top + math.log(sum(math.exp(term - top) for term in terms))
    return mixed - _largest(one.answers + other.answers, misses + other_misses)


def _largest(answers: float, misses: float) -> float:
    """log likelihood at the pooled rate: the best that "no difference" can do."""
    total = answers + misses
    return sum(part * math.log(part / total) for part in (answers, misses) if part > 0)


def needed(texts: int) -> float:
    """What `evidence` has to reach. A wrong winner needs one of texts - 1 ratios to be that large
    (the pairs with a best text), so the error is shared between them."""
    return math.log((texts - 1) / ALPHA)


def winner(arms: Mapping[str, Arm], around: float = USUAL_RATE) -> str:
    """The text that is shown to be answered more often than every other one; "" for none yet."""
    ranked = sorted(arms, key=lambda label: arms[label].rate, reverse=True)
    if len(ranked) < 2:
        return ""
    best, bar = ranked[0], needed(len(arms))
    beaten = (
        arms[best].rate > arms[label].rate and evidence(arms[best], arms[label], around) >= bar
        for label in ranked[1:]
    )
    return best if all(beaten) else ""


def interval(arm: Arm, texts: int = 1, around: float = USUAL_RATE) -> tuple[float, float]:
    """Where the true rate lies, for all looks at all texts together with 95 %.

    The rates that a Beta mixture's ratio (weight 16 around `around`) does not rule out.
    """
    a, b = 16 * around, 16 * (1 - around)
    hits, misses = arm.answers, arm.sends - arm.answers
    mixed = _log_beta(a + hits, b + misses) - _log_beta(a, b)
    floor = mixed - math.log(texts / ALPHA)

    def inside(rate: float) -> bool:
        return hits * math.log(rate) + misses * math.log1p(-rate) >= floor

    middle = min(max(arm.rate, 1e-6), 1 - 1e-6)
    return _edge(inside, middle, 1e-9), _edge(inside, middle, 1 - 1e-9)


def _edge(inside: Callable[[float], bool], good: float, bad: float) -> float:
    """Bisection; the likelihood falls on both sides of its top."""
    if inside(bad):
        return round(bad)
    for _ in range(40):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if inside(middle) else (good, middle)
    return good


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def sends_needed(rate: float, gap: float, texts: int = 2, around: float = USUAL_RATE) -> int:
    """Sends of all texts together until a gap of `gap` above `rate` shows, in 4 of 5 tests."""
    if not _shows(MOST, rate, gap, texts, around):
        return MOST * texts
    low, high = 1, MOST
    while high - low > max(1, low // 100):
        middle = (low + high) // 2
        low, high = (low, middle) if _shows(middle, rate, gap, texts, around) else (middle, high)
    return high * texts


def _shows(sends: int, rate: float, gap: float, texts: int, around: float) -> bool:
    """Whether so many sends of each show it even when the luck is as bad as in one test of 5."""
    high = min(rate + gap, 0.999)
    noise = math.sqrt((rate * (1 - rate) + high * (1 - high)) / sends)
    seen = high - rate - LATE * noise
    if seen <= 0:
        return False
    middle = (rate + high) / 2
    low_arm = Arm(sends, sends * max(middle - seen / 2, 0.0))
    high_arm = Arm(sends, sends * min(middle + seen / 2, 1.0))
    return evidence(high_arm, low_arm, around) >= needed(texts)


def smallest_gap(
    sends: int, rate: float, texts: int = 2, around: float = USUAL_RATE, most: float = 0.6
) -> float | None:
    """The smallest gap, in steps of a point, that so many sends can show; None over `most`."""
    each = sends // texts
    for points in range(1, round(most * 100) + 1):
        if each and _shows(each, rate, points / 100, texts, around):
            return points / 100
    return None


def pooled(arms: Sequence[Arm], around: float = USUAL_RATE, weight: float = 20) -> float:
    """The rate over all texts, pulled to `around` as if by `weight` sends, within 0.5 and 90 %."""
    answers = sum(arm.answers for arm in arms) + weight * around
    return min(max(answers / (sum(arm.sends for arm in arms) + weight), 0.005), 0.9)
