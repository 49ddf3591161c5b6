"""A scripted organisation and our adapter on it, for the tests of Salesforce."""

from collections.abc import Iterator
from typing import Any

import pytest

from leads.crm.base import Settings, Write
from leads.crm.salesforce import Salesforce
from leads.crm.salesforce_auth import Tokens
from leads.tests.salesforce_org import Organisation
from leads.tests.salesforce_server import Server, server
from salesagent.lib import budget, http


class World:
    def __init__(self, peer: Server) -> None:
        self.peer = peer
        self.crm = self.adapter()

    @property
    def org(self) -> Organisation:
        return self.peer.org

    def adapter(self, mapping: Any = None, refresh: bool = False, **extra: str) -> Salesforce:
        """A new one, as each run of the sync makes it."""
        settings = Settings(self.peer.url, mapping or {}, extra)
        client = {"client_id": self.peer.client_id, "client_secret": self.peer.client_secret}
        if refresh:
            client["refresh_token"] = self.peer.refresh_token
        return Salesforce(Tokens(lambda: client, settings), settings)

    def without_key(self) -> None:
        for columns in self.org.columns.values():
            columns.pop("SalesAgent_Id__c", None)

    def people(self, count: int) -> list[str]:
        return [
            self.org.add("Contact", FirstName="Ada", LastName=f"L{n}", Email=f"a{n}@b.example")
            for n in range(count)
        ]


def person(number: int, **values: str) -> Write:
    own = {"first_name": "Ada", "last_name": f"L{number}", "email": f"a{number}@b.example"}
    return Write(f"lead:{number}", "contact", {**own, **values})


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(http, "sleep", lambda _: None)
    monkeypatch.setitem(budget._limits, "salesforce", budget.Limit(1e6, 1e6))
    with server() as peer:
        yield World(peer)
