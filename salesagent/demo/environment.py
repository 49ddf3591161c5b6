"""The demo needs no set-up: its own folder, key and passwords, made on first use.

Runs before Django reads its settings, so it imports nothing of it.
"""

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROLES = ("rep", "manager", "owner")


def folder() -> Path:
    return Path(os.environ.get("DEMO_DIR", ROOT / "var" / "demo"))


def prepare(port: str) -> None:
    """Point the settings at the demo's own data; what the user set for the demo stays."""
    data = folder()
    data.mkdir(parents=True, exist_ok=True)
    site, hosts = f"http://127.0.0.1:{port}", "127.0.0.1,localhost,[::1]"
    if domain := os.environ.get("REPLIT_DEV_DOMAIN"):
        site, hosts = f"https://{domain}", f"{hosts},{domain}"
        os.environ.setdefault("BEHIND_PROXY", "1")
    os.environ.update(
        DEMO="1",
        DATA_DIR=str(data),
        SECRET_KEY=_kept(data / "secret_key", secrets.token_urlsafe(48)),
        ENV_FILE=str(data / "no.env"),
    )
    os.environ.setdefault("SITE_URL", site)
    os.environ.setdefault("ALLOWED_HOSTS", hosts)
    os.environ.pop("DATABASE_URL", None)


def passwords() -> dict[str, str]:
    """One password a role, random, the same at each start."""
    return {
        role: _kept(folder() / f"password_{role}", f"{role}-{secrets.token_hex(5)}")
        for role in ROLES
    }


def _kept(path: Path, fresh: str) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(fresh)
    return path.read_text().strip()


def port_of(argv: list[str]) -> str:
    """The port a command line names: --port 9000, --port=9000, else PORT, else 8000."""
    for number, word in enumerate(argv):
        if word == "--port" and number + 1 < len(argv):
            return argv[number + 1]
        if word.startswith("--port="):
            return word.partition("=")[2]
    return os.environ.get("PORT", "8000")
