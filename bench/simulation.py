"""The dry run: 10,000 people and five touches each. `python -m bench.simulation [--quick]`.

Each measurement is a fresh process with a database of its own. Time is CPU of the whole dry run,
the reading of the people included, beside a baseline of the same run: the same people read and
one `datetime` in their zone for each touch. Memory is what the peak grew by.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONES = ["Europe/Warsaw", "America/New_York", "Asia/Tokyo", "Europe/London", "Australia/Sydney"]
PLAN = [("email", 0), ("linkedin", 2), ("email", 3), ("phone", 2), ("email", 4)]
GOALS = {"seconds": 5.0, "extra MB": 60.0}


def run(quick: bool = False) -> dict[str, Any]:
    """Numbers of a plain and of an adaptive sequence."""
    people = 2_000 if quick else 10_000
    return {"people": people, **{kind: _child(people, kind) for kind in ("plain", "adaptive")}}


def _child(people: int, kind: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "SECRET_KEY": "bench-0123456789-0123456789-0123456789",
            "DJANGO_SETTINGS_MODULE": "salesagent.settings",
        }
        command = [sys.executable, "-m", "bench.simulation", "--child", kind, str(people)]
        made = subprocess.run([*command, "make"], cwd=ROOT, env=env, check=True)  # noqa: S603
        assert made.returncode == 0
        done = subprocess.run(  # noqa: S603
            [*command, "go"], cwd=ROOT, env=env, check=True, capture_output=True, text=True
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _make(kind: str, people: int) -> None:
    from django.core.management import call_command

    from leads.models import Company, Lead
    from outreach.models import Mailbox, Sequence, SlotStat, Step
    from salesagent.accounts.models import Team, User

    call_command("migrate", verbosity=0)
    team = Team.objects.create(name="T")
    reps = [
        User.objects.create(email=f"r{n}@own.example", name=f"R{n}", team=team) for n in range(20)
    ]
    for rep in reps:
        Mailbox.objects.create(user=rep, address=f"{rep.pk}@h.example", daily_cap=200, min_gap=60)
    sequence = Sequence.objects.create(
        name="S", state="running", owner=reps[0], team=team, adaptive=kind == "adaptive"
    )
    for position, (channel, delay) in enumerate(PLAN, start=1):
        Step.objects.create(
            sequence=sequence, position=position, name=f"T{position}", channel=channel,
            delay_days=delay,
        )  # fmt: skip
    for slot in range(6):
        SlotStat.objects.create(channel="email", slot=slot, sent=300 + slot, answered=5 + 4 * slot)
    firms = [Company(name=f"C{n}", name_key=f"c{n}") for n in range(people // 2)]
    Company.objects.bulk_create(firms)
    Lead.objects.bulk_create(_person(n, reps[n % 20], firms[n // 2]) for n in range(people))


def _person(n: int, rep: Any, company: Any) -> Any:
    from leads.models import Lead

    return Lead(
        email=f"{n}@x{n}.example", phone=f"+4861555{n:04}", owner=rep, company=company,
        linkedin_url=f"https://www.linkedin.com/in/p{n}", lawful_basis="consent",
        time_zone=ZONES[n % 5], score=n % 100, first_name=f"First{n}", last_name=f"Last{n}",
        company_name=f"C{n // 2}",
    )  # fmt: skip


def _go(people: int) -> dict[str, Any]:
    from leads.models import Lead
    from leads.services import zones
    from outreach.models import Sequence
    from outreach.services import simulation

    sequence = Sequence.objects.get()
    rows = simulation.narrowed(Lead.objects.order_by("pk"))
    user = sequence.owner
    simulation.simulate(sequence, rows[:20], user=user, now=START)
    began = time.process_time()
    for lead in rows.iterator():
        for _ in PLAN:
            START.astimezone(zones.zone_for(lead))
    baseline = time.process_time() - began
    before = _now()
    began = time.process_time()
    found = simulation.simulate(sequence, rows, user=user, now=START)
    took = time.process_time() - began
    return {
        "seconds": round(took, 2),
        "ratio": round(took / baseline, 1),
        "extra MB": round(_peak() - before, 1),
        "touches": found.touches,
        "later": found.later,
        "held": dict(found.held),
        "paced": dict(found.paced),
    }


def _now() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1048576


def _peak() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="2,000 people")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        import django

        django.setup()
        kind, people, do = options.child
        if do == "make":
            _make(kind, int(people))
        else:
            print(json.dumps(_go(int(people))))
        return
    found = run(options.quick)
    for kind in ("plain", "adaptive"):
        row = found[kind]
        print(
            f"  {kind}: {found['people']:,} people, {row['touches']:,} touches in"
            f" {row['seconds']} s of CPU ({row['ratio']} x baseline), {row['extra MB']} MB more"
        )
        print(f"    later {row['later']:,}, held {row['held']}, paced {row['paced']}")


if __name__ == "__main__":
    main()
