"""A sign-in that is given anew while the old one is being refused stays connected."""

import time
from typing import Any

import pytest

from salesagent.accounts import connections, oauth

pytestmark = pytest.mark.django_db


def test_a_refusal_of_the_old_sign_in_does_not_break_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = {"refresh_token": "old", "access_token": "x", "expires_at": "1"}
    row = connections.save("google_sheets", account="a@b.example", secret=old)

    def refresh(token: str, _account: str) -> dict[str, str]:
        assert token == "old"
        fresh = {"access_token": "fresh", "expires_at": str(time.time() + 3600)}
        connections.save(
            "google_sheets", account="a@b.example", secret={"refresh_token": "new", **fresh}
        )
        raise oauth.OAuthError("ended", permanent=True, revoked=True)

    provider: Any = oauth.Provider("Google", refresh, lambda token: True)
    monkeypatch.setattr(oauth, "provider_of", lambda service: provider)
    with pytest.raises(oauth.OAuthError) as caught:
        oauth.access_token(row.pk)
    assert not caught.value.permanent
    row.refresh_from_db()
    assert row.state == "on"
    assert oauth.access_token(row.pk) == "fresh"
