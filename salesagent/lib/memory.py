"""Keep a threaded process small (RUNTIME.md sections 0 and 2)."""

import ctypes
import gc
import sys

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
