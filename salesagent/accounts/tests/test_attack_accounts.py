"""Accounts in the hands of somebody who means ill."""

from typing import Any

from django.core import mail

from salesagent.accounts import audit, invitations
from salesagent.accounts.models import User


def test_nobody_is_flooded_with_reset_mails(client: Any, rep: Any) -> None:
    answers = {
        client.post("/account/password/reset/", {"email": address}).headers["Location"]
        for address in ["rep@own.example", "REP@own.example"] * 3 + ["nobody@own.example"]
    }
    assert len(mail.outbox) == 3
    assert len(answers) == 1


def test_one_place_asks_for_a_limited_number_of_resets(client: Any, rep: Any) -> None:
    for number in range(20):
        client.post("/account/password/reset/", {"email": f"n{number}@own.example"})
    client.post("/account/password/reset/", {"email": rep.email})
    assert not mail.outbox
    elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
    client.post("/account/password/reset/", {"email": rep.email}, **elsewhere)
    assert len(mail.outbox) == 1


def test_a_manager_without_a_team_has_no_say_in_invitations(owner: Any, as_user: Any) -> None:
    lone = User.objects.create_user("lone@own.example", name="Lone", role="manager")
    made = invitations.invite(email="cfo@own.example", role="owner", team=None, by=owner)
    client = as_user(lone)
    assert b"cfo@own.example" not in client.get("/settings/people/").content
    url = f"/settings/invitations/{made.invitation.pk}/revoke/"
    assert client.post(url).status_code == 404
    assert as_user(owner).post(url).status_code == 302


def test_a_line_of_the_log_says_what_it_was_about(owner: Any, as_user: Any) -> None:
    audit.note(owner, "settings.changed", "leaderboard", on=True)
    audit.note(owner, "settings.changed", "leaderboard", on=False)
    audit.note(owner, "settings.changed", "costs", channel="sms", first_day="2026-11-01")
    audit.note(owner, "settings.changed", "costs", currency="DKK")
    audit.note(owner, "alert.muted", "alert:4", kind="late-deals", time="week")
    audit.note(owner, "settings.changed", "alerts", fields=["drop", "late-deals"])
    page = as_user(owner).get("/settings/log/").content.decode()
    for words in (
        *("Leaderboard, on", "Leaderboard, off", "Costs, sms, from 2026-11-01", "Costs, DKK"),
        *("Alert 4, late-deals, for week", "Alerts, drop late-deals"),
    ):
        assert words in page, words


def test_a_strange_digit_in_the_logs_address_is_no_error(owner: Any, as_user: Any) -> None:
    assert as_user(owner).get("/settings/log/?before=²").status_code == 200
