"""The whole machine on one screen: which adapters exist, and who reacts to which event.

Everything here is a dotted path, imported on first use, so a process pays only for what it runs.
`manage.py check` verifies that every path resolves and every event kind is known.
"""

# channel -> class: how a touch of that channel reaches a person (outreach.channels.base)
CHANNELS = {
    "email": "outreach.channels.email.Email",
    "phone": "outreach.channels.phone.Phone",
    "linkedin": "outreach.channels.linkedin.LinkedIn",
    "post": "outreach.channels.post.Post",
    "sms": "outreach.channels.sms.Sms",
    "whatsapp": "outreach.channels.whatsapp.WhatsApp",
    "fake": "outreach.channels.fake.Fake",
}

# Mailbox.transport -> class: how mail leaves and comes in (outreach.channels.base.MailTransport)
TRANSPORTS = {
    "smtp": "outreach.channels.smtp.SmtpTransport",
    "gmail": "outreach.channels.gmail.GmailTransport",
    "esp": "outreach.channels.esp.EspTransport",
    "file": "outreach.channels.maildir.FileTransport",
}

# file kind -> reader of an import (leads.intake.base)
SOURCES = {
    "csv": "leads.intake.csv.CsvSource",
    "xlsx": "leads.intake.xlsx.XlsxSource",
    "sheet": "leads.intake.sheet_file.SheetFile",
}

# service -> class: another system that leads are kept equal with (leads.crm.base)
CRMS = {
    "hubspot": "leads.crm.hubspot.HubSpot",
    "salesforce": "leads.crm.salesforce.Salesforce",
    "fake": "leads.crm.fake.FakeCrm",
}

# service -> who gives and renews its tokens (accounts.oauth.Provider); others sign in with Google
OAUTH = {
    "google": "salesagent.accounts.oauth_google.PROVIDER",
    "hubspot": "leads.services.hubspot_oauth.PROVIDER",
}

# provider -> class: who knows something about people and companies (leads.enrichment.base)
ENRICHERS = {
    "offline": "leads.enrichment.offline.Offline",
    "pdl": "leads.enrichment.pdl.PeopleDataLabs",
    "clearbit": "leads.enrichment.clearbit.Clearbit",
    "fake": "leads.enrichment.fake.FakeEnricher",
}

WRITERS = {"template": "salesagent.ai.offline.TemplateWriter"}

CLASSIFIERS = {
    "local": "salesagent.ai.understand.LocalClassifier",
    "rules": "salesagent.ai.rules.RuleClassifier",
}

# event kind -> tasks that run afterwards, each with the event's id
REACTIONS = {
    "lead.created": [
        "leads.tasks.score_lead",
        "leads.enrich_tasks.enrich_lead",
        "leads.duplicate_tasks.look_at",
    ],
    "lead.inquired": [
        "leads.tasks.score_lead",
        "leads.duplicate_tasks.look_at",
        "outreach.tasks.confirm_inquiry",
        "leads.enrich_tasks.enrich_lead",
    ],
    "lead.changed": ["leads.enrich_tasks.enrich_lead"],
    "lead.suppressed": [
        "outreach.tasks.stop_for_suppression",
        "outreach.tasks.drop_answers",
        "leads.crm_tasks.tell_opt_out",
    ],
    "lead.merged": ["outreach.tasks.stop_for_archive", "outreach.tasks.drop_answers"],
    "lead.archived": ["outreach.tasks.stop_for_archive", "outreach.tasks.drop_answers"],
    "task.done": ["outreach.tasks.drop_answers"],
    "lead.stage_changed": ["outreach.tasks.stop_for_stage", "coaching.tasks.after_step"],
    "reply.received": ["outreach.tasks.classify_reply"],
    "autoreply.received": ["outreach.tasks.classify_reply"],
    "reply.classified": [
        "outreach.tasks.apply_disposition",
        "outreach.work_tasks.watch_answer",
        "outreach.tasks.draft_answer",
        "leads.tasks.score_lead",
        "leads.tasks.refresh_profile",
        "outreach.cadence_tasks.follow_signals",
        "coaching.tasks.after_reply",
    ],
    "link.clicked": ["leads.tasks.refresh_profile", "outreach.cadence_tasks.follow_signals"],
    "enrollment.finished": ["coaching.tasks.after_sequence"],
    "deal.won": ["coaching.tasks.after_step"],
    "deal.lost": ["coaching.tasks.after_step"],
    "call.logged": [
        "leads.tasks.score_lead",
        "leads.tasks.refresh_profile",
        "coaching.tasks.after_call",
    ],
    "meeting.booked": ["leads.tasks.score_lead", "leads.tasks.refresh_profile"],
    "meeting.moved": ["leads.tasks.refresh_profile"],
    "meeting.cancelled": ["leads.tasks.refresh_profile"],
    "contact.proposed": ["leads.tasks.refresh_profile"],
    "enrollment.paused": ["leads.tasks.refresh_profile"],
    "enrollment.stopped": ["leads.tasks.refresh_profile"],
    "deal.opened": ["leads.tasks.refresh_profile"],
}

