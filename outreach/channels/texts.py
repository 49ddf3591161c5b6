"""What SMS and WhatsApp have in common and what no provider decides: parts, numbers, spellings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from outreach.channels.base import Config

# GSM 03.38 (3GPP TS 23.038): the basic table, and those that take two places
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€\f")
SMS_PARTS = 10  # of one message, as Twilio joins them
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_gsm(text: str) -> bool:
    """Whether every sign is in the small alphabet; one that is not makes all parts shorter."""
    return all(sign in GSM or sign in GSM_TWICE for sign in text)


def segments(text: str) -> int:
    """Parts an SMS is sent in: 160 signs, 153 of each of several; 70 and 67 outside of GSM-7."""
    if is_gsm(text):
        one, more = 160, 153
        sizes = [2 if sign in GSM_TWICE else 1 for sign in text]
    else:
        one, more = 70, 67
        sizes = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    if sum(sizes) <= one:
        return 1
    return _packed(sizes, more)


def _packed(sizes: list[int], room: int) -> int:
    """A sign of two places is never cut in two."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts


def number_problem(to: str, *, landlines: bool) -> str:
    """Why no text can go to this number, in plain words; "" when it can.

    `landlines`: WhatsApp works with them, SMS does not. Where the numbering plan does not tell
    (the USA, for one), the number passes and the provider has the last word.
    """
    import phonenumbers  # here: it takes 3 MB

    if not _E164.fullmatch(to):
        return "There is no phone number with its country code."
    try:
        parsed = phonenumbers.parse(to)
    except phonenumbers.NumberParseException:
        return "This phone number does not exist."
    if not phonenumbers.is_valid_number(parsed):
        return "This phone number does not exist."
    kind = phonenumbers.number_type(parsed)
    kinds = phonenumbers.PhoneNumberType
    if kind in (kinds.TOLL_FREE, kinds.PREMIUM_RATE, kinds.SHARED_COST, kinds.VOICEMAIL, kinds.UAN):
        return "This is a service number, it gets no texts."
    if kind == kinds.FIXED_LINE and not landlines:
        return "This is a landline, it gets no SMS."
    return ""


def spellings(number: str) -> tuple[str, ...]:
    """The number and the other ways WhatsApp writes the same one, the given one first.

    Mexico (+52 1), Argentina (+54 9) and Brazil (the ninth digit of mobiles) have two forms.
    """
    found = [number]
    rules = (
        (r"\+521(\d{10})", r"+52\1"),
        (r"\+52([2-9]\d{9})", r"+521\1"),
        (r"\+549(\d{10})", r"+54\1"),
        (r"\+54([1-8]\d{9})", r"+549\1"),
        (r"\+55(\d{2})9(\d{8})", r"+55\1\2"),
        (r"\+55(\d{2})([6-9]\d{7})", r"+55\g<1>9\2"),
    )
    for pattern, other in rules:
        if match := re.fullmatch(pattern, number):
            found.append(match.expand(other))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class ContentTemplate:
    """A message frame as the provider keeps it. `variables`: number or name -> its sample value."""

    sid: str
    name: str
    language: str
    kind: str  # twilio/text, twilio/media, ...
    body: str
    state: str  # approved, pending, rejected, ...
    reason: str = ""
    category: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


class TemplateSource(Protocol):
    """A channel whose provider approves templates."""

    def templates(self, config: Config | None, base: str = "") -> list[ContentTemplate]:
        """All of them, with their state. Raises ChannelError."""
