"""Coaching of a team: the page against a page with one query, and reading everybody's talks again.

    python -m bench.coaching [--quick]

Times are CPU. Ten people with 300 answers to objections each, in a database of many other leads.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import crash  # noqa: E402

PEOPLE, ANSWERS, ROUNDS, WARM_UP = 10, 300, 60, 5
GOALS = {"page ratio": 4.0, "recount s": 10.0}


def run(quick: bool) -> dict[str, Any]:
    leads, events = (5_000, 50_000) if quick else (100_000, 1_000_000)
    print(f"== coaching, {leads:,} leads, {events:,} events")
    with tempfile.TemporaryDirectory(prefix="salesagent-bench-") as name:
        env = crash.environment(Path(name)) | {"BENCH": "1"}
        fill = ["bench_data", "--leads", str(leads), "--events", str(events)]
        for command in (["migrate", "-v0"], fill):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
        done = subprocess.run(
            [sys.executable, "-m", "bench.coaching", "--child"],
            cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for key, value in result.items():
        print(f"  {key}: {value}")
    return result


def child() -> dict[str, Any]:
    import django

    django.setup()
    from django.test import Client

    from coaching.services import talks

    manager = _fill()
    began = time.process_time()
    rows = talks.recount_everybody()
    first = time.process_time() - began
    began = time.process_time()
    talks.recount_everybody()
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    found = {"talks": rows, "first recount s": round(first, 2)}
    found["recount s"] = round(time.process_time() - began, 2)
    one, page = _times(client, "/bench/one/"), _times(client, "/coaching/?days=90")
    found |= {"one query ms": one, "page ms": page, "page ratio": round(page / one, 1)}
    return found


def _fill() -> Any:
    """Ten people of a team, and who leads them."""
    from django.db import transaction
    from django.utils import timezone

    from coaching.services import plays
    from coaching.tests import world
    from leads.models import Lead
    from salesagent.accounts.models import Team, User

    plays.install()
    team = Team.objects.create(name="Bench coaching")
    make = User.objects.create_user
    people = [make(f"c{n}@own.example", None, name=f"Rep {n}", team=team) for n in range(PEOPLE)]
    for rep in people:
        with transaction.atomic():
            for number in range(ANSWERS):
                ago = timedelta(days=1 + number % 85, hours=5)
                lead = Lead.objects.create(owner=rep, email=f"t{number}.{rep.pk}@x.example")
                world.said(lead, ago=ago)
                text = world.GOOD if number % 3 else world.BAD
                world.answered(lead, rep, text, ago=ago - timedelta(minutes=30))
                if number % 2:
                    world.said(lead, "Let us talk.", "interested", ago=ago - timedelta(hours=9))
                Lead.objects.filter(pk=lead.pk).update(replied_at=timezone.now() - ago)
    return make("boss@own.example", None, name="Boss", team=team, role="manager")


def _times(client: Any, address: str) -> float:
    times = []
    for _ in range(ROUNDS + WARM_UP):
        began = time.process_time()
        if client.get(address).status_code != 200:
            raise RuntimeError(address)
        times.append(1000 * (time.process_time() - began))
    return round(statistics.median(times[WARM_UP:]), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--child", action="store_true")
    given = parser.parse_args()
    if given.child:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesagent.settings")
        print(json.dumps(child()))
    else:
        run(given.quick)
