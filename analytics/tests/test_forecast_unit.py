"""The forecast's arithmetic: known answers, properties, and how often the band holds."""

import math
import random
from datetime import date, timedelta
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.counts.forecast import PRIOR, STAGES, Closed, Running, Timing, odds, rising, simulate

TODAY = date(2026, 11, 21)
NORMAL = NormalDist()


def ended(won: bool, days: int = 0, stages: tuple[str, ...] = ("open",), took: int = 30) -> Closed:
    closed = TODAY - timedelta(days=days)
    return Closed(won, closed, {stage: closed - timedelta(days=took) for stage in stages})


def deal(pk: int, stage: str = "open", value: float = 100.0, **dates: date) -> Running:
    return Running(pk, stage, value, dates.get("since", TODAY), dates.get("expected"))


def test_without_history_the_odds_are_the_prior() -> None:
    assert {s: o.p for s, o in odds([], TODAY).items()} == pytest.approx(PRIOR)


def test_odds_known_by_hand() -> None:
    """Prior 2 of 10, then 6 won and 4 lost today: 8 of 20. A year old, each counts half."""
    fresh = [ended(True)] * 6 + [ended(False)] * 4
    assert odds(fresh, TODAY)["open"].p == pytest.approx(8 / 20)
    old = [ended(True, 365)] * 6 + [ended(False, 365)] * 4
    assert odds(old, TODAY)["open"].p == pytest.approx((2 + 3) / 15)
    assert odds(old, TODAY)["open"].closed == 10
    assert odds(fresh, TODAY)["proposal"].p == pytest.approx(0.4)  # none of them was there


def test_a_later_stage_is_never_less_likely() -> None:
    """Open would be 22 of 30, proposal 4 of 10: both take 26 of 40; negotiation 6 of 10 joins."""
    won = odds([ended(True)] * 20, TODAY)
    assert won["open"].p == won["proposal"].p == won["negotiation"].p
    assert won["open"].p == pytest.approx((22 + 4 + 6) / (30 + 10 + 10))


def test_rising_pools_what_falls() -> None:
    assert rising([0.1, 0.5, 0.3], [1, 1, 3]) == pytest.approx([0.1, 0.35, 0.35])
    assert rising([0.3, 0.2, 0.1], [1, 1, 1]) == pytest.approx([0.2] * 3)
    assert rising([0.1, 0.2, 0.3], [1, 1, 1]) == [0.1, 0.2, 0.3]


def test_below_twenty_closed_deals_it_rests_on_the_prior() -> None:
    few, many = [ended(True)] * 19, [ended(True)] * 20
    assert simulate([], few, TODAY).by_prior
    assert not simulate([], many, TODAY).by_prior
    assert odds(many, TODAY)["proposal"].by_prior  # none of them was seen in a proposal


def test_timing_known_by_hand() -> None:
    """No own deals: half closes before the expected day, later ones fade with 30 days."""
    end = date(2026, 11, 30)
    one = deal(1, expected=date(2026, 11, 25))
    before = 1 - 0.5 * math.exp(-4.5 / 14)  # not closed by the evening of the 20th
    after = 0.5 * math.exp(-5.5 / 30)
    assert Timing().by(one, TODAY, end) == pytest.approx(1 - after / before)
    fresh = deal(2, since=TODAY)
    assert Timing().by(fresh, TODAY, end) == pytest.approx(1 - math.exp(-10 / 90))
    assert Timing().by(fresh, TODAY, TODAY - timedelta(days=1)) == 0.0


def test_own_deals_outweigh_the_usual_days() -> None:
    own = Timing.of([ended(True, took=5)] * 95, TODAY)
    by = own.by(deal(1, since=TODAY), TODAY, TODAY + timedelta(days=6))
    assert by == pytest.approx(1 - (5 * math.exp(-7 / 90)) / 100)


def test_deals_closed_elsewhere_say_nothing_about_days() -> None:
    closed = Closed(True, TODAY, {"open": TODAY}, timed=False)
    assert Timing.of([closed] * 50, TODAY).stays["open"].weight == 0
    assert odds([closed] * 50, TODAY)["open"].closed == 50


def test_months_and_quarters_of_november() -> None:
    result = simulate([], [], TODAY, booked={"2026-10": 5.0, "2026-11": 7.0})
    assert [p.key for p in result.months][:3] == ["2026-11", "2026-12", "2027-01"]
    assert [p.key for p in result.quarters] == ["2026-Q4", "2027-Q1"]
    assert [p.booked for p in result.quarters] == [12.0, 0.0]
    assert result.quarters[0].low == result.quarters[0].high == 12.0
    assert (result.quarters[0].start, result.quarters[0].end) == (
        date(2026, 10, 1),
        date(2026, 12, 31),
    )


@pytest.mark.parametrize("month", range(1, 13))
def test_both_quarters_are_whole_in_each_month(month: int) -> None:
    first, second = simulate([], [], date(2026, month, 15), draws=10).quarters
    assert first.start <= date(2026, month, 15) <= first.end
    assert second.start == first.end + timedelta(days=1)


def test_one_certain_deal_is_the_whole_forecast() -> None:
    """Hundreds won in two days: whatever is open closes this month nearly surely."""
    history = [ended(True, stages=STAGES, took=2)] * 3000
    result = simulate([deal(1, "negotiation", 900.0)], history, TODAY, shock=0.0)
    first = result.months[0]
    assert first.low == first.middle == first.high == 900.0
    assert first.weighted == pytest.approx(900.0, rel=0.02)


