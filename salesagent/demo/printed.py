"""The week's PDF report of the owner and the manager, as Monday's mail brings it."""

from analytics.report_asked import asked
from analytics.selectors.period import DAY, Period
from analytics.services import days, reports
from salesagent.accounts.models import User


def write(users: dict[str, User]) -> None:
    today = days.today()
    monday = today - today.weekday() * DAY
    week = Period(monday - 7 * DAY, monday - DAY)
    for who in ("owner", "manager"):
        report = reports.weekly_for(users[who], week)
        reports.write(report, asked(report))
