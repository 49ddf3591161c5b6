"""Whose imports a user may open: a rep own ones, a manager the team's, the owner all."""

from django.db.models import QuerySet
from django.http import Http404

from leads.models import ImportBatch
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User


def imports_for(user: User) -> QuerySet[ImportBatch]:
    imports = ImportBatch.objects.select_related("user", "owner", "job")
    if not user.is_manager:
        return imports.filter(user=user)
    ids = visible_user_ids(user)
    return imports if ids is None else imports.filter(user__in=ids)


def import_for(user: User, pk: int) -> ImportBatch:
    """The import, or Http404 when it does not exist for this user."""
    batch = imports_for(user).filter(pk=pk).first()
    if batch is None:
        raise Http404
    return batch
