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
from leads.scoring.features import Row
from leads.scoring.model import Model


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Learn, judge, and when published, write the signed files. `version` is "" otherwise."""
    started = time.process_time()
    closed = [(row, bool(won)) for row, won in asked["closed"]]
    found, leaks = trained(asked, closed)
    decision = found.decision
    told: dict[str, Any] = {
        "publish": decision.publish,
        "reason": decision.reason + (f" {gate.leak_words(leaks)}" if leaks else ""),
        "leaks": [[leak.column, leak.auc] for leak in leaks or decision.leaks],
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


def trained(
    asked: dict[str, Any], closed: list[tuple[Row, bool]]
) -> tuple[gate.Trained, tuple[gate.Leak, ...]]:
    """Learn; again without the columns that alone tell the outcome, which come back too."""
    champion = Model.from_json(asked["champion"]) if asked.get("champion") else None
    card, others = asked["card"], asked["others"]
    found = gate.train(closed, others, card, champion)
    leaks = tuple(leak for leak in found.decision.leaks if leak.auc > gate.COLUMN_LEAK)
    if not leaks:
        return found, ()
    names = {leak.column for leak in leaks}
    rest = [(_without(row, names), won) for row, won in closed]
    return gate.train(rest, [_without(row, names) for row in others], card, champion), leaks


def _without(row: Row, names: set[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


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
