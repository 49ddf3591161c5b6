"""Who may call a route: a token with the scope that it names."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja.security import HttpBearer

from salesagent.api.problems import Problem

Route = TypeVar("Route", bound=Callable[..., Any])


class Bearer(HttpBearer):
    """The door has found the token already; here only what it may do is asked."""

    def __init__(self, scope: str, *, personal: bool = False) -> None:
        super().__init__()
        self.scope, self.personal = scope, personal

    def __call__(self, request: HttpRequest) -> Any:
        token = request.token  # type: ignore[attr-defined]
        if self.personal and token.machine:
            raise Problem(403, "Only a person's own token may do this.", code="machine_token")
        if self.scope not in token.scopes:
            asks = f'Bearer error="insufficient_scope", scope="{self.scope}"'
            detail = f"This token may not do that. It needs “{self.scope}”."
            raise Problem(403, detail, code="scope", headers={"WWW-Authenticate": asks})
        return token

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        raise NotImplementedError("tokens are found by the door")


def needs(scope: str, *, personal: bool = False) -> Bearer:
    """`auth=needs("leads:read")`; `personal`: never a machine's token, whatever it carries."""
    from salesagent.api.scopes import SCOPES

    if scope not in SCOPES:
        raise ValueError(f"no such scope: {scope}")
    return Bearer(scope, personal=personal)


def outside(route: Route) -> Route:
    """Marks a route that talks to other services, or thinks long before it writes: no transaction
    stays open around it."""
    route.outside = True  # type: ignore[attr-defined]
    return route
