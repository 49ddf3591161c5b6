"""Training in a process of its own: `python -m leads.scoring.process < rows.json > found.json`.

scikit-learn and its memory come and go with it. It reads no settings and no database: rows, card,
champion, folder and key come as JSON on stdin, the verdict and the model go as JSON to stdout.
"""

import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from leads.scoring import artefact, gate
from leads.scoring.model import Model


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Learn, judge, and when published, write the signed files. `version` is "" otherwise."""
    started = time.process_time()
    closed = [(row, bool(won)) for row, won in asked["closed"]]
    champion = Model.from_json(asked["champion"]) if asked.get("champion") else None
    found = gate.train(closed, asked["others"], asked["card"], champion)
    decision = found.decision
    told: dict[str, Any] = {
        "publish": decision.publish,
        "reason": decision.reason,
        "leaks": [[leak.column, leak.auc] for leak in decision.leaks],
        "metrics": decision.metrics,
        "outcomes": len(closed),
        "wins": sum(won for _, won in closed),
        "version": "",
        "model": None,
    }
    if found.model is not None:
        model = Model.from_json(artefact.plain(json.loads(json.dumps(found.model.to_json()))))
        folder, key = Path(asked["folder"]), bytes.fromhex(asked["key"])
        saved = artefact.save(folder, model, found.twin, key)
        told |= {"version": saved.version, "model": model.to_json()}
    told["cpu seconds"] = round(time.process_time() - started, 2)
    told["peak MB"] = peak_mb()
    return told


def peak_mb() -> int:
    """The most memory this process held. Where the kernel tells, without what its parent held:
    `getrusage` counts that too, from before the program was started."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout, default=float)
