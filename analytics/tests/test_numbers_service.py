"""A small world whose numbers were worked out by hand; the comments are the working."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.http import Http404

from analytics.access import Scope, scope_for
from analytics.models import DailyStat, LeadPath, StatRun
from analytics.selectors import freshness, numbers, people_reached
from analytics.selectors.halves import halves
from analytics.selectors.period import Period
from analytics.services import rollup
from analytics.tests import world as w
from outreach.models import Touch

pytestmark = pytest.mark.django_db
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
ALL = Scope((0,))
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In UTC; Warsaw is an hour ahead in November."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def story(rep: Any, mate: Any, sequence: Any) -> Iterator[SimpleNamespace]:
    """Ada is Jonas' until the 12th, then Priya's; Ben is Priya's; Cem is nobody's."""
    w.in_zone("Europe/Warsaw")
    with time_machine.travel(NOW, tick=False):
        found = SimpleNamespace(rep=rep, mate=mate, sequence=sequence)
        _ada(found)
        _ben(found)
        _cem(found)
        rollup.rebuild()
        yield found


def _touch(of: Any, step: Any, day: int) -> int:
    row = Touch.objects.create(
        lead=of, channel="email", step=step, step_key=step.key, due_at=at(day, 9),
        variant=step.variants.first(), state="sent",
    )  # fmt: skip
    return row.pk


def _ada(s: SimpleNamespace) -> None:
    ada = s.ada = w.lead("Ada", s.mate, trade="bakery", source="Fair", at=at(2, 9))
    first, second = s.sequence.steps.filter(channel="email").order_by("position")[:2]
    one, two = _touch(ada, first, 3), _touch(ada, second, 9)
    w.event(ada, "lead.created", at(2, 9))
    w.event(ada, "touch.sent", at(3, 9), "email", touch=one, edited=True)
    w.event(ada, "touch.sent", at(3, 9), "email", touch=one)  # told twice
    away = w.event(ada, "reply.received", at(3, 10), "email")
    w.classify(away, "out_of_office", at(3, 10))
    w.event(ada, "touch.sent", at(9, 9), "email", touch=two)
    s.reply = w.event(ada, "reply.received", at(10, 23, 30), "email")  # the 11th in Warsaw, 00:30
    w.event(ada, "reply.received", at(11, 8), "email")  # answers the same message
    w.event(ada, "call.logged", at(11, 9, 30), "phone", actor="user:1", outcome="meeting")
    w.event(ada, "lead.assigned", at(12, 0), **{"from": s.rep.pk, "to": s.mate.pk})
    w.event(ada, "meeting.booked", at(13, 9), "meeting")
    w.event(ada, "lead.stage_changed", at(13, 9), to="meeting")
    w.event(ada, "deal.opened", at(16, 9), deal=1, value="900.50", currency="EUR")
    w.event(ada, "deal.won", at(20, 9), deal=1, value="900.50", currency="EUR")
    w.event(ada, "deal.won", at(20, 10), deal=2, value="10", currency="PLN")
    w.event(ada, "touch.approved", at(3, 8), "email", actor=f"user:{s.mate.pk}")


def _ben(s: SimpleNamespace) -> None:
    ben = s.ben = w.lead("Ben", s.mate, trade="hotel", source="Fair", at=at(3, 9))
    w.event(ben, "lead.imported", at(3, 9))
    w.event(ben, "touch.sent", at(4, 9), "email", touch=9001)
    w.event(ben, "touch.bounced", at(5, 9), "email", touch=9001, kind="soft", delayed=True)
    w.event(ben, "touch.sent", at(5, 9), "email", touch=9002)
    w.event(ben, "touch.bounced", at(6, 9), "email", touch=9002, kind="hard")
    w.event(ben, "touch.sent", at(6, 9), "sms", touch=9003)
    w.event(ben, "touch.read", at(6, 10), "sms", touch=9003)
    w.event(ben, "mail.opened", at(6, 10), "email", touch=9001, machine=True)
    w.event(ben, "link.clicked", at(6, 11), "email", touch=9001)
    w.event(ben, "reply.received", at(7, 9), "email")  # to 9001: 9002 never arrived
    w.event(ben, "lead.suppressed", at(7, 9), "email", reason="opted_out")
    w.event(ben, "lead.suppressed", at(7, 10), "sms", reason="opted_out")  # the same wish
    w.event(ben, "lead.suppressed", at(8, 10), "email", reason="hard_bounce")


def _cem(s: SimpleNamespace) -> None:
    cem = s.cem = w.lead("Cem", at=at(30, 9) - timedelta(days=30))
    w.event(cem, "lead.inquired", at(2, 8))
    w.event(cem, "touch.sent", at(2, 8), "email", touch=9100, kind="confirmation")
    w.event(cem, "touch.sent", at(2, 9), "email", touch=9101, kind="manual")  # after an hour
    w.event(cem, "lead.stage_changed", at(3, 9), to="won")
    w.event(cem, "lead.stage_changed", at(3, 10), to="engaged")  # a slip


def test_totals(story: SimpleNamespace) -> None:
    """Sent: Ada 2 mails and a call, Ben 2 mails and a text, Cem 1 mail: 7. One came back."""
    names = ("sent", "delivered", "bounced", "seen", "clicked", "answered", "replies", "meetings")
    found = numbers.totals(ALL, NOVEMBER, [*names, "optouts", "edited", "enquiries", "won"])
    counts = {name: amount.count for name, amount in found.items()}
    assert counts == {
        "sent": 7,
        "delivered": 6,
        "bounced": 1,
        "seen": 3,  # the call was a talk, the text was read, a link was clicked
        "clicked": 1,
        "answered": 2,  # Ada's second mail, Ben's first; the absence is no answer
        "replies": 3,
        "meetings": 1,
        "optouts": 1,
        "edited": 1,
        "enquiries": 1,
        "won": 2,
    }


def test_channels_and_money(story: SimpleNamespace) -> None:
    found = numbers.channels(ALL, NOVEMBER)
    assert found["email"]["sent"] == 5
    assert found["email"].rate("answered") == 2 / 4
    assert (found["sms"]["sent"], found["sms"]["optouts"], found["email"]["optouts"]) == (1, 1, 0)
    assert (found["phone"]["meetings"], found["phone"].rate("seen")) == (1, 1.0)
    won = numbers.money(ALL, NOVEMBER)
    assert [(unit, one.count, one.value) for unit, one in won.items()] == [
        ("EUR", 1, Decimal("900.50")),
        ("PLN", 1, Decimal(10)),
    ]


def test_whose_numbers(story: SimpleNamespace) -> None:
    """Ada's were Jonas' until midnight UTC of the 12th; what a person did is that person's."""
    found = numbers.people(ALL, NOVEMBER, ["sent", "replies", "meetings", "won", "approved"])
    plain = {who: {metric: one.count for metric, one in of.items()} for who, of in found.items()}
    assert plain == {
        story.rep.pk: {"sent": 3, "replies": 2},
        story.mate.pk: {"sent": 3, "replies": 1, "meetings": 1, "won": 2, "approved": 1},
        -1: {"sent": 1},
    }


