"""While all is held after a restore, only the owner's start lifts the marks."""

import uuid
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.urls import reverse

from outreach.models import Call, Mailbox
from outreach.services import bridge, handwork, reach, service_faults, sign_ins, text_accounts
from outreach.tests import texts
from salesagent.accounts import connections
from salesagent.lib import hold

pytestmark = pytest.mark.django_db
MADE = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)
WAITS = "Held since the restore. The owner starts everything again."


@pytest.mark.parametrize("state", ["active", "paused", "off"])
@pytest.mark.parametrize("who", ["rep", "owner"])
def test_a_mailbox_does_not_send_again(
    as_user: Any, mailbox: Any, owner: Any, request: Any, who: str, state: str
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(state=state, paused_reason="By hand")
    hold.begin(MADE)
    before = Mailbox.objects.values("state", "paused_reason", "paused_code").get(pk=mailbox.pk)
    client, url = (
        as_user(request.getfixturevalue(who)),
        reverse("outreach:mailbox_resume", args=[mailbox.pk]),
    )
    page = client.post(url, follow=True).content.decode()
    assert WAITS in page and "Sends again" not in page
    after = Mailbox.objects.values("state", "paused_reason", "paused_code").get(pk=mailbox.pk)
    assert after == before
    hold.release(owner)
    client.post(url)
    mailbox.refresh_from_db()
    assert mailbox.state == "active"


def test_a_new_sign_in_does_not_start_it_either(rep: Any, mailbox: Any, owner: Any) -> None:
    paused = {"state": "paused", "paused_code": "auth", "paused_reason": "Sign in again"}
    Mailbox.objects.filter(pk=mailbox.pk).update(**paused)
    hold.begin(MADE)
    row = connections.save("gmail", account=mailbox.address, user=rep, secret={"t": "x"})
    mailbox.refresh_from_db()
    sign_ins._take_over(mailbox, "gmail", row)
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.paused_reason) == ("paused", hold.reason())
    hold.release(owner)
    mailbox.refresh_from_db()
    assert mailbox.state == "active"


def check(answer: Any) -> None:
    channel = reach.channel("sms")
    with patch.object(type(channel), "check", answer):
        text_accounts.check()


def test_a_check_of_the_service_does_not_set_texts_on(owner: Any) -> None:
    row = texts.connect()
    hold.begin(MADE)
    check(lambda self, config: "ok")
    service_faults.works(reach.channel("sms"))
    text_accounts.save(owner, texts.SID, {}, texts.SENDERS)
    connections.failed(row.pk, "Twilio is down.", broken=False)
    check(lambda self, config: "ok")
    row.refresh_from_db()
    assert (row.state, row.error) == ("broken", hold.reason())
    hold.release(owner)
    row.refresh_from_db()
    assert (row.state, row.error) == ("on", "")


def test_what_was_broken_otherwise_is_put_right(owner: Any) -> None:
    hold.begin(MADE)
    row = texts.connect()
    connections.failed(row.pk, "The key was refused.", broken=True)
    check(lambda self, config: "ok")
    row.refresh_from_db()
    assert row.state == "on"


def test_no_phone_rings(lead: Any, rep: Any, owner: Any, settings: Any, workspace: Any) -> None:
    settings.SITE_URL = "https://sales.example"
    rep.phone = "30 12 34 56"
    rep.save()
    texts.connect(settings={**texts.SENDERS, "voice_from": texts.OURS})
    rung: list[str] = []

    def ring(config: Any, to: str, pages: Any) -> str:
        rung.append(to)
        return texts.sid(1, "CA")

    with (
        patch.object(handwork, "good_time", return_value=None),
        patch("outreach.channels.twilio_voice.ring", ring),
    ):
        call = bridge.start(lead, rep, token=uuid.uuid4())
        assert call is not None and len(rung) == 1
        hold.begin(MADE)
        assert bridge.outlook(lead, rep).off == WAITS
        with pytest.raises(bridge.BridgeError, match="The owner starts"):
            bridge.start(lead, rep, token=uuid.uuid4())
        assert len(rung) == 1 and Call.objects.count() == 1
        assert "<Dial" not in bridge.pressed(call.pk, texts.sid(1, "CA"))
        hold.release(owner)
        assert "<Dial" in bridge.pressed(call.pk, texts.sid(1, "CA"))
