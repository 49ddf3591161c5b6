"""The mailbox pages in a real browser: accessible, readable at 390 px, no console message."""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.models import InboundMessage, LedgerCheck, Mailbox, Touch
from outreach.services import inbound
from outreach.tests.mails import mail, raw

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pages(rep: Any, lead: Any, mailbox: Mailbox, workspace: Any, settings: Any) -> dict[str, str]:
    """Every page of ours with something on it: name -> path."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    Mailbox.objects.filter(pk=mailbox.pk).update(last_poll_at=timezone.now(), transport="smtp")
    stopped = Mailbox.objects.create(
        user=rep, address="jonas.second@halden.example", from_name="Jonas", state="paused",
        paused_reason="Sign-in does not work. imap.halden.example did not accept the password.",
        paused_at=timezone.now(), smtp_host="smtp.halden.example", imap_host="imap.halden.example",
    )  # fmt: skip
    for box in (stopped, mailbox):
        for n in range(6):
            Touch.objects.create(
                lead=lead, channel="email", mailbox=box, state="approved", due_at=timezone.now(),
                held_code="window" if n < 4 else "busy", held_text="The server is busy.",
            )  # fmt: skip
    LedgerCheck.objects.create(
        mailbox=mailbox, since=timezone.now() - timedelta(days=7), on_server=212, threaded=41,
        ignored=168, waiting=3,
    )  # fmt: skip
    text = "Hello Jonas,\n\nMarta gave me your mail. What does the service cost?\n\nPiotr"
    row = inbound.receive(mailbox, raw(mail(text, sender="Piotr Nowak <piotr@polna.example>")))
    event = inbound.note_reply(
        lead, channel="email", text=text, actor="lead", occurred_at=timezone.now(), dedupe_key="x"
    )
    assert isinstance(row, InboundMessage) and event is not None
    return {
        "list": reverse("outreach:mailboxes"),
        "one": reverse("outreach:mailbox", args=[stopped.pk]),
        "works": reverse("outreach:mailbox", args=[mailbox.pk]),
        "choose": reverse("outreach:mailbox_new"),
        "new": reverse("outreach:mailbox_new") + "?provider=gmail",
        "received": reverse("outreach:inbound_list"),
        "whose": reverse("outreach:inbound", args=[row.pk]) + "?q=marta",
        "means": reverse("outreach:reply_correct", args=[event.pk]),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_accessible_and_fit(
    signed_in: Any, rep: Any, pages: dict[str, str], width: int, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    rep.theme = theme
    rep.save()
    page = signed_in(rep)
    page.set_viewport_size({"width": width, "height": 900})
    for name, path in pages.items():
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide"


def test_a_mailbox_is_checked_and_paused_with_the_keyboard(
    signed_in: Any, rep: Any, pages: dict[str, str], mailbox: Mailbox, run_queue: Any
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(transport="file")
    page = signed_in(rep)
    page.goto(reverse("outreach:mailbox", args=[mailbox.pk]))
    page.get_by_role("button", name="Check connection").press("Enter")
    page.get_by_text("Waits for its turn").wait_for()
    run_queue()
    page.get_by_text("Everything works.").wait_for()
    page.get_by_role("textbox", name="Why").fill("Moving servers")
    page.get_by_role("button", name="Pause").press("Enter")
    page.get_by_text("is paused.").first.wait_for()
    page.get_by_role("button", name="Send again").first.press("Enter")
    page.get_by_text("Sends again").wait_for()
    mailbox.refresh_from_db()
    assert mailbox.state == "active"
