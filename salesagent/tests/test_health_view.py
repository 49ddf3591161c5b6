import pytest

from salesagent.lib import heartbeat


@pytest.fixture(autouse=True)
def _clean():
    heartbeat.clear()
    yield
    heartbeat.clear()


def test_healthz_answers_get_and_head_without_the_database(client):
    # no `db` fixture: a query would fail the test
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"OK")
    head = client.head("/healthz")
    assert (head.status_code, head.content) == (200, b"")
    assert client.post("/healthz").status_code == 405


def test_healthz_names_the_loop_that_stopped(client, monkeypatch):
    heartbeat.beat("pusher")
    monkeypatch.setattr(heartbeat, "STALE_AFTER", -1.0)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert b"pusher" in response.content


def test_readyz_shows_each_number(client, db, django_assert_max_num_queries):
    heartbeat.beat("worker-0")
    with django_assert_max_num_queries(3):
        response = client.get("/readyz")
    assert response.status_code == 200
    data = response.json()
    assert data["database"]["ok"] and data["queue"] == {"ok": True, "oldest_seconds": 0}
    assert data["loops"]["seconds_since_beat"] == {"worker-0": 0}
    assert data["disk"]["free_mb"] > 0


def test_readyz_is_red_when_the_queue_is_old(client, db, monkeypatch):
    monkeypatch.setattr("salesagent.health.oldest_queued_seconds", lambda: 301.0)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["queue"] == {"ok": False, "oldest_seconds": 301}
