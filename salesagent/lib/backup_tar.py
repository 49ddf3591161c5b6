"""The inside of a backup: a gzipped tar that is written and read as a stream.

In this order: `about.json` (the format), `database` (SQLite file or PostgreSQL dump), `keys.json`,
`files/..` (what lies in DATA_DIR) and `manifest.json` with the sum of each of them.
"""

import hashlib
import io
import json
import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from salesagent.lib.backup_base import (
    CHUNK,
    FORMAT,
    SUFFIX,
    WORK,
    BackupError,
    Damaged,
    Manifest,
    Part,
    TooNew,
    private,
)

ABOUT, DATABASE, KEYS, MANIFEST, FILES = (
    "about.json",
    "database",
    "keys.json",
    "manifest.json",
    "files/",
)
SMALL = 1_000_000  # bytes: such a file is read at once, so that it may change meanwhile
LEVEL = 1  # of gzip: half again as fast as 4, for a tenth more
# of DATA_DIR: copies of copies, what is made here, and what is carried otherwise
LEFT_OUT = ("backups", WORK, "former-*", "restored-keys.json", "*.lock", "*.sqlite3-*")
ODD = "This backup holds a file with an impossible name."
CUT = "This backup is incomplete: {} is missing."


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
        names[:] = sorted(name for name in names if not (top and _left_out(name)))
        for name in sorted(files):
            path = here / name
            if (top and _left_out(name)) or path.resolve() in leave or path.suffix == SUFFIX:
                continue
            if stat.S_ISREG(path.lstat().st_mode):
                yield Entry(FILES + path.relative_to(root).as_posix(), path)


def _left_out(name: str) -> bool:
    return any(PurePosixPath(name).match(pattern) for pattern in LEFT_OUT)


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
        self.stream = stream
        self.keep = keep
        self.parts: dict[str, Part] = {}
        self.keys = b""

    def read(self) -> Manifest:
        """Raises Damaged unless every part is what the manifest says, and OSError of the disk."""
        content = b""
        try:
            with tarfile.open(fileobj=self.stream, mode="r|gz") as tar:
                for info in tar:
                    taken = self._take(tar, info)
                    content = taken if info.name == MANIFEST else content
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise Damaged("This backup cannot be read.") from error
        if not content:
            raise Damaged(CUT.format("its list of contents"))
        manifest = Manifest.from_json(content)
        self._compare(manifest)
        return manifest

    def _take(self, tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
        name = safe(info)
        source = tar.extractfile(info)
        if source is None or name in self.parts:
            raise Damaged(ODD)
        digest, head = hashlib.sha256(), io.BytesIO()
        path = self.keep(name)
        target = self._target(path) if path else None
        try:
            while block := source.read(CHUNK):
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
        self.parts[name] = Part(name, info.size, digest.hexdigest())
        self._look(name, head.getvalue())
        return head.getvalue()

    def _target(self, path: Path) -> IO[bytes]:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return private(path)  # type: ignore[no-any-return]

    def _look(self, name: str, content: bytes) -> None:
        if name == KEYS:
            self.keys = content
        if name == ABOUT and int(json.loads(content)["format"]) > FORMAT:
            raise TooNew(
                "This backup was made by a newer version of SalesAgent. Update the program and "
                "try again."
            )

    def _compare(self, manifest: Manifest) -> None:
        listed = {part.name: part for part in manifest.parts}
        found = {name: part for name, part in self.parts.items() if name != MANIFEST}
        if DATABASE not in found or KEYS not in found:
            raise Damaged(CUT.format("the database"))
        if listed != found:
            names = sorted(set(listed) ^ set(found)) or sorted(
                name for name in listed if listed[name] != found[name]
            )
            raise Damaged(CUT.format(names[0]))


def safe(info: tarfile.TarInfo) -> str:
    """The name, when it stays inside; Damaged otherwise. Only plain files are let in."""
    path = PurePosixPath(info.name)
    inside = not path.is_absolute() and ".." not in path.parts and "\0" not in info.name
    known = info.name in (ABOUT, DATABASE, KEYS, MANIFEST) or info.name.startswith(FILES)
    if not (info.isreg() and inside and known and len(info.name) < 4096):
        raise Damaged(ODD)
    return info.name
