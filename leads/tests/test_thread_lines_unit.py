"""The words of the thread and how its lines are put together."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from leads import thread, thread_page
from leads.models import ThreadEvent
from leads.thread_lines import say, touch_name
from leads.thread_names import Names, names_for
from leads.thread_page import to_lines
from leads.thread_rows import (
    TEXT_LIMIT,
    Day,
    Fold,
    Line,
    ThreadFacts,
    TouchFacts,
    arrange,
    fold_text,
)

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
_ids = iter(range(1, 10**6))


def _event(kind, data=None, *, actor="system", body="", channel="", at=NOON, direction="none"):
    return ThreadEvent(
        pk=next(_ids),
        kind=kind,
        data=data or {},
        actor=actor,
        body=body,
        channel=channel,
        occurred_at=at,
        direction=direction,
    )


def _words(lead, kind, data=None, **rest):
    words = say(_event(kind, data, **rest), Names(lead, {7: "Jonas", 8: "Priya"}))
    return f"{words.title} {words.detail}".strip()


@pytest.mark.parametrize(
    ("kind", "data", "rest", "expected"),
    [
        (
            "lead.imported",
            {"file": "fair.csv", "row": 12},
            {},
            "Came in by a file. fair.csv, row 12",
        ),
        ("lead.created", {}, {"actor": "user:7"}, "Added by Jonas."),
        ("lead.inquired", {"message": "14 sites"}, {}, "Came in by the web form. “14 sites”"),
        (
            "lead.changed",
            {"changes": {"phone": ["", "+48 1"], "tag_added": "vip"}},
            {"actor": "user:8"},
            "Details changed by Priya. Phone: empty to +48 1, Tag added: vip",
        ),
        ("lead.changed", {"changes": "Pain added: heat"}, {}, "Details changed. Pain added: heat"),
        (
            "lead.assigned",
            {"from": 7, "to": 8},
            {"actor": "user:7"},
            "Priya is the owner now. Changed by Jonas",
        ),
        ("lead.assigned", {"from": 7, "to": None}, {}, "Has no owner now."),
        (
            "lead.stage_changed",
            {"from": "new", "to": "meeting"},
            {},
            "Stage: New to Meeting.",
        ),
        ("lead.scored", {"from": 58, "to": 74}, {}, "Score 58 to 74."),
        ("lead.scored", {"from": 0, "to": 58}, {}, "Scored 58."),
        (
            "lead.suppressed",
            {"channel": "all", "reason": "opted_out"},
            {},
            "Will not be contacted. They asked to stop",
        ),
        (
            "consent.given",
            {"source": "Web form"},
            {"channel": "email"},
            "Agreed to email. Web form",
        ),
        (
            "deal.opened",
            {"title": "Odd", "value": "many", "currency": "EUR"},
            {},
            "Deal opened. Odd, many EUR",
        ),
        (
            "deal.won",
            {"title": "Cold rooms", "value": "12000.00", "currency": "EUR", "reason": "Trust"},
            {"actor": "user:7"},
            "Deal won by Jonas. Cold rooms, 12,000 EUR, Trust",
        ),
        (
            "enrollment.started",
            {"sequence_name": "Cold-room uptime"},
            {"actor": "user:7"},
            "Added to Cold-room uptime by Jonas.",
        ),
        (
            "enrollment.paused",
            {"reason": "replied"},
            {},
            "Sequence paused, Marta replied. Nothing is sent until it goes on.",
        ),
        (
            "enrollment.paused",
            {"reason": "out_of_office", "until": "2026-11-30T08:00:00+00:00"},
            {},
            "Sequence paused, Marta is out of office. Goes on Mon 30 Nov, 08:00.",
        ),
        (
            "enrollment.stopped",
            {"reason": "hard_bounce"},
            {},
            "Sequence stopped. The address does not exist",
        ),
        (
            "touch.skipped",
            {"number": 2, "reason": "wrong_person"},
            {"actor": "user:7"},
            "Touch 2 skipped by Jonas. Wrong person",
        ),
        (
            "touch.failed",
            {"number": 3, "error": "No such user"},
            {},
            "Touch 3 could not be sent. No such user",
        ),
        (
            "touch.resolved",
            {"arrived": False},
            {"actor": "user:7"},
            "Message did not arrive. Says Jonas",
        ),
        (
            "task.done",
            {"title": "Call back", "note": "Spoke"},
            {"actor": "user:7"},
            "Call back done by Jonas. Spoke",
        ),
        (
            "reply.classified",
            {"disposition": "not_interested"},
            {},
            "Understood as: not interested.",
        ),
        ("lead.restored", {}, {"actor": "user:99"}, "Back in the list by somebody who has left."),
        ("no.longer_known", {}, {}, "no.longer_known."),
    ],
)
def test_each_kind_reads_as_a_sentence(lead, kind, data, rest, expected):
    assert _words(lead, kind, data, **rest) == expected


def test_every_registered_kind_has_words_even_without_data(lead):
    for code in thread.KINDS:
        words = _words(lead, code)
        assert words and "None" not in words and "{" not in words


def test_odd_data_never_breaks_the_page(lead):
    for code in thread.KINDS:
        for value in ({}, [], "x" * 5000, -1, None):
            data = dict.fromkeys(("from", "to", "reason", "changes", "resume_at", "number"), value)
            assert _words(lead, code, data)


def test_an_erased_event_says_so(lead):
    event = _event("note.added", body="")
    event.redacted_at = timezone.now()
    words = say(event, Names(lead, {}))
    assert words.detail == "The text was erased."


def test_actors_are_looked_up_in_one_query(lead, rep, mate, django_assert_num_queries):
    events = [_event("note.added", actor=user.actor) for user in (rep, mate) * 20]
    events.append(_event("lead.assigned", {"from": rep.pk, "to": mate.pk}, actor="user:oops"))
    with django_assert_num_queries(1):
        names = names_for(events, lead)
    assert names(rep.actor) == "Jonas" and names(mate.actor) == "Priya"
    assert names("lead") == "Marta" and names("system") == "" and names("user:oops") == ""
    with django_assert_num_queries(0):
        names_for([_event("lead.scored")], lead)


def test_touch_name():
    assert touch_name({"number": 2}) == "Touch 2" and touch_name({"number": 0}) == ""


def _line(minutes, *, quiet=True, number=0):
    at = NOON + timedelta(minutes=minutes)
    return Line(number, "ev", at, "x", "", f"L{number}.", foldable=quiet)


def test_three_quiet_signals_fold_and_two_do_not():
    lines = [_line(i, number=i) for i in range(3)]
    rows = arrange(lines, fold=True)
    assert [type(row) for row in rows] == [Day, Fold]
    assert rows[1].title == "3 signals." and rows[1].detail == "L0. L1. L2."
    assert [type(row) for row in arrange(lines[:2], fold=True)] == [Day, Line, Line]
    assert [type(row) for row in arrange(lines, fold=False)] == [Day, Line, Line, Line]


def test_a_message_in_between_breaks_the_fold_and_nothing_is_dropped():
    lines = [_line(i, number=i, quiet=i != 3) for i in range(7)]
    rows = arrange(lines, fold=True)
    assert [type(row) for row in rows] == [Day, Fold, Line, Fold]
    told = [n.event_id for r in rows[1:] for n in (r.lines if isinstance(r, Fold) else [r])]
    assert told == list(range(7))


def test_days_get_headings_also_after_a_fold_over_days():
    day = 24 * 60
    lines = [_line(0, quiet=False), _line(day), _line(2 * day), _line(2 * day + 5)]
    lines.append(_line(2 * day + 9, quiet=False))
    rows = arrange(lines, fold=True)
    assert [type(row) for row in rows] == [Day, Line, Day, Fold, Day, Line]
    assert rows[3].title == "3 signals in 2 days." and rows[3].many_days
    assert rows[4].day == date(2026, 11, 18)


def test_long_texts_are_cut_at_a_word_and_given_whole():
    text = "\n\n".join(f"Paragraph {n} " + "word " * 60 for n in range(6))
    head, full = fold_text(text)
    assert len(full) == 6 and head[-1].endswith("…") and sum(map(len, head)) < 440
    assert fold_text("Short.\n\nTwo.") == (["Short.", "Two."], [])
    assert fold_text("a\u202eb\x00c") == (["abc"], [])
    assert fold_text("\n".join("line" for _ in range(40)))[1]
    assert len(fold_text("x" * 10**6)[1][0]) == TEXT_LIMIT


def test_a_bubble_names_touch_variant_approval_and_files(lead):
    sent = _event("touch.sent", {"touch": 5, "subject": "Hi"}, actor="user:7", channel="email",
                  body="Text", direction="out")  # fmt: skip
    facts = ThreadFacts(
        {5: TouchFacts("Touch 2, variant B", "Jonas", "Approved by Jonas", (("a.pdf", "/x"),))}
    )
    line = to_lines([sent], Names(lead, {7: "Jonas"}), facts)[0]
    assert (line.shape, line.who, line.title) == ("msg", "Jonas", "Touch 2, email, variant B")
    assert line.subject == "Hi" and line.approved == "Approved by Jonas"
    assert line.files == (("a.pdf", "/x"),)


def test_a_reply_names_its_touch_and_its_files_but_not_our_approval(lead):
    data = {"touch": 5, "attachments": [{"name": "plan.pdf", "size": 9}, "odd"]}
    reply = _event("reply.received", data, actor="lead", channel="email", direction="in", body="Ok")
    facts = ThreadFacts(
        {5: TouchFacts("Touch 2", "Jonas", "Approved by Jonas", (("a.pdf", "/x"),))}
    )
    line = to_lines([reply], Names(lead, {}), facts)[0]
    assert (line.who, line.title) == ("Marta", "reply by email to touch 2")
    assert line.files == (("plan.pdf", ""),) and line.approved == ""


def test_a_class_becomes_a_chip_of_its_reply(lead):
    reply = _event("reply.received", actor="lead", channel="email", direction="in", body="When?")
    label = _event("reply.classified", {"event": reply.pk, "disposition": "question",
                                        "confidence": 0.94})  # fmt: skip
    lines = to_lines([reply, label], Names(lead, {}), ThreadFacts())
    assert len(lines) == 1 and lines[0].chips == ["Question, 94% sure"]
    assert lines[0].inbound and lines[0].title == "reply by email" and lines[0].who == "Marta"
    assert to_lines([label], Names(lead, {}), ThreadFacts())[0].title == "Understood as: question."


def test_only_the_last_pause_that_is_still_open_can_be_resumed(lead):
    pauses = [_event("enrollment.paused", {"enrollment": pk}) for pk in (1, 2, 2)]
    lines = to_lines(pauses, Names(lead, {}), ThreadFacts({}, {2: "/resume/2/"}))
    assert [line.shape for line in lines] == ["ev", "ev", "state"]
    assert lines[2].resume_url == "/resume/2/" and not lines[1].resume_url


def test_the_draft_and_its_approval_are_told_by_the_bubble(lead, workspace, mailbox):
    for kind, touch in (("touch.drafted", 5), ("touch.approved", 5), ("touch.drafted", 6)):
        thread.record(lead=lead, kind=kind, actor="system", data={"touch": touch})
    thread.record(lead=lead, kind="touch.sent", actor="system", channel="email", body="Hi",
                  direction="out", data={"touch": 5})  # fmt: skip
    rows = [row for row in thread_page.read(lead).rows if isinstance(row, Line)]
    assert [row.shape for row in rows] == ["ev", "msg"]
    assert len(thread_page.read(lead, group="signals").rows) == 4  # heading and all three


def test_before_an_event_of_somebody_else_shows_nothing(lead, rep):
    from leads.models import Lead

    other = Lead.objects.create(owner=rep, first_name="Other")
    mine = thread.record(lead=lead, kind="note.added", actor=rep.actor, body="x")
    theirs = thread.record(lead=other, kind="note.added", actor=rep.actor, body="y")
    assert thread_page.read(lead, before=theirs.pk).events == 0
    assert thread_page.read(lead, before=mine.pk).rows == []
    assert thread_page.read(lead).events == 1
