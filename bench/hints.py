"""Coaching hints: milliseconds of one request against a page with one query, timed in turns.

    python -m bench.hints [--quick]

A whole request each time: session, access, throttle, plays, similar answers, template. No model.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

GOAL_MS = 100.0
TEXT = "Hi Marta, I understand. We can give you a discount of 10% off. Would Thursday suit you?"
SAID = "Honestly, that is too expensive for us. What would six rooms cost per month?"


def run(quick: bool = False) -> dict[str, Any]:
    """Median and 95th percentile of wall time, and the ratio of medians; CPU beside it."""
    with tempfile.TemporaryDirectory() as folder:
        client, address = _world(folder, 200 if quick else 2000)
        times = _times(client, address, 40 if quick else 200)
    return _summary(times)


def _world(folder: str, leads: int) -> tuple[Any, str]:
    os.environ |= {"DATA_DIR": folder, "BENCH": "1", "SECRET_KEY": "bench-" * 10}
    os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3", "LOG_LEVEL": "ERROR"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesagent.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    lead, rep = _fill(leads)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    return client, f"/coaching/hints/{lead.pk}/?channel=email&field=id_mail-body"


def _fill(leads: int) -> tuple[Any, Any]:
    """Leads with objections and answers; every play was used now and then."""
    from django.db import transaction

    from coaching.models import Play, PlayUse
    from coaching.services import plays
    from coaching.tests import world
    from leads.models import Lead
    from salesagent.accounts.models import Team, User

    team = Team.objects.create(name="North", team_view=True)
    rep = User.objects.create_user("rep@own.example", None, name="Jonas Weber", team=team)
    plays.install()
    ready = list(Play.objects.all())
    with transaction.atomic():
        for number in range(leads):
            lead = Lead.objects.create(owner=rep, first_name="Marta", email=f"m{number}@x.example")
            theirs = world.said(lead, SAID, ago=timedelta(days=number % 90, hours=5))
            ours = world.answered(lead, rep, ago=timedelta(days=number % 90, hours=4))
            PlayUse.objects.create(
                play=ready[number % len(ready)], lead=lead, user=rep, event=theirs,
                touch_id=ours.data["touch"], outcome=("worked", "failed")[number % 2],
            )  # fmt: skip
    return lead, rep


def _times(client: Any, address: str, rounds: int) -> dict[str, list[tuple[float, float]]]:
    from coaching.views import live

    live.LIMIT = 10**9
    work: dict[str, Callable[[], Any]] = {
        "one query": lambda: client.get("/bench/one/"),
        "hints": lambda: client.post(address, {"mail-body": TEXT}, headers={"HX-Request": "true"}),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for place in range(rounds + 3):
        for name, request in work.items():
            wall, cpu = time.perf_counter(), time.process_time()
            answer = request()
            spent = (time.perf_counter() - wall, time.process_time() - cpu)
            if answer.status_code != 200:
                raise RuntimeError(f"{name}: {answer.status_code}")
            if place >= 3:
                found[name].append(spent)
    return found


def _summary(times: dict[str, list[tuple[float, float]]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, rows in times.items():
        wall = sorted(1000 * row[0] for row in rows)
        result[f"{name} ms"] = round(statistics.median(wall), 1)
        result[f"{name} p95 ms"] = round(wall[int(len(wall) * 0.95)], 1)
        result[f"{name} cpu ms"] = round(1000 * statistics.median(row[1] for row in rows), 1)
    result["ratio"] = round(result["hints cpu ms"] / result["one query cpu ms"], 1)
    result["within goal"] = result["hints p95 ms"] < GOAL_MS
    print("== coaching hints")
    for name, value in result.items():
        print(f"  {name}: {value}")
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    run(parser.parse_args().quick)
