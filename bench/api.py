"""The API's list, detail and thread against the shell with one query, in the same run.

Goal: below 3 x at 100,000 leads and a million events. Also what the first call costs in memory.
`python -m bench.api [--quick] [--data FOLDER]`; a folder that was made before is used again.
"""

import argparse
import http.client
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import pages, server  # noqa: E402

GOAL = 3.0
MAKE = """
from salesagent.accounts.models import User
from salesagent.api import tokens
user = User.objects.get(email={email!r})
print("TOKEN", tokens.make(user, name="Bench", scopes=["leads:read", "drafts:read"])[1])
"""


class Caller(server.Server):
    """A server whose API is called with tokens."""

    tokens: dict[str, str]

    def get(
        self, path: str, connection: http.client.HTTPConnection, who: str = ""
    ) -> tuple[int, int]:
        if not path.startswith("/api/"):
            return super().get(path, connection, who)
        bearer = {"Authorization": f"Bearer {self.tokens[who]}"}
        connection.request("GET", path, headers=bearer)
        response = connection.getresponse()
        return response.status, len(response.read())


def run(quick: bool, folder: str = "") -> dict[str, Any]:
    leads, events = (5_000, 50_000) if quick else (100_000, 1_000_000)
    print(f"== api, {leads:,} leads, {events:,} events")
    data = Path(folder or tempfile.mkdtemp(prefix="salesagent-bench-"))
    try:
        if not (data / "salesagent.sqlite3").exists():
            data.mkdir(parents=True, exist_ok=True)
            pages.make(data, leads, events)
        return {"leads": leads, "events": events, **measure(data)}
    finally:
        if not folder:
            shutil.rmtree(data, ignore_errors=True)


def measure(data: Path) -> dict[str, Any]:
    os.environ["API_CALLS_PER_MINUTE"] = "1000000"
    people = (pages.OWNER, pages.REP)
    keys = {email: token(data, email) for email in people}
    found: dict[str, Any] = {"pages": {}, "above": []}
    with server.serve(data, people) as product:
        product.__class__, product.tokens = Caller, keys  # type: ignore[assignment, attr-defined]
        time.sleep(3)
        found["memory"] = first_call(product)
        for who, name in ((pages.OWNER, ", owner"), (pages.REP, "")):
            for page, path in wanted(data).items():
                timing = pages.time_page(product, who, path)
                found["pages"][page + name] = timing
                print(pages.line(page + name, timing), flush=True)
                if timing["cpu_ratio"] >= GOAL:
                    found["above"].append(page + name)
    print(f"  memory {found['memory']}; above {GOAL:.0f} x: {found['above'] or 'none'}")
    return found


def first_call(product: server.Server) -> dict[str, float]:
    """PSS before the API was called, and after; what it took to answer the first call."""
    connection = product.connect()
    for _ in range(3):
        product.get(pages.ONE, connection, pages.OWNER)
    before, begun = product.memory()["pss"], time.perf_counter()
    product.get("/api/v1/leads", connection, pages.OWNER)
    spent = time.perf_counter() - begun
    return {"before": before, "after": product.memory()["pss"], "first_ms": round(spent * 1000)}


def token(data: Path, email: str) -> str:
    out = server.manage(data, "shell", "-v0", "-c", MAKE.format(email=email))
    return next(line.split(" ", 1)[1] for line in out.splitlines() if line.startswith("TOKEN"))


def wanted(data: Path) -> dict[str, str]:
    with sqlite3.connect(data / "salesagent.sqlite3") as db:
        lead = db.execute(
            "SELECT e.lead_id FROM outreach_enrollment e JOIN leads_lead l ON l.id = e.lead_id "
            "JOIN accounts_user u ON u.id = l.owner_id WHERE u.email = ? LIMIT 1",
            (pages.REP,),
        ).fetchone()[0]
    return {
        "list of 25": "/api/v1/leads?limit=25",
        "list of 25 by score": "/api/v1/leads?limit=25&sort=score&view=open",
        "detail": f"/api/v1/leads/{lead}",
        "thread of 25": f"/api/v1/leads/{lead}/thread?limit=25",
        "drafts of 25": "/api/v1/drafts?limit=25",
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data", default="")
    options = parser.parse_args()
    run(options.quick, options.data)
