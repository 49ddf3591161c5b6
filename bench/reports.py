"""PDF reports: CPU seconds and memory of the first one, and of further ones, beside the sums.

`python -m bench.reports [--quick]`. The first one imports reportlab and reads the fonts;
the goal of a second and 40 MB is for that one.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import crash  # noqa: E402

KINDS = ("pipeline", "team", "weekly")
GOALS = {"first s": 1.0, "first mb": 40.0}


def run(quick: bool) -> dict[str, Any]:
    leads, events = (5_000, 50_000) if quick else (100_000, 1_000_000)
    print(f"== PDF reports, {leads:,} leads, {events:,} events")
    with tempfile.TemporaryDirectory(prefix="salesagent-bench-") as name:
        env = crash.environment(Path(name))
        fill = ["bench_data", "--leads", str(leads), "--events", str(events)]
        for command in (["migrate", "-v0"], fill):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
        subprocess.run([sys.executable, __file__, "--fill"], cwd=ROOT, env=env, check=True)
        found = subprocess.run(
            [sys.executable, __file__, "--child"], cwd=ROOT, env=env, check=True, stdout=-1
        )
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    for key, value in result.items():
        goal = f"  goal below {GOALS[key]:g}" if key in GOALS else ""
        print(f"{key:24} {value:8.3f}{goal}")
    return result


def _setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesagent.settings")
    import django

    django.setup()


def _fill() -> None:
    """All sums; the deals are of bench_data."""
    _setup()
    from analytics.services import rollup

    rollup.rebuild()


def _child() -> None:
    _setup()
    from analytics.models import Report
    from analytics.report_asked import asked
    from analytics.selectors.period import Period
    from analytics.services import days, forecasts, report_make
    from salesagent.accounts.models import User

    user = User.objects.filter(role=User.Role.OWNER).first() or User.objects.all()[0]
    period = Period.last_days(30, days.today())
    result: dict[str, float] = {}
    begun = time.process_time()
    forecasts.view(asked(_report(Report, user, "pipeline", period)).deals)
    result["forecast alone s"] = time.process_time() - begun
    for turn in ("first", "again"):
        before, begun = _memory(), time.process_time()
        for kind in KINDS if turn == "again" else KINDS[:1]:
            made = report_make.make(asked(_report(Report, user, kind, period)))
            result[f"{kind} kb"] = len(made.pdf) / 1024
        count = len(KINDS) if turn == "again" else 1
        result[f"{turn} s"] = (time.process_time() - begun) / count
        result[f"{turn} mb"] = _memory() - before
    print(json.dumps(result))


def _report(model: Any, user: Any, kind: str, period: Any) -> Any:
    before = [day.isoformat() for day in (period.before().first, period.before().last)]
    choices = {"owner": "", "segment": "", "whose": "everybody", "before": before}
    first, last = period.first, period.last
    return model(kind=kind, user=user, first_day=first, last_day=last, choices=choices)


def _memory() -> float:
    """The most this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("--quick", "--fill", "--child"):
        parser.add_argument(name, action="store_true")
    options = parser.parse_args()
    if options.fill:
        _fill()
    elif options.child:
        _child()
    else:
        run(options.quick)