# name, task, every n minutes. The minute tick plans, drafts, sends and polls.
SCHEDULES = [
    ("tick", "outreach.tasks.tick", 1),
    ("poll", "outreach.tasks.poll_mailboxes", 1),
    ("live-rules", "outreach.tasks.enroll_by_rules", 10),
    ("model-drafts", "outreach.tasks.write_drafts", 1),
    ("worklist", "outreach.tasks.refresh_worklist", 10),
    ("deadlines", "outreach.work_tasks.pass_on", 1),
    ("daily-mail", "outreach.work_tasks.send_digests", 5),
    ("balance", "outreach.work_tasks.watch_balance", 60),
    ("notices", "salesagent.accounts.tasks.look_around", 5),
    ("rescore", "leads.tasks.rescore_stale", 60),
    ("learn-score", "leads.tasks.learn_score", 1440),
    ("profiles", "leads.tasks.refresh_profiles", 60),
    ("imports", "leads.import_tasks.look_after_imports", 1),
    ("sheets", "leads.sheet_tasks.look_after_sheets", 1),
    ("syncs", "leads.crm_tasks.look_after_syncs", 1),
    ("old-syncs", "leads.crm_tasks.forget_old_syncs", 1440),
    ("backups", "salesagent.accounts.tasks.look_after_backups", 5),
    ("company-data", "leads.enrich_tasks.sweep", 5),
    ("duplicates", "leads.duplicate_tasks.find", 1440),
    ("housekeeping", "leads.tasks.housekeeping", 60),
    ("ledger", "outreach.tasks.check_ledger", 60),  # once a day all, each hour Spam
    ("domains", "outreach.tasks.check_domains", 60),
    ("guards", "outreach.tasks.check_guards", 60),
    ("clicks", "outreach.tasks.settle_clicks", 1),
    ("heads", "outreach.tasks.learn_from_corrections", 1440),
    ("coaching", "coaching.tasks.look_back", 2),
    ("plays", "coaching.tasks.settle", 1440),
    ("talks", "coaching.tasks.count_talks", 10),
    ("text-tests", "outreach.tasks.look_at_tests", 60),
    ("silence", "outreach.cadence_tasks.watch_silence", 60),
    ("slots", "outreach.cadence_tasks.learn_slots", 1440),
    ("stats", "analytics.tasks.count", 5),
    ("all-stats", "analytics.tasks.count_everybody", 1440),
    ("forecasts", "analytics.forecast_tasks.keep", 1440),
    ("alerts", "analytics.alert_tasks.watch", 15),
    ("patterns", "analytics.alert_tasks.look", 1440),
    ("weekly-report", "analytics.report_tasks.weekly", 15),
    ("old-reports", "analytics.report_tasks.forget", 1440),
    ("api-calls", "salesagent.api.tasks.forget_calls", 60),
    ("webhooks", "salesagent.api.hook_tasks.deliver", 1),
    ("old-webhooks", "salesagent.api.hook_tasks.forget_old", 1440),
]

# what `manage.py run` does more often than each minute: (task, seconds). Hosts with stock qcluster
# have the minute schedules above.
TICKS = [("outreach.tasks.tick", 5.0), ("outreach.tasks.poll_mailboxes", 20.0)]

# what the lead page shows beside the thread: callables (lead, user) -> (template, context)
LEAD_PANELS = [
    "outreach.panels.next_step",
    "outreach.panels_booking.meeting",
    "leads.panels.score",
    "leads.panels.profile",
    "outreach.panels.sequence",
    "outreach.panels.why_not",
    "leads.panels.inquiry",
    "leads.panels.pains",
    "leads.panels.deals",
    "leads.panels.contact",
    "leads.panels_facts.known",
    "leads.panels_crm.systems",
    "leads.panels.privacy",
]

# what may be wrong with a lead: filters of the list (leads.selectors.look_filter.Look)
LEAD_LOOKS = ["leads.services.looks.LOOKS", "outreach.looks.LOOKS"]

# what outreach adds to a profile: (facts, signals) -> next step and best slot of each lead
LEAD_NEXT_STEP = "outreach.services.next_step.complete"
LEAD_STEPS = "outreach.services.step_rules.STEPS"
LEAD_SLOT_WORDS = "outreach.services.slots.words"