def test_a_reload_gives_the_same_and_one_deal_moves_only_its_part() -> None:
    deals = [deal(n, value=float(n)) for n in range(1, 40)]
    assert simulate(deals, [], TODAY) == simulate(deals, [], TODAY)
    first = simulate([deal(500, value=0.0), *deals], [], TODAY)
    assert first.months == simulate(deals, [], TODAY).months
    other_day = simulate(deals, [], TODAY + timedelta(days=1))
    assert other_day.months[1].middle != simulate(deals, [], TODAY).months[1].middle


def test_the_shared_shock_widens_the_band_and_keeps_the_mean() -> None:
    deals = [deal(n, "proposal", expected=date(2026, 11, 24)) for n in range(200)]
    history = [ended(n % 2 == 0, stages=STAGES) for n in range(4000)]
    alone = simulate(deals, history, TODAY, shock=0.0).quarters[0]
    shared = simulate(deals, history, TODAY, shock=0.05).quarters[0]
    assert shared.high - shared.low > 2 * (alone.high - alone.low)
    assert shared.weighted == alone.weighted
    assert shared.middle == pytest.approx(alone.middle, rel=0.05)


CLOSED = st.builds(
    ended,
    st.booleans(),
    st.integers(0, 900),
    st.sampled_from([("open",), STAGES, ("proposal",), ("open", "negotiation")]),
    st.integers(0, 200),
)
RUNNING = st.builds(
    Running,
    st.integers(1, 10_000),
    st.sampled_from(STAGES),
    st.floats(0, 1e6),
    st.dates(date(2025, 1, 1), TODAY),
    st.none() | st.dates(date(2025, 1, 1), date(2028, 1, 1)),
)


@given(st.lists(CLOSED, max_size=40))
def test_odds_rise_with_the_stage_and_with_each_win(history: list[Closed]) -> None:
    now = odds(history, TODAY)
    levels = [now[stage].p for stage in STAGES]
    assert levels == sorted(levels) and levels[0] > 0 and levels[-1] < 1
    better = odds([*history, ended(True, stages=STAGES)], TODAY)
    worse = odds([*history, ended(False, stages=STAGES)], TODAY)
    for stage in STAGES:
        assert worse[stage].p - 1e-12 <= now[stage].p <= better[stage].p + 1e-12


@given(st.lists(CLOSED, max_size=20), RUNNING, st.integers(0, 700), st.integers(0, 90))
def test_closing_by_a_later_day_is_likelier(
    history: list[Closed], one: Running, days: int, more: int
) -> None:
    timing = Timing.of(history, TODAY)
    first = timing.by(one, TODAY, TODAY + timedelta(days=days))
    later = timing.by(one, TODAY, TODAY + timedelta(days=days + more))
    assert 0 <= first <= later + 1e-12 and later <= 1


@settings(max_examples=25)
@given(st.lists(RUNNING, max_size=12), st.lists(CLOSED, max_size=12))
def test_quantiles_are_in_order_and_bounded(deals: list[Running], history: list[Closed]) -> None:
    result = simulate(deals, history, TODAY, draws=200)
    for period in (*result.months, *result.quarters):
        assert 0 <= period.low <= period.middle <= period.high <= result.pipeline * (1 + 1e-9)
        assert period.weighted <= result.weighted * (1 + 1e-9) + 1e-9
    assert result.weighted <= result.pipeline


def test_the_mean_of_the_draws_is_the_weighted_sum() -> None:
    """Of each month, although odds are drawn and a shock is shared."""
    rng = random.Random(5)
    deals = [deal(n, rng.choice(STAGES), rng.uniform(100, 900)) for n in range(150)]
    history = [ended(n % 3 == 0, stages=STAGES[: n % 3 + 1]) for n in range(60)]
    means = _means(deals, history)
    for mean, period in zip(means, simulate(deals, history, TODAY).months, strict=True):
        assert mean == pytest.approx(period.weighted, rel=0.02)


def _means(deals: list[Running], history: list[Closed]) -> list[float]:
    """Means of the same draws: the quantile function is swapped for one that averages."""
    import numpy as np

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "quantile", lambda total, _: [total.mean()] * 3)
        return [period.middle for period in simulate(deals, history, TODAY).months]


def test_the_band_holds_four_times_of_five() -> None:
    """Invented companies with a shared shock in their truth, each with 144 ended deals."""
    rng = random.Random(7)
    held = [_band_holds(rng) for _ in range(150)]
    assert 0.70 <= sum(held) / len(held) <= 0.90


TRUTH = {"open": 0.25, "proposal": 0.45, "negotiation": 0.7}


def _wins(rng: random.Random, stage: str, z: float) -> bool:
    latent = math.sqrt(0.05) * z + math.sqrt(0.95) * rng.gauss(0, 1)
    return latent < NORMAL.inv_cdf(TRUTH[stage])


def _band_holds(rng: random.Random) -> bool:
    history = []
    for month in range(12):
        z = rng.gauss(0, 1)
        for _ in range(12):
            stage, took = rng.choice(STAGES), int(rng.expovariate(1 / 40))
            won = _wins(rng, stage, z)
            history.append(ended(won, 30 * month, (stage,), took))
    deals = [deal(n, rng.choice(STAGES), rng.uniform(500, 5000)) for n in range(60)]
    z = rng.gauss(0, 1)
    end = date(2026, 12, 31)
    actual = 0.0
    for one in deals:
        closed = TODAY + timedelta(days=int(rng.expovariate(1 / 40)))
        actual += one.value * (_wins(rng, one.stage, z) and closed <= end)
    band = simulate(deals, history, TODAY, draws=1000).quarters[0]
    return band.low <= actual <= band.high
