"""The loops as threads: tasks run, and stopping drains."""

import threading
import time

import pytest

from salesagent.lib import heartbeat, once
from salesagent.lib.cluster import ThreadCluster
from salesagent.lib.tasks import enqueue, oldest_queued_seconds

ran: list[int] = []
gate = threading.Event()


def note(number: int) -> None:
    ran.append(number)


def slow(number: int) -> None:
    gate.wait(10)
    ran.append(number)


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not condition():
        time.sleep(0.02)
    return condition()


@pytest.fixture
def cluster(crowd, settings):
    ran.clear()
    gate.clear()
    heartbeat.clear()
    cluster = ThreadCluster(workers=2, schedule_every=0.2).start()
    yield cluster
    gate.set()
    cluster.stop(5)
    heartbeat.clear()


def test_tasks_run_and_loops_beat(cluster):
    for number in range(5):
        enqueue("salesagent.lib.tests.test_cluster.note", number)
    assert wait_for(lambda: len(ran) == 5)
    assert sorted(ran) == [0, 1, 2, 3, 4]
    names = {"pusher", "worker-0", "worker-1", "monitor", "scheduler"}
    assert wait_for(lambda: names <= set(heartbeat.ages()))
    assert heartbeat.stale() == []


def test_stopping_finishes_what_runs_and_keeps_what_waits(cluster):
    for number in range(8):
        enqueue("salesagent.lib.tests.test_cluster.slow", number)
    assert wait_for(lambda: cluster.tasks.full() or cluster.tasks.qsize() > 0)
    threading.Timer(0.3, gate.set).start()
    assert cluster.stop(10)
    from django_q.models import OrmQ

    assert wait_for(lambda: len(ran) + OrmQ.objects.count() >= 8)
    assert len(ran) == len(set(ran))


def test_an_empty_queue_has_no_age(db):
    assert oldest_queued_seconds() == 0.0
    enqueue("salesagent.lib.tests.test_cluster.note", 1)
    assert 0 <= oldest_queued_seconds() < 60


def test_ticks_run_by_themselves_and_end(crowd):
    ran.clear()
    heartbeat.clear()
    cluster = ThreadCluster(workers=1, ticks=[(f"{__name__}.tick", 0.02)]).start()
    try:
        assert wait_for(lambda: len(ran) > 2)
        assert wait_for(lambda: "tick" in heartbeat.ages())
    finally:
        assert cluster.stop(5)
        heartbeat.clear()


def tick() -> None:
    ran.append(len(ran))


def test_alone_lets_one_thread_in():
    begun, inside = threading.Event(), []

    @once.alone
    def work() -> None:
        inside.append(1)
        begun.set()
        gate.wait(5)

    gate.clear()
    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(5)
    work()
    gate.set()
    thread.join()
    work()
    assert len(inside) == 2