def test_segments_weeks_and_hours(story: SimpleNamespace) -> None:
    bakers = Scope((0,), "trade:bakery")
    assert numbers.totals(bakers, NOVEMBER, ["sent"])["sent"].count == 3
    assert numbers.segments(ALL) == ["source:Fair", "trade:bakery", "trade:hotel"]
    weeks = numbers.weekly(ALL, Period(date(2026, 11, 2), date(2026, 11, 15)), ["replies"])
    assert {day.day: one["replies"] for day, one in weeks.items()} == {2: 1, 9: 2}
    mails = numbers.daily(ALL, Period(date(2026, 11, 6), date(2026, 11, 9)), ["sent"], "sms")
    assert [one["sent"] for one in mails.values()] == [1, 0, 0, 0]
    heat = numbers.heat(ALL, NOVEMBER)
    assert (heat[2][0], heat[2][9], heat[5][10], sum(map(sum, heat))) == (1, 1, 1, 3)


def test_steps(story: SimpleNamespace) -> None:
    first, second = sorted(
        numbers.steps(ALL, NOVEMBER, story.sequence.pk), key=lambda one: one.counts["answered"]
    )
    assert (first.counts["delivered"], first.counts["answered"], first.variant) == (1, 0, "A")
    assert (second.counts["delivered"], second.counts["answered"]) == (1, 1)
    assert (first.waited, second.waited) == (0, 6 * 86400)  # from the 3rd to the 9th
    assert numbers.steps(ALL, NOVEMBER, 0) == []


def test_answer_times(story: SimpleNamespace) -> None:
    """Cem's enquiry after 60 minutes, Ada's night reply after ten hours; Ben still waits."""
    found, bands = numbers.answer_times(ALL, NOVEMBER)
    assert (found.count, found.seconds, bands) == (2, 3600 + 10 * 3600, [0, 1, 0, 1, 0])
    assert numbers.answer_times(ALL, NOVEMBER, "email")[1] == [0, 0, 0, 1, 0]


