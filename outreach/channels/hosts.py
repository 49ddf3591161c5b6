"""Which mail hosts we may connect to. On a shared host the private network is not the user's."""

import ipaddress
import socket

from outreach.channels.base import ChannelError


def check_host(host: str, port: int, *, allow_private: bool) -> None:
    """Raises ChannelError (mailbox, permanent) for a private address where none is allowed."""
    if not host:
        raise ChannelError(
            "No mail server is set for this mailbox.",
            permanent=True,
            scope="mailbox",
            code="unsupported",
        )
    if allow_private:
        return
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ChannelError(
            f"{host} was not found. Check the server name.",
            permanent=False,
            scope="provider",
            code="connect",
        ) from error
    if any(not ipaddress.ip_address(str(item[4][0]).split("%")[0]).is_global for item in found):
        raise ChannelError(
            f"{host} is inside a private network, which this installation does not allow.",
            permanent=True,
            scope="mailbox",
            code="unsupported",
        )


def is_this_machine(host: str) -> bool:
    """True for loopback names and addresses: the only place where mail may go without TLS."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
