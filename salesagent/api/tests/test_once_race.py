"""A call with a key is carried out once: by several at a time, after a death, after a break."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from salesagent.api import once
from salesagent.api.models import IdempotentCall
from salesagent.api.tests.conftest import Caller
from salesagent.lib import privacy

KEY = {"Idempotency_Key": "one"}


def test_six_at_once(crowd: None, rep: Any, lead: Any) -> None:
    caller = Caller(rep)

    def ask(_number: int) -> int:
        try:
            return int(caller.post(f"/leads/{lead.pk}/notes", {"text": "Hi"}, **KEY).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(ask, range(6)))
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert ThreadEvent.objects.filter(kind="note.added").count() == 1
    assert caller.post(f"/leads/{lead.pk}/notes", {"text": "Hi"}, **KEY).status_code == 201
    assert ThreadEvent.objects.filter(kind="note.added").count() == 1


@pytest.mark.django_db
class TestOnce:
    def test_one_that_died(self, caller: Caller, lead: Any) -> None:
        path, body = f"/leads/{lead.pk}/notes", {"text": "Hi"}
        caller.post(path, body, **KEY)
        IdempotentCall.objects.update(status=0, answer="")
        running = caller.post(path, body, **KEY)
        assert (running.status_code, running.json()["code"]) == (409, "running")
        assert running["Retry-After"]
        old = timezone.now() - once.LEASE - timedelta(seconds=1)
        IdempotentCall.objects.update(created_at=old)
        assert caller.post(path, body, **KEY).status_code == 201

    def test_a_break_leaves_nothing(
        self, caller: Caller, lead: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was written before it broke is taken back, and the key is free again."""

        def write_and_break(*_args: Any, **_kwargs: Any) -> None:
            Lead.objects.filter(pk=lead.pk).update(city="Half done")
            raise RuntimeError("out of the blue")

        path = f"/leads/{lead.pk}/stage"
        with monkeypatch.context() as patch:
            patch.setattr("leads.services.lifecycle.change_stage", write_and_break)
            assert caller.post(path, {"stage": "meeting"}, **KEY).status_code == 500
        lead.refresh_from_db()
        assert lead.city != "Half done"
        assert caller.post(path, {"stage": "meeting"}, **KEY).status_code == 200

    def test_refusals_are_kept_too(self, caller: Caller, lead: Any) -> None:
        path = f"/leads/{lead.pk}/notes"
        assert caller.post(path, {"text": ""}, **KEY).status_code == 422
        again = caller.post(path, {"text": ""}, **KEY)
        assert (again.status_code, again["Content-Type"]) == (422, "application/problem+json")
        assert again["Idempotency-Replayed"] == "true"

    def test_a_day_later(self, caller: Caller, lead: Any) -> None:
        path = f"/leads/{lead.pk}/notes"
        caller.post(path, {"text": "Hi"}, **KEY)
        then = timezone.now() - once.KEEP - timedelta(minutes=1)
        IdempotentCall.objects.update(created_at=then)
        assert caller.post(path, {"text": "Another"}, **KEY).status_code == 201
        IdempotentCall.objects.update(created_at=then)
        assert once.forget_old() == 1

    def test_answers_do_not_outlive_an_erasure(self, caller: Caller, lead: Any) -> None:
        path = f"/leads/{lead.pk}/notes"
        caller.post(path, {"text": "Hi"}, **KEY)
        raw = IdempotentCall.objects.extra(select={"raw": "answer"}).values_list("raw", flat=True)
        assert "Hi" not in raw[0]
        privacy.HOLDERS["api"].erase(lead.pk)
        gone = caller.post(path, {"text": "Hi"}, **KEY)
        assert (gone.status_code, gone.json()["code"]) == (409, "erased")
        assert ThreadEvent.objects.filter(kind="note.added").count() == 1
