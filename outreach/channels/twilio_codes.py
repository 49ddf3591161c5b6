"""Twilio's error codes in our words: whose fault, whether trying again helps, what to do.

Source: twilio.com/docs/api/errors (21606, 20429 and 63016 read; the others from memory, so an
unknown code never blames more than the one message).
"""

from typing import NamedTuple

from outreach.channels.base import ChannelError, Scope


class Meaning(NamedTuple):
    code: str
    scope: Scope
    permanent: bool
    text: str


def _recipient(code: str, text: str) -> Meaning:
    return Meaning(code, "recipient", True, text)


def _ours(code: str, text: str, *, permanent: bool = True) -> Meaning:
    return Meaning(code, "mailbox", permanent, text)


_BUSY = Meaning("busy", "provider", False, "Twilio is busy and did not take the message.")
_NO_NUMBER = _recipient("no_such_address", "This phone number does not exist.")
_NO_SENDER = _ours("sender", "Twilio does not know our sender. Check it in Settings, Twilio.")
_NO_ENTRY = _ours("auth", "Twilio refuses our access. Enter the auth token again.")
_CLOSED = _recipient("template", "WhatsApp takes only an approved template now.")

MEANINGS: dict[int, Meaning] = {
    20003: _NO_ENTRY,
    20005: _ours("auth", "The Twilio account is not active. Look at it in the Twilio console."),
    20404: _ours("auth", "Twilio does not know this account. Check the account SID."),
    20429: _BUSY,
    21211: _NO_NUMBER,
    21217: _NO_NUMBER,
    21401: _NO_NUMBER,
    21407: _recipient("rejected", "Twilio cannot text this kind of number."),
    21408: _ours(
        "country",
        "Texts to this country are off in Twilio: Messaging, Settings, Geo permissions.",
        permanent=False,
    ),
    21603: _NO_SENDER,
    21606: _NO_SENDER,
    21609: _ours("callback", "Twilio cannot reach SITE_URL. It has to be our public address."),
    21610: _recipient("opted_out", "They have sent STOP to this number."),
    21612: _recipient("rejected", "Our sender cannot text this number."),
    21614: _recipient("no_such_address", "This is no mobile number, it gets no SMS."),
    21617: _recipient("too_big", "The text is too long."),
    21635: _recipient("no_such_address", "This is a landline, it gets no SMS."),
    21659: _NO_SENDER,
    21660: _NO_SENDER,
    21661: _NO_SENDER,
    21701: _NO_SENDER,
    21703: _ours("sender", "The messaging service has no sender. Add one in the Twilio console."),
    21704: _ours("sender", "The messaging service has no sender. Add one in the Twilio console."),
    21705: _NO_SENDER,
    21656: _recipient("template", "The values do not fit the WhatsApp template."),
    21655: _recipient("template", "Twilio does not know this WhatsApp template."),
    30001: _BUSY,
    30002: _ours("auth", "The Twilio account is suspended. Look at it in the Twilio console."),
    30003: _recipient("unreachable", "Their phone is off or out of reach."),
    30004: _recipient("blocked", "Their phone or carrier blocks our messages."),
    30005: _NO_NUMBER,
    30006: _recipient("no_such_address", "This is a landline or a number that gets no SMS."),
    30007: _recipient("filtered", "The carrier has filtered the message as unwanted."),
    30008: _recipient("unreachable", "The carrier did not deliver it and gave no reason."),
    30032: _ours("sender", "Our toll-free number is not verified yet. See the Twilio console."),
    30034: _ours("sender", "Our number is not registered for US texts (A2P 10DLC). See Twilio."),
    63001: _ours("auth", "WhatsApp refuses our sender. Look at it in the Twilio console."),
    63003: _recipient("no_such_address", "This number has no WhatsApp."),
    63007: _NO_SENDER,
    63013: _recipient("rejected", "WhatsApp refuses the message by its policy."),
    63015: _recipient("rejected", "They have not joined the WhatsApp sandbox."),
    63016: _CLOSED,
    63018: Meaning("busy", "provider", False, "WhatsApp asks us to slow down."),
    63020: _ours("sender", "The WhatsApp invitation of Twilio was not accepted. See the console."),
    63021: _recipient("rejected", "WhatsApp refuses the content of the message."),
    63024: _recipient("no_such_address", "This number has no WhatsApp."),
    63032: _recipient("rejected", "WhatsApp does not deliver this message to this person."),
    63033: _recipient("blocked", "They have blocked our number on WhatsApp."),
    63049: _recipient("filtered", "WhatsApp chose not to deliver this message."),
    63051: _ours("auth", "WhatsApp has locked our account. Look at it in the Twilio console."),
}


def meaning(code: int | None) -> Meaning:
    """An unknown code: this one message was refused, a person looks at it."""
    return MEANINGS.get(code or 0) or _recipient(
        "rejected", "Twilio did not accept the message" + (f" (error {code})." if code else ".")
    )


def error(code: int | None, *, unknown: bool = False) -> ChannelError:
    found = meaning(code)
    return ChannelError(
        found.text, permanent=found.permanent, scope=found.scope, code=found.code, unknown=unknown
    )
