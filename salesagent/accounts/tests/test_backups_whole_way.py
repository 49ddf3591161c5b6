"""From a backup to Drive, back, and into a new place that starts: byte for byte, people in it."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from salesagent.accounts.tests.drive_server import Fault, World, drive_server

pytestmark = pytest.mark.slow
ROOT = Path(django_settings.BASE_DIR)
SET_UP = """
from leads.models import Lead
from salesagent.accounts.models import User
from salesagent.accounts import backup_drive, backup_rows, backups, connections
from salesagent.accounts.tests.drive_kit import account
from salesagent.lib import backup, tasks
import json, pathlib
owner = User.objects.create_user("ingrid@halden.example", "x", name="I", role="owner")
for n in range(400):
    Lead.objects.create(first_name=f"Ada {n}", email=f"ada{n}@berg.example", owner=owner)
key, public = backup.new_key()
backups.keep_key(public, owner)
account()
backups.start(owner)
tasks.run_waiting()
(copy,) = backup_rows.kept()
print(json.dumps({"key": key, "name": copy.name, "md5": copy.md5, "remote": copy.remote_id,
    "drive": copy.upload["drive"], "error": copy.error}))
"""
FETCH = """
from salesagent.accounts.models import User
from salesagent.accounts import backup_drive, backup_rows, backups
from salesagent.accounts.tests.drive_kit import account
from salesagent.lib import tasks
owner = User.objects.create_user("new@halden.example", "x", name="N", role="owner")
row = account()
assert backup_drive.adopt(row, owner) == 1
(copy,) = backup_rows.kept()
backups.start_fetch(copy, owner)
tasks.run_waiting()
copy.refresh_from_db()
assert not copy.error, copy.error
print(backup_rows.path(copy))
"""
LOOK = """
import json
from django.test import Client
from leads.models import Lead
from salesagent.accounts.models import User
from salesagent.accounts import backup_drive, connections
from salesagent.lib import hold
client = Client()
client.force_login(User.objects.get(email="ingrid@halden.example"))
page = client.get("/settings/backups/").content.decode()
print(json.dumps({
    "leads": Lead.objects.count(),
    "last": Lead.objects.order_by("-pk").first().email,
    "secret": connections.secret_of(backup_drive.active())["refresh_token"],
    "held": hold.is_on(),
    "told": "Until then no backup is made" in page,
    "home": client.get("/leads/").status_code,
    "new": User.objects.filter(email="new@halden.example").count(),
}))
"""

SLOWLY = """
import hashlib
from salesagent.accounts import backup_rows, backup_sending, backups
from salesagent.accounts.tests.drive_kit import account, kept
from salesagent.lib import tasks
import os, pathlib
backup_sending.SMALL = 1
account()
copy = kept(9_000_000)
backups.start_send(copy, None)
pathlib.Path(os.environ["HOME"], "pid").write_text(str(os.getpid()))
tasks.run_waiting()
print("not killed")
"""
GO_ON = """
from datetime import timedelta
from django.utils import timezone
from salesagent.accounts import backup_rows, backup_sending, backups
from salesagent.lib import tasks
from salesagent.lib.models import Job
assert Job.objects.get().state == "running"
Job.objects.update(updated_at=timezone.now() - timedelta(hours=1))
backups.look_after()
tasks.run_waiting()
(copy,) = backup_rows.kept()
print(copy.md5, copy.upload["drive"], [job.state for job in Job.objects.order_by("pk")])
"""


class Place:
    """A machine of its own: a data folder, keys, the scripted Drive."""

    def __init__(self, folder: Path, google: World, secret: str) -> None:
        self.folder = folder
        folder.mkdir()
        urls = {"google_drive": google.base, "google_token": f"{google.base}/token"}
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DATA_DIR": str(folder / "data"),
            "SECRET_KEY": secret,
            "ENV_FILE": str(folder / "none"),
            "SERVICE_URLS": json.dumps(urls),
            "ALLOWED_HOSTS": "testserver",
            "PLAIN_STATIC": "1",
        }
        self.run("migrate", "--verbosity", "0")

    def run(self, *args: str, code: int = 0) -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", *args],
            cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def python(self, text: str, code: int = 0) -> str:
        found = self.run("shell", "-v", "0", "-c", text, code=code)
        return (found.strip().splitlines() or [""])[-1]


@pytest.fixture
def google(tmp_path: Path) -> Any:
    with drive_server() as world:
        yield world


@pytest.mark.timeout(600)
def test_backup_to_drive_and_back_into_a_new_place(google: World, tmp_path: Path) -> None:
    old = Place(tmp_path / "old", google, "old-" + "k3y" * 20)
    made = json.loads(old.python(SET_UP))
    assert (made["drive"], made["error"]) == ("sent", "")
    (there,) = google.ours()
    assert hashlib.md5(there["body"], usedforsecurity=False).hexdigest() == made["md5"]
    assert b"berg.example" not in there["body"]
    here = old.folder / "data" / "backups" / made["name"]
    assert here.read_bytes() == there["body"]
    sent = there["body"]
    shutil.rmtree(old.folder)  # the machine is lost

    new = Place(tmp_path / "new", google, "new-" + "s3c" * 20)
    fetched = Path(new.python(FETCH))
    assert fetched.read_bytes() == sent
    key = new.folder / "key.txt"
    key.write_text(f"# as the page gives it\n{made['key']}\n")
    new.run("restore", str(fetched), "--key-file", str(key))
    found = json.loads(new.python(LOOK))
    assert found == {
        "leads": 400,
        "last": "ada399@berg.example",
        "secret": "1//drive-refresh-never-shown",  # stored secrets can be read in the new place
        "held": True,
        "told": True,
        "home": 200,
        "new": 0,
    }
    assert not tarfile.is_tarfile(fetched)


@pytest.mark.timeout(600)
def test_killed_in_the_middle_of_an_upload_it_goes_on_there(google: World, tmp_path: Path) -> None:
    place = Place(tmp_path / "one", google, "one-" + "k3y" * 20)

    def kill() -> None:
        os.kill(int((place.folder / "pid").read_text()), signal.SIGKILL)

    google.faults += [Fault("chunk") for _ in range(4)] + [Fault("chunk", act=kill)]
    assert place.python(SLOWLY, code=-signal.SIGKILL) == ""
    assert google.ours() == []
    md5, drive, states = place.python(GO_ON).split(" ", 2)
    (there,) = google.ours()
    assert (there["md5Checksum"], drive, states) == (md5, "sent", "['failed', 'done']")
    assert google.count("begin") == 1
    assert google.count("where") == 1
    assert google.count("chunk") in (9, 10)  # the one that was on its way may have come
