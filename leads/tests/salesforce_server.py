"""A scripted Salesforce on loopback, with a memory: `server()` for tests, or as a process.

Knows the token endpoint, rows, queries with pages, collections of 200, composite of 25, describe,
deleted rows and limits, and refuses as the REST API developer guide says. `faults` are queued.
"""

import base64
import itertools
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from leads.tests import salesforce_soql as soql
from leads.tests.salesforce_org import LISTS, PREFIXES, Organisation, RowProblem
from leads.tests.salesforce_web import Fault, Json, Refusal, Request, handler

VERSIONS = {"59.0", "66.0"}
LONGEST_ADDRESS = 16_384
_ROOT = re.compile(r"/services/data/v([0-9.]+)/(.*)")


@dataclass
class Server:
    org: Organisation = field(default_factory=Organisation)
    port: int = 0
    client_id: str = "3MVG9key"
    client_secret: str = "s3cr3t-of-the-app"  # noqa: S105
    refresh_token: str = "5Aep.refresh"  # noqa: S105
    run_as: bool = True  # whether the app has a user to run as
    page: int = 0  # records of an answer; 0: as the caller asks
    used: int = 0
    limit: int = 15_000
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    locators: dict[str, tuple[list[Json], int, int]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def usage(self) -> str:
        return f"api-usage={self.used}/{self.limit}"

    def calls(self, part: str = "", method: str = "") -> list[Request]:
        return [r for r in self.requests if part in r.path and method in ("", r.method)]

    def answer(self, request: Request) -> tuple[int, Json]:
        with self.lock:
            self.requests.append(request)
            found = next((f for f in self.faults if f.times and f.part in request.path), None)
            if found is None:
                return self._answer(request)
            found.times -= 1
            if found.after:
                self._answer(request)
            return found.status, found.body

    def _answer(self, request: Request) -> tuple[int, Json]:
        try:
            if request.path == "/services/oauth2/token":
                return self._token(request)
            self._allowed(request)
            match = _ROOT.fullmatch(request.path)
            if match is None or match[1] not in VERSIONS:
                raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
            query = parse_qs(request.query, keep_blank_values=True)
            return self.resource(request, match[2].rstrip("/"), query)
        except Refusal as problem:
            return problem.status, problem.body
        except soql.Malformed as problem:
            return 400, [{"message": str(problem), "errorCode": problem.code}]
        except RowProblem as problem:
            status = 404 if problem.error["statusCode"] == "ENTITY_IS_DELETED" else 400
            return status, [_top(problem)]

    def _token(self, request: Request) -> tuple[int, Json]:
        form = dict(parse_qsl(str(request.body)))
        pair = request.headers.get("authorization", "").removeprefix("Basic ")
        known, _, secret = base64.b64decode(pair or b"Og==").decode().partition(":")
        known, secret = known or form.get("client_id", ""), secret or form.get("client_secret", "")
        if known != self.client_id:
            return _no("invalid_client_id", "client identifier invalid")
        if secret != self.client_secret:
            return _no("invalid_client", "invalid client credentials")
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                return _no("invalid_grant", "expired access/refresh token")
        elif form.get("grant_type") != "client_credentials":
            return _no("unsupported_grant_type", "grant type not supported")
        elif not self.run_as:
            return _no("invalid_grant", "no client credentials user enabled")
        token = f"00D5g!{next(self._count)}.token"
        self.tokens.add(token)
        identity = f"https://login.salesforce.com/id/{next(iter(self.org.data['Organization']))}"
        return 200, {
            "access_token": token,
            "instance_url": self.url,
            "id": f"{identity}/{self.org.me}",
            "token_type": "Bearer",
            "issued_at": "1763719200000",
        }

    def _allowed(self, request: Request) -> None:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.used >= self.limit:
            raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.used += 1
        if len(request.path) + len(request.query) > LONGEST_ADDRESS:
            raise Refusal(414, "URI_TOO_LONG", "The address is too long")

    def resource(
        self, request: Request, path: str, query: dict[str, list[str]]
    ) -> tuple[int, Json]:
        parts = [unquote(part) for part in path.split("/")]
        head, rest = parts[0], parts[1:]
        if head in ("query", "queryAll"):
            return 200, self._query(head == "queryAll", rest, query, request)
        if head == "limits":
            return 200, {"DailyApiRequests": {"Max": self.limit, "Remaining": self._left()}}
        if head == "sobjects" and rest:
            return self._sobject(request, rest, query)
        if path == "composite" and request.method == "POST":
            return 200, self._composite(request)
        if head == "composite" and rest[:1] == ["sobjects"]:
            return 200, self._collection(request, rest[1:], query)
        raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def _left(self) -> int:
        return self.limit - self.used

    # queries

    def _query(
        self, bin_too: bool, rest: list[str], query: dict[str, list[str]], request: Request
    ) -> Json:
        if rest:
            if rest[0] not in self.locators:
                raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            return self._page(*self.locators.pop(rest[0]))
        found = soql.parse(query.get("q", [""])[0])
        rows = [self._shape(found, row) for row in self._rows(found, bin_too)]
        asked = re.search(r"batchSize=(\d+)", request.headers.get("sforce-query-options", ""))
        size = self.page or min(max(int(asked[1]) if asked else 2000, 200), 2000)
        return self._page(rows, len(rows), size)

    def _rows(self, query: soql.Query, bin_too: bool) -> list[dict[str, Any]]:
        kind = query.source
        if kind not in self.org.data:
            raise Refusal(400, "INVALID_TYPE", f"sObject type '{kind}' is not supported.")
        for name in [*query.names, *query.used]:
            self._known(kind, name)
        rows = [
            self.org.expand(kind, row)
            for row in self.org.data[kind].values()
            if (bin_too or not row["IsDeleted"]) and not self.org.is_gone(row)
        ]
        rows = [row for row in rows if query.test(row)]
        for name, down in reversed(query.order or [("Id", False)]):
            rows.sort(key=lambda row: str(soql.value_of(row, name) or ""), reverse=down)  # noqa: B023
        return rows[: query.limit]

    def _known(self, kind: str, name: str) -> None:
        if "." not in name and name not in self.org.columns[kind]:
            text = f"No such column '{name}' on entity '{kind}'."
            raise soql.UnknownField(text)

    def _shape(self, query: soql.Query, row: dict[str, Any]) -> Json:
        found: dict[str, Any] = {"attributes": {"type": query.source}}
        for name in query.names:
            first, _, rest = name.partition(".")
            if not rest:
                found[name] = row.get(name)
            elif row.get(first) is None:
                found[first] = None
            else:
                found.setdefault(first, {"attributes": {}})[rest] = soql.value_of(row, name)
        for sub in query.subs:
            kind = sub.source.removesuffix("s")
            rows = [r for r in self.org.live(kind) if r[f"{query.source}Id"] == row["Id"]]
            records = [self._shape(sub, one) for one in rows]
            listed = {"totalSize": len(rows), "done": True, "records": records}
            found[sub.source] = listed if rows else None
        return found

    def _page(self, rows: list[Json], total: int, size: int) -> Json:
        page: Json = {"totalSize": total, "done": len(rows) <= size, "records": rows[:size]}
        if len(rows) > size:
            name = f"01g5g00000abcde-{next(self._count)}"
            self.locators[name] = (rows[size:], total, size)
            page["nextRecordsUrl"] = f"/services/data/v66.0/query/{name}"
        return page

    # single rows

    def _sobject(
        self, request: Request, rest: list[str], query: dict[str, list[str]]
    ) -> tuple[int, Json]:
        kind, one, value = [*rest, "", ""][:3]
        if kind not in self.org.data:
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        body = request.body if isinstance(request.body, dict) else {}
        if one == "describe":
            return 200, self._describe(kind)
        if one == "deleted":
            return 200, self._deleted(kind, query)
        if not one and request.method == "POST":
            return 201, {"id": self.org.create(kind, body), "success": True, "errors": []}
        if value:
            rows = self.org.by_key(kind, one, value)
            if len(rows) > 1:
                return 300, [f"/services/data/v66.0/sobjects/{kind}/{r['Id']}" for r in rows]
            if request.method == "PATCH" and not rows:
                made = self.org.create(kind, {one: value, **body})
                return 201, {"id": made, "success": True, "errors": [], "created": True}
            if not rows:
                raise Refusal(404, "NOT_FOUND", "Provided external ID field does not exist")
            one = rows[0]["Id"]
        if request.method == "GET":
            return 200, {"attributes": {"type": kind}, **self.org.get(kind, one)}
        if request.method == "DELETE":
            self.org.delete(kind, one)
        else:
            self.org.update(kind, one, body)
        return 204, None

    def _describe(self, kind: str) -> Json:
        fields = []
        for one in self.org.columns[kind].values():
            free = not one.read_only
            options = [{"value": v, "label": v, "active": True} for v in LISTS.get(one.name, ())]
            fields.append(
                {
                    "name": one.name,
                    "label": one.name.removesuffix("__c").replace("_", " "),
                    "type": one.type,
                    "createable": free,
                    "updateable": free and one.name != "TaskSubtype",
                    "nillable": not one.wanted and one.type != "boolean",
                    "externalId": one.unique,
                    "unique": one.unique,
                    "restrictedPicklist": one.name in self.org.restricted,
                    "picklistValues": options,
                }
            )
        return {"name": kind, "keyPrefix": PREFIXES[kind], "fields": fields}

    def _deleted(self, kind: str, query: dict[str, list[str]]) -> Json:
        start, end = query["start"][0][:19], query["end"][0][:19]
        rows = [
            {"id": row["Id"], "deletedDate": row["SystemModstamp"]}
            for row in self.org.data[kind].values()
            if row["IsDeleted"] and start <= row["SystemModstamp"][:19] <= end
        ]
        return {"deletedRecords": rows, "earliestDateAvailable": start, "latestDateCovered": end}

    # many rows

    def _collection(self, request: Request, rest: list[str], query: dict[str, list[str]]) -> Json:
        if request.method == "DELETE":
            ids = query["ids"][0].split(",")
            self._few(ids, 200)
            return [self._row(lambda one=one: self._drop(one)) for one in ids]
        rows = request.body["records"]
        self._few(rows, 200)
        whole, answers = self.org, []
        allow = "allowSave=true" in request.headers.get("sforce-duplicate-rule-header", "")
        for raw in rows:
            values = {key: value for key, value in raw.items() if key != "attributes"}
            kind = raw["attributes"]["type"]
            if rest:
                answers.append(self._row(lambda k=kind, v=values: self._upsert(k, rest[1], v)))
            elif request.method == "POST":
                made = lambda k=kind, v=values: {"id": whole.create(k, v, allow_twins=allow)}  # noqa: E731
                answers.append(self._row(made))
            else:
                answers.append(self._row(lambda k=kind, v=values: self._change(k, v)))
        return answers

    def _few(self, rows: list[Any], most: int) -> None:
        if len(rows) > most:
            text = f"record limit reached. cannot process more than {most} records"
            raise Refusal(400, "LIMIT_EXCEEDED", text)

    def _row(self, act: Any) -> Json:
        try:
            return {**act(), "success": True, "errors": []}
        except RowProblem as problem:
            return {"success": False, "errors": [problem.error]}

    def _upsert(self, kind: str, column: str, values: dict[str, Any]) -> Json:
        if not self.org.columns[kind][column].unique or not values.get(column):
            raise RowProblem("MISSING_ARGUMENT", f"{column} not specified")
        rows = self.org.by_key(kind, column, str(values[column]))
        if rows:
            self.org.update(kind, rows[0]["Id"], values)
            return {"id": rows[0]["Id"], "created": False}
        return {"id": self.org.create(kind, values), "created": True}

    def _change(self, kind: str, values: dict[str, Any]) -> Json:
        one = str(values.pop("id"))
        self.org.update(kind, one, values)
        return {"id": one}

    def _drop(self, one: str) -> Json:
        kind = next((kind for kind, rows in self.org.data.items() if one in rows), "Contact")
        self.org.delete(kind, one)
        return {"id": one}

    def _composite(self, request: Request) -> Json:
        parts = request.body["compositeRequest"]
        self._few(parts, 25)
        answers = []
        for part in parts:
            place = urlsplit(part["url"])
            inner = Request(
                part["method"], place.path, place.query, request.headers, part.get("body")
            )
            status, body = self._answer(inner)
            self.used -= 1  # all of them count as one
            answers.append(
                {"body": body, "httpStatusCode": status, "referenceId": part["referenceId"]}
            )
        return {"compositeResponse": answers}


def _no(code: str, text: str) -> tuple[int, Json]:
    return 400, {"error": code, "error_description": text}


def _top(problem: RowProblem) -> Json:
    error = dict(problem.error)
    return {"errorCode": error.pop("statusCode"), **error}


@contextmanager
def server(port: int = 0) -> Iterator[Server]:
    state = Server()
    web = ThreadingHTTPServer(("127.0.0.1", port), handler(state.answer, state.usage))
    web.daemon_threads = True
    state.port = web.server_port
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        web.shutdown()
        web.server_close()
        thread.join(timeout=5)


if __name__ == "__main__":
    with server(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as running:
        sys.stdout.write(f"{running.url}\n")
        sys.stdout.flush()
        threading.Event().wait()
