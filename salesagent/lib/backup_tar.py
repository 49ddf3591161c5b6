"""The inside of a backup: a gzipped tar that is written and read as a stream.

In this order: `about.json` (the format), `database` (SQLite file or PostgreSQL dump), `keys.json`,
`files/..` (what lies in DATA_DIR) and `manifest.json` with the sum of each of them.
"""

import hashlib
import io
import json
import logging
import os
import re
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from salesagent.lib import backup_keys
from salesagent.lib.backup_base import (
    CHUNK,
    FORMAT,
    SUFFIX,
    BackupError,
    Damaged,
    Manifest,
    Part,
    parsed,
    private,
    refuse_later,
)
from salesagent.lib.backup_members import ODD, Member, Members
from salesagent.lib.data_names import is_own

log = logging.getLogger(__name__)

ABOUT, DATABASE, KEYS, MANIFEST, FILES = (
    "about.json",
    "database",
    "keys.json",
    "manifest.json",
    "files/",
)
SMALL = 1_000_000  # bytes: such a file is read at once, so that it may change meanwhile
LEVEL = 1  # of gzip: half again as fast as 4, for a tenth more
CUT = "This backup is incomplete: {} is missing."
# What is read at once may be so long. The list of contents is as long as what it lists.
LIMITS = {ABOUT: 10_000, KEYS: 1_000_000, FILES + "erasures.jsonl": 100_000_000}
MANY = 1_000_000  # files
DEEP = 64  # folders in one another: what makes and removes them calls itself for each
RESERVE = 16 * 2**20  # bytes of a disk that stay free
LARGE = "This backup cannot be read: {} is longer than it can be."
NO_ROOM = "There is not enough room on the disk: {} MB more are needed. Nothing was changed."
HIDDEN = re.compile(r"[\\\0]|^[A-Za-z]:")  # in a part of a name: a folder or disk elsewhere
UNNAMED = "%r is not in the backup: rename it, not every system could restore this name"


@dataclass(frozen=True)
class Entry:
    """What goes into the tar under a name: a file, or its content."""

    name: str
    source: Path | bytes


