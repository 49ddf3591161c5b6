"""Rates by day, fees by days, and whose share of a fee."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.access import Scope
from analytics.models import Cost
from analytics.selectors import costs as spending
from analytics.selectors.costs import Spent
from analytics.selectors.period import Period
from analytics.services import costs, rollup
from analytics.tests import world
from salesagent.accounts.models import AuditEntry, Workspace

pytestmark = pytest.mark.django_db
ALL = Scope((0,))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def sent(of: Any, day: int, channel: str = "sms", many: int = 1) -> None:
    at = datetime(2026, 11, day, 12, tzinfo=UTC)
    for n in range(many):
        world.event(of, "touch.sent", at + timedelta(minutes=n), channel)


def rate(owner: Any, channel: str, day: date, message: str, month: str = "0") -> Cost:
    return costs.set_rate(owner, channel, day, Decimal(message), Decimal(month))


def test_each_message_by_the_rate_of_its_day(owner: Any) -> None:
    anna = world.lead("Anna", owner)
    for day, many in ((1, 1), (9, 2), (10, 3), (30, 4)):
        sent(anna, day, many=many)
    rate(owner, "sms", date(2026, 11, 5), "0.10")
    rate(owner, "sms", date(2026, 11, 10), "0.2500")
    rollup.rebuild()
    found = spending.spent(ALL, NOVEMBER)["sms"]
    # 1 before any rate; 2 x 0.10; 7 x 0.25
    assert found == Spent(Decimal("1.95"), 10, 1)
    assert not found.known and found.each(3) == Decimal("0.65")


def test_a_fee_counts_by_days(owner: Any) -> None:
    rate(owner, "email", date(2026, 11, 16), "0", "30")
    found = spending.spent(ALL, NOVEMBER)
    assert found["email"].amount == 15  # 15 of 30 days
    both = spending.spent(ALL, Period(date(2026, 11, 30), date(2026, 12, 31)))
    assert round(both["email"].amount, 2) == 31  # 1/30 of one month, all of the other


def test_a_fee_is_shared_by_messages(owner: Any, rep: Any) -> None:
    sent(world.lead("Anna", rep), 3, "email", many=3)
    sent(world.lead("Ben", owner), 4, "email", many=1)
    rate(owner, "email", date(2026, 11, 1), "0.01", "40")
    rollup.rebuild()
    assert spending.spent(Scope((rep.pk,)), NOVEMBER)["email"].amount == Decimal("30.03")
    assert spending.spent(ALL, NOVEMBER)["email"].amount == Decimal("40.04")
    assert spending.spent(Scope((-1,)), NOVEMBER)["email"].amount == 0


def test_by_hand_costs_nothing_until_somebody_says_so(owner: Any) -> None:
    sent(world.lead("Anna", owner), 3, "linkedin")
    sent(world.lead("Ben", owner), 3, "post")
    rollup.rebuild()
    found = spending.spent(ALL, NOVEMBER)
    assert found["linkedin"] == Spent(Decimal(0), 1, 0) and found["linkedin"].each(1) == 0
    assert found["post"] == Spent(Decimal(0), 1, 1) and found["post"].each(1) is None
    rate(owner, "linkedin", date(2026, 11, 1), "2")
    assert spending.spent(ALL, NOVEMBER)["linkedin"].amount == 2


def test_another_currency_is_not_counted(owner: Any) -> None:
    sent(world.lead("Anna", owner), 3)
    rate(owner, "sms", date(2026, 11, 1), "0.50", "10")
    assert costs.set_currency(owner, "USD") and not costs.set_currency(owner, "USD")
    rollup.rebuild()
    assert spending.spent(ALL, NOVEMBER)["sms"] == Spent(Decimal(0), 1, 1, foreign=1)
    assert spending.spent(ALL, NOVEMBER, "EUR")["sms"].amount == Decimal("10.50")


def test_a_second_rate_of_a_day_replaces_the_first(owner: Any) -> None:
    rate(owner, "sms", date(2026, 11, 1), "0.50")
    row = rate(owner, "sms", date(2026, 11, 1), "0.40")
    assert [r.per_message for r in Cost.objects.all()] == [Decimal("0.40")]
    assert costs.forget_rate(owner, row.pk) and not costs.forget_rate(owner, row.pk)
    assert AuditEntry.objects.filter(target="costs").count() == 3


def test_without_meetings_there_is_no_cost_of_one() -> None:
    assert Spent(Decimal(5), 10, 0).each(0) is None


def test_four_queries(owner: Any, rep: Any, django_assert_max_num_queries: Any) -> None:
    sent(world.lead("Anna", rep), 3, "email")
    rate(owner, "email", date(2026, 11, 1), "0.01", "40")
    rate(owner, "sms", date(2026, 11, 1), "0.01", "40")
    rollup.rebuild()
    Workspace.current()
    with django_assert_max_num_queries(4):
        spending.spent(Scope((rep.pk,)), NOVEMBER)
