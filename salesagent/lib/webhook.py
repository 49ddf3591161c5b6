"""What every door for a service's webhooks does before the service's own rules.

A door that answers 500 is retried for days and shows its bricks, so whatever comes in ends in 2xx,
403, 405, 413 or 415. Nothing is stored before the signature was verified.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from django.views.decorators.csrf import csrf_exempt

from salesagent.lib.models import WebhookEvent

log = logging.getLogger("salesagent.webhook")

MAX_BYTES = 1_000_000
JSON = ("application/json",)
FORM = ("application/x-www-form-urlencoded",)
KEEP = timedelta(days=30)  # services repeat a webhook for some days at most
View = Callable[..., HttpResponse]

# what code raises that meets bytes it did not expect: parsers, missing keys, wrong types
UNREADABLE = (
    ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError,
    ValidationError, SuspiciousOperation, BadRequest, ObjectDoesNotExist, DataError,
)  # fmt: skip


class Forbidden(Exception):
    """This message is not from the service, too old, or not readable. The text is for our log."""


def webhook(
    *, max_bytes: int = MAX_BYTES, content_types: Collection[str] = JSON, methods: str = "POST"
) -> Callable[[View], View]:
    """A view for a service, not for people: no session, no CSRF token, POST only.

    The raw body is in `request.body` (at most `max_bytes`) before the view runs. Forbidden and any
    fault of reading the message become 403; errors of the database stay errors, so that the service
    comes again. `methods`: space-separated, for a service that looks by HEAD first.
    """
    types, allowed = frozenset(content_types), methods.split()

    def decorate(view: View) -> View:
        @login_not_required
        @csrf_exempt
        @wraps(view)
        def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            if request.method == "POST" and (refused := _refused(request, types, max_bytes)):
                return refused
            try:
                return view(request, *args, **kwargs)
            except Forbidden as error:
                log.warning("%s: refused: %s", _name(view), error)
            except UNREADABLE as error:
                log.warning("%s: not readable: %s", _name(view), _where(error))
            return HttpResponse(status=403)

        return inner

    return decorate


def _where(error: BaseException) -> str:
    """Type and line, without the text: that may repeat the message."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}"


def _name(view: View) -> str:
    return getattr(view, "__name__", "webhook")


def _refused(request: HttpRequest, types: Collection[str], max_bytes: int) -> HttpResponse | None:
    """The answer for a message that is not even looked at, else None with the body read."""
    if request.content_type not in types:
        return HttpResponse(status=415)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > max_bytes:
        return HttpResponse(status=413)
    try:
        request._body = request.read(max_bytes + 1)
    except (UnreadablePostError, OSError):
        return HttpResponse(status=400)
    if len(request.body) > max_bytes:
        return HttpResponse(status=413)
    return None


def same(one: str | bytes | None, other: str | bytes | None) -> bool:
    """Equal and not empty, in a time that does not tell how much is equal. Copes with any text."""
    a, b = _bytes(one), _bytes(other)
    return hmac.compare_digest(a, b) and bool(a)


def _bytes(value: str | bytes | None) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return bytes(value or b"")


def once(provider: str, event_id: str) -> bool:
    """True for the first caller with this id ever, False for all later ones, at the same time too.

    Call it after the signature was verified, in one transaction with what the event causes: if
    that fails the id is forgotten with it, and the service's next try counts.
    """
    digest = hashlib.sha256(_bytes(event_id)).hexdigest()
    if WebhookEvent.objects.filter(provider=provider, event_id=digest).exists():
        return False
    try:
        with transaction.atomic():
            WebhookEvent.objects.create(provider=provider, event_id=digest)
    except IntegrityError:
        return False
    return True


def forget_old() -> int:
    """Delete ids older than 30 days; returns how many."""
    old = WebhookEvent.objects.filter(received_at__lt=timezone.now() - KEEP)
    return old.delete()[0]


def public_url(request: HttpRequest) -> str:
    """The address the service called, as it signed it: SITE_URL, path and raw query.

    Never from Host or X-Forwarded-*: whoever sends the request chooses those.
    """
    query = request.META.get("QUERY_STRING", "")
    raw = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or ""
    path = raw.partition("?")[0] if raw.startswith("/") else escape_uri_path(request.path)
    return f"{settings.SITE_URL}{path}" + (f"?{query}" if query else "")
