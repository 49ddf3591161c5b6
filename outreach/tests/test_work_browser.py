"""The keyboard grammar in a real browser: each key presses the real button."""

import os
from typing import Any

import pytest
from django.urls import reverse

from outreach.models import Task, Touch
from outreach.tests.work import another_lead, draft, task

# Playwright's sync API runs an event loop in this thread; the ORM is still used from one thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("plain_static"),
]


@pytest.fixture
def plain_static(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def drafts(rep: Any, sequence: Any, mailbox: Any, workspace: Any) -> list[Touch]:
    return [draft(another_lead(rep, number), sequence, mailbox) for number in (1, 2, 3)]


def name(page: Any) -> str:
    return page.inner_text(".lead-name")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_read_move_approve_and_take_back(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")
    assert name(page) == "Lead1 Test"
    press(page, "j")
    page.wait_for_selector(".lead-name:has-text('Lead2 Test')")
    assert page.url.endswith(reverse("outreach:approval", args=[drafts[1].pk]))
    press(page, "ArrowUp")
    page.wait_for_selector(".lead-name:has-text('Lead1 Test')")
    with page.expect_navigation():
        press(page, "a")
    assert name(page) == "Lead2 Test"
    assert page.inner_text("#toast").startswith("Approved.")
    assert Touch.objects.get(pk=drafts[0].pk).state == "approved"
    with page.expect_navigation():
        press(page, "z")
    assert Touch.objects.get(pk=drafts[0].pk).state == "draft"


def test_edit_and_approve_by_keyboard(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")
    press(page, "e")
    page.wait_for_selector("#e-body")
    page.wait_for_selector("#e-body:focus")
    press(page, "Control+End")
    page.keyboard.type(" as j k a d")
    assert Touch.objects.get(pk=drafts[0].pk).state == "draft", "keys are text while typing"
    with page.expect_navigation():
        press(page, "Control+Enter")
    now = Touch.objects.get(pk=drafts[0].pk)
    assert now.state == "approved" and now.body.endswith("as j k a d")


def test_skip_asks_first(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")
    press(page, "s")
    assert page.is_visible("#skip")
    press(page, "a")
    assert Touch.objects.get(pk=drafts[0].pk).state == "draft", "no keys behind an open dialog"
    page.check("#skip input[value=bad_text]")
    with page.expect_navigation():
        page.click("#skip button[type=submit]")
    assert Touch.objects.get(pk=drafts[0].pk).state == "skipped"


def test_go_help_search_and_modifiers(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")
    press(page, "?")
    assert page.is_visible("#keys")
    press(page, "Escape")
    assert not page.is_visible("#keys")
    press(page, "/")
    assert page.evaluate("document.activeElement.id") == "gq"
    press(page, "Escape")
    page.evaluate("document.activeElement.blur()")
    press(page, "Alt+a")
    assert Touch.objects.filter(state="approved").count() == 0
    with page.expect_navigation():
        press(page, "g", "t")
    assert page.url.endswith("/today/")


def test_keys_can_be_switched_off(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    rep.shortcuts_on = False
    rep.save()
    page = signed_in(rep)
    page.goto("/approvals/")
    press(page, "a", "j", "?")
    page.wait_for_timeout(200)
    assert page.url.endswith("/approvals/") and not page.is_visible("#keys")
    assert Touch.objects.filter(state="approved").count() == 0


def test_today_snooze_done_and_undo(signed_in: Any, rep: Any, lead: Any, workspace: Any) -> None:
    first, second = (task(rep, lead=lead, title=title) for title in ("One", "Two"))
    page = signed_in(rep)
    page.goto("/today/")
    press(page, "h")
    assert page.is_visible("#snooze")
    with page.expect_navigation():
        page.click("#snooze button[type=submit]")
    snoozed = Task.objects.exclude(snoozed_until=None).get()
    with page.expect_navigation():
        press(page, "d")
    assert Task.objects.get(state="done").pk in {first.pk, second.pk} - {snoozed.pk}
    assert "Clear." in page.inner_text("#pane")
    with page.expect_navigation():
        press(page, "z")
    assert Task.objects.filter(state="open").count() == 2


def test_the_theme_is_kept_on_this_device(signed_in: Any, rep: Any, workspace: Any) -> None:
    page = signed_in(rep)
    page.goto("/today/")
    theme = "document.documentElement.getAttribute('data-bs-theme')"
    assert page.evaluate(theme) == "light"
    page.click("header [aria-label='Switch light or dark theme']")
    page.reload()
    assert page.evaluate(theme) == "dark"
    rep.theme = "light"
    rep.save()
    page.reload()
    assert page.evaluate(theme) == "light", "a new choice in the profile wins"


def test_a_phone_has_the_list_then_the_draft(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    page = signed_in(rep)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/approvals/")
    assert page.is_visible(".qlist") and not page.is_visible("#pane")
    with page.expect_navigation():
        page.click(f"#row-{drafts[1].pk}")
    assert page.is_visible("#pane") and not page.is_visible(".qlist")
    assert page.is_visible(".actbar .btn-primary")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_navigation():
        page.click("text=All drafts")
    assert page.is_visible(".qlist")


def test_unsaved_words_are_not_dropped_by_a_key(
    signed_in: Any, rep: Any, drafts: list[Touch]
) -> None:
    page = signed_in(rep)
    page.goto(f"/approvals/{drafts[0].pk}/?edit=1")
    page.fill("#e-body", "My words")
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.click(f"#row-{drafts[1].pk}")
    page.wait_for_timeout(200)
    assert page.input_value("#e-body") == "My words"


def test_a_list_that_is_polled_anew_keeps_its_open_row(
    signed_in: Any, rep: Any, drafts: list[Touch], sequence: Any, mailbox: Any
) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")
    press(page, "j")
    page.wait_for_selector(".lead-name:has-text('Lead2 Test')")
    draft(another_lead(rep, 9), sequence, mailbox)
    page.evaluate("htmx.trigger('#qitems', 'seen')")
    page.wait_for_selector("#qitems >> text=Lead9 Test")
    page.wait_for_selector(f"#row-{drafts[1].pk}[aria-current=true]")
    assert page.inner_text("#counts").startswith("4 drafts wait")
    assert page.inner_text("#nav-approvals") == "4"


def test_the_keys_go_on_after_an_outcome_is_chosen(
    signed_in: Any, rep: Any, sequence: Any, mailbox: Any
) -> None:
    lead = another_lead(rep, 1, phone="+48512345678")
    row = task(rep, "follow_up", lead=lead, channel="phone")
    page = signed_in(rep)
    page.goto(reverse("outreach:today_task", args=[row.pk]))
    press(page, "8", "2")
    assert page.input_value("[name=outcome]:checked") == "no_answer"
    with page.expect_navigation():
        press(page, "d")
    row.refresh_from_db()
    assert row.state != "open"
