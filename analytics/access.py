"""Whose numbers a user may see: those of the people whose leads the user sees."""

from dataclasses import dataclass, field, replace

from django.db.models import QuerySet
from django.http import Http404

from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

EVERYBODY, NOBODY = 0, -1  # as in DailyStat.who


@dataclass(frozen=True)
class Scope:
    """What a page counts: the people, and one segment or all ("").

    `stamp`: of the count that the page is about (StatRun.stamp); its sums are then read once and
    kept (analytics.selectors.kept). "": always read.
    """

    who: tuple[int, ...]
    segment: str = ""
    stamp: str = field(default="", compare=False)

    @property
    def whole(self) -> "Scope":
        """Of all segments."""
        return replace(self, segment="") if self.segment else self


def scope_for(user: User, owner: int | None = None, segment: str = "") -> Scope:
    """`owner`: one person, -1 for leads that are nobody's, None for all that the user sees.

    Raises Http404 for somebody whose leads the user does not see.
    """
    seen = visible_user_ids(user)
    if owner is None:
        return Scope((EVERYBODY,) if seen is None else _all(user, seen), segment)
    allowed = owner != EVERYBODY if seen is None else owner in _all(user, seen)
    if not allowed:
        raise Http404
    return Scope((owner,), segment)


def scope_for_team(user: User, team: int, segment: str = "") -> Scope:
    """One team as its manager sees it, with what is nobody's. The owner: any; others: the own."""
    seen = visible_user_ids(user)
    members = list(User.objects.filter(team_id=team).order_by("pk").values_list("pk", flat=True))
    if not members or seen is not None and not set(members) <= set(seen):
        raise Http404
    return Scope((*members, *([NOBODY] if user.is_manager else [])), segment)


def people(user: User) -> list[User]:
    """Whom the user can choose; closed accounts too, their numbers stay."""
    seen = visible_user_ids(user)
    if seen is None:
        return _EVERYBODY.all()
    return list(_named().filter(pk__in=seen))


def active(user: User, scope: Scope) -> list[User]:
    """Of the scope's people those with an open account, by name."""
    rows = User.objects.filter(is_active=True).order_by("name", "pk")
    seen = visible_user_ids(user)
    if seen is not None:
        rows = rows.filter(pk__in=seen)
    if EVERYBODY not in scope.who:
        rows = rows.filter(pk__in=scope.who)
    return list(rows)


def _named() -> QuerySet[User]:
    return User.objects.only("name", "email", "team_id").order_by("name", "pk")


_EVERYBODY = Rows(_named)


def _all(user: User, seen: list[int]) -> tuple[int, ...]:
    """A manager also sees leads that are nobody's."""
    return (*sorted(seen), *([NOBODY] if user.is_manager else []))
