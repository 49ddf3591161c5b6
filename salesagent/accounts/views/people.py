"""People and roles: the owner sees all, a manager invites reps into the own team."""

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_POST

from salesagent.accounts import audit, invitations
from salesagent.accounts import people as service
from salesagent.accounts.access import current, manager_required, owner_required
from salesagent.accounts.forms import DeactivateForm, InviteForm, RoleForm, TeamForm
from salesagent.accounts.models import Invitation, Team, User
from salesagent.accounts.views.login import company
from salesagent.lib import toast
from salesagent.lib.text import one_line


def _context(user: User, **extra: Any) -> dict[str, Any]:
    people = User.objects.select_related("team").order_by("-is_active", "name")
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None).exclude(email="")
    if not user.is_owner:
        people = people.filter(team=user.team) if user.team else people.filter(pk=user.pk)
        waiting = waiting.filter(team=user.team) if user.team else waiting.none()
    return {
        "page": "settings",
        "tab": "people",
        "title": "People and roles",
        "people": _with_loads(list(people)),
        "invitations": waiting.select_related("team"),
        "teams": Team.objects.all(),
        **extra,
    }


def _with_loads(people: list[User]) -> list[tuple[User, Any, bool]]:
    """Each person, what they have to do (None: account closed), and whether they are away."""
    now = timezone.now()
    active = [user for user in people if user.is_active]
    loads = import_string(settings.ASSIGN_LOADS)(active, now)
    today = {user.pk: now.astimezone(user.tz).date() for user in active}
    return [
        (user, loads.get(user.pk), user.pk in today and user.away_on(today[user.pk]))
        for user in people
    ]


@manager_required
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """The list, and the form to invite."""
    user = current(request)
    form = InviteForm(request.POST or None, by=user)
    if request.method == "POST" and form.is_valid():
        invited = invitations.invite(**form.cleaned_data, by=user)
        link = invitations.link(invited.token)
        _mail(invited.invitation, link, user)
        context = _context(
            user, form=InviteForm(by=user), fresh_link=link, fresh=invited.invitation
        )
        return render(request, "accounts/people.html", context)
    return render(request, "accounts/people.html", _context(user, form=form))


def _mail(invitation: Invitation, link: str, user: User) -> None:
    context = {"link": link, "by": user, "company": company(), "days": settings.INVITATION_DAYS}
    body = render_to_string("email/invitation.txt", context)
    subject = one_line(f"{user.name} invites you to SalesAgent", 150)
    send_mail(subject, body, None, [invitation.email], fail_silently=True)


@manager_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    invitation = get_object_or_404(Invitation, pk=pk)
    of_team = user.team_id and invitation.team_id == user.team_id
    if not user.is_owner and not of_team:
        raise Http404
    invitations.revoke(invitation, by=user)
    toast.show(request, "The invitation no longer works.")
    return redirect("settings:people")


@owner_required
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Role and team of one person."""
    subject = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST or None, instance=User.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        try:
            service.change_role(subject, **form.cleaned_data, by=current(request))
        except service.PeopleError as error:
            form.add_error("role", str(error))
        else:
            toast.show(request, f"{subject.name} saved.")
            return redirect("settings:people")
    return _person(request, subject, form, DeactivateForm(user=subject))


def _person(
    request: HttpRequest, subject: User, form: RoleForm, leave: DeactivateForm
) -> HttpResponse:
    context = {
        "page": "settings",
        "tab": "people",
        "title": subject.name,
        "person": subject,
        "form": form,
        "leave": leave,
    }
    return render(request, "accounts/person.html", context)


@owner_required
@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    subject = get_object_or_404(User, pk=pk)
    if not subject.is_active:
        service.reactivate(subject, by=current(request))
        toast.show(request, f"{subject.name} can sign in again.")
        return redirect("settings:people")
    leave = DeactivateForm(request.POST, user=subject)
    if leave.is_valid():
        try:
            moved = service.deactivate(
                subject, heir=leave.cleaned_data["heir"], by=current(request)
            )
        except service.PeopleError as error:
            leave.add_error("heir", str(error))
        else:
            toast.show(request, f"{subject.name} can no longer sign in. {moved} leads handed over.")
            return redirect("settings:people")
    return _person(request, subject, RoleForm(instance=subject), leave)


@manager_required
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and team view; a manager only of the own team."""
    user = current(request)
    subject = get_object_or_404(Team, pk=pk)
    if not user.is_owner and user.team_id != subject.pk:
        raise Http404
    form = TeamForm(request.POST or None, instance=subject)
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.note(user, "team.changed", f"team:{pk}", team_view=form.cleaned_data["team_view"])
        toast.show(request, "Team saved.")
        return redirect("settings:people")
    context = {
        "page": "settings",
        "tab": "people",
        "title": subject.name,
        "form": form,
        "team": subject,
    }
    return render(request, "accounts/team.html", context)


@owner_required
@require_http_methods(["GET", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        audit.note(current(request), "team.made", f"team:{made.pk}")
        return redirect("settings:people")
    context = {"page": "settings", "tab": "people", "title": "New team", "form": form}
    return render(request, "accounts/team.html", context)
