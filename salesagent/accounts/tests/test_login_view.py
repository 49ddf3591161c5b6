import re

import pytest
from django.core import mail

from salesagent.accounts import invitations, people
from salesagent.accounts.models import AuditEntry, Invitation, User, Workspace

LOGIN = "/account/login/"
PASSWORD = "correct horse 42"


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post(LOGIN, {"username": email, "password": password}, **extra)


def test_a_page_sends_a_stranger_to_sign_in(client, db):
    response = client.get("/account/profile/")
    assert response.status_code == 302
    assert response["Location"].startswith(LOGIN)


def test_sign_in_ignores_case_and_is_noted(client, rep):
    response = sign_in(client, "REP@own.example")
    assert response.status_code == 302
    assert AuditEntry.objects.get(action="login").user == rep


def test_remember_keeps_the_session_two_weeks(client, rep):
    client.post(LOGIN, {"username": rep.email, "password": PASSWORD, "remember": "on"})
    assert client.session.get_expiry_age() > 13 * 86400


def test_unknown_and_known_address_get_the_same_answer(client, rep):
    known = sign_in(client, rep.email, "wrong").content.decode()
    unknown = sign_in(client, "nobody@own.example", "wrong").content.decode()
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", known) == strip.sub("", unknown)
    assert "do not match" in known


def test_the_sixth_bad_try_is_locked_and_the_right_password_does_not_help(client, rep):
    for _ in range(5):
        last = sign_in(client, rep.email, "wrong", HTTP_X_FORWARDED_FOR="10.1.1.1")
    assert last.status_code == 429
    response = sign_in(client, rep.email, HTTP_X_FORWARDED_FOR="10.9.9.9")
    assert response.status_code == 429
    assert "Wait 15 minutes" in response.content.decode()


def test_a_closed_account_cannot_sign_in(client, rep):
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert "do not match" in sign_in(client, rep.email).content.decode()


def test_registration_by_invitation_works_once(client, manager, team):
    invited = invitations.invite(email="new@own.example", role="rep", team=team, by=manager)
    url = invitations.link(invited.token).removeprefix("http://127.0.0.1:8000")
    assert "You are invited" in client.get(url).content.decode()
    data = {
        "name": "New Rep",
        "email": "other@own.example",
        "password": "a long password 9",
        "time_zone": "Europe/Berlin",
    }
    assert client.post(url, data).status_code == 302
    user = User.objects.get(email="new@own.example")
    assert (user.role, user.team, user.time_zone) == ("rep", team, "Europe/Berlin")
    client.logout()
    assert client.get(url).status_code == 410


def test_a_weak_password_is_told_at_the_field(client, manager, team):
    invited = invitations.invite(email="new@own.example", role="rep", team=team, by=manager)
    url = invitations.link(invited.token).removeprefix("http://127.0.0.1:8000")
    response = client.post(url, {"name": "N", "password": "123", "time_zone": "UTC"})
    assert "too short" in response.content.decode()
    assert not User.objects.filter(email="new@own.example").exists()


def test_an_invitation_ends(client, manager, team):
    invited = invitations.invite(email="new@own.example", role="rep", team=team, by=manager)
    invitations.revoke(invited.invitation, by=manager)
    with pytest.raises(invitations.InvitationError):
        invitations.find(invited.token)
    old = invitations.invite(email="x@own.example", role="rep", team=team, by=manager)
    Invitation.objects.filter(pk=old.invitation.pk).update(expires_at="2020-01-01T00:00Z")
    with pytest.raises(invitations.InvitationError, match="too old"):
        invitations.find(old.token)


def test_the_first_owner_link_closes_when_there_is_an_owner(db):
    invited = invitations.invite(email="", role="owner", team=None, by=None)
    invitation = invitations.find(invited.token)
    invitations.accept(
        invitation, name="O", email="o@own.example", password="long enough 12", time_zone="UTC"
    )
    assert User.objects.get().is_owner
    second = invitations.invite(email="", role="owner", team=None, by=None)
    with pytest.raises(invitations.InvitationError, match="has an owner"):
        invitations.find(second.token)


def test_the_token_is_not_in_the_database(manager, team):
    invited = invitations.invite(email="n@own.example", role="rep", team=team, by=manager)
    assert invited.token not in str(list(Invitation.objects.values()))


