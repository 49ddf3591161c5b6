"""Small statistics against scipy's, and how often noise raises an alarm."""

import random
from math import exp

import pytest
from scipy import special, stats

from analytics.counts import chances, surprise
from analytics.counts.chances import beta_share, fisher, quantile, stand_out, wilson
from analytics.counts.surprise import Day


def test_incomplete_beta_as_scipy():
    dice = random.Random(2)
    for _ in range(500):
        a, b = (dice.choice([0.5, 1, 3, 17.3, 400, 9000]) * dice.random() + 0.01 for _ in "ab")
        x = dice.random()
        assert beta_share(a, b, x) == pytest.approx(special.betainc(a, b, x), abs=1e-9)


def test_fisher_as_scipy():
    dice = random.Random(3)
    for _ in range(100):
        n, m = dice.randint(1, 300), dice.randint(1, 500)
        a, b = dice.randint(0, n), dice.randint(0, m)
        theirs = stats.fisher_exact([[a, n - a], [b, m - b]])[1]
        assert fisher(a, n, b, m) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("hits", "cases"), [(0, 5), (1, 3), (7, 90), (50, 50), (431, 9000)])
def test_wilson_as_scipy(hits, cases):
    theirs = stats.binomtest(hits, cases).proportion_ci(method="wilson")
    assert wilson(hits, cases) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_nothing_known_of_no_cases():
    assert wilson(0, 0) == (0.0, 1.0)


def test_rank_test_as_scipy():
    dice = random.Random(3)
    for _ in range(60):
        one = [dice.randrange(12) for _ in range(dice.randrange(8, 30))]
        other = [dice.randrange(2, 15) for _ in range(dice.randrange(8, 30))]
        wanted = stats.mannwhitneyu(one, other, method="asymptotic").pvalue
        assert chances.rank_test(one, other) == pytest.approx(wanted, rel=1e-9)
    assert chances.rank_test([3] * 9, [3] * 9) == chances.rank_test([], []) == 1.0


def test_many_looks_as_scipy():
    dice = random.Random(4)
    for _ in range(200):
        chances = [dice.random() ** dice.choice([1, 6]) for _ in range(dice.randint(1, 20))]
        theirs = stats.false_discovery_control(chances)
        assert stand_out(chances, 0.05) == [p <= 0.05 for p in theirs]
    assert stand_out([]) == []


def test_quantile_as_between_neighbours():
    assert quantile([4, 1, 3, 2], 0.5) == 2.5
    assert quantile(range(11), 0.9) == 9
    assert quantile([7], 0.9) == 7


def days(*counts):
    return [Day(count) for count in counts]


def test_spike_by_hand():
    """Nothing in eight weeks: each of four or more is this day's by chance with (1/9)^n."""
    found = surprise.spike(Day(4), days(*[0] * 8))
    assert found is not None
    assert found.spikes()
    assert (found.threshold, found.usual, found.days) == (4, 0, 8)
    assert found.chance == pytest.approx((1 / 9) ** 4)
    assert not surprise.spike(Day(3), days(*[0] * 8)).spikes()


def test_drop_by_hand():
    """80 in eight weeks, ten usual: none at all is (8/9)^80."""
    found = surprise.drop(Day(0), days(*[10] * 8))
    assert found is not None
    assert found.chance == pytest.approx((8 / 9) ** 80)
    assert found.drops()
    edge = found.threshold
    inside = stats.binom.cdf([edge, edge + 1], [80 + edge, 81 + edge], 1 / 9)
    assert inside[0] <= surprise.CHANCE < inside[1]


def test_the_threshold_is_where_it_changes():
    dice = random.Random(5)
    for _ in range(60):
        before = days(*(dice.randint(0, 60) for _ in range(8)))
        jumps = dice.choice([0.0, 0.1, 0.5])
        high = surprise.spike(Day(0), before, jumps=jumps)
        low = surprise.drop(Day(0), before, jumps=jumps)
        assert surprise.spike(Day(high.threshold), before, jumps=jumps).spikes()
        assert not surprise.spike(Day(high.threshold - 1), before, jumps=jumps).spikes()
        assert surprise.drop(Day(low.threshold), before, jumps=jumps).drops()
        assert not surprise.drop(Day(low.threshold + 1), before, jumps=jumps).drops()


def test_a_small_change_is_nobodys_business():
    """Of thousands even a fifth is no chance, and yet not what an alert is for."""
    found = surprise.spike(Day(1200), days(*[1000] * 8))
    assert found.chance < 0.001
    assert not found.spikes()
    assert found.threshold > 1400


def test_too_few_weeks():
    assert surprise.spike(Day(50), days(1, 1, 1, 1)) is None
    assert surprise.drop(Day(0), [Day(0, 0)] * 8) is None


def test_a_storm_of_before_is_not_usual():
    calm = surprise.spike(Day(12), days(2, 3, 2, 1, 2, 3, 2, 400))
    assert calm.usual == pytest.approx(15 / 7)
    assert calm.spikes()


def test_more_messages_more_bounces():
    """Six of sixty are as usual where six of sixty came back each week."""
    before = [Day(6, 60)] * 8
    assert not surprise.spike(Day(12, 120), before).spikes()
    assert surprise.spike(Day(24, 60), before).spikes()


def poisson(dice, mean):
    edge, found, chance = exp(-mean), 0, 1.0
    while (chance := chance * dice.random()) > edge:
        found += 1
    return found


@pytest.mark.slow
def test_noise_raises_less_than_one_alarm_a_month():
    """Ten looks a day, as surprises.WATCHED has; weekends are quiet. The full run: bench/alerts."""
    dice, week = random.Random(6), (1, 1.2, 1.1, 1.1, 0.9, 0.1, 0.05)
    alarms, judged = 0, 600
    for mean in (0.3, 2, 12):
        noise = [poisson(dice, mean * week[day % 7]) for day in range(judged + 56)]
        for day in range(56, judged + 56):
            weeks = [
                [Day(noise[one]) for one in range(day - 56, day) if one % 7 == (day - back) % 7]
                for back in range(7)
            ]
            jumps = surprise.jumpiness(weeks)
            for judge, name in ((surprise.spike, "spikes"), (surprise.drop, "drops")):
                alarms += getattr(judge(Day(noise[day]), weeks[0], jumps=jumps), name)()
    assert 10 * 30 * alarms / (judged * 6) < 1
