"""What an owner enters to connect Salesforce."""

import json

import pytest

from leads.crm.base import Settings
from leads.crm.salesforce_auth import Tokens
from leads.forms_crm_salesforce import SalesforceForm, SalesforceOptionsForm, my_domain
from salesagent.accounts import connections

GOOD = {"address": "acme.my.salesforce.com", "client_id": "3MVG9abc.def", "client_secret": "s" * 20}


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://acme.my.salesforce.com", "acme.my.salesforce.com"),
        (" Acme.My.Salesforce.com/ ", "acme.my.salesforce.com"),
        ("https://acme.lightning.force.com/lightning/page/home", "acme.my.salesforce.com"),
        (
            "https://acme--uat.sandbox.lightning.force.com/x",
            "acme--uat.sandbox.my.salesforce.com",
        ),
        ("https://acme.my.salesforce-setup.com/lightning/setup", "acme.my.salesforce.com"),
        ("https://acme-dev-ed.develop.my.salesforce.com", "acme-dev-ed.develop.my.salesforce.com"),
        ("login.salesforce.com", ""),
        ("http://acme.my.salesforce.com", ""),
        ("https://acme.my.salesforce.com.evil.example", ""),
        ("https://evil.example/acme.my.salesforce.com", ""),
        ("https://acme.my.salesforce.com@evil.example", ""),
        ("https://a@acme.my.salesforce.com", ""),
        ("https://acme.my.salesforce.com:8443", ""),
        ("https://127.0.0.1", ""),
        ("https://[::1", ""),
        ("", ""),
    ],
)
def test_the_address_of_the_organisation(text: str, host: str) -> None:
    assert my_domain(text) == host


def test_a_whole_form() -> None:
    form = SalesforceForm(GOOD)
    assert form.is_valid(), form.errors
    assert form.settings() == {
        "base_url": "https://acme.my.salesforce.com",
        "client_id": "3MVG9abc.def",
    }
    assert form.secret() == {"client_id": "3MVG9abc.def", "client_secret": "s" * 20}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "login.salesforce.com"}, "address"),
        ({"client_id": "my key"}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"client_secret": "short"}, "client_secret"),
    ],
)
def test_what_is_wrong_stands_at_its_field(change: dict[str, str], field: str) -> None:
    form = SalesforceForm({**GOOD, **change})
    assert list(form.errors) == [field]


@pytest.mark.django_db
def test_an_empty_secret_keeps_the_stored_one_of_the_same_app() -> None:
    first = SalesforceForm(GOOD)
    assert first.is_valid()
    row = connections.save(
        "salesforce", account="00D", secret=first.secret(), settings=first.settings()
    )
    again = SalesforceForm({**GOOD, "client_secret": ""}, stored=row)
    assert again.is_valid()
    assert "client_secret" not in again.secret()
    other = SalesforceForm({**GOOD, "client_secret": "", "client_id": "3MVG9other"}, stored=row)
    assert list(other.errors) == ["client_secret"]
    page = SalesforceForm(stored=row).as_p()
    assert GOOD["client_secret"] not in page and "acme.my.salesforce.com" in page
    assert json.loads(row.secret)["client_secret"] == GOOD["client_secret"]


def test_options_become_what_the_adapter_reads() -> None:
    data = {"currency": "eur", "close_days": "30", "deal_stage_proposal": "Value Proposition"}
    form = SalesforceOptionsForm(data)
    assert form.is_valid(), form.errors
    assert form.extra() == {
        "currency": "EUR",
        "close_days": "30",
        "deal_stage.proposal": "Value Proposition",
    }
    assert SalesforceOptionsForm({}).is_valid()
    assert list(SalesforceOptionsForm({"currency": "euro", "close_days": "-1"}).errors) == [
        "currency",
        "close_days",
    ]


@pytest.mark.django_db
def test_options_show_what_is_stored() -> None:
    extra = {"currency": "EUR", "deal_stage.won": "Done"}
    row = connections.save("salesforce", secret={}, settings={"extra": extra})
    form = SalesforceOptionsForm(stored=row)
    assert form["currency"].value() == "EUR"
    assert form["deal_stage_won"].value() == "Done"


def test_a_token_is_not_shown_by_repr() -> None:
    tokens = Tokens(lambda: {}, Settings("https://acme.my.salesforce.com"))
    tokens._token = "secret-token"
    assert "secret-token" not in repr(tokens)