def test_password_reset_says_the_same_and_links_to_our_site(client, rep, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for email in (rep.email, "nobody@own.example"):
        response = client.post(
            "/account/password/reset/", {"email": email}, HTTP_HOST="evil.example"
        )
        assert response.status_code == 302
    assert len(mail.outbox) == 1
    link = re.search(r"http://127\.0\.0\.1:8000(/account/password/reset/\S+)", mail.outbox[0].body)
    assert "evil" not in mail.outbox[0].body
    page = client.get(link.group(1), follow=True)
    form_url = page.redirect_chain[-1][0]
    client.post(
        form_url, {"new_password1": "brand new pass 7", "new_password2": "brand new pass 7"}
    )
    assert sign_in(client, rep.email, "brand new pass 7").status_code == 302


def test_the_last_owner_stays(owner, manager):
    with pytest.raises(people.PeopleError):
        people.change_role(owner, role="rep", team=None, by=owner)
    with pytest.raises(people.PeopleError):
        people.deactivate(owner, heir=None, by=manager)


def test_leaving_ends_sessions(client, rep, owner, mate, as_user):
    browser = as_user(rep)
    assert browser.get("/account/profile/").status_code == 200
    people.deactivate(rep, heir=mate, by=owner)
    assert browser.get("/account/profile/").status_code == 302


def test_profile_saves_and_refuses_an_upside_down_day(rep, as_user):
    client = as_user(rep)
    data = {
        "name": "Jonas W",
        "phone": "",
        "time_zone": "Europe/Warsaw",
        "language": "de",
        "signature": "Jonas",
        "work_start": "09:00",
        "work_end": "08:00",
        "work_days": ["0", "1"],
        "daily_capacity": "12",
        "skills": "bakery, Polish",
        "theme": "dark",
    }
    assert "end after it starts" in client.post("/account/profile/", data).content.decode()
    client.post("/account/profile/", {**data, "work_end": "16:00"})
    rep.refresh_from_db()
    assert (rep.time_zone, rep.skills, rep.theme, rep.shortcuts_on) == (
        "Europe/Warsaw",
        ["bakery", "Polish"],
        "dark",
        False,
    )


def test_managers_invite_reps_of_their_team_only(manager, other_team, as_user):
    client = as_user(manager)
    data = {"email": "a@own.example", "role": "owner", "team": str(other_team.pk)}
    response = client.post("/settings/people/", data)
    assert response.status_code == 200
    assert not Invitation.objects.exists()
    client.post(
        "/settings/people/", {"email": "a@own.example", "role": "rep", "team": str(manager.team_id)}
    )
    assert Invitation.objects.get().team == manager.team
    assert len(mail.outbox) == 1


def test_sending_settings_are_the_owners(owner, manager, as_user):
    assert as_user(manager).get("/settings/sending/").status_code == 404
    client = as_user(owner)
    assert "No mail goes out yet" in client.get("/settings/sending/").content.decode()
    data = {
        "name": "Halden",
        "postal_address": "Kanalgade 4",
        "country": "DK",
        "time_zone": "Europe/Copenhagen",
        "window_start": "08:00",
        "window_end": "17:00",
        "send_days": ["0", "1"],
        "mailbox_daily_cap": "40",
        "mailbox_min_gap": "60",
        "lead_touches_per_week": "3",
        "company_touches_per_week": "6",
    }
    assert client.post("/settings/sending/", data).status_code == 302
    workspace = Workspace.current()
    assert (workspace.send_days, workspace.pause_company_on_reply) == ([0, 1], False)
    assert AuditEntry.objects.filter(action="settings.changed").exists()


def test_a_manager_cannot_end_the_owners_invitation(owner, manager, team):
    from_owner = invitations.invite(email="n@own.example", role="owner", team=None, by=owner)
    invitations.invite(email="n@own.example", role="rep", team=team, by=manager)
    assert invitations.find(from_owner.token).role == "owner"


def test_passwords_are_argon2_of_the_small_kind(db):
    from django.contrib.auth.hashers import make_password

    from salesagent.accounts.hashers import SmallArgon2

    hasher = SmallArgon2()
    assert make_password("x", hasher=hasher).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
