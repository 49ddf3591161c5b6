"""An alert opens once, is told once, can be muted, and ends by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from analytics import alert_tasks
from analytics.models import Alert, DailyStat
from analytics.services import alert_rules, alerts, risks, surprises
from analytics.services.alerts import Found
from leads import thread
from leads.models import Deal, Lead
from leads.services import profile
from outreach.models import Mailbox, Task, Touch
from outreach.services import cadence_now
from salesagent.accounts.models import AuditEntry, Notification

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)  # a Thursday
TROUBLE = Found("cooling", "cooling", "all", 3, 1, "Three hot leads", link="/leads/")


def look(*found: Found, kinds: tuple[str, ...] = ("cooling",), later: int = 0) -> None:
    alerts.settle(kinds, found, NOW + timedelta(hours=later))


def told(user: Any) -> int:
    return int(Notification.objects.filter(user=user, kind="alert").count())


def test_opens_once_and_tells_once(owner: Any, manager: Any) -> None:
    look(TROUBLE)
    look(TROUBLE, later=1)
    row = Alert.objects.get()
    assert (row.state, row.number, row.threshold, row.first_at) == ("open", 3, 1, NOW)
    assert (told(owner), told(manager)) == (1, 0)


def test_keeps_up_with_the_number(owner: Any) -> None:
    look(TROUBLE)
    look(replace(TROUBLE, number=7, text="Seven"), later=2)
    row = Alert.objects.get()
    assert (row.number, row.text, row.first_at) == (7, "Seven", NOW)
    assert row.last_at == NOW + timedelta(hours=2)
    assert told(owner) == 1


def test_ends_and_comes_back_as_news(owner: Any) -> None:
    look(TROUBLE)
    look(later=1)
    row = Alert.objects.get()
    assert (row.state, row.ended_at) == ("ended", NOW + timedelta(hours=1))
    assert Notification.objects.filter(read_at=None).count() == 0
    look(TROUBLE, later=30)
    row.refresh_from_db()
    assert (row.state, row.ended_at, row.first_at) == ("open", None, NOW + timedelta(hours=30))
    assert told(owner) == 2


def test_a_number_at_its_threshold_is_no_stream_of_news(owner: Any) -> None:
    for hour in range(0, 12, 2):
        look(TROUBLE, later=hour)
        look(later=hour + 1)
    look(TROUBLE, later=14)
    row = Alert.objects.get()
    assert (row.state, row.ended_at, row.first_at) == ("open", None, NOW)
    assert told(owner) == 1


def test_other_kinds_are_left_alone(owner: Any) -> None:
    look(TROUBLE)
    look(kinds=("drop",))
    assert Alert.objects.get().state == "open"


@pytest.mark.parametrize(("how", "days"), [("day", 1), ("week", 7), ("month", 30)])
def test_muted_for_a_time(owner: Any, how: str, days: int) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        look(TROUBLE)
        assert alerts.mute(Alert.objects.get(), how, owner)
        assert alerts.open_alerts(owner) == []
        assert [row.pk for row in alerts.muted(owner)] == [Alert.objects.get().pk]
        look(later=1)  # over, and back again: silent all the same
        look(TROUBLE, later=2)
        assert (Alert.objects.get().state, told(owner)) == ("muted", 1)
        clock.move_to(NOW + timedelta(days=days, hours=1))
        assert len(alerts.open_alerts(owner)) == 1  # before the next look as well
        look(TROUBLE, later=24 * days + 1)
        assert (Alert.objects.get().state, told(owner)) == ("open", 2)
    assert AuditEntry.objects.filter(action="alert.muted").count() == 1


def test_a_muted_one_that_is_over_when_its_time_is(owner: Any) -> None:
    with time_machine.travel(NOW, tick=False):
        look(TROUBLE)
        alerts.mute(Alert.objects.get(), "day", owner)
    look(later=30)
    assert Alert.objects.get().state == "ended"


def test_muted_for_good_and_heard_again(owner: Any) -> None:
    look(TROUBLE)
    row = Alert.objects.get()
    alerts.mute(row, "good", owner)
    look(TROUBLE, later=24 * 400)
    row.refresh_from_db()
    assert (row.state, row.muted_until) == ("muted", None)
    assert alerts.unmute(row, owner)
    assert not alerts.unmute(row, owner)
    assert len(alerts.open_alerts(owner)) == 1


def test_what_is_over_cannot_be_muted(owner: Any) -> None:
    look(TROUBLE)
    look(later=1)
    assert not alerts.mute(Alert.objects.get(), "day", owner)


def test_whose(owner: Any, manager: Any, rep: Any, mate: Any, other_manager: Any) -> None:
    scopes = ("all", f"team:{manager.team_id}", f"user:{rep.pk}")
    look(*(replace(TROUBLE, scope=scope) for scope in scopes))
    seen = [len(alerts.open_alerts(u)) for u in (owner, manager, rep, mate, other_manager)]
    assert seen == [1, 1, 1, 0, 0]
    assert [told(u) for u in (owner, manager, rep, mate, other_manager)] == [1, 1, 1, 0, 0]
    with pytest.raises(Http404):
        alerts.alert_for(mate, alerts.open_alerts(rep)[0].pk)
    assert alerts.open_alerts(owner, kinds=["drop"]) == []


def test_those_whom_a_report_is_about(owner: Any, manager: Any, rep: Any, mate: Any) -> None:
    team, one = f"team:{manager.team_id}", f"user:{rep.pk}"
    look(*(replace(TROUBLE, scope=scope) for scope in ("all", team, one)))

    def seen(reader: Any, scope: str) -> list[str] | None:
        found = alerts.open_in(reader, scope)
        return None if found is None else [row.scope for row in found]

    assert [seen(owner, scope) for scope in ("all", team, one)] == [["all"], [team], [one]]
    assert [seen(manager, scope) for scope in (team, one)] == [[team], [one]]
    assert seen(rep, one) == [one] and seen(mate, one) is None
    assert seen(manager, f"user:{mate.pk}") == [] and seen(owner, f"user:{manager.pk}") is None
    assert seen(owner, "nobody") is None and seen(owner, "user:-1") is None
    links = [
        row.link
        for row in (*(alerts.open_in(owner, team) or ()), *(alerts.open_in(owner, one) or ()))
    ]
    assert links == ["", f"/leads/&owner={rep.pk}"]
    rep.team.team_view = True
    assert seen(rep, team) == [one]  # their own report is of the team


def test_the_worst_first(owner: Any) -> None:
    found = [replace(TROUBLE, key=level, level=level) for level in ("info", "bad", "warn")]
    look(*found)
    assert [row.level for row in alerts.open_alerts(owner)] == ["bad", "warn", "info"]


# --- days that are not as usual -------------------------------------------------------------------


def days_of(metric: str, counts: dict[int, int], who: int = 0) -> None:
    """`counts`: days ago -> number."""
    rows = [
        DailyStat(metric=metric, day=NOW.date() - timedelta(days=ago), who=who, count=n)
        for ago, n in counts.items()
    ]
    DailyStat.objects.bulk_create(rows)


def surprising() -> list[tuple[str, str, float]]:
    found = surprises.found(alert_rules.rules(), NOW)
    return sorted((one.scope, one.key, one.number) for one in found)


EVERY_DAY = dict.fromkeys(range(1, 64), 12)


def test_a_quiet_workspace_is_quiet(workspace: Any) -> None:
    assert surprising() == []
    days_of("replies", EVERY_DAY)
    assert surprising() == []


def test_a_drop_of_yesterday(workspace: Any) -> None:
    days_of("replies", EVERY_DAY | {1: 1})
    assert surprising() == [("all", "drop:replies", 1)]
    (found,) = surprises.found(alert_rules.rules(), NOW)
    assert (found.usual, found.sample, found.level) == (12, 8, "warn")
    assert found.link == (
        "/analytics/leads/?metric=replies&period=own&from=2026-11-18&to=2026-11-18"
    )
    assert "Replies on Wednesday 18 November: 1. Usual on a Wednesday: 12 (8 of them)" in found.text


def test_today_can_only_spike(workspace: Any) -> None:
    days_of("replies", EVERY_DAY | {0: 0})
    assert surprising() == []
    DailyStat.objects.filter(day=NOW.date()).update(count=40)
    assert surprising() == [("all", "spike:replies", 40)]


def test_bounces_are_measured_by_what_was_sent(workspace: Any) -> None:
    days_of("sent", dict.fromkeys(range(64), 50) | {0: 500})
    days_of("delivered", dict.fromkeys(range(64), 49) | {0: 490})
    days_of("bounced", dict.fromkeys(range(64), 1) | {0: 10})
    assert ("all", "spike:bounced", 10) not in surprising()
    DailyStat.objects.filter(day=NOW.date(), metric="bounced").update(count=40)
    assert ("all", "spike:bounced", 40) in surprising()


def test_a_holiday_cannot_drop_and_is_no_comparison(workspace: Any) -> None:
    """25 and 26 December are holidays in Denmark; so is New Year's Day."""
    with time_machine.travel(datetime(2026, 12, 26, 12, 0, tzinfo=UTC), tick=False):
        now = timezone.now()
        rows = [
            DailyStat(metric="replies", day=now.date() - timedelta(days=ago), who=0, count=12)
            for ago in range(2, 66)
        ]
        DailyStat.objects.bulk_create(rows)
        assert surprises.found(alert_rules.rules(), now) == []
        workspace.skip_holidays = False
        workspace.save()
        assert [one.key for one in surprises.found(alert_rules.rules(), now)] == ["drop:replies"]


