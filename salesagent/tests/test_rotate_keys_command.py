"""New keys for stored secrets: afterwards only the newest key is needed."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from outreach.models import Mailbox
from salesagent.lib import crypto
from salesagent.management.commands import rotate_keys

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRET = "refresh-token-1//0gABCDEF"


class _Stopped(Exception):
    """Somebody ended the command."""


def run(**options: Any) -> str:
    out, err = StringIO(), StringIO()
    try:
        call_command("rotate_keys", stdout=out, stderr=err, **options)
    finally:
        run.err = err.getvalue()  # type: ignore[attr-defined]
    return out.getvalue()


@pytest.fixture
def boxes(rep: Any, settings: Any) -> list[Mailbox]:
    """Seven mailboxes with a secret under the old key, one without."""
    settings.DATA_KEYS = [OLD]
    made = [
        Mailbox.objects.create(user=rep, address=f"a{n}@own.example", password=f"{SECRET}{n}")
        for n in range(7)
    ]
    return [*made, Mailbox.objects.create(user=rep, address="none@own.example")]


def passwords() -> list[str]:
    return list(Mailbox.objects.order_by("pk").values_list("password", flat=True))


def raw() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM outreach_mailbox ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("batch", [1, 3, 7, 200])
def test_only_the_new_key_is_needed_afterwards(boxes: Any, settings: Any, batch: int) -> None:
    settings.DATA_KEYS = [NEW, OLD]
    assert "outreach.Mailbox.password: 7 renewed, 0 had the newest key" in run(batch=batch)
    settings.DATA_KEYS = [NEW]
    assert passwords() == [*(f"{SECRET}{n}" for n in range(7)), ""]
    settings.DATA_KEYS = [OLD]
    with pytest.raises(crypto.SecretUnreadable):
        passwords()


def test_again_it_changes_nothing(boxes: Any, settings: Any) -> None:
    settings.DATA_KEYS = [NEW, OLD]
    run()
    before = raw()
    assert "0 renewed, 7 had the newest key" in run()
    assert raw() == before


def test_it_goes_on_where_it_was_stopped(boxes: Any, settings: Any, monkeypatch: Any) -> None:
    settings.DATA_KEYS = [NEW, OLD]
    replace, calls = rotate_keys._replace, []

    def stops(*args: Any) -> bool:
        calls.append(args)
        if len(calls) == 4:
            raise _Stopped
        return replace(*args)

    monkeypatch.setattr(rotate_keys, "_replace", stops)
    with pytest.raises(_Stopped):
        run()
    monkeypatch.setattr(rotate_keys, "_replace", replace)
    assert "4 renewed, 3 had the newest key" in run()


def test_a_dry_run_changes_nothing(boxes: Any, settings: Any) -> None:
    settings.DATA_KEYS = [NEW, OLD]
    before = raw()
    said = run(dry_run=True)
    assert "7 to renew" in said
    assert "Nothing was changed." in said
    assert raw() == before


def test_rows_without_a_key_are_named_and_the_others_done(boxes: Any, settings: Any) -> None:
    lost = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_mailbox SET password = %s WHERE id = %s", [lost, boxes[2].pk]
        )
    settings.DATA_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="1 secrets cannot be read") as caught:
        run(batch=2)
    assert caught.value.returncode == 1
    assert f"outreach.Mailbox.password: row {boxes[2].pk} cannot be read" in run.err  # type: ignore[attr-defined]
    assert lost in raw()
    assert sum(crypto.is_newest(token) for token in raw() if token) == 6
    assert SECRET not in run.err  # type: ignore[attr-defined]


def test_a_token_refreshed_meanwhile_stays(boxes: Any, settings: Any, monkeypatch: Any) -> None:
    settings.DATA_KEYS = [NEW, OLD]
    tokens = rotate_keys._tokens

    def slow(*args: Any) -> Iterator[tuple[Any, str]]:
        for key, token in list(tokens(*args)):
            if args[0] is Mailbox and key == boxes[0].pk:
                Mailbox.objects.filter(pk=key).update(password="refreshed")
            yield key, token

    monkeypatch.setattr(rotate_keys, "_tokens", slow)
    assert "6 renewed, 0 had the newest key, 1 changed meanwhile" in run()
    assert passwords()[0] == "refreshed"


def test_secrets_of_the_derived_key_move_too(rep: Any, settings: Any) -> None:
    settings.DATA_KEYS = []
    Mailbox.objects.create(user=rep, address="a@own.example", password=SECRET)
    settings.DATA_KEYS = [NEW]
    assert passwords() == [SECRET]
    run()
    settings.SECRET_KEY = "another-0123456789-0123456789-0123456789"
    assert passwords() == [SECRET]


def test_what_is_no_key_is_said_so(db: None, settings: Any) -> None:
    settings.DATA_KEYS = ["not a key"]
    with pytest.raises(CommandError, match="not a key"):
        run()


def test_every_encrypted_column_is_found() -> None:
    found = {f"{m._meta.label}.{c.attname}" for m, c in rotate_keys.secret_columns()}
    assert "outreach.Mailbox.password" in found
    assert "accounts.User.password" not in found, "a hash is no secret to read again"


def test_the_secret_is_nowhere_in_the_file(boxes: Any, settings: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("looks into SQLite's file")
    settings.DATA_KEYS = [NEW, OLD]
    run()
    written = connection.connection.serialize()
    assert b"a1@own.example" in written
    assert SECRET.encode() not in written
