"""People side by side, by name: only while the owner has switched it on."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from coaching.models import Talk
from coaching.services.shares import Share
from coaching.services.team import Group
from salesagent.accounts import audit
from salesagent.accounts.models import User, Workspace


class LeaderboardOff(Exception):
    """The owner has not switched it on: there is nothing to compute."""


@dataclass(frozen=True)
class Row:
    """`place` is None where the intervals do not tell this person from the next ones."""

    person: User
    threads: int
    kept: Share
    place: int | None = None


def on() -> bool:
    return Workspace.current().leaderboard


def table(user: User, days: int) -> list[Row]:
    """The reader's team (all for the owner). Raises LeaderboardOff while it is off."""
    if not on():
        raise LeaderboardOff
    members = _members(user)
    ids = [one.pk for one in members]
    group = Group(ids, set(ids), days)
    numbers = {
        rep: (threads, Share(done, of))
        for rep, threads, done, of in group.talks()
        .values_list("rep")
        .annotate(
            threads=Count("lead", distinct=True, filter=~Q(about=Talk.About.WAITING)),
            done=Count("pk", filter=Q(kept=True)),
            of=Count("pk", filter=Q(kept__isnull=False)),
        )
    }
    rows = [Row(one, *numbers[one.pk]) for one in members if one.pk in numbers]
    return _placed(sorted(rows, key=lambda row: (-_rate(row.kept), row.person.name)))


def _members(user: User) -> list[User]:
    people = User.objects.filter(is_active=True).exclude(role=User.Role.OWNER).order_by("name")
    if not user.is_owner:
        people = people.filter(team=user.team_id) if user.team_id else people.filter(pk=user.pk)
    return list(people)


def _rate(share: Share) -> float:
    return share.done / share.of if share.of else -1.0


def _placed(rows: list[Row]) -> list[Row]:
    """A place only for whoever's interval touches nobody else's."""
    placed = []
    for number, row in enumerate(rows, start=1):
        others = [one for one in rows if one is not row and one.kept.of]
        alone = bool(others) and row.kept.of and all(row.kept.apart(one.kept) for one in others)
        placed.append(Row(row.person, row.threads, row.kept, number if alone else None))
    return placed


@transaction.atomic
def switch(owner: User, *, to: bool) -> bool:
    """Switch it on or off; False when it stood so before. In the audit trail."""
    if (
        not Workspace.objects.filter(pk=Workspace.current().pk)
        .exclude(leaderboard=to)
        .update(leaderboard=to)
    ):
        return False
    audit.note(owner, "settings.changed", "leaderboard", on=to)
    return True
