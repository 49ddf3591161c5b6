"""Put restored data in the place of the present data: either all of it or nothing.

What is to be moved is written down first. A process that dies in the middle leaves the list, and
the next one that loads the settings goes through with it before it opens anything. So every
program sees the old data or the new, never a mixture. No Django here: settings call this.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesagent.lib import filelock

STAGE = ".restore"  # under DATA_DIR, 0700
PLAN = "plan.json"
NEW = "new"
STAYS = (STAGE, ".backup-work", "backups")  # of DATA_DIR: not part of the data


@dataclass(frozen=True)
class Move:
    """`new` goes to `at`; what was there goes to `old`. Without `new` it only goes away."""

    new: Path | None
    at: Path
    old: Path


@dataclass(frozen=True)
class Databases:
    """On PostgreSQL: `new` becomes `name`, what had that name becomes `old`."""

    new: str
    name: str
    old: str


def stays(name: str) -> bool:
    return name in STAYS or name.startswith("former-") or name.endswith(".lock")


def moves_of(folder: Path, former: Path) -> list[Move]:
    """Everything in DATA_DIR against everything in the staged folder."""
    new = folder / STAGE / NEW
    names = {path.name for path in new.iterdir()}
    names |= {path.name for path in folder.iterdir() if not stays(path.name)}
    return [
        Move(new / name if os.path.lexists(new / name) else None, folder / name, former / name)
        for name in sorted(names)
    ]


def commit(folder: Path, moves: Sequence[Move], databases: Databases | None = None) -> None:
    """Write the plan, then carry it out. From the rename of the plan on there is no way back."""
    plan = folder / STAGE / PLAN
    data = {
        "moves": [[str(one.new) if one.new else None, str(one.at), str(one.old)] for one in moves],
        "databases": databases and [databases.new, databases.name, databases.old],
    }
    draft = plan.with_suffix(".draft")
    with draft.open("w") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(plan)
    _sync(plan.parent)
    finish(folder)


def finish(folder: Path) -> bool:
    """Carry out a plan that was left; True when there was one. Safe to repeat at any point."""
    plan = folder / STAGE / PLAN
    if not plan.exists():
        return False
    with filelock.waited(folder / STAGE / "lock"):
        if not plan.exists():
            return False  # another process did it meanwhile
        data = json.loads(plan.read_text())
        _carry_out(data)
        plan.unlink()
        _sync(plan.parent)
    shutil.rmtree(folder / STAGE, ignore_errors=True)
    return True


def forget(folder: Path) -> None:
    """Remove a staged restore that was not begun."""
    shutil.rmtree(folder / STAGE, ignore_errors=True)


def _carry_out(data: Mapping[str, Any]) -> None:
    if data["databases"]:
        _rename_databases(Databases(*data["databases"]))
    folders = set()
    for new, at, old in data["moves"]:
        _move(Path(new) if new else None, Path(at), Path(old))
        folders |= {Path(at).parent, Path(old).parent}
    for path in folders:
        if path.is_dir():
            _sync(path)


def _move(new: Path | None, at: Path, old: Path) -> None:
    """Done already when `new` is gone: the rename of it comes last."""
    if new is not None and not os.path.lexists(new):
        return
    if os.path.lexists(at) and not os.path.lexists(old):
        old.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        at.rename(old)
    if new is not None:
        if os.path.lexists(at):  # made by a stranger between two tries
            at.rename(old.with_name(f"{old.name}.{os.getpid()}"))
        new.rename(at)


def _rename_databases(names: Databases) -> None:
    """Both renames are one transaction; done already when `new` is no longer there."""
    from contextlib import closing

    from salesagent.lib import backup_postgres as postgres

    with closing(postgres.connect("postgres")) as own:
        known = {row[0] for row in own.execute("SELECT datname FROM pg_database").fetchall()}
        if names.new not in known:
            return
        with own.transaction():
            if names.name in known:
                own.execute(_rename(names.name, names.old))
            own.execute(_rename(names.new, names.name))


def _rename(before: str, after: str) -> str:
    from salesagent.lib.backup_postgres import quoted

    return f"ALTER DATABASE {quoted(before)} RENAME TO {quoted(after)}"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
