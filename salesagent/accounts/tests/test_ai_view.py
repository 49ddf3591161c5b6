"""Settings, Language model: what is kept, shown and never shown."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from salesagent.accounts import ai, ai_page, connections
from salesagent.accounts.models import AuditEntry, Connection, User
from salesagent.accounts.tasks import test_model as check_model
from salesagent.ai.openai import Question, ask
from salesagent.ai.questions import PURPOSES, TEST
from salesagent.ai.tests.test_openai_service import (
    GOOD,
    QUESTION,
    Endpoint,
    endpoint,
    refusal,
    said,
)
from salesagent.lib.models import AiCall, Job

__all__ = ["endpoint"]
URL = "/settings/ai/"
DATA = {
    "base_url": "https://models.example/v1/", "model": "small", "key": "k-123", "price_in": "0.15",
    "price_out": "0.6", "limit": "10", "currency": "EUR", "patience": "30", "lead_data": "on",
    "purposes": ["draft", "answer"],
}  # fmt: skip


@pytest.fixture
def client(owner: Any) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def saved(client: Client, **change: Any) -> Any:
    data = {key: value for key, value in (DATA | change).items() if value is not None}
    return client.post(URL, data)


def test_it_is_off_at_first(client: Client) -> None:
    page = client.get(URL).content.decode()
    assert "Nothing here needs one" in page
    assert ai.config() is None
    assert not ai.may_send("draft")


def test_the_key_is_kept_encrypted_and_not_shown(client: Client) -> None:
    assert saved(client).status_code == 302
    row = Connection.objects.get(service="ai")
    assert (row.settings["base_url"], row.settings["price_in"]) == (
        "https://models.example/v1",
        "0.15",
    )
    assert "k-123" not in json.dumps(row.settings)
    assert "k-123" not in client.get(URL).content.decode()
    config = ai.config()
    assert config is not None
    assert (config.key, config.limit_micros, config.cost(1_000_000, 0)) == (
        "k-123",
        10_000_000,
        150_000,
    )
    assert "k-123" not in repr(config)
    assert AuditEntry.objects.filter(action="settings.changed", target="ai").count() == 1


def test_the_key_stays_for_the_same_address_only(client: Client) -> None:
    saved(client)
    saved(client, key="", model="large")
    config = ai.config()
    assert config is not None and (config.key, config.model) == ("k-123", "large")
    saved(client, key="", base_url="https://other.example/v1")
    config = ai.config()
    assert config is not None and config.key == ""
    assert Connection.objects.filter(service="ai").count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://models.example/v1",
        "ftp://models.example/v1",
        "https://me:secret@models.example/v1",
        "https://models.example/v1?key=1",
        "models.example",
        "https://models.example\\@evil.example/v1",
    ],
)
def test_addresses_that_are_not_taken(client: Client, url: str) -> None:
    answer = saved(client, base_url=url)
    assert answer.status_code == 422
    assert not Connection.objects.exists()
    page = answer.content.decode()
    assert 'id="id_base_url_error"' in page
    assert "k-123" not in page


@pytest.mark.parametrize("url", ["http://localhost:11434/v1", "http://10.0.0.5:8000/v1"])
def test_a_server_of_ones_own_may_be_near(client: Client, settings: Any, url: str) -> None:
    assert saved(client, base_url=url, key="").status_code == 302
    settings.ALLOW_PRIVATE_MAIL_HOSTS = False
    assert saved(client, base_url=url, key="").status_code == 422


def test_the_whole_address_may_be_pasted(client: Client) -> None:
    saved(client, base_url="https://models.example/v1/chat/completions")
    config = ai.config()
    assert config is not None and config.base_url == "https://models.example/v1"


def test_switches(client: Client) -> None:
    saved(client)
    assert (ai.may_send("draft"), ai.may_send("coach")) == (True, False)
    saved(client, key="", lead_data=None)
    assert not ai.may_send("draft")
    assert ai.config() is not None


def test_a_broken_connection_waits_for_the_owner(client: Client, endpoint: Endpoint) -> None:
    saved(client)
    endpoint.answers = [refusal(401)]
    with pytest.raises(Exception, match="key is not accepted"):
        ask(ai.config(), QUESTION)
    assert ai.config() is None
    assert ai.config(even_broken=True) is not None
    page = client.get(URL).content.decode()
    assert "needs you" in page
    card = client.get(reverse("settings:connections")).content.decode()
    assert "The language model needs you." in card
    saved(client, key="k-456")
    assert ai.config() is not None


def test_what_an_endpoint_understands_is_kept_with_its_model(client: Client) -> None:
    saved(client)
    row = ai.connection()
    assert row is not None
    ai.Keeper(row.pk).learned(format="text", limit="max_tokens", room="1")
    saved(client, key="", limit="20")
    config = ai.config()
    assert config is not None and config.dialect["format"] == "text"
    saved(client, key="", model="large")
    config = ai.config()
    assert config is not None and config.dialect == {}


def test_switch_off_forgets_the_key(client: Client) -> None:
    saved(client)
    client.post(reverse("settings:ai_off"))
    assert ai.config() is None
    assert Connection.objects.get().secret == ""


@pytest.mark.parametrize("good", [True, False])
def test_the_test_runs_in_the_background(client: Client, endpoint: Endpoint, *, good: bool) -> None:
    saved(client)
    assert client.post(reverse("settings:ai_test")).status_code == 302
    client.post(reverse("settings:ai_test"))
    job = Job.objects.get(kind=ai_page.KIND)
    assert "Waits for its turn" in client.get(URL).content.decode()
    endpoint.answers = [said('{"word": "yes"}') if good else refusal(404)]
    check_model(job.pk)
    check_model(job.pk)
    assert len(endpoint.calls) == 1
    page = client.get(URL).content.decode()
    assert ("It works. small answered" in page) is good
    assert ("is not known there" in page) is not good
    assert AiCall.objects.get().purpose == TEST
    assert "lead" not in json.dumps(endpoint.body())


def test_what_was_sent_is_shown_word_for_word(client: Client, endpoint: Endpoint) -> None:
    saved(client, purposes=list(PURPOSES), price_in="1", price_out="4")
    endpoint.answers = [said(GOOD)]
    ask(ai.config(), QUESTION)
    page = client.get(URL).content.decode()
    assert "EUR 0.0003 of EUR 10.00" in page
    assert "First drafts of sequence touches" in page
    row = AiCall.objects.get()
    shown = client.get(reverse("settings:ai_call", args=[row.pk])).content.decode()
    assert "How much is it?" in shown
    assert "Cold rooms at night" in shown
    assert "k-123" not in shown
    assert client.get(reverse("settings:ai_call", args=[row.pk + 1])).status_code == 404


def test_erasing_a_lead_blanks_what_was_sent(client: Client, endpoint: Endpoint) -> None:
    from salesagent.lib import ai_ledger, privacy

    saved(client, purposes=list(PURPOSES), price_in="1", price_out="4")
    endpoint.answers = [said(GOOD), said(GOOD)]
    ask(ai.config(), QUESTION)
    assert "How much is it?" in str(privacy.HOLDERS["language model"].export(7))
    assert ai_ledger.forget_old() == 0
    privacy.HOLDERS["language model"].erase(7)
    row = AiCall.objects.get()
    assert (row.request, row.answer, row.about, row.cost_micros) == ("", "", "", 280)
    shown = client.get(reverse("settings:ai_call", args=[row.pk])).content.decode()
    assert "The text is gone" in shown
    assert not ask(ai.config(), QUESTION).cached


def test_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    saved(client)
    for number in range(30):
        AiCall.objects.create(key=str(number), purpose="draft", model="small", cost_micros=10)
    with django_assert_max_num_queries(14):
        client.get(URL)


def test_nobody_but_the_owner(rep: Any, manager: Any, client: Client) -> None:
    saved(client)
    for user in (rep, manager):
        other = Client()
        other.force_login(user)
        assert other.get(URL).status_code == 404
        page = other.get(reverse("settings:connections")).content.decode()
        assert "Language model" in page
        assert URL not in page


def test_unreadable_secret_is_told(client: Client, settings: Any, owner: Any) -> None:
    saved(client)
    settings.SECRET_KEY = "another-0123456789-0123456789-0123456789"
    assert ai.config() is None
    row = ai.connection()
    assert row is not None and row.error == ai.UNREADABLE
    client.force_login(owner)  # the session went with the old key
    assert client.get(URL).status_code == 200
    saved(client, key="k-789")
    config = ai.config()
    assert config is not None and config.key == "k-789"


def test_a_question_needs_no_page(endpoint: Endpoint, client: Client) -> None:
    """What helpers write: config, question, answer."""
    saved(client)
    endpoint.answers = [said(GOOD)]
    question = Question("draft", QUESTION.system, QUESTION.schema, task="Go on.", max_tokens=50)
    assert ask(ai.config(), question).data["subject"]


def badge(client: Client) -> str:
    head = client.get(URL).content.decode().partition('id="lm"')[2]
    return head.partition('<span class="chip')[2].partition(">")[2].partition("<")[0]


def test_it_is_called_connected_only_after_it_worked(client: Client) -> None:
    assert badge(client) == "Off"
    saved(client)
    assert badge(client) == "Saved, not tested yet"
    row = Connection.objects.get(service="ai")
    connections.worked(row.pk)
    assert badge(client) == "Connected"
    saved(client, key="", limit="20")
    assert badge(client) == "Connected", "what it may cost says nothing about whether it works"
    for change in ({"model": "large"}, {"key": "k-456"}, {"base_url": "https://other.example/v1"}):
        connections.worked(row.pk)
        saved(client, **change)
        assert badge(client) == "Saved, not tested yet"
        saved(client)
    connections.failed(row.pk, "It refused the key.", broken=True)
    assert badge(client) not in ("Connected", "Saved, not tested yet")
    connections.worked(row.pk)
    ai.switch_off(User.objects.get(role="owner"))
    assert badge(client) == "Off"
    saved(client)
    assert badge(client) == "Saved, not tested yet"
