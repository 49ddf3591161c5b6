"""Writing from the lead page: once, with every word kept, tied to the right mail, with files."""

import uuid
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from outreach.models import Attachment, InboundMessage, Mailbox, Submission, Task, Touch
from outreach.services import approval, attachments, replying
from outreach.services.writing import WritingError

pytestmark = pytest.mark.usefixtures("workspace", "mailbox")
TEXT = (
    "Hi Marta,\n\nthank you for the tour of the bakery last week. I have put the numbers for the "
    "two cold rooms into one page, and I can bring the meter along on Thursday, so that we both "
    "see what the night really costs.\n\nJonas"
)


def _url(lead):
    return reverse("outreach:compose", args=[lead.pk])


def _mail(**changes):
    data = {
        "channel": "email",
        "action": "send",
        "mail-subject": "The two cold rooms",
        "mail-body": TEXT,
        "mail-token": str(uuid.uuid4()),
    }
    return {**data, **changes}


def _insist(client, lead, data):
    """Post; where the checks only warn, post again the way the page offers it."""
    answer = client.post(_url(lead), data)
    if answer.status_code == 422 and answer.context["composer"][1].get("accepted"):
        accepted = answer.context["composer"][1]["accepted"]
        return client.post(_url(lead), {**data, "mail-accepted": accepted})
    return answer


def _sent_touch(lead, mailbox, **changes):
    now = timezone.now()
    values = {
        "lead": lead,
        "channel": "email",
        "mailbox": mailbox,
        "state": "sent",
        "subject": "A question for Polna",
        "body": "Hello",
        "to_address": lead.email,
        "message_id": "<one@halden.example>",
        "due_at": now,
        "sent_at": now - timedelta(days=2),
    }
    return Touch.objects.create(**{**values, **changes})


def _received(lead, mailbox, **changes):
    values = {
        "mailbox": mailbox,
        "lead": lead,
        "message_id": "<two@polna.example>",
        "digest": uuid.uuid4().hex,
        "from_address": lead.email,
        "subject": "Re: A question for Polna",
        "headers": {"references": "<one@halden.example>"},
        "received_at": timezone.now() - timedelta(days=1),
        "state": "threaded",
    }
    return InboundMessage.objects.create(**{**values, **changes})


def test_send_makes_an_approved_touch_of_the_person(as_user, rep, lead, mailbox):
    answer = _insist(as_user(rep), lead, _mail())
    assert answer.status_code == 302
    touch = Touch.objects.get()
    assert touch.state == "approved" and touch.author == rep and touch.approved_by == rep
    assert touch.subject == "The two cold rooms" and touch.mailbox == mailbox
    assert touch.to_address == lead.email and touch.kind == "manual"
    assert touch.not_before > timezone.now() + timedelta(seconds=5)
    page = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "Cancel send" in page and "The two cold rooms" in page


def test_a_double_click_makes_one_touch(as_user, rep, lead):
    client, data = as_user(rep), _mail()
    assert _insist(client, lead, data).status_code == 302
    assert _insist(client, lead, data).status_code == 302
    assert Touch.objects.count() == 1 and Submission.objects.count() == 1


def test_a_refused_form_may_be_sent_again_with_the_same_token(as_user, rep, lead):
    client, data = as_user(rep), _mail(**{"mail-subject": ""})
    assert client.post(_url(lead), data).status_code == 422
    assert not Touch.objects.exists() and not Submission.objects.exists()
    assert _insist(client, lead, {**data, "mail-subject": "Now with one"}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mail-subject": " "}, "Write a subject."),
        ({"mail-body": ""}, "Write something first."),
        ({"action": "later", "mail-send_at": ""}, "Choose a moment to come."),
        ({"action": "later", "mail-send_at": "2001-01-01T10:00"}, "Choose a moment to come."),
        ({"action": "later", "mail-send_at": "2099-01-01T10:00"}, "At most a year ahead."),
        ({"action": "later", "mail-send_at": "soon"}, "Write a date and a time."),
        ({"mail-body": "Dear {{name of the boss}}, " + TEXT}, "Not filled"),
    ],
)
def test_a_mistake_is_said_and_every_word_is_kept(as_user, rep, lead, changes, words):
    answer = as_user(rep).post(_url(lead), _mail(**changes))
    html = answer.content.decode()
    assert answer.status_code == 422 and words in html
    assert "the numbers for the two cold rooms" in html or not changes.get("mail-body", "x")
    assert "The two cold rooms" in html or "mail-subject" in changes
    assert not Touch.objects.exists()


def test_warnings_stop_once_and_may_be_overruled(as_user, rep, lead):
    data = _mail(**{"mail-body": TEXT + "\n\nACT NOW!!! 100% FREE, guaranteed winner"})
    first = as_user(rep).post(_url(lead), data)
    html = first.content.decode()
    assert first.status_code == 422 and "Send anyway" in html and "ACT NOW" in html
    accepted = first.context["composer"][1]["accepted"]
    again = as_user(rep).post(_url(lead), {**data, "mail-accepted": accepted})
    assert again.status_code == 302 and Touch.objects.get().state == "approved"


