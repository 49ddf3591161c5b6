"""What the API has done by the clock."""

from salesagent.api import once


def forget_calls() -> None:
    """Keys of calls that are older than a day."""
    once.forget_old()
