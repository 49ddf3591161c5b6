"""The editor: saving, stale pages, previews, variants, a test to oneself."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from leads import thread
from leads.models import Lead
from outreach.models import (
    Enrollment,
    Sequence,
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
    with django_assert_max_num_queries(53):
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
        ("channel", "pigeon", "valid choice"),
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
