"""The lead page in a real browser: live lines, kept words, tabs without a reload, the phone."""

import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import ThreadEvent

# Playwright's sync API runs an event loop in this thread; the ORM is still used from one thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("plain_static", "workspace", "mailbox"),
]
POLL = "htmx.trigger(document.getElementById('tl-lines'), 'live')"


@pytest.fixture
def plain_static(settings):
    storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}


def _note(lead, rep, text):
    return thread.record(lead=lead, kind="note.added", actor=rep.actor, body=text, channel="note")


def _open(signed_in, rep, lead):
    page = signed_in(rep)
    page.goto(reverse("leads:detail", args=[lead.pk]))
    return page


def test_new_lines_come_in_and_typed_words_stay(signed_in, rep, lead):
    _note(lead, rep, "First.")
    page = _open(signed_in, rep, lead)
    page.keyboard.press("m")
    page.keyboard.type("Half a subject")
    page.type("#id_mail-body", "Half an answer")
    page.click("text=Add a pain")
    page.fill("#pain-t", "half a pain")
    _note(lead, rep, "Second <b>note</b>.")
    page.evaluate(POLL)
    page.wait_for_selector("text=Second <b>note</b>.")
    assert page.locator("#tl-lines > .day").count() == 1
    assert page.inner_text("#n-notes") == "2"
    assert page.input_value("#id_mail-body") == "Half an answer"
    assert page.input_value("#pain-t") == "half a pain"
    page.reload()
    assert page.input_value("#id_mail-body") == "Half an answer"
    assert page.input_value("#id_mail-subject") == "Half a subject"


def test_tabs_keys_and_the_call_form(signed_in, rep, lead):
    page = _open(signed_in, rep, lead)
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "id_note-text"
    assert not page.is_visible("#id_mail-body")
    page.fill("#id_note-text", "Kept by keyboard")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#tl-lines >> text=Kept by keyboard")
    assert page.input_value("#id_note-text") == ""
    page.click("label[for=ct-call]")
    assert not page.is_visible("#id_call-call_back_at")
    page.select_option("#id_call-outcome", "call_back")
    assert page.is_visible("#id_call-call_back_at")


def test_earlier_lines_go_on_top_and_the_place_is_kept(signed_in, rep, lead):
    now = timezone.now()
    ThreadEvent.objects.bulk_create(
        ThreadEvent(
            lead=lead,
            kind="note.added",
            actor=rep.actor,
            body=f"Note {number:03d}",
            occurred_at=now - timedelta(minutes=500 - number),
        )
        for number in range(90)
    )
    page = _open(signed_in, rep, lead)
    assert page.locator("text=Note 089").is_visible()
    assert page.locator("#tl-lines > .card-l").count() == 50
    page.click("text=Earlier")
    page.wait_for_selector("text=Note 000", state="attached")
    assert page.locator("#tl-lines > .card-l").count() == 90
    assert page.locator("text=Note 040").is_visible()
    days = [day.get_attribute("data-day") for day in page.query_selector_all("#tl-lines > .day")]
    assert len(days) == len(set(days))


def test_the_phone_shows_the_newest_without_sideways_scrolling(signed_in, rep, lead):
    for number in range(12):
        _note(lead, rep, f"Note {number:02d}. " + "word " * 40)
    page = signed_in(rep)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("leads:detail", args=[lead.pk]))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("text=Note 11.").is_visible()
    assert page.evaluate("document.getElementById('main').scrollTop") > 0


def test_it_works_without_a_script(page, as_user, rep, lead, settings, live_server):
    cookie = as_user(rep).cookies[settings.SESSION_COOKIE_NAME]
    plain = page.context.browser.new_context(java_script_enabled=False, base_url=live_server.url)
    plain.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    one = plain.new_page()
    one.goto(reverse("leads:detail", args=[lead.pk]))
    one.click("label[for=ct-note]")
    one.fill("#id_note-text", "Without a script")
    one.click("text=Keep note")
    assert one.locator("#tl-lines >> text=Without a script").count() == 1
