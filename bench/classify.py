"""Reading replies: CPU, memory and rightness of the local classifier against the rules alone.

    python -m bench.classify [--quick]

Memory in a fresh process (Django, encoder and heads). CPU per message is a ratio to the rules on
the same texts in the same run. Rightness is of heads that never saw the authors held out: fitted
anew here unless --quick, which takes what stands in the heads' file.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

CHILD = r"""
import json, os, re, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "salesagent.settings"
import django
django.setup()
from salesagent.ai import heads
from salesagent.ai.rules import RuleClassifier
from salesagent.ai.understand import LocalClassifier

rounds = int(sys.argv[1])

def pss():
    found = re.search(r"^Pss:\s+(\d+)", open("/proc/self/smaps_rollup").read(), re.M)
    return int(found.group(1)) / 1024

line = "Klingt gut, aber erst im neuen Jahr, momentan fehlt uns das Budget."
english = "Sounds good, but next year please, there is no budget for it right now."
texts = {
    "a line, German": line,
    "a line, English": english,
    "1 KB, German": (line + " ") * 15,
    "1 KB, English": (english + " ") * 14,
    "64 KB": (english + " " + line + "\n") * 460,
    "64 KB, one word": "a" * 65536,
}

def spent(work, text):
    found = []
    for _ in range(rounds):
        start = time.process_time()
        work(text)
        found.append((time.process_time() - start) * 1000)
    found.sort()
    return found[len(found) // 2], found[int(len(found) * 0.95)]

told = {"pss_mb_before": round(pss(), 1), "texts": {}}
rules, local = RuleClassifier(), LocalClassifier()
start = time.process_time()
local.classify(english)
told["load_cpu_ms"] = round((time.process_time() - start) * 1000)
for name, text in texts.items():
    rules.classify(text)
    base, _ = spent(rules.classify, text)
    half, most = spent(local.classify, text)
    told["texts"][name] = {
        "rules_ms": round(base, 2), "ms_p50": round(half, 2), "ms_p95": round(most, 2),
        "ratio": round(half / max(base, 0.01), 1),
    }
told["pss_mb_loaded"] = round(pss(), 1)
told["measured"] = heads.current().made["measured"]
print(json.dumps(told))
"""

RIGHT = r"""
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "salesagent.settings"
import django
django.setup()
import json
from salesagent.ai.rules import RuleClassifier
from salesagent.ai.train import build, corpus

rows = corpus.shipped()
names = {"opt_out": "unsubscribe"}
held = [row for row in rows if row.held_out]
ruled = [RuleClassifier().classify(row.text).disposition for row in held]
right = sum(names.get(one, one) == row.labels[0] for one, row in zip(ruled, held)) / len(held)
print(json.dumps({"rules": round(right, 4), "heads": build.build(rows).measured}))
"""


def _child(code: str, *arguments: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
            "SECRET_KEY": "x7" * 24,
            "DATA_DIR": folder,
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def run(quick: bool = False) -> dict[str, Any]:
    """Memory in MB, CPU of a message in ms and as a ratio to the rules, rightness."""
    found = _child(CHILD, "15" if quick else "60")
    if not quick:
        found["right"] = _child(RIGHT)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    print(json.dumps(run(parser.parse_args().quick), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
