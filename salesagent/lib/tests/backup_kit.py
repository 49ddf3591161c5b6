"""A small installation in a folder, run by `manage.py` as people run it, for tests of backups."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from salesagent.lib import backup

KEY, RECIPIENT = backup.new_key()
OURS = ("DATABASE_URL", "DATA_KEYS", "HASH_KEY", "DEBUG", "DEMO", "SECRET_KEY_FALLBACKS")


@dataclass
class Site:
    """DATA_DIR and SECRET_KEY of an installation; `url`: another database than its SQLite file."""

    folder: Path
    secret: str = "k3" * 24
    url: str = ""

    @property
    def database(self) -> Path:
        return self.folder / "salesagent.sqlite3"

    def env(self, **more: str) -> dict[str, str]:
        clean = {key: one for key, one in os.environ.items() if key not in OURS}
        clean |= {"DATA_DIR": str(self.folder), "SECRET_KEY": self.secret, "LOG_LEVEL": "ERROR"}
        clean["PLAIN_STATIC"] = "1"  # pages are served where no static files were collected
        clean |= {"ENV_FILE": str(self.folder / "no.env"), "PYTEST_VERSION": "", **more}
        return clean | ({"DATABASE_URL": self.url} if self.url else {})

    def command(self, *words: object) -> list[str]:
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), *map(str, words)]

    def run(self, *words: object, fails: bool = False, **more: str) -> str:
        """What a command said; `fails`: it must end with an error, whose words come back."""
        done = subprocess.run(  # noqa: S603
            self.command(*words), env=self.env(**more), capture_output=True, text=True, check=False
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stderr if fails else done.stdout

    def python(self, code: str, **more: str) -> str:
        """Run code with Django set up on this installation."""
        before = "import django; django.setup()\n"
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", before + code],
            env=self.env(DJANGO_SETTINGS_MODULE="salesagent.settings", **more),
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout

    def back_up(self, to: Path) -> Path:
        self.run("backup", "--to", to, "--recipient", RECIPIENT)
        return to

    def restore(self, file: Path, *, fails: bool = False, key: str = KEY) -> str:
        key_file = self.folder.with_name(f"{self.folder.name}-key")
        key_file.write_text(f"# recovery key\n{key}\n")
        return self.run("restore", file, "--key-file", key_file, fails=fails)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as own:
            return own.execute(sql).fetchall()


def prints(root: Path, without: tuple[str, ...] = ()) -> dict[str, str]:
    """SHA-256 of each file under a folder, but for locks and what begins with `without`."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        ours = path.is_file() and path.name not in ("lock", "running.lock")
        if ours and not name.startswith(without or ("//",)):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def table_hash(path: Path, sql: str) -> str:
    with closing(sqlite3.connect(path)) as own:
        return hashlib.sha256(repr(own.execute(sql).fetchall()).encode()).hexdigest()


WORLD = """
from leads.models import Lead, Company
from outreach.models import Mailbox, Sequence, Step, Variant, Enrollment, Touch
from salesagent.accounts.models import User, Workspace
from salesagent.accounts import connections
from leads import thread
from outreach.services import policy
from django.utils import timezone
owner = User.objects.create_user("owner@own.example", "correct horse 42", name="Ingrid Halden",
                                 role="owner")
w = Workspace.current(); w.time_zone = "Europe/Copenhagen"; w.postal_address = "Kanalgade 4"
w.save()
box = Mailbox.objects.create(user=owner, address="jonas@halden.example", from_name="Jonas",
                             transport="file", password="mailbox-secret-42")
seq = Sequence.objects.create(name="Cold rooms", state="running", owner=owner)
step = Step.objects.create(sequence=seq, position=1, name="Touch 1", channel="email")
Variant.objects.create(step=step, label="A", subject="Hi", body="Hello")
connections.save("twilio", account="AC1", secret={"auth_token": "t"}, settings={"sms": "+1"})
for n in range(4):
    lead = Lead.objects.create(owner=owner, first_name=f"Canary{n}", last_name=f"Zilpzalp{n}",
        email=f"canary{n}@zilpzalp.example", phone=f"+4861555010{n}", lawful_basis="consent",
        company_name="Zilpzalp Works", search_text=f"Canary{n} Zilpzalp{n}", tags=[f"canarytag{n}"],
        custom={"note": f"canarycustom{n}"})
    thread.record(lead=lead, kind="lead.created", actor="system", body=f"canarybody{n}")
    e = Enrollment.objects.create(lead=lead, sequence=seq, mailbox=box, enrolled_by=owner,
                                  next_due_at=timezone.now())
    t = Touch.objects.create(lead=lead, enrollment=e, step=step, step_key=step.key, number=1,
        channel="email", mailbox=box, to_address=lead.email, subject="Hi", body=f"canarytouch{n}",
        state="draft", due_at=timezone.now(), message_id=f"<m{n}@halden.example>")
    Touch.objects.filter(pk=t.pk).update(state="approved", approved_by=owner,
                                         approved_hash=policy.text_hash(t))
print("made")
"""


def world(folder: Path, secret: str = "k3" * 24, url: str = "") -> Site:
    """An installation with an owner, a mailbox, texts, four leads in a sequence, and files."""
    site = Site(folder, secret, url)
    site.run("migrate", "--verbosity", "0")
    site.python(WORLD)
    deep = folder / "attachments" / ("long-" + "n" * 120)
    deep.mkdir(parents=True)
    (deep / "Größe ü.pdf").write_bytes(os.urandom(3_000_000))
    (folder / "mail").mkdir(exist_ok=True)
    (folder / "mail" / "empty.eml").write_bytes(b"")
    (folder / "mail" / "one.eml").write_bytes(os.urandom(70_000))
    (folder / "link").symlink_to("/etc/passwd")
    return site
