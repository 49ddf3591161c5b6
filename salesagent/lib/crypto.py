"""Secrets at rest: Fernet with rotation, and keyed hashes for addresses that must stay known.

Keys: `DATA_KEYS` (comma-separated Fernet keys, newest first), then one derived from SECRET_KEY and
from each of SECRET_KEY_FALLBACKS; the first one writes, all of them read (`manage.py rotate_keys`
makes the others unnecessary).
"""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet


class SecretUnreadable(Exception):
    """A stored secret was written with a key that is no longer configured."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...], secret_keys: tuple[str, ...]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # 7 MB: with the first secret

    derived = (Fernet(_derived(key)) for key in secret_keys)
    return MultiFernet([*(Fernet(key) for key in keys), *derived])


def _derived(secret_key: str) -> bytes:
    salt = b"salesagent.data"
    return base64.urlsafe_b64encode(
        hashlib.scrypt(secret_key.encode(), salt=salt, n=2**12, r=8, p=1, dklen=32)
    )


def box() -> "MultiFernet":
    """Raises ValueError when DATA_KEYS holds something that is not a Fernet key."""
    secret_keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return _box(tuple(settings.DATA_KEYS), secret_keys)


@lru_cache(maxsize=4)
def _newest(keys: tuple[str, ...], secret_key: str) -> "Fernet":
    from cryptography.fernet import Fernet

    return Fernet(keys[0] if keys else _derived(secret_key))


def encrypt(text: str) -> str:
    return box().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """Raises SecretUnreadable when no configured key fits."""
    if not token:
        return ""
    from cryptography.fernet import InvalidToken

    try:
        return box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable("stored secret cannot be read with the configured keys") from error


def is_newest(token: str) -> bool:
    """Was `token` written with the key that new secrets are written with?"""
    from cryptography.fernet import InvalidToken

    try:
        _newest(tuple(settings.DATA_KEYS), settings.SECRET_KEY).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def keyed_hash(value: str, *, purpose: str) -> str:
    """HMAC-SHA256 (hex, 64 characters) of a normalised value; useless without the key."""
    key = hashlib.sha256(f"{settings.HASH_KEY}:{purpose}".encode()).digest()
    return hmac.new(key, value.strip().lower().encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is a Fernet token in the database and plain text in Python."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(super().get_prep_value(value) or "")

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value
