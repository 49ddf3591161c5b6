"""The code in docs/add-a-channel.md works as it stands there."""

import re
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings

from outreach.channels.base import AccountConfig, Channel, ChannelError, OutboundMessage
from salesagent.lib import http

CONFIG = AccountConfig("beeper", secret={"key": "k"}, settings={"pager_from": "+1"})
MESSAGE = OutboundMessage(channel="pager", to="+48601000000", text="Call me")


def guide() -> dict[str, Any]:
    """What its blocks define."""
    text = (settings.BASE_DIR / "docs" / "add-a-channel.md").read_text()
    names: dict[str, Any] = {"__name__": "guide"}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.S | re.M):
        exec(compile(block, "add-a-channel.md", "exec"), names)  # noqa: S102  our own page
    return names


def answer(status: int, body: bytes = b"") -> http.Answer:
    return http.Answer(status, {}, body, "beeper")


def send(outcome: Any) -> Any:
    """Hand the message over while the wire answers, or raises, `outcome`."""
    effect = (
        {"side_effect": outcome} if isinstance(outcome, Exception) else {"return_value": outcome}
    )
    with patch.object(http, "call", **effect) as call, guide()["Pager"]().open(CONFIG) as session:
        result = session.send(MESSAGE)
    assert call.call_args.kwargs["json"] == {"to": MESSAGE.to, "from": "+1", "text": "Call me"}
    return result


def test_the_classes_are_complete() -> None:
    found = guide()
    for name in ("Fax", "Pager"):
        channel = found[name]()
        assert isinstance(channel, Channel) and channel.code == name.lower()
        assert (settings.BASE_DIR / "static" / "icons" / f"{channel.icon}.svg").exists()
        assert set(channel.effects) <= set(channel.outcomes)


def test_an_accepted_message() -> None:
    result = send(answer(200, b"m-1"))
    assert result.provider_id == "m-1" and result.accepted_at.tzinfo


@pytest.mark.parametrize(
    ("outcome", "permanent", "scope", "unknown"),
    [
        (answer(400), True, "recipient", False),
        (answer(401), True, "mailbox", False),
        (answer(429), False, "provider", False),
        (answer(502), False, "provider", True),
        (http.HttpFault("timeout", "It took too long.", sent=None), False, "provider", True),
        (http.HttpFault("connect", "Nobody is there.", sent=False), False, "provider", False),
    ],
)
def test_what_goes_wrong(outcome: Any, permanent: bool, scope: str, unknown: bool) -> None:
    with pytest.raises(ChannelError) as error:
        send(outcome)
    said = error.value
    assert (said.permanent, said.scope, said.unknown) == (permanent, scope, unknown)


def test_without_a_key_nothing_is_opened() -> None:
    pager = guide()["Pager"]()
    for config in (None, AccountConfig("beeper")):
        with pytest.raises(ChannelError, match="not set up"), pager.open(config):
            pass