def test_before_the_first_numbers_nothing_is_usual(workspace: Any) -> None:
    days_of("delivered", dict.fromkeys(range(20), 30) | {1: 0})
    assert surprising() == []


def test_a_team_has_its_own(workspace: Any, manager: Any, rep: Any) -> None:
    days_of("meetings", dict.fromkeys(range(2, 64), 9), who=rep.pk)
    team = f"team:{rep.team_id}"
    assert surprising() == [(team, "drop:meetings", 0)]


def test_switched_off_or_a_smaller_change(workspace: Any, owner: Any) -> None:
    days_of("replies", dict.fromkeys(range(1, 64), 400) | {1: 260})
    assert surprising() == []  # 35 percent below
    alert_rules.change(owner, {"drop": (True, 30)})
    assert surprising() == [("all", "drop:replies", 260)]
    alert_rules.change(owner, {"drop": (False, 30)})
    assert surprising() == []
    assert AuditEntry.objects.filter(target="alerts").count() == 2
    assert alert_rules.change(owner, {"drop": (False, 30)}) == []


# --- risks ----------------------------------------------------------------------------------------


def risk(kind: str) -> dict[str, float]:
    found = risks.found(alert_rules.rules(), timezone.now())
    return {one.scope: one.number for one in found if one.kind == kind}


