"""HubSpot behind leads.crm.base: one connected account, by a private app's token or by OAuth."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leads.crm import hubspot_fields as fields
from leads.crm.base import (
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
from leads.crm.hubspot_api import VERSION, Api, Refused, Secret
from leads.crm.hubspot_lookups import Lookups
from leads.crm.hubspot_pull import BATCH, Pull
from leads.crm.hubspot_push import Push
from leads.crm.hubspot_records import Records

GROUP = "salesagent"
# right -> a read that only works with it
PROBES = {
    "crm.objects.contacts.read": f"/crm/objects/{VERSION}/contacts",
    "crm.objects.companies.read": f"/crm/objects/{VERSION}/companies",
    "crm.objects.deals.read": f"/crm/objects/{VERSION}/deals",
    "crm.objects.owners.read": f"/crm/owners/{VERSION}",
}


class HubSpot:
    BATCH = BATCH

    def __init__(self, secret: Secret, settings: Settings) -> None:
        """`settings.extra`: account, time_zone, pipeline (for new deals), each may miss."""
        self._api = Api(secret, settings)
        self._lookups = Lookups(self._api, str(settings.extra.get("pipeline", "")))
        self._records = Records(settings, self._lookups)
        self._pull = Pull(self._api, self._records)
        self._push = Push(self._api, self._records)

    @property
    def requests(self) -> int:
        return self._api.requests

    def account(self) -> Account:
        found = self._api.get(f"/account-info/{VERSION}/details")
        portal = str(found.get("portalId") or "")
        self._api.account = self._api.account or portal
        self._api.time_zone = self._api.time_zone or str(found.get("timeZone") or "")
        place = str(found.get("uiDomain") or "app.hubspot.com")
        return Account(
            id=portal,
            name=f"HubSpot account {portal}",
            url=f"https://{place}/contacts/{portal}" if portal.isdecimal() else "",
            limits=self._limits(),
            missing=tuple(right for right, path in PROBES.items() if not self._may(path)),
        )

    def _limits(self) -> str:
        """Only private apps are told; for others it stays unsaid."""
        try:
            found = self._api.get(f"/account-info/{VERSION}/api-usage/daily/private-apps")
        except Refused:
            return ""
        rows = [one for one in found.get("results") or [] if isinstance(one, dict)]
        for row in rows:
            used, most = row.get("currentUsage"), row.get("usageLimit")
            if isinstance(used, int) and isinstance(most, int):
                return f"{used:,} of {most:,} calls used today"
        return ""

    def _may(self, path: str) -> bool:
        try:
            self._api.get(path, {"limit": 1})
        except Refused as refused:
            if refused.status != 403:
                raise
            return False
        return True

    def prepare(self) -> None:
        for name in fields.TYPES.values():
            self._prepare(name)

    def _prepare(self, name: str) -> None:
        """The unique property that holds our key; made once, found ever after."""
        base = f"/crm/properties/{VERSION}/{name}"
        try:
            found = self._api.get(f"{base}/{fields.KEY}")
        except Refused as refused:
            if refused.status != 404:
                raise
            self._made(f"{base}/groups", {"name": GROUP, "label": "SalesAgent"})
            found = self._made(base, _key_property()) or self._api.get(f"{base}/{fields.KEY}")
        if not found.get("hasUniqueValue"):
            raise CrmError(
                f"HubSpot has a property {fields.KEY} of {name} that is not unique. Delete it "
                "there, then check the connection again.",
                permanent=True,
            )

    def _made(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """{} when it was there already."""
        try:
            return dict(self._api.post(path, body))
        except Refused as refused:
            if refused.status != 409:
                raise
            return {}

    def fields(self, kind: Kind) -> list[RemoteField]:
        return self._lookups.fields(kind)

    def changed(
        self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None
    ) -> Page:
        return self._pull.changed(kind, since, cursor)

    def read(self, kind: Kind, ids: Sequence[str]) -> list[Record]:
        return self._pull.read(kind, ids)

    def find(self, kind: Kind, code: str, values: Sequence[str]) -> list[Record]:
        return self._pull.find(kind, code, values)

    def gone(self, kind: Kind, since: datetime | None, cursor: Mapping[str, object] | None) -> Page:
        return self._pull.gone(kind, since, cursor)

    def write(self, kind: Kind, writes: Sequence[Write]) -> list[Written]:
        return self._push.write(kind, writes)

    def link(self, pairs: Sequence[tuple[Kind, str, Kind, str]]) -> list[RowError | None]:
        return self._push.link(pairs)

    def erase(self, kind: Kind, ids: Sequence[str]) -> list[RowError | None]:
        return self._push.erase(kind, ids)

    def said(self, kind: Kind, asks: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Said]:
        return self._pull.said(kind, asks)


def _key_property() -> dict[str, object]:
    return {
        "groupName": GROUP,
        "name": fields.KEY,
        "label": "SalesAgent ID",
        "description": "Ties this record to the one in SalesAgent. Do not change it.",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }


__all__ = ["HubSpot"]
