"""A stored answer is given again only while its reader still sees what it tells of."""

import json
import re
from collections.abc import Callable, Iterator

from django.http import Http404

from leads.access import lead_for
from outreach.access_sequences import enrollment_for, sequence_for
from outreach.access_work import touch_for
from salesagent.accounts.models import User

Look = Callable[[User, int], object]
# first part of the path -> the rule of its pages; fields of a body that name what it tells of
PATHS: dict[str, Look] = {
    "leads": lead_for,
    "drafts": touch_for,
    "enrollments": enrollment_for,
    "sequences": sequence_for,
}
FIELDS: dict[str, Look] = {"lead_id": lead_for, "draft_id": touch_for}
_PATH = re.compile(r"/api/v1/([a-z]+)/([0-9]{1,18})(?:/|$)")


def still_seen(user: User, path: str, body: str) -> bool:
    """Lists of ids alone, as of an intake, tell nothing that a lead's page would."""
    try:
        for look, pk in _about(path, body):
            look(user, pk)
    except Http404:
        return False
    return True


def _about(path: str, body: str) -> Iterator[tuple[Look, int]]:
    if not body:
        return
    if (found := _PATH.match(path)) and found[1] in PATHS:
        yield PATHS[found[1]], int(found[2])
    told = json.loads(body)
    for name, look in FIELDS.items():
        if isinstance(told, dict) and isinstance(told.get(name), int):
            yield look, told[name]
