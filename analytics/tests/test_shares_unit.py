"""Intervals of shares against numbers from elsewhere."""

import pytest

from analytics.counts.shares import Share, differ


def test_wilson_is_the_one_of_the_books() -> None:
    # statsmodels proportion_confint(5, 20, method="wilson") = (0.1119, 0.4687)
    assert Share(5, 20).low == pytest.approx(0.1119, abs=1e-4)
    assert Share(5, 20).high == pytest.approx(0.4687, abs=1e-4)


def test_edges_of_the_scale() -> None:
    nothing = Share(0, 0)
    assert (nothing.p, nothing.low, nothing.high, nothing.few) == (None, 0.0, 1.0, True)
    assert Share(0, 10).low == pytest.approx(0.0) and 0 < Share(0, 10).high < 0.3
    assert Share(12, 10).high == pytest.approx(1.0)  # more stops than messages of a period


def test_few_is_below_twenty() -> None:
    assert Share(1, 19).few and not Share(1, 20).few


def test_a_gap_is_told_from_chance() -> None:
    assert differ(Share(5, 100), Share(5, 100)) == pytest.approx(1.0)
    # scipy.stats.fisher_exact([[30, 170], [15, 185]]) p = 0.0259
    assert differ(Share(30, 200), Share(15, 200)) == pytest.approx(0.0259, abs=1e-4)
    assert differ(Share(0, 0), Share(3, 9)) == 1.0
    assert differ(Share(0, 5), Share(0, 9)) == 1.0
