"""Every URL of the product, walked as everybody. A URL without an expectation fails the test.

Who may: rep (whose lead, mailbox and sequence the objects are), mate (same team, team view off),
stranger and other_manager (another team), manager, owner. A stranger's answer is 404, never 403.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from salesagent.api import tokens
from salesagent.lib import backup

RECOVERY_KEY = backup.new_key()[0]
EVERYBODY = {"rep", "mate", "stranger", "other_manager", "manager", "owner"}
LEAD = {"rep", "manager", "owner"}  # whoever sees the rep's lead
TEAM = LEAD | {"mate"}
MANAGERS = {"manager", "other_manager", "owner"}
OWNER = {"owner"}


@dataclass(frozen=True)
class Rule:
    who: set[str]
    args: tuple[str, ...] = ()  # attributes of the world
    data: dict[str, str] = field(default_factory=dict)
    public: bool = False


def rule(who, *args, **data):
    return Rule(who, args, data)


def public(*args):
    return Rule(EVERYBODY, args, public=True)


EXPECT = {
    "home": rule(EVERYBODY),
    "healthz": public(),
    "readyz": public(),
    "accounts:login": public(),
    "accounts:logout": rule(EVERYBODY),
    "accounts:register": public("token"),
    "accounts:password_reset": public(),
    "accounts:password_reset_sent": public(),
    "accounts:password_reset_confirm": public("token", "token"),
    "accounts:password_change": rule(EVERYBODY),
    "accounts:profile": rule(EVERYBODY),
    "settings:home": rule(EVERYBODY),
    "settings:sending": rule(OWNER),
    "settings:ai": rule(OWNER),
    "settings:ai_test": rule(OWNER),
    "settings:ai_off": rule(OWNER),
    "settings:ai_call": rule(OWNER, "ai_call"),
    "settings:log": rule(OWNER),
    "settings:backups": rule(OWNER),
    "settings:backups_options": rule(OWNER, keep="7"),
    "settings:backups_key": rule(OWNER),
    "settings:backups_key_file": rule(OWNER, key=RECOVERY_KEY),
    "settings:backups_key_kept": rule(OWNER),
    "settings:backups_start": rule(OWNER),
    "settings:backups_start_again": rule(OWNER),
    "settings:backup_file": rule(OWNER, "backup_copy"),
    "settings:backup_send": rule(OWNER, "backup_copy"),
    "settings:backup_fetch": rule(OWNER, "backup_copy"),
    "settings:backups_drive": rule(OWNER),
    "settings:backups_go": rule(OWNER),
    "settings:backups_back": rule(OWNER),
    "settings:backups_off": rule(OWNER),
    "settings:backups_check": rule(OWNER),
    "settings:backups_look": rule(OWNER),
    "hooks:hooks": rule(OWNER),
    "hooks:new": rule(OWNER),
    "hooks:hook": rule(OWNER, "hook"),
    "hooks:test": rule(OWNER, "hook"),
    "hooks:switch": rule(OWNER, "hook", do="pause"),
    "hooks:rotate": rule(OWNER, "hook"),
    "hooks:secret": rule(OWNER, "hook"),
    "hooks:finish": rule(OWNER, "hook"),
    "hooks:replay_failed": rule(OWNER, "hook"),
    "hooks:replay": rule(OWNER, "hook_delivery"),
    "hooks:remove": rule(OWNER, "hook"),
    "settings:people": rule(MANAGERS),
    "settings:person": rule(OWNER, "rep"),
    "settings:deactivate": rule(OWNER, "rep"),
    "settings:invitation_revoke": rule({"manager", "owner"}, "invitation"),
    "settings:team_new": rule(OWNER),
    "settings:team": rule({"manager", "owner"}, "team"),
    "outreach:approve_by_mail": rule({"rep"}, "mail_token"),
    "outreach:digest": rule(EVERYBODY),
    "outreach:digest_send": rule(EVERYBODY),
    "outreach:task_take": rule({"manager", "owner"}, "task"),
    "outreach:task_give_back": rule({"manager", "owner"}, "task"),
    "outreach:task_give": rule({"manager", "owner"}, "task"),
    "notices:list": rule(EVERYBODY),
    "notices:live": rule(EVERYBODY),
    "notices:read_all": rule(EVERYBODY),
    "notices:open": rule({"rep"}, "notice"),
    "notices:read": rule({"rep"}, "notice"),
    "notices:unread": rule({"rep"}, "notice"),
    "lib:job": rule({"rep"}, "job"),
    "lib:job_part": rule({"rep"}, "job"),
    "lib:job_stop": rule({"rep"}, "job"),
    "api:v1": rule(EVERYBODY, "token"),
    "api:docs": rule(EVERYBODY),
    "tokens:tokens": rule(EVERYBODY),
    "tokens:new": rule(EVERYBODY),
    "tokens:shown": rule({"rep", "owner"}, "api_token"),
    "tokens:revoke_all": rule(EVERYBODY),
    "tokens:revoke": rule({"rep", "owner"}, "api_token"),
    "outreach:compose": rule(LEAD, "lead"),
    "outreach:move": rule(LEAD, "lead"),
    "outreach:touch_cancel": rule(LEAD, "touch"),
    "outreach:touch_resolve": rule(LEAD, "touch"),
    "outreach:attachment": rule(LEAD, "attachment"),
    "outreach:confirmation": rule(OWNER),
    "outreach:rules": rule(EVERYBODY),
    "outreach:rule_save": rule(OWNER, "rule_code", do="off"),
    "outreach:rule_settle": rule(LEAD, "proposal", do="dismiss"),
    "outreach:sequences": rule(EVERYBODY),
    "outreach:sequence_new": rule(EVERYBODY),
    "outreach:sequence_copy_ready": rule(EVERYBODY),
    "outreach:enroll_bulk": rule(EVERYBODY),
    "outreach:sequence": rule(TEAM, "sequence"),
    "outreach:sequence_people": rule(TEAM, "sequence"),
    "outreach:sequence_stop": rule(LEAD, "sequence"),
    "outreach:sequence_simulate": rule(TEAM, "sequence"),
    "outreach:sequence_copy": rule(TEAM, "sequence"),
    "outreach:sequence_state": rule(LEAD, "sequence"),
    "outreach:sequence_settings": rule(LEAD, "sequence"),
    "outreach:sequence_enroll": rule(TEAM, "sequence"),
    "outreach:sequence_rule": rule(LEAD, "sequence"),
    "outreach:step_add": rule(LEAD, "sequence"),
    "outreach:step_save": rule(LEAD, "sequence", "step_key"),
    "outreach:step_move": rule(LEAD, "sequence", "step_key"),
    "outreach:step_remove": rule(LEAD, "sequence", "step_key"),
    "outreach:step_variant": rule(LEAD, "sequence", "step_key"),
    "outreach:step_preview": rule(TEAM, "sequence", "step_key"),
    "outreach:step_test": rule(TEAM, "sequence", "step_key"),
    "outreach:step_test_texts": rule(LEAD, "sequence", "step_key"),
    "outreach:enrollment_pause": rule(LEAD, "enrollment"),
    "outreach:enrollment_resume": rule(LEAD, "enrollment"),
    "outreach:enrollment_stop": rule(LEAD, "enrollment"),
    "outreach:company_pause": rule(LEAD, "lead"),
    "outreach:company_resume": rule(LEAD, "lead"),
    "outreach:company_stop": rule(LEAD, "lead"),
    "outreach:templates": rule(EVERYBODY),
    "outreach:template_new": rule(EVERYBODY),
    "outreach:snippets": rule(EVERYBODY),
    "outreach:pains": rule(EVERYBODY),
    "outreach:template": rule(EVERYBODY, "template"),
    "outreach:template_copy": rule(EVERYBODY, "template"),
    "outreach:template_archive": rule(LEAD | {"other_manager"}, "template"),
    "outreach:today": rule(EVERYBODY),
    "outreach:hide_checklist": rule(EVERYBODY),
    "outreach:today_task": rule(LEAD, "task"),
    "outreach:labels": rule(EVERYBODY),
    "outreach:labels_pdf": rule(EVERYBODY),
    "outreach:task_letter": rule(LEAD, "letter"),
    "outreach:call_start": rule(LEAD, "lead"),
    "outreach:call_state": rule({"rep"}, "call"),
    "outreach:call_whisper": public("call"),
    "outreach:call_key": public("call"),
    "outreach:call_ended": public("call"),
    "outreach:call_status": public("call"),
    "outreach:task_done": rule(LEAD, "task"),
    "outreach:task_snooze": rule(LEAD, "task"),
    "outreach:task_skip": rule(LEAD, "task"),
    "outreach:task_undo": rule(LEAD, "task"),
    "outreach:task_answer": rule(LEAD, "task"),
    "outreach:task_number": rule(LEAD, "task"),
    "outreach:task_contact": rule(LEAD, "task"),
    "outreach:approvals": rule(EVERYBODY),
    "outreach:approve_bulk": rule(EVERYBODY),
    "outreach:approve_undo_all": rule(EVERYBODY),
    "outreach:approval": rule(LEAD, "touch"),
    "outreach:approve": rule(LEAD, "touch"),
    "outreach:approval_edit": rule(LEAD, "touch"),
    "outreach:approval_redraft": rule(LEAD, "touch"),
    "outreach:approval_subjects": rule(LEAD, "touch"),
    "outreach:approval_skip": rule(LEAD, "touch"),
    "outreach:approval_source": rule(LEAD, "touch"),
    "outreach:approval_undo": rule(LEAD, "touch"),
    "outreach:twilio": rule(OWNER),
    "outreach:twilio_check": rule(OWNER),
    "outreach:twilio_test": rule(OWNER),
    "outreach:twilio_off": rule(OWNER),
    "outreach:esp": rule(OWNER),
    "outreach:esp_provider": rule(OWNER, "esp"),
    "outreach:esp_check": rule(OWNER, "esp"),
    "outreach:esp_off": rule(OWNER, "esp"),
    "outreach:esp_hook": public("esp", "token"),
    "outreach:calendly": rule(MANAGERS),
    "outreach:calendly_link": rule(OWNER),
    "outreach:own_link": rule(EVERYBODY),
    "outreach:calendly_connect": rule(OWNER),
    "outreach:calendly_check": rule(OWNER),
    "outreach:calendly_off": rule(OWNER),
    "outreach:calendly_hook": public(),
    "outreach:booked": rule(LEAD, "lead"),
    "outreach:booking_cancelled": rule(LEAD, "booking"),
    "outreach:track_click": public("token"),
    "outreach:track_open": public("token"),
    "leads:sheets": rule(MANAGERS),
    "leads:sheets_connect": rule(OWNER),
    "leads:sheets_go": rule(OWNER),
    "leads:sheets_callback": rule(OWNER),
    "leads:sheets_add": rule(OWNER),
    "leads:sheets_make": rule(OWNER),
    "leads:sheet": rule(MANAGERS, "sheet"),
    "leads:sheet_start": rule(OWNER, "sheet", do="refresh"),
    "leads:sheet_options": rule(OWNER, "sheet"),
    "leads:sheet_off": rule(OWNER, "sheet"),
    "leads:sheets_off": rule(OWNER),
    "leads:hubspot_go": rule(OWNER),
    "leads:hubspot_callback": rule(OWNER),
    "leads:hubspot_hook": public(),
    "leads:crm": rule(MANAGERS, "crm"),
    "leads:crm_connect": rule(OWNER, "crm"),
    "leads:crm_check": rule(OWNER, "crm"),
    "leads:crm_off": rule(OWNER, "crm"),
    "leads:crm_options": rule(OWNER, "salesforce"),
    "leads:crm_choices": rule(OWNER, "crm"),
    "leads:crm_fields": rule(MANAGERS, "crm", "crm_kind"),
    "leads:crm_start": rule(OWNER, "crm"),
    "leads:crm_settle_all": rule(OWNER, "crm", choice="here"),
    "leads:crm_settle": rule(OWNER, "crm", "conflict", choice="here"),
    "leads:crm_gone_all": rule(OWNER, "crm", choice="leave"),
    "leads:crm_gone": rule(OWNER, "crm", "conflict", choice="leave"),
    "leads:crm_history": rule(MANAGERS, "crm"),
    "leads:crm_run": rule(MANAGERS, "crm", "sync"),
    "leads:crm_live": rule(MANAGERS, "crm", "sync"),
    "leads:crm_pause": rule(OWNER, "crm", "sync"),
    "leads:crm_undo": rule(OWNER, "crm", "sync"),
    "outreach:twilio_status": public(),
    "outreach:twilio_inbound": public(),
    "outreach:whatsapp_templates": rule(OWNER),
    "outreach:whatsapp_sync": rule(OWNER),
    "outreach:whatsapp_fields": rule(OWNER, "wa_template"),
    "outreach:mailboxes": rule(EVERYBODY),
    "outreach:mailbox_new": rule(EVERYBODY),
    "outreach:gmail": rule(EVERYBODY),
    "outreach:gmail_go": rule(EVERYBODY),
    "outreach:gmail_callback": rule(EVERYBODY),
    "outreach:gmail_disconnect": rule(LEAD, "mailbox"),
    "outreach:gmail_testing": rule(LEAD, "mailbox"),
    "outreach:mailbox": rule(LEAD, "mailbox"),
    "outreach:mailbox_check": rule(LEAD, "mailbox"),
    "outreach:mailbox_test": rule(LEAD, "mailbox"),
    "outreach:mailbox_pause": rule(LEAD, "mailbox"),
    "settings:connections": rule(EVERYBODY),
    "settings:check_connections": rule(EVERYBODY),
    "outreach:mailbox_domain": rule(LEAD, "mailbox"),
    "outreach:mailbox_domain_check": rule(LEAD, "mailbox"),
    "outreach:mailbox_resume": rule(LEAD, "mailbox"),
    "outreach:mailbox_off": rule(LEAD, "mailbox"),
    "outreach:inbound_list": rule(EVERYBODY),
    "outreach:inbound_assign": rule(LEAD, "inbound"),
    "outreach:inbound_new_lead": rule(LEAD, "inbound"),
    "outreach:inbound_ignore": rule(LEAD, "inbound"),
    "outreach:reply_correct": rule(LEAD, "reply"),
    "outreach:inbound": rule(LEAD, "inbound"),
    "outreach:unsubscribe": public("token"),
    "outreach:unsubscribe_by_address": public(),
    "leads:list": rule(EVERYBODY),
    "leads:filters": rule(EVERYBODY),
    "leads:bulk": rule(EVERYBODY),
    "leads:export": rule(EVERYBODY),
    "leads:save_view": rule(EVERYBODY),
    "leads:delete_view": rule({"rep"}, "view"),
    "leads:new": rule(EVERYBODY),
    "leads:duplicates": rule(EVERYBODY),
    "leads:duplicates_look": rule(EVERYBODY),
    "leads:duplicates_two": rule(EVERYBODY),
    "leads:duplicates_of": rule(LEAD, "lead"),
    "leads:duplicate": rule(LEAD, "pair"),
    "leads:duplicate_apart": rule(LEAD, "pair"),
    "leads:merge": rule(LEAD, "merge"),
    "leads:merge_undo": rule(LEAD, "merge"),
    "leads:edit": rule(LEAD, "lead"),
    "leads:archive": rule(LEAD, "lead"),
    "leads:restore": rule(LEAD, "lead"),
    "leads:search": rule(EVERYBODY),
    "leads:score_card": rule(OWNER),
    "leads:score_preview": rule(OWNER),
    "leads:score_reset": rule(OWNER),
    "leads:score_learn": rule(OWNER),
    "leads:score_rules": rule(OWNER),
    "leads:score_hint": rule(OWNER),
    "leads:score_version": rule(OWNER, "version"),
    "leads:corrections": rule(EVERYBODY),
    "leads:correction_take_back": rule(LEAD, "correction"),
    "leads:score_wrong": rule(LEAD, "lead"),
    "leads:facts_look_up": rule(LEAD, "lead"),
    "leads:fact_wrong": rule(LEAD, "lead", "fact"),
    "leads:fact_holds": rule(LEAD, "lead", "fact"),
    "leads:company_data": rule(MANAGERS),
    "leads:company_data_homepages": rule(OWNER),
    "leads:company_data_save": rule(OWNER, "enricher"),
    "leads:company_data_off": rule(OWNER, "enricher"),
    "leads:signal_wrong": rule(LEAD, "lead"),
    "leads:step_wrong": rule(LEAD, "lead"),
    "leads:assignment": rule(OWNER),
    "leads:assignment_new": rule(OWNER),
    "leads:assignment_rule": rule(OWNER, "assignment_rule"),
    "leads:assignment_act": rule(OWNER, "assignment_rule", do="up"),
    "outreach:balance": rule(MANAGERS),
    "outreach:balance_apply": rule(MANAGERS),
    "outreach:balance_undo": Rule(MANAGERS, ("undone_batch",)),
    "leads:decisions": rule(EVERYBODY),
    "leads:decision_settle": rule(LEAD, "proposal", do="dismiss"),
    "leads:decision_undo": rule(LEAD, "decision"),
    "leads:detail": rule(LEAD, "lead"),
    "leads:earlier": rule(LEAD, "lead"),
    "leads:live": rule(LEAD, "lead"),
    "leads:note": rule(LEAD, "lead"),
    "leads:change": rule(LEAD, "lead"),
    "leads:stop": rule(LEAD, "lead"),
    "leads:consent": rule(LEAD, "lead"),
    "leads:consent_withdraw": rule(LEAD, "lead"),
    "leads:pain_add": rule(LEAD, "lead"),
    "leads:pain_delete": rule(LEAD, "pain"),
    "leads:pain_confirm": rule(LEAD, "pain"),
    "leads:inquiry_confirm": rule(LEAD, "inquiry"),
    "leads:deal_open": rule(LEAD, "lead"),
    "analytics:cadence": rule(EVERYBODY),
    "analytics:channels": rule(EVERYBODY),
    "analytics:costs": rule(OWNER),
    "analytics:cost_save": rule(OWNER),
    "analytics:cost_currency": rule(OWNER),
    "analytics:cost_forget": rule(OWNER, "cost"),
    "analytics:alerts": rule(EVERYBODY),
    "analytics:alert_mute": rule({"manager"}, "alert", time="day"),
    "analytics:alert_rules": rule(OWNER),
    "analytics:patterns": rule(EVERYBODY),
    "analytics:stalled": rule(EVERYBODY),
    "analytics:segment": rule(EVERYBODY, kind="trade", value="clinic"),
    "analytics:email": rule(EVERYBODY),
    "analytics:forecast": rule(EVERYBODY),
    "analytics:overview": rule(EVERYBODY),
    "analytics:reports": rule(EVERYBODY),
    "analytics:team": rule(EVERYBODY),
    "analytics:hand_minutes": rule(OWNER, draft="6", pause="2", reply="1"),
    "analytics:weekly_mail": rule(MANAGERS),
    "analytics:report_make": rule(EVERYBODY, kind="pipeline"),
    "analytics:report": rule({"rep"}, "report"),
    "analytics:report_remove": rule({"rep"}, "report"),
    "analytics:leads": rule(EVERYBODY),
    "leads:deals": rule(EVERYBODY),
    "leads:deal_new": rule(EVERYBODY),
    "leads:deal": rule(LEAD, "deal"),
    "leads:deal_move": rule(LEAD, "deal", stage="proposal"),
    "leads:deal_reopen": rule(LEAD, "deal"),
    "leads:deal_undo": rule(LEAD, "deal", "deal"),
    "leads:deal_close": rule(LEAD, "deal"),
    "leads:import": rule(EVERYBODY),
    "leads:import_match": rule(LEAD, "batch"),
    "leads:import_check": rule(LEAD, "batch"),
    "leads:import_run": rule(LEAD, "batch"),
    "leads:import_undo": rule(LEAD, "batch"),
    "leads:import_discard": rule(LEAD, "batch"),
    "leads:import_bad_rows": rule(LEAD, "batch"),
    "leads:form": public("slug"),
    "leads:form_thanks": public("slug"),
    "leads:form_settings": rule(OWNER),
    "leads:suppression": rule(MANAGERS),
    "leads:suppression_look_up": rule(MANAGERS),
    "leads:suppression_add": rule(MANAGERS),
    "leads:suppression_import": rule(MANAGERS),
    "leads:suppression_export": rule(MANAGERS),
    "leads:suppression_lift": rule(MANAGERS, "suppression"),
    "coaching:home": rule(EVERYBODY),
    "coaching:rep": rule(LEAD, "rep"),
    "coaching:habits": rule(EVERYBODY, show="1"),
    "coaching:advice_draft": rule({"manager", "owner"}, "rep"),
    "coaching:advice": rule({"manager", "rep"}, "advice"),
    "coaching:advice_write": rule({"manager"}, "advice_draft", do="save", text="So"),
    "coaching:advice_answer": rule({"rep"}, "advice", answer="Yes"),
    "coaching:line": rule(MANAGERS, "line", do="dismiss"),
    "coaching:leaderboard": rule(set()),  # the owner has it off
    "coaching:settings": rule(OWNER, leaderboard="1"),
    "coaching:shared": rule(MANAGERS),
    "coaching:feedback": rule({"rep"}, "feedback"),
    "coaching:mark": rule({"rep"}, "feedback", verdict="helpful"),
    "coaching:share": rule({"rep"}, "feedback", take_back="1"),
    "coaching:playbook": rule(EVERYBODY),
    "coaching:play": rule(EVERYBODY, "play"),
    "coaching:play_new": rule(MANAGERS),
    "coaching:play_edit": rule(MANAGERS, "play"),
    "coaching:hints": rule(LEAD, "lead"),
    "coaching:hint_wrong": rule(LEAD, "lead", right="none"),
    "coaching:use": rule(LEAD, "lead", "play"),
}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"
        else:
            yield from patterns(entry, f"{entry.namespace}:" if entry.namespace else namespace)


NAMES = sorted(set(patterns(get_resolver())))


def test_each_url_has_an_expectation():
    assert [name for name in NAMES if name not in EXPECT] == []


def test_no_expectation_is_left_over():
    assert [name for name in EXPECT if name not in NAMES] == []


@pytest.fixture
def world(rep, mate, manager, owner, stranger, other_manager, workspace, lead, mailbox, sequence):
    from analytics.models import Alert, Cost, Report
    from analytics.services import reports
    from coaching.models import Advice, Feedback, Play
    from leads import thread
    from leads.models import (
        AssignmentRule,
        Deal,
        Decision,
        DuplicatePair,
        Fact,
        ImportBatch,
        Inquiry,
        Lead,
        Pain,
        RemoteLink,
        SavedView,
        Sheet,
        Suppression,
        SyncConflict,
        SyncRun,
    )
    from leads.services import corrections, merging
    from outreach.models import (
        Attachment,
        Booking,
        Call,
        Enrollment,
        InboundMessage,
        Task,
        Template,
        Touch,
    )
    from outreach.services.digest import approve_link
    from salesagent.accounts import backup_rows, connections, invitations
    from salesagent.accounts.models import BackupCopy, Notification
    from salesagent.api.models import Hook, HookDelivery
    from salesagent.lib.models import AiCall, Job

    now = timezone.now()
    twins = [Lead.objects.create(owner=rep, first_name="Ada") for _ in range(4)]
    step = sequence.steps.first()
    enrollment = Enrollment.objects.create(
        lead=lead, sequence=sequence, mailbox=mailbox, enrolled_by=rep, next_step_key=step.key
    )
    touch = Touch.objects.create(
        lead=lead, enrollment=enrollment, step=step, step_key=step.key, channel="email", number=1,
        mailbox=mailbox, to_address=lead.email, subject="Hello", body="Hi Marta", due_at=now,
        variant=step.variants.first(), writer="template", machine_body="Hi Marta",
        message_id="<t1@halden.example>",
    )  # fmt: skip
    copy = BackupCopy.objects.create(connection=backup_rows.own(), state="kept", name="a.backup")
    backup_rows.path(copy).write_bytes(b"age")
    report = Report.objects.create(
        kind="pipeline",
        user=rep,
        first_day=now,
        last_day=now,
        choices={"before": ["2026-10-01", "2026-10-02"]},
        file="1.pdf",
        made_at=now,
    )
    reports.path_of(report).write_bytes(b"%PDF-")
    connections.save("google_drive", account="g", secret={})
    hook = Hook.objects.create(user=owner, name="CRM", url="https://10.0.0.7/", secret="whs_1")
    delivery = HookDelivery.objects.create(hook=hook, event_id=1, kind="deal.won", state="sent")
    invited = invitations.invite(email="new@own.example", role="rep", team=rep.team, by=manager)
    return SimpleNamespace(
        users={
            "rep": rep,
            "mate": mate,
            "manager": manager,
            "owner": owner,
            "stranger": stranger,
            "other_manager": other_manager,
        },  # fmt: skip
        rep=rep.pk,
        play=Play.objects.create(code="own", kind="price", name="Own", answer="Say it so.").pk,
        feedback=Feedback.objects.create(
            rep=rep,
            lead=lead,
            event=thread.record(lead=lead, kind="call.logged", actor=rep.actor),
            about="call",
        ).pk,
        advice=Advice.objects.create(
            author=manager, rep=rep, text="Ask first.", state="sent", sent_at=now
        ).pk,
        advice_draft=Advice.objects.create(author=manager, rep=rep, text="Ask first.").pk,
        line=Decision.objects.create(
            rule="playbook.line", what="x", why="x", state="proposed", evidence={"line": "So?"}
        ).pk,
        crm=connections.save("fake", account="fake-1", secret={"token": "x"}).service,
        sheet=Sheet.objects.create(
            connection=connections.save("google_sheets", account="g", secret={}), file_id="f"
        ).pk,
        salesforce=connections.save("salesforce", account="00D", secret={"client_id": "x"}).service,
        crm_kind="contact",
        sync=SyncRun.objects.create(provider="fake", account="fake-1", state="done").pk,
        conflict=SyncConflict.objects.create(
            link=RemoteLink.objects.create(
                provider="fake", account="fake-1", kind="contact", remote_id="1", lead=lead
            ),
            field="title",
        ).pk,
        esp=connections.save("esp", account="postmark", secret={"hook": "x"}).account,
        backup_copy=copy.pk,
        assignment_rule=AssignmentRule.objects.create(name="All", active=False).pk,
        undone_batch="none",
        hook=hook.pk,
        hook_delivery=delivery.pk,
        report=report.pk,
        alert=Alert.objects.create(
            kind="cooling",
            key="cooling",
            scope=f"team:{manager.team_id}",
            number=2,
            threshold=1,
            text="Two leads",
            first_at=now,
            last_at=now,
        ).pk,
        cost=Cost.objects.create(channel="sms", first_day=now, currency="EUR").pk,
        team=rep.team_id,
        pair=DuplicatePair.objects.create(first=twins[0], second=twins[1], score=90).pk,
        merge=merging.merge(twins[2], twins[3], {}, rep).pk,
        lead=lead.pk,
        mailbox=mailbox.pk,
        sequence=sequence.pk,
        step_key=step.key,
        enrollment=enrollment.pk,
        touch=touch.pk,
        correction=corrections.correct(
            kind="score", lead=lead, subject="x", before="1", after="", user=rep
        ).pk,
        enricher="pdl",
        fact=Fact.objects.create(
            lead=lead, field="city", value="Poznan", source="pdl", observed_at=now
        ).pk,
        decision=Decision.objects.create(rule="x", lead=lead, what="x", why="x").pk,
        proposal=Decision.objects.create(
            rule="channel_change", lead=lead, what="x", why="x", state="proposed"
        ).pk,
        rule_code="slots",
        version=1,
        template=Template.objects.create(
            code="own", name="Own", channel="email", body="Hi", owner=rep
        ).pk,
        wa_template=Template.objects.create(
            code="wa", name="WA", channel="whatsapp", body="Hi", content_sid="HX1"
        ).pk,
        task=Task.objects.create(
            kind="answer", lead=lead, owner=rep, title="Answer", due_at=now
        ).pk,
        letter=Task.objects.create(
            kind="touch",
            channel="post",
            lead=lead,
            owner=rep,
            title="Letter",
            due_at=now,
            touch=Touch.objects.create(lead=lead, channel="post", state="todo", due_at=now),
        ).pk,
        call=Call.objects.create(
            lead=lead, user=rep, rep_number="+4530123456", lead_number=lead.phone
        ).pk,
        booking=Booking.objects.create(lead=lead, provider="hand", remote_id="1", remote_at=now).pk,
        inbound=InboundMessage.objects.create(
            mailbox=mailbox,
            digest="d",
            state="unmatched",
            received_at=now,
            from_address="x@y.example",
        ).pk,
        attachment=Attachment.objects.create(touch=touch, name="a.txt", size=1, path="none").pk,
        job=Job.objects.create(kind="test", title="Test", owner=rep).pk,
        mail_token=approve_link(rep, [touch]).split("/")[-2],
        notice=Notification.objects.create(user=rep, kind="job", key="k", title="Done").pk,
        batch=ImportBatch.objects.create(user=rep, file_name="a.csv", path="none", kind="csv").pk,
        view=SavedView.objects.create(user=rep, name="Mine", query="q=x").pk,
        pain=Pain.objects.create(lead=lead, text="Heat", source="Call", noted_at=now.date()).pk,
        inquiry=Inquiry.objects.create(lead=lead, payload={}, extracted={}).pk,
        deal=Deal.objects.create(lead=lead, title="Contract").pk,
        invitation=invited.invitation.pk,
        api_token=tokens.make(rep, name="CRM", scopes=["leads:read"])[0].pk,
        ai_call=AiCall.objects.create(key="k", purpose="draft", model="m", request="{}").pk,
        token="no-such-token",
        slug=workspace.form_slug,
        reply=thread.record(lead=lead, kind="reply.received", actor="lead", body="Yes").pk,
        suppression=Suppression.objects.create(address_hash="h", reason="manual").pk,
    )


def visit(client: Client, url: str, data: dict[str, str]) -> list[int]:
    """Answers to GET and POST, each undone; 302 to the login page counts as 401."""
    codes = []
    for send in (lambda: client.get(url, data), lambda: client.post(url, data)):
        with transaction.atomic():
            response = send()
            transaction.set_rollback(True)
        location = response.headers.get("Location", "")
        codes.append(401 if location.startswith("/account/login/?next=") else response.status_code)
    return codes


KNOWN = [name for name in NAMES if name in EXPECT]
TOGETHER = 8  # URLs that share one world and its sign-ins; what a visit writes is undone
PARTS = {KNOWN[at]: KNOWN[at : at + TOGETHER] for at in range(0, len(KNOWN), TOGETHER)}


@pytest.fixture
def door(world: SimpleNamespace, as_user: Any) -> Callable[[str], Client]:
    """door(who): a fresh client that is signed in as them; "" is nobody."""
    name = settings.SESSION_COOKIE_NAME
    keys = {who: as_user(user).cookies[name].value for who, user in world.users.items()}

    def enter(who: str) -> Client:
        client = Client()
        if who:
            client.cookies[name] = keys[who]
        return client

    return enter


@pytest.mark.parametrize("names", PARTS.values(), ids=PARTS)
def test_access(names, world, door):
    wrong = [fault for name in names for fault in faults(name, world, door)]
    assert wrong == []


def faults(name, world, door):
    """What an URL answers other than expected: (url, who, answers)."""
    expected = EXPECT[name]
    url = reverse(name, args=[getattr(world, arg) for arg in expected.args])
    anonymous = set(visit(door(""), url, expected.data))
    if 401 in anonymous if expected.public else not {401} <= anonymous <= {401, 405}:
        yield name, "nobody", anonymous
    for who in world.users:
        codes = set(visit(door(who), url, expected.data))
        if who in expected.who:
            good = expected.public or bool(codes - {404, 405})
        else:
            good = {404} <= codes <= {404, 405}
        if codes & {403, 500} or not good:
            yield name, who, codes
