"""The demo's month on a live server, with one of everything a page can show on top of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.test import override_settings
from django.utils import timezone

PASSWORDS = {role: f"{role} has a long password" for role in ("rep", "manager", "owner")}


@contextmanager
def serve(folder: Path) -> Iterator[Any]:
    """A live server over the seeded database; yields its address, empties the tables afterwards."""
    from django.core.management import call_command
    from pytest_django.live_server_helper import LiveServer

    from leads import append_only
    from salesagent.demo import seed

    given = override_settings(DATA_DIR=folder, DEMO=True, ROOT_URLCONF="salesagent.tests.demo_urls")
    with given:
        seed.run(PASSWORDS)
        server = LiveServer("localhost")
        try:
            yield server.url
        finally:
            server.stop()
            append_only.remove()  # flush puts the guard back
            call_command("flush", verbosity=0, interactive=False)


def world() -> SimpleNamespace:
    """Objects the pages of the axe tests need beside the demo's own."""
    from coaching.models import Advice, Feedback, Play
    from leads.models import Deal, Lead
    from outreach.models import Enrollment, Experiment, Mailbox, Sequence, Task, Touch
    from salesagent.accounts import invitations
    from salesagent.accounts.models import Team, User

    rep = User.objects.get(email="rep@halden.example")
    owner = User.objects.get(role="owner")
    fresh = User.objects.create_user("fresh@halden.example", None, name="Nora Fresh")
    lead = Lead.objects.filter(owner=rep, events__kind="reply.received").order_by("pk").first()
    assert lead is not None
    drafts = Touch.objects.filter(lead__owner=rep, state="draft")
    sequence = Sequence.objects.filter(owner=rep).order_by("pk").first()
    assert sequence is not None
    team = Team.objects.get()
    invited = invitations.invite(email="new@halden.example", role="rep", team=team, by=owner)
    _mailboxes(rep)
    _alerts(owner)
    sent = Touch.objects.filter(state="sent", lead=lead).first()
    return SimpleNamespace(
        users={
            "rep": rep,
            "owner": owner,
            "manager": User.objects.get(role="manager"),
            "fresh": fresh,
            "": None,
        },
        rep=rep,
        mate=User.objects.get(email="priya@halden.example"),
        advice=Advice.objects.filter(rep=rep, state="sent").first(),
        advice_draft=Advice.objects.filter(state="draft").first(),
        play=Play.objects.filter(retired_at=None).order_by("-version").first(),
        deal=Deal.objects.filter(stage="negotiation", lead__owner=rep).first(),
        ended_deal=Deal.objects.filter(stage="won", lead__owner=rep).order_by("-closed_at").first(),
        feedback=Feedback.objects.filter(rep=rep).order_by("pk").first(),
        keen=Lead.objects.filter(owner=rep).exclude(profile__signals=[]).order_by("pk").first(),
        unproved=_unproved(rep, drafts.filter(channel="email", kind="sequence").last()),
        tested=Experiment.objects.order_by("pk").first(),
        lead=lead,
        other=Lead.objects.filter(owner=rep, events=None).first() or lead,
        archived=_archived(rep),
        sequence=sequence,
        step=sequence.steps.order_by("position").first(),
        invitation=invited.token,
        mail_draft=drafts.filter(channel="email").first(),
        hand_draft=drafts.exclude(channel="email").first(),
        mailbox=Mailbox.objects.get(address="jonas@halden.example"),
        stopped=Mailbox.objects.get(state="paused"),
        tasks=_tasks(rep, lead, sent),
        enrolled=Enrollment.objects.filter(state="paused").count(),
        touch=sent,
        imports=_imports(rep),
        texted=_texts(rep),
        ai_call=_asked(owner),
        team=team,
        **_syncs(),
        sheets=_sheets(lead),
        backups=_backups(),
        hooks=_hooks(owner),
        tokens=_tokens(owner, rep),
        open_tasks=Task.objects.filter(state="open").count(),
        **_settings(),
    )


