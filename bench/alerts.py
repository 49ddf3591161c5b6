"""How often noise alone raises an alert, and how soon a real change does.

Invented workspaces with a rhythm of the week: pure Poisson noise, and noise that jumps more than
that. The six numbers and their sides are those of analytics.services.surprises. Baseline of the
same run: the rule "40 percent from the mean of the same weekday", without any statistics.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analytics.counts import surprise  # noqa: E402
from analytics.counts.surprise import Day  # noqa: E402

WEEK = (1.0, 1.2, 1.1, 1.1, 0.9, 0.1, 0.05)
# mean a working day -> (drops looked at, spikes looked at); messages sent stand behind the last two
QUIET = {
    "replies": (3.0, True), "delivered": (25.0, True), "meetings": (0.6, True),
    "enquiries": (0.4, True), "optouts": (0.2, False), "bounced": (0.4, False),
}  # fmt: skip
BUSY = {name: (mean * 12, drops) for name, (mean, drops) in QUIET.items()}
BACK, MONTH = 63, 30
JUMPS = 0.3  # share of a variance of mean + share x mean x mean: a spread of 55 percent


def run(quick: bool) -> dict[str, Any]:
    print("== alerts from noise, and from real changes")
    months = 12 if quick else 100
    result: dict[str, Any] = {"months": months}
    for size, means in (("quiet", QUIET), ("busy", BUSY)):
        for name, jumps in (("noise", 0.0), ("jumpy", JUMPS)):
            dice = random.Random(7)
            result[f"{size} {name}"] = _alarms(dice, means, jumps, months)
    result["found"] = _power(40 if quick else 300)
    _say(result)
    return result


def _alarms(
    dice: random.Random, means: dict[str, tuple[float, bool]], jumps: float, months: int
) -> dict[str, float]:
    ours = naive = 0
    for mean, drops in means.values():
        noise = [_draw(dice, mean * WEEK[n % 7], jumps) for n in range(BACK + MONTH * months)]
        for day in range(BACK, len(noise)):
            weeks = _weeks(noise, day)
            spread = surprise.jumpiness(weeks)
            today, usual = Day(noise[day]), sum(d.count for d in weeks[0]) / len(weeks[0])
            up = surprise.spike(today, weeks[0], jumps=spread)
            down = surprise.drop(today, weeks[0], jumps=spread) if drops else None
            ours += (up is not None and up.spikes()) + (down is not None and down.drops())
            naive += today.count > usual * 1.4 or (drops and today.count < usual * 0.6)
    return {"a month": round(ours / months, 3), "naive": round(naive / months, 1)}


def _weeks(noise: Sequence[int], day: int) -> list[list[Day]]:
    return [[Day(noise[day - back - 7 * n]) for n in range(1, 9)] for back in range(7)]


def _draw(dice: random.Random, mean: float, jumps: float) -> int:
    if jumps and mean:
        mean = dice.gammavariate(1 / jumps, mean * jumps)
    if mean > 50:
        return max(0, round(dice.gauss(mean, mean**0.5)))
    found, left = 0, dice.expovariate(1)
    while left < mean:
        found, left = found + 1, left + dice.expovariate(1)
    return found


def _power(cases: int) -> dict[str, float]:
    """Share of days on which a change is seen, of Poisson noise with that mean."""
    found = {}
    for mean, factor in ((3, 0), (10, 0), (10, 0.4), (30, 0.5), (1, 6), (3, 4), (10, 2.5)):
        dice, seen = random.Random(9), 0
        for _ in range(cases):
            weeks = [[Day(_draw(dice, mean, 0)) for _ in range(8)] for _ in range(5)]
            spread = surprise.jumpiness(weeks)
            today = Day(_draw(dice, mean * factor, 0))
            if factor < 1:
                down = surprise.drop(today, weeks[0], jumps=spread)
                seen += down is not None and down.drops()
            else:
                up = surprise.spike(today, weeks[0], jumps=spread)
                seen += up is not None and up.spikes()
        found[f"{mean} a day to {mean * factor:g}"] = round(seen / cases, 2)
    return found


def _say(result: dict[str, Any]) -> None:
    for name, one in result.items():
        if isinstance(one, dict) and "a month" in one:
            print(f"  {name}: {one['a month']} alerts a month; 40 percent rule {one['naive']}")
    seen = ", ".join(f"{name}: {share:.0%}" for name, share in result["found"].items())
    print(f"  seen on the first day: {seen}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    run(parser.parse_args().quick)
