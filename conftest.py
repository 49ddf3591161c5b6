"""Fixtures for every app: people, leads, a sequence, the queue."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.test import Client

# a busy machine is no slow test, and timings belong in bench/
hypothesis.settings.register_profile(
    "here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("here")

pytest_plugins = ["salesagent.tests.browser", "salesagent.tests.peers.fixtures"]


ALONE = ("browser", "peer", "slow")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m slow` reads only files that name the marker; reading all of them takes seconds."""
    wanted = config.getoption("markexpr")
    if wanted not in ALONE or not collection_path.match("test_*.py"):
        return None
    return f"mark.{wanted}" not in collection_path.read_text() or None


@pytest.hookimpl(tryfirst=True)  # markers are looked at in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The marker `database`: what has to hold on PostgreSQL too."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if item.get_closest_marker("django_db") or "db" in names or "transactional_db" in names:
            item.add_marker("database")


FAST_HASH = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _own_settings(settings: Any, tmp_path: Any) -> None:
    """A data folder for each test, and passwords that cost nothing (the real ones take 0.1 s)."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.PASSWORD_HASHERS = FAST_HASH


@pytest.fixture
def team(db: None) -> Any:
    from salesagent.accounts.models import Team

    return Team.objects.create(name="North")


def _user(email: str, name: str, role: str, team: Any) -> Any:
    from salesagent.accounts.models import User

    return User.objects.create_user(email, "correct horse 42", name=name, role=role, team=team)


@pytest.fixture
def rep(team: Any) -> Any:
    return _user("rep@own.example", "Jonas Weber", "rep", team)


@pytest.fixture
def mate(team: Any) -> Any:
    """Another rep of the same team."""
    return _user("mate@own.example", "Priya Nair", "rep", team)


@pytest.fixture
def manager(team: Any) -> Any:
    return _user("manager@own.example", "Elena Rossi", "manager", team)


@pytest.fixture
def owner(db: None) -> Any:
    return _user("owner@own.example", "Ingrid Halden", "owner", None)


@pytest.fixture
def other_team(db: None) -> Any:
    from salesagent.accounts.models import Team

    return Team.objects.create(name="South")


@pytest.fixture
def stranger(other_team: Any) -> Any:
    """A rep of another team."""
    return _user("stranger@own.example", "Tom Ashby", "rep", other_team)


@pytest.fixture
def other_manager(other_team: Any) -> Any:
    return _user("other-manager@own.example", "Otto Kern", "manager", other_team)


@pytest.fixture
def workspace(db: None) -> Any:
    from salesagent.accounts.models import Workspace

    workspace = Workspace.current()
    workspace.name = "Halden Climate Services"
    workspace.postal_address = "Kanalgade 4, 5000 Odense, Denmark"
    workspace.country = "DK"
    workspace.time_zone = "Europe/Copenhagen"
    workspace.save()
    return workspace


@pytest.fixture
def lead(rep: Any) -> Any:
    from leads.models import Company, Lead

    company = Company.objects.create(
        name="Polna Bakeries", name_key="polna bakeries", domain="polna.example"
    )
    return Lead.objects.create(
        owner=rep,
        company=company,
        company_name=company.name,
        first_name="Marta",
        last_name="Kowalczyk",
        title="Operations Director",
        email="m.kowalczyk@polna.example",
        phone="+48615550127",
        linkedin_url="https://www.linkedin.com/in/marta-kowalczyk-example",
        city="Poznań",
        country="PL",
        time_zone="Europe/Warsaw",
        trade="bakery",
        lawful_basis="legitimate_interest",
        basis_source="Trade fair list",
        search_text="Marta Kowalczyk Polna Bakeries m.kowalczyk@polna.example",
    )


@pytest.fixture
def mailbox(rep: Any) -> Any:
    from outreach.models import Mailbox

    return Mailbox.objects.create(
        user=rep, address="jonas@halden.example", from_name="Jonas Weber", transport="file"
    )


@pytest.fixture
def sequence(rep: Any, team: Any) -> Any:
    """Five touches: e-mail, LinkedIn, e-mail, phone, e-mail."""
    from outreach.models import Sequence, Step, Variant

    sequence = Sequence.objects.create(
        name="Cold-room uptime", state="running", owner=rep, team=team
    )
    plan = [("email", 0), ("linkedin", 2), ("email", 3), ("phone", 2), ("email", 4)]
    for position, (channel, delay) in enumerate(plan, start=1):
        step = Step.objects.create(
            sequence=sequence,
            position=position,
            name=f"Touch {position}",
            channel=channel,
            delay_days=delay,
        )
        Variant.objects.create(
            step=step,
            label="A",
            subject="A question for {{company}}" if channel == "email" else "",
            body="Hi {{first_name|there}},\n\nhow do you handle night alarms at "
            "{{company|your company}}?\n\n{{sender_name}}",
        )
    return sequence


@pytest.fixture
def run_queue(db: None) -> Callable[[], list[str]]:
    """Run queued tasks in order until none is left; return their names."""
    from django.utils.module_loading import import_string
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    def run() -> list[str]:
        ran: list[str] = []
        while row := OrmQ.objects.order_by("id").first():
            task = SignedPackage.loads(row.payload)
            row.delete()
            import_string(task["func"])(*task["args"])
            ran.append(task["func"])
        return ran

    return run


@pytest.fixture
def as_user() -> Callable[[Any], Client]:
    """A client that is signed in as the given user."""

    def login(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return login


@pytest.fixture
def crowd(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads may use at once, with real transactions.

    SQLite's in-memory test database locks by table and at once, unlike a file; so a copy of it in
    a file takes its place for the test. Elsewhere the tables are emptied afterwards.
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        yield from _file_copy(tmp_path / "crowd.sqlite3")
        return
    yield
    from leads import append_only

    append_only.remove()


def _file_copy(path: Path) -> Iterator[None]:
    from django.db import connections

    memory = connections["default"]
    memory.ensure_connection()
    with sqlite3.connect(path) as file:
        memory.connection.backup(file)
    file.close()
    given = connections.settings["default"]
    name = given["NAME"]
    given["NAME"] = str(path)
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        given["NAME"] = name
        connections["default"] = memory
