"""A clock time is one value: its mark is not cut at the colon."""

from outreach.services.receipt_values import numbers


def test_a_clock_time_is_marked_whole() -> None:
    found = numbers("Thursday at 14:00 or at 9:30, 3 rooms.")
    assert [one.text for one in found] == ["14:00", "9:30", "3"]
    assert [one.values for one in found][:2] == [frozenset({14.0}), frozenset({9.5})]
