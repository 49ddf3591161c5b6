"""A sync of 10,000 contacts both ways with everything that goes wrong, and what it costs.

    python bench/sync.py [--quick]

Half of the people are only here, half only in a server that behaves like HubSpot's documented API,
in a process of its own. One in a hundred of ours is refused there, the server allows fewer calls
than we would like (429), and the process that syncs is killed (SIGKILL) in the middle. Then one in
a hundred is changed on both sides, one on either. Passes when both sides are equal, nobody is there
twice, and one more sync writes nothing. Requests are compared with the fewest possible.
"""

import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import crash  # noqa: E402

PEOPLE, QUICK = 10_000, 600
RULE = "People of Wrongtown need a phone number."
ACCOUNT = {"basis": "consent", "basis_source": "Bench", "push": "all"}
CALLS = 40  # in ten seconds; we would make fifty
STALLED = 2.0


def run(quick: bool) -> dict[str, Any]:
    people = QUICK if quick else PEOPLE
    with tempfile.TemporaryDirectory(prefix="salesagent-bench-") as name:
        env = crash.environment(Path(name))
        command = [sys.executable, "bench/sync.py"]
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(migrate, cwd=ROOT, env=env, check=True)
        server = subprocess.Popen(
            [*command, "serve"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            base = server.stdout.readline().strip()
            env["SERVICE_URLS"] = json.dumps({"hubspot": base})
            return _all(command, env, people)
        finally:
            server.kill()
            server.wait()


def _all(command: list[str], env: dict[str, str], people: int) -> dict[str, Any]:
    print(f"== sync, {people} people, half of them on either side")
    _step(command, env, "seed", people)
    begun = time.monotonic()
    killed = _killed(command, env, people)
    first = _step(command, env, "sync")
    first["seconds"] = round(time.monotonic() - begun, 1)
    first["killed at"] = killed
    _step(command, env, "change", people)
    second = _step(command, env, "sync")
    settled = _step(command, env, "settle")
    third = _step(command, env, "sync")
    last = _step(command, env, "sync")
    equal = _step(command, env, "compare")
    fewest = _fewest(people)
    result = {
        "people": people,
        "first": first,
        "second": second,
        "settled": settled,
        "third": third,
        "last": last,
        **equal,
        "fewest requests": fewest,
        "requests": first["requests"],
        "ratio": round(first["requests"] / fewest, 2),
    }
    result["passed"] = _passed(result, people)
    for key in ("first", "second", "settled", "third", "last"):
        print(f"  {key}: {result[key]}")
    print(
        f"  unequal {equal['unequal']}, twice here {equal['twice here']}, twice there "
        f"{equal['twice there']}; requests {first['requests']}, fewest {fewest} "
        f"({result['ratio']}); {'passed' if result['passed'] else 'FAILED'}"
    )
    return result


def _passed(result: dict[str, Any], people: int) -> bool:
    parts = people // 2
    return (
        not (result["unequal"] or result["twice here"] or result["twice there"])
        and (result["here"], result["there"]) == (people, people)
        and result["first"]["counts"].get("in") == parts
        and result["first"]["counts"].get("failed") == parts // 100
        and result["second"]["counts"].get("decide") == people // 100
        and result["last"]["written"] == 0
    )


def _fewest(people: int) -> int:
    """Who, three kinds to read (200 a page), and our half to write (100 a batch)."""
    half = people // 2
    return 1 + 2 + math.ceil(half / 200) + math.ceil(half / 100)


def _step(command: list[str], env: dict[str, str], *args: object) -> dict[str, Any]:
    done = subprocess.run(
        [*command, *map(str, args)],
        cwd=ROOT,
        env=env,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _killed(command: list[str], env: dict[str, str], people: int) -> str:
    """Start the first sync and end its process with SIGKILL somewhere in the middle."""
    child = subprocess.Popen([*command, "sync"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    goal = random.uniform(0.1, 0.85) * people
    file = env["DATABASE_URL"].removeprefix("sqlite:///")
    while child.poll() is None and _moved(file) < goal:
        time.sleep(0.02)
    time.sleep(random.uniform(0, 0.4))
    child.send_signal(signal.SIGKILL)
    child.wait()
    return str(_step(command, env, "where")["step"])


def _moved(file: str) -> int:
    """How many records are through, by a look into the database."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        row = db.execute("SELECT counts FROM leads_syncrun ORDER BY id DESC").fetchone()
    db.close()
    counts = json.loads(row[0]) if row else {}
    return int(counts.get("in", 0)) + int(counts.get("out", 0))


# the server's process
def serve() -> None:
    import threading

    from leads.tests.hubspot_server import serving
    from leads.tests.hubspot_world import Rule, World

    world = World()
    world.rules.append(Rule("contacts", "phone", RULE, when="city", value="Wrongtown"))
    world.limits = {"ten_seconds": CALLS}
    with serving(world) as base:
        print(base, flush=True)
        threading.Event().wait()


def _door(verb: str, body: Any) -> Any:
    import requests
    from django.conf import settings

    answer = requests.post(
        f"{settings.SERVICE_URLS['hubspot']}/_test/{verb}", json=body, timeout=60
    )
    answer.raise_for_status()
    return answer.json()


# the steps, each in a process of its own
def seed(people: int) -> dict[str, Any]:
    from leads.models import Lead
    from leads.tests.hubspot_world import World
    from salesagent.accounts import connections
    from salesagent.accounts.models import User

    owner = User.objects.create_user("owner@own.example", None, name="Ingrid", role="owner")
    half = people // 2
    refused = set(range(0, half, 100))
    Lead.objects.bulk_create(
        Lead(
            owner=owner,
            first_name="Marta",
            last_name=f"Ours {number}",
            email=f"ours{number}@polna.example",
            phone="" if number in refused else f"+4915112{number:06d}",
            city="Wrongtown" if number in refused else "Berlin",
            lawful_basis="consent",
        )
        for number in range(half)
    )
    rows = [
        {"firstname": "Ines", "lastname": f"Theirs {n}", "email": f"theirs{n}@duarte.example"}
        for n in range(half)
    ]
    for start in range(0, half, 1000):
        _door("seed", {"kind": "contacts", "rows": rows[start : start + 1000]})
    account = {**ACCOUNT, "owner": owner.pk}
    token = {"token": World().token}
    connections.save("hubspot", account="", secret=token, settings=account)
    return {}


def sync() -> dict[str, Any]:
    """Start one, or go on with the one that was killed; to its end."""
    from datetime import timedelta

    from leads.models import SyncRun
    from leads.services import crm_clock, crm_sync
    from salesagent.accounts.models import User
    from salesagent.lib.models import Job
    from salesagent.lib.tasks import run_waiting

    crm_clock.STALLED = timedelta(seconds=STALLED)
    before = _door("count", {})["calls"]
    begun = time.monotonic()
    run = SyncRun.objects.filter(state="running").first()
    if run is None:
        run = crm_sync.start("hubspot", User.objects.get())
    elif run.job and run.job.state == Job.State.RUNNING:
        time.sleep(STALLED + 0.2)
        assert crm_clock.look_after() == 1
    run_waiting()
    while crm_clock.look_after():
        run_waiting()
    run.refresh_from_db()
    assert run.state == "done", (run.state, run.error)
    there = ["create_there", "update_there", "log_there"]
    written = run.changes.filter(action__in=there, state="done").count()
    return {
        "counts": run.counts,
        "written": written,
        "requests": run.counts["requests"],
        "calls there": _door("count", {})["calls"] - before,
        "seconds": round(time.monotonic() - begun, 1),
    }


def where() -> dict[str, Any]:
    from leads.models import SyncRun

    run = SyncRun.objects.first()
    return {"step": f"{run.cursor.get('step')} {run.counts}" if run else "before it began"}


def change(people: int) -> dict[str, Any]:
    """Refused ones are put right; 1 % change on both sides, 1 % here, 1 % there."""
    from leads.models import Lead, RemoteLink

    for lead in Lead.objects.filter(city="Wrongtown"):
        Lead.objects.filter(pk=lead.pk).update(phone=f"+4915113{lead.pk:06d}")
    linked = RemoteLink.objects.filter(kind="contact").order_by("pk")
    links = list(linked.values_list("lead_id", "remote_id"))
    random.shuffle(links)
    part = people // 100
    both, ours, theirs = links[:part], links[part : 2 * part], links[2 * part : 3 * part]
    Lead.objects.filter(pk__in=[pk for pk, _ in both]).update(stage="engaged")
    Lead.objects.filter(pk__in=[pk for pk, _ in ours]).update(title="Changed here")
    edits: dict[str, Any] = {one: {"hs_lead_status": "IN_PROGRESS"} for _, one in both}
    edits |= {one: {"jobtitle": "Changed there"} for _, one in theirs}
    _door("edit", {"kind": "contacts", "rows": edits})
    return {}


def settle() -> dict[str, Any]:
    """Half for ours, half for theirs."""
    from leads.models import SyncConflict
    from leads.services import crm_clock, crm_conflicts
    from salesagent.accounts.models import User
    from salesagent.lib.tasks import run_waiting

    user = User.objects.get()
    found: Counter[str] = Counter()
    for number, one in enumerate(list(SyncConflict.objects.filter(state="open"))):
        choice = "here" if number % 2 else "there"
        found[choice] += crm_conflicts.settle(one, choice, user)
    run_waiting()
    while crm_clock.look_after():
        run_waiting()
    left = SyncConflict.objects.filter(written_at=None).count()
    return {**found, "not written": left}


def compare() -> dict[str, Any]:
    """Every field of everybody, through the adapter."""
    from leads.crm.base import pages
    from leads.models import Lead, RemoteLink
    from leads.services import crm_accounts
    from leads.services.crm_values import Here, People, Theirs

    connection = crm_accounts.connected("hubspot")
    assert connection is not None
    terms = crm_accounts.terms_of(connection)
    adapter, people = crm_accounts.adapter_for(connection), People.read()
    codes = [code for code in terms.codes("contact") if code not in ("owner", "stage")]
    here, theirs = Here(people), Theirs(people)
    links = dict(RemoteLink.objects.filter(kind="contact").values_list("remote_id", "lead_id"))
    leads = {lead.pk: lead for lead in Lead.objects.all()}
    ours = here.leads(list(leads.values()), terms.codes("contact"))
    unequal, there = 0, Counter[str]()
    for page in pages(adapter, "contact", None):
        for record in page.records:
            told, _ = theirs.values("contact", record.values, codes)
            there[str(told["email"])] += 1
            mine = ours.get(links.get(record.id, 0), {})
            unequal += any(v is not None and v != mine.get(c) for c, v in told.items())
    emails = Counter(lead.email for lead in leads.values())
    return {
        "here": len(leads),
        "there": sum(there.values()),
        "unequal": unequal,
        "twice here": sum(n > 1 for n in emails.values()),
        "twice there": sum(n > 1 for n in there.values()),
    }


def child() -> None:
    os.chdir(ROOT)
    import django

    django.setup()
    steps: dict[str, Any] = {
        "seed": seed, "sync": sync, "where": where, "change": change, "settle": settle,
        "compare": compare,
    }  # fmt: skip
    print(json.dumps(steps[sys.argv[1]](*map(int, sys.argv[2:])), default=str), flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    elif sys.argv[1:] and not sys.argv[1].startswith("--"):
        child()
    else:
        raise SystemExit(0 if run("--quick" in sys.argv)["passed"] else 1)
