"""Settings, Webhooks: the owner's pages, the secret shown once, deliveries to send again."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Lead
from salesagent.accounts.models import AuditEntry
from salesagent.api.hooks import kinds, managing, queue, sending
from salesagent.api.models import Hook, HookDelivery
from salesagent.api.tests.hook_kit import happened, hook_to, minute, only
from salesagent.api.tests.hook_kit import listener as listener
from salesagent.lib import hold
from salesagent.tests.peers import faults

pytestmark = pytest.mark.django_db
PAGE = "/settings/webhooks/"
FORM = {"name": "Their CRM", "url": "https://crm.example/hook", "kinds": ["reply.received"]}


@pytest.fixture
def page(as_user: Any, owner: Any) -> Client:
    client: Client = as_user(owner)
    return client


def text(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def shown_secret(answer: Any) -> str:
    found = re.search(r'value="(whs_[\w-]+)"', answer.content.decode())
    assert found
    return found[1]


def test_empty_it_says_what_would_be_told(page: Client) -> None:
    said = text(page)
    assert "No other program is told of anything." in said
    assert "Never the text of a message" in said


def test_an_address_is_added_and_its_secret_shown_once(page: Client, owner: Any) -> None:
    answer = page.post(f"{PAGE}new/", FORM, follow=True)
    hook = Hook.objects.get()
    assert shown_secret(answer) == hook.secret
    assert "no-store" in answer["Cache-Control"]
    assert (hook.user, hook.url, hook.kinds) == (owner, FORM["url"], FORM["kinds"])
    assert hook.secret not in text(page, f"{PAGE}{hook.pk}/")
    again = page.get(f"{PAGE}{hook.pk}/secret/once/", follow=True).content.decode()
    assert "A secret is shown once." in again and hook.secret not in again
    assert AuditEntry.objects.get(action="webhook.added").target == f"hook:{hook.pk}"
    assert "1 kind of events, of what Ingrid Halden sees" in text(page)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://crm.example/hook", "must be called by https"),
        ("https://localhost/hook", "private network"),
        ("https://10.0.0.7/hook", "private network"),
        ("https://169.254.169.254/latest/", "own network"),
        ("https://me:secret@crm.example/", "must not contain a password"),
        ("ftp://crm.example/", "only http and https"),
        ("https://crm.example/\\@x", "not a web address"),
        ("nonsense", "Enter a valid URL"),
    ],
)
def test_an_address_that_cannot_be_called_is_refused(page: Client, url: str, error: str) -> None:
    answer = page.post(f"{PAGE}new/", {**FORM, "url": url})
    assert answer.status_code == 422
    assert error in answer.content.decode()
    assert not Hook.objects.exists()


def test_a_listed_host_of_the_own_network_is_taken(page: Client, settings: Any) -> None:
    settings.WEBHOOK_HOSTS = ["10.0.0.7"]
    assert page.post(f"{PAGE}new/", {**FORM, "url": "http://10.0.0.7/x"}).status_code == 302
    assert Hook.objects.exists()


def test_no_event_or_an_unknown_one_is_refused(page: Client) -> None:
    assert "Choose at least one event." in str(
        page.post(f"{PAGE}new/", {**FORM, "kinds": []}).content
    )
    assert page.post(f"{PAGE}new/", {**FORM, "kinds": ["note.added"]}).status_code == 422


def test_a_test_arrives_at_once(page: Client, owner: Any, listener: faults.FaultServer) -> None:
    hook = hook_to(listener, owner)
    answer = page.post(f"{PAGE}{hook.pk}/test/", follow=True)
    assert "The test arrived at Their CRM." in answer.content.decode()
    (request,) = listener.requests
    assert request.header("SalesAgent-Event") == "ping"
    assert request.json()["test"] is True
    assert request.json()["lead"] is None
    assert "Arrived" in text(page, f"{PAGE}{hook.pk}/")


def test_a_test_that_fails_says_why_and_is_not_repeated(
    page: Client, owner: Any, listener: faults.FaultServer
) -> None:
    hook = hook_to(listener, owner)
    listener.script("/in", faults.refuse(404))
    answer = page.post(f"{PAGE}{hook.pk}/test/", follow=True)
    assert "The test did not arrive. The address knows no such page (HTTP 404)." in (
        answer.content.decode()
    )
    minute()
    assert len(listener.requests) == 1
    hook.refresh_from_db()
    assert hook.failing_since is None


def test_no_test_after_a_restore_and_not_too_many(
    page: Client, owner: Any, listener: faults.FaultServer
) -> None:
    hook = hook_to(listener, owner)
    hold.begin(timezone.now())
    assert "Start again under Backups" in str(
        page.post(f"{PAGE}{hook.pk}/test/", follow=True).content
    )
    assert "Everything that sends stands still" in text(page)
    hold.release(owner)
    for _ in range(8):
        page.post(f"{PAGE}{hook.pk}/test/")
    assert len(listener.requests) == 6


def test_pause_start_change_and_remove(
    page: Client, owner: Any, listener: faults.FaultServer
) -> None:
    hook = hook_to(listener, owner)
    page.post(f"{PAGE}{hook.pk}/switch/", {"do": "pause"})
    assert "Paused" in text(page)
    page.post(f"{PAGE}{hook.pk}/switch/", {"do": "start"})
    page.post(f"{PAGE}{hook.pk}/", {**FORM, "name": "New name"})
    hook.refresh_from_db()
    assert (hook.active, hook.name, hook.url) == (True, "New name", FORM["url"])
    bad = page.post(f"{PAGE}{hook.pk}/", {**FORM, "name": ""})
    assert bad.status_code == 422
    page.post(f"{PAGE}{hook.pk}/remove/")
    assert not Hook.objects.exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"webhook.paused", "webhook.started", "webhook.changed", "webhook.removed"} <= actions


def test_the_secret_changes_in_two_steps(
    page: Client, owner: Any, listener: faults.FaultServer
) -> None:
    hook = hook_to(listener, owner)
    new = shown_secret(page.post(f"{PAGE}{hook.pk}/secret/", follow=True))
    assert "The secret is being changed." in text(page, f"{PAGE}{hook.pk}/")
    page.post(f"{PAGE}{hook.pk}/secret/use/")
    hook.refresh_from_db()
    assert (hook.secret, hook.next_secret) == (new, "")
    assert "being changed" not in text(page, f"{PAGE}{hook.pk}/")


def test_one_is_sent_again_as_a_new_delivery(
    page: Client, owner: Any, lead: Lead, listener: faults.FaultServer
) -> None:
    hook = hook_to(listener, owner)
    happened(lead)
    minute()
    page.post(f"{PAGE}deliveries/{only(hook).pk}/again/")
    minute()
    first, second = listener.requests
    assert first.json() == second.json()
    assert first.header("SalesAgent-Delivery") != second.header("SalesAgent-Delivery")
    assert "(sent again)" in text(page, f"{PAGE}{hook.pk}/")


def test_failed_ones_are_tried_again_together(
    page: Client, owner: Any, lead: Lead, listener: faults.FaultServer
) -> None:
    hook = hook_to(listener, owner)
    for _ in range(3):
        happened(lead)
    queue.queue_events(hook, timezone.now())
    HookDelivery.objects.update(state="failed", error="The address refused it (HTTP 403).")
    said = text(page, f"{PAGE}{hook.pk}/?state=failed")
    assert "Send all 3 given up again" in said
    assert "The address refused it (HTTP 403)." in said
    for row in HookDelivery.objects.all():
        assert sending.delivery_id(row) in said
    assert said.count("Marta Kowalczyk") == 3
    answer = page.post(f"{PAGE}{hook.pk}/failed/", follow=True)
    assert "3 deliveries waiting again." in answer.content.decode()
    minute()
    assert len(listener.requests) == 3


def test_many_deliveries_come_in_pages_with_few_queries(
    page: Client, owner: Any, listener: faults.FaultServer, django_assert_max_num_queries: Any
) -> None:
    hook = hook_to(listener, owner)
    HookDelivery.objects.bulk_create(
        HookDelivery(hook=hook, event_id=number, kind="touch.sent") for number in range(1, 62)
    )
    with django_assert_max_num_queries(14):
        first = page.get(f"{PAGE}{hook.pk}/").content.decode()
    assert first.count("touch.sent</span>") == 30
    before = re.search(r"\?before=(\d+)", first)
    assert before
    assert page.get(f"{PAGE}{hook.pk}/?before={before[1]}").content.decode().count("<time") == 30
    for odd in ("x", "-1", "9" * 40):
        assert page.get(f"{PAGE}{hook.pk}/?before={odd}&state=odd").status_code == 200
    with django_assert_max_num_queries(12):
        page.get(PAGE)


def test_only_the_owner_comes_here(as_user: Any, manager: Any, rep: Any) -> None:
    for user in (manager, rep):
        assert as_user(user).get(PAGE).status_code == 404


def test_connections_have_a_line(
    page: Client, as_user: Any, rep: Any, owner: Any, listener: faults.FaultServer
) -> None:
    assert "Other programs are told of replies" in text(page, "/settings/connections/")
    hook = hook_to(listener, owner)
    Hook.objects.filter(pk=hook.pk).update(active=False, stopped_why="It failed for three days.")
    assert "Their CRM is not told of events." in text(page, "/settings/connections/")
    assert PAGE not in as_user(rep).get("/settings/connections/").content.decode()


def test_every_offered_kind_is_one_of_the_thread_and_sends_nothing_personal() -> None:
    from leads.thread import KINDS

    for one in kinds.KINDS:
        assert not set(one.fields) & set(KINDS[one.code].personal), one.code


def test_the_guide_names_every_kind_and_its_check_works(
    owner: Any, lead: Lead, listener: faults.FaultServer
) -> None:
    guide = Path("docs/webhooks.md").read_text(encoding="utf-8")
    for one in kinds.KINDS:
        assert f"| `{one.code}` |" in guide, one.code
        assert all(f"`{field}`" in guide for field in one.fields), one.code
    made: dict[str, Any] = {}
    snippet = re.search(r"```python\n(.*?)```", guide, re.S)
    assert snippet
    exec(snippet[1], made)  # noqa: S102  our own guide
    hook = hook_to(listener, owner)
    new = managing.rotate(hook, owner)
    happened(lead)
    minute()
    (request,) = listener.requests
    header = request.header("SalesAgent-Signature")
    assert made["is_ours"](request.body, header, hook.secret)
    assert made["is_ours"](request.body, header, new)
    assert not made["is_ours"](request.body, header, "whs_other")
    assert not made["is_ours"](request.body + b" ", header, hook.secret)
    assert not made["is_ours"](request.body, "", hook.secret)
    assert not made["is_ours"](request.body, "t=x,v1=" + "é", hook.secret)
    old = re.sub(r"t=\d+", "t=1700000000", header)
    assert not made["is_ours"](request.body, old, hook.secret)