def _syncs() -> dict[str, Any]:
    """The practice CRM of the demo: a sync that was done, and a dry run that waits."""
    from leads.models import SyncRun

    return {
        "crm": SimpleNamespace(pk="fake"),
        "hubspot": SimpleNamespace(pk="hubspot"),
        "salesforce": SimpleNamespace(pk="salesforce"),
        "crm_kind": SimpleNamespace(pk="contact"),
        "sync": SyncRun.objects.filter(state="done", provider="fake").last(),
        "dry_run": SyncRun.objects.filter(state="planned", provider="fake").first(),
    }


def _sheets(lead: Any) -> SimpleNamespace:
    """A Google sheet that works, with a row that did not come in; one that stopped; a new one."""
    from leads.models import Sheet, SheetRow
    from salesagent.accounts import connections

    row = connections.save(
        "google_sheets", account="ingrid@halden.example", secret={"refresh_token": "none"}
    )
    now = timezone.now()
    names = {"title": "Visitors of our stand, trade fair 2026", "tab": "Leads"}
    made = {
        state: Sheet.objects.create(
            connection=row,
            file_id=f"1None{state}",
            **names,
            state=state,
            read_at=None if state == "new" else now - timedelta(minutes=20),
            written_at=None if state == "new" else now - timedelta(minutes=20),
            counts={} if state == "new" else {"rows": 412},
        )
        for state in ("works", "stopped", "new")
    }
    text = "The column “Company” is gone from the sheet, or renamed. Match the columns again."
    Sheet.objects.filter(pk=made["stopped"].pk).update(error=text)
    reason = "The email is not the lead's any more. Change it on the lead's page, or make a new row"
    common = {"sheet": made["works"], "read_hash": "x"}
    SheetRow.objects.create(row_id="SA-1", lead=lead, number=7, problem=reason, **common)
    SheetRow.objects.create(row_id="SA-2", number=19, problem="No email address", **common)
    SheetRow.objects.create(row_id="SA-3", lead=lead, number=20, **common)
    return SimpleNamespace(**made)


def _backups() -> Any:
    """Google Drive that is full: a copy in both places, one that failed, one that is only here."""
    from salesagent.accounts import backup_rows, connections
    from salesagent.accounts.models import BackupCopy

    drive = connections.save(
        "google_drive", account="ingrid@halden.example", secret={"refresh_token": "none"}
    )
    backup_rows.choose(recipient="age1none", key_at=timezone.now().isoformat())
    full = "This Google Drive is full. Make room there, then press Send to Drive."
    there = {"account": drive.account, "drive": "sent", "key": "11AA 22BB", "left": 1}
    for state, error, remote, upload in (
        ("kept", "", "r1", there),
        ("failed", "There is not enough room on the disk.", "", {}),
        ("kept", full, "", {"drive": "failed", "key": "4F2A 91C0"}),
    ):
        copy = BackupCopy.objects.create(
            connection=backup_rows.own(),
            name=f"{BackupCopy.objects.count()}.backup",
            state=state,
            error=error,
            remote_id=remote,
            size=40_200_000,
            upload=upload,
        )
        if not remote:
            backup_rows.path(copy).write_bytes(b"x")
    return drive


def _tokens(owner: Any, rep: Any) -> list[Any]:
    """A program's, a person's own, and one that was taken back."""
    from salesagent.api import tokens

    reads = ["leads:read", "intake:write"]
    site, _words = tokens.make(owner, name="Website form", scopes=reads)
    own, _words = tokens.make(rep, name="My phone", scopes=["approve"], machine=False)
    old, _words = tokens.make(owner, name="Old spreadsheet", scopes=["leads:read"])
    tokens.note_use(site)
    tokens.revoke(old, owner)
    return [site, own, old]


