"""The field table of a connected CRM: what is called what there, and who wins."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from leads.crm.base import FIELDS, OBJECTS, Kind, RemoteField
from leads.crm.merge import OPT_OUT, RULES, Rule
from leads.models import SyncConflict
from leads.services import crm_accounts as accounts
from leads.services.crm_accounts import CUSTOM, SyncError
from salesagent.accounts.models import Connection
from salesagent.lib.text import one_line

MOST_OWN = 40
State = SyncConflict.State
Table = dict[str, dict[str, str]]


@dataclass(frozen=True)
class FieldRow:
    """One line of the table. `theirs` "" means the usual field of that service."""

    kind: Kind
    code: str
    label: str
    rule: Rule
    theirs: str = ""
    own: bool = False

    @property
    def fixed(self) -> bool:
        """An opt-out holds on both sides, whatever anybody would like."""
        return self.code == OPT_OUT


def table(connection: Connection) -> list[FieldRow]:
    """Every field of contacts, companies and deals, own ones last."""
    terms = accounts.terms_of(connection)
    rows = []
    for kind in ("contact", "company", "deal"):
        mapping = terms.mapping.get(kind, {})
        own = [code for code in mapping if code.startswith(CUSTOM)]
        labels = {**FIELDS[kind], **{code: code.removeprefix(CUSTOM) for code in own}}
        rows += [
            FieldRow(kind, code, label, terms.rule(kind, code), mapping.get(code, ""), code in own)
            for code, label in labels.items()
        ]
    return rows


def save(
    connection: Connection,
    rules: Mapping[str, Mapping[str, str]],
    mapping: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Store rules, and with `mapping` what is called what there (`custom:NAME` -> their code).

    A new mapping makes the next sync look at everything. Raises SyncError(field=).
    """
    chosen: dict[str, dict[str, str]] = {
        kind: _rules(kind, rules.get(kind, {})) for kind in OBJECTS
    }
    options: dict[str, object] = {"rules": chosen}
    if mapping is not None:
        names: dict[str, dict[str, str]] = {
            kind: _names(kind, mapping.get(kind, {})) for kind in OBJECTS
        }
        before = connection.settings.get("mapping") or {}
        options["mapping"] = names
        if names != {kind: before.get(kind, {}) for kind in OBJECTS}:
            options["full"] = True
    accounts.set_options(connection, **options)
    _close_unasked(connection, chosen)


def _rules(kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, rule in given.items():
        if code == OPT_OUT:
            continue
        if rule not in RULES:
            raise SyncError("Choose one of the rules.", f"{kind}.{code}")
        if code in FIELDS[kind] or code.startswith(CUSTOM):
            found[code] = rule
    return found


def _names(kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for code, theirs in given.items():
        own = code.startswith(CUSTOM) and one_line(code.removeprefix(CUSTOM), 200)
        if not (own or code in FIELDS[kind]):
            continue
        if own and len(f"{CUSTOM}{own}") > accounts.MAX_CODE:
            text = f"The name of an own field may have {accounts.MAX_CODE - len(CUSTOM)} letters."
            raise SyncError(text, kind)
        name = one_line(theirs, 120)
        if name:
            found[f"{CUSTOM}{own}" if own else code] = name
    if len(found) > MOST_OWN:
        raise SyncError(f"At most {MOST_OWN} fields of each kind.", kind)
    if len(set(found.values())) < len(found):
        raise SyncError("Two of our fields cannot be one field there.", kind)
    return found


@transaction.atomic
def _close_unasked(connection: Connection, rules: Mapping[str, Mapping[str, str]]) -> None:
    """Nobody has to decide about a field that is not synced any more."""
    for kind, codes in rules.items():
        off = [code for code, rule in codes.items() if rule == "off"]
        SyncConflict.objects.filter(
            link__provider=connection.service, link__kind=kind, field__in=off, state=State.OPEN
        ).update(state=State.MOOT)


def fields_there(connection: Connection) -> dict[Kind, list[RemoteField]]:
    """What may be chosen there, for the table's lists. Calls the service; raises CrmError."""
    adapter = accounts.adapter_for(connection)
    return {kind: adapter.fields(kind) for kind in OBJECTS}
