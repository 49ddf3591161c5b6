"""Phone: a prepared call. The product never dials by itself."""

import re

from outreach.channels.base import Channel

_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_WORDS = 400  # more does not fit on one screen
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
    task_title = "Call"
    spoken = True
    text_word = "Talk sheet"
    first_text = "Say who you are: {{sender_name}}, {{sender_company}}.\n\nAsk:\n- "
    outcomes = {
        "reached": "Reached",
        "no_answer": "No answer",
        "voicemail": "Left a voicemail",
        "call_back": "Asked to call back",
        "meeting": "Meeting agreed",
        "not_interested": "Not interested",
        "wrong_number": "Wrong number",
        "do_not_call": "Asked not to be called",
    }
    hints = {"wrong_number": "Correct the number, or find another."}
    effects = {
        "no_answer": "again",
        "call_back": "date",
        "meeting": "meeting",
        "not_interested": "declined",
        "do_not_call": "stop",
    }

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if not _NUMBER.fullmatch(_FILLING.sub("", to)):
            return "There is no phone number that can be called."
        return "The script is too long to read." if len(text) > self.text_limit else ""

    def advice(self, text: str) -> str:
        return "A talk sheet should fit on one screen" if len(text.split()) > _WORDS else ""

    def link(self, to: str) -> str:
        """tel: (RFC 3966) for a number that holds nothing but digits and a leading plus."""
        number = _FILLING.sub("", to)
        return f"tel:{number}" if _NUMBER.fullmatch(number) else ""
