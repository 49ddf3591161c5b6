"""Who was erased since the backup was made is erased again in the restored data (lib.erasures)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from leads import thread
from leads.models import Lead, Suppression, ThreadEvent
from leads.services import suppression
from salesagent.lib import privacy
from salesagent.lib.erasures import Erasure

# of a lead: what says nothing about the person, and what has to stay as it is
KEPT = ("id", "stage", "created_at", "updated_at", "archived_at", "score", "merged_into", "owner")


def erase(rows: Sequence[Erasure]) -> int:
    """Whoever of these is here: the same person by id and address, or an older one with it."""
    wanted: dict[str, datetime] = {}
    for row in rows:
        wanted |= {one: max(row.at, wanted.get(one, row.at)) for one in row.hashes}
    ids = {row.person for row in rows}
    found = 0
    for lead in Lead.objects.filter(erased_at=None).order_by("pk").iterator(chunk_size=500):
        at = _erased_at(lead, wanted)
        if at and (lead.pk in ids or lead.created_at < at):
            _erase(lead)
            found += 1
    return found


def _erased_at(lead: Lead, wanted: dict[str, datetime]) -> datetime | None:
    """The address must be the person's own: a company's domain is many people's."""
    own = [one.hash for one in suppression.normals(lead) if one.kind != "domain"]
    return max((wanted[one] for one in own if one in wanted), default=None)


@transaction.atomic
def _erase(lead: Lead) -> None:
    """Blank the person, what the apps hold of them and their thread; the addresses stay on the
    do-not-contact list as hashes."""
    for one in suppression.normals(lead):
        if one.kind != "domain":
            Suppression.objects.update_or_create(
                address_hash=one.hash,
                channel=suppression.ALL,
                defaults={"kind": one.kind, "masked": "", "reason": Suppression.Reason.ERASED},
            )
    for holder in privacy.HOLDERS.values():
        holder.erase(lead.pk)
    thread.redact(lead.pk)
    for model, field in _about_leads():
        _blank_rows(model.objects.filter(**{field: lead.pk}))  # type: ignore[attr-defined]
    _blank(lead)


def _about_leads() -> Iterator[tuple[type[models.Model], str]]:
    """Each table of any app that has rows about a lead, but for the thread."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if field.related_model is Lead and model not in (ThreadEvent, Lead):
                yield model, field.name


def _blank_rows(rows: "models.QuerySet[Any]") -> None:
    """Whatever was written in words goes; states, times and numbers stay. A message that was kept
    as it came goes as well."""
    fields = list(_words(rows.model))
    if any(field.name == "raw_path" for field in fields):
        for path in rows.exclude(raw_path="").values_list("raw_path", flat=True):
            (Path(settings.DATA_DIR) / "mail" / path).unlink(missing_ok=True)
    if fields:
        rows.update(**{field.name: _empty(field) for field in fields})


def _words(model: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    unique = {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        for name in constraint.fields
    }
    for field in model._meta.local_concrete_fields:
        wordy = isinstance(field, models.CharField | models.TextField | models.JSONField)
        if wordy and not (field.choices or field.unique or field.name in unique):
            yield field


def _blank(lead: Lead) -> None:
    for field in Lead._meta.local_concrete_fields:
        if field.name not in KEPT:
            setattr(lead, field.attname, _empty(field))
    lead.erased_at = timezone.now()
    lead.archived_at = lead.archived_at or lead.erased_at
    lead.save()


def _empty(field: "models.Field[Any, Any]") -> object:
    return None if field.null else field.get_default()
