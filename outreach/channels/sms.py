"""SMS through a Twilio number or messaging service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from outreach.channels import twilio_api
from outreach.channels.base import AccountConfig, Channel, Config, OutboundMessage
from outreach.channels.texts import SMS_PARTS, number_problem, segments


class Sms(Channel):
    code = "sms"
    label = "SMS"
    icon = "message"
    reach = "phone"
    reach_word = "phone number"
    sender = "service"
    service = twilio_api.SERVICE
    senders = ("sms_from", "sms_service")
    needs_consent = True
    quiet_hours = True
    text_limit = 1530  # ten parts of 153
    counter = "segments"
    first_text = "Hi {{first_name|there}}, \n\n{{sender_first_name}}, {{sender_company}}"

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if wrong := number_problem(to, landlines=False):
            return wrong
        if (parts := segments(text)) > SMS_PARTS:
            return f"The text makes {parts} SMS; {SMS_PARTS} is the most that go as one."
        return ""

    def link(self, to: str) -> str:
        return f"sms:{to}" if not number_problem(to, landlines=False) else ""

    @contextmanager
    def open(self, config: Config | None) -> Iterator[twilio_api.TextSession]:
        twilio_api.Account.of(config)  # complete, or nothing is claimed
        assert isinstance(config, AccountConfig)  # noqa: S101  just checked
        yield twilio_api.TextSession(config, self.code)

    def check(self, config: Config | None) -> str:
        return twilio_api.check(config)

    def find_sent(
        self, config: Config | None, message: OutboundMessage, since: datetime
    ) -> bool | None:
        return twilio_api.was_sent(config, "", message, since)
