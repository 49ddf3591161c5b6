"""Settings from the environment, read once, with an error that says what to do."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from salesagent.lib import swap
from salesagent.lib.data_names import RESTORED_KEYS

MIN_SECRET_LENGTH = 32
WEAK_SECRETS = ("changeme", "secret", "django-insecure", "change-me", "skeleton")


def load(base_dir: Path) -> environ.Env:
    """Read `.env` (or the file named by ENV_FILE) under the real environment, which wins."""
    env = environ.Env()
    path = Path(os.environ.get("ENV_FILE", base_dir / ".env"))
    if path.is_file():
        env.read_env(str(path))
    return env


def secret_key(env: environ.Env, *, debug: bool) -> str:
    """The key that signs sessions, links and queue rows; refuses a missing, short or known one.

    Raises ImproperlyConfigured. A leaked or guessable key would let whoever can write a queue row
    run code, so there is no default outside of tests and the demo.
    """
    key = str(env.str("SECRET_KEY", default=""))
    if not key and ("pytest" in sys.modules or debug):
        return "only-for-tests-" + "x" * MIN_SECRET_LENGTH
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. `make setup` writes "
            "one into .env, or set the variable to 50 random characters."
        )
    if len(key) < MIN_SECRET_LENGTH or any(word in key.lower() for word in WEAK_SECRETS):
        raise ImproperlyConfigured(
            f"SECRET_KEY is too weak: it needs at least {MIN_SECRET_LENGTH} random characters. "
            "Delete the line from .env and run `make setup` to get a new one."
        )
    return key


def data_dir(env: environ.Env, base_dir: Path) -> Path:
    """Where the database, mail folder and uploads live; created on first use.

    Raises ImproperlyConfigured when the folder cannot be made or written.
    """
    path = Path(env.str("DATA_DIR", default=str(base_dir / "var")))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR {path} cannot be created ({error.strerror}). Choose a folder that the "
            "program may write, for example DATA_DIR=./var."
        ) from error
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"DATA_DIR {path} is not writable for this user.")
    if swap.is_left(path):
        _after_a_killed_restore(path, str(database(env, path)["NAME"]))
    return path


def _after_a_killed_restore(folder: Path, name: str) -> None:
    """Killed at its last step, it is gone through with; killed before, it is removed."""
    try:
        if not swap.finish(folder, name):
            swap.sweep(folder, name)
    except swap.OddPlan as error:
        raise ImproperlyConfigured(str(error)) from error


def restored_keys(folder: Path) -> dict[str, Any]:
    """The keys that came with a restored backup: secret_keys, data_keys, hash_key.

    Raises ImproperlyConfigured: with other keys nobody would be known as erased.
    """
    path = folder / RESTORED_KEYS
    if not path.exists():
        return {"secret_keys": [], "data_keys": [], "hash_key": ""}
    try:
        data = json.loads(path.read_text())
        found = {name: data[name] for name in ("secret_keys", "data_keys", "hash_key")}
        lists = [found["secret_keys"], found["data_keys"], [found["hash_key"]]]
        if not all(isinstance(keys, list) for keys in lists):
            raise TypeError("not lists of keys")
        if not all(isinstance(key, str) for keys in lists for key in keys):
            raise TypeError("not keys")
        return found
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read. It holds the keys of the restored data: restore again."
        ) from error


def database(env: environ.Env, folder: Path) -> dict[str, Any]:
    """DATABASE_URL as Django wants it; by default SQLite in `folder`.

    Raises ImproperlyConfigured.
    """
    url = env.str("DATABASE_URL", default=f"sqlite:///{folder / 'salesagent.sqlite3'}")
    engine = url.partition(":")[0]
    if engine not in ("sqlite", "postgres", "postgresql", "psql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL starts with {engine!r}. Write sqlite:////path/to/file.sqlite3 or "
            "postgres://user:password@host:5432/name."
        )
    return dict(env.db_url_config(url))
