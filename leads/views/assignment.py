"""Settings, Assignment: who gets new leads. Only the owner: rules reach over all teams."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.forms_assignment import RuleForm, TryForm
from leads.models import AssignmentRule
from leads.services import assignment_rules
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.models import User, Workspace
from salesagent.lib import toast


def _context(**extra: Any) -> dict[str, Any]:
    return {"page": "settings", "tab": "assignment", **extra}


@owner_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The rules in their order, and a try-out by the query string."""
    asked = any(name in request.GET for name in TryForm.base_fields)
    form = TryForm(request.GET if asked else None)
    tried = assignment_rules.try_out(form.lead()) if asked and form.is_valid() else None
    context = _context(
        title="Assignment",
        lines=assignment_rules.lines(),
        form=form,
        tried=tried,
        form_owner=Workspace.current().form_owner,
    )
    return render(request, "leads/assignment.html", context)


@owner_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    if assignment_rules.full():
        toast.show(request, f"{assignment_rules.MOST} rules are the most there can be.")
        return redirect("leads:assignment")
    return _edit(request, None)


@owner_required
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(AssignmentRule, pk=pk))


def _edit(request: HttpRequest, row: AssignmentRule | None) -> HttpResponse:
    active = Q(is_active=True)
    mine = Q(pk__in=row.people.values("pk")) if row else Q()
    people = User.objects.filter(active | mine if row else active).order_by("name")
    form = RuleForm(request.POST or None, rule=row, people=people)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["people"]
        saved = assignment_rules.save(row, form.values(), chosen, current(request))
        toast.show(request, f"Rule {saved.name} saved.")
        if unknown := assignment_rules.nobody_has(saved.skills):
            toast.warn(request, f"{_nobody(unknown)} The rule finds nobody until somebody has.")
        return redirect("leads:assignment")
    context = _context(
        title=row.name if row else "New rule",
        form=form,
        rule=row,
        skills=assignment_rules.known_skills(),
        unknown=_nobody(assignment_rules.nobody_has(row.skills)) if row else "",
    )
    return render(request, "leads/assignment_rule.html", context)


def _nobody(skills: list[str]) -> str:
    words = " and ".join(f"“{one}”" for one in skills)
    return f"Nobody has {words} in the profile." if skills else ""


@owner_required
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Up, down, on, off, remove."""
    row, user = get_object_or_404(AssignmentRule, pk=pk), current(request)
    what = request.POST.get("do", "")
    if what in ("up", "down"):
        assignment_rules.move(row, what == "up", user)
    elif what in ("on", "off"):
        assignment_rules.switch(row, what == "on", user)
        toast.show(request, f"Rule {row.name} is {what}.")
    elif what == "remove":
        assignment_rules.remove(row, user)
        toast.show(request, f"Rule {row.name} removed. Leads stay with whom they are.")
    else:
        raise Http404
    return redirect("leads:assignment")
