"""Which addresses may be called, and how a service says "later". Pure functions."""

import ipaddress
import re
from collections.abc import Collection
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

from salesagent.lib.http_faults import HttpFault

LATEST = 86_400.0  # seconds; no service may stop us for longer than a day by a header
_SECONDS = re.compile(r"[0-9]{1,12}([.][0-9]+)?")


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110 10.2.3: seconds or a date), else None.

    At least 1, at most a day. `now` is in seconds since 1970. A date without a zone counts as UTC.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            when = parsedate_to_datetime(text)
            seconds = when.timestamp() - now
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return min(max(seconds, 1.0), LATEST)


def no_host(url: str) -> str:
    """Only the host of a URL, for error texts."""
    try:
        return urlsplit(url).hostname or "an unknown host"
    except ValueError:
        return "an unknown host"


def may_call(url: str, service: str, allow_hosts: Collection[str] | None, *, secret: bool) -> None:
    """Raises HttpFault("refused") for an address that must not be called.

    Plain http is for this machine and its network, or for public pages without a secret.
    """
    problem = _problem(url, allow_hosts, secret=secret)
    if problem:
        raise HttpFault("refused", f"{service}: {problem}", sent=False)


def _problem(url: str, allow_hosts: Collection[str] | None, *, secret: bool) -> str:
    parts = _split(url)
    if parts is None or not parts.hostname:
        return "this is not a web address."
    if parts.scheme not in ("http", "https"):
        return "only http and https addresses can be called."
    if parts.username is not None or parts.password is not None:
        return "an address must not contain a password."
    if _is_metadata(parts.hostname):
        return "this address belongs to the machine's own network."
    if allow_hosts is not None and not _allowed(parts, allow_hosts):
        return f"{parts.hostname} is not an address of this service."
    if parts.scheme == "http" and (secret or allow_hosts is not None):
        return "" if is_local(parts.hostname) else f"{parts.hostname} must be called by https."
    return ""


def _is_metadata(host: str) -> bool:
    """Link-local numbers, where hosts keep their machines' secrets; no service of ours is there."""
    if host.rstrip(".").lower() == "metadata.google.internal":
        return True
    try:
        found = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_link_local or bool(mapped and mapped.is_link_local)


def _split(url: str) -> SplitResult | None:
    if re.search(r"[\x00-\x20\x7f\\]", url):
        return None  # programs disagree on where the host ends
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a bad one
    except ValueError:
        return None
    return parts


def _allowed(parts: SplitResult, allow_hosts: Collection[str]) -> bool:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = (parts.hostname or "").rstrip(".")
    names = {name.lower() for name in allow_hosts}
    written = f"[{host}]" if ":" in host else host
    return bool(names & {host, written, f"{written}:{port}"})


def is_local(host: str) -> bool:
    """This machine, or a name or number of its network."""
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))
