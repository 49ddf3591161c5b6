"""Every queued task may run twice: a host that dies in the middle, or two hosts, run it again.

Each task gets a world in which it has something to do. It runs, then it runs once more with the
same arguments; the second time must leave every row of every table as it was.
"""

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.module_loading import import_string

from analytics.models import Report
from analytics.selectors.period import Period
from analytics.services import reports, rollup
from coaching.models import Advice, Play, PlayUse
from coaching.services import advice_prose, plays, uses
from coaching.tests import world as coaching_world
from leads import thread
from leads.crm import fake
from leads.enrichment.pdl import PeopleDataLabs
from leads.models import ImportBatch, Lead, RemoteLink, SyncRun, ThreadEvent
from leads.services import (
    bulk,
    corrections,
    crm_sync,
    crm_undo,
    imports,
    score_training,
    scoring,
    sheets,
)
from leads.services.deals import DealTerms, close_deal, open_deal
from leads.tests.importing import csv_file
from leads.tests.scored import ended
from leads.tests.sheets_kit import ADA, BEN, HEADER, brought_in, connected
from leads.tests.sheets_server import sheets_server
from outreach.channels.maildir import FileTransport
from outreach.models import Experiment, Mailbox, Sequence, Task, Touch, TrackedLink
from outreach.services import (
    answering,
    answers,
    confirmation,
    enrollment,
    escalation,
    learning,
    mailbox_checks,
    policy,
    replies,
)
from outreach.services.sequences import add_variant, current_steps
from outreach.services.transports import config_for
from outreach.tests.mails import mail
from salesagent.accounts import backup_rows, backups, connections
from salesagent.accounts.models import User
from salesagent.accounts.tests import drive_kit
from salesagent.accounts.tests.drive_server import drive_server
from salesagent.api import tokens
from salesagent.api.models import Hook, HookDelivery, IdempotentCall
from salesagent.lib import backup, budget, jobs
from salesagent.lib.models import Job

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MODULES = (
    "analytics.alert_tasks",
    "analytics.forecast_tasks",
    "analytics.report_tasks",
    "analytics.tasks",
    "coaching.tasks",
    "leads.tasks",
    "leads.import_tasks",
    "leads.enrich_tasks",
    "leads.duplicate_tasks",
    "leads.crm_tasks",
    "leads.sheet_tasks",
    "outreach.tasks",
    "outreach.cadence_tasks",
    "outreach.work_tasks",
    "salesagent.accounts.tasks",
    "salesagent.api.hook_tasks",
    "salesagent.api.tasks",
)
World = SimpleNamespace
Args = tuple[object, ...]
Arrange = Callable[[World], Args]
WORLDS: dict[str, Arrange] = {}


def defined() -> set[str]:
    """Every task function there is."""
    found = set()
    for name in MODULES:
        for task, function in inspect.getmembers(import_module(name), inspect.isfunction):
            if not task.startswith("_") and getattr(function, "__module__", "") == name:
                found.add(f"{name}.{task}")
    return found


def wired() -> set[str]:
    """Every path that wiring names."""
    reactions = {path for paths in settings.REACTIONS.values() for path in paths}
    return reactions | {path for _, path, _ in settings.SCHEDULES} | {p for p, _ in settings.TICKS}


def world(*paths: str) -> Callable[[Arrange], Arrange]:
    """Registers what has to be there for a task; the function returns the task's arguments."""

    def register(arrange: Arrange) -> Arrange:
        WORLDS.update(dict.fromkeys(paths, arrange))
        return arrange

    return register


def note(lead: Lead, kind: str, **data: object) -> Args:
    body = "Two cold rooms fail at night." if kind == "lead.inquired" else ""
    event = thread.record(lead=lead, kind=kind, actor="system", body=body, data=data)
    assert event is not None
    return (event.pk,)


def enrolled(w: World) -> Any:
    return enrollment.enroll(w.lead, w.sequence, user=w.rep, mailbox=w.mailbox)


