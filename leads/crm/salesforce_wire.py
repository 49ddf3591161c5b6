"""Calls to one Salesforce organisation: queries page by page, and what refusals mean.

Facts: REST API developer guide; "API Request Limits and Allocations". Calls are counted there for
the last 24 hours, for all programs of the customer together.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

from django.conf import settings as django_settings

from leads.crm import salesforce_errors as errors
from leads.crm.base import CrmError, Settings
from leads.crm.places import Places
from salesagent.lib import budget, http

if TYPE_CHECKING:
    import requests

SERVICE = "salesforce"
API_VERSION = "66.0"
PAGE = 500  # records of an answer; the service may send fewer, or 200 at least
QUERY_CAP = 8_000_000  # bytes
DESCRIBE_CAP = 16_000_000  # an organisation with 800 fields of its own needs them
RESERVE = 0.95  # of the day's calls; the rest is left to the customer's other programs

budget.register(SERVICE, rate_per_second=10, burst=25)

_NEXT = re.compile(r"/services/data/v[0-9.]{2,6}/query(?:All)?/[A-Za-z0-9-]{1,80}")
_USAGE = re.compile(r"api-usage=(\d{1,12})/(\d{1,12})")
Json = dict[str, Any]


class Secret(Protocol):
    """Gives the token to use. `refused`: one that was just turned down; another one, if any."""

    def __call__(self, refused: str = "") -> str: ...


class Org:
    """One organisation. Every method may raise CrmError."""

    def __init__(self, secret: Secret, settings: Settings) -> None:
        self.base = base_url(settings)
        self.account = str(settings.extra.get("account") or urlsplit(self.base).netloc)
        self.requests = 0
        self.used = self.limit = 0
        self._secret = secret
        self._session: requests.Session | None = None

    def get(self, path: str, *, size_cap: int = QUERY_CAP) -> Any:
        return self.call("GET", path, size_cap=size_cap)

    def query(self, soql: str, *, deleted: bool = False) -> Json:
        """The first page of an answer; `deleted`: with what is in the recycle bin."""
        path = "queryAll/" if deleted else "query/"
        options = {"Sforce-Query-Options": f"batchSize={PAGE}"}
        return _object(self.call("GET", path, params={"q": soql}, headers=options))

    def more(self, address: object) -> Json:
        """The page that an answer named as the next one."""
        if not isinstance(address, str) or not _NEXT.fullmatch(address):
            raise CrmError("Salesforce sent no readable answer.", permanent=False)
        return _object(self.call("GET", address))

    def rows(self, soql: str, *, deleted: bool = False) -> Iterator[Json]:
        """Every record of a query."""
        page, places = self.query(soql, deleted=deleted), Places("Salesforce")
        while True:
            yield from records(page)
            if page.get("done", True):
                return
            places.check(page.get("nextRecordsUrl"))
            page = self.more(page.get("nextRecordsUrl"))

    def call(
        self,
        method: http.Method,
        path: str,
        *,
        idempotent: bool = True,
        size_cap: int = QUERY_CAP,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Any:
        """The JSON of an answer. A token that is turned down is replaced once."""
        self._keep_reserve()
        more |= {"idempotent": idempotent, "size_cap": size_cap}
        token = self._secret()
        answer = self._send(method, self._url(path), headers=_headers(headers, token), **more)
        if answer.status == 401 and (other := self._secret(token)) != token:
            answer = self._send(method, self._url(path), headers=_headers(headers, other), **more)
        self._note_usage(answer)
        if not answer.ok:
            raise Refused.of(answer)
        return body_of(answer)

    def _send(self, method: http.Method, url: str, *, idempotent: bool, **more: Any) -> http.Answer:
        self.requests += 1
        if self._session is None:
            self._session = http.session()
        try:
            return http.call(
                method,
                url,
                service=SERVICE,
                account=self.account,
                timeout=(5, 110),  # triggers of 200 records take their time
                idempotent=idempotent,
                allow_hosts={urlsplit(self.base).netloc},
                session=self._session if idempotent else None,
                **more,
            )
        except http.HttpFault as fault:
            error = errors.of_fault(fault)
        raise error

    def _url(self, path: str) -> str:
        root = "" if path.startswith("/") else f"/services/data/v{API_VERSION}/"
        return f"{self.base}{root}{path}"

    def _note_usage(self, answer: http.Answer) -> None:
        if found := _USAGE.search(answer.headers.get("Sforce-Limit-Info") or ""):
            self.used, self.limit = int(found[1]), int(found[2])

    def _keep_reserve(self) -> None:
        if self.limit and self.used >= RESERVE * self.limit:
            raise CrmError(
                f"{self.used:,} of {self.limit:,} calls of the last 24 hours are used. The rest is "
                "left to your other programs; we go on in some hours.",
                permanent=False,
                wait=errors.DAY,
            )


class Refused(CrmError):
    """A call that Salesforce turned down. `code`: its own word for why."""

    code = ""

    @classmethod
    def of(cls, answer: http.Answer) -> "Refused":
        error = errors.of_answer(answer)
        made = cls(error.message, permanent=error.permanent, wait=error.wait)
        made.code = errors.first(answer)[0]
        return made


def records(page: Mapping[str, Any]) -> Sequence[Json]:
    found = page.get("records")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def base_url(settings: Settings) -> str:
    """The organisation's My Domain, unless the installation names another place for all."""
    override = str(django_settings.SERVICE_URLS.get(SERVICE) or "")
    return (override or settings.base_url).rstrip("/")


def in_path(text: str) -> str:
    return quote(text, safe="")


def _headers(more: Mapping[str, str] | None, token: str) -> dict[str, str]:
    return {**(more or {}), "Authorization": f"Bearer {token}"}


def body_of(answer: http.Answer) -> Any:
    if answer.status == 204 or not answer.body:
        return None
    try:
        return answer.json()
    except http.HttpFault as fault:
        error = errors.of_fault(fault)
    raise error


def _object(found: Any) -> Json:
    if not isinstance(found, dict):
        raise CrmError("Salesforce sent no readable answer.", permanent=False)
    return found
