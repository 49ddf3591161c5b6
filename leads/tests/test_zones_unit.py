from zoneinfo import ZoneInfo

import pytest

from leads.models import Lead
from leads.services import zones


def names(lead: Lead) -> list[str]:
    return [place.key for place in zones.zones_for(lead, fallback=ZoneInfo("UTC"))]


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (Lead(time_zone="Asia/Tokyo", phone="+48615550127", country="PL"), "Asia/Tokyo"),
        (Lead(time_zone="Mars/Base", phone="+48615550127"), "Europe/Warsaw"),
        (Lead(phone="+14155550100"), "America/Los_Angeles"),
        (Lead(phone="+14155550100", country="US"), "America/Los_Angeles"),
        (Lead(country="pl"), "Europe/Warsaw"),
        (Lead(country="AU"), "Australia/Sydney"),
        (Lead(country="BR"), "America/Sao_Paulo"),
        (Lead(country="XX"), "UTC"),
        (Lead(phone="not a number", country="JP"), "Asia/Tokyo"),
        (Lead(), "UTC"),
    ],
)
def test_the_best_known_zone_comes_first(lead, expected):
    assert names(lead)[0] == expected


def test_a_mobile_number_says_only_the_country():
    found = names(Lead(phone="+61412345678"))
    assert found[0] == "Australia/Sydney"
    assert "Australia/Perth" in found
    assert all(name.startswith("Australia/") for name in found)


def test_a_toll_free_number_is_narrowed_to_the_country():
    found = names(Lead(phone="+18005551234", country="US"))
    assert "America/New_York" in found
    assert "America/Jamaica" not in found


def test_zones_with_the_same_clock_are_one():
    assert names(Lead(country="DE")) == ["Europe/Berlin"]
    assert 4 <= len(names(Lead(country="US"))) <= 9


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (Lead(country="pl"), "PL"),
        (Lead(phone="+4915112345678"), "DE"),
        (Lead(time_zone="Europe/Warsaw"), "PL"),
        (Lead(phone="?"), ""),
        (Lead(), ""),
    ],
)
def test_country(lead, expected):
    assert zones.country_for(lead) == expected


def test_the_workspace_is_the_last_resort(workspace):
    assert zones.zone_for(Lead()).key == "Europe/Copenhagen"