def answered(w: World, text: str) -> ThreadEvent:
    enrolled(w)
    event = answers.note_reply(
        w.lead,
        channel="email",
        text=text,
        actor="lead",
        occurred_at=timezone.now(),
        dedupe_key="mail:1",
    )
    assert event is not None
    return event


def _twins(w: World) -> tuple[Lead, Lead]:
    """Two leads that are one person."""
    name = {"owner": w.rep, "first_name": "Ada", "last_name": "Berg"}
    first = Lead.objects.create(**name, email="ada@berg.example")
    return first, Lead.objects.create(**name, email="ada+fair@berg.example")


@world("leads.duplicate_tasks.find")
def _duplicates(w: World) -> Args:
    _twins(w)
    return ()


@world("leads.duplicate_tasks.find_now")
def _duplicates_now(w: World) -> Args:
    _twins(w)
    task = "leads.duplicate_tasks.find_now"
    job = jobs.start(kind="duplicates", title="Looking", task=task, owner=w.rep, total=3)
    return (job.pk,)


@world("leads.duplicate_tasks.look_at")
def _new_duplicate(w: World) -> Args:
    return note(_twins(w)[1], "lead.created")


@world("leads.tasks.score_lead")
def _call(w: World) -> Args:
    return note(w.lead, "call.logged")


@world("leads.enrich_tasks.enrich_lead")
def _looked_at(w: World) -> Args:
    return note(w.lead, "lead.created")


@world("leads.enrich_tasks.ask")
def _asked(w: World) -> Args:
    return (w.lead.pk,)


@world("leads.enrich_tasks.sweep")
def _swept(w: World) -> Args:
    Lead.objects.filter(pk=w.lead.pk).update(country="", time_zone="")
    return ()


@world("leads.tasks.refresh_profile")
def _profile(w: World) -> Args:
    return note(w.lead, "call.logged", outcome="reached")


@world("leads.tasks.refresh_profiles")
def _profiles(w: World) -> Args:
    note(w.lead, "call.logged", outcome="reached")
    Lead.objects.filter(pk=w.lead.pk).update(last_sign_at=timezone.now())
    return ()


@world("outreach.tasks.confirm_inquiry")
def _inquiry(w: World) -> Args:
    confirmation.save(w.owner, "We have it", "Hi {{first_name|there}}, thanks.", approve=True)
    return note(w.lead, "lead.inquired")


@world("outreach.tasks.stop_for_suppression")
def _suppressed(w: World) -> Args:
    enrolled(w)
    return note(w.lead, "lead.suppressed", reason="opted_out", channel="all")


@world("outreach.tasks.stop_for_archive")
def _archived(w: World) -> Args:
    enrolled(w)
    Lead.objects.filter(pk=w.lead.pk).update(archived_at=timezone.now())
    return note(w.lead, "lead.archived")


@world("outreach.tasks.stop_for_stage")
def _won(w: World) -> Args:
    enrolled(w)
    Lead.objects.filter(pk=w.lead.pk).update(stage="won")
    return note(w.lead, "lead.stage_changed", to="won", **{"from": "new"})


def coached(w: World) -> ThreadEvent:
    """An answer of ours to an objection, with the play it was made of."""
    plays.install()
    theirs = coaching_world.said(w.lead)
    use = uses.record(Play.objects.all()[0], w.lead, w.rep, event=theirs)
    PlayUse.objects.filter(pk=use.pk).update(used_at=timezone.now() - timedelta(minutes=9))
    return coaching_world.answered(w.lead, w.rep, coaching_world.BAD, ago=timedelta(minutes=5))


@world("coaching.tasks.after_reply")
def _went_on(w: World) -> Args:
    coached(w)
    theirs = coaching_world.said(w.lead, "Let us meet.", "meeting", ago=timedelta(0))
    classified = ThreadEvent.objects.get(kind="reply.classified", data__event=theirs.pk)
    return (classified.pk,)


@world("coaching.tasks.after_call")
def _spoke(w: World) -> Args:
    return (coaching_world.called(w.lead, w.rep, "Too expensive, they say.").pk,)


