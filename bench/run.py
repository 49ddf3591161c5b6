"""`make bench`: memory, pages, sending, import. Ratios against a baseline timed in the same run.

Writes var/bench.json and prints the same as lines. As root the product runs in a group of 512 MB
and one CPU; otherwise without limits, and the output says so.
"""

import argparse
import json
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import server  # noqa: E402

BASE = "/bench/one/"
GOALS = {
    "page ratio": 4.0,
    "growth": 1.3,
    "pss warm MB": 90.0,
    "cpu per mail": 1.3,
    "import rows/s": 3000.0,
}


def pages_of(data_dir: Path) -> dict[str, str]:
    """Page name -> path, with a lead that has a thread and a cursor deep in the list."""
    with sqlite3.connect(data_dir / "salesagent.sqlite3") as db:
        lead, _ = db.execute(
            "SELECT l.id, count(e.id) FROM leads_lead l JOIN leads_threadevent e ON e.lead_id=l.id "
            "WHERE l.owner_id=(SELECT id FROM accounts_user WHERE email='rep0@bench.example') "
            "AND l.id < 2000 GROUP BY l.id ORDER BY 2 DESC LIMIT 1"
        ).fetchone()
    return {
        "list": "/leads/",
        "list, owner": "/leads/?view=all",
        "detail": f"/leads/{lead}/",
        "search": "/search/?q=kowalczyk",
        "list search": "/leads/?q=company",
        "today": "/today/",
        "approvals": "/approvals/",
    }


def measure_pages(leads: int, events: int, keep: Path | None) -> dict[str, Any]:
    data = Path(tempfile.mkdtemp(prefix="salesagent-bench-"))
    try:
        begun = time.monotonic()
        server.manage(data, "migrate", "-v0")
        server.manage(data, "bench_data", "--leads", str(leads), "--events", str(events))
        made = round(time.monotonic() - begun, 1)
        result: dict[str, Any] = {"leads": leads, "events": events, "made_in_s": made, "pages": {}}
        with server.serve(data) as product:
            time.sleep(3)
            result["limited"] = product.limits.active
            result["ready_in_s"] = product.started_in
            result["memory_idle"] = product.memory()
            for name, path in pages_of(data).items():
                timing = server.time_page(product, path, BASE)
                result["pages"][name] = timing
                print(
                    f"  {name:12} {timing['ratio']:6.2f}x  {timing['ms']:7.1f} ms "
                    f"(one query {timing['base_ms']:.1f} ms, p95 {timing['p95_ms']:.1f} ms)",
                    flush=True,
                )
            result["memory_warm"] = product.memory()
            result["memory_peak_mb"] = product.limits.peak_mb()
            result["memory_refused"] = product.limits.refused()
        print(f"  memory idle {result['memory_idle']}, warm {result['memory_warm']}", flush=True)
        return result
    finally:
        shutil.rmtree(data, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="10k leads only")
    parser.add_argument("--only", choices=["pages", "sending", "import"])
    options = parser.parse_args()
    result: dict[str, Any] = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    if options.only in (None, "pages"):
        result["pages"] = bench_pages(options.quick)
    if options.only in (None, "sending"):
        from bench import sending

        result["sending"] = sending.measure()
    if options.only in (None, "import"):
        from bench import importing

        result["import"] = importing.measure()
    target = server.ROOT / "var" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2))
    print(f"Written to {target.relative_to(server.ROOT)}.")
    return 0


def bench_pages(quick: bool) -> dict[str, Any]:
    print("== pages, 10k leads, 100k events")
    small = measure_pages(10_000, 100_000, None)
    if quick:
        return {"10k": small}
    print("== pages, 100k leads, 1M events")
    large = measure_pages(100_000, 1_000_000, None)
    growth = {
        name: round(large["pages"][name]["ratio"] / small["pages"][name]["ratio"], 2)
        for name in small["pages"]
    }
    print(f"  growth from 10k to 100k: {growth}")
    return {"10k": small, "100k": large, "growth": growth}


if __name__ == "__main__":
    raise SystemExit(main())
