"""The part of lib.http that touches sockets; imports requests, so import it inside functions.

What requests does not do by itself: say whether a request left this machine, end a whole call after
a time (not only each read), and refuse addresses inside the own network.
"""

import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import connection, connectionpool
from urllib3.exceptions import HTTPError, NewConnectionError

CHUNK = 16 * 1024
NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")  # RFC 8215: translated by a local network
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits

# urllib3 writes path and query of each request at DEBUG; queries carry tokens
logging.getLogger("urllib3").setLevel(logging.WARNING)


class PrivateAddress(OSError):
    """The name leads into this machine or its network."""


class TooBig(Exception):
    """The body is longer than the caller wants."""


@dataclass
class Attempt:
    """What is known about one request on the wire. One thread writes, the timer sets `late`."""

    public_only: bool
    sent: bool = False  # bytes of the request may have left
    late: bool = False
    _sockets: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, sock: socket.socket) -> None:
        """Remember a second handle: TLS takes the first one away."""
        with self._lock, suppress(OSError):
            self._sockets.append(sock.dup())
        if self.late:
            self.cut()

    def cut(self) -> None:
        """The time is over: whoever waits on the socket gets an error at once."""
        with self._lock:
            self.late = True
            for sock in self._sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()


_running = threading.local()


def is_public(address: str) -> bool:
    """True for an address of the public internet; IPv4 inside of IPv6 is looked at as IPv4."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None and int(ip) >> 32 == 0:  # IPv4-compatible, RFC 4291 2.5.5.1
            return False
        if ip in NAT64_LOCAL or ip.is_site_local:
            return False
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class _Watched:
    """Mixin of urllib3's connections: tells the running Attempt what happens."""

    sock: socket.socket | None
    port: Any
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        attempt: Attempt = _running.attempt
        sock = self._public() if attempt.public_only else self._plain()
        attempt.watch(sock)
        return sock

    def _plain(self) -> socket.socket:
        found: socket.socket = super()._new_conn()  # type: ignore[misc]
        return found

    def _public(self) -> socket.socket:
        """Connect to exactly the addresses that were looked at: a second look-up could differ."""
        name = self._dns_host
        try:
            found = socket.getaddrinfo(name.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return self._plain()  # which fails with the usual error
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        if not addresses or not all(is_public(address) for address in addresses):
            raise PrivateAddress("not a public address")
        try:
            return self._first(addresses)
        finally:
            self._dns_host = name

    def _first(self, addresses: list[str]) -> socket.socket:
        for address in addresses[:-1]:
            self._dns_host = address
            with suppress(NewConnectionError):
                return self._plain()
        self._dns_host = addresses[-1]
        return self._plain()

    def send(self, data: Any) -> None:
        attempt: Attempt = _running.attempt
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        elif not attempt.sent:
            attempt.watch(self.sock)  # kept from an earlier call
        attempt.sent = True
        super().send(data)  # type: ignore[misc]


class _Http(_Watched, connection.HTTPConnection):
    pass


class _Https(_Watched, connection.HTTPSConnection):
    pass


class _HttpPool(connectionpool.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(connectionpool.HTTPSConnectionPool):
    ConnectionCls = _Https


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """One context for all calls: reading the certificates each time costs 10 ms and memory."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=tls())
        pools = {"http": _HttpPool, "https": _HttpsPool}
        self.poolmanager.pool_classes_by_scheme = pools

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context has the certificates already, and verification is never off."""
        conn.cert_reqs = "CERT_REQUIRED"


def new_session() -> requests.Session:
    """No proxies, .netrc or CA files from the environment, no cookies kept, no redirects."""
    from http.cookiejar import DefaultCookiePolicy

    made = requests.Session()
    made.trust_env = False
    made.headers["User-Agent"] = "SalesAgent"
    made.headers["Accept-Encoding"] = "gzip"
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(pool_connections=2, pool_maxsize=2)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


@dataclass(frozen=True)
class Raw:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


def exchange(
    session: requests.Session,
    attempt: Attempt,
    method: str,
    url: str,
    *,
    timeout: tuple[float, float],
    total: float,
    size_cap: int,
    cut: str = "",
    **request: Any,
) -> Raw:
    """One request and its whole answer; raises what requests and urllib3 raise, and TooBig.

    What is longer than `size_cap` and of the content type `cut` is cut there; the rest is not read.
    """
    timer = threading.Timer(total, attempt.cut)
    timer.daemon = True
    _running.attempt = attempt
    timer.start()
    try:
        with session.request(
            method, url, timeout=timeout, stream=True, allow_redirects=False, **request
        ) as response:
            kind = response.headers.get("Content-Type", "").lower()
            may_cut = bool(cut) and cut in kind
            body = _body(response, attempt, size_cap, may_cut)
            part = body[:size_cap]
            return Raw(response.status_code, response.headers, part, len(body) > size_cap)
    finally:
        timer.cancel()
        attempt.close()
        del _running.attempt


def _body(response: requests.Response, attempt: Attempt, size_cap: int, may_cut: bool) -> bytes:
    """Raises TooBig before more than `size_cap` (and a chunk) is in memory, or ends there."""
    length = response.headers.get("Content-Length", "")
    known = bool(response.raw.length_remaining and length.isdecimal())
    if known and int(length) > size_cap and not may_cut:
        raise TooBig
    parts, size = [], 0
    for part in response.raw.stream(CHUNK, decode_content=True):
        size += len(part)
        parts.append(part)
        if size > size_cap:
            if may_cut:
                return b"".join(parts)
            raise TooBig
    if attempt.late:
        raise HTTPError("cut")
    return b"".join(parts)
