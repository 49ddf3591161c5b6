"""The rules that wait for silence: another channel after mails without a sign, a line after weeks.

Run by the hour, in few queries, some at a time; what was said once is not said again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from leads.models import Decision, Lead
from leads.services import decisions, suppression
from outreach.models import Enrollment, Sequence, Step, Task, Touch
from outreach.services import cadence, cadence_acts, cadence_rules, reach, texting, worklist
from salesagent.lib.text import plural

BATCH = 200
CLOSED = ("won", "lost")
AGAIN = timedelta(days=90)  # a quiet person comes up at most once in so long


def watch(now: datetime) -> int:
    """Returns how many rules fired."""
    found = cadence_rules.settings_of("channel_change", "silent_21")
    fired = 0
    if found["channel_change"].on:
        fired += sum(
            _propose(row) for row in unanswered_mails(found["channel_change"].params["mails"])
        )
    if found["silent_21"].on:
        fired += sum(_remind(lead, now) for lead in silent(now, found["silent_21"].params["days"]))
    return fired


# --- another channel -----------------------------------------------------------------------------


def unanswered_mails(least: int) -> list[Enrollment]:
    """Enrolments whose next touch is a mail after so many without a sign, not asked about yet."""
    told = Cast(KeyTextTransform("enrollment", "evidence"), TextField())  # both as text, for
    asked = Decision.objects.alias(told=told).filter(  # PostgreSQL compares no JSON with numbers
        rule__in=cadence.CHANNEL_RULES,
        lead=OuterRef("lead"),
        told=Cast(OuterRef("pk"), TextField()),
    )
    mail_next = Step.objects.filter(
        sequence=OuterRef("sequence"), key=OuterRef("next_step_key"), until_version=None
    ).filter(channel="email")
    made = Touch.objects.filter(enrollment=OuterRef("pk"), step_key=OuterRef("next_step_key"))
    since = Q(lead__last_sign_at=None) | Q(touches__sent_at__gt=F("lead__last_sign_at"))
    mails = Q(touches__channel="email", touches__state=Touch.State.SENT) & since
    rows = (
        Enrollment.objects.filter(
            Exists(mail_next),
            ~Exists(made),
            ~Exists(asked),
            state=Enrollment.State.ACTIVE,
            sequence__adaptive=True,
            sequence__state=Sequence.State.RUNNING,
        )
        .annotate(mails=Count("touches", filter=mails, distinct=True))
        .filter(mails__gte=least)
    )
    return list(rows.select_related("lead", "sequence").order_by("next_due_at", "pk")[:BATCH])


def _propose(row: Enrollment) -> bool:
    channel = other_channel(row)
    if not channel:
        return False
    mails = plural(int(getattr(row, "mails", 0)), "mail")
    why = f"{mails} without a sign. {reach.label(channel)} is allowed and reaches them."
    return cadence_acts.propose_channel("channel_change", row, channel, why, None)


def other_channel(row: Enrollment) -> str:
    """The next step's fallback, else a text they agreed to, else a call; "" when none is left."""
    key = row.next_step_key
    if key is None:
        return ""
    steps = Step.objects.filter(sequence=row.sequence_id, key=key, until_version=None)
    fallback = steps.values_list("fallback_channel", flat=True).first() or ""
    off = suppression.channels_off([row.lead]).get(row.lead_id, set())
    if suppression.ALL in off:
        return ""
    wanted = dict.fromkeys([fallback, "sms", "whatsapp", "phone", "linkedin"])
    known = [code for code in wanted if code and code != "email" and code not in off]
    return next((code for code in known if _can(row.lead, code)), "")


def _can(lead: Lead, code: str) -> bool:
    return code in reach.codes() and texting.reaches(lead, code)


# --- weeks of silence ----------------------------------------------------------------------------


def silent(now: datetime, days: int) -> QuerySet[Lead]:
    """People we wrote to last so long ago, without a sign since, with nothing planned."""
    mine = {"lead": OuterRef("pk")}
    running = Enrollment.objects.filter(**mine, state__in=["active", "paused"])
    waiting = Task.objects.filter(**mine, state=Task.State.OPEN)
    said = Decision.objects.filter(**mine, rule="silent_21", at__gt=now - AGAIN)
    reached = Q(touches__state__in=[Touch.State.SENT, Touch.State.DONE])
    # who was reached long ago is found first: the index over sent touches, not all leads
    recent = Touch.objects.filter(**mine, sent_at__gt=now - timedelta(days=days))
    old = Touch.objects.filter(
        sent_at__lte=now - timedelta(days=days), sent_at__gt=now - timedelta(days=days) - AGAIN
    )
    leads = (
        Lead.objects.filter(
            ~Exists(recent), ~Exists(running), ~Exists(waiting), ~Exists(said),
            pk__in=old.values("lead_id"), owner__is_active=True, archived_at=None, erased_at=None,
        )
        .exclude(stage__in=CLOSED)
        .exclude(lawful_basis="")
        .annotate(last_touch=Max("touches__sent_at", filter=reached))
        .filter(Q(last_sign_at=None) | Q(last_sign_at__lt=F("last_touch")))
    )  # fmt: skip
    return leads.select_related("owner").defer("search_text").order_by("-score", "pk")[:BATCH]


@transaction.atomic
def _remind(lead: Lead, now: datetime) -> bool:
    if _blocked([lead]):
        return False
    last = getattr(lead, "last_touch", now)
    days = (now - last).days
    name = lead.first_name or lead.name
    why = f"No sign for {plural(days, 'day')} after our last message."
    key = f"silent_21:{lead.pk}:{last:%Y%m%d}"
    task = worklist.add(
        Task.Kind.MOMENT,
        owner=lead.owner,
        lead=lead,
        channel="email",
        title=f"Say goodbye to {name}, or once a month from here",
        why=why,
        due_at=now,
        dedupe_key=f"rule:{key}",
    )
    logged = task and decisions.log(
        rule="silent_21",
        lead=lead,
        what="A line in Today: a short goodbye, or once a month",
        why=why,
        evidence={"days": days, "last_touch": last.isoformat()},
        undo={"call": "cadence.task", "task": task.pk},
        dedupe_key=key,
    )
    return bool(logged)


def _blocked(leads: Iterable[Lead]) -> bool:
    return any(suppression.ALL in off for off in suppression.channels_off(list(leads)).values())
