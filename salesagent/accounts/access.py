"""Who may do what, and whose work a user sees. Objects of an app: that app's access.py."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse

from salesagent.accounts.models import User
from salesagent.lib.sql import Cells

_MEMBERS = Cells(lambda team: User.objects.filter(team_id=team).values_list("pk"))


def visible_user_ids(user: User) -> list[int] | None:
    """Ids of the users whose leads `user` sees; None means everybody's (the owner).

    A rep sees own leads, or the team's when its manager switched team view on; a manager sees
    the team's.
    Leads without an owner are seen by managers and the owner.
    """
    if user.is_owner:
        return None
    if user.team_id and (user.role == User.Role.MANAGER or (user.team and user.team.team_view)):
        return [pk for (pk,) in _MEMBERS.all(user.team_id)]
    return [user.pk]


def current(request: HttpRequest) -> User:
    """The signed-in user, typed; only behind LoginRequiredMiddleware."""
    return cast(User, request.user)


def role_required(*roles: str) -> Callable[..., Any]:
    """404 for every other role: a page that is not theirs does not exist for them."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if current(request).role not in roles:
                raise Http404
            return view(request, *args, **kwargs)

        return inner

    return wrap


manager_required = role_required(User.Role.MANAGER, User.Role.OWNER)
owner_required = role_required(User.Role.OWNER)
