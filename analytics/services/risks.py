"""What is going wrong now: leads that cool or wait, late deals, mailboxes near their guard.

Each risk is counted by owner in one query; a scope has the sum of its people. The links open
exactly the leads that were counted.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, QuerySet

from analytics.selectors import pipeline
from analytics.selectors.pipeline import NOBODY, Scope
from analytics.services import days
from analytics.services.alert_rules import Rule
from analytics.services.alerts import Found
from leads.models import Deal, Lead
from leads.models.deal import RUNNING
from leads.selectors.look_filter import looks
from outreach.looks import saturated_companies
from outreach.models import Mailbox, Touch
from outreach.selectors_drafts import WAITS, past_time
from outreach.services import guards
from salesagent.accounts.models import User
from salesagent.lib.text import plural

ByOwner = dict[int, int]


def found(rules: dict[str, Rule], now: datetime) -> list[Found]:
    scopes = watched_scopes()
    result: list[Found] = []
    for kind in WORDS:
        if rules[kind].on:
            result += _told(rules[kind], _counted(kind, now), scopes)
    if rules["saturated"].on:
        result += _saturated(rules["saturated"], scopes)
    if rules["mailbox"].on:
        result += _mailboxes(rules["mailbox"], scopes, now)
    return result


def watched_scopes() -> list[Scope]:
    """Those that somebody reads: all, teams, and people who see no more than their own."""
    managers = User.objects.filter(role=User.Role.MANAGER, team__isnull=False)
    owners = User.objects.filter(role=User.Role.OWNER)
    above = {
        f"user:{pk}" for rows in (managers, owners) for pk in rows.values_list("pk", flat=True)
    }
    return [scope for scope in pipeline.scopes() if scope.key not in above]


def many(counts: ByOwner, scope: Scope) -> int:
    return sum(n for owner, n in counts.items() if scope.holds(owner))


def by_owner(rows: QuerySet[Lead], path: str = "owner") -> ByOwner:
    """Owner (-1: nobody) -> how many."""
    found = rows.order_by().values_list(path).annotate(n=Count("pk"))
    return {NOBODY if owner is None else owner: n for owner, n in found}


def in_list() -> QuerySet[Lead]:
    return Lead.objects.filter(archived_at=None, erased_at=None)


def _counted(kind: str, now: datetime) -> ByOwner:
    if kind == "approvals":
        return _drafts(now)
    return _late_deals(now) if kind == "late-deals" else _leads(kind)


def _leads(look: str) -> ByOwner:
    return by_owner(looks()[look].narrow(in_list()))


def _late_deals(now: datetime) -> ByOwner:
    """As the deal board's "Past their day" shows them."""
    today = days.today(now=now)
    late = Deal.objects.filter(stage__in=RUNNING, expected_close__lt=today)
    late = late.filter(lead__archived_at=None, lead__erased_at=None)
    return by_owner(late, "lead__owner")  # type: ignore[arg-type]


def _drafts(now: datetime) -> ByOwner:
    """As Approvals shows them under "Past their time"."""
    late = Touch.objects.filter(WAITS, past_time(now))
    return by_owner(late, "lead__owner")  # type: ignore[arg-type]


WORDS = {
    "approvals": ("draft", "{} past the planned time. They go out once somebody approves them."),
    "unanswered": ("lead", "{} wrote over a day ago and got no answer."),
    "cooling": ("hot lead", "{} cooling down: the signs come ever later."),
    "late-deals": ("deal", "{} past the expected day. Close them, or set another day."),
}
LINKS = {
    "approvals": "/approvals/?show=team-late",
    "unanswered": "/leads/?look=unanswered&view=all",
    "cooling": "/leads/?look=cooling&view=all",
    "late-deals": "/deals/?period=late",
}


def _told(rule: Rule, counts: ByOwner, scopes: Iterable[Scope]) -> list[Found]:
    kind = rule.kind.code
    thing, words = WORDS[kind]
    result = []
    for scope in scopes:
        number = many(counts, scope)
        if number and number >= rule.threshold:
            told = plural(number, thing)
            text = words.format(told) + _from(rule)
            result.append(
                Found(
                    kind=kind,
                    key=kind,
                    scope=scope.key,
                    level="bad" if kind == "unanswered" else "warn",
                    number=number,
                    threshold=rule.threshold,
                    sample=number,
                    text=text,
                    link=_link(kind, scope),
                )
            )
    return result


def _link(kind: str, scope: Scope) -> str:
    """Somebody alone finds the own drafts under Mine, though the team's may be seen."""
    mine = kind == "approvals" and scope.key.startswith("user:")
    return "/approvals/?show=late" if mine else LINKS[kind]


def _from(rule: Rule) -> str:
    return f" Alert from {rule.threshold:,.0f}."


def _why(rule: Rule, *, near: bool) -> str:
    return f"Alert from {rule.threshold:g} percent bounces." if near else "Any complaint is told."


def _saturated(rule: Rule, scopes: Iterable[Scope]) -> list[Found]:
    """A company counts for everybody who has one of its leads."""
    companies = saturated_companies()
    rows = in_list().filter(company__in=companies).order_by()
    pairs = set(rows.values_list("company", "owner").distinct())
    result = []
    for scope in scopes:
        mine = {c for c, who in pairs if scope.holds(NOBODY if who is None else who)}
        if mine and len(mine) >= rule.threshold and not scope.key.startswith("user:"):
            text = (
                f"{plural(len(mine), 'company', 'companies')} had as many touches in seven days "
                f"as the weekly limit allows. Further ones wait.{_from(rule)}"
            )
            result.append(
                Found(
                    kind="saturated",
                    key="saturated",
                    scope=scope.key,
                    number=len(mine),
                    threshold=rule.threshold,
                    sample=len(mine),
                    text=text,
                    level="info",
                    link="/leads/?look=saturated&view=all",
                )
            )
    return result


def _mailboxes(rule: Rule, scopes: list[Scope], now: datetime) -> list[Found]:
    """Warned of before the guard acts; one that was stopped has its own notice."""
    result = []
    for box in Mailbox.objects.filter(state=Mailbox.State.ACTIVE):
        health = guards.health(box, now)
        near = health.sent >= guards.LEAST_SENT and health.bounces >= guards.LEAST_BOUNCES
        near = near and health.bounce_rate * 100 >= rule.threshold
        if not near and not (health.state in ("warn", "bad") and health.complaints):
            continue
        result += [
            Found(
                kind="mailbox",
                key=f"mailbox:{box.pk}",
                scope=scope.key,
                number=round(health.bounce_rate * 100, 2),
                threshold=rule.threshold,
                usual=None,
                sample=health.sent,
                text=f"{box.address}: {health.text} {_why(rule, near=near)}"[:300],
                link=f"/settings/mailboxes/{box.pk}/",
                level="bad" if health.state == "bad" else "warn",
                facts={"mailbox": box.pk, "complaints": health.complaints},
            )
            for scope in scopes
            if scope.holds(box.user_id)
        ]
    return result
