"""Phone: a prepared call. The product never dials by itself."""

import re

from outreach.channels.base import Channel

_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_FILLING = re.compile(r"[\s().\-/\u00a0]")


class Phone(Channel):
    code = "phone"
    label = "Phone"
    task_label = "Phone task"
    icon = "phone"
    reach = "phone"
    reach_word = "phone number"
    quiet_hours = True
    manual = True
    text_limit = 4000  # the call script

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if not _NUMBER.fullmatch(_FILLING.sub("", to)):
            return "There is no phone number that can be called."
        return "The script is too long to read." if len(text) > self.text_limit else ""

    def link(self, to: str) -> str:
        """tel: (RFC 3966) for a number that holds nothing but digits and a leading plus."""
        number = _FILLING.sub("", to)
        return f"tel:{number}" if _NUMBER.fullmatch(number) else ""
