"""The lead score: rows a second of the served model in pure Python, and its learning curve.

Speed is told against `json.loads` of the same rows, timed in turns in the same run. The leads are
invented (leads/tests/scoring_twin.py).
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

ROWS = 2000
ROUNDS = 5
SIZES = (0, 20, 50, 100, 200, 500, 1000, 3000)


def run(quick: bool = False) -> dict[str, Any]:
    return measure(3 if quick else 10)


def measure(draws: int = 10) -> dict[str, Any]:
    import numpy as np

    from leads.scoring import bench
    from leads.tests import scoring_twin as twin

    made = twin.rows()
    won = np.array([row.pop(twin.LABEL) == "1" for row in made], dtype=float)
    print(f"== lead score, {len(made)} invented leads")
    started = time.process_time()
    found = bench.measure(bench.Table(made, won, twin.CARD), SIZES, draws)
    curve = {"curve": found["sizes"], "curve cpu s": round(time.process_time() - started, 1)}
    for size, point in found["sizes"].items():
        print(f"  {size:>5} outcomes: AUC {point['auc']:.3f}, Brier {point['brier']:.3f}")
    return {**speed(made, won), **curve}


def speed(made: list[dict[str, Any]], won: Any) -> dict[str, Any]:
    """Rows a CPU second of scores with reasons, and how many times json.loads that takes."""
    import numpy as np

    from leads.scoring import learn, trees
    from leads.scoring.model import Model, from_card
    from leads.tests import scoring_twin as twin

    design = learn.make_design(made, twin.CARD)
    chosen = np.arange(3000)
    found = learn.fit(design, chosen, won[:3000], with_trees=False)
    line = json.dumps(learn.to_model(found, design, won[:3000]).to_json())
    found.mix, found.grown = 0.5, trees.grow(design.wide[:3000], won[:3000])
    mixed = json.dumps(learn.to_model(found, design, won[:3000]).to_json())
    rows = made[:ROWS]
    texts = [json.dumps(row) for row in rows]
    models = {"card": from_card(twin.CARD)}
    models |= {"line": Model.from_json(json.loads(line))}
    models |= {"line and trees": Model.from_json(json.loads(mixed))}
    work: dict[str, Callable[[], Any]] = {"json": lambda: [json.loads(text) for text in texts]}
    for name, model in models.items():
        work[name] = lambda model=model: [model.read(row) for row in rows]  # type: ignore[misc]
    best = {name: min(seconds(job) for _ in range(ROUNDS)) for name, job in work.items()}
    result: dict[str, Any] = {
        "model kB": round(len(line) / 1e3),
        "mixed kB": round(len(mixed) / 1e3),
    }
    for name in models:
        ratio, rate = best[name] / best["json"], ROWS / best[name]
        result |= {f"{name} ratio": round(ratio, 1), f"{name} rows/s": round(rate)}
        print(f"  {name}: {rate:.0f} rows/s with reasons, {ratio:.1f} times json.loads")
    return result


def seconds(job: Callable[[], Any]) -> float:
    started = time.process_time()
    job()
    return time.process_time() - started


if __name__ == "__main__":
    print(json.dumps(measure()))