# what outreach adds to the thread: facts of sent touches, what waits below it, the composer
LEAD_THREAD_FACTS = "outreach.panels.thread_facts"
LEAD_WAITING = "outreach.panels.waiting"
# Below the form of one's profile: user -> (template, context)
PROFILE_CARDS = ["outreach.panels_booking.own_link"]
# Below the form of a new password, in the same shape
PASSWORD_CARDS = ["salesagent.api.tokens.beside_password"]
LEAD_COMPOSER = "outreach.panels.composer"

# coaching, for outreach and pages: plays for an objection, and hints while somebody writes
PLAYBOOK = "coaching.services.plays.for_objection"
COACH = "coaching.panels.hints"

# who takes over the work of somebody whose account is closed: callables (leaver, heir) -> count
HANDOVERS = [
    "leads.services.handover.hand_over",
    "outreach.services.handover.hand_over",
    "salesagent.api.tokens.hand_over",
]

# somebody has another role or team: callables (user, id of the former team or None)
MEMBERS_CHANGED = [
    "outreach.services.holders.member_changed",
    "coaching.services.sharing.member_changed",
]

# whose names may stand in notices: callable (user, lead ids) -> those that the user sees
NOTICE_LEADS = "leads.access.seen_ids"

# what everybody has to do this week, for assignment and the people page: (people, now) -> loads
ASSIGN_LOADS = "outreach.services.workload.loads"

# leads got another owner: callables (lead -> former owner, new owner or None)
LEADS_ASSIGNED = ["outreach.services.handover.tasks_follow"]

# a lead of an undone import comes in again, for somebody else: callables (lead id) that forget what
# was planned for it
LEADS_ANEW = ["outreach.services.anew.forget"]

# Settings, Connections: callables (user) -> cards; and what "Check all" runs, with the user's id
CONNECTIONS = [
    "outreach.connections.cards",
    "outreach.connections_scheduling.cards",
    "outreach.connections_ai.cards",
    "leads.connections.cards",
    "leads.connections_sheets.cards",
    "leads.connections_data.cards",
    "salesagent.accounts.backup_page.cards",
    "salesagent.api.hooks.page.cards",
]
CONNECTION_CHECKS = [
    "outreach.tasks.check_connections",
    "leads.crm_tasks.check_connections",
    "leads.sheet_tasks.check_connections",
    "leads.enrich_tasks.check_connections",
    "salesagent.accounts.tasks.check_drive",
]

# what the daily mail says of numbers: callables (user, now) -> blocks of accounts.system_mail
DIGEST = ["analytics.digest.yesterday"]

# what people learn by a notice though nobody tells it at once: callables (now) -> how many are new
WATCHES = [
    "salesagent.accounts.notice_watch.connections",
    "salesagent.accounts.notice_watch.long_work",
    "leads.services.crm_watch.decisions",
]

# where the product may open: code -> (label, url name, roles that may choose it; none: everybody)
START_PAGES = {
    "today": ("Today", "outreach:today", ()),
    "leads": ("Leads", "leads:list", ()),
    "coaching": ("Coaching", "coaching:home", ("manager", "owner")),
    "analytics": ("Analytics", "analytics:overview", ("manager", "owner")),
}

# pages that notices lead to: url name -> callable (user, pk) that raises Http404 for a stranger
NOTICE_LINKS = {
    "leads:detail": "leads.access.lead_for",
    "outreach:today_task": "outreach.access_work.task_for",
    "outreach:approval": "outreach.access_work.touch_for",
}

# numbers in the navigation: callables (user) -> {name: count}
NAV_COUNTS = ["outreach.panels_nav.nav_counts", "leads.selectors.nav_counts"]

# modules that say how the system's own decisions are taken back (leads.services.decisions.undoes)
UNDOS = [
    "leads.services.assignment",
    "outreach.services.balancing",
    "leads.services.score_models",
    "outreach.services.undoing",
    "outreach.services.cadence_undo",
    "outreach.services.experiments",
]

# after a restore: modules that hold what leaves by itself (`hold`, `release`; lib.hold), and who
# erases again those who were erased since the backup was made (lib.erasures)
HOLDS = ["outreach.services.restored", "leads.services.restored", "salesagent.api.hooks.restored"]
ERASE_AGAIN = ["leads.services.erased_again.erase"]

# what was decided since the backup was made and holds after a restore too (lib.since)
CARRIED = [
    "leads.services.stopped_again",
    "salesagent.accounts.restored",
    "salesagent.api.restored",
]
