"""Each rule of sending: what it refuses, with which words, and when to ask again."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from leads.models import Lead
from leads.services.suppression import suppress
from outreach.models import Enrollment, Touch
from outreach.services import policy
from outreach.services.policy import Facts

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw and Copenhagen


@pytest.fixture
def enrollment(workspace: Any, lead: Any, sequence: Any, mailbox: Any) -> Any:
    return Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox)


@pytest.fixture
def touch(enrollment: Any, lead: Any, mailbox: Any) -> Any:
    return make(lead, mailbox, enrollment=enrollment)


def make(lead: Any, mailbox: Any, **changes: Any) -> Touch:
    values: dict[str, Any] = {
        "lead": lead,
        "mailbox": mailbox,
        "channel": "email",
        "to_address": lead.email,
        "subject": "A question",
        "body": "Hello",
        "state": "approved",
        "due_at": TUESDAY - timedelta(hours=1),
        **changes,
    }
    touch = Touch(**values)
    touch.approved_hash = changes.get("approved_hash", policy.text_hash(touch))
    touch.save()
    return touch


def ask(touch: Touch, now: datetime = TUESDAY, facts: Facts | None = None) -> policy.Verdict:
    rows = Touch.objects.select_related("lead", "enrollment__sequence", "mailbox__user")
    return policy.may_send(rows.get(pk=touch.pk), now, facts=facts)


def change(thing: Any, **values: Any) -> None:
    type(thing).objects.filter(pk=thing.pk).update(**values)


def test_what_is_approved_and_due_may_go(touch):
    assert ask(touch) == policy.YES


def test_the_hash_covers_channel_address_subject_and_body(touch):
    first = policy.text_hash(touch)
    for name in ("channel", "to_address", "subject", "body"):
        before = getattr(touch, name)
        setattr(touch, name, before + "x")
        assert policy.text_hash(touch) != first, name
        setattr(touch, name, before)
    assert policy.text_hash(touch) == first
    touch.subject, touch.body = "A question\nHello", ""
    assert policy.text_hash(touch) != first, "the border between the parts counts"


CHANGES: list[tuple[str, str, dict[str, Any], str]] = [
    ("touch", "draft", {"state": "draft"}, "waits for approval"),
    ("touch", "state", {"state": "sending"}, "being sent"),
    ("touch", "state", {"state": "cancelled"}, "cancelled"),
    ("touch", "changed", {"body": "Other"}, "Approve it again"),
    ("touch", "changed", {"approved_hash": ""}, "Approve it again"),
    ("touch", "mailbox", {"mailbox": None}, "No mailbox"),
    ("lead", "archived", {"archived_at": TUESDAY}, "is archived"),
    ("lead", "suppressed", {"erased_at": TUESDAY}, "do-not-contact"),
    ("lead", "basis", {"lawful_basis": ""}, "No lawful basis"),
    ("lead", "basis", {"basis_expires_at": date(2026, 11, 23)}, "has expired"),
    ("lead", "stopped", {"stage": "won"}, "is won"),
    ("enrollment", "paused", {"state": "paused", "reason": "replied"}, "paused: they replied."),
    ("enrollment", "stopped", {"state": "stopped", "reason": "opted_out"}, "ended: asked to stop"),
    ("enrollment", "stopped", {"state": "finished"}, "has ended."),
    ("sequence", "sequence", {"state": "paused"}, "Cold-room uptime is not running"),
    ("workspace", "postal_address", {"postal_address": " "}, "need a postal address"),
    ("mailbox", "mailbox_paused", {"state": "paused", "paused_reason": "No."}, "is paused: No."),
    ("mailbox", "mailbox_off", {"state": "off"}, "is off."),
    ("rep", "mailbox_off", {"is_active": False}, "is closed"),
]


@pytest.mark.parametrize(("what", "code", "values", "words"), CHANGES)
def test_what_a_person_must_settle(request, touch, what, code, values, words):
    change(touch if what == "touch" else request.getfixturevalue(what), **values)
    verdict = ask(touch)
    assert (verdict.ok, verdict.code, verdict.until) == (False, code, None)
    assert words in verdict.text


def test_a_basis_holds_on_its_last_day(touch, lead):
    change(lead, basis_expires_at=date(2026, 11, 24))
    assert ask(touch).ok


def test_a_pause_with_an_end_says_when(touch, enrollment):
    back = TUESDAY + timedelta(days=3)
    change(enrollment, state="paused", reason="out_of_office", resume_at=back)
    assert ask(touch).until == back


@pytest.mark.parametrize("address", ["m.kowalczyk@polna.example", "polna.example", "+48615550127"])
def test_suppressed_by_address_domain_or_phone(touch, address):
    suppress(address=address, reason="opted_out", source="test", actor="system")
    assert ask(touch).code == "suppressed"


def test_suppressed_for_another_channel_only(touch, lead):
    suppress(address=lead.email, channel="phone", reason="opted_out", source="test", actor="system")
    assert ask(touch).ok


def test_the_address_it_was_written_to_counts_as_well(touch, lead):
    suppress(address=lead.email, reason="opted_out", source="test", actor="system")
    change(lead, email="new@polna.example", phone="")
    assert ask(touch).code == "suppressed"


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-24T06:59", "2026-11-24T07:00"),
        ("2026-11-24T16:00", "2026-11-25T07:00"),
        ("2026-11-28T10:00", "2026-11-30T07:00"),  # Saturday
        ("2026-11-11T10:00", "2026-11-12T07:00"),  # a holiday in Poland, not in Denmark
    ],
)
def test_outside_the_leads_hours(touch, now, opens):
    change(touch, due_at=TUESDAY - timedelta(days=30))
    verdict = ask(touch, datetime.fromisoformat(now).replace(tzinfo=UTC))
    first = datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert verdict.code == "window"
    assert verdict.until and first <= verdict.until < first + timedelta(hours=9)
    assert "where Marta Kowalczyk is" in verdict.text


def test_the_words_for_the_hour_and_for_a_day_off(touch):
    assert "It is 06:00 where" in ask(touch, datetime(2026, 11, 25, 5, tzinfo=UTC)).text
    assert "Saturday is a day off" in ask(touch, datetime(2026, 11, 28, 10, tzinfo=UTC)).text


def test_the_sequences_own_window_wins(touch, sequence):
    change(sequence, window_start=time(14), window_end=time(15))
    assert ask(touch).code == "window"
    assert ask(touch, datetime(2026, 11, 24, 13, 30, tzinfo=UTC)).ok


def test_what_a_person_wrote_goes_at_once(lead, mailbox, workspace):
    night = datetime(2026, 11, 28, 2, tzinfo=UTC)
    assert ask(make(lead, mailbox, kind="manual"), night).ok
    assert ask(make(lead, mailbox, kind="reply"), night).ok


def test_never_before_its_time(touch):
    later = TUESDAY + timedelta(minutes=5)
    change(touch, not_before=later)
    assert (ask(touch).code, ask(touch).until) == ("later", later)
    change(touch, not_before=None, due_at=later)
    assert (ask(touch).code, ask(touch).until) == ("later", later)
    assert ask(touch, later).ok


def sent(lead: Any, mailbox: Any, days: float, **changes: Any) -> Touch:
    at = TUESDAY - timedelta(days=days)
    return make(lead, mailbox, state="sent", sent_at=at, **changes)


def test_a_lead_is_reached_at_most_so_often_a_week(touch, lead, mailbox):
    sent(lead, mailbox, 6.5)
    sent(lead, None, 3, channel="phone")
    assert ask(touch).ok
    sent(lead, mailbox, 1, kind="manual")
    verdict = ask(touch)
    assert verdict.code == "lead_cap"
    assert verdict.text == "Marta Kowalczyk had 3 touches in seven days."
    assert verdict.until and ask(touch, verdict.until).ok
    assert verdict.until > TUESDAY
    assert not ask(touch, verdict.until - timedelta(minutes=10)).ok


def test_what_the_lead_asked_for_is_not_counted(touch, lead, mailbox):
    for kind in ("reply", "confirmation", "reply"):
        sent(lead, mailbox, 1, kind=kind)
    assert ask(touch).ok


def test_eight_days_ago_is_forgotten_and_failures_do_not_count(touch, lead, mailbox):
    for _ in range(3):
        sent(lead, mailbox, 8)
        make(lead, mailbox, state="failed")
    assert ask(touch).ok


def test_what_may_have_arrived_counts(touch, lead, mailbox):
    for state in ("unknown", "sending", "unknown"):
        row = make(lead, mailbox, state=state)
        change(row, updated_at=TUESDAY - timedelta(hours=1))
    assert ask(touch).code == "lead_cap"


def test_a_company_is_reached_at_most_so_often_a_week(touch, lead, mailbox, workspace):
    change(workspace, company_touches_per_week=2)
    colleague = Lead.objects.create(company=lead.company, email="b@polna.example")
    stranger = Lead.objects.create(email="c@other.example")
    sent(colleague, mailbox, 1)
    for _ in range(4):
        sent(stranger, mailbox, 1)
    assert ask(touch).ok
    sent(colleague, mailbox, 2)
    verdict = ask(touch)
    assert (verdict.code, verdict.ok) == ("company_cap", False)
    assert verdict.text == "Polna Bakeries had 2 touches in seven days."
    change(lead, company=None)
    assert ask(touch).ok


def test_a_cap_of_nothing_holds_everything(touch, workspace):
    change(workspace, lead_touches_per_week=0)
    assert ask(touch).code == "lead_cap"
    assert ask(touch).until is not None


def test_hand_written_mail_and_answers_are_not_held_by_caps(lead, mailbox, workspace):
    change(workspace, lead_touches_per_week=0, company_touches_per_week=0)
    assert ask(make(lead, mailbox, kind="manual")).ok
    assert ask(make(lead, mailbox, kind="reply")).ok


def test_a_mailbox_has_a_daily_cap_in_its_owners_day(touch, mailbox, rep):
    change(mailbox, daily_cap=2)
    change(rep, time_zone="Asia/Tokyo")  # the day there began at 15:00 UTC of the day before
    people = [Lead.objects.create(email=f"{n}@x.example") for n in range(3)]
    sent(people[0], mailbox, 20 / 24)  # 14:00 UTC: yesterday in Tokyo
    sent(people[1], mailbox, 18 / 24)
    assert ask(touch).ok
    sent(people[2], mailbox, 2 / 24)
    verdict = ask(touch)
    assert verdict.code == "mailbox_cap"
    assert verdict.text == "The mailbox jonas@halden.example has sent its 2 messages today."
    assert verdict.until == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert ask(touch, verdict.until).ok


def test_the_next_day_of_a_full_mailbox_is_the_leads_next_morning(touch, mailbox):
    change(mailbox, daily_cap=0)
    assert ask(touch).until == datetime(2026, 11, 25, 7, tzinfo=UTC)


def test_answers_do_not_wait_for_a_full_mailbox(lead, mailbox, workspace):
    change(mailbox, daily_cap=0, next_free_at=TUESDAY + timedelta(hours=1))
    assert ask(make(lead, mailbox, kind="reply")).ok
    assert ask(make(lead, mailbox, kind="manual")).code == "mailbox_cap"


def test_the_gap_between_two_messages(touch, mailbox):
    free = TUESDAY + timedelta(minutes=2)
    change(mailbox, next_free_at=free)
    assert (ask(touch).code, ask(touch).until) == ("mailbox_gap", free)
    assert ask(touch, free).ok


def test_an_answer_goes_out_although_the_sequence_is_paused(lead, mailbox, enrollment):
    change(enrollment, state="paused", reason="replied")
    change(lead, lawful_basis="", stage="won")
    assert ask(make(lead, mailbox, kind="reply", enrollment=enrollment)).ok


def test_an_answer_does_not_pass_the_do_not_contact_list(lead, mailbox, workspace):
    suppress(address=lead.email, reason="opted_out", source="test", actor="system")
    assert ask(make(lead, mailbox, kind="reply")).code == "suppressed"


def test_one_touch_needs_at_most_three_queries(touch, django_assert_num_queries):
    row = Touch.objects.select_related("lead", "enrollment__sequence", "mailbox__user").get()
    facts = Facts.load()
    with django_assert_num_queries(3):  # suppression, frequency, mailbox
        assert policy.may_send(row, TUESDAY, facts=facts).ok
    with django_assert_num_queries(2):
        assert policy.may_send(row, TUESDAY + timedelta(seconds=1), facts=facts).ok


def test_many_touches_need_no_more_queries_than_one(
    touch, lead, mailbox, django_assert_num_queries
):
    for number in range(30):
        person = Lead.objects.create(
            email=f"{number}@x.example", lawful_basis="consent", company=lead.company
        )
        make(person, mailbox)
    rows = list(Touch.objects.select_related("lead", "enrollment__sequence", "mailbox__user"))
    with django_assert_num_queries(4):
        facts = Facts.for_touches(rows, TUESDAY)
        assert all(policy.may_send(row, TUESDAY, facts=facts).ok for row in rows)


def test_facts_of_many_say_the_same_as_facts_of_one(touch, lead, mailbox, workspace):
    change(workspace, company_touches_per_week=2)
    blocked = Lead.objects.create(email="b@x.example", lawful_basis="consent")
    suppress(address=blocked.email, reason="opted_out", source="test", actor="system")
    colleague = Lead.objects.create(
        email="c@x.example", lawful_basis="consent", company=lead.company
    )
    sent(colleague, mailbox, 1)
    sent(colleague, mailbox, 2)
    rows = [touch, make(blocked, mailbox), make(colleague, mailbox)]
    facts = Facts.for_touches(
        Touch.objects.select_related("lead", "mailbox__user").filter(pk__in=[r.pk for r in rows]),
        TUESDAY,
    )
    many = [ask(row, facts=facts).code for row in rows]
    assert many == [ask(row).code for row in rows] == ["company_cap", "suppressed", "company_cap"]


def test_noting_what_went_out_counts_for_the_next(touch, mailbox, workspace):
    change(mailbox, daily_cap=1)
    facts = Facts.load()
    assert ask(touch, facts=facts).ok
    facts.note_sent(touch)
    assert ask(touch, facts=facts).code == "mailbox_cap"
    tomorrow = TUESDAY + timedelta(days=1)
    assert ask(touch, tomorrow, facts=facts).ok


def test_another_workers_messages_are_seen_near_the_cap(touch, mailbox):
    change(mailbox, daily_cap=3)
    facts = Facts.load()
    assert ask(touch, facts=facts).ok
    for number in range(3):
        sent(Lead.objects.create(email=f"{number}@x.example"), mailbox, 0.01)
    assert ask(touch, facts=facts).code == "mailbox_cap"


def test_gaps_vary_a_little_and_always_the_same_way(workspace, mailbox):
    facts = Facts.load()
    gaps = [facts.gap(mailbox, seed).total_seconds() for seed in range(1, 50)]
    assert min(gaps) >= 120 and max(gaps) <= 144 and len(set(gaps)) > 10
    assert facts.gap(mailbox, 7) == facts.gap(mailbox, 7)
    mailbox.min_gap = 0
    assert facts.gap(mailbox, 7) == timedelta()