def said(kind: str) -> str:
    found = risks.found(alert_rules.rules(), timezone.now())
    return next(one.text for one in found if one.kind == kind)


def test_deals_past_their_day(rep: Any, manager: Any, owner: Any, lead: Any) -> None:
    today = timezone.localdate()
    for days in (-3, 0, 4):
        Deal.objects.create(lead=lead, title="Cold", expected_close=today + timedelta(days=days))
    Deal.objects.create(lead=lead, title="Won", expected_close=today - timedelta(9), stage="won")
    assert "1 deal" in said("late-deals") and said("late-deals").endswith("Alert from 1.")
    assert risk("late-deals") == {"all": 1, f"team:{rep.team_id}": 1, f"user:{rep.pk}": 1}
    Lead.objects.update(archived_at=timezone.now())
    assert risk("late-deals") == {}


def test_hot_leads_that_cool(rep: Any, mate: Any, lead: Any) -> None:
    profile.refresh([lead.pk])
    Lead.objects.update(score=80)
    assert risk("cooling") == {}
    lead.profile.__class__.objects.update(cooling="high")
    assert risk("cooling") == {"all": 1, f"team:{rep.team_id}": 1, f"user:{rep.pk}": 1}


def test_unanswered_for_a_day(rep: Any, lead: Any) -> None:
    now = timezone.now()
    task = Task.objects.create(kind="answer", lead=lead, owner=rep, title="Answer", due_at=now)
    assert risk("unanswered") == {}
    Task.objects.update(created_at=now - timedelta(hours=25))
    assert risk("unanswered")["all"] == 1
    task.state = "done"
    task.save()
    assert risk("unanswered") == {}


