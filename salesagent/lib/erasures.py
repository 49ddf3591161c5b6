"""Who was erased, outside of the database: a restored backup must not bring anybody back.

An append-only file in DATA_DIR, one line for each erasure: the time, the person's id and keyed
hashes of the addresses. No name, no address; without HASH_KEY nobody can be told from it.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

FILE = "erasures.jsonl"


@dataclass(frozen=True)
class Erasure:
    at: datetime
    person: int
    hashes: tuple[str, ...]


# erases again whoever of these is in the database; how many were
Again = Callable[[Sequence[Erasure]], int]


def note(person: int, hashes: Iterable[str]) -> None:
    """Write it down, on disk when this returns. Call it before the transaction that erases commits:
    a line too many does no harm."""
    line = {"at": timezone.now().isoformat(), "person": person, "hashes": sorted(set(hashes))}
    handle = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, (json.dumps(line) + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def noted(path: Path | None = None) -> Iterator[Erasure]:
    """Oldest first; a line that was cut by a crash is passed over."""
    path = path or _path()
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if found := _read(line):
                yield found


def _read(line: str) -> Erasure | None:
    try:
        data = json.loads(line)
        hashes = tuple(str(one) for one in data["hashes"])
        return Erasure(datetime.fromisoformat(data["at"]), int(data["person"]), hashes)
    except (ValueError, KeyError, TypeError):
        return None


def carry_over(present: Path, staged: Path) -> None:
    """Add the lines of the data that is there to those that came with the backup."""
    lines: dict[str, None] = {}
    for folder in (staged, present):
        path = folder / FILE
        if path.exists():
            text = path.read_text(encoding="utf-8", errors="replace")
            lines |= dict.fromkeys(line for line in text.splitlines() if _read(line))
    if lines:
        target = staged / FILE
        target.touch(mode=0o600)
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def again() -> int:
    """Erase again who was erased after the backup was made; returns how many."""
    rows = list(noted())
    return sum(import_string(path)(rows) for path in settings.ERASE_AGAIN) if rows else 0
