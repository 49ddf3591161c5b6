"""Who gets which text while a test runs: each as often as it looks like the best one.

Thompson sampling (W. R. Thompson, Biometrika 1933) on a Beta posterior, with a floor for each text
so that the test can end. Only for sharing out and for display: who wins is decided by
always_valid.
"""

import hashlib
import random
from collections.abc import Mapping

from outreach.services.always_valid import USUAL_RATE, Arm

DRAWS = 1_000
EVEN = 0.6  # of the people are shared out evenly; less makes the test last longer (bench/ab.py)
PRIOR = 16.0  # sends that the usual rate is worth before the first answer


def chances(
    arms: Mapping[str, Arm], seed: str = "", around: float = USUAL_RATE
) -> dict[str, float]:
    """How likely each text is the best; the same for the same input."""
    draw = random.Random(f"{seed}:{sorted(arms.items())}")  # noqa: S311  no secret
    wins = dict.fromkeys(arms, 0)
    for _ in range(DRAWS):
        wins[max(arms, key=lambda label: _sample(draw, arms[label], around))] += 1
    return {label: wins[label] / DRAWS for label in arms}


def _sample(draw: random.Random, arm: Arm, around: float) -> float:
    missed = arm.sends - arm.answers
    return draw.betavariate(PRIOR * around + arm.answers, PRIOR * (1 - around) + missed)


def shares(best: Mapping[str, float], even: float = EVEN) -> dict[str, float]:
    """The part of the people each text gets: `even` in equal parts, the rest by its chance."""
    return {label: even / len(best) + (1 - even) * chance for label, chance in best.items()}


def choose(share: Mapping[str, float], key: str) -> str:
    """A label by its share, always the same for the same key."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:6]) / 2**48
    total = sum(share.values())
    for label in sorted(share):
        number -= share[label] / total
        if number < 0:
            return label
    return max(share)