@world("coaching.tasks.after_sequence")
def _skipped_steps(w: World) -> Args:
    started = enrolled(w)
    touch = Touch.objects.create(
        lead=w.lead, enrollment=started, channel="phone", state="skipped", number=1,
        skip_reason="bad_timing", due_at=timezone.now(),
    )  # fmt: skip
    note(w.lead, "touch.skipped", touch=touch.pk)
    return note(w.lead, "enrollment.finished", enrollment=started.pk)


@world("coaching.tasks.after_step")
def _stage_after_play(w: World) -> Args:
    coached(w)
    return note(w.lead, "lead.stage_changed", to="meeting", **{"from": "engaged"})


@world("coaching.tasks.look_back")
def _answers_to_review(w: World) -> Args:
    coached(w)
    return ()


@world("coaching.tasks.settle")
def _old_plays(w: World) -> Args:
    plays.install()
    theirs = coaching_world.said(w.lead, ago=timedelta(days=6))
    use = uses.record(Play.objects.all()[0], w.lead, w.rep, event=theirs)
    then = timezone.now() - timedelta(days=5)
    PlayUse.objects.filter(pk=use.pk).update(used_at=then)
    text = "Hi Marta, I will send you the list on Monday and call you after that."
    coaching_world.answered(w.lead, w.rep, text, ago=timedelta(days=5))
    return ()


@world("coaching.tasks.count_talks")
def _answers_to_count(w: World) -> Args:
    coached(w)
    return ()


@world("coaching.tasks.word_advice")
def _advice_to_word(w: World) -> Args:
    told = ("Ask before you offer, please.", "a-model")
    w.stack.enter_context(patch.object(advice_prose, "worded", return_value=told))
    return (Advice.objects.create(author=w.rep, rep=w.rep, text="Ask before you offer.").pk,)


@world("outreach.tasks.classify_reply")
def _reply(w: World) -> Args:
    return (answered(w, "Thursday works for me. Can you call?").pk,)


@world("outreach.tasks.apply_disposition")
def _opt_out(w: World) -> Args:
    found = replies.classify_reply(answered(w, "Please take me off your list."))
    assert found is not None and found.data["disposition"] == "opt_out"
    return (found.pk,)


@world("outreach.tasks.draft_answer")
def _to_answer(w: World) -> Args:
    found = replies.classify_reply(answered(w, "Yes, we are interested. Please send me more."))
    assert found is not None
    return (found.pk,)


@world("outreach.tasks.drop_answers")
def _no_longer_to_answer(w: World) -> Args:
    """The draft of an answer waits; the lead is archived."""
    found = replies.classify_reply(answered(w, "Yes, we are interested. Please send me more."))
    assert found is not None
    assert answering.draft_answer(found) is not None
    event = thread.record(lead=w.lead, kind="lead.archived", actor="system")
    assert event is not None
    return (event.pk,)


@world("salesagent.accounts.tasks.test_model")
def _test_of_the_model(w: World) -> Args:
    from salesagent.accounts import ai_page

    return (ai_page.start_test(w.owner).pk,)


@world("outreach.tasks.write_drafts")
def _waits_for_the_model(w: World) -> Args:
    """A draft and an answer wait for a model that was switched off meanwhile: they say so, once."""
    from outreach.services.drafting import WAITING, draft_touch

    touch = draft_touch(enrolled(w))
    Touch.objects.filter(pk=touch.pk if touch else 0).update(writer_note=WAITING)
    ann = Lead.objects.create(owner=w.rep, email="ann@x.example", company_name="Hotel Nord")
    text, now = "Yes, we are interested. Please send me more.", timezone.now()
    event = answers.note_reply(
        ann, channel="email", text=text, actor="lead", occurred_at=now, dedupe_key="mail:2"
    )
    said = replies.classify_reply(event) if event else None
    waits = answering.draft_answer(said) if said else None
    assert touch and waits
    Touch.objects.filter(pk=waits.pk).update(writer_note=answering.WAITING)
    return ()