def test_funnel_and_each_lead_once(story: SimpleNamespace) -> None:
    """Ada came in on the 2nd and was won; Ben replied; Cem came in October and was won by slip."""
    steps, lost = people_reached.funnel(ALL, NOVEMBER)
    assert [one.count for one in steps] == [2, 2, 2, 1, 1, 1]
    assert lost == 0
    assert people_reached.biggest_loss(steps) == steps[3]
    assert people_reached.distinct(ALL, NOVEMBER) == 3
    assert people_reached.distinct(ALL, Period(date(2026, 11, 3), date(2026, 11, 4))) == 2
    assert people_reached.lead_ids(ALL, NOVEMBER, "replied") == [story.ada.pk, story.ben.pk]
    behind = numbers.leads_behind(ALL, NOVEMBER, ["replies"])
    assert sorted(behind) == [story.ada.pk, story.ben.pk]
    bakers = Scope((0,), "trade:bakery")
    assert list(numbers.leads_behind(bakers, NOVEMBER, ["replies"])) == [story.ada.pk]


def test_october_holds_who_came_then(story: SimpleNamespace) -> None:
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    steps, _ = people_reached.funnel(Scope((-1,)), october)
    assert [one.count for one in steps] == [1, 1, 0, 0, 0, 0]


def test_a_rep_sees_own_numbers_a_manager_the_teams(
    story: SimpleNamespace, manager: Any, owner: Any, stranger: Any, other_manager: Any
) -> None:
    def sent(user: Any, **chosen: Any) -> int:
        return numbers.totals(scope_for(user, **chosen), NOVEMBER, ["sent"])["sent"].count

    assert (sent(story.rep), sent(story.mate)) == (3, 3)
    assert (sent(manager), sent(owner), sent(stranger)) == (7, 7, 0)
    assert sent(other_manager) == 1  # what is nobody's
    assert sent(manager, owner=story.rep.pk) == sent(owner, owner=story.rep.pk) == 3
    assert sent(owner, owner=-1) == 1
    for user, chosen in (
        (story.rep, story.mate.pk),
        (story.rep, -1),
        (story.rep, 0),
        (manager, 0),
        (manager, stranger.pk),
        (owner, 0),
    ):
        with pytest.raises(Http404):
            scope_for(user, chosen)


def test_pages_never_read_the_thread(
    story: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1) as first:
        numbers.totals(ALL, NOVEMBER, ["sent", "won"])
    with django_assert_num_queries(1) as second:
        people_reached.distinct(ALL, NOVEMBER)
    with django_assert_num_queries(4) as rest:
        numbers.channels(ALL, NOVEMBER)
        numbers.weekly(ALL, NOVEMBER, ["replies"])
        numbers.heat(ALL, NOVEMBER)
        people_reached.funnel(ALL, NOVEMBER)
    for query in [*first, *second, *rest]:
        assert "threadevent" not in query["sql"]
        assert "leadfact" not in query["sql"]


def test_counting_again_writes_nothing(story: SimpleNamespace) -> None:
    before = list(DailyStat.objects.order_by("pk").values_list())
    rollup.rebuild()
    assert list(DailyStat.objects.order_by("pk").values_list()) == before
    call_command("rebuild_stats", verbosity=0)
    assert list(DailyStat.objects.order_by("pk").values_list()) == before


def test_wrong_sums_are_put_right(story: SimpleNamespace) -> None:
    right = w.everything()
    DailyStat.objects.filter(metric="sent").update(count=99)
    DailyStat.objects.create(metric="sent", day=date(2020, 1, 1), who=0, count=5)
    DailyStat.objects.filter(metric="replies").delete()
    rollup.rebuild()
    assert w.everything() == right


def test_a_step_costs_little(story: SimpleNamespace, django_assert_max_num_queries: Any) -> None:
    rollup.settle()
    w.event(story.ada, "touch.sent", at(26, 9), "email", touch=9300)
    with django_assert_max_num_queries(70):
        rollup.settle()
    assert numbers.totals(ALL, NOVEMBER, ["sent"])["sent"].count == 8
    assert w.everything() == w.from_nothing()


def test_how_fresh(story: SimpleNamespace) -> None:
    assert freshness.counted_at() == freshness.Counted(NOW, working=False)
    rollup.sweep()
    assert freshness.counted_at().working
    StatRun.objects.all().delete()
    assert freshness.counted_at() == freshness.Counted(None, working=True)


def test_no_time_left_goes_on_later(story: SimpleNamespace) -> None:
    right = w.everything()
    rollup.sweep()
    assert rollup.settle(limit=-100.0) is False
    assert freshness.counted_at().working
    assert rollup.settle() is True
    assert w.everything() == right


