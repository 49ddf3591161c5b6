"""The sentence encoder: CPU per text and memory, each against a baseline of the same run.

    python -m bench.encoder [--quick]

Every row is measured in a process of its own. The baseline of memory is Django alone; of time, the
same texts split into words by a regular expression and counted, a thousand times over.
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
KINDS = ("", "onnx", "transformers")

CHILD = r"""
import json, os, re, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "salesagent.settings"
import django
django.setup()
from collections import Counter
from pathlib import Path
from salesagent.ai import encoder

kind, rounds = sys.argv[1], int(sys.argv[2])
lines = Path("salesagent/ai/tests/fixtures/encoder_texts.txt").read_text("utf-8").splitlines()
texts = [json.loads(line) for line in lines if line]

def pss():
    found = re.search(r"^Pss:\s+(\d+)", open("/proc/self/smaps_rollup").read(), re.M)
    return int(found.group(1)) / 1024

def cpu(work):
    start = time.process_time()
    for _ in range(rounds):
        for text in texts:
            work(text)
    return (time.process_time() - start) * 1000 / rounds / len(texts)

def words(text):
    for _ in range(1000):
        Counter(re.findall(r"\w+", text))

found = {"pss_mb_before": round(pss(), 1)}
rounds, wanted = 1, rounds
found["baseline_ms"] = round(cpu(words), 3)
rounds = wanted
if kind:
    start = time.process_time()
    encoder.encode("first")
    found["load_cpu_ms"] = round((time.process_time() - start) * 1000)
    found["ms_per_text"] = round(cpu(encoder.encode), 3)
    found["ratio"] = round(found["ms_per_text"] / found["baseline_ms"], 3)
    found["pss_mb_loaded"] = round(pss(), 1)
    encoder.unload()
    found["pss_mb_unloaded"] = round(pss(), 1)
print(json.dumps(found))
"""


def measure(kind: str, rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
            "SECRET_KEY": "x7" * 24,
            "DATA_DIR": folder,
            "ENV_FILE": f"{folder}/none",
            "NLP_BACKEND": kind or "off",
        }
        command = [sys.executable, "-c", CHILD, kind, str(rounds)]
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run(quick: bool) -> dict[str, Any]:
    rounds = 2 if quick else 10
    rows = {kind or "off": measure(kind, rounds) for kind in KINDS}
    ours, theirs = rows["onnx"], rows["transformers"]
    return {
        **rows,
        "encoder_mb": round(ours["pss_mb_loaded"] - ours["pss_mb_before"], 1),
        "transformers_extra_mb": round(theirs["pss_mb_loaded"] - ours["pss_mb_loaded"], 1),
        "transformers_time_ratio": round(theirs["ratio"] / ours["ratio"], 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    print(json.dumps(run(parser.parse_args().quick), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
