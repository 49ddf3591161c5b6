"""Let one thread of this process do a periodic piece of work at a time.

Other processes are kept apart by claims in the database; this only saves a second connection to the
same mailbox when a tick of the queue meets one of the process's own ticks.
"""

import threading
from collections.abc import Callable
from functools import wraps


def alone(work: Callable[[], None]) -> Callable[[], None]:
    """Calls that come while `work` runs return at once: the next tick does what they would have."""
    lock = threading.Lock()

    @wraps(work)
    def inner() -> None:
        if not lock.acquire(blocking=False):
            return
        try:
            work()
        finally:
            lock.release()

    return inner
