"""Callers of the API: a client that carries a token."""

import json
from typing import Any

import pytest
from django.test import Client

from salesagent.api import limits, tokens
from salesagent.api.scopes import PERSONAL, SCOPES

MACHINE = [code for code in SCOPES if code not in PERSONAL]


class Caller:
    """`caller.get("/leads")`: calls /api/v1 with its token; bodies are JSON."""

    def __init__(self, user: Any, scopes: list[str] | None = None, machine: bool = True) -> None:
        every = MACHINE if machine else list(SCOPES)
        self.token, self.words = tokens.make(
            user, name="Test", scopes=scopes or every, machine=machine
        )
        self.client = Client(raise_request_exception=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.words}")
        data = "" if body is None else json.dumps(body)
        kind = "application/json" if body is not None else ""
        url = f"/api/v1{path}"
        return self.client.generic(method, url, data, content_type=kind, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


@pytest.fixture(autouse=True)
def _nothing_spent() -> None:
    limits.forget()


@pytest.fixture
def caller(rep: Any) -> Caller:
    """The rep's program."""
    return Caller(rep)


@pytest.fixture
def person(rep: Any) -> Caller:
    """The rep's own token, which may approve."""
    return Caller(rep, machine=False)