def test_a_draft_goes_to_approvals_even_with_warnings(as_user, rep, lead):
    answer = as_user(rep).post(_url(lead), _mail(action="draft", **{"mail-body": "Hi"}))
    assert answer.status_code == 302
    assert Touch.objects.get().state == "draft"


def test_send_later_means_the_time_of_the_writer(as_user, rep, lead):
    rep.time_zone = "Asia/Tokyo"
    rep.save()
    day = (timezone.now() + timedelta(days=20)).strftime("%Y-%m-%d")
    data = _mail(action="later", **{"mail-send_at": f"{day}T18:00"})
    assert _insist(as_user(rep), lead, data).status_code == 302
    assert Touch.objects.get().due_at.strftime("%Y-%m-%d %H:%M") == f"{day} 09:00"


def test_a_reply_is_tied_to_the_newest_mail(as_user, rep, lead, mailbox):
    _sent_touch(lead, mailbox)
    assert replying.reply_to(lead).inbound is False
    _received(lead, mailbox)
    data = _mail()
    del data["mail-subject"]
    assert _insist(as_user(rep), lead, data).status_code == 302
    touch = Touch.objects.get(kind="reply")
    assert touch.subject == "Re: A question for Polna"
    assert touch.in_reply_to == "<two@polna.example>"
    assert touch.references == "<one@halden.example> <two@polna.example>"
    assert touch.mailbox == mailbox


def test_a_reply_settles_the_task_to_answer(as_user, rep, lead, mailbox):
    _received(lead, mailbox)
    task = Task.objects.create(
        kind="answer", lead=lead, owner=rep, title="Answer", due_at=timezone.now()
    )
    assert _insist(as_user(rep), lead, _mail()).status_code == 302
    task.refresh_from_db()
    assert task.state == "done"


def test_why_no_mail_can_be_written_is_said(as_user, rep, lead, mailbox):
    client, page = as_user(rep), reverse("leads:detail", args=[lead.pk])
    lead.email = None
    lead.save()
    assert "No e-mail address is known." in client.get(page).content.decode()
    assert client.post(_url(lead), _mail()).status_code == 422
    lead.email = "m@polna.example"
    lead.archived_at = timezone.now()
    lead.save()
    assert "This lead is archived." in client.get(page).content.decode()
    lead.archived_at = None
    lead.save()
    Mailbox.objects.all().update(state="off")
    assert "Connect a mailbox first" in client.get(page).content.decode()
    assert not Touch.objects.exists()


def test_a_suppressed_person_cannot_be_written_to(as_user, rep, lead):
    from leads.services import suppression

    suppression.suppress(
        address=lead.email, reason="opted_out", source="test", actor="system", lead=lead
    )
    answer = as_user(rep).post(_url(lead), _mail())
    assert answer.status_code == 422 and not Touch.objects.exists()
    html = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).content.decode()
    assert "asked not to be contacted" in html


def _file(name="offer.pdf", content=b"%PDF-1.7 one page"):
    return SimpleUploadedFile(name, content)


