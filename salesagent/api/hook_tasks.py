"""Periodic work for webhooks. Each may run twice, and at the same time on two hosts."""

from salesagent.lib.hold import paused


@paused
def deliver() -> None:
    """Queue what happened and send what is due."""
    from salesagent.api.hooks import running

    running.round_of_all()


def forget_old() -> None:
    from salesagent.api.hooks import running

    running.forget_old()
