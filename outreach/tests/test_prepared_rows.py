"""Rows gives the objects that the queryset would, whoever asks and however often."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import models
from django.utils import timezone

from leads.models import Lead
from outreach.models import Task, Touch
from salesagent.accounts.models import User
from salesagent.lib.sql import Cells, Rows

pytestmark = pytest.mark.usefixtures("workspace")


def _touch(lead, **values):
    base = {"lead": lead, "channel": "email", "body": "Hi", "due_at": timezone.now()}
    return Touch.objects.create(**{**base, **values})


def test_the_same_objects_as_the_queryset(lead, mate, django_assert_num_queries):
    other = Lead.objects.create(first_name="Other", owner=mate)
    for place, person in enumerate((lead, other, lead)):
        _touch(person, number=place, checks=[{"code": "x"}], sent_at=timezone.now())

    def build(pk):
        rows = Touch.objects.filter(lead=pk, state="draft").select_related("lead__owner", "mailbox")
        return rows.annotate(next=models.F("number") + 1).order_by("-number")

    rows = Rows(build)
    for pk in (lead.pk, other.pk, lead.pk, 0):
        wanted = list(build(pk))
        with django_assert_num_queries(1):
            found = rows.all(pk)
            names = [(t.lead.owner.name, t.mailbox, t.next) for t in found]
        assert [vars_of(t) for t in found] == [vars_of(t) for t in wanted]
        assert names == [(t.lead.owner.name, None, t.next) for t in wanted]


def vars_of(item):
    return {key: value for key, value in vars(item).items() if key != "_state"}


def test_two_numbers_each_in_its_place(rep, lead):
    touch = _touch(lead)
    task = Task.objects.create(
        kind="touch", title="t", owner=rep, lead=lead, touch=touch, due_at=timezone.now()
    )
    rows = Rows(lambda owner, touch: Task.objects.filter(touch=touch, owner=owner))
    assert rows.all(rep.pk, touch.pk) == [task]
    assert rows.first(touch.pk + 1000, rep.pk + 1000) is None


def test_columns_left_out_come_on_demand(lead, django_assert_num_queries):
    rows = Rows(lambda pk: Lead.objects.filter(pk=pk).only("first_name"))
    found = rows.first(lead.pk)
    with django_assert_num_queries(0):
        assert found.first_name == lead.first_name
    with django_assert_num_queries(1):
        assert found.created_at - lead.created_at < timedelta(seconds=1)
    found.first_name = "Other"
    found.save(update_fields=["first_name"])
    assert rows.first(lead.pk).first_name == "Other"


def test_a_number_that_is_not_a_parameter_is_refused(lead):
    with pytest.raises(ValueError, match="parameter"):
        Rows(lambda pk: Lead.objects.all()).all(lead.pk)


def test_the_same_cells_as_the_queryset(lead, mate, django_assert_num_queries):
    other = Lead.objects.create(first_name="Other", owner=mate)
    now = timezone.now()
    for place, person in enumerate((lead, other, lead)):
        at = now - timedelta(days=place)
        _touch(person, number=place, checks=[{"code": "x"}], sent_at=at, step_key=uuid4())

    def build(since, subject, *leads):
        rows = Touch.objects.filter(lead__in=leads, sent_at__gte=since).exclude(subject=subject)
        early = models.Count("pk", filter=models.Q(number__lt=1))
        return (
            rows.values_list("lead", "step_key", "checks", "sent_at")
            .annotate(n=early)
            .order_by("pk")
        )

    cells = Cells(build)
    for since in (now - timedelta(days=1, hours=1), now - timedelta(days=9), now):
        for leads in ([lead.pk], [lead.pk, other.pk], [other.pk, lead.pk]):
            wanted = list(build(since, "None", *leads))
            with django_assert_num_queries(1):
                assert cells.all(since, "None", *leads) == wanted
    assert len(cells.all(now - timedelta(days=9), "None", lead.pk, other.pk)) == 3


def test_days_and_text_are_values_too(rep):
    today = timezone.localdate()
    rep.away_from, rep.away_until = today, today + timedelta(days=3)
    rep.save()
    cells = Cells(
        lambda day, role: User.objects.filter(away_until__gte=day, role=role).values_list("pk")
    )
    assert cells.all(today, User.Role.REP) == [(rep.pk,)]
    assert cells.all(today, "owner") == cells.all(today + timedelta(days=4), "rep") == []


def test_an_empty_list_and_a_number_too_high_find_nothing(lead, django_assert_num_queries):
    cells = Cells(lambda *ids: Lead.objects.filter(pk__in=ids).values_list("pk"))
    with django_assert_num_queries(0):
        assert cells.all() == cells.all(2**70) == []
    assert cells.all(lead.pk) == [(lead.pk,)]


def test_statements_for_many_lengths_are_not_kept_for_ever(lead):
    cells = Cells(lambda *ids: Lead.objects.filter(pk__in=ids).values_list("pk"))
    for many in range(1, 100):
        assert cells.all(*range(lead.pk, lead.pk + many)) == [(lead.pk,)]
    assert len(cells._made) <= 64


@pytest.mark.parametrize("path", ["leads", "approvals", "today"])
def test_a_number_too_high_for_the_database_is_not_found(as_user, rep, path):
    assert as_user(rep).get(f"/{path}/{2**70}/").status_code == 404
