"""Sums that were read, kept in the process until the next count.

Between two counts nothing that a report adds up changes, so who opens the same report again gets
what was read the first time. All of it belongs to one `StatRun.stamp`, which is another one with
each day that is summed up anew: what is shown is never older than what the tables hold. The key has
the people and the segment, so nobody gets what others may see.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from analytics.access import Scope

MOST = 4_000_000  # bytes of one process, roughly
T = TypeVar("T")


class Kept:
    """What was used longest ago goes first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.clear()
        self._lock = Lock()

    def clear(self, stamp: str = "") -> None:
        self.stamp = stamp
        self.size = 0
        self._of: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def find(self, stamp: str, key: Hashable) -> Any:
        with self._lock:
            if stamp != self.stamp:
                self.clear(stamp)
            found = self._of.get(key)
            if found is None:
                return None
            self._of.move_to_end(key)
            return found[0]

    def keep(self, stamp: str, key: Hashable, value: Any, size: int) -> None:
        with self._lock:
            if stamp != self.stamp or key in self._of or 4 * size > self.most:
                return
            self._of[key] = value, size
            self.size += size
            while self.size > self.most:
                _, (_, gone) = self._of.popitem(last=False)
                self.size -= gone


KEPT = Kept(MOST)


def once(scope: Scope, key: Hashable, read: Callable[[], T], size: Callable[[T], int]) -> T:
    """What `read` gives, never None; not to be changed. `key`: what else it depends on."""
    if not scope.stamp:
        return read()
    whole = (scope.who, scope.segment, key)
    found: T | None = KEPT.find(scope.stamp, whole)
    if found is None:
        found = read()
        KEPT.keep(scope.stamp, whole, found, size(found))
    return found
