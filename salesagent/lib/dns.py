"""DNS questions with a short limit in time, by dnspython; the servers are a setting.

`DNS_SERVERS` ("9.9.9.9", "127.0.0.1:5353") takes the place of the machine's own resolver.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from dns.resolver import Resolver

TIMEOUT = 2.0  # seconds for one server
LIFETIME = 4.0  # seconds for one question
LONGEST = 4096  # characters of one answer that are kept
MOST = 50  # answers to one question


@dataclass(frozen=True)
class Answer:
    """`texts`: one for each record. `known`: False when no server said anything: not the same as
    "there is no such record"."""

    texts: tuple[str, ...] = ()
    known: bool = True


def ask(name: str, kind: str) -> Answer:
    """The records of `kind` (TXT, MX, A, AAAA, CNAME, PTR) at `name`. Never raises.

    TXT: the strings of a record joined, as RFC 7208 section 3.3 wants. MX: "10 mail.example.org".
    """
    import dns.exception
    import dns.resolver

    try:
        found = _resolver().resolve(name, kind, lifetime=LIFETIME, raise_on_no_answer=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Answer()
    except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
        return Answer(known=False)
    records = list(found.rrset or [])[:MOST]
    return Answer(tuple(_text(record, kind)[:LONGEST] for record in records))


def ask_reverse(address: str) -> Answer:
    """The names of an IP address."""
    import dns.exception
    import dns.reversename

    try:
        name = dns.reversename.from_address(address)
    except (dns.exception.DNSException, ValueError):
        return Answer(known=False)
    return ask(str(name), "PTR")


def _text(record: object, kind: str) -> str:
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("ascii", "replace")
    return str(record).rstrip(".")


def _resolver() -> "Resolver":
    from dns.resolver import Resolver

    servers = [_server(one) for one in settings.DNS_SERVERS]
    resolver = Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [host for host, _ in servers]
        resolver.nameserver_ports = dict(servers)
    resolver.timeout, resolver.lifetime = TIMEOUT, LIFETIME
    return resolver


def _server(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and ":" not in host:
        return host, int(port)
    return text, 53
