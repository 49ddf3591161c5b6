"""Against software we did not write: emulate's Twilio and Prism with Twilio's own descriptions."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, Suppression, ThreadEvent
from leads.services import consent
from outreach.channels import twilio_api
from outreach.channels.base import ChannelError, OutboundMessage
from outreach.channels.sms import Sms
from outreach.channels.whatsapp import WhatsApp
from outreach.models import InboundMessage, Touch
from outreach.services import sending, text_accounts, text_reports
from outreach.tests.texts import MOBILE, config, mobile, text
from salesagent.accounts import connections
from salesagent.tests.peers import emulate, prism

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def _budget(db: None) -> None:
    """Calls are counted in the database."""


# --- emulate ---


def account(peer: emulate.Twilio, **changes: Any) -> Any:
    given = {
        "account": peer.sid,
        "secret": {"auth_token": peer.token},
        "settings": {
            "sms_from": peer.number,
            "whatsapp_from": peer.whatsapp.removeprefix("whatsapp:"),
        },
        "callback_url": "",
    }
    return config(peer.base, **given | changes)


def message(**changes: Any) -> OutboundMessage:
    given = {"channel": "sms", "to": MOBILE, "text": "Hi there", "message_id": "<k1@text>"}
    return OutboundMessage(**given | changes)


def test_a_text_is_there_and_is_found_again(emulate_twilio: emulate.Twilio) -> None:
    now = timezone.now()
    with Sms().open(account(emulate_twilio)) as session:
        result = session.send(message())
    there = emulate_twilio.messages()[0]
    assert (there["sid"], there["to"], there["body"]) == (result.provider_id, MOBILE, "Hi there")
    assert Sms().find_sent(account(emulate_twilio), message(), now) is True
    assert Sms().find_sent(account(emulate_twilio), message(text="Other"), now) is False
    assert Sms().find_sent(account(emulate_twilio), message(), now - timedelta(days=2)) is False


def test_whatsapp_goes_to_whatsapp(emulate_twilio: emulate.Twilio) -> None:
    with WhatsApp().open(account(emulate_twilio)) as session:
        session.send(message(channel="whatsapp"))
    assert emulate_twilio.messages()[0]["to"] == f"whatsapp:{MOBILE}"
    assert WhatsApp().find_sent(account(emulate_twilio), message(), timezone.now()) is True


@pytest.mark.parametrize(
    ("changes", "to", "code", "scope"),
    [
        ({"secret": {"auth_token": "wrong-0123456789abcdef"}}, MOBILE, "auth", "mailbox"),
        ({"settings": {"sms_from": "+15005550009"}}, MOBILE, "sender", "mailbox"),
        ({}, "nonsense", "rejected", "recipient"),  # emulate says 21201, Twilio 21211
    ],
)
def test_refusals(
    emulate_twilio: emulate.Twilio, changes: Any, to: str, code: str, scope: str
) -> None:
    with (
        pytest.raises(ChannelError) as caught,
        Sms().open(account(emulate_twilio, **changes)) as session,
    ):
        session.send(message(to=to))
    error = caught.value
    assert (error.code, error.scope, error.permanent, error.unknown) == (code, scope, True, False)


def test_the_account_answers(emulate_twilio: emulate.Twilio) -> None:
    assert twilio_api.check(account(emulate_twilio)) != ""


# --- emulate and the running program: webhooks that it signs ---


@pytest.fixture
def site(live_server: Any, settings: Any) -> Iterator[str]:
    from leads import append_only

    settings.SITE_URL = live_server.url
    yield str(live_server.url)
    append_only.remove()  # the tables are emptied after this; that puts the guard back


@pytest.fixture
def twilio(emulate_twilio: emulate.Twilio, site: str, settings: Any) -> emulate.Twilio:
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "twilio": emulate_twilio.base}
    text_settings = account(emulate_twilio).settings
    connections.save(
        "twilio",
        account=emulate_twilio.sid,
        secret={"auth_token": emulate_twilio.token},
        settings=text_settings,
    )
    emulate_twilio.set_inbound_url(f"{site}/hooks/twilio/inbound/")
    return emulate_twilio


@pytest.fixture
def marta(lead: Any, workspace: Any) -> Iterator[Lead]:
    workspace.text_window_start, workspace.text_window_end = "00:00", "23:59"
    workspace.send_days = list(range(7))
    workspace.save()
    yield mobile(lead)


@pytest.mark.django_db(transaction=True)
def test_there_and_back(
    twilio: emulate.Twilio, marta: Lead, run_queue: Callable[[], list[str]]
) -> None:
    now = timezone.now()
    consent.record_consent(marta, "sms", "Web form", "Yes", "lead")
    touch = text(marta, due_at=now - timedelta(minutes=1), kind=Touch.Kind.REPLY)
    assert sending.send_due().sent == 1
    touch.refresh_from_db()
    assert (touch.state, touch.provider_id) == ("sent", twilio.messages()[0]["sid"])
    for status in ("sent", "delivered", "sent", "delivered"):
        twilio.simulate_status(touch.provider_id, status)
    touch.refresh_from_db()
    assert touch.delivery == "delivered"
    twilio.simulate_inbound(MOBILE, "Yes, call me")
    row = InboundMessage.objects.get()
    assert (row.state, row.channel, row.lead) == ("threaded", "sms", marta)
    kinds = ThreadEvent.objects.filter(lead=marta).values_list("kind", flat=True)
    for kind in ("touch.sent", "touch.delivered", "reply.received"):
        assert list(kinds).count(kind) == 1
    twilio.simulate_inbound(MOBILE, "STOP")
    assert Suppression.objects.get().channel == "all"


@pytest.mark.django_db(transaction=True)
def test_whatsapp_comes_in(twilio: emulate.Twilio, marta: Lead) -> None:
    twilio.simulate_inbound(f"whatsapp:{MOBILE}", "Hello", twilio.whatsapp)
    assert InboundMessage.objects.get().channel == "whatsapp"
    twilio.simulate_inbound("whatsapp:+48509999999", "Who is this?", twilio.whatsapp)
    assert InboundMessage.objects.filter(state="unmatched").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_report_tells_what_a_lost_answer_did_not(twilio: emulate.Twilio, marta: Lead) -> None:
    """The message was accepted, our program died before it heard so."""
    now = timezone.now()
    touch = text(marta, state=Touch.State.UNKNOWN, due_at=now, lease_until=now)
    with Sms().open(
        account(twilio, callback_url=f"{_site(twilio)}/hooks/twilio/status/")
    ) as session:
        session.send(message(text=touch.body, message_id=touch.message_id))
    touch.refresh_from_db()
    assert touch.state == "sent"
    assert touch.provider_id == twilio.messages()[0]["sid"]


def _site(twilio: emulate.Twilio) -> str:
    from django.conf import settings

    return str(settings.SITE_URL)


@pytest.mark.django_db(transaction=True)
def test_a_look_up_tells_it_as_well(twilio: emulate.Twilio, marta: Lead) -> None:
    now = timezone.now()
    touch = text(marta, state=Touch.State.UNKNOWN, due_at=now)
    assert not text_reports.was_sent(touch)
    with Sms().open(account(twilio)) as session:
        session.send(message(text=touch.body))
    assert text_reports.was_sent(touch)


@pytest.mark.django_db(transaction=True)
def test_a_test_to_my_phone(twilio: emulate.Twilio, owner: Any) -> None:
    owner.phone = MOBILE
    owner.save()
    assert text_accounts.send_test(owner, "sms") == MOBILE
    assert "A test from" in twilio.messages()[0]["body"]
    assert text_accounts.check() != ""


# --- Prism: does the request fit Twilio's own description? ---


def answer(peer: prism.Prism, act: Callable[[], Any]) -> Any:
    """What our adapter makes of the description's example; complaints are ours."""
    try:
        return act()
    except ChannelError as error:
        assert "422" not in error.message, peer.complaints()
        return error


