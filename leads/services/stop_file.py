"""The do-not-contact list beside the database, as an append-only file in DATA_DIR.

A restore reads it when the present database cannot be read any more, or lies elsewhere. One line
for each row that was made, says more than before, or was taken off: keyed hash, kind, channel,
reason and time. No address, and without HASH_KEY nobody can be told from it.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from leads.models import Suppression
from salesagent.lib.crypto import keyed_hash

FILE = "stops.jsonl"


@dataclass(frozen=True)
class Line:
    """`key` tells under which HASH_KEY `hash` was made; `gone`: taken off the list."""

    at: datetime
    key: str
    hash: str
    kind: str
    channel: str
    reason: str
    gone: bool = False


def key() -> str:
    """What tells one HASH_KEY from another, and nothing of it."""
    return keyed_hash("which key", purpose="stops.file")[:12]


def note(rows: Iterable[Suppression], *, gone: bool = False) -> None:
    """Write it down as soon as the transaction is through; a full disk then undoes nothing."""
    lines = [_line(row, gone=gone) for row in rows]
    if lines:
        transaction.on_commit(lambda: _append(lines), robust=True)  # a partial has no name to log


def _line(row: Suppression, *, gone: bool) -> dict[str, Any]:
    more = {"gone": True} if gone else {}
    made = {"hash": row.address_hash, "kind": row.kind, "channel": row.channel}
    return {**made, "reason": str(row.reason), "key": key(), **more}


def _append(lines: list[dict[str, Any]]) -> None:
    at = timezone.now().isoformat()
    text = "".join(json.dumps({"at": at, **line}) + "\n" for line in lines)
    path = Path(settings.DATA_DIR) / FILE
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def standing() -> Iterator[Line]:
    """Whoever is on the list by the last word of the file."""
    last: dict[tuple[str, str, str], Line] = {}
    for line in _lines():
        which = (line.key, line.hash, line.channel)
        if which not in last or last[which].at <= line.at:
            last[which] = line
    return (line for line in last.values() if not line.gone)


def _lines() -> Iterator[Line]:
    path = Path(settings.DATA_DIR) / FILE
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            if line := _read(text):
                yield line


def _read(text: str) -> Line | None:
    """None for a line that was cut by a crash, or holds what no row can."""
    try:
        data = json.loads(text)
        names = ("key", "hash", "kind", "channel", "reason")
        key, found, kind, channel, reason = (str(data[name]) for name in names)
        at = datetime.fromisoformat(data["at"])
    except (ValueError, KeyError, TypeError):
        return None
    fits = 0 < len(found) <= 64 and len(kind) <= 8 and 0 < len(channel) <= 12
    if not fits or reason not in Suppression.Reason.values or at.tzinfo is None:
        return None
    return Line(at, key, found, kind, channel, reason, data.get("gone") is True)


def _saved(instance: Suppression, raw: bool = False, **_: object) -> None:
    if not raw:
        note([instance])


def _deleted(instance: Suppression, **_: object) -> None:
    note([instance], gone=True)


post_save.connect(_saved, sender=Suppression, dispatch_uid="stops.file")
post_delete.connect(_deleted, sender=Suppression, dispatch_uid="stops.file")
