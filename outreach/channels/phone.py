"""Phone: a prepared call. The product never dials by itself."""

import re
from contextlib import AbstractContextManager

from outreach.channels.base import (
    ChannelError,
    ChannelSession,
    MailboxConfig,
)

_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_FILLING = re.compile(r"[\s().\-/\u00a0]")


class Phone:
    code = "phone"
    label = "Phone"
    manual = True
    text_limit = 4000  # the call script
    subject_limit = 0

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if not _NUMBER.fullmatch(_FILLING.sub("", to)):
            return "There is no phone number that can be called."
        return "The script is too long to read." if len(text) > self.text_limit else ""

    def link(self, to: str) -> str:
        """tel: (RFC 3966) for a number that holds nothing but digits and a leading plus."""
        number = _FILLING.sub("", to)
        return f"tel:{number}" if _NUMBER.fullmatch(number) else ""

    def open(self, config: MailboxConfig | None) -> AbstractContextManager[ChannelSession]:
        raise ChannelError(
            "A person makes this call.", permanent=True, scope="provider", code="unsupported"
        )

    def find(self, config: MailboxConfig | None, message_id: str) -> bool | None:
        return None

    def keep_copies(self, config: MailboxConfig | None, session: ChannelSession) -> None:
        return None
