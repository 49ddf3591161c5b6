"""Put restored data in the place of the present data: either all of it or nothing.

What is to be moved is written down first. A process that dies in the middle leaves the list, and
the next one that loads the settings goes through with it before it opens anything. So every
program sees the old data or the new, never a mixture. No Django here: settings call this.
"""

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from salesagent.lib import filelock
from salesagent.lib.backup_base import RUNNING
from salesagent.lib.data_names import STAGE as STAGE
from salesagent.lib.data_names import stays

PLAN = "plan.json"
NEW = "new"
FORMER = re.compile(r"former-[0-9-]+")
ODD_PLAN = (
    "{} is no plan of a restore into this DATA_DIR and this database. If DATABASE_URL was changed "
    "since that restore, set it back. Otherwise look at that file and remove it."
)


class OddPlan(Exception):
    """A plan that names what no restore of this installation moves."""


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


def moves_of(folder: Path, former: Path) -> list[Move]:
    """Everything in DATA_DIR against everything in the staged folder."""
    new = folder / STAGE / NEW
    names = {path.name for path in [*new.iterdir(), *folder.iterdir()] if not stays(path.name)}
    return [
        Move(new / name if os.path.lexists(new / name) else None, folder / name, former / name)
        for name in sorted(names)
    ]


def staged_beside(database: Path) -> Path:
    """Where a database file that lies elsewhere is prepared: renaming it will do."""
    return database.with_name(f".{database.name}.restored")


def commit(
    folder: Path, moves: Sequence[Move], databases: Databases | None = None, name: str = ""
) -> None:
    """Write the plan, then carry it out. From the rename of the plan on there is no way back.

    `name`: of the present database, as for `finish`.
    """
    plan = folder / STAGE / PLAN
    paths = [[one.new, one.at, one.old] for one in moves]
    data = {
        "moves": [[one and os.path.abspath(one) for one in three] for three in paths],
        "databases": databases and [databases.new, databases.name, databases.old],
    }
    draft = plan.with_suffix(".draft")
    with draft.open("w") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(plan)
    _sync(plan.parent)
    finish(folder, name)


def is_left(folder: Path) -> bool:
    """Is there a restore, at work or killed? Not seen from inside of one: what lies there came
    with a backup."""
    inside = (folder.parent.name, folder.name) == (STAGE, NEW)
    return not inside and os.path.lexists(folder / STAGE)


def finish(folder: Path, name: str = "") -> bool:
    """Carry out a plan that was left; True when there was one. Safe to repeat at any point.

    `name` of the database: a file, or what PostgreSQL calls it. Raises OddPlan.
    """
    plan = folder / STAGE / PLAN
    if not is_left(folder) or not plan.exists():
        return False
    with filelock.waited(folder / STAGE / "lock"):
        if not plan.exists():
            return False  # another process did it meanwhile
        _carry_out(*_read(plan, folder, name))
        plan.unlink()
        _sync(plan.parent)
    shutil.rmtree(folder / STAGE, ignore_errors=True)
    return True


def sweep(folder: Path, name: str = "") -> bool:
    """Remove what a restore left that was killed before its plan: plain data. True when it did."""
    with filelock.held(folder / RUNNING) as alone:
        if not alone or not is_left(folder) or (folder / STAGE / PLAN).exists():
            return False
        forget(folder)
        if name:
            staged_beside(Path(name)).unlink(missing_ok=True)
    return True


def forget(folder: Path) -> None:
    """Remove a staged restore that was not begun."""
    shutil.rmtree(folder / STAGE, ignore_errors=True)


def _read(plan: Path, folder: Path, name: str) -> tuple[list[Move], Databases | None]:
    """Raises OddPlan unless `commit` could have written it here."""
    odd = OddPlan(ODD_PLAN.format(plan))
    try:
        data = json.loads(plan.read_text())
        threes = [
            (Path(new) if new else None, Path(at), Path(old)) for new, at, old in data["moves"]
        ]
        moves = [Move(*three) for three in threes]
        databases = Databases(*data["databases"]) if data["databases"] else None
        fits = all(_is_in(folder, one) or _is_beside(name, one) for one in moves)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise odd from error
    if not fits or (databases is not None and databases.name != name):
        raise odd
    return moves, databases


def _is_in(folder: Path, move: Move) -> bool:
    """An entry of DATA_DIR, from the stage and to a former-*."""
    name, former = move.at.name, move.old.parent.name
    return (
        bool(FORMER.fullmatch(former))
        and name not in ("", ".", "..")
        and not stays(name)
        and _same(move.at, folder / name)
        and _same(move.old, folder / former / name)
        and (move.new is None or _same(move.new, folder / STAGE / NEW / name))
    )


def _is_beside(database: str, move: Move) -> bool:
    """The file of the database, wherever it is."""
    own = Path(database)
    return (
        bool(own.name)
        and _same(move.at, own)
        and bool(FORMER.fullmatch(move.old.name.removeprefix(f"{own.name}.")))
        and move.old.name.startswith(f"{own.name}.")
        and _same(move.old, own.with_name(move.old.name))
        and move.new is not None
        and _same(move.new, staged_beside(own))
    )


def _same(one: Path, other: Path) -> bool:
    return one.name == other.name and one.parent.resolve() == other.parent.resolve()


def _carry_out(moves: Sequence[Move], databases: Databases | None) -> None:
    if databases:
        _rename_databases(databases)
    folders = set()
    for one in moves:
        _move(one.new, one.at, one.old)
        folders |= {one.at.parent, one.old.parent}
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
