"""Rows a second of an import: a semicolon CSV of 50,000 people through the wizard's own service.

Counted from the start of the run to its end: leads, companies, thread events, scores and search
text are there. The dry run before it is timed apart.
"""

import json
import os
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

ROWS = 50_000


def measure(rows: int = ROWS) -> dict[str, Any]:
    print(f"== import, {rows} rows")
    with tempfile.TemporaryDirectory(prefix="salesagent-bench-") as name:
        env = crash.environment(Path(name))
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(migrate, cwd=ROOT, env=env, check=True)
        done = subprocess.run(
            [sys.executable, "bench/importing.py", str(rows)],
            cwd=ROOT,
            env=env,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"  {result['rows_per_s']:.0f} rows/s ({result['rows_per_cpu_s']:.0f} a CPU second), "
        f"dry run {result['check_rows_per_s']:.0f} rows/s, {result['rss_mb']:.0f} MB more",
        flush=True,
    )
    return result


def file_of(rows: int) -> bytes:
    lines = ["First name;Last name;Email;Phone;Company;City;Country;Job title"]
    lines += [
        f"Marta;Number {n};p{n}@c{n // 4}.example;+49 251 555{n:05d};Company {n // 4};"
        "Münster;DE;Operations Director"
        for n in range(rows)
    ]
    return "\n".join(lines).encode("cp1252")


def child(rows: int) -> None:
    os.chdir(ROOT)
    crash.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile

    from leads.models import ImportBatch, Lead
    from leads.services import import_check, import_run, imports
    from salesagent.accounts.models import User

    user = User.objects.create_user("rep@own.example", None, name="Jonas Weber")
    batch = imports.upload(user, SimpleUploadedFile("people.csv", file_of(rows)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    check = imports.start_check(batch, user)
    begun = time.perf_counter()
    import_check.check(check.pk if check else 0)
    checked = time.perf_counter() - begun
    batch = ImportBatch.objects.get(pk=batch.pk)
    job = imports.start_run(
        batch, user, duplicates="fill", basis="legitimate_interest", basis_source="Fair", owner=user
    )
    cpu, begun = time.process_time(), time.perf_counter()
    import_run.run(job.pk if job else 0)
    cpu, spent = time.process_time() - cpu, time.perf_counter() - begun
    if Lead.objects.count() != rows:
        raise RuntimeError(f"{Lead.objects.count()} of {rows} rows came in")
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    result = {
        "rows": rows,
        "rows_per_s": round(rows / spent),
        "rows_per_cpu_s": round(rows / cpu),
        "check_rows_per_s": round(rows / checked),
        "rss_mb": round(more, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    child(int(sys.argv[1]))