def _hooks(owner: Any) -> SimpleNamespace:
    """A webhook that works with a delivery of each state, one that stopped; nothing is sent."""
    from salesagent.api.models import Hook, HookDelivery

    now, crm = timezone.now(), "https://crm.halden.example/hooks/sales"
    common = {"user": owner, "secret": "whs_none", "active": False}
    works = Hook.objects.create(
        **common, name="Customer system", url=crm, next_secret="whs_next", last_ok_at=now
    )
    stopped = Hook.objects.create(
        **common,
        name="Office screen",
        url="https://screen.halden.example/in",
        kinds=["meeting.booked", "deal.won"],
        stopped_why="It failed for three days. The address did not answer in time.",
    )
    Hook.objects.filter(pk=works.pk).update(failing_since=now)
    for number, (kind, state, status, error) in enumerate(
        (
            ("reply.received", "sent", 204, ""),
            ("reply.classified", "sent", 200, ""),
            ("deal.won", "waiting", 503, "The address has a problem of its own (HTTP 503)."),
            ("lead.suppressed", "failed", 404, "The address knows no such page (HTTP 404)."),
            ("meeting.booked", "waiting", None, ""),
            ("ping", "sent", 200, ""),
        ),
        start=1,
    ):
        HookDelivery.objects.create(
            hook=works,
            event_id=0 if kind == "ping" else number,
            kind=kind,
            state=state,
            status=status,
            error=error,
            attempts=2 if error else 1 if state == "sent" else 0,
            next_at=now + timedelta(minutes=5),
        )
    return SimpleNamespace(works=works, stopped=stopped)


def _settings() -> dict[str, Any]:
    from leads.models import Suppression
    from leads.services.suppression import suppress
    from outreach.models import Template

    for address in ("stop@elsewhere.example", "+4563555999"):
        suppress(address=address, reason="opted_out", source="phone call", actor="system")
    return {
        "suppressed": Suppression.objects.order_by("-pk").first(),
        "template": Template.objects.filter(channel="email").first(),
    }


def _unproved(rep: Any, touch: Any) -> Any:
    """A draft with statements that no stored source bears out, and the log of a correction."""
    from leads.services import corrections
    from outreach.services import approval, policy

    body = f"{touch.body}\n\nWe serve 240 bakeries and cut the energy bill by 43 %."
    approval.edit(
        touch, user=rep, subject=touch.subject, body=body, seen_hash=policy.text_hash(touch)
    )
    corrections.correct(
        kind="score", lead=touch.lead, subject="Trade is bakery", before="+4", after="", user=rep
    )
    return touch


def _archived(rep: Any) -> Any:
    from leads.models import Lead
    from leads.services import lifecycle

    lead = Lead.objects.filter(owner=rep, stage="contacted").order_by("pk").last()
    assert lead is not None
    lifecycle.archive(lead, rep)
    return lead


def _alerts(owner: Any) -> None:
    """One that is muted and one that is over, beside what the demo has."""
    from analytics.models import Alert

    now = timezone.now()
    states = {"muted": {"muted_by": owner}, "ended": {"ended_at": now}}
    for state, more in states.items():
        Alert.objects.create(
            kind="drop", key=f"drop:{state}", scope="all", level="bad", number=2, threshold=4,
            usual=12, sample=8, text="Replies on Thursday 19 November: 2. Usual: 12.",
            link="/analytics/", state=state, first_at=now, last_at=now, **more,
        )  # fmt: skip


def _mailboxes(rep: Any) -> None:
    from outreach.models import Mailbox

    Mailbox.objects.create(
        user=rep,
        address="jonas.second@halden.example",
        from_name="Jonas",
        state="paused",
        paused_reason="Sign-in does not work. The server did not accept the password.",
        paused_at=timezone.now(),
        smtp_host="smtp.halden.example",
        imap_host="imap.halden.example",
    )


def _tasks(rep: Any, lead: Any, touch: Any) -> dict[str, int]:
    """One open line of each kind: {kind: pk}."""
    from leads import thread
    from outreach.models import InboundMessage, Mailbox, Task
    from outreach.services import worklist

    now = timezone.now()
    inbound = InboundMessage.objects.create(
        mailbox=Mailbox.objects.get(address="jonas@halden.example"),
        digest="whose",
        state="unmatched",
        received_at=now,
        from_address="piotr@polna-bakeries.example",
        from_name="Piotr Nowak",
        subject="Your mail to my colleague",
        text="Hello Jonas, what does the service cost?",
    )
    event = thread.record(lead=lead, kind="lead.inquired", actor="lead", body="Two rooms fail.")
    special: dict[str, dict[str, Any]] = {
        "unmatched": {"inbound": inbound, "lead": None},
        "unknown": {"touch": touch, "channel": "email"},
        "enquiry": {"event": event, "channel": "web", "deadline_at": now + timedelta(minutes=2)},
        "answer": {"channel": "email"},
    }
    found: dict[str, int] = {}
    for kind in Task.Kind.values:
        if kind == "touch":
            continue
        given = {"lead": lead, "title": f"A line of kind {kind}", "why": "Because.", "due_at": now}
        made = worklist.add(kind, owner=rep, **(given | special.get(kind, {})))
        assert made is not None
        found[kind] = made.pk
    found["post"] = _letter(rep, lead)
    for channel in ("phone", "linkedin"):
        task = Task.objects.filter(owner=rep, kind="touch", channel=channel, state="open").first()
        if task is not None:
            found[channel] = task.pk
    return found


