"""PDF reports: what stands in them, who may have them, Monday's mail once, erasure takes files."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from analytics import privacy, report_asked, report_tasks
from analytics.models import Cost, Report
from analytics.selectors.period import Period
from analytics.services import report_make, reports, rollup
from analytics.tests import world
from analytics.tests.world import event
from leads.models import Lead
from leads.services.deals import DealTerms, close_deal, open_deal
from salesagent.accounts.models import User
from salesagent.lib.models import Job

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
WEEK = Period(date(2026, 11, 9), date(2026, 11, 15))
MONTH = Period(date(2026, 11, 1), date(2026, 11, 20))


@pytest.fixture(autouse=True)
def _now(workspace: Any) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def talk(lead: Lead, rep: Any) -> Lead:
    """Two mails, an answer, a meeting, one deal that runs and one that was won."""
    for day in (10, 11):
        event(lead, "touch.sent", datetime(2026, 11, day, 9, tzinfo=UTC), "email", touch=day)
    event(lead, "reply.received", datetime(2026, 11, 12, 9, tzinfo=UTC), "email")
    event(lead, "meeting.booked", datetime(2026, 11, 12, 10, tzinfo=UTC))
    close_deal(open_deal(lead, DealTerms("Old rooms", 500), rep), won=True, reason="Fit", user=rep)
    terms = DealTerms("Cold rooms at Łódź", 12_000, expected_close=date(2026, 12, 3))
    open_deal(lead, terms, rep)
    rollup.rebuild()
    return lead


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    found = [document[n].get_textpage().get_text_bounded() for n in range(len(document))]
    return "\n".join(found).replace("\r", "")


def ordered(user: Any, kind: str, period: Period = MONTH, owner: str = "") -> Report:
    choices = {"owner": owner, "segment": "", "whose": "whole team"}
    return reports.order(user, kind, period, period.before(), choices)[0]


def of(user: Any, kind: str, **more: Any) -> str:
    return text_of(report_make.make(report_asked.asked(ordered(user, kind, **more))).pdf)


def test_the_pipeline_names_deals_their_odds_and_what_was_won(manager: Any, talk: Lead) -> None:
    words = of(manager, "pipeline")
    assert "Cold rooms at Łódź" in words and "3 Dec 2026" in words and "12,000 EUR" in words
    assert "Polna Bakeries" in words and "Jonas Weber" in words
    assert "500 EUR" in words and "Won" in words
    assert "1 to 20 Nov 2026" in words.replace("\n", " ")


def test_numbers_are_those_of_the_selectors_with_their_base(manager: Any, talk: Lead) -> None:
    words = of(manager, "weekly", period=WEEK)
    assert "Week 46" in words and "here 1 of 2" in words
    assert "50" not in words.split("Channels")[0]  # never a percent of two
    assert "Summary" in of(manager, "weekly", period=MONTH)


def test_the_team_by_person_and_what_a_meeting_cost(
    manager: Any, rep: Any, mate: Any, talk: Lead, workspace: Any
) -> None:
    Cost.objects.create(
        channel="email", first_day=date(2026, 1, 1), per_message=2, currency=workspace.currency
    )
    words = of(manager, "team")
    assert "By person" in words and "Jonas Weber" in words and "Priya Nair" not in words
    line = words[words.index("Jonas Weber") :].split("How fast")[0].split()
    assert line[2:8] == ["2", "1", "of", "2", "1", "1"]  # sent, replied, meetings, won
    assert "A meeting" in words and words.count("4.00") == 2  # two mails for one meeting
    for kind in ("weekly", "pipeline"):
        assert "By person" not in of(manager, kind)
    assert "By person" not in of(manager, "team", owner=str(rep.pk))


def test_a_report_of_one_person_tells_no_habit(manager: Any, rep: Any, talk: Lead) -> None:
    event(talk, "touch.sent", datetime(2026, 11, 12, 12, tzinfo=UTC), "email", touch=99)
    rollup.rebuild()
    words = of(manager, "team", owner=str(rep.pk)).replace("\n", " ")
    assert "drafts is their own" in words and "Still took" not in words
    assert "fast is their own" in words and "5 minutes to 1 hour" not in words
    assert "Still took" in of(rep, "weekly") and "1 to 4 hours" in of(rep, "weekly")
    assert "1 to 4 hours" not in of(manager, "team")  # nobody else answered


def test_words_are_those_of_the_page(manager: Any, talk: Lead) -> None:
    words = of(manager, "pipeline").replace("\n", " ")
    assert "Ended from it" in words and "Usual odds weigh" in words and "mixed" not in words
    assert "rest on what is usual elsewhere" in words
    assert "EUR, 1 deal" in words
    weeks = of(manager, "weekly", period=WEEK)
    assert "grey weeks are before the time above" in weeks and "before" in weeks


def test_a_segments_pipeline_is_of_its_deals(manager: Any, rep: Any, talk: Lead) -> None:
    other = world.lead("Ben", rep, trade="hotel")
    open_deal(other, DealTerms("Chillers", 3_000), rep)
    Lead.objects.filter(pk=talk.pk).update(trade="bakery")
    rollup.rebuild()
    report = ordered(manager, "pipeline")
    report.choices["segment"] = "trade:hotel"
    words = text_of(report_make.make(report_asked.asked(report)).pdf)
    head = words.split("Forecast, all segments")[0]
    assert "3,000 EUR" in head and "15,000" not in head and "P50 of" not in head
    assert "12,000" not in words.split("Open deals by stage")[1]
    assert "15,000 EUR" in of(manager, "pipeline").split("Forecast")[0]


def test_long_times_say_what_is_drawn(manager: Any, talk: Lead) -> None:
    words = of(manager, "team", period=Period(date(2022, 1, 1), date(2026, 11, 20)))
    assert "The last 26 weeks of the time above" in words.replace("\n", " ")
    assert "w46" in words and "w45" not in words
    assert "Nothing is known of before" in words and "Compared" not in words


def test_the_list_says_of_when_and_of_what(as_user: Any, manager: Any) -> None:
    report = ordered(manager, "team", period=Period(date(2025, 11, 23), date(2026, 11, 22)))
    report.choices["segment"] = "trade:bakery"
    report.save()
    page = as_user(manager).get(reverse("analytics:reports")).content.decode()
    assert "23 Nov 2025 to 22 Nov 2026" in page and "whole team, Trade: bakery" in page


def test_a_stranger_team_reads_nothing_of_it(other_manager: Any, talk: Lead) -> None:
    for kind in ("pipeline", "weekly", "team"):
        words = of(other_manager, kind)
        assert "Polna" not in words and "Łódź" not in words and "12,000" not in words


def test_an_empty_workspace_has_reports_too(owner: Any) -> None:
    rollup.rebuild()
    assert "No open deals" in of(owner, "pipeline")
    assert "No word of theirs" in of(owner, "team")


def test_rights_are_those_of_the_day_it_is_made(
    manager: Any, rep: Any, talk: Lead, other_team: Any
) -> None:
    report = ordered(manager, "pipeline", owner=str(rep.pk))
    job = Job.objects.get(kind="report")
    manager.team = other_team
    manager.save()
    report_tasks.make_report(job.pk)
    report.refresh_from_db()
    assert not report.file and "no longer see" in report.error


def test_the_file_is_made_once_and_only_for_its_user(
    as_user: Any, manager: Any, owner: Any, talk: Lead, run_queue: Any
) -> None:
    client = as_user(manager)
    answer = client.post(reverse("analytics:report_make"), {"kind": "pipeline"})
    job = Job.objects.get(kind="report")
    assert answer.url == f"{reverse('analytics:reports')}#job-{job.pk}"
    assert f'id="job-{job.pk}"' in client.get(answer.url).content.decode()
    run_queue()
    line = client.get(reverse("lib:job_part", args=[job.pk]))
    assert "HX-Redirect" not in line  # it stays on the page, with the file in it
    there = reverse("analytics:report", args=[Report.objects.get().pk])
    assert f'href="{there}">Download</a>' in line.content.decode()
    report = Report.objects.get()
    assert report.user == manager and report.size > 5000 and report.made_at
    url = reverse("analytics:report", args=[report.pk])
    answer = client.get(url)
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert (
        answer["Content-Type"] == "application/pdf"
        and "attachment" in answer["Content-Disposition"]
    )
    assert as_user(owner).get(url).status_code == 404
    before = reports.path_of(report).stat().st_mtime_ns
    report_tasks.make_report(job.pk)
    assert reports.path_of(report).stat().st_mtime_ns == before


def test_the_page_lists_own_reports_and_reps_have_no_team_report(
    as_user: Any, rep: Any, manager: Any, talk: Lead, django_assert_max_num_queries: Any
) -> None:
    ordered(manager, "team")
    client = as_user(manager)
    url = reverse("analytics:reports")
    with django_assert_max_num_queries(22):
        page = client.get(url).content.decode()
    assert "In the making" in page and 'value="team"' in page
    page = as_user(rep).get(url).content.decode()
    assert 'value="team"' not in page and "No report yet" in page
    answer = as_user(rep).post(reverse("analytics:report_make"), {"kind": "team"})
    assert answer.status_code == 404
    assert as_user(rep).get(f"{url}?owner={manager.pk}").status_code == 404


def test_a_period_that_cannot_be_read_makes_nothing(as_user: Any, rep: Any) -> None:
    url = f"{reverse('analytics:report_make')}?period=own&from=x"
    as_user(rep).post(url, {"kind": "pipeline"})
    assert not Report.objects.exists()


def test_a_report_can_be_removed_with_its_file(as_user: Any, owner: Any, run_queue: Any) -> None:
    report = ordered(owner, "team")
    run_queue()
    report.refresh_from_db()
    path = reports.path_of(report)
    assert path.is_file()
    as_user(owner).post(reverse("analytics:report_remove", args=[report.pk]))
    assert not path.exists() and not Report.objects.exists()


def test_erasing_somebody_takes_the_files_that_name_them(
    as_user: Any, manager: Any, talk: Lead, run_queue: Any
) -> None:
    named, other = ordered(manager, "pipeline"), ordered(manager, "team")
    run_queue()
    for report in (named, other):
        report.refresh_from_db()
    path = reports.path_of(named)
    assert path.is_file()
    reports.erase(talk.pk)
    named.refresh_from_db()
    assert not path.exists() and "erased" in named.error and reports.is_there(other)
    url = reverse("analytics:report", args=[named.pk])
    assert as_user(manager).get(url).status_code == 404
    assert privacy.export(talk.pk) == {}


def test_who_is_erased_while_it_is_drawn_is_in_no_file(
    manager: Any, talk: Lead, monkeypatch: Any
) -> None:
    report, real = ordered(manager, "pipeline"), reports.make

    def slow(asked: Any) -> Any:
        made = real(asked)
        Lead.objects.filter(pk=talk.pk).update(erased_at=timezone.now())
        reports.erase(talk.pk)
        return made

    monkeypatch.setattr(reports, "make", slow)
    reports.write(report, report_asked.asked(report))
    report.refresh_from_db()
    assert not report.file and "erased" in report.error
    assert list(reports.folder().iterdir()) == []


def test_old_reports_and_files_of_nobody_go(owner: Any, run_queue: Any) -> None:
    import os

    old, new = ordered(owner, "team"), ordered(owner, "team")
    run_queue()
    Report.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))
    lost = reports.folder() / "lost.pdf"
    lost.write_bytes(b"x")
    os.utime(lost, (NOW.timestamp() - 7200,) * 2)
    report_tasks.forget()
    assert list(Report.objects.all()) == [new] and not lost.exists()
    assert [path.name for path in reports.folder().iterdir()] == [Report.objects.get().file]


# --- Monday's mail -------------------------------------------------------------------------------

MONDAY = datetime(2026, 11, 16, 6, 5, tzinfo=UTC)  # 07:05 in Copenhagen


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (MONDAY, WEEK),
        (MONDAY - timedelta(minutes=10), None),
        (MONDAY + timedelta(hours=40), WEEK),
        (MONDAY + timedelta(days=3), None),
    ],
)
def test_last_week_is_mailed_from_monday_seven(moment: datetime, week: Period | None) -> None:
    assert reports.last_week(moment) == week


def test_owner_and_managers_get_the_week_once(
    owner: Any, manager: Any, rep: Any, talk: Lead
) -> None:
    with time_machine.travel(MONDAY):
        report_tasks.weekly()
        report_tasks.weekly()
    assert sorted(one.to[0] for one in mail.outbox) == [manager.email, owner.email]
    letter = next(one for one in mail.outbox if one.to == [manager.email])
    assert "Week 46" in letter.subject and "1 of 2 messages" in letter.body
    ((name, content, kind),) = letter.attachments
    assert name.endswith(".pdf") and kind == "application/pdf"
    assert "Week 46" in text_of(content)
    report = Report.objects.get(user=manager)
    assert manager.notices.get(kind="report").link == f"/analytics/reports/{report.pk}/"


def test_a_mail_that_fails_is_tried_again_and_holds_nobody_else_up(
    owner: Any, manager: Any, talk: Lead, monkeypatch: Any
) -> None:
    from salesagent.accounts import system_mail

    real, broken = system_mail.send, [True]

    def send(user: Any, *args: Any, **named: Any) -> bool:
        if user == owner and broken:
            broken.pop()
            raise OSError("no connection")
        return real(user, *args, **named)

    monkeypatch.setattr(system_mail, "send", send)
    with time_machine.travel(MONDAY):
        report_tasks.weekly()
        assert [one.to[0] for one in mail.outbox] == [manager.email]
        report_tasks.weekly()
    assert sorted(one.to[0] for one in mail.outbox) == [manager.email, owner.email]


def test_the_owner_can_turn_it_off(owner: Any, workspace: Any, talk: Lead) -> None:
    workspace.weekly_report = False
    workspace.save()
    with time_machine.travel(MONDAY):
        report_tasks.weekly()
    assert not mail.outbox and not Report.objects.exists()


def test_mondays_mail_before_it_comes(
    owner: Any, manager: Any, rep: Any, talk: Lead, as_user: Any
) -> None:
    url = reverse("analytics:weekly_mail")
    with time_machine.travel(MONDAY - timedelta(days=2)):  # the Saturday before
        page = as_user(manager).get(url).content.decode()
        assert as_user(rep).get(url).status_code == 404
        settings = as_user(owner).get("/settings/sending/").content.decode()
    assert "Week 46 in numbers" in page and "1 of 2 messages" in page
    assert "Monday 16 November at 07:00" in page and owner.name in page and manager.name in page
    assert "from=2026-11-09&amp;to=2026-11-15" in page
    assert f'href="{url}"' in settings
    assert not mail.outbox and not Report.objects.exists()


@pytest.mark.parametrize("change", ["role", "team"])
def test_who_no_longer_sees_the_numbers_does_not_download_them(
    as_user: Any, manager: Any, other_team: Any, talk: Lead, run_queue: Any, change: str
) -> None:
    client = as_user(manager)
    client.post(reverse("analytics:report_make"), {"kind": "pipeline"})
    run_queue()
    report = Report.objects.get()
    path = reverse("analytics:report", args=[report.pk])
    assert client.get(path).status_code == 200
    now = {"role": {"role": "rep"}, "team": {"team": other_team}}[change]
    User.objects.filter(pk=manager.pk).update(**now)
    client = as_user(User.objects.get(pk=manager.pk))
    assert client.get(path).status_code == 404
    page = client.get(reverse("analytics:reports")).content.decode()
    assert "when you saw other people" in page and path + '"' not in page
    choices = {name: value for name, value in report.choices.items() if name != "rights"}
    Report.objects.filter(pk=report.pk).update(choices=choices)  # from before it was noted
    assert client.get(path).status_code == (404 if change == "role" else 200)


def test_a_report_of_the_team_is_no_reps(
    as_user: Any, manager: Any, talk: Lead, run_queue: Any
) -> None:
    as_user(manager).post(reverse("analytics:report_make"), {"kind": "team"})
    run_queue()
    User.objects.filter(pk=manager.pk).update(role="rep")
    path = reverse("analytics:report", args=[Report.objects.get().pk])
    assert as_user(User.objects.get(pk=manager.pk)).get(path).status_code == 404
    User.objects.filter(pk=manager.pk).update(role="owner")
    assert as_user(User.objects.get(pk=manager.pk)).get(path).status_code == 200