def test_unanswered_since_they_wrote_not_since_the_line_was_made(rep: Any, lead: Any) -> None:
    now = timezone.now()
    said = thread.record(
        lead=lead, kind="reply.received", actor="lead", occurred_at=now - timedelta(days=5)
    )
    Task.objects.create(kind="answer", lead=lead, owner=rep, event=said, title="Answer", due_at=now)
    assert risk("unanswered")["all"] == 1


def test_drafts_of_an_alert_are_those_of_approvals(
    rep: Any, lead: Any, manager: Any, owner: Any, as_user: Any
) -> None:
    """The link opens exactly what the alert counts, for everybody who has one."""
    now = timezone.now()
    for due in [now - timedelta(minutes=5)] * 10 + [now + timedelta(hours=2)]:
        Touch.objects.create(lead=lead, channel="email", state="draft", due_at=due)
    gone = Lead.objects.create(first_name="Gone", owner=rep, archived_at=now)
    Touch.objects.create(
        lead=gone, channel="email", state="draft", due_at=now - timedelta(minutes=5)
    )
    found = {one.scope: one for one in risks.found(alert_rules.rules(), now)}
    for user, scope in ((owner, "all"), (manager, f"team:{rep.team_id}"), (rep, f"user:{rep.pk}")):
        assert found[scope].number == 10
        page = as_user(user).get(found[scope].link)
        assert page.context["listing"].total == 10, user
    assert cadence_now.drafts((0,), now).late == 10


def test_a_notice_tells_the_number_of_now(owner: Any) -> None:
    now = timezone.now()
    for number in (11, 12):
        one = alerts.Found("approvals", "approvals", "all", number, 10, f"{number} drafts wait.")
        alerts.settle(["approvals"], [one], now)
    assert [notice.text for notice in owner.notices.all()] == ["12 drafts wait."]


def test_drafts_past_their_time(rep: Any, lead: Any, owner: Any) -> None:
    late = timezone.now() - timedelta(minutes=5)
    for _ in range(10):
        Touch.objects.create(lead=lead, channel="email", state="draft", due_at=late)
    assert risk("approvals")["all"] == 10
    alert_rules.change(owner, {"approvals": (True, 11)})
    assert risk("approvals") == {}


def test_companies_at_their_limit(rep: Any, lead: Any, workspace: Any) -> None:
    now = timezone.now()
    for _ in range(workspace.company_touches_per_week):
        Touch.objects.create(
            lead=lead, channel="email", state="sent", due_at=now, sent_at=now - timedelta(days=1)
        )
    assert risk("saturated") == {"all": 1, f"team:{rep.team_id}": 1}
    Touch.objects.filter(pk=Touch.objects.earliest("pk").pk).update(sent_at=now - timedelta(days=8))
    assert risk("saturated") == {}


def test_a_mailbox_near_its_guard(rep: Any, mailbox: Any, monkeypatch: Any) -> None:
    from outreach.services import guards
    from outreach.services.guards import _judge

    monkeypatch.setattr(guards, "health", lambda box, now: _judge(100, 3, 0))
    assert risk("mailbox") == {"all": 3.0, f"team:{rep.team_id}": 3.0, f"user:{rep.pk}": 3.0}
    assert said("mailbox").endswith("Alert from 2 percent bounces.")
    monkeypatch.setattr(guards, "health", lambda box, now: _judge(100, 1, 0))
    assert risk("mailbox") == {}
    monkeypatch.setattr(guards, "health", lambda box, now: _judge(100, 0, 1))
    assert len(risk("mailbox")) == 3 and said("mailbox").endswith("Any complaint is told.")
    Mailbox.objects.update(state="paused")
    assert risk("mailbox") == {}


def test_both_tasks_run_in_an_empty_workspace(workspace: Any, owner: Any) -> None:
    alert_tasks.watch()
    alert_tasks.look()
    assert Alert.objects.count() == 0
