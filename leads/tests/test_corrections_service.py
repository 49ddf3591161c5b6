"""Corrections: kept, replaced by the same person's newer one, used in training, taken back."""

import pytest

from leads.models import Correction
from leads.services import corrections


def said(lead, user, **values):
    given = {"kind": "score", "subject": "Title: director", "before": "12", "after": "", **values}
    return corrections.correct(lead=lead, user=user, **given)


def test_the_newest_of_a_person_counts(lead, rep, mate):
    first = said(lead, rep)
    said(lead, mate)
    second = said(lead, rep, after="0")
    assert Correction.objects.get(pk=first.pk).taken_back_at is not None
    assert corrections.count() == 2
    assert list(corrections.to_learn("score").values_list("after", flat=True)) == ["", "0"]
    assert second.taken_back_at is None


def test_an_unknown_kind_is_refused(lead, rep):
    with pytest.raises(corrections.CorrectionError):
        said(lead, rep, kind="weather")


def test_taking_back_works_once_and_leaves_training(lead, rep):
    row = said(lead, rep)
    assert corrections.take_back(row, rep)
    assert not corrections.take_back(row, rep)
    assert not corrections.to_learn("score").exists()


def test_training_keeps_the_first_name(lead, rep):
    row = said(lead, rep)
    assert corrections.mark_used([row.pk], "model 3, 20 Nov") == 1
    assert corrections.mark_used([row.pk], "model 4, 21 Nov") == 0
    said(lead, rep, kind="signal", subject="asked_price")
    found = corrections.totals(Correction.objects.all())
    assert (found.all, found.used, found.last, found.last_used) == (2, 1, "model 3, 20 Nov", 1)
    assert found.kinds == {"score": (1, 1), "signal": (1, 0)}


def test_totals_without_any():
    assert corrections.totals(Correction.objects.none()) == corrections.Totals(0, 0, {})


def test_totals_take_two_queries(lead, rep, django_assert_num_queries):
    said(lead, rep)
    with django_assert_num_queries(2):
        corrections.totals(Correction.objects.all())
