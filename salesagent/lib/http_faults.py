"""What can go wrong with a call, in words for people; no URL, header or body is ever in them."""

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from salesagent.lib.http_wire import Attempt

Kind = Literal[
    "refused",  # we did not call: this address is not allowed
    "timeout",
    "connect",  # never reached it
    "reset",  # reached it, and the connection broke
    "tls",
    "too_big",
    "not_json",
    "redirect",
    "status",  # an answer that is not 2xx (Answer.check)
    "budget",  # our own limit, or the pause it asked for
    "breaker_open",  # it failed several times in a row
]


class HttpFault(Exception):
    """A call without a usable answer. str() is a sentence for people, without secrets.

    retry_after: seconds after which another try makes sense, None when unknown.
    sent: False: the service certainly did nothing, trying again is safe; None: nobody knows;
    True: it got the request and answered.
    location: where a redirect pointed to; not part of the text.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        sent: bool | None = None,
        location: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.status = status
        self.sent = sent
        self.location = location


def wire_errors() -> tuple[type[Exception], ...]:
    """What requests, urllib3 and the socket raise; ValueError: a URL or header it cannot send."""
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    from salesagent.lib.http_wire import TooBig

    return RequestException, HTTPError, OSError, ValueError, TooBig


def of_wire(error: BaseException, attempt: "Attempt", service: str, host: str) -> HttpFault:
    """The fault behind an exception of the wire; `attempt` knows how far the request came."""
    from salesagent.lib.http_wire import PrivateAddress, TooBig

    if isinstance(error, TooBig):
        return HttpFault("too_big", f"{service} sent more than we accept.", sent=True)
    names = _chain(error)
    if any(isinstance(one, PrivateAddress) for one in names):
        text = f"{service}: {host} leads into a private network, so it was not called."
        return HttpFault("refused", text, sent=False)
    sent = None if attempt.sent else False
    if attempt.late or any("Timeout" in type(one).__name__ for one in names):
        return HttpFault("timeout", f"{service} did not answer in time.", sent=sent)
    if any("SSL" in type(one).__name__ for one in names) and not attempt.sent:
        text = f"{service}: the certificate of {host} could not be verified."
        return HttpFault("tls", text, sent=False)
    if attempt.sent:
        return HttpFault("reset", f"{service} broke the connection off.", sent=None)
    if isinstance(error, ValueError):
        return HttpFault("refused", f"{service}: this request cannot be sent.", sent=False)
    return HttpFault("connect", f"{service} cannot be reached at {host}.", sent=False)


def _chain(error: Any) -> list[BaseException]:
    """The error and what it wraps: requests and urllib3 put causes into args and `reason`."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def of_status(service: str, status: int, retry_after: float | None) -> HttpFault:
    """429 is known not to be processed; behind a 5xx nobody knows."""
    words = {
        401: "no longer accepts our access. Connect it again.",
        403: "does not allow this.",
        404: "does not know this.",
        429: "asks us to slow down.",
    }
    said = "has a problem of its own." if status >= 500 else "did not accept the request."
    sent = False if status == 429 else None if status >= 500 or status == 408 else True
    text = f"{service} {words.get(status, said)} (HTTP {status})"
    return HttpFault("status", text, status=status, retry_after=retry_after, sent=sent)


def redirect(service: str, status: int, target: str) -> HttpFault:
    text = f"{service} sent us to another address, which we do not follow."
    return HttpFault("redirect", text, status=status, sent=None, location=target)


def no_leave(service: str, seconds: float, breaker: bool) -> HttpFault:
    if breaker:
        text = f"{service} failed several times in a row; we try again later."
        return HttpFault("breaker_open", text, retry_after=seconds, sent=False)
    text = f"{service}: our limit of calls is reached for now."
    return HttpFault("budget", text, retry_after=seconds, sent=False)
