"""Rules of assignment at the doors by which leads come in many at a time: files and CRM pulls."""

from collections import Counter
from typing import Any

import pytest

from leads.forms_import import OptionsForm
from leads.models import AssignmentRule, Decision, Lead
from leads.services import decisions
from leads.tests.importing import checked, imported, undone
from salesagent.accounts.models import Notification

pytestmark = pytest.mark.django_db
LINES = [f"Ada;Nr{number};a{number}@x.example;;Bo;Odense;DK" for number in range(6)]


@pytest.fixture
def rule(rep: Any, mate: Any) -> AssignmentRule:
    return AssignmentRule.objects.create(name="Denmark", fits={"countries": ["dk"]}, how="turn")


def test_a_file_goes_by_the_rules(
    rule: AssignmentRule, rep: Any, mate: Any, manager: Any, run_queue: Any
) -> None:
    other = "Eva;Nr;eva@x.example;;Bo;Oslo;NO"
    batch = imported(manager, run_queue, *LINES, other, owner=None)
    assert (batch.state, batch.counts["new"]) == ("done", 7)
    owners = Counter(Lead.objects.values_list("owner", flat=True))
    assert owners == {rep.pk: 3, mate.pk: 3, None: 1}
    lead = Lead.objects.filter(owner=rep).first()
    assert lead
    event = lead.events.get(kind="lead.imported")
    assert event.data["given"] == "Given to Jonas: rule Denmark, in turn."
    assert Notification.objects.filter(user=manager, kind="rebalance").count() == 1
    assert Notification.objects.filter(user=rep, kind="reassigned").count() == 1
    decisions.undo(Decision.objects.get(lead=lead, rule="assign"), manager)
    assert Lead.objects.get(pk=lead.pk).owner is None


def test_the_import_is_undone_as_a_whole(
    rule: AssignmentRule, manager: Any, run_queue: Any
) -> None:
    batch = imported(manager, run_queue, *LINES, owner=None)
    undone(batch, manager, run_queue)
    assert not Lead.objects.filter(archived_at=None).exists()


def test_managers_may_leave_it_to_the_rules(
    rule: AssignmentRule, rep: Any, manager: Any, run_queue: Any
) -> None:
    batch = checked(manager, run_queue, *LINES)
    codes = [code for code, _ in OptionsForm(user=manager, batch=batch).fields["owner"].choices]  # type: ignore[attr-defined]
    assert codes[1] == "rules"
    assert [
        code
        for code, _ in OptionsForm(user=rep, batch=batch).fields["owner"].choices  # type: ignore[attr-defined]
    ] == [f"user:{manager.pk}"]
    data = {"basis": "consent", "basis_source": "Fair", "duplicates": "fill", "owner": "rules"}
    form = OptionsForm(data, user=manager, batch=batch)
    assert form.is_valid()
    assert form.cleaned_data["owner"] == {"owner": None, "round_team": None}


def test_a_pull_without_owner_goes_by_the_rules(
    rule: AssignmentRule, there: Any, sync: Any, crm_connection: Any, rep: Any
) -> None:
    AssignmentRule.objects.update(fits={})
    crm_connection.settings = {**crm_connection.settings, "owner": None}
    crm_connection.save()
    there.make("contact", first_name="Milan", email="milan@horak.example")
    assert sync().state == "done"
    lead = Lead.objects.get(email="milan@horak.example")
    assert lead.owner == rep
    assert [event.kind for event in lead.events.all()] == ["lead.pulled"]
    assert lead.events.get().data["given"] == "Given to Jonas: rule Denmark, in turn."
    assert sync().counts.get("in", 0) == 0  # nothing moves by it again
