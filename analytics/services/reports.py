"""PDF reports: asked for, made in the queue, kept for a while, mailed on Mondays.

The file is the user's own. It is written whole or not at all, and goes when a lead that it names is
erased.
"""

import os
import secrets
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from analytics.models import Report
from analytics.selectors.period import Period
from analytics.services import days
from analytics.services.report_make import Asked, make, title
from analytics.services.report_parts import days as in_words
from leads.models import Lead
from salesagent.accounts import notices, system_mail
from salesagent.accounts.models import User, Workspace
from salesagent.lib import jobs
from salesagent.lib.models import Job

KEPT = timedelta(days=90)
MAIL_AT = time(7)  # on Mondays, in the workspace's zone
MAIL_UNTIL = timedelta(days=2)  # a mail that could not leave by then is no news any more
WHY = "You get this on Mondays as owner or manager. An owner can turn it off in Company settings."


def folder() -> Path:
    path = settings.DATA_DIR / "reports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(report: Report) -> Path:
    return folder() / report.file


def is_there(report: Report) -> bool:
    return bool(report.file) and path_of(report).is_file()


def title_of(report: Report) -> str:
    return title(report.kind, Period(report.first_day, report.last_day))


def name_of(report: Report) -> str:
    """Of the file that somebody saves."""
    return f"{title_of(report)} {report.first_day} {report.last_day}.pdf"


@transaction.atomic
def order(
    user: User, kind: str, period: Period, before: Period, choices: dict[str, str]
) -> tuple[Report, Job]:
    """Note what is wanted and queue the making. `choices`: owner, segment, whose (in words)."""
    report = Report.objects.create(
        kind=kind,
        user=user,
        first_day=period.first,
        last_day=period.last,
        choices={**choices, "before": [before.first.isoformat(), before.last.isoformat()]},
    )
    job = jobs.start(
        kind="report",
        title=f"PDF report: {title(kind, period)}",
        task="analytics.report_tasks.make_report",
        owner=user,
        data={"report": report.pk, "unit": "%", "result": "Download"},
        can_stop=False,
    )
    return report, job


def before_of(report: Report) -> Period:
    first, last = (date.fromisoformat(day) for day in report.choices["before"])
    return Period(first, last)


def write(report: Report, asked: Asked) -> None:
    """Make the file; again is harmless. Raises what drawing raises."""
    if is_there(report):
        return
    made = make(asked)
    name = f"{report.pk}-{secrets.token_hex(12)}.pdf"
    _write(folder() / name, made.pdf)
    report.file, report.size, report.error = name, len(made.pdf), ""
    report.made_at = timezone.now()
    report.choices = {**report.choices, "leads": made.leads, "rights": rights(asked.user)}
    with transaction.atomic():
        named = Lead.objects.select_for_update().filter(pk__in=made.leads)
        erased = any(at is not None for at in named.values_list("erased_at", flat=True))
        report.save(update_fields=["file", "size", "error", "made_at", "choices"])
    if erased:  # while it was drawn
        _take_away(report)