@world("outreach.tasks.tick")
def _due(w: World) -> Args:
    """One lead to draft for, and an approved message of another one to send."""
    enrolled(w)
    other = Lead.objects.create(
        owner=w.rep, email="ann@x.example", lawful_basis="consent", time_zone="Europe/Warsaw"
    )
    touch = Touch(
        lead=other,
        mailbox=w.mailbox,
        channel="email",
        to_address=other.email,
        subject="Two dates",
        body="Monday or Tuesday?",
        state="approved",
        due_at=TUESDAY,
        message_id="<one@halden.example>",
        approved_by=w.rep,
    )
    touch.approved_hash = policy.text_hash(touch)
    touch.save()
    return ()


@world("outreach.tasks.poll_mailboxes")
def _mail(w: World) -> Args:
    enrolled(w)
    Mailbox.objects.update(poll_from=timezone.now() - timedelta(days=400))
    box = FileTransport(config_for(w.mailbox))
    box.deliver(mail("Yes, Thursday."))
    box.deliver(mail("Who are you?", sender="Zoe <zoe@elsewhere.example>"))
    return ()


@world("outreach.tasks.check_ledger")
def _missed(w: World) -> Args:
    """A mail that a poll has passed by."""
    _mail(w)
    long_ago = (TUESDAY - timedelta(days=1)).timestamp()
    for path in FileTransport(config_for(w.mailbox)).folder().glob("new/*"):
        os.utime(path, (long_ago, long_ago))
    return ()


@world("outreach.tasks.check_connections")
def _to_test(w: World) -> Args:
    """A mailbox that nobody has tested yet."""
    Mailbox.objects.update(tested_at=None)
    return (w.rep.pk,)


@world("outreach.tasks.check_domains")
def _old_check(w: World) -> Args:
    """A free-mail address: it is looked at again without a name server."""
    Mailbox.objects.filter(pk=w.mailbox.pk).update(
        address="halden.climate@gmail.com", preflight_at=TUESDAY - timedelta(days=3)
    )
    return ()


@world("outreach.tasks.settle_clicks")
def _clicked(w: World) -> Args:
    touch = Touch.objects.create(lead=w.lead, channel="email", state="sent", due_at=timezone.now())
    TrackedLink.objects.create(
        touch=touch,
        number=1,
        url="https://halden.example/",
        clicked_at=timezone.now() - timedelta(minutes=1),
    )
    return ()


def _waits(w: World) -> ThreadEvent:
    """A hot answer that nobody has given for days, and what it was understood as."""
    event = answered(w, "What happens if a unit stops at night?")
    Lead.objects.filter(pk=w.lead.pk).update(score=91)
    said = {"event": event.pk, "disposition": "question", "confidence": 0.9}
    (pk,) = note(w.lead, "reply.classified", **said)
    return ThreadEvent.objects.get(pk=pk)


@world("outreach.work_tasks.watch_answer")
def _deadline(w: World) -> Args:
    return (_waits(w).pk,)


@world("outreach.work_tasks.pass_on")
def _late(w: World) -> Args:
    escalation.watch(_waits(w))
    Task.objects.update(deadline_at=timezone.now() - timedelta(days=9))
    User.objects.filter(pk=w.rep.pk).update(away_from=date(2026, 1, 1))
    return ()


@world("outreach.work_tasks.send_digests")
def _morning(w: World) -> Args:
    _waits(w)
    User.objects.update(work_start="09:00", time_zone="UTC")
    return ()


@world("outreach.work_tasks.watch_balance")
def _too_much(w: World) -> Args:
    User.objects.filter(pk=w.rep.pk).update(daily_capacity=0, over_since=date(2026, 1, 1))
    User.objects.create_user("room@own.example", None, name="Ro", team=w.rep.team)
    Task.objects.create(
        kind="follow_up", owner=w.rep, lead=w.lead, title="Call", due_at=timezone.now()
    )
    return ()


@world("salesagent.accounts.tasks.look_around")
def _finished(w: World) -> Args:
    now = timezone.now()
    Job.objects.create(
        kind="t",
        title="Import",
        owner=w.rep,
        state="done",
        started_at=now - timedelta(minutes=5),
        finished_at=now,
    )
    return ()


