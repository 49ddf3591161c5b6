"""Pages against two baselines of the same run: the shell with one query, and one query bare.

Wall time is what a user waits for; CPU time of the serving process is what stays the same when the
machine is busy with something else. Both are medians, taken in turns with the baselines.
"""

import base64
import json
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench import server

ONE, BARE = "/bench/one/", "/bench/bare/"
REP, OWNER = "rep0@bench.example", "owner@bench.example"
ROUNDS, WARM_UP = 40, 4
Pages = dict[str, tuple[str, str]]  # name -> (who, path)


def pages_of(data_dir: Path) -> Pages:
    """Every page that is measured, with cursors in the middle of the lists."""
    with sqlite3.connect(data_dir / "salesagent.sqlite3") as db:
        rep = db.execute("SELECT id FROM accounts_user WHERE email = ?", (REP,)).fetchone()[0]
        lead = db.execute(
            "SELECT lead_id FROM outreach_enrollment e JOIN leads_lead l ON l.id = e.lead_id "
            "WHERE l.owner_id = ? LIMIT 1",
            (rep,),
        ).fetchone()[0]
        deep = {who: _cursors(db, mine) for who, mine in ((REP, rep), (OWNER, None))}
    pages: Pages = {}
    for who, name in ((REP, ""), (OWNER, ", owner")):
        pages |= {
            f"list{name}": (who, "/leads/"),
            f"list by name{name}": (who, "/leads/?view=all&sort=name"),
            f"list, deep{name}": (who, f"/leads/?view=all&after={deep[who]['score']}"),
            f"list by name, deep{name}": (
                who,
                f"/leads/?view=all&sort=name&after={deep[who]['name']}",
            ),
            f"list search, rare{name}": (who, "/leads/?q=kowalczyk11"),
            f"list search, one in ten{name}": (who, "/leads/?q=marta"),
            f"list search, all{name}": (who, "/leads/?q=company"),
            f"search, rare{name}": (who, "/search/?q=kowalczyk11"),
            f"search, all{name}": (who, "/search/?q=company"),
            f"search messages, all{name}": (who, "/search/?q=cold"),
            f"lead{name}": (who, f"/leads/{lead}/"),
            f"today{name}": (who, "/today/"),
            f"approvals{name}": (who, "/approvals/"),
        }
    return pages


def _cursors(db: sqlite3.Connection, owner: int | None) -> dict[str, str]:
    """The list's own cursor (leads.selectors.paging) of the row in the middle, for two sorts."""
    seen = "archived_at IS NULL" + (f" AND owner_id = {owner}" if owner else "")
    middle = db.execute(f"SELECT count(*) / 2 FROM leads_lead WHERE {seen}").fetchone()[0]  # noqa: S608
    keys = {
        "score": ("score, id", "score DESC, id DESC"),
        "name": ("lower(last_name), lower(first_name), id",) * 2,
    }
    found = {}
    for sort, (columns, order) in keys.items():
        row = db.execute(
            f"SELECT {columns} FROM leads_lead WHERE {seen} "  # noqa: S608  our own words
            f"ORDER BY {order} LIMIT 1 OFFSET {middle}"
        ).fetchone()
        raw = json.dumps([middle + 1, *row], ensure_ascii=False, separators=(",", ":"))
        found[sort] = base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")
    return found


def time_page(
    product: server.Server, who: str, path: str, before: Callable[[], None] = lambda: None
) -> dict[str, float]:
    """The page and both baselines in turns on one connection; `before`: what comes before each
    page and is not measured."""
    connection = product.connect()
    wall: dict[str, list[float]] = {ONE: [], BARE: [], path: []}
    cpu: dict[str, list[float]] = {ONE: [], BARE: [], path: []}
    size = 0
    for number in range(ROUNDS + WARM_UP):
        for target in (BARE, ONE, path):
            if target == path:
                before()
            begun, used = time.perf_counter(), product.cpu_seconds()
            status, length = product.get(target, connection, who)
            spent = time.perf_counter() - begun
            if status != 200:
                raise RuntimeError(f"{target} answered {status}")
            if number >= WARM_UP:
                wall[target].append(spent * 1000)
                cpu[target].append((product.cpu_seconds() - used) * 1000)
            size = length if target == path else size
    return {**_numbers(wall, path, ""), **_numbers(cpu, path, "cpu_"), "bytes": size}


def _numbers(times: dict[str, list[float]], path: str, kind: str) -> dict[str, float]:
    page, one, bare = (statistics.median(times[target]) for target in (path, ONE, BARE))
    return {
        f"{kind}ms": round(page, 2),
        f"{kind}p95_ms": round(statistics.quantiles(times[path], n=20)[-1], 2),
        f"{kind}one_ms": round(one, 2),
        f"{kind}bare_ms": round(bare, 2),
        f"{kind}ratio": round(page / one, 2),
        f"{kind}bare_ratio": round(page / bare, 2),
    }


def make(data: Path, leads: int, events: int) -> float:
    """Fill a folder; seconds it took."""
    begun = time.monotonic()
    server.manage(data, "migrate", "-v0")
    server.manage(data, "bench_data", "--leads", str(leads), "--events", str(events))
    return round(time.monotonic() - begun, 1)


def measure(leads: int, events: int) -> dict[str, Any]:
    data = Path(tempfile.mkdtemp(prefix="salesagent-bench-"))
    try:
        made = make(data, leads, events)
        return {"leads": leads, "events": events, "made_in_s": made, **measure_folder(data)}
    finally:
        shutil.rmtree(data, ignore_errors=True)


def measure_folder(data: Path) -> dict[str, Any]:
    """Every page of a folder that `make` filled."""
    result: dict[str, Any] = {"pages": {}}
    with server.serve(data, (REP, OWNER)) as product:
        time.sleep(3)
        result["limited"] = product.limits.active
        result["ready_in_s"] = product.started_in
        result["memory_idle"] = product.memory()
        for name, (who, path) in pages_of(data).items():
            result["pages"][name] = time_page(product, who, path)
            print(line(name, result["pages"][name]), flush=True)
        result["memory_warm"] = product.memory()
        result["memory_peak_mb"] = product.limits.peak_mb()
        result["memory_refused"] = product.limits.refused()
    print(f"  memory idle {result['memory_idle']}, warm {result['memory_warm']}", flush=True)
    return result


def line(name: str, timing: dict[str, float]) -> str:
    return (
        f"  {name:30} {timing['ratio']:5.2f} x one  {timing['bare_ratio']:5.2f} x bare  "
        f"{timing['ms']:6.1f} ms, p95 {timing['p95_ms']:6.1f}   "
        f"CPU {timing['cpu_ratio']:5.2f} x one  "
        f"{timing['cpu_bare_ratio']:5.2f} x bare  {timing['cpu_ms']:5.1f} ms "
        f"(one {timing['cpu_one_ms']:.1f}, bare {timing['cpu_bare_ms']:.1f})"
    )


def growth(small: dict[str, Any], large: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """How much more a page costs, against the baseline, with ten times the leads and events."""
    return {
        key: {
            name: round(large["pages"][name][key] / timing[key], 2)
            for name, timing in small["pages"].items()
        }
        for key in keys
    }
