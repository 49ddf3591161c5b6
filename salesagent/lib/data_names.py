"""Names in DATA_DIR that are the program's own: no part of the data, and never taken from a backup.

One list for whoever makes a backup, reads one or swaps the data. Upper and lower case are one: a
disk may take both for the same name. No Django here: settings call this.
"""

import unicodedata
from fnmatch import fnmatchcase

STAGE = ".restore"  # a restore at work, 0700
WORK = ".backup-work"  # a backup at work, 0700
RESTORED_KEYS = "restored-keys.json"  # left by a restore with other keys

STAYS = (STAGE, WORK, "backups", "former-*", "*.lock")  # where it is, when the data is swapped
# neither in a backup: what is carried otherwise, and what a database keeps beside its file
OWN = (*STAYS, RESTORED_KEYS, "since.jsonl", "*.sqlite3-*")


def stays(name: str) -> bool:
    """Does this entry of DATA_DIR keep its place when everything else is replaced?"""
    return _is_one(name, STAYS)


def is_own(name: str) -> bool:
    """Is this top entry of DATA_DIR none that a backup may carry?"""
    return _is_one(name, OWN)


def _is_one(name: str, patterns: tuple[str, ...]) -> bool:
    plain = unicodedata.normalize("NFKC", name).casefold().rstrip(". ")
    return any(fnmatchcase(plain, pattern) for pattern in patterns)
