"""Another system that exists only here: for tests, the demo and the bench. It keeps its word.

`World` is the system: records with ids, keys, history, merges, deletions, a clock of its own, and
knobs for what goes wrong. It lives in a file (several processes, kill -9) or in memory. `FakeCrm`
is a connected account of it.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leads.crm.base import (
    FIELDS,
    Account,
    CrmError,
    Kind,
    Page,
    Record,
    RemoteField,
    RowError,
    Said,
    Settings,
    Write,
    Written,
)

PAGE = 200
UNIQUE: dict[str, str] = {"contact": "email"}
_TABLES = """
CREATE TABLE IF NOT EXISTS record (
  kind TEXT, id INTEGER, key TEXT, unique_value TEXT, at TEXT, gone INTEGER DEFAULT 0, data TEXT,
  PRIMARY KEY (kind, id));
CREATE INDEX IF NOT EXISTS by_time ON record (kind, gone, at, id);
CREATE INDEX IF NOT EXISTS by_key ON record (kind, key);
CREATE INDEX IF NOT EXISTS by_unique ON record (kind, unique_value);
CREATE TABLE IF NOT EXISTS knob (name TEXT PRIMARY KEY, value TEXT);
"""
_worlds: dict[str, "World"] = {}


def world(name: str) -> "World":
    """The system of that name: a path with a slash is a file, other names live in memory."""
    if name not in _worlds:
        _worlds[name] = World(name if "/" in name else ":memory:")
    return _worlds[name]


def forget_worlds() -> None:
    for one in _worlds.values():
        one.db.close()
    _worlds.clear()


class World:
    """Knobs, kept with the data: `busy_every` (each n-th call is refused for `busy_wait` seconds),
    `lag` (seconds until a change is seen by `changed`), `stumble_every` (each n-th new row fails
    once and works when it is tried again), `lossy` (fields whose values are stored as they were),
    `refused` ({address: why}). `faults` are raised by the next calls, in order.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.executescript(_TABLES)
        self.faults: list[CrmError] = []
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.writes = 0  # rows that were stored for an account
        self.calls = 0

    # knobs
    def knob(self, name: str, default: Any = None) -> Any:
        row = self.db.execute("SELECT value FROM knob WHERE name=?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def turn(self, **knobs: Any) -> None:
        for name, value in knobs.items():
            self.db.execute("REPLACE INTO knob VALUES (?, ?)", (name, json.dumps(value)))

    def tick(self) -> datetime:
        """Their time; never twice the same."""
        last = datetime.fromisoformat(self.knob("last", "2020-01-01T00:00:00+00:00"))
        now = max(self.clock() + timedelta(seconds=self.knob("skew", 0)), last)
        now += timedelta(milliseconds=1) if now == last else timedelta()
        self.turn(last=now.isoformat())
        return now

    def number(self, name: str) -> int:
        value = int(self.knob(name, 0)) + 1
        self.turn(**{name: value})
        return value

    # what people and programs do there
    def make(self, kind: Kind, *, by: str = "Ada", **values: Any) -> str:
        """`links={kind: [ids]}` ties it; `key` is ours, when we made it."""
        links, key = values.pop("links", {}), values.pop("key", "")
        number, at = self.number("ids") + 1000, self.tick()
        data = {"values": values, "links": links, "merged": [], "said": {}}
        data["said"] = {code: [by, at.isoformat()] for code in values}
        self._store(kind, number, key, at, data)
        return str(number)

    def edit(self, kind: Kind, id: str, *, by: str = "Ada", **values: str) -> None:
        found = self._row(kind, id)
        if found is None or found["gone"]:
            raise KeyError(id)
        at, data = self.tick(), found["data"]
        data["values"] |= values
        data["said"] |= {code: [by, at.isoformat()] for code in values}
        self._store(kind, int(id), found["key"], at, data)

    def delete(self, kind: Kind, id: str) -> None:
        at = self.tick().isoformat()
        self.db.execute("UPDATE record SET gone=1, at=? WHERE kind=? AND id=?", (at, kind, id))

    def purge(self, kind: Kind, id: str) -> None:
        """Deleted for privacy: in no list."""
        self.db.execute("DELETE FROM record WHERE kind=? AND id=?", (kind, id))

    def merge(self, kind: Kind, keeper: str, other: str) -> None:
        kept, lost = self._row(kind, keeper), self._row(kind, other)
        if kept is None or lost is None:
            raise KeyError(keeper)
        data = kept["data"]
        for code, value in lost["data"]["values"].items():
            data["values"][code] = data["values"].get(code) or value
        data["merged"] += [other, *lost["data"]["merged"]]
        self.delete(kind, other)
        self._store(kind, int(keeper), kept["key"], self.tick(), data)

    def tie(self, kind: Kind, id: str, to: Kind, end: str) -> bool:
        found = self._row(kind, id)
        if found is None or self._row(to, end) is None:
            return False
        links = found["data"]["links"]
        if end not in links.setdefault(to, []):
            links[to].insert(0, end)
            self._store(kind, int(id), found["key"], self.tick(), found["data"])
        return True

    # reading
    def all(self, kind: Kind) -> dict[str, dict[str, str]]:
        """Values of everything that is there, by id."""
        rows = self._select("kind=? AND gone=0 ORDER BY id", (kind,))
        return {str(row["id"]): row["data"]["values"] for row in rows}

    def links_of(self, kind: Kind, id: str) -> dict[str, list[str]]:
        found = self._row(kind, id)
        return dict(found["data"]["links"]) if found else {}

    def record(self, kind: Kind, id: str) -> Record | None:
        """Follows merges."""
        found = self._row(kind, id)
        if found and not found["gone"]:
            return _record(kind, found)
        for row in self._select("kind=? AND gone=0 AND data LIKE ?", (kind, f'%"{int(id)}"%')):
            if id in row["data"]["merged"]:
                return _record(kind, row)
        return None

    def with_key(self, kind: Kind, key: str) -> str:
        return self._with(kind, "key", key)

    def with_value(self, kind: Kind, value: str) -> str:
        return self._with(kind, "unique_value", value.lower())

    def _with(self, kind: Kind, column: str, value: str) -> str:
        sql = f"SELECT id FROM record WHERE kind=? AND {column}=? AND gone=0"  # noqa: S608  ours
        row = self.db.execute(sql, (kind, value)).fetchone() if value else None
        return str(row[0]) if row else ""

    def since(
        self, kind: Kind, after: tuple[str, int], before: str, *, gone: bool = False
    ) -> list[tuple[Record, tuple[str, int]]]:
        where = "kind=? AND gone=? AND (at, id) > (?, ?) AND at <= ? ORDER BY at, id LIMIT ?"
        rows = self._select(where, (kind, int(gone), *after, before, PAGE))
        return [(_record(kind, row), (row["at"], row["id"])) for row in rows]

    def count(self, kind: Kind) -> int:
        sql = "SELECT count(*) FROM record WHERE kind=? AND gone=0"
        return int(self.db.execute(sql, (kind,)).fetchone()[0])

    def _row(self, kind: Kind, id: str) -> dict[str, Any] | None:
        return next(self._select("kind=? AND id=?", (kind, int(id))), None)

    def _select(self, where: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
        sql = f"SELECT id, key, at, gone, data FROM record WHERE {where}"  # noqa: S608  ours
        for number, key, at, gone, data in self.db.execute(sql, values).fetchall():
            found = json.loads(data)
            yield {"id": number, "key": key, "at": at, "gone": bool(gone), "data": found}

    def _store(self, kind: Kind, id: int, key: str, at: datetime, data: dict[str, Any]) -> None:
        unique = str(data["values"].get(UNIQUE.get(kind, ""), "")).lower()
        row = (kind, id, key, unique, at.isoformat(), 0, json.dumps(data))
        self.db.execute("REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _record(kind: Kind, row: Mapping[str, Any]) -> Record:
    data = row["data"]
    codes = dict.fromkeys(FIELDS.get(kind, {}), "")
    return Record(
        kind,
        str(row["id"]),
        {**codes, **data["values"]},
        modified_at=datetime.fromisoformat(row["at"]),
        deleted=row["gone"],
        merged=tuple(data["merged"]),
        links={to: tuple(ends) for to, ends in data["links"].items() if ends},
    )


class FakeCrm:
    """`settings.base_url` names the world. Every method counts as one call."""

    BATCH = 100

    def __init__(self, secret: Callable[..., str], settings: Settings) -> None:
        self.world = world(settings.base_url or "default")
        self.settings = settings
        self.requests = 0

    def _call(self) -> None:
        self.requests += 1
        self.world.calls += 1
        if self.world.faults:
            raise self.world.faults.pop(0)
        every = self.world.knob("busy_every", 0)
        if every and self.world.number("called") % every == 0:
            wait = float(self.world.knob("busy_wait", 0.01))
            raise CrmError("It asks us to slow down.", permanent=False, wait=wait)

    def account(self) -> Account:
        self._call()
        return Account(id="fake-1", name="Practice account", limits="No limits")

    def prepare(self) -> None:
        self._call()

    def fields(self, kind: Kind) -> list[RemoteField]:
        self._call()
        own = [RemoteField("favourite_colour", "Favourite colour")] if kind == "contact" else []
        return [*(RemoteField(code, label) for code, label in FIELDS[kind].items()), *own]

    def changed(
        self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None
    ) -> Page:
        return self._page(kind, since, cursor, gone=False)

    def gone(self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None) -> Page:
        return self._page(kind, since, cursor, gone=True)

    def _page(
        self,
        kind: Kind,
        since: datetime | None,
        cursor: Mapping[str, object] | None,
        *,
        gone: bool,
    ) -> Page:
        self._call()
        early = since - timedelta(minutes=2) if since else None
        after = (early.isoformat() if early else "", 0)
        if cursor:
            after = (str(cursor["at"]), int(str(cursor["id"])))
        seen = self.world.clock() + timedelta(seconds=self.world.knob("skew", 0) + 3600)
        if lag := self.world.knob("lag", 0):
            seen += timedelta(seconds=-3600 - lag)
        rows = self.world.since(kind, after, seen.isoformat(), gone=gone)
        following = {"at": rows[-1][1][0], "id": rows[-1][1][1]} if len(rows) == PAGE else None
        records = [self._seen(record) for record, _ in rows]
        return Page(records, following, 0 if since else self.world.count(kind))

    def _seen(self, record: Record) -> Record:
        """In our words: own fields under the names that the mapping gives them."""
        mapping = self.settings.mapping.get(record.kind, {})
        known = {c: v for c, v in record.values.items() if c in FIELDS.get(record.kind, {})}
        own = {ours: record.values.get(theirs, "") for ours, theirs in mapping.items() if theirs}
        return replace(record, values={**known, **own})

    def read(self, kind: Kind, ids: Sequence[str]) -> list[Record]:
        self._call()
        found = [self.world.record(kind, one) for one in dict.fromkeys(ids)]
        return [self._seen(record) for record in found if record]

    def find(self, kind: Kind, code: str, values: Sequence[str]) -> list[Record]:
        self._call()
        wanted = {value.lower() for value in values}
        if UNIQUE.get(kind) == code:
            ids = [found for value in wanted if (found := self.world.with_value(kind, value))]
        else:
            rows = self.world.all(kind)
            ids = [one for one, row in rows.items() if str(row.get(code, "")).lower() in wanted]
        return [self._seen(record) for one in ids if (record := self.world.record(kind, one))]

    def write(self, kind: Kind, writes: Sequence[Write]) -> list[Written]:
        if len(writes) > self.BATCH:
            raise ValueError("more than one batch")
        self._call()
        self.world.db.execute("BEGIN IMMEDIATE")
        try:
            return [self._write(kind, one) for one in writes]
        finally:
            self.world.db.execute("COMMIT")

    def _write(self, kind: Kind, one: Write) -> Written:
        mapping = self.settings.mapping.get(kind, {})
        lossy = set(self.world.knob("lossy", []))
        values = {mapping.get(c, c): v for c, v in one.stored.items() if c not in lossy}
        target = one.id or self.world.with_key(kind, one.key)
        if error := self._refusal(kind, one, target):
            return Written(one.key, error=error)
        if target:
            self.world.edit(kind, target, by="SalesAgent", **values)
        else:
            target = self.world.make(kind, by="SalesAgent", key=one.key, **values)
        for to, end in one.links:
            self.world.tie(kind, target, to, end)
        self.world.writes += 1
        self.world.number("written")
        found = self.world.record(kind, target)
        at = found.modified_at if found else None
        return Written(one.key, target, created=not one.id, modified_at=at)

    def _refusal(self, kind: Kind, one: Write, target: str) -> RowError | None:
        email = one.values.get(UNIQUE.get(kind, ""), "")
        if why := self.world.knob("refused", {}).get(email):
            return RowError(why, code="rule", field="email")
        taken = self.world.with_value(kind, email) if email else ""
        if taken and taken != target:
            return RowError("A contact has this address.", code="exists", existing_id=taken)
        if target and self.world.record(kind, target) is None:
            return RowError("It was deleted there.", code="gone")
        every = self.world.knob("stumble_every", 0)
        stumbled = self.world.knob("stumbled", {})
        if every and one.key not in stumbled and self.world.number("tried") % every == 0:
            self.world.turn(stumbled={**stumbled, one.key: 1})
            return RowError("It was locked. We try again.", code="locked", again=True)
        return None

    def link(self, pairs: Sequence[tuple[Kind, str, Kind, str]]) -> list[RowError | None]:
        self._call()
        tied = [self.world.tie(*pair) for pair in pairs]
        return [None if one else RowError("One of the two is not there.") for one in tied]

    def erase(self, kind: Kind, ids: Sequence[str]) -> list[RowError | None]:
        self._call()
        for one in ids:
            self.world.purge(kind, one)
        return [None for _ in ids]

    def said(self, kind: Kind, asks: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Said]:
        self._call()
        found: dict[tuple[str, str], Said] = {}
        if self.world.knob("silent", False):
            return found
        for one, code in asks:
            row = self.world._row(kind, one)
            if row and (told := row["data"]["said"].get(code)):
                found[one, code] = Said(told[0], datetime.fromisoformat(told[1]))
        return found


__all__ = ["FakeCrm", "World", "forget_worlds", "world"]
