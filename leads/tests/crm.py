"""What the sync tests share: a connected practice CRM, and a sync from its start to its end."""

from collections.abc import Iterator
from typing import Any

import pytest

from leads.crm import fake
from leads.models import RemoteLink, SyncRun
from leads.services import crm_accounts, crm_run, crm_sync
from salesagent.accounts import connections
from salesagent.accounts.models import Connection

ACCOUNT = "fake-1"


@pytest.fixture
def there(monkeypatch: Any) -> Iterator[fake.World]:
    """The other system, empty. Nobody waits for it."""
    fake.forget_worlds()
    monkeypatch.setattr(crm_run, "wait", lambda seconds: None)
    yield fake.world("default")
    fake.forget_worlds()


@pytest.fixture
def crm_connection(there: fake.World, owner: Any, workspace: Any) -> Connection:
    settings = {
        "basis": "legitimate_interest",
        "basis_source": "Our CRM",
        "owner": owner.pk,
        "push": "all",
    }
    return connections.save("fake", account=ACCOUNT, secret={"token": "t"}, settings=settings)


@pytest.fixture
def sync(crm_connection: Connection, owner: Any, run_queue: Any) -> Any:
    """sync(preview=False, user=owner) -> the run, ended."""

    def work(*, preview: bool = False, user: Any = owner) -> SyncRun:
        run = crm_sync.start("fake", user, preview)
        run_queue()
        run.refresh_from_db()
        return run

    return work


def option(connection: Connection, **options: Any) -> None:
    crm_accounts.set_options(connection, **options)


def link_of(lead: Any) -> RemoteLink:
    return RemoteLink.objects.get(lead=lead, kind="contact")
