"""WhatsApp through Twilio: free text for 24 hours after their message, else an approved template.

The window is Meta's: 63016 when it is missed. `policy.template_needed` keeps to it before anything
is sent; 24:00:00 after their message still counts, a second later does not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from outreach.channels import twilio_api
from outreach.channels.base import AccountConfig, Channel, Config, OutboundMessage
from outreach.channels.texts import ContentTemplate, number_problem

TEMPLATE_LIMIT = 1024  # characters of a template's body once it is filled (63021)


class WhatsApp(Channel):
    code = "whatsapp"
    label = "WhatsApp"
    icon = "brand-whatsapp"
    reach = "phone"
    reach_word = "phone number"
    sender = "service"
    service = twilio_api.SERVICE
    senders = ("whatsapp_from", "whatsapp_service")
    needs_consent = True
    quiet_hours = True
    reply_hours = 24
    first_text = "Hi {{first_name|there}}, \n\n{{sender_first_name}}, {{sender_company}}"
    text_limit = 1600  # Twilio's; WhatsApp itself takes 4096

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if wrong := number_problem(to, landlines=True):
            return wrong
        if len(text) > self.text_limit:
            return f"The text is longer than {self.text_limit:,} characters."
        return ""

    def link(self, to: str) -> str:
        found = not number_problem(to, landlines=True)
        return f"https://wa.me/{to.removeprefix('+')}" if found else ""

    def templates(self, config: Config | None, base: str = "") -> list[ContentTemplate]:
        return twilio_api.templates(config, base or twilio_api.CONTENT)

    @contextmanager
    def open(self, config: Config | None) -> Iterator[twilio_api.TextSession]:
        twilio_api.Account.of(config)  # complete, or nothing is claimed
        assert isinstance(config, AccountConfig)  # noqa: S101  just checked
        yield twilio_api.TextSession(config, self.code, prefix="whatsapp:")

    def find_sent(
        self, config: Config | None, message: OutboundMessage, since: datetime
    ) -> bool | None:
        return twilio_api.was_sent(config, "whatsapp:", message, since)
