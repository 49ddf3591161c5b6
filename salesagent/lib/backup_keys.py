"""The keys of an installation, as a backup carries them: without them a restored database could not
read its own secrets, links that were sent would not open, and nobody would be known as erased.

A restore onto an installation with other keys leaves them as `restored-keys.json` in DATA_DIR;
settings read it: older keys still open and check, HASH_KEY is taken from there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salesagent.lib.backup_base import Damaged, parsed
from salesagent.lib.data_names import RESTORED_KEYS

FILE = RESTORED_KEYS
LONGEST, MANY = 1_000, 100  # letters of a key, keys of one kind
ODD = "The keys in this backup cannot be read."


def present() -> dict[str, Any]:
    """The keys of this process."""
    from django.conf import settings

    return {
        "secret_keys": [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS],
        "data_keys": list(settings.DATA_KEYS),
        "hash_key": settings.HASH_KEY,
    }


def to_json(keys: Mapping[str, Any]) -> bytes:
    return json.dumps(keys).encode()


def read(content: bytes) -> dict[str, Any]:
    """What `to_json` wrote: settings use it as it is. Raises Damaged for anything else."""
    data = parsed(content)
    lists = [data.get("secret_keys"), data.get("data_keys")]
    hash_key = data.get("hash_key")
    sound = (
        all(isinstance(one, list) and len(one) <= MANY for one in lists)
        and all(_is_key(key) for keys in lists for key in keys or ())
        and (hash_key == "" or _is_key(hash_key))
        and all(_is_fernet(key) for key in data["data_keys"])
    )
    if not sound or not data["secret_keys"]:
        raise Damaged(ODD)
    return {"secret_keys": lists[0], "data_keys": lists[1], "hash_key": hash_key}


def _is_key(key: object) -> bool:
    return isinstance(key, str) and 0 < len(key) <= LONGEST and key.isprintable()


def _is_fernet(key: str) -> bool:
    from cryptography.fernet import Fernet

    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def is_known(keys: Mapping[str, Any]) -> bool:
    """Does this installation open everything that was written with `keys`?"""
    own = present()
    return (
        set(keys["secret_keys"]) <= set(own["secret_keys"])
        and set(keys["data_keys"]) <= set(own["data_keys"])
        and keys["hash_key"] == own["hash_key"]
    )


def leave(keys: Mapping[str, Any], folder: Path) -> None:
    """Put them where settings find them, for this user only."""
    path = folder / FILE
    path.touch(mode=0o600)
    path.write_bytes(to_json(keys))
