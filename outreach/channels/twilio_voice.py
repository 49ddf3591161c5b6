"""Calls through Twilio: one to our own person, who is then put through. No tables, no recording.

What Twilio is told to do is TwiML; the official client writes it, so names are escaped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from outreach.channels.base import AccountConfig, ChannelError, Config
from outreach.channels.twilio_api import SID, Account

SERVICE = "twilio"
RING_US, RING_THEM, KEY_WAIT = 25, 40, 8  # seconds
LONGEST = 4 * 3600  # seconds of one call
End = Literal["completed", "busy", "no_answer", "failed"]
ENDS: dict[str, End] = {
    "completed": "completed",
    "answered": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "failed",
}


@dataclass(frozen=True)
class Pages:
    """Addresses of ours that Twilio asks: what to say first, and what became of the call."""

    whisper: str
    status: str


def number_of(config: Config | None) -> str:
    """The number that both sides see; "" when none is set."""
    return str(config.settings.get("voice_from") or "") if isinstance(config, AccountConfig) else ""


def reachable(config: AccountConfig, page: str) -> bool:
    """Whether Twilio can ask our pages: it cannot reach a private host."""
    host = urlsplit(page).hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1") or "." not in host
    return bool(config.base_url) or not local


def ring(config: Config | None, to: str, pages: Pages) -> str:
    """Ring our person; returns Twilio's id. Raises ChannelError (`unknown`: it may ring)."""
    form = {
        "To": to,
        "From": number_of(config),
        "Url": pages.whisper,
        "StatusCallback": pages.status,
        "Timeout": str(RING_US),
    }
    found = Account.of(config).post("Calls.json", form).get("sid")
    if not isinstance(found, str) or not SID.fullmatch(found):
        raise ChannelError(
            "Twilio's answer names no call.",
            permanent=False,
            scope="provider",
            unknown=True,
            code="dropped",
        )
    return found


# --- what Twilio does next ---


def whisper(words: str, pressed: str) -> str:
    """Say who is called and wait for a key, so that a voicemail is never put through."""
    answer = _response()
    gather = answer.gather(
        num_digits=1, finish_on_key="", timeout=KEY_WAIT, action=pressed, method="POST"
    )
    gather.say(words)
    answer.say("No key was pressed. Goodbye.")
    answer.hangup()
    return str(answer)


def connect(number: str, caller: str, ended: str) -> str:
    """Dial the lead; the line opens only when they answer. Twilio records nothing by default."""
    answer = _response()
    answer.dial(
        number,
        caller_id=caller,
        answer_on_bridge=True,
        timeout=RING_THEM,
        time_limit=LONGEST,
        action=ended,
        method="POST",
    )
    return str(answer)


def goodbye(words: str = "") -> str:
    answer = _response()
    if words:
        answer.say(words)
    answer.hangup()
    return str(answer)


def _response() -> Any:
    from twilio.twiml.voice_response import VoiceResponse

    return VoiceResponse()


# --- what Twilio reports ---


def call_id(form: Mapping[str, str]) -> str:
    """The id of our leg of the call; "" when there is none."""
    found = str(form.get("CallSid", ""))
    return found if SID.fullmatch(found) else ""


def end_of_ours(form: Mapping[str, str]) -> End | None:
    """How our own leg ended; None while it has not."""
    word = str(form.get("CallStatus", "")).lower()
    return ENDS.get(word) if word != "answered" else None


def end_of_theirs(form: Mapping[str, str]) -> tuple[End, int]:
    """How the leg to the lead ended, and how many seconds were talked."""
    end = ENDS.get(str(form.get("DialCallStatus", "")).lower(), "failed")
    seconds = str(form.get("DialCallDuration", ""))
    return end, min(int(seconds), 86_400) if seconds.isdecimal() and len(seconds) < 9 else 0
