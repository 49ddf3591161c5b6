"""The drafts behind the link of a daily mail, all on one page with their checks and sources."""

from dataclasses import dataclass
from typing import Any

from leads.access import sees
from leads.family import keeper
from outreach import draft_page
from outreach.access_work import TOUCH_PARTS
from outreach.draft_marks import Marked, marked
from outreach.models import Touch
from outreach.services import letters, policy, reach
from outreach.services.digest import Asked
from salesagent.accounts.models import User, Workspace

LONGEST = 19  # digits of a row's id


@dataclass(frozen=True, slots=True)
class Draft:
    """One of them. `said`: why it is not to be decided here any more; "" while it is."""

    touch: Touch
    hash: str
    said: str
    marks: Marked
    to: str
    reason: str

    @property
    def blocked(self) -> bool:
        """A check stands against it: it can only be edited."""
        return any(check.get("level") == "block" for check in self.touch.checks)

    @property
    def ready(self) -> bool:
        """It may go with the others: every check passed, and it is no answer to somebody."""
        return not self.said and self.touch.checks_passed and self.touch.kind != Touch.Kind.REPLY


def context(user: User, asked: Asked) -> dict[str, Any]:
    """One query for all drafts, whatever their number."""
    rows = Touch.objects.filter(pk__in=asked.drafts).select_related(*TOUCH_PARTS)
    seen = [touch for touch in rows.order_by("due_at", "pk") if sees(user, keeper(touch.lead))]
    found = [_draft(touch, asked.drafts[touch.pk]) for touch in seen]
    return {
        "page": "approvals",
        "drafts": found,
        "open": [one for one in found if not one.said],
        "ready": [one for one in found if one.ready],
        "gone": len(asked.drafts) - len(found),
        "workspace": Workspace.current(),
    }


def _draft(touch: Touch, mark: str) -> Draft:
    now_hash = policy.text_hash(touch)
    link, own = reach.link(touch.lead, touch.channel)
    return Draft(
        touch=touch,
        hash=now_hash,
        said=_said(touch, now_hash, mark),
        marks=marked(touch),
        to=draft_page.to_words(touch, link if own else ""),
        reason=letters.why_you_get_this(touch.lead) if touch.kind == "sequence" else "",
    )


def _said(touch: Touch, now_hash: str, mark: str) -> str:
    if touch.state != Touch.State.DRAFT:
        by = f" by {touch.approved_by}" if touch.approved_by else ""
        return f"{touch.get_state_display()}{by}."
    if not now_hash.startswith(mark):
        return "Its text changed since the mail was sent. Read it again in Approvals."
    return waits(touch)


def waits(touch: Touch) -> str:
    """Why it is not approved now, whatever it says; "" when it may be."""
    paused = touch.enrollment and touch.enrollment.state == "paused"
    return "Its sequence is paused. The draft waits with it." if paused else ""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < LONGEST


def seen(values: list[str], asked: Asked) -> dict[int, str]:
    """{pk: text hash} of the posted "12:ab34…" that the link stands for; the rest is dropped."""
    pairs = (value.partition(":") for value in values[: len(asked.drafts)])
    given = {int(pk): text for pk, _, text in pairs if _is_id(pk)}
    return {
        pk: text
        for pk, text in given.items()
        if pk in asked.drafts and text.startswith(asked.drafts[pk])
    }
