"""Fixtures for tests with several threads."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture
def page(live_server: Any, settings: Any) -> Iterator[Any]:
    """A page of Debian's chromium at 1440x900; the test fails on any console message."""
    pytest.importorskip("playwright.sync_api")
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    said: list[str] = []
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=options)
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, base_url=live_server.url
        )
        one = context.new_page()
        one.on("console", lambda message: said.append(message.text))
        one.on("pageerror", lambda error: said.append(str(error)))
        yield one
        browser.close()
    append_only.remove()  # the tables are emptied after this; that puts the guard back
    assert said == []


@pytest.fixture
def signed_in(page: Any, as_user: Any, settings: Any, live_server: Any) -> Any:
    """The page of a signed-in user: signed_in(user)."""

    def sign_in(user: Any) -> Any:
        cookie = as_user(user).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )
        return page

    return sign_in
