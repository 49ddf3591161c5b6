"""Short signed tokens for links in messages: opaque, tamper-proof, bound to one purpose."""

from typing import Any

from django.core import signing


class BadToken(Exception):
    """The token was altered, belongs to another purpose or is too old."""


def make(purpose: str, payload: Any) -> str:
    return signing.dumps(payload, salt=f"salesagent.{purpose}", compress=False)


def read(purpose: str, token: str, *, max_age: int | None = None) -> Any:
    """The payload given to `make`; raises BadToken. `max_age` is in seconds."""
    try:
        return signing.loads(token, salt=f"salesagent.{purpose}", max_age=max_age)
    except signing.BadSignature as error:
        raise BadToken("this link is not valid") from error
