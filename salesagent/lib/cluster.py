"""The queue's own loops (pusher, worker, monitor, scheduler) as threads of one process.

django-q2 is unmodified: its loops are plain functions that take queues. Threads instead of its five
processes save about 70 MB; the price is that a stuck task cannot be killed, so every outgoing call
has a socket timeout and every claim a lease. Stock `qcluster` runs the same tasks on other hosts.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from django.db import close_old_connections
from django.utils.module_loading import import_string

from salesagent.lib import heartbeat

log = logging.getLogger("salesagent.cluster")


class Timer:
    """The two-method stand-in for multiprocessing.Value that django-q2's worker writes to."""

    def __init__(self) -> None:
        self.value = -1
        self._lock = threading.RLock()

    def get_lock(self) -> threading.RLock:
        return self._lock


class ThreadCluster:
    """`start()` the loops; `stop()` drains: what runs ends, what waits stays in the queue."""

    def __init__(
        self,
        *,
        workers: int = 2,
        schedule_every: float = 10.0,
        ticks: Sequence[tuple[str, float]] = (),
    ) -> None:
        """`ticks`: (dotted path, seconds) of short work that runs more often than each minute."""
        from django_q.conf import Conf

        self.workers = workers
        self.ticks = ticks
        self.schedule_every = schedule_every
        self.stopping = threading.Event()
        self.tasks: queue.Queue[object] = queue.Queue(maxsize=Conf.QUEUE_LIMIT or 0)
        self.results: queue.Queue[object] = queue.Queue()
        self.worker_threads: list[threading.Thread] = []
        self.tick_threads: list[threading.Thread] = []
        self.pusher_thread: threading.Thread | None = None
        self.monitor_thread: threading.Thread | None = None
        self.timers: list[Timer] = []

    def start(self) -> "ThreadCluster":
        self.pusher_thread = self._loop("pusher", self._push)
        for number in range(self.workers):
            timer = Timer()
            self.timers.append(timer)
            self.worker_threads.append(self._loop(f"worker-{number}", partial(self._work, timer)))
        self.monitor_thread = self._loop("monitor", self._monitor)
        self._loop("scheduler", self._schedule)
        for path, seconds in self.ticks:
            self.tick_threads.append(self._loop(path, partial(self._tick, path, seconds)))
        self._loop("heartbeat", self._beat)
        return self

    def stop(self, grace: float = 20.0) -> bool:
        """Stop taking work, finish what runs; True when all finished within `grace` seconds."""
        self.stopping.set()
        if self.pusher_thread:
            self.pusher_thread.join(3)
        for _ in self.worker_threads:
            self.tasks.put("STOP")
        end = time.monotonic() + grace
        busy = [*self.worker_threads, *self.tick_threads]
        for thread in busy:
            thread.join(max(0.0, end - time.monotonic()))
        finished = not any(thread.is_alive() for thread in busy)
        self.results.put("STOP")
        if self.monitor_thread:
            self.monitor_thread.join(5)
        return finished

    def _loop(self, name: str, body: Callable[[], bool]) -> threading.Thread:
        """Run `body` until it returns False or the cluster stops; restart it after a crash."""

        def run() -> None:
            while True:
                try:
                    if not body():
                        return
                except Exception:  # noqa: BLE001  one crash must not end the product
                    log.exception("loop %s crashed, restarting", name)
                finally:
                    close_old_connections()
                if self.stopping.wait(1):
                    return

        thread = threading.Thread(target=run, name=f"q-{name}", daemon=True)
        thread.start()
        return thread

    def _push(self) -> bool:
        from django_q.brokers import get_broker
        from django_q.pusher import pusher

        pusher(self.tasks, self.stopping, get_broker())
        return not self.stopping.is_set()  # it also returns after a broker error

    def _work(self, timer: Timer) -> bool:
        from django_q.conf import Conf
        from django_q.worker import worker

        timer.value = -1
        worker(self.tasks, self.results, timer, Conf.TIMEOUT)
        return timer.value == -2  # -2: recycled after so many tasks, start again

    def _monitor(self) -> bool:
        from django_q.brokers import get_broker
        from django_q.monitor import monitor

        monitor(self.results, get_broker())
        return False

    def _schedule(self) -> bool:
        from django_q.brokers import get_broker
        from django_q.scheduler import scheduler

        while not self.stopping.wait(self.schedule_every):
            scheduler(get_broker())
            heartbeat.beat("scheduler")
        return False

    def _tick(self, path: str, seconds: float) -> bool:
        work = import_string(path)
        while not self.stopping.wait(seconds):
            close_old_connections()
            work()
            heartbeat.beat(path.rpartition(".")[2])
        return False

    def _beat(self) -> bool:
        """One beat for each loop whose thread lives; a dead one grows stale and /readyz tells."""
        while True:
            if self.pusher_thread and self.pusher_thread.is_alive():
                heartbeat.beat("pusher")
            for number, thread in enumerate(self.worker_threads):
                if thread.is_alive():
                    heartbeat.beat(f"worker-{number}")
            if self.monitor_thread and self.monitor_thread.is_alive():
                heartbeat.beat("monitor")
            if self.stopping.wait(5):
                return False
