"""One bench in a process of its own: python -m bench.alone NAME FILE [--quick].

Benches set Django up and load models; each starts clean. What it returns goes to FILE as JSON.
"""

import importlib
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesagent.settings")
    os.environ.setdefault("SECRET_KEY", "bench-0123456789-0123456789-0123456789")
    name, target = sys.argv[1:3]
    result = importlib.import_module(f"bench.{name}").run("--quick" in sys.argv)
    Path(target).write_text(json.dumps(result, default=str))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
