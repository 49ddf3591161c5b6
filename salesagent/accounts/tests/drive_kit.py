"""A connected Google Drive and backups in it, for tests against the scripted Drive."""

import hashlib
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from salesagent.accounts import backup_drive, backup_rows, backup_sending, backups, connections
from salesagent.accounts.drive import SERVICE
from salesagent.accounts.google_files import SCOPE
from salesagent.accounts.models import BackupCopy, Connection
from salesagent.accounts.tests.drive_server import ACCESS, REFRESH, World, drive_server
from salesagent.lib import backup, budget, http
from salesagent.lib.models import Job

ACCOUNT = "ingrid@halden.example"


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting costs nothing, and the budget's clock goes on meanwhile."""
    found: list[float] = []

    def wait(seconds: float) -> None:
        found.append(max(seconds, 0.0) + 0.01)

    monkeypatch.setattr(http, "sleep", wait)
    monkeypatch.setattr(backup_drive, "wait", wait)
    monkeypatch.setattr(backup_sending, "wait", wait)
    monkeypatch.setattr(budget, "clock", lambda: time.time() + sum(found))
    return found


@pytest.fixture
def google(settings: Any, waited: list[float], db: None) -> Iterator[World]:
    with drive_server() as world:
        point_to(settings, world)
        yield world


def point_to(settings: Any, world: World) -> None:
    settings.SERVICE_URLS = {
        **settings.SERVICE_URLS,
        "google_drive": world.base,
        "google_token": f"{world.base}/token",
        "google_revoke": f"{world.base}/token",
    }
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "client.apps.example", "secret"


def account(name: str = ACCOUNT, **values: Any) -> Connection:
    secret = {
        "refresh_token": REFRESH,
        "access_token": ACCESS,
        "expires_at": str(time.time() + 3600),
    }
    return connections.save(SERVICE, account=name, secret=secret, scopes=[SCOPE], **values)


def content(size: int) -> bytes:
    """Bytes in which no part is like another one."""
    return b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(size // 32 + 1))[:size]


def kept(size: int = 3_000, *, days_ago: float = 0, **values: Any) -> BackupCopy:
    """A copy on this server, as `backups` leaves it."""
    body = content(size)
    number = BackupCopy.objects.count()
    copy = BackupCopy.objects.create(
        connection=backup_rows.own(),
        state="kept",
        name=f"salesagent-20261121-{number:06d}-4f2a91c0.backup",
        size=size,
        md5=hashlib.md5(body, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(body).hexdigest(),
        upload={"token": f"token{number}", "key": "4F2A 91C0"},
        **values,
    )
    at = timezone.now() - timedelta(days=days_ago)
    BackupCopy.objects.filter(pk=copy.pk).update(created_at=at)
    backup_rows.path(copy).write_bytes(body)
    return copy


def send(copy: BackupCopy) -> Job:
    """Through the job, as the queue runs it."""
    job = backups.start_send(copy, None)
    backups.run(job.pk)
    copy.refresh_from_db()
    job.refresh_from_db()
    return job


def make(user: Any = None) -> BackupCopy:
    """Through the job."""
    job = backups.start(user)
    backups.run(job.pk)
    return BackupCopy.objects.get(job=job)


def last(hours: float, state: str = "kept") -> BackupCopy:
    """So long ago."""
    copy = kept(days_ago=hours / 24)
    BackupCopy.objects.filter(pk=copy.pk).update(state=state)
    return copy


def fake_make(target: Path, recipient: str, say: Any = None) -> Any:
    """Stands in for the encryption."""
    body = b"age " + content(2_000)
    say(0.5, "Encrypting")
    target.write_bytes(body)
    sums = [hashlib.new(name, body, usedforsecurity=False).hexdigest() for name in SUMS]
    return SimpleNamespace(size=len(body), sha256=sums[0], md5=sums[1], odd=())


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for the encryption: `error` is what it raises, `to` whom it was asked for."""
    made = SimpleNamespace(error=None, calls=0, to="")

    def make(target: Path, recipient: str, say: Any = None) -> Any:
        made.calls, made.to = made.calls + 1, recipient
        if made.error:
            say(0.3, "Copying the database")
            raise made.error
        return fake_make(target, recipient, say)

    monkeypatch.setattr(backup, "make", make)
    return made


SUMS = ("sha256", "md5")


@pytest.fixture
def key(db: None) -> str:
    """A recovery key in use; its recipient."""
    recipient = "age1testrecipient"
    backup_rows.choose(recipient=recipient, key_at=timezone.now().isoformat())
    return recipient
