"""Erasure and export reach the leads that were merged into a person, and forget the merges."""

from django.db.models import Q

from leads import family, thread
from leads.models import DuplicatePair, Merge
from salesagent.lib import privacy

NAME = "merged leads"


def _others(person_id: int) -> list[int]:
    return list(family.merged_into([person_id]))


def erase(person_id: int) -> None:
    """Every holder blanks what it keeps of the merged leads too; no merge can be taken back."""
    for other in _others(person_id):
        for name, holder in privacy.HOLDERS.items():
            if name != NAME:
                holder.erase(other)
        thread.redact(other)
    DuplicatePair.objects.filter(Q(first=person_id) | Q(second=person_id)).delete()
    Merge.objects.filter(Q(keeper=person_id) | Q(gone=person_id)).update(before={})


def export(person_id: int) -> dict[str, object]:
    return {
        str(other): {
            name: holder.export(other) for name, holder in privacy.HOLDERS.items() if name != NAME
        }
        for other in _others(person_id)
    }