@world("outreach.cadence_tasks.follow_signals")
def _too_dear(w: World) -> Args:
    """An answer that objects to the price, from somebody angry who is in a hurry."""
    said = {"disposition": "objection", "kind": "price", "confidence": 0.9}
    said |= {"sentiment": "negative", "urgency": "high"}
    data = {**said, "event": answered(w, "Far too expensive.").pk}
    event = thread.record(lead=w.lead, kind="reply.classified", actor="ai:rules", data=data)
    assert event is not None
    return (event.pk,)


@world("outreach.cadence_tasks.watch_silence")
def _silent(w: World) -> Args:
    long_ago = timezone.now() - timedelta(days=30)
    Touch.objects.create(
        lead=w.lead, channel="email", state="sent", due_at=long_ago, sent_at=long_ago
    )
    return ()


@world("outreach.cadence_tasks.learn_slots")
def _sent(w: World) -> Args:
    at = timezone.now() - timedelta(days=3)
    Touch.objects.create(lead=w.lead, channel="email", state="sent", due_at=at, sent_at=at)
    return ()


@world("outreach.tasks.look_at_tests")
def _texts(w: World) -> Args:
    """A test that no send has settled yet."""
    step = current_steps(w.sequence)[0]
    add_variant(w.sequence, step.key, user=w.rep)
    result = {"since": TUESDAY.isoformat(), "around": 0.06}
    values = {"sequence": w.sequence, "step_key": step.key, "labels": ["A", "B"]}
    Experiment.objects.create(**values, result=result)
    return ()


@world("outreach.tasks.check_guards")
def _storm(w: World) -> Args:
    for _ in range(3):
        touch = Touch.objects.create(
            lead=w.lead,
            mailbox=w.mailbox,
            channel="email",
            state="sent",
            due_at=TUESDAY,
            sent_at=TUESDAY - timedelta(hours=1),
        )
        said = {"touch": touch.pk, "mailbox": w.mailbox.pk, "kind": "hard"}
        thread.record(lead=w.lead, kind="touch.bounced", actor="system", data=said)
    return ()


@world("outreach.tasks.check_mailbox")
def _to_try(w: World) -> Args:
    return (mailbox_checks.start(w.mailbox, user=w.rep).pk,)


@world("outreach.tasks.enroll_by_rules")
def _rule(w: World) -> Args:
    Sequence.objects.filter(pk=w.sequence.pk).update(rule={"query": "trade=bakery", "live": True})
    return ()


@world("outreach.tasks.refresh_worklist")
def _reminder(w: World) -> Args:
    Lead.objects.filter(pk=w.lead.pk).update(follow_up_at=date(2026, 11, 24))
    Lead.objects.create(
        owner=w.rep, email="hot@x.example", score=90, lawful_basis="consent", first_name="Hot"
    )
    return ()


@world("outreach.tasks.stop_everybody")
def _stop(w: World) -> Args:
    enrolled(w)
    return (w.sequence.pk, w.rep.pk)


@world("outreach.tasks.learn_from_corrections")
def _corrected(w: World) -> Args:
    for number in range(learning.NEW_BEFORE_TRAINING):
        corrections.correct(
            kind="label", lead=w.lead, subject=f"event:{number}", before="other",
            after="question", user=w.rep,
        )  # fmt: skip
    return ()


@world("outreach.tasks.train_heads")
def _train_heads(w: World) -> Args:
    learning.NEEDED_MB = 10**9  # what it does twice is the matter, not the training
    return (learning.start(w.rep).pk,)


@world("leads.tasks.rescore_stale")
def _stale(w: World) -> Args:
    Lead.objects.filter(pk=w.lead.pk).update(scored_at=TUESDAY - timedelta(days=3))
    return ()


@world("leads.tasks.rescore_all")
def _rescore(w: World) -> Args:
    job = jobs.start(kind="rescore", title="Scoring", task="leads.tasks.rescore_all", owner=w.rep)
    return (job.pk,)


@world("leads.tasks.train_score")
def _train(w: World) -> Args:
    return (score_training.start(w.rep).pk,)


@world("leads.tasks.learn_score")
def _learn(w: World) -> Args:
    ended(w.rep, 10, 10)
    return ()


