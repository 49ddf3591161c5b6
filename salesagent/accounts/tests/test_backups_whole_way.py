"""From a backup to Drive, back, and into a new place that starts: byte for byte, people in it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from salesagent.accounts.tests.drive_server import World, drive_server

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
    "told": "stands still" in page,
    "home": client.get("/leads/").status_code,
    "new": User.objects.filter(email="new@halden.example").count(),
}))
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

    def run(self, *args: str) -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", *args],
            cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        return self.run("shell", "-v", "0", "-c", code).strip().splitlines()[-1]


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
