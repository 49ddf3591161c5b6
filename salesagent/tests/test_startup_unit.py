"""Where links lead when nobody has said how people reach the installation."""

from typing import Any

import pytest

from salesagent import startup
from salesagent.accounts import invitations


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("127.0.0.1", "http://127.0.0.1:8322"),
        ("0.0.0.0", "http://127.0.0.1:8322"),  # noqa: S104
        ("::1", "http://[::1]:8322"),
    ],
)
def test_links_lead_to_the_served_port(settings: Any, host: str, site: str) -> None:
    settings.SITE_URL = settings.USUAL_SITE_URL
    settings.CSRF_TRUSTED_ORIGINS = [settings.USUAL_SITE_URL, "https://other.example"]
    startup.serve_at(host, 8322)
    assert invitations.link("token").startswith(f"{site}/")
    assert [site, "https://other.example"] == settings.CSRF_TRUSTED_ORIGINS


def test_an_address_that_was_set_stays(settings: Any) -> None:
    settings.SITE_URL = "https://sales.example.com"
    startup.serve_at("127.0.0.1", 8322)
    assert settings.SITE_URL == "https://sales.example.com"
