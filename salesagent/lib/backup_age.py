"""The encrypted stream: age (X25519, ChaCha20-Poly1305 in 64 KiB blocks) by pyrage.

Encryption pulls from a generator, so nothing but a few buffers is in memory. Decryption pushes;
a thread and a pipe turn that into a stream that can be read.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from salesagent.lib.backup_base import BackupError, Damaged, WrongKey, disk_words, private

HEADER = b"age-encryption.org/"
NO_KEY = "This is not a recovery key. It is one line that begins with AGE-SECRET-KEY-1."
WRONG = "This recovery key does not open this backup. Use the key of the time it was made."
CHANGED = (
    "This backup is damaged: it was cut short or changed after it was made. Nothing was restored. "
    "Fetch the file again, or take another backup."
)
NOT_ONE = "This file is not a backup of SalesAgent."


def new_key() -> tuple[str, str]:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def clean(key: str) -> str:
    """A pasted key, or a key file with comments, to the key alone."""
    lines = [line.strip() for line in key.splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "").upper()


def is_key(text: str) -> bool:
    try:
        identity_of(text)
    except WrongKey:
        return False
    return True


def is_recipient(text: str) -> bool:
    import pyrage

    try:
        pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        return False
    return True


def identity_of(key: str) -> Any:
    """Raises WrongKey."""
    import pyrage

    try:
        return pyrage.x25519.Identity.from_str(clean(key))
    except pyrage.IdentityError as error:
        raise WrongKey(NO_KEY) from error


def recipient_of(key: str) -> str:
    return str(identity_of(key).to_public())


class _Source:
    """A generator as a file that can be read; keeps what it raised."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.rest = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        if self.error is not None:
            return b""
        try:
            while not self.rest:
                self.rest = memoryview(next(self.chunks))
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        part, self.rest = self.rest[:size], self.rest[size:]
        return bytes(part)


class _Target:
    """A file that counts and sums what is written; keeps what it raised."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.error: BaseException | None = None

    def write(self, block: bytes) -> int:
        try:
            self.file.write(block)
        except BaseException as error:
            self.error = error
            raise
        self.size += len(block)
        self.sha256.update(block)
        self.md5.update(block)
        return len(block)

    def flush(self) -> None:
        self.file.flush()


def encrypt(chunks: Iterator[bytes], path: Path, recipient: str) -> tuple[int, str, str]:
    """Write `chunks` encrypted to a new file, on disk when this returns: (bytes, sha256, md5).

    What the generator raises comes out unchanged. Raises OSError of the disk.
    """
    import pyrage

    try:
        to = pyrage.x25519.Recipient.from_str(recipient.strip())
    except pyrage.RecipientError as error:
        raise BackupError("The stored recipient is none. Make a new recovery key.") from error
    source = _Source(chunks)
    with private(path) as file:
        target = _Target(file)
        try:
            pyrage.encrypt_io(source, target, [to])
        except (pyrage.EncryptError, OSError) as error:
            raise source.error or target.error or error from None
        file.flush()
        os.fsync(file.fileno())
    return target.size, target.sha256.hexdigest(), target.md5.hexdigest()


@contextmanager
def decrypted(path: Path, key: str) -> Iterator[IO[bytes]]:
    """The plain stream of a backup. Whoever reads must read to its end and then leave the block:
    only then every byte is known to be genuine. Raises WrongKey or Damaged."""
    identity = identity_of(key)
    with _opened(path) as file:
        readable, writable = os.pipe()
        work = _Decryption(file, writable, identity)
        work.start()
        failed = True
        try:
            with os.fdopen(readable, "rb", buffering=64 * 1024) as stream:
                yield stream
                while stream.read(64 * 1024):  # the end of the file is part of what is proven
                    pass
            failed = False
        except Damaged:
            work.join()
            if work.error is not None:  # the cause of an odd stream
                raise work.words() from None
            raise
        finally:
            work.join()
        if not failed and work.error is not None:
            raise work.words()


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(disk_words(error)) from error
    with file:
        if file.read(len(HEADER)) != HEADER:
            raise Damaged(NOT_ONE)
        file.seek(0)
        yield file


class _Decryption(threading.Thread):
    """Decrypts into a pipe; what went wrong is kept."""

    def __init__(self, file: IO[bytes], handle: int, identity: Any) -> None:
        super().__init__(name="decrypt", daemon=True)
        self.file, self.handle, self.identity = file, handle, identity
        self.error: BaseException | None = None

    def run(self) -> None:
        import pyrage

        try:
            with os.fdopen(self.handle, "wb", buffering=64 * 1024) as pipe:
                pyrage.decrypt_io(self.file, pipe, [self.identity])
        except BrokenPipeError:
            pass  # the reader had enough, and says why
        except Exception as error:  # noqa: BLE001  told by the reader's side
            self.error = error

    def words(self) -> BackupError:
        import pyrage

        if isinstance(self.error, pyrage.DecryptError) and "No matching keys" in str(self.error):
            return WrongKey(WRONG)
        return Damaged(CHANGED)