@world("leads.tasks.bulk_change")
def _bulk(w: World) -> Args:
    job = jobs.start(
        kind=bulk.JOB_KIND,
        title="Changing 1 lead",
        task="leads.tasks.bulk_change",
        owner=w.rep,
        total=1,
        data={"action": "tag", "value": "vip", "all": False, "query": "", "ids": [str(w.lead.pk)]},
    )
    return (job.pk,)


@world("leads.tasks.housekeeping")
def _old_session(w: World) -> Args:
    ended = TUESDAY - timedelta(days=1)
    Session.objects.create(session_key="x" * 32, session_data="", expire_date=ended)
    return ()


def _upload(w: World) -> Any:
    batch = imports.upload(w.rep, csv_file("Ann;Lee;ann@fair.example;;Fair;Odense;DK", "Bad;;no"))
    imports.start_check(batch, w.rep)
    return batch


@world("leads.import_tasks.check_import")
def _to_check(w: World) -> Args:
    return (_upload(w).job_id,)


@world("leads.import_tasks.run_import")
def _to_run(w: World) -> Args:
    batch = _upload(w)
    w.run_queue()
    batch.refresh_from_db()
    options = {"duplicates": "fill", "basis": "consent", "basis_source": "Fair", "owner": w.rep}
    job = imports.start_run(batch, w.rep, **options)
    assert job is not None
    return (job.pk,)


@world("leads.import_tasks.undo_import")
def _to_undo(w: World) -> Args:
    _to_run(w)
    w.run_queue()
    job = imports.start_undo(ImportBatch.objects.get(), w.rep)
    assert job is not None
    return (job.pk,)


@world("leads.import_tasks.look_after_imports")
def _left_behind(w: World) -> Args:
    _to_run(w)
    long_ago = TUESDAY - timedelta(hours=1)
    Job.objects.filter(kind="import").update(
        state="running", started_at=long_ago, updated_at=long_ago
    )
    return ()


def _sheet(w: World) -> Any:
    """A Google sheet with two people, connected; nothing was read yet."""
    google = w.stack.enter_context(sheets_server())
    w.stack.enter_context(patch.object(budget, "ask", return_value=budget.Leave(0.0)))
    w.settings.SERVICE_URLS = {**w.settings.SERVICE_URLS, "google_sheets": google.base}
    google.put(HEADER, ADA, BEN)
    return connected(google, w.owner)


@world("leads.sheet_tasks.read_sheet")
def _to_read(w: World) -> Args:
    return (sheets.start(_sheet(w), sheets.LOOK, w.owner).pk,)  # type: ignore[union-attr]


@world("leads.sheet_tasks.write_sheet")
def _to_write(w: World) -> Args:
    sheet = _sheet(w)
    brought_in(sheet, w.owner, w.run_queue)
    Lead.objects.update(stage="won")
    return (sheets.start(sheet, sheets.WRITE, w.owner).pk,)  # type: ignore[union-attr]


@world("leads.sheet_tasks.look_after_sheets")
def _sheet_left_behind(w: World) -> Args:
    sheets.start(_sheet(w), sheets.LOOK, w.owner)
    long_ago = TUESDAY - timedelta(hours=1)
    Job.objects.filter(kind="sheet-read").update(state="running", updated_at=long_ago)
    return ()


@world("leads.sheet_tasks.check_connections")
def _sheet_to_check(w: World) -> Args:
    """It was down when somebody looked, and is well again."""
    connections.failed(_sheet(w).connection_id, "It is down.", broken=False)
    return (w.owner.pk,)


def _crm(w: World) -> Any:
    """The practice CRM with somebody in it; nothing was synced yet."""
    fake.forget_worlds()
    fake.world("default").make("contact", email="ines@duarte.example", first_name="Ines")
    options = {"basis": "consent", "basis_source": "CRM", "owner": w.owner.pk, "push": "all"}
    return connections.save("fake", account="fake-1", secret={"token": "t"}, settings=options)


def _synced(w: World) -> Any:
    """Once, and Ines came in."""
    _crm(w)
    run = crm_sync.start("fake", w.owner)
    w.run_queue()
    run.refresh_from_db()
    return run


