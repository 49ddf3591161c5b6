"""Run bench/inbound.py in a database of its own that is thrown away: python bench/mailbox.py"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="salesagent-mailbox-") as folder:
        env = {
            **os.environ,
            "SECRET_KEY": "mailbox-" + "0123456789" * 5,
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/mailbox.sqlite3",
            "ENV_FILE": f"{folder}/none",
            "LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
        }
        run = "from bench import inbound; inbound.main()"
        for command in (["migrate", "--verbosity", "0"], ["shell", "-c", run]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)


if __name__ == "__main__":
    main()
