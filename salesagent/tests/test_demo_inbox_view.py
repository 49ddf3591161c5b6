"""The visitor answers as the lead, and the answer takes the ordinary way in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import include, path

from leads.models import Suppression, ThreadEvent
from outreach.channels.maildir import FileTransport
from outreach.models import Enrollment, InboundMessage, Mailbox, Task, Touch
from outreach.services import enrollment as enrollments
from outreach.services import planning, policy, sending
from outreach.services.transports import config_for
from salesagent import urls

urlpatterns = [*urls.urlpatterns, path("demo/", include("salesagent.demo.urls"))]
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _demo(settings: Any) -> None:
    settings.DEMO = True
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def sent(lead: Any, mailbox: Any, sequence: Any, workspace: Any) -> Touch:
    """One touch of a sequence that went into the file mailbox."""
    Mailbox.objects.update(poll_from=mailbox.created_at - timedelta(days=1))
    row = enrollments.enroll(lead, sequence, user=lead.owner, mailbox=mailbox, now=TUESDAY)
    step = planning.step_after(row)
    assert step is not None
    touch = Touch(
        lead=lead,
        enrollment=row,
        step=step,
        step_key=step.key,
        mailbox=mailbox,
        channel="email",
        to_address=lead.email,
        subject="Night alarms & <b>you</b>",
        body="Hi Marta,\n\nhow do you handle night alarms?\n\nJonas",
        state=Touch.State.APPROVED,
        due_at=TUESDAY,
        message_id="<one@halden.example>",
        approved_by=lead.owner,
    )
    touch.approved_hash = policy.text_hash(touch)
    touch.save()
    assert sending.send_due(TUESDAY).sent == 1
    touch.refresh_from_db()
    return touch


def open_first(client: Any) -> str:
    """The address of the first mail."""
    mail = client.get("/demo/inbox/").context["mail"]
    return f"/demo/inbox/{mail.mailbox.pk}/{mail.name}/"


def test_empty_says_what_to_do(rep: Any, mailbox: Any, as_user: Any) -> None:
    page = as_user(rep).get("/demo/inbox/")
    assert page.status_code == 200 and b"No mail yet" in page.content


def test_the_mail_is_shown_as_text(sent: Touch, rep: Any, as_user: Any) -> None:
    page = as_user(rep).get("/demo/inbox/").content.decode()
    assert "how do you handle night alarms?" in page
    assert "Night alarms &amp; &lt;b&gt;you&lt;/b&gt;" in page and "<b>you</b>" not in page
    assert "List-Unsubscribe-Post" not in page  # this site has no https
    assert "Message-ID" in page and "Kanalgade 4" in page
    assert f"/leads/{sent.lead_id}/" in page


def test_a_yes_pauses_the_sequence(sent: Touch, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    response = client.post(f"{open_first(client)}answer/", {"quick": "yes"}, follow=True)
    assert b"The sequence is paused" in response.content
    row = Enrollment.objects.get()
    assert (row.state, row.reason) == ("paused", "replied")
    event = ThreadEvent.objects.get(kind="reply.received")
    assert event.body == "Sounds good, can we talk Thursday?" and event.lead == sent.lead
    assert InboundMessage.objects.get().matched_by == "references"


def test_own_words(sent: Touch, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    text = "Zażółć gęślą jaźń — wie geht's?\n\nZweiter Absatz"
    client.post(f"{open_first(client)}answer/", {"text": text})
    assert ThreadEvent.objects.get(kind="reply.received").body == text


def test_a_stop_is_respected(sent: Touch, rep: Any, as_user: Any, run_queue: Any) -> None:
    client = as_user(rep)
    client.post(f"{open_first(client)}answer/", {"quick": "stop"})
    run_queue()
    assert Suppression.objects.exists()
    assert Enrollment.objects.get().state == "stopped"


def test_out_of_office_is_no_answer(sent: Touch, rep: Any, as_user: Any, run_queue: Any) -> None:
    client = as_user(rep)
    client.post(f"{open_first(client)}answer/", {"quick": "away"})
    run_queue()
    assert not ThreadEvent.objects.filter(kind="reply.received").exists()
    assert ThreadEvent.objects.filter(kind="autoreply.received").exists()


def test_who_left_names_somebody_else(sent: Touch, rep: Any, as_user: Any, run_queue: Any) -> None:
    client = as_user(rep)
    client.post(f"{open_first(client)}answer/", {"quick": "left"})
    run_queue()
    asked = Task.objects.get(kind=Task.Kind.CONTACT)
    assert "Sara Nowak" in asked.title


def test_two_answers_are_two(sent: Touch, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    for text in ("First", "Second"):
        client.post(f"{open_first(client)}answer/", {"text": text})
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 2


def test_an_empty_answer_is_asked_again(sent: Touch, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    response = client.post(f"{open_first(client)}answer/", {"text": "  "})
    assert response.status_code == 422 and b"Write what the lead answers" in response.content
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize("who", ["mate", "stranger", "other_manager"])
def test_others_do_not_see_it(who: str, sent: Touch, rep: Any, as_user: Any, request: Any) -> None:
    url = open_first(as_user(rep))
    client = as_user(request.getfixturevalue(who))
    assert client.get("/demo/inbox/").context["mails"] == []
    assert client.get(url).status_code == 404
    assert client.post(f"{url}answer/", {"quick": "yes"}).status_code == 404
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize("who", ["manager", "owner"])
def test_managers_see_their_teams(
    who: str, sent: Touch, rep: Any, as_user: Any, request: Any
) -> None:
    client = as_user(request.getfixturevalue(who))
    assert client.get(open_first(client)).status_code == 200


@pytest.mark.parametrize("name", ["..", "x", "../../secret.eml", "a" * 40 + ".eml", "a" * 400])
def test_only_mails_can_be_opened(
    name: str, sent: Touch, rep: Any, mailbox: Any, as_user: Any
) -> None:
    assert as_user(rep).get(f"/demo/inbox/{mailbox.pk}/{name}/").status_code == 404


def test_without_demo_there_is_no_such_page(
    sent: Touch, rep: Any, as_user: Any, settings: Any
) -> None:
    client = as_user(rep)
    url = open_first(client)
    settings.DEMO = False
    assert client.get("/demo/inbox/").status_code == 404
    assert client.post(f"{url}answer/", {"quick": "yes"}).status_code == 404


def test_a_login_is_needed(sent: Touch, client: Any) -> None:
    assert client.get("/demo/inbox/").status_code == 302


def test_the_folder_holds_the_whole_mail(sent: Touch, mailbox: Any) -> None:
    folder = FileTransport(config_for(mailbox)).folder() / "sent"
    assert len(list(folder.glob("*.eml"))) == 1
    assert b"multipart/alternative" in next(folder.glob("*.eml")).read_bytes()
