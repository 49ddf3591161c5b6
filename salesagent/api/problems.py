"""Errors as RFC 9457 tells them: application/problem+json, one shape for all of them."""

import json
from collections.abc import Mapping, Sequence
from http.client import responses
from typing import Any

from django.http import HttpResponse

TYPE = "application/problem+json"


class Problem(Exception):
    """Raise it in a route: it becomes the answer. `errors`: [{"detail", "pointer" | "parameter"}].

    `code` is for programs and stays the same; `detail` is for people.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str = "",
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.code = status, detail, code
        self.errors, self.headers = list(errors), dict(headers or {})

    def answer(self) -> HttpResponse:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": responses.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
        }
        if self.code:
            body["code"] = self.code
        if self.errors:
            body["errors"] = self.errors
        text = json.dumps(body, ensure_ascii=False)
        return HttpResponse(text, TYPE, self.status, headers=self.headers)


def not_found() -> Problem:
    """The same for what is not there and for what is somebody else's."""
    return Problem(404, "There is nothing here that you may see.", code="not_found")


def wrong_field(field: str, detail: str) -> Problem:
    """A value of the body that a service refused; `field` may be empty."""
    pointer = f"/{field}" if field else ""
    said = [{"detail": detail, "pointer": pointer}]
    return Problem(422, detail, code="invalid", errors=said)


def conflict(detail: str, code: str = "state") -> Problem:
    """The thing is not in a state in which that can be done."""
    return Problem(409, detail, code=code)
