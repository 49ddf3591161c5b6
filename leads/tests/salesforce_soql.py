"""As much of SOQL as a scripted organisation needs: one object, conditions, an order, a limit.

Written by the grammar of the SOQL reference, not by what our adapter sends: strings with their
escapes, LIKE with its wild cards, IN, NULL, booleans, times, relations by dots, one sub-query.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?"
    r"(?:Z|[+-]\d\d:?\d\d))?)|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Malformed(Exception):
    code = "MALFORMED_QUERY"


class UnknownField(Malformed):
    code = "INVALID_FIELD"


@dataclass
class Query:
    names: list[str]
    source: str
    test: Test
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int | None = None
    subs: list["Query"] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def parse(text: str) -> Query:
    parser = _Parser(text)
    query = parser.query()
    if parser.tokens:
        raise Malformed(f"unexpected token: '{parser.tokens[0][1]}'")
    return query


def value_of(row: Row, name: str) -> Any:
    """Dotted names go through related rows."""
    found: Any = row
    for part in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = next((found[key] for key in found if key.lower() == part.lower()), None)
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None:
                raise Malformed(f"unexpected token: '{text[place : place + 12]}'")
            self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            place = match.end()
        self.used: set[str] = set()

    def take(self, *words: str) -> bool:
        if self.tokens and self.tokens[0][1].upper() in words:
            self.tokens.pop(0)
            return True
        return False

    def need(self, word: str) -> None:
        if not self.take(word):
            raise Malformed(f"expecting '{word}'")

    def name(self) -> str:
        if not self.tokens or self.tokens[0][0] != "word":
            raise Malformed("expecting a name")
        return self.tokens.pop(0)[1]

    def query(self) -> Query:
        self.need("SELECT")
        names, subs = [], []
        while True:
            if self.take("("):
                subs.append(self.query())
                self.need(")")
            else:
                names.append(self.name())
            if not self.take(","):
                break
        self.need("FROM")
        found = Query(names, self.name(), lambda _: True, subs=subs)
        outer, self.used = self.used, set()
        if self.take("WHERE"):
            found.test = self.either()
        if self.take("ORDER"):
            self.need("BY")
            found.order = self.orders()
        if self.take("LIMIT"):
            found.limit = int(self.tokens.pop(0)[1])
        found.used, self.used = self.used | {name for name, _ in found.order}, outer
        return found

    def orders(self) -> list[tuple[str, bool]]:
        found = []
        while True:
            name = self.name()
            down = self.take("DESC")
            if not down:
                self.take("ASC")
            found.append((name, down))
            if not self.take(","):
                return found

    def either(self) -> Test:
        tests = [self.every()]
        while self.take("OR"):
            tests.append(self.every())
        return lambda row: any(test(row) for test in tests)

    def every(self) -> Test:
        tests = [self.one()]
        while self.take("AND"):
            tests.append(self.one())
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self.take("NOT"):
            inner = self.one()
            return lambda row: not inner(row)
        if self.take("("):
            group = self.either()
            self.need(")")
            return group
        name = self.name()
        self.used.add(name)
        if self.take("IN"):
            values = self.values()
            return lambda row: _key(name, value_of(row, name)) in {_key(name, v) for v in values}
        if self.take("LIKE"):
            pattern = _pattern(self.tokens.pop(0)[1])
            return lambda row: pattern.fullmatch(str(value_of(row, name) or "")) is not None
        return self.compared(name)

    def compared(self, name: str) -> Test:
        sign = self.tokens.pop(0)[1] if self.tokens else ""
        value = self.value()
        tests: dict[str, Callable[[Any, Any], bool]] = {
            "=": lambda one, other: one == other,
            "!=": lambda one, other: one != other,
            "<>": lambda one, other: one != other,
            "<": lambda one, other: one is not None and one < other,
            ">": lambda one, other: one is not None and one > other,
            "<=": lambda one, other: one is not None and one <= other,
            ">=": lambda one, other: one is not None and one >= other,
        }
        if sign not in tests:
            raise Malformed(f"unexpected token: '{sign}'")
        return lambda row: tests[sign](_key(name, value_of(row, name)), _key(name, value))

    def values(self) -> list[Any]:
        self.need("(")
        found = [self.value()]
        while self.take(","):
            found.append(self.value())
        self.need(")")
        return found

    def value(self) -> Any:
        if not self.tokens:
            raise Malformed("expecting a value")
        kind, text = self.tokens.pop(0)
        if kind == "text":
            return _plain(text)
        if kind == "number":
            return float(text)
        if kind == "time":
            return text.replace("Z", ".000+0000") if "T" in text else text
        if text.upper() in ("TRUE", "FALSE", "NULL"):
            return {"TRUE": True, "FALSE": False, "NULL": None}[text.upper()]
        raise Malformed(f"unexpected token: '{text}'")


def _key(name: str, value: Any) -> Any:
    """Texts compare without case, ids with it; an empty text is NULL."""
    if value == "":
        return None
    return value.lower() if isinstance(value, str) and not name.endswith("Id") else value


def _plain(quoted: str) -> str:
    return re.sub(
        r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), quoted[1:-1], flags=re.S
    )


def _pattern(quoted: str) -> re.Pattern[str]:
    parts = []
    for match in re.finditer(r"\\(.)|(.)", quoted[1:-1], flags=re.S):
        if match[1] is not None:
            parts.append(re.escape(_ESCAPES.get(match[1], match[1])))
        else:
            parts.append({"%": ".*", "_": "."}.get(match[2], re.escape(match[2])))
    return re.compile("".join(parts), re.I | re.S)
