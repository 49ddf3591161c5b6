"""What follows when a connected service (not a mailbox) works or fails: its row says so, with what
to do, and the owner is asked once when only a person can help."""

from datetime import datetime

from outreach.channels.base import Channel, ChannelError
from outreach.models import Task
from outreach.services import worklist
from salesagent.accounts import connections
from salesagent.accounts.models import User
from salesagent.lib.crypto import SecretUnreadable


def works(channel: Channel) -> None:
    if connection := connections.active(channel.service):
        connections.worked(connection.pk)


def trouble(channel: Channel, error: ChannelError, now: datetime) -> None:
    connection = connections.active(channel.service)
    if connection is None:
        return
    broken = error.permanent and error.scope != "recipient"
    connections.failed(connection.pk, error.message, broken=broken)
    if broken:
        worklist.add(
            Task.Kind.ATTENTION,
            owner=User.objects.filter(role=User.Role.OWNER, is_active=True).first(),
            title=f"{channel.label} needs you",
            why=f"{error.message} Approved messages wait, none is lost.",
            channel=channel.code,
            dedupe_key=f"service:{connection.pk}:{now.date().isoformat()}",
        )


def unreadable(channel: Channel, error: SecretUnreadable, now: datetime) -> None:
    text = f"The stored key cannot be read. Enter it again. ({error})"
    fault = ChannelError(text, permanent=True, scope="mailbox", code="auth")
    trouble(channel, fault, now)
