"""The library of templates, snippets and pains."""

from typing import Any

import pytest
from django.urls import reverse

from outreach.models import (
    PainPoint,
    Snippet,
    Template,
)
from outreach.services import content, scheduling


def url(name: str, *args: object) -> str:
    return reverse(f"outreach:{name}", args=args)


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


def test_the_preview_shows_the_calendar_link(rep: Any, owner: Any, as_user: Any) -> None:
    scheduling.save_link(owner, "https://calendly.com/halden/visit")
    data = {"name": "Mine", "channel": "email", "subject": "S", "body": "At {{calendar_link}}"}
    page = as_user(rep).post(url("template_new"), {**data, "show": "1"}).content.decode()
    assert page.count("At https://calendly.com/halden/visit") == 2  # known and unknown lead


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
