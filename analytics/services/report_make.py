"""The three PDF reports, each a list of parts (report_parts)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from analytics.access import Scope
from analytics.models import Report
from analytics.selectors import pipeline
from analytics.selectors.open_deals import open_deals
from analytics.selectors.period import Period
from analytics.services import days, forecasts, report_people
from analytics.services import report_parts as parts
from analytics.services.alerts import open_in
from analytics.services.forecasts import View
from salesagent.accounts.models import User, Workspace
from salesagent.lib.pdf.sheet import Sheet


@dataclass
class Made:
    """The file, and which leads are named in it: erasing one of them takes the file too."""

    pdf: bytes
    leads: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """`deals` is whose deals the forecast is of. `whose`, `segment`: as words for the head."""

    kind: str
    user: User
    scope: Scope
    deals: pipeline.Scope
    period: Period
    before: Period
    whose: str
    segment: str = ""

    @property
    def sums(self) -> parts.Sums:
        return parts.Sums(self.scope, self.period, self.before, self.user)


def title(kind: str, period: Period) -> str:
    """A week has its number; other days are a summary."""
    if kind != Report.Kind.WEEKLY:
        return str(Report.Kind(kind).label)
    whole = period.length == 7 and period.first.weekday() == 0
    return f"Week {period.last.isocalendar().week}" if whole else "Summary"


def make(asked: Asked) -> Made:
    """Read the sums and draw the pages: well below a second, 40 MB at most."""
    today = days.today()
    about = ", ".join(
        word for word in (parts.days(asked.period), asked.whose, asked.segment) if word
    )
    sheet = Sheet(
        title=title(asked.kind, asked.period),
        company=Workspace.current().name,
        about=about[:1].upper() + about[1:],
        made=f"Made on {today:%-d %b %Y} for {asked.user.name}",
    )
    return Made(leads=WAYS[asked.kind](sheet, asked), pdf=sheet.pdf())


def _forecast(sheet: Sheet, asked: Asked) -> View:
    view = forecasts.view(asked.deals)
    parts.forecast(sheet, view, asked.segment)
    return view


def _pipeline(sheet: Sheet, asked: Asked) -> list[int]:
    deals = open_deals(asked.user, asked.scope)
    view = forecasts.view(asked.deals)
    parts.deal_facts(sheet, asked.sums, view, deals)
    _forecast(sheet, asked)
    parts.stages(sheet, view, deals)
    named = parts.next_deals(sheet, deals, days.today())
    parts.endings(sheet, asked.sums)
    parts.funnel(sheet, asked.sums)
    return named


def _team(sheet: Sheet, asked: Asked) -> list[int]:
    parts.key_facts(sheet, asked.sums)
    parts.trend(sheet, asked.sums)
    report_people.people(sheet, asked.sums)
    report_people.answer_times(sheet, asked.sums)
    report_people.channels(sheet, asked.sums)
    parts.time_saved(sheet, asked.sums)
    return []


def _weekly(sheet: Sheet, asked: Asked) -> list[int]:
    parts.key_facts(sheet, asked.sums)
    parts.trend(sheet, asked.sums)
    parts.channels(sheet, asked.sums)
    report_people.answer_times(sheet, asked.sums)
    _forecast(sheet, asked)
    _alerts(sheet, asked)
    parts.time_saved(sheet, asked.sums)
    return []


def _alerts(sheet: Sheet, asked: Asked) -> None:
    """Of those whom the report is about; none where none are kept for them."""
    found = open_in(asked.user, asked.deals.key)
    if found is None:
        return
    parts.alerts(sheet, found)
    if asked.segment:
        sheet.text("Alerts are of all segments.", soft=True)


WAYS: dict[str, Callable[[Sheet, Asked], list[int]]] = {
    Report.Kind.PIPELINE: _pipeline,
    Report.Kind.TEAM: _team,
    Report.Kind.WEEKLY: _weekly,
}
