"""Who is meant in a line of a thread: an actor's code or an id in `data` as a short name."""

from collections.abc import Iterable, Mapping

from leads.crm.names import label_of
from leads.models import Lead, ThreadEvent
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

PEOPLE_KEYS = ("owner", "before", "from", "to", "owner_id", "user")  # of `data`, when they hold ids


class Names:
    """Who an actor is, in one word; built by `names_for` with one query for a whole page."""

    def __init__(self, lead: Lead, users: Mapping[int, str]) -> None:
        self.lead = one_line(lead.first_name or lead.name, 60)
        self.users = users

    def __call__(self, actor: str) -> str:
        """ "user:7" -> "Jonas"; "lead" -> "Marta"; "crm:hubspot" -> "HubSpot"; else ""."""
        kind, _, rest = actor.partition(":")
        if kind == "user" and rest.isdigit():
            return self.users.get(int(rest), "somebody who has left")
        if kind == "lead":
            return self.lead
        return label_of(rest) if kind == "crm" else ""

    def by(self, actor: str) -> str:
        """ " by Jonas", or nothing when no person did it."""
        who = self(actor)
        return f" by {who}" if who else ""

    def person(self, value: object) -> str:
        """A user's id as it stands in `data`."""
        if isinstance(value, str) and value.startswith("user:"):
            return self(value)
        if isinstance(value, int):
            return self.users.get(value, "somebody who has left")
        return one_line(str(value or ""), 60)


def names_for(events: Iterable[ThreadEvent], lead: Lead) -> Names:
    """One query for everybody who is named in `events`."""
    wanted: set[int] = set()
    for event in events:
        wanted.update(_user_ids(event))
    if not wanted:
        return Names(lead, {})
    rows = User.objects.filter(pk__in=wanted).only("pk", "name", "email")
    return Names(lead, {user.pk: one_line(user.get_short_name(), 60) for user in rows})


def _user_ids(event: ThreadEvent) -> Iterable[int]:
    kind, _, rest = event.actor.partition(":")
    if kind == "user" and rest.isdigit():
        yield int(rest)
    if event.kind in ("lead.assigned", "task.escalated"):
        yield from (v for k in PEOPLE_KEYS if isinstance(v := event.data.get(k), int))


def with_given(words: str, event: ThreadEvent, key: str = "given") -> str:
    """Words of an event, and who got the lead by the rules of assignment or why."""
    given = one_line(str(event.data.get(key) or ""), 250)
    return f"{words}. {given}".removeprefix(". ") if given else words


def changed_by(event: ThreadEvent, names: Names) -> str:
    by = names.by(event.actor)
    return f"Changed{by}" if by else ""
