"""What a manager opens: the team's sums, one objection side by side, one person's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from coaching import access
from coaching.models import Play, Talk
from coaching.services import advice, examples, patterns, plays, shares
from coaching.services import team as service
from coaching.services.talks import DAYS
from coaching.views.advice import links
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
        "lines": list(plays.best().values()),
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
        **_example(request, user, person),
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


def _example(request: HttpRequest, user: User, person: User) -> dict[str, Any]:
    """One objection this person answered side by side, and a draft of advice from it."""
    met = _met(user, person)
    asked = request.GET.get("objection", "")
    label = dict(met)
    chosen = asked if asked in label else next(iter(label), "")
    if not chosen:
        return {"met": met}
    pair = examples.pair(user, chosen, person)
    found = {"met": met, "chosen": chosen, "label": label[chosen], "pair": pair}
    beside = advice.beside(user, person, chosen, pair)
    return found | {"beside": beside, "built_from": links(beside, user)}


def _met(user: User, person: User) -> list[tuple[str, str]]:
    """Objections this person answered in threads the reader may open: to write about."""
    rows = access.evidence(user).filter(rep=person, about=Talk.About.ANSWER).exclude(objection="")
    kinds = set(rows.order_by().values_list("objection", flat=True).distinct())
    return [(code, str(label)) for code, label in Play.Kind.choices if code in kinds]


def proposals(user: User) -> list[dict[str, Any]]:
    """Lines that wait for a yes or no, with links into threads the reader may open."""
    if not user.is_manager:
        return []
    waiting = patterns.waiting(user)
    ids = [event for one in waiting for event in one.decision.evidence.get("events", [])]
    rows = access.evidence(user).filter(event__in=ids) if ids else Talk.objects.none()
    seen = dict(rows.values_list("event_id", "lead_id"))
    return [_proposal(one, seen) for one in waiting]


def _proposal(one: patterns.Proposal, seen: dict[int, int]) -> dict[str, Any]:
    evidence = one.decision.evidence
    return {
        "pk": one.decision.pk,
        "line": evidence.get("line", ""),
        "kind": dict(Play.Kind.choices).get(str(evidence.get("kind")), ""),
        "share": one.share,
        "others": one.others,
        "why": one.decision.why,
        "links": [
            f"{reverse('leads:detail', args=[seen[event]])}#e{event}"
            for event in evidence.get("events", [])
            if event in seen
        ][:5],
    }
