"""What a kept report was asked for, with the rights that its user has today."""

from analytics import report_page
from analytics.access import Scope
from analytics.models import Report
from analytics.selectors import pipeline
from analytics.selectors.period import Period
from analytics.services import reports
from analytics.services.report_make import Asked
from salesagent.accounts.models import User


def asked(report: Report) -> Asked:
    """With the rights that its user has now. Http404 for numbers they no longer see."""
    owner, segment = str(report.choices.get("owner", "")), str(report.choices.get("segment", ""))
    scope = report_page.scope_of(report.user, owner, segment)
    return Asked(
        kind=report.kind,
        user=report.user,
        scope=scope,
        deals=whose_deals(report.user, owner, scope),
        period=Period(report.first_day, report.last_day),
        before=reports.before_of(report),
        whose=str(report.choices.get("whose", "")),
        segment=report_page.segment_words(segment) if segment else "",
    )


def whose_deals(user: User, owner: str, scope: Scope) -> pipeline.Scope:
    """The forecast's scope for what the address calls `owner`; checked by `scope` already."""
    if owner.startswith(report_page.TEAM):
        return pipeline.of_team(int(owner.removeprefix(report_page.TEAM)), scope.who)
    return pipeline.scope_of(user, scope.who[0] if owner else None)
