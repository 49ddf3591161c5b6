"""Keep a threaded process small (RUNTIME.md sections 0 and 2)."""

import ctypes
import gc
import sys
from pathlib import Path

M_ARENA_MAX = -8  # malloc.h
ARENAS = 2


def limit_arenas() -> bool:
    """Two malloc arenas instead of eight a core; False where the C library has no mallopt."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt and mallopt(M_ARENA_MAX, ARENAS))


def freeze() -> None:
    """What is loaded now lives as long as the process: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


def free_mb() -> int | None:
    """Memory this process may still take, in MB: of its control group or of the machine.

    None where nobody says. File cache that can be dropped counts as free.
    """
    left = [value for value in (_of_group_v2(), _of_group_v1(), _of_machine()) if value is not None]
    return min(left) // 2**20 if left else None


def _number(path: str) -> int | None:
    try:
        text = Path(path).read_text("ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _cache(path: str, key: str) -> int:
    """A line of memory.stat."""
    try:
        lines = Path(path).read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.split()[0] == key), 0)


def _of_group_v2() -> int | None:
    root = "/sys/fs/cgroup"
    limit, used = _number(f"{root}/memory.max"), _number(f"{root}/memory.current")
    if limit is None or used is None:
        return None
    return limit - used + _cache(f"{root}/memory.stat", "inactive_file")


def _of_group_v1() -> int | None:
    root = "/sys/fs/cgroup/memory"
    limit = _number(f"{root}/memory.limit_in_bytes")
    used = _number(f"{root}/memory.usage_in_bytes")
    if limit is None or used is None or limit >= 2**60:
        return None
    return limit - used + _cache(f"{root}/memory.stat", "total_inactive_file")


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    value = next(found, "")
    return int(value) * 1024 if value.isdigit() else None


def trim() -> bool:
    """Ask the C library to give freed memory back to the machine; False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(malloc_trim and malloc_trim(0))
