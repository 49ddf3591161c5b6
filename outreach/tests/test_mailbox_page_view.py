"""The page of one mailbox: pace, health, the proof of the ledger, what waits and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import Lead
from outreach import mailbox_page
from outreach.models import InboundMessage, LedgerCheck, Mailbox, Touch
from outreach.services import mailbox_checks, mailboxes
from salesagent.lib.models import Job

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
FORM = {"address": "jonas@halden.example", "from_name": "Jonas Weber", "daily_cap": "40"}


def _page(client: Any, box: Mailbox) -> str:
    return str(client.get(reverse("outreach:mailbox", args=[box.pk])).content.decode())


def _touch(lead: Lead, box: Mailbox, **values: Any) -> Touch:
    fields = {"state": "approved", "due_at": timezone.now() - timedelta(hours=1), **values}
    return Touch.objects.create(lead=lead, channel="email", mailbox=box, **fields)


def test_a_slow_start_begins_when_it_is_set(rep: Any, as_user: Any, mailbox: Mailbox) -> None:
    url = reverse("outreach:mailbox", args=[mailbox.pk])
    client = as_user(rep)
    with time_machine.travel(MONDAY, tick=False):
        client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
        client.post(url, {**FORM, "ramp_first": "12", "ramp_step": "4"})
        mailbox.refresh_from_db()
        assert mailbox.ramp_started_on == date(2026, 11, 2)
        assert "12 today, 40 from 11 November" in _page(client, mailbox)
    Mailbox.objects.update(last_sent_at=MONDAY)
    with time_machine.travel(MONDAY + timedelta(days=2), tick=False):
        client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
        client.post(url, {**FORM, "ramp_first": "14", "ramp_step": "4"})
        mailbox.refresh_from_db()
        assert mailbox.ramp_started_on == date(2026, 11, 2)  # it goes on
        assert "22 today" in _page(client, mailbox)
    with time_machine.travel(MONDAY + timedelta(days=60), tick=False):
        client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
        client.post(url, {**FORM, "ramp_first": "10", "ramp_step": ""})
        mailbox.refresh_from_db()
        assert mailbox.ramp_started_on == date(2027, 1, 1)  # after a long silence
        assert mailbox.ramp_step == 2
        client.post(url, {**FORM, "ramp_first": ""})
        assert "40 a day" in _page(client, mailbox)


def test_health_in_numbers(rep: Any, as_user: Any, mailbox: Mailbox, lead: Lead) -> None:
    now = timezone.now()
    sent = [_touch(lead, mailbox, state="sent", sent_at=now) for _ in range(25)]
    thread.record(
        lead=lead, kind="touch.bounced", actor="system",
        data={"touch": sent[0].pk, "mailbox": mailbox.pk, "kind": "hard"},
    )  # fmt: skip
    page = _page(as_user(rep), mailbox)
    assert "Of 25 messages in 7 days 1 came back (4 %), 0 people complained (0 %)." in page
    assert reverse("outreach:mailbox_domain", args=[mailbox.pk]) in page


def test_the_proof_of_the_ledger(rep: Any, as_user: Any, mailbox: Mailbox) -> None:
    client = as_user(rep)
    assert "Compared with the server once a day." in _page(client, mailbox)
    since = timezone.now() - timedelta(days=7)
    row = LedgerCheck.objects.create(
        mailbox=mailbox, since=since, on_server=212, threaded=41, ignored=168, waiting=3
    )
    InboundMessage.objects.create(
        mailbox=mailbox, digest="1", state="ignored", reason="Mass mail", received_at=timezone.now()
    )
    page = _page(client, mailbox)
    assert "All 212 messages of the last 7 days are accounted for: 41 in threads" in page
    assert "168 not from leads, 3 wait for you." in page
    assert "Complete" in page and "Mass mail" in page
    LedgerCheck.objects.filter(pk=row.pk).update(missing=2)
    page = _page(client, mailbox)
    assert "2 of 212 messages of the last 7 days could not be taken in" in page and "Gap" in page
    LedgerCheck.objects.filter(pk=row.pk).update(error="mx did not answer in time.")
    assert "Could not be compared with the server. mx did not answer" in _page(client, mailbox)


def test_what_waits_and_why(
    rep: Any, as_user: Any, mailbox: Mailbox, lead: Lead, workspace: Any
) -> None:
    for _ in range(6):
        _touch(lead, mailbox, held_code="window", held_text="It is 19:00 where Marta is.")
    _touch(lead, mailbox, held_code="busy", held_text="The server is busy.")
    _touch(lead, mailbox, due_at=timezone.now() + timedelta(days=2))
    client = as_user(rep)
    page = _page(client, mailbox)
    hours = f"{workspace.window_start:%H:%M} to {workspace.window_end:%H:%M} where they are"
    assert f"6 wait for their morning ({hours})" in page
    assert "1 waits because: The server is busy." in page
    assert "1 waits for their planned moment" in page
    assert "and 3 more" in page
    assert reverse("leads:detail", args=[lead.pk]) in page
    mailboxes.pause(mailbox, user=rep, reason="")
    assert "8 wait until this mailbox sends again" in _page(client, mailbox)


@pytest.mark.parametrize(
    ("code", "words"),
    [("complaints", "marked this mail as spam"), ("bounces", "addresses that came back"),
     ("policy", "what the provider said"), ("error", "Check the connection")],
)  # fmt: skip
def test_a_pause_says_what_to_do(
    rep: Any, as_user: Any, mailbox: Mailbox, code: str, words: str
) -> None:
    Mailbox.objects.update(
        state="paused", paused_code=code, paused_reason="Because.", paused_at=timezone.now()
    )
    client = as_user(rep)
    page = _page(client, mailbox)
    assert words in page and "Because." in page
    client.post(reverse("outreach:mailbox_resume", args=[mailbox.pk]))
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.paused_code) == ("active", "")
    assert mailbox.guards_since is not None  # the count starts anew


def test_an_ended_sign_in_leads_to_google_or_to_the_password(
    rep: Any, as_user: Any, mailbox: Mailbox
) -> None:
    client = as_user(rep)
    paused = {"state": "paused", "paused_code": "auth", "paused_reason": "Sign-in ended."}
    Mailbox.objects.update(**paused, transport="gmail")
    page = _page(client, mailbox)
    assert f"{reverse('outreach:gmail')}?mailbox={mailbox.pk}" in page and "Sign in again" in page
    assert "smtp_host" not in page and 'name="address"' not in page
    Mailbox.objects.update(transport="smtp")
    assert 'href="#mf"' in _page(client, mailbox)
    mailbox.refresh_from_db()
    assert mailbox_page.boxes([mailbox])[0].sign_in_url == "#mf"


def test_pausing_by_hand_is_noted_as_such(rep: Any, mailbox: Mailbox) -> None:
    mailboxes.pause(mailbox, user=rep, reason="Holidays")
    mailbox.refresh_from_db()
    assert mailbox.paused_code == "hand"
    assert mailbox_page.boxes([mailbox])[0].what_to_do == ""


# --- Check connection ---------------------------------------------------------------------------


def test_a_check_is_queued_once_and_seen_only_by_who_asked(
    rep: Any, manager: Any, as_user: Any, mailbox: Mailbox, run_queue: Any
) -> None:
    client, url = as_user(rep), reverse("outreach:mailbox_check", args=[mailbox.pk])
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 302
    job = Job.objects.get(kind=mailbox_checks.KIND)
    page = _page(client, mailbox)
    assert f"Checking {mailbox.address}" in page and "Waits for its turn" in page
    assert f'href="{reverse("outreach:mailbox", args=[mailbox.pk])}"' in page  # without a script
    assert f"job-{job.pk}" not in _page(as_user(manager), mailbox)
    run_queue()
    part = client.get(reverse("lib:job_part", args=[job.pk]) + "?go=1")
    assert part["HX-Redirect"] == reverse("outreach:mailbox", args=[mailbox.pk])
    assert "Everything works." in _page(client, mailbox)
    assert "Everything works." not in _page(as_user(manager), mailbox)


def test_a_result_goes_after_a_while_and_a_lost_check_can_be_repeated(
    rep: Any, as_user: Any, mailbox: Mailbox, run_queue: Any
) -> None:
    mailbox_checks.start(mailbox, user=rep)
    Job.objects.update(updated_at=timezone.now() - timedelta(minutes=11))
    second = mailbox_checks.start(mailbox, user=rep)
    assert Job.objects.count() == 2
    run_queue()
    Job.objects.filter(pk=second.pk).update(created_at=timezone.now() - timedelta(minutes=31))
    Job.objects.exclude(pk=second.pk).delete()
    assert "Everything works." not in _page(as_user(rep), mailbox)


def test_a_mailbox_that_is_gone_ends_the_check(rep: Any, mailbox: Mailbox, run_queue: Any) -> None:
    job = mailbox_checks.start(mailbox, user=rep)
    mailbox.delete()
    run_queue()
    job.refresh_from_db()
    found = mailbox_checks.result(job)
    assert found is not None and not found.works and "removed" in found.steps[0].text


def test_the_page_takes_few_queries_however_much_waits(
    rep: Any, as_user: Any, mailbox: Mailbox, lead: Lead, django_assert_max_num_queries: Any
) -> None:
    client = as_user(rep)
    _page(client, mailbox)
    for n in range(30):
        _touch(lead, mailbox, held_code=f"x{n % 4}", held_text=f"Reason {n % 4}.")
    with django_assert_max_num_queries(40):
        _page(client, mailbox)
