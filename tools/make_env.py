"""Write .env with a fresh SECRET_KEY, unless there is one."""

import pathlib
import secrets

ROOT = pathlib.Path(__file__).resolve().parent.parent
target = ROOT / ".env"
if not target.exists():
    text = (ROOT / ".env.example").read_text()
    target.write_text(text.replace("SECRET_KEY=\n", f"SECRET_KEY={secrets.token_urlsafe(48)}\n", 1))
    target.chmod(0o600)
    print("Wrote .env with a fresh SECRET_KEY.")
