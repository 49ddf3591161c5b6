"""The list of sequences, their people and settings: who may open them, and what they do."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from outreach.models import (
    Enrollment,
    Sequence,
    Template,
    Variant,
)
from outreach.services import content, enrollment
from outreach.services.sequences import current_steps


def url(name: str, *args: object) -> str:
    return reverse(f"outreach:{name}", args=args)


def key_of(sequence: Sequence, position: int = 1) -> uuid.UUID:
    return current_steps(sequence)[position - 1].key


@pytest.fixture
def enrolled(lead: Lead, sequence: Sequence, rep: Any, mailbox: Any, workspace: Any) -> Enrollment:
    return enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)


# --- list ---


def test_first_visit_brings_the_ready_made_content(rep: Any, as_user: Any) -> None:
    page = as_user(rep).get(url("sequences")).content.decode()
    assert "No sequence yet" in page
    assert page.count('name="code"') == 3
    assert Template.objects.filter(builtin=True, channel="email").count() >= 10


def test_list_shows_counts(enrolled: Enrollment, rep: Any, as_user: Any) -> None:
    page = as_user(rep).get(url("sequences")).content.decode()
    assert "Cold-room uptime" in page
    assert "Running" in page


def test_list_takes_as_many_queries_for_many(
    sequence: Sequence, rep: Any, team: Any, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    content.install_builtin()
    for number in range(20):
        Sequence.objects.create(name=f"More {number}", owner=rep, team=team)
    client = as_user(rep)
    with django_assert_max_num_queries(13):
        assert "More 19" in client.get(url("sequences")).content.decode()


@pytest.mark.parametrize(
    ("who", "seen"),
    [("rep", True), ("mate", True), ("manager", True), ("owner", True), ("stranger", False)],
)
def test_list_shows_the_teams_sequences(
    who: str, seen: bool, sequence: Sequence, as_user: Any, request: pytest.FixtureRequest
) -> None:
    page = as_user(request.getfixturevalue(who)).get(url("sequences")).content.decode()
    assert ("Cold-room uptime" in page) is seen


# --- access to every view of one sequence ---

READ = ["sequence", "sequence_people", "sequence_enroll"]
EDIT = ["sequence_settings"]
POSTS = ["sequence_state", "sequence_rule", "step_add", "step_save", "step_move", "step_remove"]


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    ("who", "status"),
    [("rep", 200), ("mate", 200), ("manager", 200), ("owner", 200), ("stranger", 404),
     ("other_manager", 404)],
)  # fmt: skip
def test_pages_are_the_teams(
    name: str, who: str, status: int, sequence: Sequence, as_user: Any, request: Any
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(url(name, sequence.pk)).status_code == status


@pytest.mark.parametrize(
    ("who", "status"),
    [("rep", 200), ("mate", 404), ("manager", 200), ("owner", 200), ("other_manager", 404)],
)
def test_settings_are_the_editors(
    who: str, status: int, sequence: Sequence, as_user: Any, request: Any
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(url("sequence_settings", sequence.pk)).status_code == status


@pytest.mark.parametrize("name", POSTS + ["step_variant"])
@pytest.mark.parametrize("who", ["mate", "stranger", "other_manager"])
def test_changes_by_others_are_404(
    name: str, who: str, sequence: Sequence, as_user: Any, request: Any
) -> None:
    args = [sequence.pk] + (
        [key_of(sequence)] if name.startswith("step_") and name != "step_add" else []
    )
    before = sequence.version
    response = as_user(request.getfixturevalue(who)).post(url(name, *args), {})
    assert response.status_code == 404
    sequence.refresh_from_db()
    assert sequence.version == before


def test_a_mate_reads_but_finds_no_form(sequence: Sequence, mate: Any, as_user: Any) -> None:
    page = as_user(mate).get(url("sequence", sequence.pk)).content.decode()
    assert "Save touch" not in page
    assert "Copy to change" in page


@pytest.mark.parametrize("name", ["step_test", "step_preview"])
def test_stranger_cannot_preview_or_test(
    name: str, sequence: Sequence, stranger: Any, as_user: Any
) -> None:
    client = as_user(stranger)
    assert client.post(url(name, sequence.pk, key_of(sequence)), {}).status_code == 404


# --- state, settings, people ---


def test_copy_ready_then_start(rep: Any, as_user: Any, workspace: Any) -> None:
    client = as_user(rep)
    response = client.post(url("sequence_copy_ready"), {"code": "name-the-pain"})
    mine = Sequence.objects.get()
    assert response["Location"] == url("sequence", mine.pk)
    assert (mine.owner, mine.team, mine.state) == (rep, rep.team, "draft")
    client.post(url("sequence_state", mine.pk), {"state": "running"})
    mine.refresh_from_db()
    assert mine.state == "running"


def test_unknown_ready_made_is_told(rep: Any, as_user: Any) -> None:
    page = as_user(rep).post(url("sequence_copy_ready"), {"code": "x"}, follow=True)
    assert "does not exist" in page.content.decode()


def test_start_refuses_an_unknown_field(sequence: Sequence, rep: Any, as_user: Any) -> None:
    Sequence.objects.update(state="draft")
    Variant.objects.filter(step=current_steps(sequence)[1]).update(body="{{ lead.owner.password }}")
    page = as_user(rep).post(url("sequence_state", sequence.pk), {"state": "running"}, follow=True)
    assert "is no field" in page.content.decode()
    sequence.refresh_from_db()
    assert sequence.state == "draft"


def test_archive_refuses_while_people_are_in_it(
    enrolled: Enrollment, sequence: Sequence, rep: Any, as_user: Any
) -> None:
    client = as_user(rep)
    client.post(url("sequence_state", sequence.pk), {"state": "paused"})
    page = client.post(url("sequence_state", sequence.pk), {"state": "archived"}, follow=True)
    assert "1 person is still in it" in page.content.decode()


def test_settings_save_and_refuse(sequence: Sequence, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    good = {"name": "New name", "window_start": "09:00", "window_end": "16:30"}
    assert client.post(url("sequence_settings", sequence.pk), good).status_code == 302
    sequence.refresh_from_db()
    assert (sequence.name, f"{sequence.window_end:%H:%M}") == ("New name", "16:30")
    bad = client.post(url("sequence_settings", sequence.pk), {**good, "window_end": "08:00"})
    assert bad.status_code == 422
    assert "must end after it starts" in bad.content.decode()


def test_people_with_buttons_and_keyset(
    enrolled: Enrollment, sequence: Sequence, rep: Any, as_user: Any
) -> None:
    client = as_user(rep)
    page = client.get(url("sequence_people", sequence.pk)).content.decode()
    assert "Marta Kowalczyk" in page
    assert url("enrollment_pause", enrolled.pk) in page
    client.post(url("enrollment_pause", enrolled.pk), {"next": url("sequence_people", sequence.pk)})
    page = client.get(url("sequence_people", sequence.pk), {"state": "paused"}).content.decode()
    assert "By hand" in page
    assert url("enrollment_resume", enrolled.pk) in page
    after = client.get(url("sequence_people", sequence.pk), {"after": enrolled.pk})
    assert "Marta Kowalczyk" not in after.content.decode()


def test_people_of_colleagues_are_only_counted(
    enrolled: Enrollment, sequence: Sequence, mate: Any, as_user: Any
) -> None:
    page = as_user(mate).get(url("sequence_people", sequence.pk)).content.decode()
    assert "Marta" not in page
    assert "1 more belong" in page


@pytest.mark.parametrize("name", ["enrollment_pause", "enrollment_resume", "enrollment_stop"])
@pytest.mark.parametrize("who", ["mate", "stranger"])
def test_enrolment_buttons_are_404_for_others(
    name: str, who: str, enrolled: Enrollment, as_user: Any, request: Any
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.post(url(name, enrolled.pk)).status_code == 404
    enrolled.refresh_from_db()
    assert enrolled.state == "active"


def test_pause_resume_stop(enrolled: Enrollment, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    for name, state in (("pause", "paused"), ("resume", "active"), ("stop", "stopped")):
        response = client.post(url(f"enrollment_{name}", enrolled.pk))
        assert response["Location"] == reverse("leads:detail", args=[enrolled.lead_id])
        enrolled.refresh_from_db()
        assert enrolled.state == state


def test_pause_does_not_redirect_elsewhere(enrolled: Enrollment, rep: Any, as_user: Any) -> None:
    response = as_user(rep).post(
        url("enrollment_pause", enrolled.pk), {"next": "https://evil.example/"}
    )
    assert response["Location"] == reverse("leads:detail", args=[enrolled.lead_id])


# --- adding people ---


def test_add_people_by_filter(
    sequence: Sequence, lead: Lead, mailbox: Any, rep: Any, workspace: Any, as_user: Any
) -> None:
    client = as_user(rep)
    page = client.get(url("sequence_enroll", sequence.pk), {"trade": "bakery"}).content.decode()
    assert "Marta Kowalczyk" in page
    page = client.post(
        url("sequence_enroll", sequence.pk), {"query": "trade=bakery"}, follow=True
    ).content.decode()
    assert "1 person added to Cold-room uptime." in page
    assert Enrollment.objects.get().lead == lead


def test_add_people_leaves_out_with_a_reason(
    sequence: Sequence, lead: Lead, mailbox: Any, rep: Any, workspace: Any, as_user: Any
) -> None:
    Lead.objects.update(lawful_basis="")
    page = as_user(rep).post(url("sequence_enroll", sequence.pk), {"query": ""}, follow=True)
    assert "1 left out: without a lawful basis." in page.content.decode()
    assert not Enrollment.objects.exists()


def test_bulk_enrols_only_leads_one_may_see(
    sequence: Sequence, lead: Lead, mailbox: Any, rep: Any, stranger: Any, workspace: Any,
    as_user: Any,
) -> None:  # fmt: skip
    foreign = Lead.objects.create(
        owner=stranger, email="f@other.example", lawful_basis="consent", first_name="F"
    )
    data = {"ids": [lead.pk, foreign.pk, "x", "9" * 30], "sequence": sequence.pk}
    as_user(rep).post(url("enroll_bulk"), data)
    assert [e.lead for e in Enrollment.objects.all()] == [lead]


def test_bulk_into_a_foreign_sequence_is_404(
    sequence: Sequence, lead: Lead, stranger: Any, as_user: Any
) -> None:
    data = {"ids": [lead.pk], "sequence": sequence.pk}
    assert as_user(stranger).post(url("enroll_bulk"), data).status_code == 404
    assert as_user(stranger).post(url("enroll_bulk"), {"sequence": "x"}).status_code == 302


def test_rule_is_saved_and_taken_away(sequence: Sequence, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    client.post(url("sequence_rule", sequence.pk), {"query": "trade=bakery&evil=1", "live": "on"})
    sequence.refresh_from_db()
    assert sequence.rule == {"query": "trade=bakery", "live": True, "by": sequence.owner_id}
    page = client.get(url("sequence_settings", sequence.pk)).content.decode()
    assert "Everybody who matches is added by itself" in page
    client.post(url("sequence_rule", sequence.pk), {})
    sequence.refresh_from_db()
    assert sequence.rule == {}
