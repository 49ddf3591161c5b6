"""An opt-out is noted for each address; the thread says it once."""

from leads import thread, thread_page
from leads.models import ThreadEvent


def suppressed(lead, reason="opted_out", source="Answer 1"):
    data = {"reason": reason, "channel": "all", "source": source}
    thread.record(lead=lead, kind="lead.suppressed", actor="system", data=data)


def shown(lead):
    events = list(ThreadEvent.objects.filter(lead=lead).order_by("pk"))
    return [(event.kind, event.data.get("reason")) for event in thread_page._said_once(events)]


def test_three_addresses_of_one_opt_out_are_one_line(lead):
    for _ in range(3):
        suppressed(lead)
    assert shown(lead) == [("lead.suppressed", "opted_out")]


def test_another_reason_or_a_line_between_is_told(lead):
    suppressed(lead)
    suppressed(lead, reason="complaint")
    thread.record(lead=lead, kind="note.added", actor="system", body="Called them.")
    suppressed(lead, reason="complaint")
    assert [kind for kind, _ in shown(lead)].count("lead.suppressed") == 3
