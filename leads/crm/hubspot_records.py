"""HubSpot's records in our words, and our values as their properties."""

from collections.abc import Mapping
from typing import Any

from leads.crm import hubspot_fields as fields
from leads.crm.base import OBJECTS, Kind, Record, Settings
from leads.crm.hubspot_lookups import Lookups

Raw = Mapping[str, Any]


class Records:
    """`mapping` of the settings goes over the built-in one; "" there leaves a field out."""

    def __init__(self, settings: Settings, lookups: Lookups) -> None:
        self.lookups = lookups
        self._codes: dict[Kind, dict[str, str]] = {}
        for kind, built_in in fields.PROPERTIES.items():
            both = {**built_in, **settings.mapping.get(kind, {})}
            self._codes[kind] = {code: name for code, name in both.items() if name}

    def codes(self, kind: Kind) -> dict[str, str]:
        """Our code -> their property."""
        return self._codes.get(kind, {})

    def by_property(self, kind: Kind) -> dict[str, str]:
        return {name: code for code, name in self.codes(kind).items()}

    def properties(self, kind: Kind) -> list[str]:
        """What to ask for."""
        also = fields.ALSO_READ.get(kind, ())
        key = () if kind in OBJECTS else (fields.KEY,)
        return sorted({*self.codes(kind).values(), *also, *key, fields.modified(kind)})

    def record(self, kind: Kind, raw: Raw, links: Mapping[str, tuple[str, ...]]) -> Record:
        found: dict[str, str | None] = raw.get("properties") or {}
        values = {
            code: self._value(kind, code, name, found) for code, name in self.codes(kind).items()
        }
        own = str(raw.get("id") or "")
        merged = tuple(
            part.strip()
            for part in (found.get(fields.MERGED) or "").split(";")
            if part.strip() and part.strip() != own
        )
        at = fields.moment(found.get(fields.modified(kind))) or fields.moment(raw.get("updatedAt"))
        company = found.get("associatedcompanyid") if kind == "contact" else None
        also = {"company": (company,)} if company else {}
        return Record(
            kind,
            own,
            values,
            modified_at=at,
            deleted=bool(raw.get("archived")),
            merged=merged,
            links={**also, **links},
        )

    def _value(
        self, kind: Kind, code: str, name: str, found: Mapping[str, str | None]
    ) -> str | None:
        text = found.get(name) or ""
        if not self._is_built_in(kind, code, name):
            return fields.shown(kind, "", text, found)
        if (kind, code) == ("contact", "stage"):
            return fields.contact_stage(found)
        if (kind, code) == ("deal", "stage"):
            return self.lookups.deal_stage(text) if text else None
        if (kind, code) == ("deal", "reason") and found.get("closed_won_reason") and not text:
            text = found.get("closed_won_reason") or ""
        if code == "owner":
            return self.lookups.owner_email(text) if text else None
        return fields.shown(kind, code, text, found)

    def _is_built_in(self, kind: Kind, code: str, name: str) -> bool:
        return fields.PROPERTIES.get(kind, {}).get(code) == name

    def written(
        self, kind: Kind, values: Mapping[str, str], *, now: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """Properties to store. `now`: pipeline and stage that a known deal is in.

        An address is never emptied, and an opt-out is told in another way. What HubSpot has no
        word for (an owner who is no user there, an industry of our own) is left out.
        """
        if kind not in OBJECTS:
            return self._activity(kind, values)
        found: dict[str, str] = {}
        for code, name in self.codes(kind).items():
            if code not in values or code == "opt_out" or (code == "email" and not values[code]):
                continue
            if self._is_built_in(kind, code, name):
                found |= self._property(kind, code, name, values, now or {})
            else:
                found[name] = fields.written(kind, "", values[code])
        return found

    def _property(
        self, kind: Kind, code: str, name: str, values: Mapping[str, str], now: Mapping[str, Any]
    ) -> dict[str, str]:
        value = values[code]
        if code == "stage":
            if kind == "contact":
                return fields.contact_stage_written(value)
            return self._deal_stage(value, now)
        if code == "owner":
            owner = self.lookups.owner_id(value) if value else ""
            return {name: owner} if owner else {}
        if code == "reason" and values.get("stage") == "won":
            return {"closed_won_reason": fields.written(kind, code, value)}
        text = fields.written(kind, code, value)
        if code == "trade" and text not in self.lookups.options(kind, name):
            return {}
        if code == "currency" and not text:
            return {}
        return {name: text}

    def _deal_stage(self, ours: str, now: Mapping[str, Any]) -> dict[str, str]:
        """A deal in one of several stages that mean the same with us stays there."""
        if now.get("dealstage") and self.lookups.deal_stage(str(now["dealstage"])) == ours:
            return {}
        stage = self.lookups.deal_stage_for(ours, str(now.get("pipeline") or ""))
        return {"dealstage": stage.id, "pipeline": stage.pipeline} if stage else {}

    def _activity(self, kind: Kind, values: Mapping[str, str]) -> dict[str, str]:
        found = fields.activity(kind, values)
        owner = self.lookups.owner_id(values["owner"]) if values.get("owner") else ""
        return {**found, **({"hubspot_owner_id": owner} if owner else {})}
