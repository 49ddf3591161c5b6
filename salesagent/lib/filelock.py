"""A lock between processes of one machine; it falls with the process that holds it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_kept: list[int] = []  # locks of `keep`, for as long as the process lives


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """True while this process alone holds `path`; False at once when another one does."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _lock(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


@contextmanager
def waited(path: Path) -> Iterator[None]:
    """Wait until this process alone holds `path`."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def keep(path: Path) -> bool:
    """Share `path` with others until this process ends; False when somebody has it alone."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    _kept.append(handle)
    return _lock(handle, fcntl.LOCK_SH)


def _lock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
