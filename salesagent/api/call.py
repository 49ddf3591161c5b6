"""A request as a route sees it: whose token it is, and what the answer tells beside its body."""

from django.http import HttpRequest

from salesagent.accounts.models import User
from salesagent.api.models import ApiToken


class Call(HttpRequest):
    """Only for typing: the door sets these on the request it was given."""

    user: User
    token: ApiToken
    next_cursor: str