def test_files_go_with_the_mail_and_only_who_sees_the_lead_gets_them(
    as_user, rep, mate, stranger, manager, lead
):
    data = {**_mail(action="draft"), "mail-uploads": [_file(), _file("a/../Plan ü.txt", b"x")]}
    assert as_user(rep).post(_url(lead), data).status_code == 302
    first, second = Attachment.objects.order_by("pk")
    assert (first.name, first.content_type, second.name) == (
        "offer.pdf",
        "application/pdf",
        "Plan ü.txt",
    )
    assert attachments.read(first) == b"%PDF-1.7 one page"
    url = reverse("outreach:attachment", args=[first.pk])
    for user in (rep, manager):
        answer = as_user(user).get(url)
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 one page"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Type"] == "application/octet-stream"
    for user in (mate, stranger):
        assert as_user(user).get(url).status_code == 404
    attachments.path_of(first).unlink()
    gone = as_user(rep).get(url, follow=True).content.decode()
    assert "offer.pdf is no longer kept on this server." in gone


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("run.exe", b"MZ", "often blocked"),
        ("page.html", b"<script>", "often blocked"),
        ("noextension", b"x", "often blocked"),
        ("fake.pdf", b"MZ not a pdf", "is not what its name says"),
        ("data.txt", b"a\x00b", "is not what its name says"),
        ("empty.pdf", b"", "is empty"),
        ("big.pdf", b"%PDF-" + b"0" * attachments.MAX_EACH, "One file may have 5 MB"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_stored(as_user, rep, lead, name, content, words):
    data = {**_mail(action="draft"), "mail-uploads": [_file(name, content)]}
    answer = as_user(rep).post(_url(lead), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html and "the numbers for the two cold rooms" in html
    assert not Attachment.objects.exists() and not attachments.folder().exists()


def test_too_much_in_all_is_refused():
    part = _file(content=b"%PDF-" + b"0" * (attachments.MAX_EACH - 10))
    assert attachments.check([part, part]) == []
    assert "10 MB" in attachments.check([part, part, part])[0]


def test_files_of_a_refused_mail_do_not_stay(as_user, rep, lead):
    refuse = approval.ApprovalError("Not yet.", "blocked")
    with patch.object(approval, "approve", side_effect=refuse):
        answer = as_user(rep).post(_url(lead), {**_mail(), "mail-uploads": [_file()]})
    assert answer.status_code == 422
    assert not Touch.objects.exists()
    assert not attachments.folder().exists() or not list(attachments.folder().iterdir())


@pytest.mark.parametrize("channel", ["email", "call"])
def test_strangers_cannot_write(as_user, mate, stranger, other_manager, lead, channel):
    data = {**_mail(), "channel": channel, "call-outcome": "reached"}
    for user in (mate, stranger, other_manager):
        assert as_user(user).post(_url(lead), data).status_code == 404
    assert not Touch.objects.exists() and not lead.events.exists()


def test_only_known_channels(as_user, rep, lead):
    assert as_user(rep).post(_url(lead), {"channel": "pigeon"}).status_code == 400
    assert as_user(rep).get(_url(lead)).status_code == 405


def _call(**changes):
    data = {"channel": "call", "call-outcome": "reached", "call-token": str(uuid.uuid4())}
    return {**data, **changes}


def test_a_call_is_logged_once(as_user, rep, lead):
    client = as_user(rep)
    data = _call(**{"call-minutes": "7", "call-notes": "Wants a visit in May."})
    assert client.post(_url(lead), data).status_code == 302
    assert client.post(_url(lead), data).status_code == 302
    event = lead.events.get(kind="call.logged")
    assert event.body == "Wants a visit in May." and event.data["minutes"] == 7
    assert event.actor == rep.actor and not Task.objects.exists()


def test_call_back_becomes_a_task_at_that_time(as_user, rep, lead):
    at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT10:30")
    data = _call(**{"call-outcome": "call_back", "call-call_back_at": at})
    assert as_user(rep).post(_url(lead), data).status_code == 302
    task = Task.objects.get()
    assert task.kind == "follow_up" and task.owner == rep
    assert task.due_at.strftime("%Y-%m-%dT%H:%M") == at


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"call-outcome": ""}, "Choose how the call ended."),
        ({"call-outcome": "call_back"}, "Choose a moment to come."),
        ({"call-outcome": "call_back", "call-call_back_at": "2001-01-01T10:00"}, "to come"),
        ({"call-minutes": "many"}, "Enter a whole number."),
    ],
)
def test_a_wrong_call_form_keeps_the_notes(as_user, rep, lead, changes, words):
    answer = as_user(rep).post(_url(lead), _call(**{"call-notes": "Said something", **changes}))
    html = answer.content.decode()
    assert answer.status_code == 422 and words in html and "Said something" in html
    assert 'id="ct-call" value="call" checked' in html
    assert not lead.events.exists()


def test_cancel_send_brings_the_draft_back_and_discard_takes_it_away(as_user, rep, stranger, lead):
    _insist(as_user(rep), lead, _mail())
    touch = Touch.objects.get()
    url = reverse("outreach:touch_cancel", args=[touch.pk])
    assert as_user(stranger).post(url).status_code == 404
    assert as_user(rep).post(url).status_code == 302
    touch.refresh_from_db()
    assert touch.state == "draft" and touch.body == TEXT
    as_user(rep).post(url)
    touch.refresh_from_db()
    assert touch.state == "cancelled"


def test_cancel_comes_too_late_for_a_sent_mail(as_user, rep, lead, mailbox):
    touch = _sent_touch(lead, mailbox)
    answer = as_user(rep).post(reverse("outreach:touch_cancel", args=[touch.pk]), follow=True)
    assert "Too late" in answer.content.decode()
    touch.refresh_from_db()
    assert touch.state == "sent"


def test_a_draft_of_a_sequence_is_not_discarded_here(as_user, rep, lead, mailbox):
    touch = _sent_touch(lead, mailbox, state="draft", kind="sequence", sent_at=None)
    as_user(rep).post(reverse("outreach:touch_cancel", args=[touch.pk]))
    touch.refresh_from_db()
    assert touch.state == "draft"


def test_only_warnings_can_be_overruled():
    warn, block = {"level": "warn", "code": "a"}, {"level": "block", "code": "b"}
    assert WritingError("x", [warn]).can_insist
    assert not WritingError("x", [warn, block]).can_insist
    assert not WritingError("x").can_insist
