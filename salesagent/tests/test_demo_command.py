"""The demo as a visitor gets it, and the run command's life: start, answer, end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings

ROLES = ("rep", "manager", "owner")


def environment(folder):
    ours = ("SECRET_KEY", "DATABASE_URL", "DATA_DIR", "ENV_FILE", "DEMO", "DEBUG", "SITE_URL")
    env = {key: value for key, value in os.environ.items() if key not in ours}
    return {**env, "DEMO_DIR": str(folder), "STATIC_ROOT": str(folder / "static")}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", "demo", "--no-serve"],
        cwd=settings.BASE_DIR,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, done.stdout


def query(folder, sql):
    import sqlite3

    with sqlite3.connect(folder / "salesagent.sqlite3") as connection:
        return connection.execute(sql).fetchall()


def test_it_prints_one_login_a_line(prepared):
    _, output = prepared
    for role in ROLES:
        assert re.search(rf"^{role} \S+@\S+ \S+$", output, re.M)


def test_the_world_is_as_promised(prepared):
    folder, _ = prepared
    assert query(folder, "SELECT count(*) FROM leads_lead WHERE archived_at IS NULL") == [(86,)]
    assert query(folder, "SELECT count(DISTINCT trade) FROM leads_lead") == [(4,)]
    assert query(folder, "SELECT count(*) FROM outreach_sequence WHERE state='running'") == [(3,)]
    drafts = query(
        folder, "SELECT count(*), sum(checks_passed) FROM outreach_touch WHERE state='draft'"
    )
    assert drafts[0][0] >= 14 and drafts[0][1] >= 8
    spread = query(
        folder,
        "SELECT julianday(max(occurred_at)) - julianday(min(occurred_at)) FROM leads_threadevent",
    )
    assert spread[0][0] > 25
    assert (
        query(folder, "SELECT count(*) FROM leads_threadevent WHERE kind='reply.received'")[0][0]
        > 9
    )
    assert len(list((folder / "mail").rglob("sent/*.eml"))) > 50
    judged = "SELECT count(*) FROM analytics_forecastsnapshot WHERE scope='all' AND day=month"
    assert query(folder, f"{judged} AND actual IS NOT NULL")[0][0] >= 6
    tried = "SELECT play_id FROM coaching_playuse WHERE outcome<>'' GROUP BY play_id"
    assert len(query(folder, f"{tried} HAVING count(*) >= 5")) >= 4
    assert query(folder, "SELECT max(version) FROM coaching_play") == [(2,)]
    silent = "SELECT count(*) FROM outreach_mailbox WHERE last_sent_at IS NULL"
    assert query(folder, silent) == [(0,)]


def test_preparing_again_keeps_the_data_and_the_passwords(prepared):
    folder, output = prepared
    again = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", "demo", "--no-serve"],
        cwd=settings.BASE_DIR,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Demo data made" not in again.stdout
    assert output.splitlines()[-3:] == again.stdout.splitlines()[-3:]


def get(url):
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  loopback
        return response.status, response.read().decode()


def test_it_serves_and_sigterm_ends_it_cleanly(prepared):
    folder, _ = prepared
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                assert get(f"http://127.0.0.1:{port}/healthz") == (200, "OK")
                break
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.2)
        status, page = get(f"http://127.0.0.1:{port}/account/login/")
        assert status == 200 and "Sign in" in page
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=40)
    assert process.returncode == 0
    assert output.rstrip().endswith("Stopped.")


def test_a_web_only_host_runs_no_loops(prepared, monkeypatch):
    from salesagent.management.commands.run import Command

    assert Command()._start_cluster(0) is None


def test_forgetting_leaves_the_key_and_the_passwords(tmp_path, monkeypatch):
    from salesagent.demo import seed

    folder = tmp_path / "demo"
    monkeypatch.setenv("DEMO_DIR", str(folder))
    (folder / "mail" / "sent").mkdir(parents=True)
    gone = ("salesagent.sqlite3", "salesagent.sqlite3-wal", "practice-crm.sqlite3")
    for name in (*gone, "secret_key", "password_rep"):
        (folder / name).touch()
    seed.forget()
    assert sorted(path.name for path in folder.iterdir()) == ["password_rep", "secret_key"]