@world("leads.crm_tasks.run_sync")
def _to_sync(w: World) -> Args:
    _crm(w)
    return (crm_sync.start("fake", w.owner).job_id,)


@world("leads.crm_tasks.undo_sync")
def _to_take_back(w: World) -> Args:
    return (crm_undo.start(_synced(w), w.owner).pk,)


@world("leads.crm_tasks.touched")
def _told_by_them(w: World) -> Args:
    _synced(w)
    link = RemoteLink.objects.get(lead__email="ines@duarte.example")
    return ("fake", "fake-1", "contact", [link.remote_id])


@world("leads.crm_tasks.tell_opt_out")
def _opted_out(w: World) -> Args:
    _synced(w)
    return note(w.lead, "lead.suppressed", reason="opted_out", channel="all")


@world("leads.crm_tasks.check_connections")
def _connected(w: World) -> Args:
    """It was down when somebody looked, and is well again."""
    connections.failed(_crm(w).pk, "It is down.", broken=False)
    return (w.owner.pk,)


@world("leads.enrich_tasks.check_connections")
def _key_to_check(w: World) -> Args:
    """It was away when somebody saved the key, and is well again."""
    row = connections.save("pdl", secret={"key": "k" * 20}, settings={"limit": 5})
    connections.failed(row.pk, "It is down.", broken=False)
    w.stack.enter_context(patch.object(PeopleDataLabs, "check"))
    return (w.owner.pk,)


@world("leads.crm_tasks.look_after_syncs")
def _sync_left_behind(w: World) -> Args:
    _crm(w)
    run = crm_sync.start("fake", w.owner)
    then = TUESDAY - timedelta(hours=1)
    Job.objects.filter(pk=run.job_id).update(state="running", started_at=then, updated_at=then)
    return ()


@world("leads.crm_tasks.forget_old_syncs")
def _old_sync(w: World) -> Args:
    _synced(w)
    SyncRun.objects.create(provider="fake", account="fake-1", state="planned", preview=True)
    SyncRun.objects.update(started_at=TUESDAY - timedelta(days=200))
    return ()


def _drive(w: World) -> Any:
    """Google Drive, connected, and a recovery key; the encryption is left out."""
    google = w.stack.enter_context(drive_server())
    w.stack.enter_context(patch.object(budget, "ask", return_value=budget.Leave(0.0)))
    w.stack.enter_context(patch.object(backup, "make", drive_kit.fake_make))
    drive_kit.point_to(w.settings, google)
    backup_rows.choose(recipient="age1x", key_at=TUESDAY.isoformat())
    return drive_kit.account()


@world("salesagent.accounts.tasks.make_backup")
def _to_back_up(w: World) -> Args:
    _drive(w)
    return (backups.start(w.owner).pk,)


@world("salesagent.accounts.tasks.fetch_backup")
def _to_fetch(w: World) -> Args:
    _drive(w)
    drive_kit.send(copy := drive_kit.kept())
    backup_rows.path(copy).unlink()
    return (backups.start_fetch(copy, w.owner).pk,)


@world("salesagent.accounts.tasks.look_after_backups")
def _backup_left_behind(w: World) -> Args:
    _drive(w)
    long_ago = TUESDAY - timedelta(hours=1)
    job = backups.start(w.owner)
    Job.objects.filter(pk=job.pk).update(state="running", updated_at=long_ago)
    return ()


@world("salesagent.accounts.tasks.check_drive")
def _drive_was_down(w: World) -> Args:
    connections.failed(_drive(w).pk, "It is down.", broken=False)
    return (w.owner.pk,)


@world("analytics.report_tasks.make_report")
def _report(w: World) -> Args:
    rollup.rebuild()
    period = Period(date(2026, 11, 1), date(2026, 11, 20))
    _, job = reports.order(w.owner, "pipeline", period, period.before(), {"whose": "everybody"})
    return (job.pk,)


@world("analytics.report_tasks.weekly")
def _monday(w: World) -> Args:
    rollup.rebuild()
    return ()


