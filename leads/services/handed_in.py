"""People that another program hands in: the intake door, for a user who does not see everybody."""

from django.db import transaction

from leads.access import assignable, sees
from leads.intake.base import IntakeError
from leads.intake.clean import normalise
from leads.intake.rows import LeadRow
from leads.models import AssignmentRule
from leads.services import assignment, intake
from leads.services.intake_match import Known
from salesagent.accounts.models import User, Workspace

TAKEN = "A lead with this address or number is here already, with somebody you do not see."


class Taken(IntakeError):
    """The person is somebody else's: nothing was changed, and nothing is told of them."""


def owner_of(user: User, owner_id: int | None) -> User | None:
    """Who gets new leads; the user itself without an id. Raises IntakeError.

    None: the rules of assignment say who. They do for managers who name nobody.
    """
    if owner_id is None and user.is_manager and AssignmentRule.objects.filter(active=True).exists():
        return None
    found = user if owner_id is None else assignable(user).filter(pk=owner_id).first()
    if found is None:
        raise IntakeError("You cannot give a lead to this person.", field="owner_id")
    return found


@transaction.atomic
def bring(
    row: LeadRow,
    *,
    user: User,
    owner: User | None,
    source: str,
    basis: str,
    basis_source: str,
    duplicates: str = intake.FILL,
) -> intake.Brought:
    """As intake.bring_in, but who is there and not `user`'s to see stays as they are.

    Raises Taken or IntakeError(field=).
    """
    clean = normalise(row, country_hint=Workspace.current().country)
    known = Known([clean])
    lead = known.lead_for(clean)
    if lead is not None and not known.withdrawn(lead) and not sees(user, lead):
        raise Taken(TAKEN, field="email" if clean.email else "phone")
    brought = intake.bring_in(
        clean,
        source=source,
        actor=user.actor,
        owner=owner,
        basis=basis,
        basis_source=basis_source,
        duplicates=duplicates,
    )
    if brought.created and owner is None:
        assignment.assign(brought.lead)
    return brought
