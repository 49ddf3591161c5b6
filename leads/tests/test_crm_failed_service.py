"""What could not be done stays listed until it is right, and is tried by each sync."""

from typing import Any

import pytest

from leads.models import Lead
from leads.services import crm_counts
from leads.tests.crm import link_of

pytestmark = pytest.mark.django_db


def failed(run: Any) -> list[tuple[str, str]]:
    return list(run.changes.filter(state="failed").values_list("label", "reason"))


def test_a_bad_address_there_stays_listed_until_it_is_right(
    there: Any, sync: Any, lead: Any
) -> None:
    sync()
    number = link_of(lead).remote_id
    there.edit("contact", number, email="at the desk")
    first = failed(sync())
    assert first and first[0][0] == lead.name
    for preview, user in ((False, None), (True, None), (False, None)):
        run = sync(preview=preview, user=user)
        assert failed(run) == first and run.counts["failed"] == 1
    there.edit("contact", number, email="marta@right.example")
    run = sync()
    lead.refresh_from_db()
    assert (failed(run), lead.email) == ([], "marta@right.example")
    assert failed(sync()) == []


def test_an_address_that_somebody_has_comes_in_once_it_is_free(
    there: Any, sync: Any, lead: Any, make_lead: Any
) -> None:
    other = make_lead(email="other@ours.example", lawful_basis="consent")
    sync()
    there.edit("contact", link_of(lead).remote_id, email="other@ours.example")
    first = failed(sync())
    assert "Another lead has this address" in first[0][1]
    assert failed(sync()) == first
    Lead.objects.filter(pk=other.pk).update(email="moved@ours.example")
    sync()
    lead.refresh_from_db()
    assert lead.email == "other@ours.example"


def test_a_paused_sync_says_what_is_still_to_do(there: Any, sync: Any, lead: Any) -> None:
    run = sync(preview=True)
    assert (run.counts["out"], crm_counts.by_code(run.changes.all())["create_there"]) == (2, 2)
    run = sync()
    run.changes.update(state="planned")
    assert crm_counts.by_code(run.changes.all()) == {"waits": 2}
    assert crm_counts.of(run)["out"] == 0
