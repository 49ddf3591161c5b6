"""The stop link: scanners may look, people act, once or often, without a cookie."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Suppression, ThreadEvent
from leads.services.suppression import is_suppressed, suppress
from outreach.models import Enrollment, Touch
from outreach.services import enrollment as enrollments
from outreach.services import letters, policy
from salesagent.lib import signing

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def touch(lead: Any, mailbox: Any, workspace: Any) -> Touch:
    return Touch.objects.create(
        lead=lead,
        mailbox=mailbox,
        channel="email",
        kind="manual",
        to_address=lead.email,
        subject="x",
        body="y",
        due_at=lead.created_at,
        state=Touch.State.SENT,
    )


@pytest.fixture
def url(touch: Touch) -> str:
    return letters.unsubscribe_url(touch).removeprefix("http://127.0.0.1:8000")


def stranger() -> Client:
    """As a mail provider posts: no cookie, CSRF checked where it is checked at all."""
    return Client(enforce_csrf_checks=True)


def test_looking_changes_nothing(url: str, lead: Any) -> None:
    client = stranger()
    for method in (client.get, client.head):
        response = method(url)
        assert response.status_code == 200
        assert not response.cookies
    assert b"Stop our messages?" in client.get(url).content
    assert not Suppression.objects.exists()
    assert not ThreadEvent.objects.exists()


def test_the_link_holds_no_address(url: str, lead: Any) -> None:
    page = stranger().get(url).content.decode()
    assert lead.email not in url and lead.email not in page
    assert "m.k…@polna.example" in page
    assert "Kowalczyk" not in page


def test_the_button_stops_everything(url: str, lead: Any) -> None:
    response = stranger().post(url, {"action": "all"})
    assert response.status_code == 200 and b"We will not write to you again" in response.content
    assert is_suppressed(lead, "email") and is_suppressed(lead, "phone")
    event = ThreadEvent.objects.get()
    assert (event.kind, event.actor) == ("lead.suppressed", "lead")


def test_one_click_needs_no_cookie_and_no_redirect(url: str, lead: Any) -> None:
    response = stranger().post(
        url, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 200 and not response.cookies
    assert is_suppressed(lead, "email")


@pytest.mark.parametrize("body", [ONE_CLICK, {}, {"action": "nonsense"}])
def test_any_body_means_stop(body: dict[str, str], url: str, lead: Any) -> None:
    stranger().post(url, body)
    assert is_suppressed(lead, "linkedin")


def test_multipart_one_click_works_as_well(url: str, lead: Any) -> None:
    """RFC 8058 section 3.1 allows both encodings."""
    stranger().post(url, ONE_CLICK)  # the test client's own encoding is multipart
    assert is_suppressed(lead, "email")


def test_twice_is_once(url: str, lead: Any) -> None:
    for _ in range(3):
        assert stranger().post(url, ONE_CLICK).status_code == 200
    assert Suppression.objects.count() == 1
    assert ThreadEvent.objects.count() == 1


def test_only_email(url: str, lead: Any) -> None:
    response = stranger().post(url, {"action": "email"})
    assert b"No more email" in response.content
    assert is_suppressed(lead, "email") and not is_suppressed(lead, "phone")


def test_everything_then_only_email(url: str, lead: Any) -> None:
    stranger().post(url, {"action": "all"})
    stranger().post(url, {"action": "email"})
    assert is_suppressed(lead, "email") and not is_suppressed(lead, "phone")


def test_a_mistake_is_taken_back(url: str, lead: Any) -> None:
    stranger().post(url, ONE_CLICK)
    response = stranger().post(url, {"action": "undo"})
    assert b"back on the list" in response.content
    assert not is_suppressed(lead, "email")
    kinds = ThreadEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["lead.suppressed", "lead.unsuppressed"]


def test_undo_takes_back_only_what_a_link_did(url: str, lead: Any) -> None:
    suppress(address=lead.email, reason="complaint", source="provider", actor="system")
    stranger().post(url, {"action": "undo"})
    assert is_suppressed(lead, "email")


def test_the_address_of_then_and_of_now_are_both_stopped(url: str, lead: Any) -> None:
    lead.email = "new@polna.example"
    lead.save()
    stranger().post(url, ONE_CLICK)
    assert Suppression.objects.count() == 2
    assert is_suppressed(lead, "email")


def test_the_sequence_stops(
    url: str, lead: Any, mailbox: Any, sequence: Any, run_queue: Any
) -> None:
    row = enrollments.enroll(lead, sequence, user=lead.owner, mailbox=mailbox)
    waiting = Touch.objects.create(
        lead=lead,
        enrollment=row,
        mailbox=mailbox,
        channel="email",
        to_address=lead.email,
        body="y",
        due_at=lead.created_at,
        state=Touch.State.APPROVED,
    )
    Touch.objects.filter(pk=waiting.pk).update(approved_hash=policy.text_hash(waiting))
    stranger().post(url, ONE_CLICK)
    run_queue()
    found = Enrollment.objects.get()
    assert (found.state, found.reason) == ("stopped", "opted_out")
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("bad", ["x", "a:b:c", "%3Cscript%3E"])
def test_a_broken_link_offers_another_way(method: str, bad: str, workspace: Any) -> None:
    response = getattr(stranger(), method)(f"/u/{bad}/")
    assert response.status_code == 404
    assert b"link is not complete" in response.content and b'name="address"' in response.content
    assert not Suppression.objects.exists()


def test_a_changed_link_is_a_broken_link(url: str, lead: Any) -> None:
    token = url.split("/")[2]
    forged = signing.make("something-else", [lead.pk, None, 1])
    for bad in (token[:-1], token[1:], forged):
        assert stranger().post(f"/u/{bad}/", ONE_CLICK).status_code == 404
    assert not Suppression.objects.exists()


def test_stop_by_address_says_the_same_to_all(lead: Any, workspace: Any) -> None:
    url = reverse("outreach:unsubscribe_by_address")
    known = stranger().post(url, {"address": "M.Kowalczyk@POLNA.example "})
    unknown = stranger().post(url, {"address": "nobody@elsewhere.example"})
    assert known.content == unknown.content and known.status_code == unknown.status_code == 200
    assert is_suppressed(lead, "email")
    assert ThreadEvent.objects.get().data["source"] == "unsubscribe page"


def test_stop_by_address_wants_an_address(workspace: Any) -> None:
    url = reverse("outreach:unsubscribe_by_address")
    for bad in ("", "x", "polna.example", "<script>"):
        response = stranger().post(url, {"address": bad})
        assert response.status_code == 422 and b"aria-invalid" in response.content
    assert b"&lt;script&gt;" in response.content
    assert not Suppression.objects.exists()


def test_stop_by_address_is_limited(workspace: Any) -> None:
    url = reverse("outreach:unsubscribe_by_address")
    client = stranger()
    for number in range(10):
        assert client.post(url, {"address": f"p{number}@x.example"}).status_code == 200
    response = client.post(url, {"address": "p11@x.example"})
    assert response.status_code == 429 and b"p11@x.example" in response.content
    assert Suppression.objects.count() == 10


def test_an_erased_person_sees_that_it_is_done(url: str, lead: Any) -> None:
    lead.erased_at = lead.created_at
    lead.email = None
    lead.save()
    response = stranger().get(url)
    assert b"We will not write to you again" in response.content
    assert b"<button" not in response.content
