"""The field table: what is called what on the other side, and who is right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads import crm_page, crm_rule_words
from leads.crm.base import OBJECTS, Kind, RemoteField
from leads.crm.merge import RULES
from leads.services import crm_accounts, crm_field_lists, crm_mapping, crm_rules
from leads.services.crm_accounts import CUSTOM, SyncError
from leads.services.crm_rules import FieldRow
from leads.views.crm_connect import connected
from salesagent.accounts.access import current, manager_required
from salesagent.accounts.models import Connection
from salesagent.lib import toast
from salesagent.lib.text import one_line

OWN_NAME = 60


@dataclass(frozen=True)
class Line:
    """`usual`: the label of their field that is taken when none is chosen; "" when there is none.
    `unknown`: a chosen one that is not in their list."""

    row: FieldRow
    theirs: str
    rule: str
    usual: str
    unknown: bool


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def table(request: HttpRequest, provider: str, kind: str) -> HttpResponse:
    """One kind at a time. Managers read it, the owner changes it."""
    if kind not in OBJECTS or (request.method == "POST" and not current(request).is_owner):
        raise Http404
    row = connected(provider)
    rows = [one for one in crm_rules.table(row) if one.kind == kind]
    fields, problem = crm_field_lists.there(row, kind)
    error = ""
    doubts: list[str] = []
    if request.method == "POST":
        error, doubts = _save(request, row, kind, rows, fields)
        if not (error or doubts):
            toast.show(request, "Saved. The next sync keeps to it.")
            return redirect("leads:crm_fields", provider, kind)
    context = {
        **crm_page.base(provider),
        "kind": kind,
        "kinds": [(code, crm_page.MANY[code]) for code in ("contact", "company", "deal")],
        "lines": _lines(request, provider, kind, rows, fields),
        "fields": fields,
        "rules": RULES.items(),
        "problem": problem,
        "summary": crm_rule_words.summary(crm_accounts.terms_of(row), [kind]),
        "error": error,
        "doubts": doubts,
        "own": kind != "deal",
        "own_name": request.POST.get("own.name", ""),
        "own_theirs": request.POST.get("own.theirs", ""),
    }
    return render(request, "leads/crm/fields.html", context, status=422 if error or doubts else 200)


def _lines(
    request: HttpRequest, provider: str, kind: Kind, rows: list[FieldRow], fields: list[RemoteField]
) -> list[Line]:
    usual = crm_field_lists.usual(provider, kind)
    labels = {one.code: one.label for one in fields}
    found = []
    for row in rows:
        theirs = request.POST.get(f"theirs.{row.code}", row.theirs)
        rule = request.POST.get(f"rule.{row.code}", row.rule)
        name = usual.get(row.code, "")
        unknown = bool(theirs) and theirs not in labels
        found.append(Line(row, theirs, rule, labels.get(name, name), unknown))
    return found


def _save(
    request: HttpRequest,
    connection: Connection,
    kind: Kind,
    rows: list[FieldRow],
    fields: list[RemoteField],
) -> tuple[str, list[str]]:
    """Why it was not saved, and what has to be said twice; empty when it was. Fields that the
    form did not show stay."""
    post = request.POST
    mine = {row.code: post.get(f"theirs.{row.code}", row.theirs) for row in rows if not row.fixed}
    chosen = {row.code: post.get(f"rule.{row.code}", row.rule) for row in rows if not row.fixed}
    name = one_line(post.get("own.name", ""), OWN_NAME)
    if name:
        if f"{CUSTOM}{name}" in mine:
            return f"The own field {name} is in the table already.", []
        mine[f"{CUSTOM}{name}"] = post.get("own.theirs", "")
        if not mine[f"{CUSTOM}{name}"]:
            return f"Choose which field there holds {name}.", []
    before = {row.code: row.theirs for row in rows}
    usual = crm_field_lists.usual(connection.service, kind)
    problem = _problem(mine, before, chosen, fields)
    if problem := problem or crm_mapping.problem(kind, mine, chosen, usual, fields):
        return problem, []
    sure = "sure" in post
    if not sure and (doubts := crm_mapping.doubts(kind, mine, before, fields)):
        return "", doubts
    terms = crm_accounts.terms_of(connection)
    rules = {**terms.rules, kind: {c: r for c, r in chosen.items() if c in mine}}
    mapping = {**terms.mapping, kind: {code: theirs for code, theirs in mine.items() if theirs}}
    try:
        crm_rules.save(connection, rules, mapping)
    except SyncError as error:
        return error.message, []
    return "", []


def _problem(
    mine: Mapping[str, str],
    before: Mapping[str, str],
    chosen: Mapping[str, str],
    fields: list[RemoteField],
) -> str:
    """A changed choice has to be one of theirs, and one that takes what we write."""
    known: dict[str, Any] = {one.code: one for one in fields}
    for code, theirs in mine.items():
        if not theirs or theirs == before.get(code):
            continue
        if theirs not in known:
            return "Choose one of the fields in the list."
        if known[theirs].read_only and chosen.get(code, "newest") not in ("there", "off"):
            label = known[theirs].label
            return f"{label} cannot be written there. Choose “{RULES['there']}” for it."
    return ""
