"""Approvals shows which statements have a source, and a person can give one."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead, ThreadEvent
from outreach.models import Touch
from outreach.services import approval, policy, quality
from outreach.tests.work import BODY, draft

pytestmark = pytest.mark.django_db
CLAIM = "We keep 14 hotels in Lisbon running."


@pytest.fixture
def touch(lead: Lead, sequence: Any, mailbox: Any, workspace: Any) -> Touch:
    body = BODY.replace("\n\nCould", f" {CLAIM}\n\nCould")
    made = draft(lead, sequence, mailbox, body=body, machine_body=body)
    approval.recheck(made)
    return made


def page(client: Any, touch: Touch) -> str:
    return str(client.get(reverse("outreach:approval", args=[touch.pk])).content.decode())


def give(client: Any, touch: Touch, origin: str, **values: str) -> Any:
    item = next(item for item in touch.receipts if not item["ok"])
    data = {
        "place": f"{item['where']}:{item['start']}",
        "origin": origin,
        "seen_hash": policy.text_hash(touch),
        **values,
    }
    return client.post(reverse("outreach:approval_source", args=[touch.pk]), data, follow=True)


def test_what_has_no_source_is_marked_listed_and_blocks(
    touch: Touch, as_user: Any, rep: Any
) -> None:
    shown = page(as_user(rep), touch)
    assert '<mark class="nosrc"' in shown and "Without a source" in shown
    assert f"“{CLAIM}”" in shown and "Where is this from?" in shown
    with pytest.raises(approval.ApprovalError):
        approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))


def test_a_person_gives_the_source_and_it_passes(touch: Touch, as_user: Any, rep: Any) -> None:
    client = as_user(rep)
    shown = give(client, touch, "Our customer list, page 2").content.decode()
    assert "Without a source" not in shown and "Our customer list, page 2, noted" in shown
    assert '<span class="fact">14' in shown
    touch.refresh_from_db()
    assert not quality.blocked(touch.checks)
    assert ThreadEvent.objects.filter(lead=touch.lead, kind="note.added").count() == 1


def test_giving_it_twice_is_one_note(touch: Touch, as_user: Any, rep: Any) -> None:
    client = as_user(rep)
    give(client, touch, "Our list")
    give(client, touch, "Our list")
    assert ThreadEvent.objects.filter(lead=touch.lead, kind="note.added").count() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [({"origin": "  "}, "Say in a few words"), ({"seen_hash": "x"}, "changed meanwhile"),
     ({"place": "body:9999"}, "has a source already")],
)  # fmt: skip
def test_what_cannot_be_kept(
    values: dict[str, str], words: str, touch: Touch, as_user: Any, rep: Any
) -> None:
    assert words in give(as_user(rep), touch, values.pop("origin", "x"), **values).content.decode()
    assert not ThreadEvent.objects.filter(lead=touch.lead, kind="note.added").exists()


def test_a_stranger_finds_nothing(touch: Touch, as_user: Any, stranger: Any) -> None:
    assert give(as_user(stranger), touch, "x").status_code == 404


def test_the_words_stay_words(touch: Touch, as_user: Any, rep: Any) -> None:
    touch.body = f"<b>x</b> & 40% {touch.body}"
    touch.save()
    approval.recheck(touch)
    shown = page(as_user(rep), touch)
    assert "&lt;b&gt;x&lt;/b&gt; &amp;" in shown and "<b>x</b>" not in shown


def test_receipts_of_an_older_text_mark_nothing(touch: Touch, as_user: Any, rep: Any) -> None:
    Touch.objects.filter(pk=touch.pk).update(body="Something else entirely.")
    assert "nosrc" not in page(as_user(rep), touch)