@world("analytics.report_tasks.forget")
def _old_reports(w: World) -> Args:
    period = Period(date(2026, 1, 1), date(2026, 1, 20))
    report, _ = reports.order(w.owner, "pipeline", period, period.before(), {})
    Report.objects.filter(pk=report.pk).update(created_at=TUESDAY - timedelta(days=120))
    return ()


@world("analytics.forecast_tasks.keep")
def _foreseen(w: World) -> Args:
    terms = DealTerms("Cold rooms", Decimal(900))
    close_deal(open_deal(w.lead, terms, w.rep), won=True, reason="Price", user=w.rep)
    open_deal(w.lead, terms, w.rep)
    return ()


@world("analytics.alert_tasks.watch", "analytics.alert_tasks.look")
def _late_and_ownerless(w: World) -> Args:
    rollup.rebuild()
    terms = DealTerms("Cold rooms", Decimal(900), expected_close=date(2026, 11, 2))
    open_deal(w.lead, terms, w.rep)
    Lead.objects.update(lawful_basis="")
    return ()


@world("salesagent.api.hook_tasks.deliver")
def _to_tell(w: World) -> Args:
    """To an address of the own network: it is refused, and waits for its next try."""
    Hook.objects.create(user=w.owner, name="CRM", url="https://127.0.0.1/", secret="whs_1")
    note(w.lead, "deal.won")
    return ()


@world("salesagent.api.tasks.forget_calls")
def _asked_long_ago(w: World) -> Args:
    token = tokens.make(w.rep, name="CRM", scopes=["leads:read"])[0]
    IdempotentCall.objects.create(token=token, key="1", request_hash="x")
    IdempotentCall.objects.update(created_at=TUESDAY - timedelta(days=4))
    return ()


@world("salesagent.api.hook_tasks.forget_old")
def _told_long_ago(w: World) -> Args:
    hook = Hook.objects.create(user=w.owner, name="CRM", url="https://127.0.0.1/")
    HookDelivery.objects.create(hook=hook, event_id=1, kind="deal.won", state="sent")
    HookDelivery.objects.update(created_at=TUESDAY - timedelta(days=40))
    return ()


@world("analytics.tasks.count")
def _to_count(w: World) -> Args:
    note(w.lead, "touch.sent", touch=1)
    return ()


@world("analytics.tasks.count_everybody")
def _to_count_again(w: World) -> Args:
    rollup.rebuild()
    return ()


@pytest.fixture
def everything(
    rep: Any,
    owner: Any,
    lead: Any,
    mailbox: Any,
    sequence: Any,
    workspace: Any,
    run_queue: Any,
    settings: Any,
) -> Iterator[World]:
    with ExitStack() as stack, time_machine.travel(TUESDAY, tick=False):
        yield World(
            rep=rep,
            owner=owner,
            lead=lead,
            mailbox=mailbox,
            sequence=sequence,
            run_queue=run_queue,
            settings=settings,
            stack=stack,
        )


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.managed
    }


def test_each_task_has_a_world() -> None:
    assert wired() <= defined()
    assert sorted(WORLDS) == sorted(defined())


@pytest.mark.parametrize("path", sorted(defined()))
def test_twice_is_once(path: str, everything: World) -> None:
    task, args = import_string(path), WORLDS[path](everything)
    before = rows()
    task(*args)
    once = rows()
    assert once != before, "the task had nothing to do, so this shows nothing"
    task(*args)
    twice = rows()
    assert {name: len(table) for name, table in twice.items()} == {
        name: len(table) for name, table in once.items()
    }
    assert twice == once


def test_a_reply_scores_once_however_often_the_queue_runs_it(everything: World) -> None:
    answered(everything, "Thursday works for me.")
    everything.run_queue()
    first = Lead.objects.get(pk=everything.lead.pk).score
    scored = ThreadEvent.objects.filter(kind="lead.scored").count()
    for _ in range(3):
        scoring.score_lead(Lead.objects.get(pk=everything.lead.pk))
    assert Lead.objects.get(pk=everything.lead.pk).score == first
    assert ThreadEvent.objects.filter(kind="lead.scored").count() == scored
