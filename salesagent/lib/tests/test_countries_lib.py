import pytest

from salesagent.lib import countries


@pytest.mark.parametrize(("code", "name"), [("pl", "Poland"), ("GB", "United Kingdom"), ("?", "?")])
def test_a_code_has_its_name(code, name):
    assert countries.name_of(code) == name


def test_choices_stand_in_the_order_of_their_names():
    found = countries.choices(["PL", "DE", "AT"])
    assert found == [("AT", "Austria"), ("DE", "Germany"), ("PL", "Poland")]
