"""What a manager opens: the team's sums, one objection side by side, one person's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from coaching import access
from coaching.models import Play, Talk
from coaching.services import examples, patterns, plays, shares
from coaching.services import team as service
from coaching.services.talks import DAYS
from coaching.views.own import card, head
from coaching.views.own import page as own_page
from salesagent.accounts.access import current
from salesagent.accounts.models import User

CARDS, ADVICE = 6, 8


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The team for whoever leads one; the own page for everybody else."""
    user = current(request)
    if not user.is_manager:
        return own_page(request)
    plays.ensure()
    days, people = _days(request), list(access.people(user))
    found = service.team(user, people, days)
    chosen = _chosen(request, found.objections)
    context = _frame(request, people, days) | {
        "team": found,
        "chosen": chosen,
        "pair": examples.pair(user, chosen) if chosen else None,
        "proposals": proposals(user),
    }
    return render(request, "coaching/team.html", context)


@require_GET
def rep(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: the own page for themself; for their manager what they chose to show."""
    user = current(request)
    person = access.rep_for(user, pk)
    if person.pk == user.pk:
        return own_page(request)
    days = _days(request)
    cards = access.shared_with(user).filter(rep=person).order_by("-shared_at")[:CARDS]
    context = _frame(request, list(access.people(user)), days) | {
        "rep": person,
        "person": service.person(user, person, days),
        "met": _met(user, person),
        "cards": [card(one, user) for one in cards],
        "advice": list(access.advice_to(person, user)[:ADVICE]),
    }
    return render(request, "coaching/rep.html", context)


def _frame(request: HttpRequest, people: list[User], days: int) -> dict[str, Any]:
    return head(request, "team") | {
        "days": days,
        "spans": DAYS,
        "people": [one for one in people if one.pk != current(request).pk],
        "needed": shares.FEW,
        "fewest": shares.PEOPLE,
    }


def _days(request: HttpRequest) -> int:
    """30 or 90; anything else is 30."""
    return next((days for days in DAYS if request.GET.get("days") == str(days)), DAYS[0])


def _chosen(request: HttpRequest, found: list[service.Objection]) -> str:
    """The objection that is opened; the most frequent one where none was picked."""
    kinds = [row.kind for row in found]
    asked = request.GET.get("objection", "")
    return asked if asked in kinds else next(iter(kinds), "")


def _met(user: User, person: User) -> list[tuple[str, str]]:
    """Objections this person answered in threads the reader may open: to write about."""
    rows = access.evidence(user).filter(rep=person, about=Talk.About.ANSWER).exclude(objection="")
    kinds = set(rows.order_by().values_list("objection", flat=True).distinct())
    return [(code, str(label)) for code, label in Play.Kind.choices if code in kinds]


def proposals(user: User) -> list[dict[str, Any]]:
    """Lines that wait for a yes or no, with links into threads the reader may open."""
    if not user.is_manager:
        return []
    waiting = patterns.waiting()
    ids = [event for one in waiting for event in one.evidence.get("events", [])]
    rows = access.evidence(user).filter(event__in=ids) if ids else Talk.objects.none()
    seen = dict(rows.values_list("event_id", "lead_id"))
    return [
        {
            "pk": one.pk,
            "line": one.evidence.get("line", ""),
            "kind": dict(Play.Kind.choices).get(str(one.evidence.get("kind")), ""),
            "share": shares.Share(one.evidence.get("wins", 0), one.evidence.get("of", 0)),
            "why": one.why,
            "links": [
                f"{reverse('leads:detail', args=[seen[event]])}#e{event}"
                for event in one.evidence.get("events", [])
                if event in seen
            ][:5],
        }
        for one in waiting
    ]
