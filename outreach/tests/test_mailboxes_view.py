"""Settings, Mailboxes: each sees their own; nothing secret comes back; faults say what to do."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.models import Mailbox, Touch

GOOD = {
    "address": "Jonas@Halden.example",
    "from_name": "Jonas Weber",
    "username": "",
    "password": "app pass word",
    "smtp_host": "smtp.example.com",
    "smtp_port": "587",
    "smtp_security": "starttls",
    "imap_host": "imap.example.com",
    "imap_port": "993",
    "imap_security": "tls",
    "sent_folder": "Sent",
    "inbox_folder": "",
    "daily_cap": "30",
    "min_gap": "",
}


@pytest.fixture
def smtp_box(rep: Any) -> Mailbox:
    return Mailbox.objects.create(
        user=rep,
        address="jonas@own.example",
        from_name="Jonas Weber",
        username="jonas@own.example",
        password="hush-hush-77",
        smtp_host="smtp.example.com",
        imap_host="imap.example.com",
    )


def _new(client: Any, **changes: str) -> Any:
    return client.post(reverse("outreach:mailbox_new"), {**GOOD, **changes})


def test_a_rep_connects_a_mailbox(rep: Any, as_user: Any, db: None) -> None:
    response = _new(as_user(rep))
    box = Mailbox.objects.get()
    assert response.url == reverse("outreach:mailbox", args=[box.pk])
    assert (box.user, box.address, box.username) == (
        rep,
        "jonas@halden.example",
    ) + ("jonas@halden.example",)
    assert box.password == "app pass word"
    assert box.inbox_folder == "INBOX"
    assert box.daily_cap == 30 and box.min_gap is None
    assert box.poll_from is not None


def test_providers_fill_in_the_servers_without_a_script(rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    choice = client.get(reverse("outreach:mailbox_new")).content.decode()
    assert "?provider=gmail" in choice and "smtp_host" not in choice
    page = client.get(reverse("outreach:mailbox_new") + "?provider=gmail").content.decode()
    assert 'value="smtp.gmail.com"' in page and "app password" in page
    assert client.get(reverse("outreach:mailbox_new") + "?provider=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"smtp_host": "http://x/"}, "server name such as"),
        ({"smtp_host": "a b"}, "server name such as"),
        ({"imap_host": ""}, "no answer is seen"),
        ({"smtp_port": "70000"}, "from 1 to 65535"),
        ({"smtp_port": "0"}, "from 1 to 65535"),
        ({"imap_port": "x"}, "whole number"),
        ({"smtp_security": "none"}, "Choose TLS or STARTTLS"),
        ({"password": ""}, "Enter the password"),
        ({"address": "nobody"}, "valid email"),
        ({"daily_cap": "-1"}, "greater than or equal to 0"),
    ],
)
def test_wrong_input_is_told_at_its_field(
    rep: Any, as_user: Any, changes: dict[str, str], words: str
) -> None:
    response = _new(as_user(rep), **changes)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert "app pass word" not in response.content.decode()
    assert not Mailbox.objects.exists()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.1.2.3", "[::1]", "192.168.0.9"])
def test_private_hosts_only_where_the_installation_allows_them(
    rep: Any, as_user: Any, settings: Any, host: str
) -> None:
    settings.ALLOW_PRIVATE_MAIL_HOSTS = False
    assert "private network" in _new(as_user(rep), smtp_host=host).content.decode()
    settings.ALLOW_PRIVATE_MAIL_HOSTS = True
    assert "private network" not in _new(as_user(rep), smtp_host=host).content.decode()


def test_an_address_is_connected_once(rep: Any, as_user: Any, smtp_box: Mailbox) -> None:
    page = _new(as_user(rep), address="JONAS@own.example").content.decode()
    assert "connected already" in page


def test_the_password_never_comes_back_and_stays_when_left_empty(
    rep: Any, as_user: Any, smtp_box: Mailbox
) -> None:
    client = as_user(rep)
    url = reverse("outreach:mailbox", args=[smtp_box.pk])
    assert "hush-hush-77" not in client.get(url).content.decode()
    data = {**GOOD, "address": smtp_box.address, "password": "", "from_name": "J. Weber"}
    assert client.post(url, data).status_code == 302
    smtp_box.refresh_from_db()
    assert smtp_box.password == "hush-hush-77" and smtp_box.from_name == "J. Weber"
    client.post(url, {**data, "password": "new one"})
    smtp_box.refresh_from_db()
    assert smtp_box.password == "new one"


def test_another_account_is_read_from_now_on(rep: Any, as_user: Any, smtp_box: Mailbox) -> None:
    Mailbox.objects.update(uidvalidity=7, last_uid=99, poll_from=timezone.now() - timedelta(9))
    url = reverse("outreach:mailbox", args=[smtp_box.pk])
    as_user(rep).post(url, {**GOOD, "address": smtp_box.address, "imap_host": "imap.new.example"})
    smtp_box.refresh_from_db()
    assert (smtp_box.uidvalidity, smtp_box.last_uid) == (None, 0)
    assert smtp_box.poll_from and smtp_box.poll_from > timezone.now() - timedelta(minutes=1)


def test_a_new_name_does_not_move_the_cursor(rep: Any, as_user: Any, smtp_box: Mailbox) -> None:
    Mailbox.objects.update(uidvalidity=7, last_uid=99)
    data = {
        **GOOD,
        "address": smtp_box.address,
        "username": smtp_box.username,
        "password": "",
        "from_name": "Other",
    }
    as_user(rep).post(reverse("outreach:mailbox", args=[smtp_box.pk]), data)
    smtp_box.refresh_from_db()
    assert (smtp_box.uidvalidity, smtp_box.last_uid, smtp_box.from_name) == (7, 99, "Other")


POSTS = ("mailbox_check", "mailbox_test", "mailbox_pause", "mailbox_resume", "mailbox_off")


def test_who_sees_which_mailbox(
    rep: Any,
    mate: Any,
    manager: Any,
    owner: Any,
    stranger: Any,
    other_manager: Any,
    as_user: Any,
    smtp_box: Mailbox,
) -> None:
    url = reverse("outreach:mailbox", args=[smtp_box.pk])
    seen = {rep: 200, manager: 200, owner: 200, mate: 404, stranger: 404, other_manager: 404}
    for person, status in seen.items():
        client = as_user(person)
        assert client.get(url).status_code == status, person
        listed = smtp_box.address in client.get(reverse("outreach:mailboxes")).content.decode()
        assert listed == (status == 200), person
        if status == 404:
            for name in POSTS:
                assert (
                    client.post(reverse(f"outreach:{name}", args=[smtp_box.pk])).status_code == 404
                )


def test_actions_want_post(rep: Any, as_user: Any, smtp_box: Mailbox) -> None:
    for name in POSTS:
        assert as_user(rep).get(reverse(f"outreach:{name}", args=[smtp_box.pk])).status_code == 405


def test_pause_says_what_waits_and_resume_clears_it(
    rep: Any, as_user: Any, smtp_box: Mailbox, lead: Any
) -> None:
    for _ in range(2):
        Touch.objects.create(
            lead=lead, channel="email", mailbox=smtp_box, state="approved", due_at=timezone.now()
        )
    client = as_user(rep)
    url = reverse("outreach:mailbox_pause", args=[smtp_box.pk])
    page = client.post(url, {"reason": "New server\r\nevil"}, follow=True).content.decode()
    smtp_box.refresh_from_db()
    assert smtp_box.state == "paused"
    assert smtp_box.paused_reason == "New server evil, Jonas Weber"
    assert "2 approved messages wait, none is lost" in page
    assert "2 approved messages wait" in client.get(reverse("outreach:mailboxes")).content.decode()
    client.post(reverse("outreach:mailbox_resume", args=[smtp_box.pk]))
    smtp_box.refresh_from_db()
    assert (smtp_box.state, smtp_box.paused_reason) == ("active", "")


def test_switched_off_and_on(rep: Any, as_user: Any, smtp_box: Mailbox) -> None:
    client = as_user(rep)
    client.post(reverse("outreach:mailbox_off", args=[smtp_box.pk]))
    smtp_box.refresh_from_db()
    assert smtp_box.state == "off"
    assert (
        "Switch on" in client.get(reverse("outreach:mailbox", args=[smtp_box.pk])).content.decode()
    )
    client.post(reverse("outreach:mailbox_resume", args=[smtp_box.pk]))
    smtp_box.refresh_from_db()
    assert smtp_box.state == "active"


def _checked(client: Any, box: Mailbox, run_queue: Any) -> str:
    """Pressed, run by the queue, looked at."""
    url = reverse("outreach:mailbox_check", args=[box.pk])
    assert "Checking " in client.post(url, follow=True).content.decode()
    run_queue()
    return str(client.get(reverse("outreach:mailbox", args=[box.pk])).content.decode())


def test_check_tells_each_step_in_plain_words(
    rep: Any, as_user: Any, smtp_box: Mailbox, run_queue: Any
) -> None:
    Mailbox.objects.update(smtp_host="127.0.0.1", smtp_port=1, imap_host="127.0.0.1", imap_port=1)
    page = _checked(as_user(rep), smtp_box, run_queue)
    assert "Something does not work yet" in page
    assert "Sending at 127.0.0.1:1" in page and "Reading at 127.0.0.1:1" in page
    assert "Traceback" not in page and "Errno" not in page


def test_check_of_a_folder_mailbox_works(
    rep: Any, as_user: Any, mailbox: Mailbox, run_queue: Any
) -> None:
    page = _checked(as_user(rep), mailbox, run_queue)
    assert "Everything works" in page
    mailbox.refresh_from_db()
    assert mailbox.tested_at is not None


def test_send_a_test_to_me(
    rep: Any, as_user: Any, mailbox: Mailbox, workspace: Any, settings: Any
) -> None:
    url = reverse("outreach:mailbox_test", args=[mailbox.pk])
    page = as_user(rep).post(url, follow=True).content.decode()
    assert "A test is on its way to rep@own.example" in page
    sent = list((settings.DATA_DIR / "mail").rglob("sent/*"))
    assert len(sent) == 1 and b"To: Jonas Weber <rep@own.example>" in sent[0].read_bytes()


def test_a_test_that_fails_says_why(rep: Any, as_user: Any, smtp_box: Mailbox) -> None:
    Mailbox.objects.update(smtp_host="127.0.0.1", smtp_port=1)
    url = reverse("outreach:mailbox_test", args=[smtp_box.pk])
    assert "The test was not sent" in as_user(rep).post(url, follow=True).content.decode()


def test_an_unreadable_password_is_a_sentence_not_a_crash(
    rep: Any, as_user: Any, smtp_box: Mailbox, settings: Any, run_queue: Any
) -> None:
    settings.SECRET_KEY = "another key " * 6
    client = as_user(rep)
    assert client.get(reverse("outreach:mailboxes")).status_code == 200
    assert client.get(reverse("outreach:mailbox", args=[smtp_box.pk])).status_code == 200
    page = _checked(client, smtp_box, run_queue)
    assert "Enter it again" in page


def test_queries_do_not_grow_with_mailboxes(
    owner: Any, rep: Any, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        Mailbox.objects.create(user=rep, address=f"box{number}@own.example", from_name="B")
    client = as_user(owner)
    with django_assert_max_num_queries(18):
        assert client.get(reverse("outreach:mailboxes")).status_code == 200
