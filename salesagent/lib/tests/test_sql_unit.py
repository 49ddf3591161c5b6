"""The prepared statements do what the ORM would do."""

import uuid
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError

from salesagent.lib.models import Job
from salesagent.lib.sql import Insert, Update

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
COLUMNS = (
    *("kind", "title", "state", "step", "done", "total", "counters", "result_url", "error"),
    *("can_stop", "stop_asked", "data", "created_at", "updated_at"),
)
pytestmark = pytest.mark.django_db


def insert(title: str = "Import") -> int:
    values = ("import", title, "queued", "", 0, 5, {"a": 1}, "", "", True, False, {"ü": [1]})
    return Insert(Job, COLUMNS).run((*values, NOW, NOW))


def test_insert_returns_the_key_and_converts_values() -> None:
    job = Job.objects.get(pk=insert())
    assert (job.title, job.total, job.can_stop) == ("Import", 5, True)
    assert (job.counters, job.data, job.created_at) == ({"a": 1}, {"ü": [1]}, NOW)


def test_update_hits_only_rows_that_match() -> None:
    first, second = insert(), insert()
    update = Update(Job, ("state", "data", "finished_at"), ("id", "state"))
    assert update.run(("running", {"x": 2}, NOW), (first, "queued")) == 1
    assert update.run(("running", {"x": 3}, None), (first, "queued")) == 0
    job = Job.objects.get(pk=first)
    assert (job.state, job.data, job.finished_at) == ("running", {"x": 2}, NOW)
    assert Job.objects.get(pk=second).state == "queued"


def test_values_are_never_part_of_the_statement() -> None:
    evil = "x', state='failed' --"
    assert Job.objects.get(pk=insert(evil)).title == evil


def test_a_wrong_number_of_values_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        Update(Job, ("state",), ("id",)).run(("queued", 7), (1,))


def test_constraints_hold() -> None:
    with pytest.raises(IntegrityError):
        Insert(Job, ("kind",)).run(("import",))


def test_uuids_go_in_as_the_model_keeps_them() -> None:
    touch = apps.get_model("outreach", "Touch")
    update = Update(touch, ("held_code",), ("claim_token",))
    assert update.run(("x",), (uuid.uuid4(),)) == 0