def _letter(rep: Any, lead: Any) -> int:
    """An approved letter that waits to be printed; the address is complete."""
    from leads.models import Lead
    from outreach.models import Touch
    from outreach.services import worklist

    Lead.objects.filter(pk=lead.pk).update(street="Kanalgade 4", postcode="5000", city="Odense")
    lead.refresh_from_db()
    touch = Touch.objects.create(
        lead=lead,
        channel="post",
        state="todo",
        body="Dear Marta,\n\nhere are the numbers for the two cold rooms.\n\nKind regards",
        due_at=timezone.now(),
    )
    task = worklist.add_for_touch(touch)
    assert task is not None
    return task.pk


def _asked(owner: Any) -> int:
    """A language model is connected, and it was asked once."""
    from salesagent.accounts import ai
    from salesagent.lib.models import AiCall

    values = {"base_url": "https://models.example/v1", "model": "small", "limit": "10"}
    ai.save(owner, {**values, "price_in": "1", "price_out": "4", "currency": "EUR"}, "k")
    request = {"messages": [{"role": "user", "content": "A short mail, please."}]}
    call = AiCall.objects.create(
        key="k", purpose="draft", model="small", request=json.dumps(request), answer="{}",
        state=AiCall.State.OK, cost_micros=1_200_000,
    )  # fmt: skip
    return call.pk


def _texts(rep: Any) -> Any:
    """Somebody with a mobile number who agreed to SMS, while Twilio is connected."""
    from leads.models import Lead
    from leads.services import consent
    from salesagent.accounts import connections

    connections.save(
        "twilio",
        account="AC" + "0" * 32,
        secret={"auth_token": "x" * 32},
        settings={"sms_from": "+4571555001", "whatsapp_from": "+4571555002",
                  "voice_from": "+4571555003"},
    )  # fmt: skip
    lead = Lead.objects.filter(owner=rep, archived_at=None).order_by("-pk").first()
    assert lead is not None
    Lead.objects.filter(pk=lead.pk).update(phone="+4915112345678", country="DE")
    lead.refresh_from_db()
    consent.record_consent(lead, "sms", "On the phone on 4 May", "", rep.actor)
    return lead


def _imports(rep: Any) -> dict[str, int]:
    """An import at each of its steps: {step: pk}."""
    from leads.services import imports
    from leads.tests.importing import csv_file, start
    from salesagent.lib.tasks import run_waiting

    rows = (
        "Ann;Lee;ann@fair.example;;Fair;Odense;DK",
        "Bad;;no",
        "Ann;Lee;ann@fair.example;;Fair;Odense;DK",
    )

    def upload(number: int) -> Any:
        return imports.upload(rep, csv_file(*rows, name=f"fair-{number}.csv"))

    def refreshed(batch: Any) -> Any:
        run_waiting()
        batch.refresh_from_db()
        return batch

    match, checked, done, waiting = (upload(number) for number in range(4))
    for batch in (checked, done):
        imports.start_check(batch, rep)
        refreshed(batch)
    start(done, rep)
    refreshed(done)
    imports.start_check(waiting, rep)  # nobody runs the queue any more: it stays in progress
    waiting.refresh_from_db()
    return {
        "match": match.pk,
        "check": checked.pk,
        "progress": waiting.pk,
        "done": done.pk,
        "job": waiting.job_id,
    }
