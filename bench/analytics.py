"""The pages of Analytics against the shell with one query, in the same run.

Goal: below 4 x at 100,000 leads and a million events. "Cold" is the first call after a count, when
nothing that was read is kept (analytics.selectors.kept); "warm" each later one.
`python -m bench.analytics [--quick] [--data FOLDER]`; a folder that was made before is used again.
"""

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import pages, server  # noqa: E402

GOAL = 4.0
MANAGER = "manager@bench.example"
TABS = ("", "email/", "channels/", "cadence/", "forecast/", "team/", "patterns/")
OTHERS = {"coaching": "/coaching/", "deals": "/deals/"}
MORE = {
    "overview, 90 days": "?period=90",
    "overview, 365 days": "?period=365",
    "overview, a segment": "?segment=trade:bakery",
    "overview as CSV": "?csv=channels",
    "leads behind sent": "leads/?metric=sent",
    "leads behind sent, 365 days": "leads/?metric=sent&period=365",
    "leads behind answered": "leads/?metric=answered",
    "leads behind answered, 365 days": "leads/?metric=answered&period=365",
    "leads worked": "leads/?metric=worked",
    "leads worked, 365 days": "leads/?metric=worked&period=365",
}


def run(quick: bool, folder: str = "") -> dict[str, Any]:
    leads, events = (5_000, 50_000) if quick else (100_000, 1_000_000)
    print(f"== analytics, {leads:,} leads, {events:,} events")
    data = Path(folder or tempfile.mkdtemp(prefix="salesagent-bench-"))
    try:
        if not (data / "salesagent.sqlite3").exists():
            data.mkdir(parents=True, exist_ok=True)
            pages.make(data, leads, events)
            server.manage(data, "rebuild_stats")
        return {"leads": leads, "events": events, **measure(data)}
    finally:
        if not folder:
            shutil.rmtree(data, ignore_errors=True)


def measure(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"pages": {}, "above": []}
    people = {pages.OWNER: ", owner", MANAGER: ", manager", pages.REP: ""}

    def nothing() -> None:
        pass

    def counted() -> None:
        """As far as the pages can tell, a day was summed up anew."""
        with sqlite3.connect(data / "salesagent.sqlite3", timeout=30) as db:
            db.execute("UPDATE analytics_statrun SET stamp = lower(hex(randomblob(16)))")
        db.close()

    counted()
    with server.serve(data, tuple(people)) as product:
        time.sleep(3)
        found["memory"] = before_and_after(product, people)
        for who, name in people.items():
            for page, path in wanted(product, who).items():
                for how, before in (("warm", nothing), ("cold", counted)):
                    told = f"{page}{name}, {how}"
                    timing = pages.time_page(product, who, path, before)
                    found["pages"][told] = timing
                    print(pages.line(told, timing), flush=True)
                    if timing["cpu_ratio"] >= GOAL:
                        found["above"].append(told)
        found["memory"]["warm"] = product.memory()["pss"]
    print(f"  memory {found['memory']}; above {GOAL:.0f} x: {found['above'] or 'none'}")
    return found


def before_and_after(product: server.Server, people: Iterable[str]) -> dict[str, float]:
    """PSS of the process with the shell alone, and when everybody has opened each page once."""
    connection = product.connect()
    for who in people:
        product.get(pages.ONE, connection, who)
    before = product.memory()["pss"]
    for who in people:
        for path in wanted(product, who).values():
            product.get(path, connection, who)
    return {"before": before, "after": product.memory()["pss"]}


def wanted(product: server.Server, who: str) -> dict[str, str]:
    """Name -> path, of those that there are."""
    paths = {one.rstrip("/") or "overview": f"/analytics/{one}" for one in TABS}
    paths |= {name: f"/analytics/{query}" for name, query in MORE.items()}
    paths |= OTHERS
    connection = product.connect()
    return {
        name: path for name, path in paths.items() if product.get(path, connection, who)[0] == 200
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data", default="")
    options = parser.parse_args()
    run(options.quick, options.data)
