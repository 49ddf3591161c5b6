"""What an account calls its people, deal stages and list values; asked for once, when needed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leads.crm.base import Kind, RemoteField
from leads.crm.hubspot_api import VERSION, Api
from leads.crm.hubspot_fields import TYPES

MOST_PAGES = 200  # of owners: 20,000 people
# probability of a deal stage below which it counts as this stage of ours
BANDS = ((0.5, "open"), (0.85, "proposal"), (1.01, "negotiation"))
FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "enumeration": "choice",
    "bool": "yes_no",
    "phone_number": "text",
}


@dataclass(frozen=True)
class Stage:
    pipeline: str
    id: str
    ours: str


class Lookups:
    def __init__(self, api: Api, pipeline: str = "") -> None:
        self.api = api
        self.pipeline = pipeline  # where new deals go; empty: the first one
        self._owners: list[Mapping[str, Any]] | None = None
        self._stages: list[Stage] | None = None
        self._fields: dict[Kind, list[RemoteField]] = {}

    def owner_email(self, owner_id: str) -> str | None:
        for one in self._all_owners():
            if str(one.get("id")) == owner_id:
                return str(one.get("email") or "").lower() or None
        return None

    def owner_id(self, email: str) -> str:
        """ "" for somebody HubSpot does not know."""
        for one in self._all_owners():
            if not one.get("archived") and str(one.get("email") or "").lower() == email.lower():
                return str(one.get("id"))
        return ""

    def user_name(self, user_id: str) -> str:
        for one in self._all_owners():
            if str(one.get("userId") or "") == user_id:
                name = f"{one.get('firstName') or ''} {one.get('lastName') or ''}".strip()
                return name or str(one.get("email") or "")
        return ""

    def _all_owners(self) -> list[Mapping[str, Any]]:
        if self._owners is None:
            self._owners = [
                one for left in (False, True) for one in self._owner_pages(archived=left)
            ]
        return self._owners

    def _owner_pages(self, *, archived: bool) -> Iterable[Mapping[str, Any]]:
        after = ""
        for _ in range(MOST_PAGES):
            params = {"limit": 100, "archived": str(archived).lower()}
            params |= {"after": after} if after else {}
            page = self.api.get(f"/crm/owners/{VERSION}", params)
            yield from page.get("results") or []
            after = next_after(page)
            if not after:
                return

    def deal_stage(self, stage_id: str) -> str | None:
        return next((one.ours for one in self._all_stages() if one.id == stage_id), None)

    def deal_stage_for(self, ours: str, pipeline: str) -> Stage | None:
        """The first stage of the pipeline that means `ours`."""
        wanted = pipeline or self.pipeline or self._first_pipeline()
        fits = (one for one in self._all_stages() if (one.pipeline, one.ours) == (wanted, ours))
        return next(fits, None)

    def _first_pipeline(self) -> str:
        return self._all_stages()[0].pipeline if self._all_stages() else ""

    def _all_stages(self) -> list[Stage]:
        if self._stages is None:
            found = self.api.get(f"/crm/pipelines/{VERSION}/deals").get("results") or []
            lines = sorted(found, key=lambda one: one.get("displayOrder") or 0)
            self._stages = [
                Stage(str(line.get("id")), str(one.get("id")), _meaning(one.get("metadata") or {}))
                for line in lines
                for one in sorted(
                    line.get("stages") or [], key=lambda one: one.get("displayOrder") or 0
                )
                if not one.get("archived")
            ]
        return self._stages

    def fields(self, kind: Kind) -> list[RemoteField]:
        if kind not in self._fields:
            found = self.api.get(f"/crm/properties/{VERSION}/{TYPES[kind]}")
            self._fields[kind] = [
                _field(one) for one in found.get("results") or [] if not one.get("hidden")
            ]
        return self._fields[kind]

    def options(self, kind: Kind, name: str) -> set[str]:
        """Values a list allows; empty for a free field."""
        for one in self.fields(kind):
            if one.code == name:
                return {value for value, _ in one.options}
        return set()


def next_after(page: Mapping[str, Any]) -> str:
    """Where the next page begins; "" after the last one."""
    found = ((page.get("paging") or {}).get("next") or {}).get("after")
    return str(found) if found else ""


def _meaning(metadata: Mapping[str, Any]) -> str:
    try:
        chance = float(metadata.get("probability") or 0)
    except (TypeError, ValueError):
        chance = 0.0
    if str(metadata.get("isClosed")).lower() == "true":
        return "won" if chance >= 1 else "lost"
    return next(ours for most, ours in BANDS if chance < most) if chance < 1.01 else "negotiation"


def _field(one: Mapping[str, Any]) -> RemoteField:
    limits = one.get("modificationMetadata") or {}
    options = one.get("options") or []
    return RemoteField(
        code=str(one.get("name") or ""),
        label=str(one.get("label") or one.get("name") or ""),
        type=FIELD_TYPES.get(str(one.get("type") or ""), "text"),
        read_only=bool(limits.get("readOnlyValue") or one.get("calculated")),
        options=tuple(
            (str(o.get("value")), str(o.get("label"))) for o in options if not o.get("hidden")
        ),
    )
