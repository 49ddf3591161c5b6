"""How long half of the answers took: exact while there are few, else the band."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analytics.access import Scope
from analytics.selectors import answers, numbers
from analytics.selectors.answers import Half
from analytics.selectors.period import Period
from analytics.services import rollup
from analytics.tests import world

pytestmark = pytest.mark.django_db
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
MINUTES = {"rep": (10, 20, 30, 7500, 2900), "mate": (90,)}


@pytest.fixture
def answered(rep: Any, mate: Any, workspace: Any) -> dict[str, int]:
    world.in_zone("UTC")
    for name, owner in (("rep", rep), ("mate", mate)):
        for number, minutes in enumerate(MINUTES[name]):
            lead = world.lead(f"{name}{number}", owner, trade="bakery" if number else "")
            world.event(lead, "reply.received", MONDAY, "email")
            ours = MONDAY + timedelta(minutes=minutes)
            world.event(lead, "touch.sent", ours, "email", touch=lead.pk)
    rollup.rebuild()
    return {"rep": rep.pk, "mate": mate.pk}


def halves(scope: Scope, period: Period) -> dict[int, Half]:
    found = answers.answers(scope, period)
    amount, bands = numbers.answer_times(scope, period)
    assert (found.amount, found.bands) == (amount, bands)
    return found.halves


def test_the_late_ones_do_not_move_it(answered: dict[str, int]) -> None:
    found = halves(Scope((0,)), NOVEMBER)
    assert found[answered["rep"]] == Half(1800, exact=True)
    assert found[answered["mate"]] == Half(5400, exact=True)
    assert found[0].seconds == 3600  # of 10, 20, 30, 90, 2900 and 7500 minutes
    of_one = halves(Scope((answered["mate"],)), NOVEMBER)
    assert of_one[0] == of_one[answered["mate"]]
    assert halves(Scope((0,), "trade:bakery"), NOVEMBER)[0].seconds == 87_900
    assert halves(Scope((-1,)), NOVEMBER) == {}


def test_of_many_the_band(answered: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "EXACT", 5)
    found = halves(Scope((0,)), NOVEMBER)
    assert found[0] == found[answered["rep"]] == Half(3600, exact=False)
    assert found[answered["mate"]] == Half(4 * 3600, exact=False)
    assert found[0].words == "within 1 hour"
    assert Half(1800, exact=True).words == "30 min"
    assert Half(86400, exact=False, over=True).words == "over 1 day"


def test_a_band_without_an_end(rep: Any, workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "EXACT", 0)
    lead = world.lead("Slow", rep)
    world.event(lead, "reply.received", MONDAY, "email")
    world.event(lead, "touch.sent", MONDAY + timedelta(days=3), "email", touch=1)
    rollup.rebuild()
    assert halves(Scope((0,)), NOVEMBER)[0] == Half(86400, exact=False, over=True)
