"""The keys of an installation, as a backup carries them: without them a restored database could not
read its own secrets, links that were sent would not open, and nobody would be known as erased.

A restore onto an installation with other keys leaves them as `restored-keys.json` in DATA_DIR;
settings read it: older keys still open and check, HASH_KEY is taken from there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salesagent.lib import env

FILE = env.RESTORED_KEYS


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
