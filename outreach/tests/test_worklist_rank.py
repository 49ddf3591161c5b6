"""Order, groups, reasons and cap of Today; drafts by when they go; first steps."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead
from outreach import first_steps, selectors_drafts, selectors_work
from outreach.channels.linkedin import LinkedIn
from outreach.models import Enrollment, Task
from outreach.services import moments, reach, step_rules
from outreach.tests.work import another_lead, draft, enroll, task

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def hot(rep: Any) -> Lead:
    return another_lead(rep, 7, score=90)


def titles(user: Any, **wish: Any) -> list[str]:
    return [line.task.title for line in selectors_work.board(user, now=NOON, **wish).lines]


def ago(**span: int) -> datetime:
    return NOON - timedelta(**span)


def test_answers_come_first_then_moments_calls_and_what_stalled(
    rep: Any, lead: Any, hot: Lead
) -> None:
    task(rep, "touch", title="stalled", due=ago(days=4), lead=lead, channel="phone")
    task(rep, "touch", title="late call", due=ago(hours=1), lead=lead, channel="phone")
    task(rep, "touch", title="early call", due=ago(hours=3), lead=lead, channel="phone")
    task(rep, "moment", title="moment", due=ago(hours=1), lead=hot)
    task(rep, "unknown", title="unknown", due=ago(hours=1), lead=lead)
    task(rep, "unmatched", title="unmatched", due=ago(hours=1))
    task(rep, "answer", title="cold answer", due=ago(days=5), lead=lead)
    task(rep, "answer", title="hot answer", due=ago(minutes=1), lead=hot)
    clock = {"deadline_at": NOON + timedelta(seconds=60)}
    task(rep, "enquiry", title="enquiry", due=ago(seconds=60), lead=lead, **clock)
    assert titles(rep) == [
        "enquiry", "hot answer", "cold answer", "unmatched", "unknown",
        "moment", "early call", "late call", "stalled",
    ]  # fmt: skip
    names = [name for name, _lines in selectors_work.board(rep, now=NOON).groups]
    assert names == list(selectors_work.GROUPS)


def test_the_enquiry_whose_clock_ends_first_is_on_top(rep: Any, lead: Any, hot: Lead) -> None:
    for number, (who, left) in enumerate([(hot, 100), (lead, 20)]):
        clock = {"deadline_at": NOON + timedelta(seconds=left)}
        task(rep, "enquiry", title=str(number), due=ago(seconds=50), lead=who, **clock)
    assert titles(rep) == ["1", "0"]


def test_only_what_is_mine_open_due_and_awake(rep: Any, mate: Any) -> None:
    task(rep, title="mine", due=ago(hours=1))
    task(mate, title="hers", due=ago(hours=1))
    task(rep, title="tomorrow", due=NOON + timedelta(days=1))
    done = task(rep, title="done", due=ago(hours=1))
    asleep = task(rep, title="asleep", due=ago(hours=1))
    woken = task(rep, title="woken", due=ago(hours=1))
    Task.objects.filter(pk=done.pk).update(state="done", closed_at=NOON, closed_by=rep)
    Task.objects.filter(pk=asleep.pk).update(snoozed_until=NOON + timedelta(hours=1))
    Task.objects.filter(pk=woken.pk).update(snoozed_until=ago(minutes=1))
    page = selectors_work.board(rep, now=NOON)
    assert {line.task.title for line in page.lines} == {"mine", "woken"}
    assert page.done == 1 and page.whole == 3


def test_today_ends_where_the_user_lives(rep: Any) -> None:
    task(rep, title="late tonight", due=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert titles(rep) == ["late tonight"]
    rep.time_zone = "Asia/Tokyo"
    rep.save()
    assert titles(rep) == []


def test_the_day_is_cut_at_the_users_capacity(rep: Any) -> None:
    rep.daily_capacity = 6
    rep.save()
    for number in range(13):
        task(rep, title=str(number), due=ago(minutes=60 - number))
    page = selectors_work.board(rep, now=NOON)
    assert (len(page.lines), page.folded, page.counts["all"]) == (6, 7, 13)
    assert page.minutes == 6 * 4
    assert len(titles(rep, everything=True)) == 13


def test_a_long_backlog_never_hides_an_answer(rep: Any, lead: Any) -> None:
    Task.objects.bulk_create(
        Task(kind="touch", owner=rep, lead=lead, title="old", due_at=ago(days=30), channel="phone")
        for _ in range(selectors_work.MOST_TASKS + 20)
    )
    task(rep, "answer", title="answer", due=ago(minutes=1), lead=lead)
    assert titles(rep)[0] == "answer"


def test_filters_count_and_show_their_kind(rep: Any, lead: Any) -> None:
    task(rep, "answer", title="answer", due=ago(hours=1), lead=lead)
    task(rep, "touch", title="call", due=ago(hours=1), lead=lead, channel="phone")
    task(rep, "touch", title="li", due=ago(hours=1), lead=lead, channel="linkedin")
    counts = selectors_work.board(rep, now=NOON).counts
    assert (counts["all"], counts["replies"], counts["calls"], counts["linkedin"]) == (3, 1, 1, 1)
    assert titles(rep, show="calls") == ["call"]
    assert len(titles(rep, show="nonsense")) == 3


def test_why_now_in_plain_words(rep: Any, lead: Any) -> None:
    event = lead.events.create(
        kind="reply.received", actor="lead", occurred_at=ago(minutes=26), channel="email"
    )
    answer = task(rep, "answer", title="x", due=ago(minutes=26), lead=lead, event=event)
    assert selectors_work.why_now(answer, NOON) == "Replied 26 minutes ago and waits for you."
    clock = {"deadline_at": NOON + timedelta(seconds=60)}
    asked = task(rep, "enquiry", title="x", due=ago(seconds=60), lead=lead, **clock)
    assert "1 minute ago. The two-minute clock runs." in selectors_work.why_now(asked, NOON)
    late = NOON + timedelta(hours=2)
    assert "2 hours ago. Answer it next." in selectors_work.why_now(asked, late)
    own = task(rep, "moment", title="x", why="Scored 91.", due=NOON, lead=lead)
    assert selectors_work.why_now(own, NOON) == "Scored 91."


def test_the_board_costs_the_same_for_two_and_for_forty(
    rep: Any, lead: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        task(rep, "answer", title=str(number), due=ago(hours=1), lead=lead)
    with django_assert_max_num_queries(4):
        page = selectors_work.board(rep, now=NOON)
        assert [line.task.lead.name for line in page.lines][0] == lead.name


def test_next_up_is_the_first_line_after_today(rep: Any, lead: Any) -> None:
    assert selectors_work.next_up(rep, NOON) is None
    task(rep, title="in two days", due=NOON + timedelta(days=2), lead=lead)
    asleep = task(rep, title="asleep", due=ago(hours=1), lead=lead)
    Task.objects.filter(pk=asleep.pk).update(snoozed_until=NOON + timedelta(hours=2))
    found = selectors_work.next_up(rep, NOON)
    assert found is not None and found.title == "asleep"


# --- drafts ---


def test_drafts_stand_under_when_they_go(
    rep: Any, lead: Any, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    hours = [-2, -1, 1, 26, 100]
    for number, hour in enumerate(hours, start=10):
        due = NOON - timedelta(hours=4) + timedelta(hours=hour)
        draft(another_lead(rep, number), sequence, mailbox, due_at=due)
    rows = selectors_drafts.draft_page(selectors_drafts.drafts(rep), None)
    groups = selectors_drafts.draft_groups(rows, NOON - timedelta(hours=4))
    assert [(name, len(part)) for name, part in groups] == [
        ("Next to send", 2),
        ("Sends 09:00", 1),
        ("Tomorrow", 1),
        ("Saturday 28 November", 1),
    ]


def test_drafts_of_a_paused_sequence_wait_with_it(
    rep: Any, lead: Any, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    enroll(lead, sequence, mailbox, state="paused")
    draft(lead, sequence, mailbox)
    assert selectors_drafts.draft_counts(rep)["mine"] == 0


def test_counts_of_drafts_by_owner_and_checks(
    rep: Any, mate: Any, manager: Any, stranger: Any, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    draft(another_lead(rep, 1), sequence, mailbox)
    draft(another_lead(rep, 2), sequence, mailbox, body="Too short.")
    draft(another_lead(mate, 3), sequence, mailbox)
    draft(another_lead(stranger, 4), sequence, mailbox)
    mine = selectors_drafts.draft_counts(rep)
    assert (mine["mine"], mine["team"], mine["look"], mine["ready"]) == (2, 2, 1, 1)
    team = selectors_drafts.draft_counts(manager)
    assert (team["mine"], team["team"], team["team-look"]) == (0, 3, 1)
    assert selectors_drafts.draft_counts(manager, "team")["ready"] == 2
    assert selectors_drafts.draft_counts(manager)["look"] == 0


def test_pages_of_drafts_go_on_by_key(
    rep: Any, sequence: Any, mailbox: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors_drafts, "PAGE", 2)
    same = timezone.now()
    made = [
        draft(another_lead(rep, number), sequence, mailbox, due_at=same).pk for number in range(5)
    ]
    first = selectors_drafts.draft_page(selectors_drafts.drafts(rep), None)
    assert [one.pk for one in first] == made[:3]
    rest = selectors_drafts.draft_page(selectors_drafts.drafts(rep), (same, made[1]))
    assert [one.pk for one in rest] == made[2:]


def test_first_steps_tick_by_what_was_done(rep: Any, lead: Any, mailbox: Any) -> None:
    mailbox.state = "off"
    mailbox.save()
    assert [done for _t, _u, done in first_steps.checklist(rep)] == [False] * 4
    mailbox.state = "active"  # whatever it sends by
    mailbox.save()
    assert [done for _t, _u, done in first_steps.checklist(rep)] == [True, False, False, False]


# --- lines that come by themselves ---


def test_a_reminder_comes_up_on_its_day_once(rep: Any, lead: Any) -> None:
    lead.follow_up_at = NOON.date()
    lead.save()
    assert moments.refresh(NOON - timedelta(days=1)) == 0
    assert moments.refresh(NOON) == 1
    assert moments.refresh(NOON + timedelta(hours=3)) == 0
    made = Task.objects.get(kind="follow_up")
    assert (made.owner, made.lead) == (rep, lead)
    assert made.why == "You set a reminder for 24 November."


def test_hot_leads_nobody_writes_to_come_up_a_few_at_a_time(
    rep: Any, sequence: Any, mailbox: Any, workspace: Any
) -> None:
    for number in range(8):
        another_lead(rep, number, score=80 + number)
    enroll(another_lead(rep, 20, score=99), sequence, mailbox)
    another_lead(rep, 21, score=99, lawful_basis="")
    another_lead(rep, 22, score=99, stage="won")
    another_lead(rep, 23, score=40)
    assert moments.refresh(NOON) == moments.HOT_PER_PERSON
    assert moments.refresh(NOON) == 0
    scores = sorted(Task.objects.filter(kind="moment").values_list("lead__score", flat=True))
    assert scores == [83, 84, 85, 86, 87]


# --- LinkedIn ---


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://www.linkedin.com/in/marta-k", "https://www.linkedin.com/in/marta-k"),
        ("http://pl.linkedin.com/in/marta-k/?trk=x", "https://www.linkedin.com/in/marta-k"),
        ("https://linkedin.com/company/polna", "https://www.linkedin.com/company/polna"),
        ("https://www.linkedin.com/in/marta%C5%82", "https://www.linkedin.com/in/marta%C5%82"),
        ("https://www.linkedin.com/feed/", ""),
        ("https://www.linkedin.com.evil.example/in/x", ""),
        ("https://evil.example/www.linkedin.com/in/x", ""),
        ("https://user@www.linkedin.com/in/x", ""),
        ("https://www.linkedin.com:8443/in/x", ""),
        ("javascript:alert(1)//www.linkedin.com/in/x", ""),
        ("https://www.linkedin.com/in/x/../../feed", ""),
        ("https://[bad", ""),
        ("", ""),
    ],
)
def test_only_a_persons_or_companys_page_is_linked(given: str, expected: str) -> None:
    assert LinkedIn().link(given) == (f"{expected}/" if expected else "")


def test_without_a_page_there_is_a_search(lead: Any) -> None:
    assert reach.link(lead, "linkedin") == (
        "https://www.linkedin.com/in/marta-kowalczyk-example/",
        True,
    )
    lead.linkedin_url = "https://evil.example/in/x"
    link, own = reach.link(lead, "linkedin")
    assert not own
    assert link.startswith("https://www.linkedin.com/search/results/people/?keywords=Marta+Kowal")


def test_a_running_sequence_gives_no_date_that_grows_old(lead: Any, sequence: Any) -> None:
    """The day stands beside it, read when the page opens; the next step is kept for a while."""
    row = Enrollment(lead=lead, sequence=sequence, state="active", next_due_at=NOON)
    case: Any = SimpleNamespace(enrollment=row)
    step = step_rules.let_run(case)
    assert step is not None and "24" not in step.reason and "when it is due" in step.reason
