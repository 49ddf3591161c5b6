"""What one organisation has: its columns, people and deal stages; asked for once, when needed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leads.crm import salesforce_soql as soql
from leads.crm.base import Kind, RemoteField, Settings
from leads.crm.salesforce_fields import CODED, COLUMNS, KEY, NAMES, RELATED, Column
from leads.crm.salesforce_wire import DESCRIBE_CAP, Org

# chance of a deal stage in percent below which it counts as this stage of ours
BANDS = ((75, "open"), (90, "proposal"), (101, "negotiation"))
TYPES = {
    "boolean": "yes_no",
    "int": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "date": "date",
    "datetime": "datetime",
    "picklist": "choice",
    "multipicklist": "choice",
    "combobox": "choice",
}
LONGEST = 4_000  # letters; longer texts are no fields, and 500 of them are no page
HIDDEN = frozenset({"address", "location", "base64", "complexvalue", "anyType"})


@dataclass(frozen=True)
class Stage:
    name: str
    ours: str
    active: bool


class Schema:
    def __init__(self, org: Org, settings: Settings) -> None:
        self.org = org
        self.settings = settings
        self._columns: dict[str, dict[str, Column]] = {}
        self._users: dict[str, str] = {}
        self._stages: list[Stage] | None = None
        self._done = ""

    def columns(self, name: str) -> dict[str, Column]:
        """The columns of an object that the user we run as can see."""
        if name not in self._columns:
            found = self.org.get(f"sobjects/{name}/describe", size_cap=DESCRIBE_CAP)
            listed = found.get("fields") if isinstance(found, dict) else None
            self._columns[name] = {
                str(one["name"]): _column(one) for one in listed or () if one.get("name")
            }
        return self._columns[name]

    def mapping(self, kind: Kind) -> dict[str, str]:
        """Our code -> their column, as far as it is there; the owner's choices over ours."""
        there = self.columns(NAMES[kind])
        wanted = {code: self._coded(name, there) for code, name in COLUMNS[kind].items()}
        wanted |= dict(self.settings.mapping.get(kind, {}))
        return {code: name for code, name in wanted.items() if name in there or name in RELATED}

    @staticmethod
    def _coded(name: str, there: Mapping[str, Column]) -> str:
        coded = CODED.get(name, "")
        return coded if coded in there else name

    def labels(self, kind: Kind) -> dict[str, tuple[str, str]]:
        """Their column -> (our code, label), for error messages."""
        found = {name: ("", one.label) for name, one in self.columns(NAMES[kind]).items()}
        for code, name in self.mapping(kind).items():
            if name in found:
                found[name] = (code, found[name][1])
        return found

    def has_key(self, kind: Kind) -> bool:
        """Whether records can be found by our key: external id, unique, and we may write it."""
        column = self.columns(NAMES[kind]).get(KEY)
        return column is not None and column.key and column.create

    def fields(self, kind: Kind) -> list[RemoteField]:
        return [
            RemoteField(
                code=one.name,
                label=one.label,
                type=TYPES.get(one.type, "text"),
                read_only=not one.update,
                options=one.options,
            )
            for one in self.columns(NAMES[kind]).values()
            if one.type not in HIDDEN and one.name != KEY and one.length <= LONGEST
        ]

    def user_ids(self, emails: Iterable[str]) -> dict[str, str]:
        """E-mail address -> id of an active user; unknown ones are missing."""
        asked = {email.lower() for email in emails if email}
        for part in soql.parts(sorted(asked - self._users.keys())):
            self._users |= dict.fromkeys(part, "")
            found = self.org.rows(
                soql.select(
                    ("Id", "Email"),
                    "User",
                    "IsActive = TRUE",
                    "UserType = 'Standard'",
                    soql.one_of("Email", part),
                    order="Id DESC",
                )
            )
            for one in found:  # the oldest one comes last and stays
                self._users[str(one.get("Email") or "").lower()] = str(one.get("Id") or "")
        return {email: self._users[email] for email in asked if self._users.get(email)}

    def stage_of(self, name: str) -> str | None:
        """What a deal stage of theirs is with us."""
        return next((one.ours for one in self._all_stages() if one.name == name), None)

    def stage_for(self, ours: str) -> str:
        """Their deal stage for one of ours; "" when there is none. The owner may have chosen it."""
        if chosen := self.settings.extra.get(f"deal_stage.{ours}"):
            return str(chosen)
        fits = [one.name for one in self._all_stages() if one.ours == ours and one.active]
        # "Proposal sent" is the last step before they negotiate; the others begin with the first
        return (fits[-1] if ours == "proposal" else fits[0]) if fits else ""

    def _all_stages(self) -> list[Stage]:
        if self._stages is None:
            chosen = {
                str(name): code.removeprefix("deal_stage.")
                for code, name in self.settings.extra.items()
                if code.startswith("deal_stage.")
            }
            names = ("ApiName", "IsActive", "IsClosed", "IsWon", "DefaultProbability")
            found = self.org.rows(soql.select(names, "OpportunityStage", order="SortOrder"))
            self._stages = [
                Stage(name, chosen.get(name) or _meaning(one), bool(one.get("IsActive")))
                for one in found
                if (name := str(one.get("ApiName") or ""))
            ]
        return self._stages

    def done_status(self) -> str:
        """The status of a task that is over; the name differs by organisation."""
        column = self.columns("Task").get("Status")
        if column and any(value == "Completed" for value, _ in column.options):
            return "Completed"
        if not self._done:
            found = self.org.rows(
                "SELECT ApiName FROM TaskStatus WHERE IsClosed = TRUE ORDER BY SortOrder"
            )
            self._done = next((str(one.get("ApiName") or "") for one in found), "") or "Completed"
        return self._done


def _column(one: Mapping[str, Any]) -> Column:
    options = one.get("picklistValues") or ()
    return Column(
        name=str(one["name"]),
        label=str(one.get("label") or one["name"]),
        type=str(one.get("type") or ""),
        create=bool(one.get("createable")),
        update=bool(one.get("updateable")),
        nillable=bool(one.get("nillable")),
        length=int(one.get("length") or 0),
        key=bool(one.get("externalId") and one.get("unique")),
        restricted=bool(one.get("restrictedPicklist")),
        options=tuple(
            (str(o.get("value")), str(o.get("label") or o.get("value")))
            for o in options
            if o.get("active", True)
        ),
    )


def _meaning(one: Mapping[str, Any]) -> str:
    if one.get("IsWon"):
        return "won"
    if one.get("IsClosed"):
        return "lost"
    chance = float(one.get("DefaultProbability") or 0)
    return next((ours for most, ours in BANDS if chance < most), "negotiation")
