"""Settings, Connections: one line for each service, and what stopped with what waits."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.models import Mailbox
from salesagent.accounts import connections
from salesagent.accounts.models import Connection

PAGE = reverse("settings:connections")


def page(client: Any) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_without_anything_it_says_what_each_would_bring(as_user: Any, owner: Any) -> None:
    text = page(as_user(owner))
    assert "Not connected. Sequences send from your own address" in text
    assert text.count("Connect<") >= 1


def test_a_stopped_mailbox_is_the_headline(
    as_user: Any, rep: Any, mailbox: Mailbox, workspace: Any
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(
        state="paused",
        paused_code="auth",
        paused_reason="Google ended the sign-in.",
        paused_at=timezone.now(),
    )
    text = page(as_user(rep))
    assert f"{mailbox.address} needs a new sign-in." in text
    assert "Google ended the sign-in. No approved message waits." in text
    assert "Sign in again" in text and "Stopped" in text


def test_a_rep_sees_only_the_own_mailboxes(
    as_user: Any, rep: Any, stranger: Any, mailbox: Mailbox
) -> None:
    assert mailbox.address in page(as_user(rep))
    assert mailbox.address not in page(as_user(stranger))


@pytest.mark.parametrize(("broken", "chip"), [(True, "Stopped"), (False, "Waiting")])
def test_a_service_that_fails_says_why(as_user: Any, owner: Any, broken: bool, chip: str) -> None:
    row = connections.save("twilio", account="AC1", secret={"auth_token": "hush"})
    connections.failed(row.pk, "The auth token was refused. Enter the new one.", broken=broken)
    text = page(as_user(owner))
    assert "The auth token was refused. Enter the new one." in text and chip in text
    assert "hush" not in text


def test_check_all_runs_in_the_background(
    as_user: Any, rep: Any, mailbox: Mailbox, run_queue: Any
) -> None:
    answer = as_user(rep).post(reverse("settings:check_connections"))
    assert answer.status_code == 302
    run_queue()
    mailbox.refresh_from_db()
    assert mailbox.tested_at is not None


def test_the_secret_is_kept_encrypted_and_a_slow_refresher_loses(db: None) -> None:
    row = connections.save("gmail", account="a@b.example", secret={"refresh_token": "r1"})
    again = Connection.objects.get(pk=row.pk)
    assert connections.secret_of(again) == {"refresh_token": "r1"}
    assert connections.renew(again, {"refresh_token": "r2"})
    assert not connections.renew(again, {"refresh_token": "r3"})
    assert connections.secret_of(Connection.objects.get(pk=row.pk)) == {"refresh_token": "r2"}


def test_switching_off_forgets_the_secret(db: None) -> None:
    row = connections.save("twilio", account="AC1", secret={"auth_token": "hush"})
    connections.switch_off(row)
    row.refresh_from_db()
    assert (row.state, row.secret) == ("off", "") and connections.active("twilio") is None