@pytest.mark.parametrize("template", [False, True])
def test_a_message_fits_the_description(prism_twilio: prism.Prism, template: bool) -> None:
    sent = message(
        content_sid="HX" + "0" * 32 if template else "",
        content_variables={"1": "Marta"} if template else {},
    )

    def act() -> Any:
        with Sms().open(config(prism_twilio.base)) as session:
            return session.send(sent)

    found = answer(prism_twilio, act)
    assert not isinstance(found, ChannelError), (found, prism_twilio.complaints())


def test_a_look_up_fits_the_description(prism_twilio: prism.Prism) -> None:
    found = answer(
        prism_twilio,
        lambda: Sms().find_sent(config(prism_twilio.base), message(), timezone.now()),
    )
    assert found in (True, False, None)


def test_asking_for_the_account_fits_the_description(prism_twilio: prism.Prism) -> None:
    found = answer(prism_twilio, lambda: twilio_api.check(config(prism_twilio.base)))
    assert isinstance(found, str), prism_twilio.complaints()


def test_fetching_templates_fits_the_description(prism_twilio_content: prism.Prism) -> None:
    found = answer(
        prism_twilio_content, lambda: WhatsApp().templates(config(prism_twilio_content.base))
    )
    assert isinstance(found, list), prism_twilio_content.complaints()
