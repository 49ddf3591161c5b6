"""When each loop of this process was last alive. Kept in memory: no database write for a beat.

Other hosts' workers are seen through the last finished tick (`/readyz`), not through this table.
"""

import threading
import time

STALE_AFTER = 180.0  # seconds; a tick may wait for a slow mail server

_beats: dict[str, float] = {}
_lock = threading.Lock()


def beat(name: str) -> None:
    with _lock:
        _beats[name] = time.monotonic()


def ages() -> dict[str, float]:
    """Seconds since the last beat of each loop that ever ran in this process."""
    now = time.monotonic()
    with _lock:
        return {name: now - at for name, at in _beats.items()}


def stale() -> list[str]:
    return sorted(name for name, age in ages().items() if age > STALE_AFTER)


def clear() -> None:
    with _lock:
        _beats.clear()
