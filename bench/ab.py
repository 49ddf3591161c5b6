"""A/B tests: how often each rule names a false winner, and how many sends it needs for a true one.

    python -m bench.ab [--quick]

No clock is read: all numbers are counts of simulated tests with a look after every send. The
baseline of each is the fixed-n z test, computed on the same draws.
"""

import argparse
import json
import math
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from outreach.services import always_valid, thompson  # noqa: E402
from outreach.services.always_valid import Arm  # noqa: E402

RATE = 0.05
EVERY = 50  # sends between two counts by Thompson; the look is after every send
Z = 1.96
Allocate = Callable[[dict[str, Arm], float, random.Random], dict[str, float]]


def even(arms: dict[str, Arm], _around: float, _draw: random.Random) -> dict[str, float]:
    return dict.fromkeys(arms, 1 / len(arms))


def adaptive(even: float) -> Allocate:
    """Thompson's shares; the chance to be best from a normal approximation, which only shares out
    (the product draws from the Beta posterior; drawing here would take hours)."""

    def allocate(arms: dict[str, Arm], around: float, draw: random.Random) -> dict[str, float]:
        wins = dict.fromkeys(arms, 0)
        for _ in range(60):
            wins[max(arms, key=lambda label: _sample(arms[label], around, draw))] += 1
        return thompson.shares({label: hits / 60 for label, hits in wins.items()}, even)

    return allocate


def _sample(arm: Arm, around: float, draw: random.Random) -> float:
    n = thompson.PRIOR + arm.sends
    mean = (thompson.PRIOR * around + arm.answers) / n
    return draw.gauss(mean, math.sqrt(mean * (1 - mean) / n))


class Race:
    """One test: rates by label, one send after the other until `most`."""

    def __init__(self, rates: dict[str, float], allocate: Allocate, draw: random.Random) -> None:
        self.rates, self.allocate, self.draw = rates, allocate, draw
        self.arms = dict.fromkeys(rates, Arm())
        self.share = dict.fromkeys(rates, 1 / len(rates))
        self.around = RATE

    def send(self, number: int, drift: float = 0.0) -> None:
        if number % EVERY == 0:
            self.share = self.allocate(self.arms, self.around, self.draw)
        label = self.draw.choices(list(self.share), list(self.share.values()))[0]
        hit = self.draw.random() < self.rates[label] * (1 + drift)
        arm = self.arms[label]
        self.arms[label] = Arm(arm.sends + 1, arm.answers + hit)


def _z(one: Arm, other: Arm) -> float:
    total = one.sends + other.sends
    rate = (one.answers + other.answers) / total
    if not (one.sends and other.sends and 0 < rate < 1):
        return 0.0
    noise = math.sqrt(rate * (1 - rate) * (1 / one.sends + 1 / other.sends))
    return (other.rate - one.rate) / noise


def possible(arms: dict[str, Arm]) -> bool:
    """Whether any average over rates can be as large as it must be: no more than the largest
    likelihood ratio. Only saves time; the verdict after every send is the same."""
    ranked = sorted(arms.values(), key=lambda arm: arm.rate)
    one, other = ranked[-1], ranked[0]
    both = always_valid._largest(one.answers + other.answers, _missed(one) + _missed(other))
    apart = sum(always_valid._largest(arm.answers, _missed(arm)) for arm in (one, other))
    return apart - both >= always_valid.needed(len(arms))


def _missed(arm: Arm) -> float:
    return arm.sends - arm.answers


def run_one(race: Race, most: int, drift: Callable[[int], float] | None = None) -> dict[str, Any]:
    """When the always-valid rule decided and for whom; whether peeking at z would have."""
    decided, winner, peeked = 0, "", False
    for number in range(most):
        race.send(number, drift(number) if drift else 0.0)
        if number < 20:
            continue
        arms = race.arms
        peeked = peeked or (len(arms) == 2 and abs(_z(*arms.values())) > Z)
        if not winner and possible(arms):
            winner = always_valid.winner(arms, race.around)
            decided = number + 1 if winner else 0
        if winner and (peeked or len(arms) > 2):
            break
    fixed = len(race.arms) == 2 and abs(_z(*race.arms.values())) > Z
    return {"winner": winner, "at": decided, "peeked": peeked, "fixed": fixed}


