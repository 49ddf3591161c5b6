"""What is said to whoever would let something go while everything is held after a restore."""

from salesagent.lib import hold

CODE = "restored"  # why a mailbox is paused
WORDS = "Held since the restore. The owner starts everything again."


def why() -> str:
    """ "" while nothing is held."""
    return WORDS if hold.is_on() else ""