def _write(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    partial.replace(path)


def rights(user: User) -> str:
    """Whose numbers somebody sees: another text, others'."""
    return "owner" if user.is_owner else f"{user.role}:{user.team_id or 0}"


def still_theirs(report: Report) -> bool:
    """Whether its user sees today whose numbers stand in it."""
    user = report.user
    if user.is_owner:
        return True
    noted = report.choices.get("rights")
    if noted is None:  # from before it was noted
        return user.is_manager or report.choices.get("whose") not in ("everybody", "whole team")
    return bool(noted == rights(user))


def failed(report: Report, why: str) -> None:
    Report.objects.filter(pk=report.pk).update(error=why[:300])


def remove(report: Report) -> None:
    if report.file:
        path_of(report).unlink(missing_ok=True)
    report.delete()


def forget_old(now: datetime) -> int:
    """Reports of more than three months ago, and files that belong to none."""
    old = list(Report.objects.filter(created_at__lt=now - KEPT)[:200])
    for report in old:
        remove(report)
    known = set(Report.objects.exclude(file="").values_list("file", flat=True))
    for path in folder().iterdir():
        aged = now.timestamp() - path.stat().st_mtime > 3600
        if aged and path.name not in known:
            path.unlink(missing_ok=True)
    return len(old)


# --- Monday's mail -------------------------------------------------------------------------------


def last_week(now: datetime) -> Period | None:
    """The week before, from Monday seven o'clock on; None on other days."""
    local = now.astimezone(days.zone_of(days.zone_name()))
    monday = local.date() - timedelta(days=local.weekday())
    since = local - datetime.combine(monday, MAIL_AT, tzinfo=local.tzinfo)
    if not timedelta(0) <= since < MAIL_UNTIL:
        return None
    return Period(monday - timedelta(days=7), monday - timedelta(days=1))


def this_week(now: datetime) -> Period:
    """The one that the next mail will be about."""
    today = now.astimezone(days.zone_of(days.zone_name())).date()
    monday = today - timedelta(days=today.weekday())
    return Period(monday, monday + timedelta(days=6))


def readers() -> list[User]:
    """Owners and managers who get Monday's mail."""
    people = User.objects.filter(is_active=True).exclude(role=User.Role.REP)
    return list(people.order_by("pk")) if Workspace.current().weekly_report else []


def weekly_for(user: User, week: Period) -> Report:
    """The row of this user and week, made once."""
    before = week.before()
    report, _ = Report.objects.get_or_create(
        dedupe_key=f"weekly:{user.pk}:{week.first}",
        defaults={
            "kind": Report.Kind.WEEKLY,
            "user": user,
            "first_day": week.first,
            "last_day": week.last,
            "choices": {
                "owner": "",
                "segment": "",
                "whose": "everybody" if user.is_owner else "whole team",
                "before": [before.first.isoformat(), before.last.isoformat()],
            },
        },
    )
    return report


def mail(report: Report, facts: list[tuple[str, str]]) -> bool:
    """Send it to its user, once; False when it had been sent. Raises what mail raises."""
    user, link = report.user, f"/analytics/reports/{report.pk}/"
    key = f"report:{report.dedupe_key}"
    ready = f"{title_of(report)}: the report is ready"
    notices.tell(user, kind="report", key=key, title=ready, link=link)
    notice = user.notices.get(key=key)
    subject, blocks = letter(Period(report.first_day, report.last_day), facts)
    file = (name_of(report), path_of(report).read_bytes(), "application/pdf")
    change = system_mail.Button("See the next one", "/analytics/reports/mail/")
    more: dict[str, Any] = {"why": WHY, "change": change, "attachments": [file], "once": notice}
    sent = system_mail.send(user, subject, blocks, **more)
    if sent:
        Report.objects.filter(pk=report.pk).update(mailed_at=timezone.now())
    return sent


def letter(week: Period, facts: list[tuple[str, str]]) -> tuple[str, list[system_mail.Block]]:
    """Subject and content of the mail about a week."""
    return f"{title(Report.Kind.WEEKLY, week)} in numbers", [
        system_mail.Text(f"{in_words(week)}. The pages are in the PDF."),
        system_mail.Numbers(tuple(facts)),
        system_mail.Button("Open Analytics", "/analytics/"),
    ]


# --- a person is erased --------------------------------------------------------------------------


def erase(lead_id: int) -> None:
    """A file that names the person goes; who asked for it sees why."""
    for report in Report.objects.exclude(file=""):
        if lead_id in report.choices.get("leads", []):
            _take_away(report)


def _take_away(report: Report) -> None:
    path_of(report).unlink(missing_ok=True)
    report.file, report.size = "", 0
    report.error = "Removed, because a person it named was erased. Make it again."
    report.save(update_fields=["file", "size", "error"])