def false_winners(
    tests: int, most: int, texts: int, allocate: Allocate, seed: int,
    drift: Callable[[int], float] | None = None,
) -> dict[str, float]:  # fmt: skip
    """A/A: the share of tests with a winner, by rule."""
    rates = dict.fromkeys("ABC"[:texts], RATE)
    draw = random.Random(seed)  # noqa: S311
    found = [run_one(Race(rates, allocate, draw), most, drift) for _ in range(tests)]
    shown = {"always_valid": sum(bool(one["winner"]) for one in found) / tests}
    if texts == 2:
        shown["z_at_every_look"] = sum(one["peeked"] for one in found) / tests
    return shown


def fixed_n_false(tests: int, most: int, seed: int) -> float:
    """The baseline: a z test once, at the end, with even shares."""
    draw, hits = random.Random(seed), 0  # noqa: S311
    for _ in range(tests):
        arms = [
            Arm(most // 2, sum(draw.random() < RATE for _ in range(most // 2))) for _ in range(2)
        ]
        hits += abs(_z(*arms)) > Z
    return hits / tests


def power(tests: int, most: int, better: float, allocate: Allocate, seed: int) -> dict[str, Any]:
    """A true gap: how often it is found within `most`, after how many sends, answers gained."""
    draw = random.Random(seed)  # noqa: S311
    races = [Race({"A": RATE, "B": better}, allocate, draw) for _ in range(tests)]
    found = [_race_to_end(race, most) for race in races]
    right = sorted(at for at, winner in found if winner == "B")
    planned = always_valid.sends_needed(RATE, better - RATE, 2, RATE)
    every = sorted(at if winner else most + 1 for at, winner in found)
    return {
        "found": round(len(right) / tests, 3),
        "wrong": round(sum(winner == "A" for _, winner in found) / tests, 3),
        "median_sends": every[len(every) // 2],
        "sends_for_80_percent": every[int(0.8 * len(every))],
        "planned_for_80_percent": planned,
        "to_the_better": round(sum(r.arms["B"].sends / _total(r) for r in races) / tests, 3),
    }


def _total(race: Race) -> float:
    return sum(arm.sends for arm in race.arms.values())


def _race_to_end(race: Race, most: int) -> tuple[int, str]:
    for number in range(most):
        race.send(number)
        if possible(race.arms) and (winner := always_valid.winner(race.arms, race.around)):
            return number + 1, winner
    return most, ""


def fixed_n_sends(better: float) -> int:
    """Sends of both texts for 80 % power of a z test that looks once."""
    noise = RATE * (1 - RATE) + better * (1 - better)
    return 2 * math.ceil((Z + 0.84) ** 2 * noise / (better - RATE) ** 2)


def growing(number: int) -> float:
    """A season: the rate doubles over the test while shares move."""
    return min(number / 3000, 1.0)


def run(quick: bool) -> dict[str, Any]:
    tests, most, powered = (60, 1200, 12) if quick else (600, 3000, 120)
    shares = {"even": even, "thompson": adaptive(thompson.EVEN), "thompson_10": adaptive(0.2)}
    result: dict[str, Any] = {
        "tests": tests,
        "sends": most,
        "false_winners": {
            f"{texts} texts, {name}": false_winners(tests, most, texts, allocate, 11)
            for texts, names in ((2, ("even", "thompson", "thompson_10")), (3, ("thompson",)))
            for name, allocate in ((name, shares[name]) for name in names)
        },
        "fixed_n_false_winners": fixed_n_false(tests, most, 13),
        "false_winners_in_a_season": false_winners(
            tests, most, 2, shares["thompson_10"], 17, growing
        ),
    }
    for better in (0.08, 0.10):
        rows = {name: power(powered, 12_000, better, how, 19) for name, how in shares.items()}
        base = fixed_n_sends(better)
        for row in rows.values():
            row["ratio_to_fixed_n"] = round(row["sends_for_80_percent"] / base, 2)
        result[f"{RATE:.0%} against {better:.0%}"] = {"fixed_n_sends": base, **rows}
    return result


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    print(json.dumps(run(parser.parse_args().quick), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
