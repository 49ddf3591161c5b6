"""The forecast: time and memory of 500 deals played 10,000 times, and how often the band holds.

The baseline of the same run plays the same deals once each in plain Python. The real pipeline of
`--data FILE` (CSV with engage_date, close_date, deal_stage, close_value; not part of this
repository) is foreseen month by month with what was known then.
"""

import argparse
import csv
import math
import random
import resource
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from analytics.counts import accuracy, forecast  # noqa: E402
from analytics.counts.forecast import STAGES, Closed, Running, simulate  # noqa: E402

TODAY = date(2026, 11, 21)
TRUTH = {"open": 0.25, "proposal": 0.45, "negotiation": 0.7}
NORMAL = NormalDist()


def run(quick: bool) -> dict[str, Any]:
    print("== forecast, 500 deals x 10,000")
    result = {**speed(), **calibration(60 if quick else 400)}
    print(
        f"  {result['ms']:.0f} ms of CPU, {result['ratio']:.0f} times playing each deal once; "
        f"{result['numpy_mb']:.0f} MB for numpy, {result['peak_mb']:.0f} MB more while it plays; "
        f"band of 80 % held in {result['coverage']:.1%} of {result['companies']} companies with "
        f"the shock, {result['coverage_without']:.1%} if the shock is left out of the forecast",
        flush=True,
    )
    return result


def speed() -> dict[str, float]:
    rng = random.Random(1)
    deals = [_deal(rng, n) for n in range(500)]
    history = [_ended(rng, n) for n in range(2000)]
    before = _rss()
    import numpy  # noqa: F401

    loaded = _rss()
    simulate(deals[:1], history, TODAY)
    times = []
    for _ in range(5):
        start = time.process_time()
        simulate(deals, history, TODAY)
        times.append(time.process_time() - start)
    start = time.process_time()
    for deal in deals:
        assert rng.random() / forecast.PRIOR[deal.stage] >= 0
    once = time.process_time() - start
    return {
        "ms": 1000 * min(times),
        "ratio": min(times) / once,
        "numpy_mb": loaded - before,
        "peak_mb": _rss() - loaded,
    }


def _rss() -> float:
    """Highest memory of the process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _deal(rng: random.Random, pk: int) -> Running:
    day = rng.choice([None, TODAY + timedelta(days=rng.randrange(-20, 120))])
    since = TODAY - timedelta(days=rng.randrange(90))
    return Running(pk, rng.choice(STAGES), rng.uniform(500, 20_000), since, day)


def _ended(rng: random.Random, ago: int) -> Closed:
    closed = TODAY - timedelta(days=ago % 700)
    stage = rng.choice(STAGES)
    return Closed(rng.random() < TRUTH[stage], closed, {stage: closed - timedelta(days=30)})


def calibration(companies: int) -> dict[str, float]:
    """Companies with 144 ended and 60 open deals; months share a shock in their truth."""
    rng = random.Random(7)
    held = [_company(rng) for _ in range(companies)]
    return {
        "companies": companies,
        "coverage": sum(one for one, _ in held) / companies,
        "coverage_without": sum(one for _, one in held) / companies,
    }


def _wins(rng: random.Random, stage: str, z: float) -> bool:
    latent = math.sqrt(forecast.SHOCK) * z + math.sqrt(1 - forecast.SHOCK) * rng.gauss(0, 1)
    return latent < NORMAL.inv_cdf(TRUTH[stage])


def _company(rng: random.Random) -> tuple[bool, bool]:
    history = []
    for month in range(12):
        z, closed = rng.gauss(0, 1), TODAY - timedelta(days=30 * month)
        for _ in range(12):
            stage, took = rng.choice(STAGES), int(rng.expovariate(1 / 40))
            entered = {stage: closed - timedelta(days=took)}
            history.append(Closed(_wins(rng, stage, z), closed, entered))
    deals = [Running(n, rng.choice(STAGES), rng.uniform(500, 5000), TODAY) for n in range(60)]
    z, actual, end = rng.gauss(0, 1), 0.0, date(2026, 12, 31)
    for deal in deals:
        closed = TODAY + timedelta(days=int(rng.expovariate(1 / 40)))
        actual += deal.value * (_wins(rng, deal.stage, z) and closed <= end)
    found = []
    for shock in (forecast.SHOCK, 0.0):
        band = simulate(deals, history, TODAY, draws=2000, shock=shock).quarters[0]
        found.append(band.low <= actual <= band.high)
    return found[0], found[1]


def backtest(path: Path) -> dict[str, Any]:
    """Each month's sum of deals known on its first day, foreseen that day; and last month's."""
    rows = [_row(line) for line in csv.DictReader(path.open(encoding="utf-8-sig"))]
    rows = [row for row in rows if row]
    last = max(closed for _, closed, _, _ in rows)
    first = min(opened for opened, _, _, _ in rows)
    settled = []
    month = forecast.months_back(first, -6)
    while forecast.months_back(month, -1) <= last:
        settled.append(_foreseen(rows, month))
        month = forecast.months_back(month, -1)
    found = accuracy.judge(settled)
    return {
        "months": found.months,
        "coverage": found.coverage,
        "gain": found.gain,
        "loss": found.loss,
        "naive": found.naive,
        "rows": [[round(x) for x in (s.low, s.middle, s.high, s.naive, s.actual)] for s in settled],
    }


def _row(line: dict[str, str]) -> tuple[date, date, bool, float] | None:
    if line["deal_stage"] not in ("Won", "Lost") or not line["engage_date"]:
        return None
    opened, closed = (
        datetime.strptime(line[name], "%d-%m-%y").date()  # noqa: DTZ007
        for name in ("engage_date", "close_date")
    )
    return opened, closed, line["deal_stage"] == "Won", float(line["close_value"] or 0)


def _foreseen(rows: list[Any], today: date) -> accuracy.Settled:
    """Open deals take the mean value of won ones: what a lost deal was worth is not in the data."""
    end = forecast.month_ends(today, 1)[0]
    history = [Closed(won, closed, {"open": o}) for o, closed, won, _ in rows if closed < today]
    values = [value for _, closed, won, value in rows if won and closed < today]
    mean = sum(values) / len(values)
    running = [
        Running(n, "open", value if won else mean, opened)
        for n, (opened, closed, won, value) in enumerate(rows)
        if opened < today <= closed
    ]
    period = simulate(running, history, today, draws=2000).months[0]
    actual = sum(v for o, c, won, v in rows if won and today <= c <= end and o < today)
    start, before = forecast.last_month(today)
    naive = sum(v for o, c, won, v in rows if won and start <= c <= before and o < start)
    return accuracy.Settled(period.low, period.middle, period.high, naive, actual)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    print(backtest(options.data) if options.data else run(options.quick))
