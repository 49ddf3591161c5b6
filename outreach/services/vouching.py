"""A person says where a statement of a draft comes from; it is kept as a note in the thread."""

import uuid

from leads.services import notes
from outreach.models import Touch
from outreach.services import approval, policy
from outreach.services.receipt_sources import VOUCHED
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

ORIGIN_LIMIT = 150  # characters of "where is this from"
_SPACE = uuid.UUID("8a0b7c1e-2f4d-4c55-9a43-6f1f0f1a7d10")


class VouchError(Exception):
    """Why nothing was kept, in words for the person."""


def vouch(touch: Touch, *, user: User, place: str, origin: str, seen_hash: str) -> Touch:
    """Keep the sentence at `place` ("body:120") with its origin, and run the checks again.

    The same twice is one note. Raises VouchError.
    """
    words = one_line(origin, ORIGIN_LIMIT)
    if not words:
        raise VouchError("Say in a few words where this is from.")
    if touch.state != Touch.State.DRAFT or policy.text_hash(touch) != seen_hash:
        raise VouchError(approval.CHANGED)
    sentence = _sentence(touch, place)
    token = uuid.uuid5(_SPACE, f"{touch.pk}:{sentence}:{words}")
    notes.add_note(touch.lead, user, f"{sentence}{VOUCHED}{words}", token=token)
    approval.recheck(touch)
    return touch


def _sentence(touch: Touch, place: str) -> str:
    for item in touch.receipts:
        if f"{item.get('where')}:{item.get('start')}" == place and not item.get("ok"):
            return str(item["sentence"])
    raise VouchError("This statement has a source already, or the text changed.")
