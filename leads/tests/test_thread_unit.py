import pytest
from django.db import DatabaseError, transaction

from leads import search, thread
from leads.models import Lead, ThreadEvent


def test_record_needs_a_known_kind(lead):
    with pytest.raises(KeyError):
        thread.record(lead=lead, kind="no.such", actor="system")


def test_a_dedupe_key_is_recorded_once(lead):
    first = thread.record(
        lead=lead, kind="note.added", actor="user:1", body="hello", dedupe_key="k"
    )
    again = thread.record(
        lead=lead, kind="note.added", actor="user:1", body="hello", dedupe_key="k"
    )
    assert first is not None and first.pk
    assert again is None
    assert ThreadEvent.objects.count() == 1


def test_the_database_refuses_change_and_delete(lead):
    event = thread.record(lead=lead, kind="note.added", actor="user:1", body="hello")
    with pytest.raises(DatabaseError), transaction.atomic():
        ThreadEvent.objects.filter(pk=event.pk).update(body="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        ThreadEvent.objects.filter(pk=event.pk).delete()
    assert ThreadEvent.objects.get(pk=event.pk).body == "hello"


def test_redaction_blanks_text_and_personal_keys_and_search(lead):
    thread.record(
        lead=lead,
        kind="touch.sent",
        actor="system",
        body="secret words",
        data={"subject": "s", "touch": 4},
    )
    assert search.find_events(ThreadEvent.objects.all(), "secr").count() == 1
    assert thread.redact(lead.pk) == 1
    event = ThreadEvent.objects.get()
    assert (event.body, event.data) == ("", {"touch": 4})
    assert search.find_events(ThreadEvent.objects.all(), "secr").count() == 0
    assert thread.redact(lead.pk) == 0


def test_leads_are_found_by_word_beginnings_in_any_order(lead):
    assert list(search.find_leads(Lead.objects.all(), "polna mar")) == [lead]
    assert list(search.find_leads(Lead.objects.all(), "kowal zzz")) == []
    assert list(search.find_leads(Lead.objects.all(), "   ")) == [lead]
    Lead.objects.filter(pk=lead.pk).update(search_text="Somebody else")
    assert list(search.find_leads(Lead.objects.all(), "polna")) == []


def test_many_events_in_one_statement(lead, django_assert_num_queries):
    with django_assert_num_queries(3):  # a savepoint around it
        assert (
            thread.record_many(
                kind="lead.imported", actor="user:1", rows=[(lead, {"n": 1}), (lead, {"n": 2})]
            )
            == 2
        )
