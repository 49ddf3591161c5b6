"""Fixtures for tests with several threads."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections

from leads import append_only


@pytest.fixture
def crowd(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads may use at once, with real transactions.

    SQLite's in-memory test database locks by table and at once, unlike a file; so a copy of it in
    a file takes its place for the test. Elsewhere the tables are emptied afterwards.
    """
    if connection.vendor == "sqlite":
        yield from _file_copy(tmp_path / "crowd.sqlite3")
        return
    yield
    append_only.remove()


def _file_copy(path: Path) -> Iterator[None]:
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
