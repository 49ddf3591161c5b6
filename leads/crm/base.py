"""What the sync wants from another system, whichever it is. Dataclasses in, dataclasses out.

Adapters know no tables: credentials come as arguments, values go in our words (`FIELDS`), as text.
`None` for a value means "not told", "" means empty there. Times are aware datetimes in UTC.
Every write carries a key of ours and may be repeated: the same key makes one record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Kind = Literal["contact", "company", "deal", "note", "email", "call", "communication"]
OBJECTS: tuple[Kind, ...] = ("company", "contact", "deal")  # in the order in which they are synced
ACTIVITIES: tuple[Kind, ...] = ("note", "email", "call", "communication")

# our field code -> label, by kind. `opt_out` is "yes" or ""; `owner` is the owner's e-mail address.
FIELDS: dict[Kind, dict[str, str]] = {
    "contact": {
        "first_name": "First name",
        "last_name": "Last name",
        "email": "Email",
        "phone": "Phone",
        "title": "Job title",
        "company_name": "Company",
        "linkedin_url": "LinkedIn address",
        "street": "Street and number",
        "postcode": "Postcode",
        "city": "City",
        "country": "Country",
        "language": "Language",
        "stage": "Stage",
        "owner": "Owner",
        "opt_out": "Opted out",
    },
    "company": {
        "name": "Name",
        "domain": "Website",
        "phone": "Phone",
        "address": "Address",
        "city": "City",
        "country": "Country",
        "trade": "Trade or industry",
        "size": "People",
    },
    "deal": {
        "title": "Title",
        "value": "Value",
        "currency": "Currency",
        "stage": "Stage",
        "expected_close": "Expected close",
        "reason": "Reason",
        "owner": "Owner",
    },
}


class CrmError(Exception):
    """Nothing of the call was done, or it is not known. `message`: for the owner, with what to do.

    permanent: only a person helps (token withdrawn, right missing). wait: seconds to wait before
    the next call, where the system said so; a day's limit is a long wait.
    """

    def __init__(self, message: str, *, permanent: bool, wait: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.wait = wait


@dataclass(frozen=True)
class RowError:
    """Why one record of a batch was refused, in the user's words. `field`: our code, if known.

    existing_id: the record that is there already. again: the same write may work later.
    """

    message: str
    code: str = ""
    field: str = ""
    existing_id: str = ""
    again: bool = False


@dataclass(frozen=True)
class Account:
    """Whom we are connected to. `limits`: in words, for the page; `missing`: rights we lack."""

    id: str
    name: str
    url: str = ""
    limits: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemoteField:
    """A field there that may be mapped to one of ours or to an own field."""

    code: str
    label: str
    type: str = "text"
    read_only: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Record:
    """One record there, in our words. `merged`: ids of records that were merged into it."""

    kind: Kind
    id: str
    values: Mapping[str, str | None]
    modified_at: datetime | None = None
    deleted: bool = False
    merged: tuple[str, ...] = ()
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # kind -> ids


@dataclass(frozen=True)
class Page:
    """Records in the order of their last change. `cursor`: JSON-ready, goes on after this page;
    None when this was the last one. `total` may be 0 when nobody says."""

    records: Sequence[Record]
    cursor: dict[str, object] | None
    total: int = 0


@dataclass(frozen=True)
class Write:
    """Create (`id` empty) or change. `key`: ours, stable over tries, like "lead:7"."""

    key: str
    kind: Kind
    values: Mapping[str, str]
    id: str = ""
    links: tuple[tuple[Kind, str], ...] = ()

    @property
    def stored(self) -> Mapping[str, str]:
        """What is written into the record. Beside an opt-out of somebody who is there the address
        only says by which it is told: nothing else of them leaves."""
        if self.id and self.values.get("opt_out") == "yes":
            return {code: value for code, value in self.values.items() if code != "email"}
        return self.values


@dataclass(frozen=True)
class Written:
    """What became of one Write. With `error` nothing was stored."""

    key: str
    id: str = ""
    created: bool = False
    modified_at: datetime | None = None
    error: RowError | None = None


@dataclass(frozen=True)
class Said:
    """Who gave a field its value there, and when. Empty where the system does not tell."""

    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Settings:
    """How this account is used: what the owner set on the page. `mapping`: kind -> our code ->
    their code, over the adapter's own; `custom:NAME` is an own field of ours."""

    base_url: str = ""
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)


class Crm(Protocol):
    """One connected account. Every method may raise CrmError. Not to be called in a transaction.

    `token`s are asked for by `secret()` before each call, so that a refreshed one is used.
    """

    BATCH: int  # most writes of one call
    requests: int  # calls made so far, for the bench and the page

    def account(self) -> Account: ...

    def prepare(self) -> None:
        """Once, when connected: make the field that holds our key, where the system needs one."""

    def fields(self, kind: Kind) -> list[RemoteField]: ...

    def changed(
        self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None
    ) -> Page:
        """One page of what changed at or after `since` (None: everything), in our words."""

    def read(self, kind: Kind, ids: Sequence[str]) -> list[Record]:
        """Those that exist; a merged id gives the record it went into, with `merged`."""

    def find(self, kind: Kind, code: str, values: Sequence[str]) -> list[Record]:
        """Records whose field (ours: email, domain) has one of the values."""

    def gone(self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None) -> Page:
        """Deleted records (`deleted`), one page; ids are enough."""

    def write(self, kind: Kind, writes: Sequence[Write]) -> list[Written]:
        """At most BATCH; one answer for each, in any order. Partial failure is per row."""

    def link(self, pairs: Sequence[tuple[Kind, str, Kind, str]]) -> list[RowError | None]:
        """Associate records: (kind, id, kind, id)."""

    def erase(self, kind: Kind, ids: Sequence[str]) -> list[RowError | None]:
        """Delete for good, as privacy law wants it."""

    def said(self, kind: Kind, asks: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Said]:
        """(id, our code) -> who and when; for conflicts only. Unknown ones are missing."""


def pages(adapter: Crm, kind: Kind, since: datetime | None) -> Iterator[Page]:
    """All pages of `changed`, for callers that need no resume point. Raises CrmError when a page
    leads to itself."""
    cursor: Mapping[str, object] | None = None
    while True:
        page = adapter.changed(kind, since, cursor)
        yield page
        if page.cursor is None:
            return
        if page.cursor == cursor:
            raise CrmError("The other side gave the same page twice.", permanent=False)
        cursor = page.cursor
