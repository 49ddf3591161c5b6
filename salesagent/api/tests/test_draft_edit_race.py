"""While a draft's new words are checked, everybody else can write."""

from typing import Any

import pytest
from django.db import connection

from outreach.models import Touch
from outreach.services import policy, quality
from outreach.tests.work import draft
from salesagent.api.tests.conftest import Caller


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "a"}, {"If_Match": "*"}])
def test_an_edit_is_checked_before_anything_is_locked(
    crowd: Any, rep: Any, lead: Any, sequence: Any, mailbox: Any, workspace: Any,
    headers: dict[str, str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    touch = draft(lead, sequence, mailbox)
    inside: list[bool] = []
    check = quality.check
    caller = Caller(rep, machine=False)
    seen = policy.text_hash(touch)

    def noted(one: Touch) -> Any:
        inside.append(connection.in_atomic_block)
        return check(one)

    monkeypatch.setattr(quality, "check", noted)
    words = {"text_hash": seen, "subject": "Cold rooms", "body": "We saved 40 percent in 2024."}
    answer = caller.patch(f"/drafts/{touch.pk}", words, **headers)
    assert answer.status_code == 200, answer.content
    assert inside == [False]
    kept = Touch.objects.get(pk=touch.pk)
    assert kept.body == "We saved 40 percent in 2024." and not kept.checks_passed
    assert [one["text"] for one in kept.receipts if not one["ok"]]
