"""Budget and breaker: exact arithmetic on a clock of our own, and no lost update among threads."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from salesagent.lib import budget
from salesagent.lib.models import ProviderState

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [NOW]
    monkeypatch.setattr(budget, "clock", lambda: at[0])
    monkeypatch.setattr(budget, "_limits", {})
    budget.register("svc", 2.0, 5)
    return at


def fail(times: int) -> None:
    for _ in range(times):
        budget.note_fault("svc", "a", message="svc broke off")


def test_a_service_nobody_registered_costs_no_query(
    db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert budget.take("other", "a") == 0
        budget.note_ok("other", "a")
        budget.note_fault("other", "a", message="x")


def test_the_bucket_empties_and_fills(db: None, clock: list[float]) -> None:
    assert [budget.take("svc", "a") for _ in range(6)] == [0, 0, 0, 0, 0, 0.5]
    assert budget.take("svc", "b") == 0, "each account has its own"
    clock[0] += 0.5
    assert [budget.take("svc", "a"), budget.take("svc", "a")] == [0, 0.5]
    clock[0] += 3600
    assert [budget.take("svc", "a") for _ in range(6)].count(0) == 5


def test_a_clock_that_goes_back_gives_nothing(db: None, clock: list[float]) -> None:
    for _ in range(5):
        budget.take("svc", "a")
    clock[0] -= 100
    assert budget.take("svc", "a") == 0.5
    clock[0] += 100.5
    assert budget.take("svc", "a") == 0


def test_a_cost_above_the_bucket_still_goes(db: None) -> None:
    assert budget.take("svc", "a", cost=50) == 0
    assert budget.take("svc", "a") == 0.5


def test_five_faults_in_a_row_open_it(db: None, clock: list[float]) -> None:
    fail(4)
    assert budget.take("svc", "a") == 0
    budget.note_ok("svc", "a")
    fail(5)
    assert budget.ask("svc", "a") == budget.Leave(60, "breaker")


def test_each_failed_probe_doubles_the_time_up_to_15_minutes(db: None, clock: list[float]) -> None:
    fail(5)
    seen = []
    for _ in range(6):
        wait = budget.take("svc", "a")
        seen.append(wait)
        clock[0] += wait
        assert budget.take("svc", "a") == 0, "the probe"
        assert budget.ask("svc", "a").why == "breaker", "only one"
        fail(1)
    assert seen == [60, 120, 240, 480, 900, 900]
    clock[0] += 900
    assert budget.take("svc", "a") == 0
    budget.note_ok("svc", "a")
    assert budget.take("svc", "a") == 0


def test_calls_on_their_way_do_not_make_it_longer(db: None) -> None:
    fail(9)
    assert budget.take("svc", "a") == 60


def test_a_probe_that_never_reports_is_repeated(db: None, clock: list[float]) -> None:
    fail(5)
    clock[0] += 60
    assert budget.take("svc", "a") == 0
    clock[0] += budget.PROBE_LEASE
    assert budget.take("svc", "a") == 0


def test_a_pause_holds_and_is_never_shortened(db: None, clock: list[float]) -> None:
    budget.note_busy("svc", "a", retry_after=30)
    budget.note_busy("svc", "a", retry_after=2)
    assert budget.ask("svc", "a") == budget.Leave(30, "pause")
    clock[0] += 30
    assert budget.take("svc", "a") == 0
    budget.note_busy("svc", "a", retry_after=10**9)
    assert budget.take("svc", "a") == 900


def test_what_the_connections_page_shows(db: None) -> None:
    budget.note_fault("svc", "a", message="Bearer abcdefghijkl is bad")
    budget.note_ok("svc", "b")
    budget.take("svc", "b")
    budget.note_ok("svc", "b")
    first, second = budget.states()
    assert (first.key, first.failures, first.last_error) == ("svc:a", 1, "Bearer [hidden] is bad")
    assert second.last_ok_at == datetime.fromtimestamp(NOW, UTC)
    budget.forget("svc", "a")
    assert budget.state("svc", "a") is None


def test_long_accounts_are_not_mixed_up(db: None) -> None:
    budget.note_fault("svc", "x" * 300 + "1", message="m")
    assert budget.state("svc", "x" * 300 + "2") is None
    assert budget.state("svc", "x" * 300 + "1") is not None


def together(count: int, work: Callable[[], Any]) -> Iterator[Any]:
    found: list[Any] = []
    gate = threading.Barrier(count)

    def one() -> None:
        try:
            gate.wait(20)
            found.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return iter(found)


def test_many_threads_never_spend_a_token_twice(crowd: None) -> None:
    found = list(together(12, lambda: [budget.take("svc", "a") for _ in range(2)]))
    assert [wait for pair in found for wait in pair].count(0.0) == 5


def test_many_threads_count_every_fault(crowd: None) -> None:
    list(together(4, lambda: fail(1)))
    assert ProviderState.objects.get().failures == 4


def test_one_of_many_threads_is_the_probe(crowd: None, clock: list[float]) -> None:
    fail(5)
    clock[0] += 60
    assert list(together(8, lambda: budget.take("svc", "a"))).count(0.0) == 1
