"""The members of the tar in a backup: plain files as lib.backup_tar writes them, and nothing else.

Read by hand: anybody who knows the recipient can make a file, and the reader of the standard
library holds an extended header of any length in memory and knows sparse files, links and devices.
"""

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from salesagent.lib.backup_base import Damaged

BLOCK = tarfile.BLOCKSIZE
LONGEST = 20_000  # bytes of an extended header: a name of 4,096 letters fits
PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)
RECORDS = ("path", "size", "mtime", "hdrcharset")  # others change what a member is
NUMBER = re.compile(r"\d{1,18}", re.ASCII)
UNREADABLE = "This backup cannot be read."
ODD = "This backup holds a file with an impossible name."


@dataclass(frozen=True)
class Member:
    name: str
    size: int


class Members:
    """Goes through the stream once. `read` gives the content of the member that came last."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.plain = gzip.GzipFile(fileobj=stream, mode="rb")
        self.left = self.padding = 0

    def __iter__(self) -> Iterator[Member]:
        """Up to the end of the tar. Raises Damaged."""
        while True:
            while self.left:
                self.read(BLOCK * 128)
            self._exactly(self.padding)
            head = self._exactly(BLOCK)
            if not any(head):
                return
            found = self._member(head)
            self.left, self.padding = found.size, -found.size % BLOCK
            yield found

    def read(self, count: int) -> bytes:
        """Empty at the end of the member."""
        content = self._exactly(min(count, self.left))
        self.left -= len(content)
        return content

    def _exactly(self, count: int) -> bytes:
        try:
            found = self.plain.read(count) if count else b""
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Damaged(UNREADABLE) from error
        if len(found) < count:
            raise Damaged(UNREADABLE)
        return found

    def _member(self, head: bytes) -> Member:
        info, more = _header(head), {}
        if info.type == tarfile.XHDTYPE:
            if not 0 < info.size <= LONGEST:
                raise Damaged(ODD)
            more = _records(self._exactly(info.size))
            self._exactly(-info.size % BLOCK)
            info = _header(self._exactly(BLOCK))
        if info.type not in PLAIN:
            raise Damaged(ODD)
        size = int(more.get("size", info.size))
        if size < 0:
            raise Damaged(ODD)
        return Member(more.get("path", info.name), size)


def _header(block: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError) as error:
        raise Damaged(UNREADABLE) from error


def _records(raw: bytes) -> dict[str, str]:
    """Of an extended header: lines of "length name=value"."""
    found: dict[str, str] = {}
    at = 0
    while at < len(raw):
        length = raw[at : at + 6].partition(b" ")[0]
        end = at + int(length) if length.isdigit() else at
        record = raw[at + len(length) + 1 : end]
        name, _, value = record.decode("utf-8", "surrogateescape").partition("=")
        if not record.endswith(b"\n") or end > len(raw) or name in found or name not in RECORDS:
            raise Damaged(ODD)
        found[name] = value[:-1]
        at = end
    if not NUMBER.fullmatch(found.get("size", "0")):
        raise Damaged(ODD)
    return found
