"""Several processes send from one mailbox at once: the day's limit holds all the same."""

from typing import Any

import time_machine

from outreach.channels.fake import Fake
from outreach.models import Mailbox, Touch
from outreach.services import sending
from outreach.tests.test_sending_service import TUESDAY, approve, in_threads


def test_the_daily_limit_holds_for_four_senders(
    crowd: None, workspace: Any, lead: Any, mailbox: Any, settings: Any
) -> None:
    Fake.reset()
    settings.CHANNELS = {**settings.CHANNELS, "email": "outreach.channels.fake.Fake"}
    Mailbox.objects.filter(pk=mailbox.pk).update(daily_cap=17, min_gap=0)
    for number in range(40):
        approve(lead, mailbox, number)
    with time_machine.travel(TUESDAY, tick=True):
        in_threads(*[lambda: sending.send_due(limit=20)] * 4)
        sending.send_due(limit=20)
    assert len(Fake.sent) == 17
    assert Touch.objects.filter(state="sent").count() == 17
