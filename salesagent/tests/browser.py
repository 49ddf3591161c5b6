"""Fixtures of the tests marked `browser`: one chromium a file, fresh contexts for each test.

Every page a test opens is listened to: a console message or a script error fails the test at its
end, so the content security policy is checked by each of them.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from salesagent.tests.needs import missing

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = (1440, 900), (390, 844)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's chromium, started once a file; it is gone before the live server stops."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright")
    if not CHROMIUM.exists():
        missing("chromium")
    # Playwright runs an event loop in this thread; the ORM is still used from one thread alone
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        yield browser
        browser.close()


class Tabs:
    """Opens pages of one site and keeps what they say on the console."""

    def __init__(self, browser: Any, site: str) -> None:
        self.browser, self.site = browser, site
        self.said: list[str] = []
        self._contexts: list[Any] = []

    def open(
        self,
        user: Any = None,
        *,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
        script: bool = True,
    ) -> Any:
        """A page in a context of its own, signed in as `user`."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=self.site,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        if user is not None:
            sign_in(context, user, self.site)
        return self.listened(context.new_page())

    def listened(self, page: Any) -> Any:
        page.on("console", lambda message: self.said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def sign_in(context: Any, user: Any, site: str) -> None:
    """Give the context the cookie of a signed-in user, without the login page."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])


def sideways(page: Any) -> int:
    """By how many pixels the page is wider than the window; more than 0 scrolls sideways."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(wide))


@pytest.fixture
def tabs(chromium: Any, live_server: Any) -> Iterator[Tabs]:
    """Pages of the live server: tabs.open(user, size=PHONE, dark=True, script=False)."""
    from leads import append_only

    found = Tabs(chromium, live_server.url)
    yield found
    found.close()
    append_only.remove()  # the tables are emptied after this; that puts the guard back
    assert found.said == []


@pytest.fixture
def page(tabs: Tabs) -> Any:
    """A page at 1440x900 of somebody who is not signed in."""
    return tabs.open()


@pytest.fixture
def signed_in(page: Any, live_server: Any) -> Callable[[Any], Any]:
    """The page of a signed-in user: signed_in(user)."""

    def sign(user: Any) -> Any:
        sign_in(page.context, user, live_server.url)
        return page

    return sign
