"""The peers as fixtures: each server starts once per session, its state is cleared per test."""

from collections.abc import Iterator

import pytest

from salesagent.tests.peers import emulate, faults, postfix, prism, web


@pytest.fixture(scope="session")
def emulate_google_server() -> Iterator[emulate.Google]:
    with emulate.emulate_google() as peer:
        yield peer


@pytest.fixture(scope="session")
def emulate_twilio_server() -> Iterator[emulate.Twilio]:
    with emulate.emulate_twilio() as peer:
        yield peer


@pytest.fixture
def emulate_google(emulate_google_server: emulate.Google) -> emulate.Google:
    """Gmail, Drive and OAuth with an empty mailbox."""
    emulate_google_server.fresh()
    return emulate_google_server


@pytest.fixture
def emulate_twilio(emulate_twilio_server: emulate.Twilio) -> emulate.Twilio:
    """Twilio's REST API with two numbers and no message."""
    emulate_twilio_server.fresh()
    return emulate_twilio_server


@pytest.fixture
def webhook_sink() -> Iterator[web.Sink]:
    """A listener for webhooks; `webhook_sink.url("/x")` is where to send them."""
    with web.sink() as kept:
        yield kept


@pytest.fixture
def faults_server() -> Iterator[faults.FaultServer]:
    """A provider that misbehaves to order; see salesagent.tests.peers.faults."""
    with faults.fault_server() as server:
        yield server


@pytest.fixture(scope="session")
def prism_twilio() -> Iterator[prism.Prism]:
    """Twilio's accounts, numbers, messages and calls (API of 2010-04-01)."""
    with prism.prism("twilio_api_v2010") as peer:
        yield peer


@pytest.fixture(scope="session")
def prism_twilio_content() -> Iterator[prism.Prism]:
    """Twilio's templates for WhatsApp."""
    with prism.prism("twilio_content_v1") as peer:
        yield peer


@pytest.fixture(scope="session")
def prism_twilio_lookups() -> Iterator[prism.Prism]:
    with prism.prism("twilio_lookups_v2") as peer:
        yield peer


@pytest.fixture(scope="session")
def prism_sendgrid() -> Iterator[prism.Prism]:
    with prism.prism("sendgrid_mail_v3") as peer:
        yield peer


@pytest.fixture(scope="session")
def postfix_server() -> Iterator[postfix.Postfix]:
    with postfix.postfix() as relay:
        yield relay


@pytest.fixture
def postfix_relay(postfix_server: postfix.Postfix) -> postfix.Postfix:
    """A relay that bounces into a mailbox read by IMAP at `postfix_relay.dovecot.port`."""
    postfix_server.reset()
    return postfix_server
