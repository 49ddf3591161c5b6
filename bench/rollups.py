"""Roll-ups: a day of 20,000 events, everything anew, and what the pages ask.

Times are CPU. The selectors stand beside one indexed query of the same run, as the lead list asks
it: fifty leads of one person by score. `python -m bench.rollups [--quick]`.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import crash  # noqa: E402

DAY_OF = 20_000  # events
ROUNDS, WARM_UP = 60, 5
GOALS = {"day s": 10.0}


def run(quick: bool) -> dict[str, Any]:
    leads, events = (5_000, 50_000) if quick else (100_000, 1_000_000)
    print(f"== roll-ups, {leads:,} leads, {events:,} events")
    with tempfile.TemporaryDirectory(prefix="salesagent-bench-") as name:
        env = crash.environment(Path(name))
        fill = ["bench_data", "--leads", str(leads), "--events", str(events)]
        for command in (["migrate", "-v0"], fill):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
        result = {"leads": leads, "events": events}
        for part in ("rebuild", "day", "pages"):  # what one took of memory is not the next one's
            result |= _child(part, env)
    _show(result)
    return result


def _child(part: str, env: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.rollups", "--child", part],
        cwd=ROOT,
        env=env,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _show(result: dict[str, Any]) -> None:
    print(
        f"  everything {result['rebuild_s']:.1f} CPU s, {result['rebuild_mb']:.0f} MB more; "
        f"a day of {DAY_OF:,} events {result['day_s']:.1f} (goal {GOALS['day s']:.0f}), "
        f"{result['day_mb']:.0f} MB more; nothing new {result['idle_s']:.2f}; "
        f"ten new events {result['few_s']:.2f}; {result['rows']}"
    )
    for name, page in result["selectors"].items():
        print(f"  {name:24} {page['ms']:6.2f} ms  {page['ratio']:5.1f} x one query")
    sys.stdout.flush()


def rebuild() -> dict[str, Any]:
    from analytics.models import DailyStat, DaySet, LeadFact
    from analytics.services import rollup

    before = _rss()
    spent = _cpu(rollup.rebuild)
    rows = {model.__name__: model.objects.count() for model in (LeadFact, DailyStat, DaySet)}
    return {"rebuild_s": spent, "rebuild_mb": _rss() - before, "rows": rows}


def day() -> dict[str, Any]:
    """A busy day comes in at once; then nothing, then ten events."""
    from analytics.services import rollup

    rollup.settle(600)
    _events(DAY_OF)
    before = _rss()
    found: dict[str, Any] = {"day_s": _cpu(lambda: rollup.settle(600))}
    found["day_mb"] = _rss() - before
    _age()
    rollup.settle(600)
    found["idle_s"] = _cpu(lambda: rollup.settle(600))
    _events(10)
    found["few_s"] = _cpu(lambda: rollup.settle(600))
    return found


def _events(count: int) -> None:
    from django.utils import timezone

    from leads.models import Lead, ThreadEvent
    from salesagent.lib import bulk
    from salesagent.management.commands.bench_data import KINDS

    rng, now = random.Random(11), timezone.now()
    ids = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
    rows = []
    for number in range(count):
        kind, channel, direction = KINDS[number % 5]
        at = now - timedelta(seconds=rng.randrange(20_000))
        rows.append(
            ThreadEvent(
                lead_id=rng.choice(ids), kind=kind, actor="user:2", channel=channel,
                direction=direction, occurred_at=at,
            )
        )  # fmt: skip
    bulk.insert_many(rows)


def _age() -> None:
    """As ten minutes later: the thread itself is never changed."""
    from unittest.mock import patch

    from analytics.services import rollup

    with patch.object(rollup, "LATE", timedelta(0)):
        rollup.settle(600)


def pages() -> dict[str, Any]:
    from analytics.access import Scope
    from analytics.selectors import numbers, people_reached
    from analytics.selectors.period import Period
    from analytics.services import days
    from leads.models import Lead
    from salesagent.accounts.models import User

    owner = User.objects.get(email="rep0@bench.example").pk
    today = days.today()
    month, year = Period.last_days(30, today), Period.last_days(140, today)
    metrics = ["sent", "replies", "meetings", "won", "optouts", "answered", "delivered"]
    seen = Lead.objects.filter(owner=owner, archived_at=None, erased_at=None)
    wanted: dict[str, Callable[[], object]] = {}
    for name, scope in (("", Scope((0,))), (", rep", Scope((owner,)))):
        wanted |= {
            f"totals{name}": lambda scope=scope: numbers.totals(scope, month, metrics),
            f"channels{name}": lambda scope=scope: numbers.channels(scope, month),
            f"weekly{name}": lambda scope=scope: numbers.weekly(scope, month, metrics[:3]),
            f"heat{name}": lambda scope=scope: numbers.heat(scope, month),
            f"funnel{name}": lambda scope=scope: people_reached.funnel(scope, month),
            f"leads behind{name}": lambda scope=scope: list(
                numbers.leads_behind(scope, month, ["answered"])
            ),
            f"worked{name}": lambda scope=scope: people_reached.distinct(scope, month),
            f"worked, 140 days{name}": lambda scope=scope: people_reached.distinct(scope, year),
            f"totals, 140 days{name}": lambda scope=scope: numbers.totals(scope, year, metrics),
        }
    one = lambda: list(seen.order_by("-score", "-id")[:50])  # noqa: E731
    return {"selectors": _timed(one, wanted)}


def _timed(one: Callable[[], object], wanted: dict[str, Callable[[], object]]) -> dict[str, Any]:
    """Medians, taken in turns with the baseline."""
    found: dict[str, Any] = {}
    for name, work in wanted.items():
        base, mine = [], []
        for number in range(ROUNDS + WARM_UP):
            for function, times in ((one, base), (work, mine)):
                spent = _cpu(function)
                if number >= WARM_UP:
                    times.append(spent * 1000)
        ms, query = statistics.median(mine), statistics.median(base)
        found[name] = {
            "ms": round(ms, 2), "one_ms": round(query, 2), "ratio": round(ms / query, 2),
        }  # fmt: skip
    return found


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return round(time.process_time() - begun, 6)


def _rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS = {"rebuild": rebuild, "day": day, "pages": pages}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--child", choices=PARTS)
    options = parser.parse_args()
    if options.child:
        os.chdir(ROOT)
        crash.setup()
        print(json.dumps(PARTS[options.child]()))
    else:
        run(options.quick)
