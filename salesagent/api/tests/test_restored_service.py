"""After a restore tokens and addresses that ended since the backup stay ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from salesagent.accounts.models import AuditEntry
from salesagent.api import restored, tokens
from salesagent.api.models import ApiToken, Hook

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(owner: Any) -> list[ApiToken]:
    names = ("kept", "revoked", "expired")
    return [tokens.make(owner, name=name, scopes=["leads:read"])[0] for name in names]


def hook(owner: Any, name: str) -> Hook:
    return Hook.objects.create(
        user=owner, name=name, url=f"https://{name}.example/in", secret="s" * 40
    )


def as_in_backup(hooks: list[Hook]) -> None:
    """What a restore does: everything is as it was."""
    ApiToken.objects.update(revoked_at=None, expires_at=None)
    Hook.objects.update(active=True, stopped_why="")


def test_what_ended_since_the_backup_stays_ended(owner: Any, made: list[ApiToken]) -> None:
    kept, revoked, expired = made
    stays, paused = hook(owner, "stays"), hook(owner, "paused")
    tokens.revoke(revoked, owner)
    past = timezone.now() - timedelta(minutes=1)
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=past)
    Hook.objects.filter(pk=paused.pk).update(active=False)
    rows = list(restored.present(True))
    as_in_backup([stays, paused])
    lines = restored.again(rows)
    alive = ApiToken.objects.filter(tokens.active(timezone.now()))
    assert list(alive) == [kept]
    assert list(Hook.objects.filter(active=True)) == [stays]
    assert "2 API tokens" in lines[0] and "1 webhook" in lines[1]
    assert AuditEntry.objects.filter(action="api.token_revoked", user=None).count() == 2


def test_nothing_ended_nothing_is_said(owner: Any, made: list[ApiToken]) -> None:
    hook(owner, "stays")
    assert restored.again(list(restored.present(True))) == []
    assert ApiToken.objects.filter(revoked_at=None).count() == 3


def test_where_nothing_is_known_it_is_told(owner: Any, made: list[ApiToken]) -> None:
    assert list(restored.present(False)) == []
    (line,) = restored.again([])
    assert "as when the backup was made" in line
    assert ApiToken.objects.filter(revoked_at=None).count() == 3


def test_a_secret_that_changed_since_signs_nothing(owner: Any) -> None:
    row, same = hook(owner, "crm"), hook(owner, "shop")
    Hook.objects.filter(pk=row.pk).update(secret="n" * 40)
    rows = list(restored.present(True))
    assert "n" * 40 not in str(rows)
    Hook.objects.filter(pk=row.pk).update(secret="s" * 40)
    (line,) = restored.again(rows)
    assert line == "1 webhook with a secret from before its change stay off"
    row.refresh_from_db()
    assert not row.active and row.stopped_why == restored.SIGNED_ANEW
    assert Hook.objects.get(pk=same.pk).active
    for one in rows:
        one.pop("secret", None)  # noted by an older version
    Hook.objects.filter(pk=row.pk).update(active=True, stopped_why="")
    assert restored.again(rows) == []


def test_an_address_that_changed_since_is_no_longer_told(owner: Any) -> None:
    row = hook(owner, "crm")
    Hook.objects.filter(pk=row.pk).update(url="https://new.example/in")
    rows = list(restored.present(True))
    Hook.objects.filter(pk=row.pk).update(url="https://crm.example/in")
    assert restored.again(rows) == ["1 webhook that ended since the backup stay off"]
    row.refresh_from_db()
    assert not row.active and row.stopped_why == restored.WHY
