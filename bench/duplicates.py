"""Looking for duplicates among all leads: time and memory, and how many planted ones are found.

The baseline of the same run is reading the same leads once and doing nothing with them. Twice as
many leads should cost about twice the time and no more memory.
"""

import json
import os
import random
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

LEADS = 100_000
PLANTED = 0.02
_FIRST = "Anna Jan Marta Piotr Eva Karl Lena Paul Nina Ole Ines Omar Petra Tom Greta Lars"
FIRST = _FIRST.split()
PARTS = ("bel", "dor", "fan", "gor", "hal", "kin", "lom", "mur", "nev", "pas", "rud", "sol", "tam")


def run(quick: bool) -> dict[str, Any]:
    """Times of a small and a large number of leads, each in a process of its own."""
    sizes = (5_000, 10_000) if quick else (LEADS // 2, LEADS)
    print(f"== duplicates, {sizes[0]:,} and {sizes[1]:,} leads")
    small, large = (measure(size) for size in sizes)
    result = {
        **large,
        "time_growth": round(large["seconds"] / small["seconds"], 2),
        "memory_growth_mb": round(large["rss_mb"] - small["rss_mb"], 1),
    }
    print(
        f"  {result['seconds']:.1f} CPU seconds, {result['ratio']:.1f} times reading them, "
        f"{result['rss_mb']:.0f} MB more; twice the leads: {result['time_growth']:.2f} times "
        f"the time, {result['memory_growth_mb']:+.1f} MB; "
        f"{result['found']:.1%} of the planted pairs found, {result['others']} others",
        flush=True,
    )
    return result


def measure(leads: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="salesagent-bench-") as name:
        env = crash.environment(Path(name))
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(migrate, cwd=ROOT, env=env, check=True)
        for step in ("--fill", "--find"):  # what filling took of memory does not count
            done = subprocess.run(
                [sys.executable, "bench/duplicates.py", step, name, str(leads)],
                cwd=ROOT,
                env=env,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def fill(folder: Path, leads: int) -> None:
    os.chdir(ROOT)
    crash.setup()
    (folder / "planted.json").write_text(json.dumps(sorted(_fill(leads))))


def find(folder: Path, leads: int) -> None:
    os.chdir(ROOT)
    crash.setup()
    from leads.models import DuplicatePair
    from leads.services import duplicates

    planted = {(a, b) for a, b in json.loads((folder / "planted.json").read_text())}
    begun = time.process_time()
    for _ in duplicates.alive().values_list(*duplicates.FIELDS).iterator(chunk_size=2000):
        pass
    read = time.process_time() - begun
    before = _rss()
    begun = time.process_time()
    duplicates.find()
    spent = time.process_time() - begun
    pairs = set(DuplicatePair.objects.values_list("first_id", "second_id"))
    result = {
        "leads": leads,
        "seconds": round(spent, 2),
        "ratio": round(spent / read, 1),
        "rss_mb": round(_rss() - before, 1),
        "found": round(len(pairs & planted) / len(planted), 4),
        "others": len(pairs - planted),
    }
    print(json.dumps(result))


def _rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fill(leads: int) -> set[tuple[int, int]]:
    """Leads of companies with six people each; every fiftieth has a twin. The twins' ids."""
    from leads.models import Lead
    from salesagent.lib import bulk

    rng = random.Random(7)  # noqa: S311  invented names
    originals = [_lead(rng, n) for n in range(int(leads * (1 - PLANTED)))]
    chosen = originals[:: round(len(originals) / (leads * PLANTED))][: int(leads * PLANTED)]
    twins = [_twin(one, n) for n, one in enumerate(chosen)]
    rows = [Lead(**one) for one in (*originals, *twins)]
    for start in range(0, len(rows), 5000):
        bulk.insert_many(rows[start : start + 5000])
    by_key = {id(values): row.pk for values, row in zip(originals, rows, strict=False)}
    offset = len(originals)
    return {(by_key[id(one)], rows[offset + n].pk) for n, one in enumerate(chosen)}


def _lead(rng: random.Random, n: int) -> dict[str, Any]:
    first, last = rng.choice(FIRST), "".join(rng.choices(PARTS, k=3))
    company = n // 6
    return {
        "first_name": first,
        "last_name": last.capitalize(),
        "email": f"{first}.{last}.{n}@c{company}.example".lower(),
        "phone": f"+4925{company:08d}",
        "company_name": f"Company {company} GmbH",
        "city": f"Town {company % 500}",
    }


def _twin(one: dict[str, Any], n: int) -> dict[str, Any]:
    """The same person as another list has them."""
    local, _, domain = one["email"].partition("@")
    initial = f"{one['first_name'][0]}."
    spelled: list[dict[str, Any]] = [
        {"email": f"{local}+fair@{domain}"},
        {"email": None, "phone": f"+4917{n:08d}"},
        {"email": None, "first_name": initial},
        {"email": None, "first_name": one["last_name"], "last_name": one["first_name"]},
    ]
    return one | spelled[n % len(spelled)]


if __name__ == "__main__":
    if sys.argv[1:2] in (["--fill"], ["--find"]):
        {"--fill": fill, "--find": find}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
    else:
        run("--quick" in sys.argv)
