"""Every sequence and template page: who may open it, what it does, how many queries it takes."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from leads import thread
from leads.models import Lead
from outreach.models import (
    Enrollment,
    PainPoint,
    Sequence,
    Snippet,
    Step,
    Template,
    Touch,
    Variant,
)
from outreach.services import content, enrollment
from outreach.services.sequences import current_steps


def url(name: str, *args: object) -> str:
    return reverse(f"outreach:{name}", args=args)


def step_data(sequence: Sequence, position: int = 1, **changes: object) -> dict[str, object]:
    step = current_steps(sequence)[position - 1]
    variant = step.variants.get(label=changes.get("variant", "A"))
    sequence.refresh_from_db()
    return {
        "name": step.name,
        "channel": step.channel,
        "delay_days": step.delay_days,
        "condition": step.condition,
        "fallback_channel": step.fallback_channel,
        "subject": variant.subject,
        "body": variant.body,
        "weight": variant.weight,
        "variant": variant.label,
        "base_version": sequence.version,
        **changes,
    }


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


# --- editor ---


def test_editor_shows_both_previews_and_checks(
    enrolled: Enrollment, sequence: Sequence, rep: Any, as_user: Any
) -> None:
    page = as_user(rep).get(url("sequence", sequence.pk)).content.decode()
    assert "Hi Marta," in page
    assert "As a lead with missing fields" in page
    assert "Hi there," in page
    assert "All fields filled, no placeholders left" in page


def test_editor_counts_people_who_lack_a_field(
    enrolled: Enrollment, sequence: Sequence, rep: Any, as_user: Any
) -> None:
    Variant.objects.filter(step__sequence=sequence).update(body="Hi, in {{city}} and {{title}}.")
    Lead.objects.update(city="")
    page = as_user(rep).get(url("sequence", sequence.pk)).content.decode()
    assert "1 of 1 person lacks a city. They get “your area”." in page
    assert "lacks a job title" not in page


def test_editor_query_count(
    enrolled: Enrollment, sequence: Sequence, rep: Any, as_user: Any,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = as_user(rep)
    with django_assert_max_num_queries(48):
        assert client.get(url("sequence", sequence.pk)).status_code == 200


def test_editor_of_an_empty_sequence(rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    response = client.post(url("sequence_new"), {"name": "Mine"})
    page = client.get(response["Location"]).content.decode()
    assert "No touch yet" in page


def test_live_numbers(enrolled: Enrollment, sequence: Sequence, rep: Any, as_user: Any) -> None:
    step = current_steps(sequence)[0]
    touch = Touch.objects.create(
        lead=enrolled.lead, enrollment=enrolled, step=step, step_key=step.key, number=1,
        variant=step.variants.get(), channel="email", state="sent", body="x",
        sent_at=enrolled.started_at, due_at=enrolled.started_at,
    )  # fmt: skip
    thread.record(lead=enrolled.lead, kind="reply.received", actor="lead", direction="in")
    page = as_user(rep).get(url("sequence", sequence.pk)).content.decode()
    assert '<b class="num">1</b> sent' in page
    assert '<b class="num">1</b> replied' in page
    assert touch.pk


def test_save_makes_a_new_version(sequence: Sequence, rep: Any, as_user: Any) -> None:
    key, old = key_of(sequence), current_steps(sequence)[0]
    data = step_data(sequence, body="Hi {{first_name|there}}, a new text.")
    response = as_user(rep).post(url("step_save", sequence.pk, key), data)
    assert response.status_code == 302
    new = current_steps(sequence)[0]
    assert new.pk != old.pk and new.key == key
    assert new.variants.get().body.endswith("a new text.")
    old.refresh_from_db()
    assert old.until_version == new.since_version == 2


def test_stale_save_is_told_and_keeps_the_text(sequence: Sequence, rep: Any, as_user: Any) -> None:
    key, data = key_of(sequence), step_data(sequence, body="My words.")
    client = as_user(rep)
    client.post(url("step_save", sequence.pk, key), step_data(sequence, body="Words of another."))
    response = client.post(url("step_save", sequence.pk, key), data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody changed this touch meanwhile" in page
    assert "My words.</textarea>" in page
    assert "Words of another." in page
    assert current_steps(sequence)[0].variants.get().body == "Words of another."
    base = response.context["form"]["base_version"].value()
    again = client.post(url("step_save", sequence.pk, key), {**data, "base_version": base})
    assert again.status_code == 302
    assert current_steps(sequence)[0].variants.get().body == "My words."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("body", "", "Write the text first."),
        ("delay_days", "x", "Write a number of working days."),
        ("delay_days", "99", "less than or equal to 60"),
        ("channel", "fax", "valid choice"),
        ("name", "", "required"),
    ],
)
def test_bad_input_is_told_at_the_field(
    field: str, value: str, message: str, sequence: Sequence, rep: Any, as_user: Any
) -> None:
    data = step_data(sequence, **{field: value})
    response = as_user(rep).post(url("step_save", sequence.pk, key_of(sequence)), data)
    assert response.status_code == 422
    page = response.content.decode()
    assert message in page
    assert 'aria-invalid="true"' in page


def test_a_fourth_mail_is_refused(sequence: Sequence, rep: Any, as_user: Any) -> None:
    data = step_data(sequence, 2, channel="email")
    response = as_user(rep).post(url("step_save", sequence.pk, key_of(sequence, 2)), data)
    assert response.status_code == 422
    assert "At most 3 mails" in response.content.decode()


def test_unchanged_needs_its_own_approval(sequence: Sequence, rep: Any, as_user: Any) -> None:
    client, key = as_user(rep), key_of(sequence)
    refused = client.post(url("step_save", sequence.pk, key), step_data(sequence, unchanged="on"))
    assert refused.status_code == 422
    assert "Tick that you approve exactly these words." in refused.content.decode()
    data = step_data(sequence, unchanged="on", approved="on")
    assert client.post(url("step_save", sequence.pk, key), data).status_code == 302
    assert current_steps(sequence)[0].unchanged_approved_by == rep
    data = step_data(sequence, unchanged="on", body="Other words {{sender_name}}")
    assert client.post(url("step_save", sequence.pk, key), data).status_code == 422


def test_preview_of_typed_text_saves_nothing(
    enrolled: Enrollment, sequence: Sequence, rep: Any, as_user: Any
) -> None:
    client, key = as_user(rep), key_of(sequence)
    data = step_data(sequence, body="Typed for {{first_name}} {{nonsense}}")
    part = client.post(
        url("step_preview", sequence.pk, key), data, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Typed for Marta" in part
    assert "Not filled: {{nonsense}}" in part
    assert "<html" not in part
    page = client.post(url("step_preview", sequence.pk, key), data).content.decode()
    assert "<html" in page and "Typed for Marta" in page
    assert "Typed" not in current_steps(sequence)[0].variants.get().body


def test_preview_never_shows_a_foreign_lead(
    sequence: Sequence, lead: Lead, stranger: Any, rep: Any, as_user: Any
) -> None:
    other = Lead.objects.create(owner=stranger, first_name="Secret", email="s@other.example")
    page = as_user(rep).get(url("sequence", sequence.pk), {"as": other.pk}).content.decode()
    assert "Secret" not in page
    assert "Hi Marta," in page


def test_text_of_a_lead_is_escaped(sequence: Sequence, lead: Lead, rep: Any, as_user: Any) -> None:
    Lead.objects.filter(pk=lead.pk).update(first_name="<script>alert(1)</script>")
    page = as_user(rep).get(url("sequence", sequence.pk)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_variants_are_added_and_removed(sequence: Sequence, rep: Any, as_user: Any) -> None:
    client, key = as_user(rep), key_of(sequence)
    for _ in range(4):
        client.post(url("step_variant", sequence.pk, key), {"action": "add"})
    assert [v.label for v in current_steps(sequence)[0].variants.all()] == ["A", "B", "C"]
    client.post(url("step_variant", sequence.pk, key), {"action": "remove", "variant": "B"})
    assert [v.label for v in current_steps(sequence)[0].variants.all()] == ["A", "C"]
    client.post(url("step_save", sequence.pk, key), step_data(sequence, variant="C", weight=3))
    page = client.get(url("sequence", sequence.pk)).content.decode()
    assert "75%</span>" in page


def test_add_move_remove(sequence: Sequence, rep: Any, as_user: Any) -> None:
    content.install_builtin()
    client = as_user(rep)
    call = Template.objects.get(code="call-first")
    client.post(url("step_add", sequence.pk), {"channel": f"template:{call.pk}"})
    steps = current_steps(sequence)
    assert [s.channel for s in steps] == ["email", "linkedin", "email", "phone", "email", "phone"]
    client.post(url("step_move", sequence.pk, steps[5].key), {"to": "up"})
    assert current_steps(sequence)[4].key == steps[5].key
    client.post(url("step_remove", sequence.pk, steps[0].key))
    assert steps[0].key not in [s.key for s in current_steps(sequence)]
    assert Step.objects.filter(key=steps[0].key, until_version__isnull=False).exists()


def test_a_removed_touch_is_404(sequence: Sequence, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    assert client.post(url("step_save", sequence.pk, uuid.uuid4()), {}).status_code == 404


# --- test mail ---


def test_send_me_a_test_arrives(
    sequence: Sequence, lead: Lead, mailbox: Any, rep: Any, workspace: Any, as_user: Any,
    settings: Any,
) -> None:  # fmt: skip
    client = as_user(rep)
    data = {"variant": "A", "as": lead.pk}
    client.post(url("step_test", sequence.pk, key_of(sequence)), data)
    mails = [p for p in (settings.DATA_DIR / "mail").rglob("*") if p.is_file()]
    text = "\n".join(p.read_text(errors="replace") for p in mails)
    assert "Test: A question for Polna Bakeries" in text
    assert f"To: {rep.name} <{rep.email}>" in text
    assert not Touch.objects.exists()


def test_send_me_a_test_without_mailbox_says_so(sequence: Sequence, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    response = client.post(
        url("step_test", sequence.pk, key_of(sequence)), {"variant": "A"}, follow=True
    )
    assert "Connect a mailbox first" in response.content.decode()


def test_send_me_a_test_shows_the_transports_error(
    sequence: Sequence, mailbox: Any, rep: Any, workspace: Any, as_user: Any, monkeypatch: Any
) -> None:
    from outreach.channels.base import ChannelError
    from outreach.services import self_mail

    def broken(mailbox: Any) -> Any:
        raise ChannelError("The password was refused.", permanent=True, scope="mailbox")

    monkeypatch.setattr(self_mail, "transport_for", broken)
    response = as_user(rep).post(
        url("step_test", sequence.pk, key_of(sequence)), {"variant": "A"}, follow=True
    )
    assert "The test was not sent. The password was refused." in response.content.decode()


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
    assert sequence.rule == {"query": "trade=bakery", "live": True}
    page = client.get(url("sequence_settings", sequence.pk)).content.decode()
    assert "Everybody who matches is added by itself" in page
    client.post(url("sequence_rule", sequence.pk), {})
    sequence.refresh_from_db()
    assert sequence.rule == {}


# --- templates, snippets, pains ---


def test_library_lists_filters_and_copies(rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    assert "Name the pain" in client.get(url("templates")).content.decode()
    page = client.get(url("templates"), {"channel": "sms"}).content.decode()
    assert "SMS: after a missed call" in page and "Name the pain" not in page
    builtin = Template.objects.get(code="first-pain")
    assert "Save template" not in client.get(url("template", builtin.pk)).content.decode()
    assert client.post(url("template", builtin.pk), {"name": "x"}).status_code == 404
    client.post(url("template_copy", builtin.pk))
    mine = Template.objects.get(owner=rep)
    assert mine.body == builtin.body and not mine.builtin


def test_own_template_is_edited_by_owner_and_manager_only(
    rep: Any, mate: Any, manager: Any, as_user: Any
) -> None:
    data = {"name": "Mine", "channel": "email", "subject": "S", "body": "Hi {{first_name}}"}
    as_user(rep).post(url("template_new"), data)
    mine = Template.objects.get(owner=rep)
    assert as_user(mate).post(url("template", mine.pk), data).status_code == 404
    assert as_user(mate).post(url("template_archive", mine.pk)).status_code == 404
    as_user(manager).post(url("template", mine.pk), {**data, "body": "Changed"})
    mine.refresh_from_db()
    assert mine.body == "Changed"
    as_user(rep).post(url("template_archive", mine.pk))
    mine.refresh_from_db()
    assert mine.archived_at is not None
    assert "Mine" in as_user(rep).get(url("templates"), {"show": "archived"}).content.decode()


def test_template_preview_keeps_the_text_unsaved(rep: Any, as_user: Any) -> None:
    data = {"name": "Mine", "channel": "email", "body": "{{pet.name}} {{city|town}}", "show": "1"}
    page = as_user(rep).post(url("template_new"), data).content.decode()
    assert "“{{pet.name}}” is no field" in page
    assert "Poznań" in page and "town" in page
    assert not Template.objects.filter(owner=rep).exists()


@pytest.mark.parametrize(
    ("name", "model", "data"),
    [
        ("snippets", Snippet, {"new-code": "hello", "new-text": "Hello", "new-source": ""}),
        ("pains", PainPoint, {"new-trade": "zoo", "new-name": "lions", "new-sentence": "Lions."}),
    ],
)
def test_words_are_the_managers(
    name: str, model: Any, data: dict[str, str], rep: Any, manager: Any, as_user: Any
) -> None:
    content.install_builtin()
    before = model.objects.count()
    assert as_user(rep).get(url(name)).status_code == 200
    assert as_user(rep).post(url(name), {"row": "new", **data}).status_code == 404
    client = as_user(manager)
    assert client.post(url(name), {"row": "new", **data}).status_code == 302
    assert model.objects.count() == before + 1
    repeated = client.post(url(name), {"row": "new", **data})
    assert repeated.status_code == 422
    assert "already exists" in repeated.content.decode()
    row = model.objects.order_by("-pk").first()
    client.post(url(name), {"row": row.pk, "action": "delete"})
    assert model.objects.count() == before
    assert client.post(url(name), {"row": row.pk, "action": "delete"}).status_code == 404
