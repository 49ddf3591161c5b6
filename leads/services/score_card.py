"""The points card: what a change would do to the owner's leads, and saving it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from leads.access import leads_for
from leads.models import Lead
from leads.services import score_models, scoring
from salesagent.accounts import audit
from salesagent.accounts.models import User, Workspace
from salesagent.lib import jobs
from salesagent.lib.models import Job
from salesagent.lib.text import plural
from salesagent.templatetags.ui import temperature

SAMPLE = 200  # newest leads that a preview counts
ROWS = 10
JOB_KIND = "rescore"
WORDS = ("Hot", "Warm", "Cold")


@dataclass(frozen=True)
class PreviewRow:
    lead: Lead
    before: int
    after: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Preview:
    """`words`: (Hot|Warm|Cold, how many now, how many then) of `size` leads."""

    rows: list[PreviewRow]
    words: list[tuple[str, int, int]]
    size: int


def preview(user: User, card: Mapping[str, Any]) -> Preview:
    """Old and new scores of the newest leads; those that move most come first."""
    leads = list(
        leads_for(user).filter(archived_at=None).select_related("company").order_by("-pk")[:SAMPLE]
    )
    model = score_models.in_use()
    now = scoring.compute(leads, model)
    then = scoring.compute(leads, model.with_card(card))
    rows = [
        PreviewRow(lead, old.number, new.number, new.reasons)
        for lead, old, new in zip(leads, now, then, strict=True)
    ]
    before = Counter(temperature(row.before) for row in rows)
    after = Counter(temperature(row.after) for row in rows)
    rows.sort(key=lambda row: (-abs(row.change), -row.after, -row.lead.pk))
    words = [(word, before[word], after[word]) for word in WORDS]
    return Preview(rows[:ROWS], words, len(leads))


@transaction.atomic
def save(user: User, card: Mapping[str, Any]) -> Job:
    """Keep the card (an empty one means the built-in) and score every lead again as a job."""
    workspace = Workspace.current()
    workspace.points_card = dict(card)
    workspace.save(update_fields=["points_card", "updated_at"])
    audit.note(user, "settings.changed", "score card", rules=len(card.get("rules", [])))
    return rescore(user)


def rescore(user: User | None) -> Job:
    """Score every lead again as a job."""
    total = Lead.objects.filter(archived_at=None, erased_at=None).count()
    return jobs.start(
        kind=JOB_KIND,
        title=f"Scoring {plural(total, 'lead')} again",
        task="leads.tasks.rescore_all",
        owner=user,
        total=total,
        data={"unit": "leads"},
        can_stop=False,
    )


def own_field_names() -> list[str]:
    """Own fields of the newest leads, for the list of what a rule may look at."""
    names: set[str] = set()
    newest = Lead.objects.exclude(custom={}).order_by("-pk").values_list("custom", flat=True)
    for custom in newest[:500]:
        names.update(custom)
    return sorted(names)[:60]
