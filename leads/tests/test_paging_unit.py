"""Keyset pages: forwards and backwards show every lead once, also among equal keys."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leads.models import Lead
from leads.selectors.paging import SORTS, Cursor, page_of, read_cursor

NOW = timezone.now()


def walk(sort: str, size: int) -> tuple[list[list[int]], list[list[int]]]:
    """Pages from the top down, then back up from the last one."""
    down, up = [], []
    page = page_of(Lead.objects.all(), sort, size=size)
    while True:
        down.append([lead.pk for lead in page.rows])
        if not page.next:
            break
        page = page_of(Lead.objects.all(), sort, after=page.next, size=size)
    up.append([lead.pk for lead in page.rows])
    while page.back:
        page = page_of(Lead.objects.all(), sort, before=page.back, size=size)
        up.append([lead.pk for lead in page.rows])
    return down, up[::-1]


class TestWalk(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 3),
                st.one_of(st.none(), st.integers(0, 2)),
                st.sampled_from(["", "Abe", "abe", "Øst", "Zoë"]),
            ),
            max_size=14,
        ),
        st.sampled_from(sorted(SORTS)),
        st.integers(1, 5),
    )
    def test_each_lead_stands_on_one_page_both_ways(
        self, rows: list[tuple[int, int | None, str]], sort: str, size: int
    ) -> None:
        Lead.objects.all().delete()
        for score, days, name in rows:
            sign = None if days is None else NOW - timedelta(days=days)
            Lead.objects.create(
                score=score, last_sign_at=sign, replied_at=sign, last_name=name, first_name=name
            )
        down, up = walk(sort, size)
        flat = [pk for page in down for pk in page]
        assert sorted(flat) == sorted(Lead.objects.values_list("pk", flat=True))
        assert len(set(flat)) == len(flat)
        assert up == down
        assert all(len(page) == size for page in down[:-1])


@pytest.mark.django_db
def test_the_order_of_each_sort() -> None:
    old, new = NOW - timedelta(days=9), NOW
    a = Lead.objects.create(first_name="A", last_name="young", score=5, last_sign_at=old)
    b = Lead.objects.create(first_name="B", last_name="Old", score=9)
    c = Lead.objects.create(first_name="C", last_name="old", score=5, last_sign_at=new)
    order = {sort: [lead.pk for lead in page_of(Lead.objects.all(), sort).rows] for sort in SORTS}
    assert order["score"] == [b.pk, c.pk, a.pk]
    assert order["newest"] == [c.pk, b.pk, a.pk]
    assert order["sign"] == [c.pk, a.pk, b.pk]
    assert order["name"] == [b.pk, c.pk, a.pk]


@pytest.mark.django_db
def test_positions_go_along() -> None:
    Lead.objects.bulk_create(Lead(score=1) for _ in range(7))
    first = page_of(Lead.objects.all(), "score", size=3)
    second = page_of(Lead.objects.all(), "score", after=first.next, size=3)
    third = page_of(Lead.objects.all(), "score", after=second.next, size=3)
    spans = [(page.first, page.last) for page in (first, second, third)]
    assert spans == [(1, 3), (4, 6), (7, 7)]
    back = page_of(Lead.objects.all(), "score", before=third.back, size=3)
    assert (back.first, back.last, bool(back.back)) == (4, 6, True)
    top = page_of(Lead.objects.all(), "score", before=back.back, size=3)
    assert (top.first, top.back) == (1, "")


@pytest.mark.django_db
def test_back_near_the_top_gives_the_whole_first_page() -> None:
    Lead.objects.bulk_create(Lead(score=1) for _ in range(5))
    first = page_of(Lead.objects.all(), "score", size=2)
    second = page_of(Lead.objects.all(), "score", after=first.next, size=2)
    first.rows[0].delete()
    again = page_of(Lead.objects.all(), "score", before=second.back, size=2)
    assert [len(again.rows), again.first, again.back] == [2, 1, ""]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!",
        "AAAA",
        Cursor((5,), 2).text(),
        Cursor((5, "x"), 2).text(),
        Cursor((None, 1), 2).text(),
        Cursor((2**70, 1), 2).text(),
        Cursor((5, True), 2).text(),
        Cursor((5, 1), 0).text(),
        "x" * 3000,
    ],
)
def test_a_cursor_that_cannot_be_read_is_none(text: str) -> None:
    assert read_cursor(text, "score") is None


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor((NOW, 7), 26)
    assert read_cursor(cursor.text(), "newest") == cursor
    assert read_cursor(Cursor((None, 7), 3).text(), "sign") == Cursor((None, 7), 3)
    naive = Cursor(("2026-01-01T10:00:00", 7), 3).text()
    assert read_cursor(naive, "newest") is None


@pytest.mark.django_db
def test_one_query_a_page(rep: Any, django_assert_num_queries: Any) -> None:
    Lead.objects.bulk_create(Lead(score=n, owner=rep) for n in range(9))
    with django_assert_num_queries(1):
        page = page_of(Lead.objects.all(), "score", size=4)
        assert [str(lead.owner) + lead.name for lead in page.rows]
