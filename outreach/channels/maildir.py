"""A mailbox that is a folder: <root>/<address>/{sent,new,cur,tmp}. For the demo, and for looking
at mail before a provider is connected. Nothing leaves this machine."""

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from os import fsync
from pathlib import Path

from outreach.channels.base import (
    ChannelError,
    Cursor,
    InboundRaw,
    InventoryItem,
    MailboxConfig,
    SendResult,
)

FOLDERS = ("tmp", "sent", "new", "cur")
_SAFE = re.compile(r"[a-z0-9][a-z0-9._+-]{0,99}@[a-z0-9][a-z0-9.-]{0,150}")
_UID = re.compile(r"(\d{10})\.")
_HEADER_BYTES = 64 * 1024


class FileTransport:
    def __init__(self, config: MailboxConfig) -> None:
        self.config = config

    @contextmanager
    def open(self) -> Iterator["FileSession"]:
        yield FileSession(self.folder())

    def folder(self) -> Path:
        """The mailbox's folder, made on first use. Raises ChannelError."""
        if self.config.root is None:
            raise _error("No folder is set for this mailbox.")
        folder = self.config.root / folder_name(self.config.address)
        try:
            for name in FOLDERS:
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _error(f"The mail folder cannot be made ({error.strerror}).") from error
        return folder

    def deliver(self, message: bytes) -> int:
        """Put a received mail into `new` under the next uid; returns the uid."""
        folder = self.folder()
        while True:
            uid = 1 + max((uid for uid, _ in _numbered(folder)), default=0)
            temporary = _write(folder, message)
            try:
                (folder / "new" / f"{uid:010d}.eml").hardlink_to(temporary)
            except FileExistsError:
                continue  # somebody else took this uid
            finally:
                temporary.unlink()
            return uid

    def fetch(self, cursor: Cursor, limit: int) -> Iterator[InboundRaw]:
        """Mail in `new` and `cur` with a uid above the cursor's; `new` moves to `cur` when read."""
        folder = self.folder()
        waiting = sorted(item for item in _numbered(folder) if item[0] > cursor.last_uid)
        for uid, path in waiting[:limit]:
            yield self._read(uid, path)
            if path.parent.name == "new":
                path.rename(folder / "cur" / path.name)

    def inventory(self, since: datetime) -> Iterator[InventoryItem]:
        """What lies in `new` and `cur`; there is no Spam folder."""
        for uid, path in sorted(_numbered(self.folder())):
            arrived = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
            if arrived >= since:
                with path.open("rb") as file:
                    header = message_from_bytes(file.read(_HEADER_BYTES))
                message_id = str(header.get("Message-ID", "")).strip()
                yield InventoryItem(uid, message_id, arrived, 1)

    def pick(self, items: Sequence[InventoryItem]) -> Iterator[InboundRaw]:
        wanted = {item.uid for item in items}
        for uid, path in sorted(_numbered(self.folder())):
            if uid in wanted:
                yield self._read(uid, path)

    def _read(self, uid: int, path: Path) -> InboundRaw:
        status = path.stat()
        fits = status.st_size <= self.config.size_limit
        with path.open("rb") as file:
            content = file.read() if fits else file.read(_HEADER_BYTES)
        return InboundRaw(
            uid=uid,
            uidvalidity=1,
            raw=content if fits else None,
            size=status.st_size,
            internal_date=datetime.fromtimestamp(status.st_mtime, tz=UTC),
            envelope={} if fits else _envelope(message_from_bytes(content)),
        )

    def find(self, message_id: str) -> bool | None:
        """A look at one name: the file is called after its Message-ID."""
        return (self.folder() / "sent" / sent_name(message_id)).exists()

    def keep_copies(self, messages: list[bytes]) -> None:
        return None  # sending is the copy

    def test(self) -> list[str]:
        try:
            folder = self.folder()
            _write(folder, b"test").unlink()
        except (ChannelError, OSError) as error:
            return [f"error: {error}"]
        return [f"ok: Mail is written to {folder} and answers are read from there."]


class FileSession:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: bytes, sender: str, recipient: str) -> SendResult:
        """Written aside and renamed: the mail is there whole or not at all."""
        header = message_from_bytes(message[:_HEADER_BYTES])
        name = sent_name(str(header.get("Message-ID", "")) or uuid.uuid4().hex)
        try:
            _write(self._folder, message).rename(self._folder / "sent" / name)
        except OSError as error:
            raise ChannelError(
                f"The mail folder cannot be written ({error.strerror}).",
                permanent=False,
                scope="provider",
                code="connect",
            ) from error
        return SendResult(provider_id=name, accepted_at=datetime.now(UTC))


def folder_name(address: str) -> str:
    """A folder for an address; never a path that leads elsewhere."""
    address = address.strip().lower()
    if _SAFE.fullmatch(address) and ".." not in address:
        return address
    return sha256(address.encode()).hexdigest()[:32]


def sent_name(message_id: str) -> str:
    return f"{sha256(message_id.strip().encode()).hexdigest()[:40]}.eml"


def _numbered(folder: Path) -> Iterator[tuple[int, Path]]:
    for name in ("new", "cur"):
        for path in (folder / name).iterdir():
            if match := _UID.match(path.name):
                yield int(match.group(1)), path


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "tmp" / uuid.uuid4().hex
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        fsync(file.fileno())
    return path


def _envelope(header: Message) -> dict[str, str]:
    names = ("From", "Subject", "Message-ID", "In-Reply-To", "References", "Date")
    return {name.lower().replace("-", "_"): str(header.get(name, "")) for name in names}


def _error(text: str) -> ChannelError:
    return ChannelError(text, permanent=True, scope="mailbox", code="unsupported")
