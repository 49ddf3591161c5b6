"""`make bench`: memory, pages, sending, import, the models. Ratios against a baseline of the run.

Writes var/bench.json and prints the same as lines. As root the product runs in a group of 512 MB
and one CPU; otherwise without limits, and the output says so.
"""

import argparse
import json
import platform
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import pages, server  # noqa: E402

# each in a process of its own: bench/<name>.py, run(quick) -> dict
MODELS = (
    *("encoder", "classify", "score", "falsehoods", "ab", "hints", "simulation"),
    *(
        "sync",
        "duplicates",
        "rollups",
        "analytics",
        "forecast",
        "reports",
        "alerts",
        "coaching",
        "api",
    ),
)
GOALS = {
    "page ratio": 4.0,
    "growth": 1.3,
    "pss warm MB": 90.0,
    "cpu per mail": 1.3,
    "import rows/s": 3000.0,
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="10k leads only")
    parser.add_argument("--only", choices=["pages", "sending", "import", "models", *MODELS])
    parser.add_argument("--data", help="pages only of this folder, made before with bench_data")
    options = parser.parse_args()
    target = server.ROOT / "var" / "bench.json"
    kept = options.only and target.exists()  # one part is measured anew, the others stand
    result: dict[str, Any] = json.loads(target.read_text()) if kept else {}
    result |= {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    if options.only in (None, "pages"):
        result["pages"] = bench_pages(options.quick, options.data)
    if options.only in (None, "sending"):
        from bench import sending

        result["sending"] = sending.measure()
    if options.only in (None, "import"):
        from bench import importing

        result["import"] = importing.measure()
    for name in MODELS:
        if options.only in (None, "models", name):
            result[name] = alone(name, options.quick)
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2))
    print(f"Written to {target.relative_to(server.ROOT)}.")
    return 0


def alone(name: str, quick: bool) -> Any:
    """What the bench returned, or {"failed": exit status}; the others go on."""
    print(f"== {name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "result.json"
        run = [sys.executable, "-m", "bench.alone", name, str(target)]
        run += ["--quick"] if quick else []
        done = subprocess.run(run, cwd=server.ROOT, check=False)
        return json.loads(target.read_text()) if target.exists() else {"failed": done.returncode}


def bench_pages(quick: bool, folder: str | None) -> dict[str, Any]:
    if folder:
        print(f"== pages of {folder}")
        return {"given": pages.measure_folder(Path(folder))}
    print("== pages, 10k leads, 100k events")
    small = pages.measure(10_000, 100_000)
    if quick:
        return {"10k": small}
    print("== pages, 100k leads, 1M events")
    large = pages.measure(100_000, 1_000_000)
    growth = pages.growth(small, large, ("ratio", "cpu_ratio"))
    print(f"  growth from 10k to 100k: {growth['cpu_ratio']}")
    return {"10k": small, "100k": large, "growth": growth}


if __name__ == "__main__":
    raise SystemExit(main())
