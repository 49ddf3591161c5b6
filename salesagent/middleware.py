"""Request ids in each log line, and pages in the user's time zone."""

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from salesagent.accounts.models import User
from salesagent.lib import request_id

Handler = Callable[[HttpRequest], HttpResponse]
_SAFE = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestId:
    """Takes a well-formed X-Request-ID or makes one; answers with it and puts it in the log."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        value = given if _SAFE.fullmatch(given) else secrets.token_hex(8)
        token = request_id.current.set(value)
        request.META["REQUEST_ID"] = value
        try:
            response = self.get_response(request)
        finally:
            request_id.current.reset(token)
        response["X-Request-ID"] = value
        return response


class UserTimeZone:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            with timezone.override(user.tz):
                return self.get_response(request)
        return self.get_response(request)
