"""The composer's tabs and the outcome keys in a real browser."""

import os
from typing import Any

import pytest
from django.urls import reverse

from leads.services import consent
from outreach.models import Task, Touch
from outreach.services import approval, policy
from outreach.tests.texts import connect, mobile
from outreach.tests.work import draft

# Playwright's sync API runs an event loop in this thread; the ORM is still used from one thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("plain_static", "workspace", "mailbox"),
]


@pytest.fixture
def plain_static(settings: Any) -> None:
    storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}


@pytest.fixture
def texted(lead: Any) -> Any:
    connect()
    mobile(lead)
    consent.record_consent(lead, "sms", "Form", "", "lead")
    return lead


def test_tabs_show_one_pane_and_say_why(signed_in: Any, rep: Any, texted: Any) -> None:
    page = signed_in(rep)
    page.goto(reverse("leads:detail", args=[texted.pk]))
    tabs = page.locator("label.ctab").all_inner_texts()
    assert [one.strip() for one in tabs] == ["Email", "SMS", "WhatsApp", "Log call", "Note"]
    assert page.is_visible("#id_mail-body")
    page.click("label[for=ct-sms]")
    assert page.is_visible("#id_sms-body") and not page.is_visible("#id_mail-body")
    page.click("label[for=ct-whatsapp]")
    assert page.is_visible("text=has not agreed to WhatsApp")
    page.click("label[for=ct-whatsapp] + input + label, label[for=ct-call]")
    page.keyboard.press("Escape")


def test_the_counter_counts_as_the_server_does(signed_in: Any, rep: Any, texted: Any) -> None:
    from outreach.channels.sms import Sms
    from outreach.composer_page import count

    page = signed_in(rep)
    page.goto(reverse("leads:detail", args=[texted.pk]) + "?tab=sms")
    words = ("Hi", "x" * 160, "x" * 161, "€" * 81, "ł" * 70, "ł" * 71, "😀" * 36, "a{" * 80, "")
    for text in words:
        page.fill("#id_sms-body", text)
        assert page.inner_text("#n-sms") == count(Sms(), text), text


def test_a_text_survives_a_reload_and_is_sent_once(signed_in: Any, rep: Any, texted: Any) -> None:
    page = signed_in(rep)
    page.goto(reverse("leads:detail", args=[texted.pk]) + "?tab=sms")
    page.fill("#id_sms-body", "Hi Marta, is Thursday fine?")
    page.reload()
    assert page.input_value("#id_sms-body") == "Hi Marta, is Thursday fine?"
    with page.expect_navigation():
        page.focus("#id_sms-body")
        page.keyboard.press("Control+Enter")
    assert Touch.objects.get().channel == "sms"
    page.goto(reverse("leads:detail", args=[texted.pk]) + "?tab=sms")
    assert page.input_value("#id_sms-body") == ""


@pytest.mark.parametrize(
    ("number", "key", "outcome"), [(2, "3", "not_connected"), (4, "3", "voicemail")]
)
def test_an_outcome_by_its_key(
    number: int, key: str, outcome: str, signed_in: Any, rep: Any, lead: Any, sequence: Any,
    mailbox: Any,
) -> None:  # fmt: skip
    touch = draft(lead, sequence, mailbox, number=number)
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    task = Task.objects.get(touch=touch)
    page = signed_in(rep)
    page.goto(reverse("outreach:today_task", args=[task.pk]))
    page.keyboard.press(key)
    assert page.is_checked(f"input[name=outcome][value={outcome}]")
    page.evaluate("document.activeElement.blur()")
    with page.expect_navigation():
        page.keyboard.press("d")
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("done", outcome)