def test_an_end_that_was_taken_back_does_not_count(story: SimpleNamespace) -> None:
    """Ben's deal is won, open again, proposed, and lost with another value."""
    ben = story.ben
    money = {"deal": 7, "currency": "EUR"}
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        w.event(ben, "deal.opened", at(9, 9), value="5", **money)
        w.event(ben, "deal.won", at(10, 9), value="5", **money)
        rollup.settle()
        assert numbers.money(ALL, NOVEMBER)["EUR"].value == Decimal("905.50")
        w.event(ben, "deal.reopened", at(11, 9), value="5", to="open", **money)
        w.event(ben, "deal.moved", at(12, 9), value="5", to="proposal", **money)
        rollup.settle()
        assert numbers.money(ALL, NOVEMBER)["EUR"].value == Decimal("900.50")
        steps, _ = people_reached.funnel(ALL, NOVEMBER)
        assert [one.count for one in steps] == [2, 2, 2, 2, 2, 1]
        w.event(ben, "deal.lost", at(13, 9), value="5", **money)
        w.event(ben, "deal.changed", at(14, 9), value="7", **money)
        rollup.settle()
    lost = numbers.money(ALL, NOVEMBER, "lost")
    assert lost == {"EUR": numbers.Amount(1, Decimal(7))}
    assert numbers.money(ALL, NOVEMBER, "opened")["EUR"].value == Decimal("905.50")
    assert w.everything() == w.from_nothing()


def test_a_sweep_at_night_does_not_make_numbers_look_old(
    story: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is new is counted meanwhile; only a first count and another zone have nothing before."""
    monkeypatch.setattr(rollup._Run, "_sweep", lambda self: False)
    rollup.sweep()
    later = NOW + timedelta(minutes=5)
    with time_machine.travel(later, tick=False):
        assert rollup.settle() is False
        assert freshness.counted_at() == freshness.Counted(later, working=True)
        w.in_zone("UTC")
        assert rollup.settle() is False
        assert freshness.counted_at() == freshness.Counted(None, working=True)


def test_calls_and_letters_are_not_in_the_reply_rate(rep: Any) -> None:
    dan = w.lead("Dan", rep, at=at(1, 9))
    with time_machine.travel(NOW, tick=False):
        for day, channel in ((2, "email"), (3, "email"), (4, "linkedin"), (5, "post")):
            w.event(dan, "touch.sent", at(day, 9), channel, touch=day)
        for day in (6, 7, 8):
            w.event(dan, "call.logged", at(day, 9), "phone", outcome="reached")
        for day, channel in ((3, "email"), (9, "phone"), (9, "post")):
            w.event(dan, "reply.received", at(day, 10), channel)
        rollup.rebuild()
    assert numbers.answered(ALL, NOVEMBER) == numbers.Share(1, 3)
    assert halves(ALL, NOVEMBER, NOVEMBER.before(), numbers.CHANNEL)[0].answered.whole == 3
    each = numbers.people(ALL, NOVEMBER, ("delivered", "answered", numbers.MESSAGES))[rep.pk]
    assert [each[name].count for name in ("delivered", "answered", "messages")] == [7, 1, 3]
    totals = numbers.totals(ALL, NOVEMBER, ("answered", "replies"))
    assert (totals["answered"].count, totals["replies"].count) == (1, 3)


def test_a_step_is_this_or_a_later_one_and_booked_is_booked(rep: Any) -> None:
    met, won = w.lead("Met", rep, at=at(2, 9)), w.lead("Won", rep, at=at(2, 9))
    with time_machine.travel(NOW, tick=False):
        w.event(met, "meeting.booked", at(3, 9), "email", booking=1)
        w.event(won, "lead.stage_changed", at(3, 9), **{"from": "new", "to": "won"})
        rollup.rebuild()
    steps, _ = people_reached.funnel(ALL, NOVEMBER)
    assert [one.count for one in steps] == [2, 2, 2, 2, 1, 1]
    assert numbers.totals(ALL, NOVEMBER, ("funnel.booked",))["funnel.booked"].count == 1


def test_nobody_is_contacted_before_they_came_in(rep: Any) -> None:
    old = w.lead("Old", rep, at=at(20, 9))
    with time_machine.travel(NOW, tick=False):
        w.event(old, "call.logged", at(4, 9), "phone", outcome="reached")  # entered later
        rollup.rebuild()
    assert LeadPath.objects.get(lead=old).came_on == date(2026, 11, 4)
