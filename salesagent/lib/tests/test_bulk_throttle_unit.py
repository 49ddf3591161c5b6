"""Bulk inserts equal bulk_create; the throttle counts over processes and forgets."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.forms.models import model_to_dict
from django.utils import timezone

from leads.models import Lead
from salesagent.lib import bulk
from salesagent.lib.models import Throttle
from salesagent.lib.throttle import allow, take


def leads(owner: Any, mark: str, count: int = 45) -> list[Lead]:
    return [
        Lead(
            owner=owner if i % 2 else None,
            first_name="Ann 'Groß' %s ? \x1f",
            email=f"{mark}{i}@polna.example",
            tags=["a", i],
            custom={"k": [1, {"x": None}]},
            score=i,
            inquired_at=timezone.now() if i % 3 else None,
        )
        for i in range(count)
    ]


def test_rows_are_the_same_as_by_bulk_create(rep: Any) -> None:
    ours, theirs = leads(rep, "a"), leads(rep, "b")
    bulk.insert_many(ours)
    Lead.objects.bulk_create(theirs)
    skip = {"id", "email", "inquired_at"}
    for one, two in zip(ours, theirs, strict=True):
        one_row, two_row = Lead.objects.get(pk=one.pk), Lead.objects.get(pk=two.pk)
        assert one_row.email == one.email and not one._state.adding
        assert one_row.created_at and one_row.inquired_at == one.inquired_at
        pair = [model_to_dict(row) for row in (one_row, two_row)]
        assert {k: v for k, v in pair[0].items() if k not in skip} == {
            k: v for k, v in pair[1].items() if k not in skip
        }


def test_all_or_nothing(rep: Any) -> None:
    rows = leads(rep, "a")
    rows[-1].email = rows[0].email
    with pytest.raises(IntegrityError):
        bulk.insert_many(rows)
    assert not Lead.objects.exists()
    bulk.insert_many([])


def test_found_by_search_at_once(rep: Any) -> None:
    from leads.search import find_leads

    bulk.insert_many([Lead(owner=rep, email="x@polna.example", search_text="Zanzibar")])
    assert find_leads(Lead.objects.all(), "zanz").count() == 1


@pytest.mark.django_db
def test_room_is_given_back_after_an_error() -> None:
    if connection.vendor != "sqlite":
        with bulk.roomy():
            return

    def pages() -> Any:
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA cache_size").fetchone()[0]

    before = pages()
    with pytest.raises(ValueError, match="x"), bulk.roomy():
        assert pages() == bulk.ROOM["cache_size"] != before
        raise ValueError("x")
    assert pages() == before


@pytest.mark.django_db
def test_throttle_counts_each_key_by_itself() -> None:
    tries = [allow("form", "10.0.0.1", limit=2, seconds=60) for _ in range(4)]
    assert tries == [True, True, False, False]
    assert allow("form", "10.0.0.2", limit=2, seconds=60)
    assert allow("other", "10.0.0.1", limit=2, seconds=60)
    assert "10.0.0.1" not in str(list(Throttle.objects.values()))


@pytest.mark.django_db
def test_throttle_window_ends_and_old_rows_go() -> None:
    assert allow("form", "a", limit=1, seconds=60)
    assert not allow("form", "a", limit=1, seconds=60)
    Throttle.objects.update(since=timezone.now() - timedelta(seconds=61))
    assert allow("form", "a", limit=1, seconds=60)
    Throttle.objects.update(since=timezone.now() - timedelta(days=3))
    assert allow("form", "b", limit=1, seconds=60)
    assert Throttle.objects.count() == 1


@pytest.mark.django_db
def test_throttle_first_tries_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process inserts between our look and our insert: both tries count."""
    from salesagent.lib.crypto import keyed_hash

    key = keyed_hash("a", purpose="throttle.form")
    real = Throttle.objects.create

    def slow(**values: Any) -> Any:
        raise IntegrityError("UNIQUE constraint failed")

    def faster(*args: Any, **kwargs: Any) -> bool:
        real(key=key, count=1, since=timezone.now())
        return False

    monkeypatch.setattr("salesagent.lib.throttle.transaction.atomic", nullcontext)
    monkeypatch.setattr(Throttle.objects, "create", slow)
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", faster)
    assert allow("form", "a", limit=2, seconds=60)
    monkeypatch.undo()
    assert Throttle.objects.get().count == 2
    assert not allow("form", "a", limit=2, seconds=60)


@pytest.mark.django_db
def test_throttle_gives_a_handful() -> None:
    ask = {"most": 4, "limit": 10, "seconds": 60}
    given = [take("api", "7", **ask).granted for _ in range(4)]
    assert given == [4, 4, 2, 0]
    assert take("api", "8", **ask).left == 6
    Throttle.objects.update(since=timezone.now() - timedelta(seconds=61))
    again = take("api", "7", **ask)
    assert (again.granted, again.left) == (4, 6)
    assert 59 < again.seconds <= 60