class Writer:
    """Yields the stream; afterwards `parts` has what went in. `seen(bytes)` hears of progress."""

    def __init__(self, made_at: float, seen: Callable[[int], None]) -> None:
        self.made_at = made_at
        self.seen = seen
        self.parts: list[Part] = []

    def stream(self, entries: Iterable[Entry], manifest: Callable[[], bytes]) -> Iterator[bytes]:
        squeeze = zlib.compressobj(LEVEL, wbits=31)  # 31: with the header of gzip
        for block in self._plain(entries, manifest):
            if squeezed := squeeze.compress(block):
                yield squeezed
        yield squeeze.flush()

    def _plain(self, entries: Iterable[Entry], manifest: Callable[[], bytes]) -> Iterator[bytes]:
        yield from self._content(ABOUT, json.dumps({"format": FORMAT}).encode())
        for entry in entries:
            if isinstance(entry.source, bytes):
                yield from self._content(entry.name, entry.source)
            else:
                yield from self._file(entry.name, entry.source)
        listed = manifest()  # all that came before; it cannot hold its own sum
        yield self._header(MANIFEST, len(listed)) + listed + b"\0" * (-len(listed) % 512 + 1024)

    def _file(self, name: str, path: Path) -> Iterator[bytes]:
        """A file that went away meanwhile is left out: whoever removed it meant it."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            size = os.fstat(file.fileno()).st_size
            if size <= SMALL:
                yield from self._content(name, file.read(SMALL * 2))
                return
            yield self._header(name, size)
            digest, left = hashlib.sha256(), size
            while left:
                block = file.read(min(CHUNK, left))
                if not block:
                    raise BackupError(f"{path.name} became shorter while it was read. Try again.")
                digest.update(block)
                left -= len(block)
                self.seen(len(block))
                yield block
            yield b"\0" * (-size % 512)
        self.parts.append(Part(name, size, digest.hexdigest()))

    def _content(self, name: str, content: bytes) -> Iterator[bytes]:
        yield self._header(name, len(content)) + content + b"\0" * (-len(content) % 512)
        self.parts.append(Part(name, len(content), hashlib.sha256(content).hexdigest()))
        self.seen(len(content))

    def _header(self, name: str, size: int) -> bytes:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, self.made_at
        return info.tobuf(tarfile.PAX_FORMAT)


def data_files(root: Path, without: Iterable[Path]) -> Iterator[Entry]:
    """Each regular file under DATA_DIR that belongs into a backup; no links, sockets, databases."""
    leave = {path.resolve() for path in without}
    for folder, names, files in os.walk(root):
        here = Path(folder)
        top = here == root
        names[:] = sorted(name for name in names if not (top and is_own(name)))
        for name in sorted(files):
            path = here / name
            if (top and is_own(name)) or path.resolve() in leave or path.suffix == SUFFIX:
                continue
            if not stat.S_ISREG(path.lstat().st_mode):
                continue
            inside = FILES + path.relative_to(root).as_posix()
            if is_safe(inside):
                yield Entry(inside, path)
            else:
                log.warning(UNNAMED, str(path))


def total(entries: Iterable[Entry]) -> int:
    """Bytes, about: files may change."""
    count = 0
    for entry in entries:
        if isinstance(entry.source, bytes):
            count += len(entry.source)
        elif entry.source.exists():
            count += entry.source.stat().st_size
    return count


class Reader:
    """Goes through the stream once. `keep(name)` says where a part is put, None: nowhere."""

    def __init__(self, stream: IO[bytes], keep: Callable[[str], Path | None]) -> None:
        self.members = Members(stream)
        self.keep = keep
        self.parts: dict[str, Part] = {}
        self.names = 0  # their length together
        self.keys: dict[str, object] = {}

    def read(self) -> Manifest:
        """Raises Damaged unless every part is what the manifest says, and OSError of the disk."""
        content = b""
        for member in self.members:
            taken = self._take(member)
            content = taken if member.name == MANIFEST else content
        if not content:
            raise Damaged(CUT.format("its list of contents"))
        manifest = Manifest.from_json(content)
        self._compare(manifest)
        return manifest

    def _take(self, member: Member) -> bytes:
        name = safe(member.name)
        if name in self.parts or len(self.parts) >= MANY:
            raise Damaged(ODD)
        if member.size > self._limit(name):
            raise Damaged(LARGE.format(shown(name)))
        digest, head = hashlib.sha256(), io.BytesIO()
        path = self.keep(name)
        target = _target(path, member.size) if path else None
        try:
            while block := self.members.read(CHUNK):
                digest.update(block)
                if target is not None:
                    target.write(block)
                elif name in (ABOUT, KEYS, MANIFEST):
                    head.write(block)
        finally:
            if target is not None:
                target.flush()
                os.fsync(target.fileno())
                target.close()
        self.parts[name] = Part(name, member.size, digest.hexdigest())
        self.names += len(name)
        self._look(name, head.getvalue())
        return head.getvalue()

    def _limit(self, name: str) -> float:
        if name == MANIFEST:
            return SMALL + 300 * len(self.parts) + 12 * self.names
        return LIMITS.get(name, float("inf"))

    def _look(self, name: str, content: bytes) -> None:
        if name == KEYS:
            self.keys = backup_keys.read(content)
        if name == ABOUT:
            refuse_later(parsed(content))

    def _compare(self, manifest: Manifest) -> None:
        listed = {part.name: part for part in manifest.parts}
        found = {name: part for name, part in self.parts.items() if name != MANIFEST}
        if ABOUT not in found or DATABASE not in found or KEYS not in found:
            raise Damaged(CUT.format("the database"))
        if listed != found:
            names = sorted(set(listed) ^ set(found)) or sorted(
                name for name in listed if listed[name] != found[name]
            )
            raise Damaged(CUT.format(shown(names[0])))


def _target(path: Path, size: int) -> IO[bytes]:
    """A new file for so many bytes. Raises BackupError before the disk is full."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk = os.statvfs(path.parent)
    if missing := max(0, size + RESERVE - disk.f_bavail * disk.f_frsize):
        raise BackupError(NO_ROOM.format(f"{-(-missing // 2**20):,}"))
    return private(path)  # type: ignore[no-any-return]


def is_safe(name: str) -> bool:
    """Does this name in the tar stay inside, on any system, and is it none of the program's own?"""
    if name in (ABOUT, DATABASE, KEYS, MANIFEST):
        return True
    parts = name.removeprefix(FILES).split("/")
    inside = not any(part in ("", ".", "..") or HIDDEN.search(part) for part in parts)
    short = len(name) < 4096 and len(parts) <= DEEP
    return name.startswith(FILES) and short and inside and not is_own(parts[0])


def safe(name: str) -> str:
    """The name; Damaged unless it is safe."""
    if not is_safe(name):
        raise Damaged(ODD)
    return name


def shown(name: str) -> str:
    """A stranger's name for a line on a terminal."""
    return "".join(one if one.isprintable() else "?" for one in name[:200])
