"""What outreach shows on pages of lower layers: parts of a lead page."""

import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from leads import family
from leads.access import seen_by
from leads.models import Lead, Profile
from leads.services.suppression import is_suppressed
from leads.thread_rows import ThreadFacts, TouchFacts, fold_text
from outreach import composer_page, forms_compose
from outreach.models import Attachment, Enrollment, Step, Task, Touch
from outreach.open_lines import HELD
from outreach.services import bridge, cadence, escalation, policy, replying, texting
from outreach.services.step_rules import STEPS
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows
from salesagent.lib.text import one_line, plural
from salesagent.templatetags.ui import channel_label

Panel = tuple[str, dict[str, Any]]
WAITING = (
    Touch.State.DRAFT,
    Touch.State.APPROVED,
    Touch.State.SENDING,
    Touch.State.UNKNOWN,
    Touch.State.TODO,
)


# --- the thread ----------------------------------------------------------------------------------


_FACT_FIELDS = (
    "number", "kind", "state", "body", "machine_body", "approved_hash", "delivery", "channel",
    "variant__label", "mailbox__from_name",
    "approved_by__name", "approved_by__email", "author__name", "author__email",
)  # fmt: skip


def thread_facts(lead: Lead, touch_ids: set[int]) -> ThreadFacts:
    """Number, sender, approval and files of the touches in a thread; what can be resumed."""
    paused = Enrollment.objects.filter(lead=lead, state=Enrollment.State.PAUSED)
    resume = {
        pk: reverse("outreach:enrollment_resume", args=[pk])
        for pk in paused.values_list("pk", flat=True)
    }
    if not touch_ids:
        return ThreadFacts({}, resume)
    touches = (
        Touch.objects.filter(pk__in=touch_ids, lead__in=family.ids(lead))
        .select_related("variant", "mailbox", "approved_by", "author")
        .only(*_FACT_FIELDS)
        .prefetch_related(Prefetch("attachments", Attachment.objects.only("touch", "name")))
    )
    return ThreadFacts({touch.pk: _facts(touch) for touch in touches}, resume)


def _facts(touch: Touch) -> TouchFacts:
    files = tuple(
        (one_line(a.name, 80), reverse("outreach:attachment", args=[a.pk]))
        for a in touch.attachments.all()
    )
    return TouchFacts(
        touch_name(touch),
        _sender(touch),
        _approval(touch),
        files,
        touch.state in WAITING,
        DELIVERY.get(touch.delivery, ("", "")),
    )


# what the service said last of a text: words and tint; what it only took in is not told
DELIVERY = {
    "delivered": ("Delivered", "ok"),
    "read": ("Read", "ok"),
    "undelivered": ("Not delivered", "bad"),
    "failed": ("Not delivered", "bad"),
}


def touch_name(touch: Touch) -> str:
    """ "Touch 2, variant B"; "" for a message outside of a sequence."""
    if not touch.number:
        return "Confirmation" if touch.kind == Touch.Kind.CONFIRMATION else ""
    variant = touch.variant.label if touch.variant else ""
    return f"Touch {touch.number}{f', variant {variant}' if variant else ''}"


def _sender(touch: Touch) -> str:
    if touch.author:
        return touch.author.get_short_name()
    if touch.mailbox:
        return one_line(touch.mailbox.from_name, 60).split(" ")[0]
    return touch.approved_by.get_short_name() if touch.approved_by else ""


def _approval(touch: Touch) -> str:
    if touch.author and touch.author_id == touch.approved_by_id:
        return f"Written by {touch.author.get_short_name()}"
    if touch.approved_by is None:
        return "Approved template" if touch.approved_hash else ""
    words = changed_words(touch.machine_body, touch.body) if touch.machine_body else 0
    edited = f", edited {plural(words, 'word')}" if words else ""
    return f"Approved by {touch.approved_by.get_short_name()}{edited}"


def changed_words(before: str, after: str) -> int:
    """How many words a person changed, added or took out; at least 1 when the texts differ."""
    if before == after:
        return 0
    old, new = Counter(before.split()), Counter(after.split())
    return max(1, (old - new).total(), (new - old).total())


_WAITING_FIELDS = (
    "channel", "kind", "number", "state", "subject", "body", "writer", "author_id", "due_at",
    "not_before", "held_text", "variant__label", "enrollment__state",
    "approved_by__name", "approved_by__email",
)  # fmt: skip


_WAITING = Rows(
    lambda lead: (
        Touch.objects.filter(lead=lead, state__in=WAITING)
        .select_related("variant", "approved_by", "enrollment")
        .only(*_WAITING_FIELDS)
        .order_by("due_at", "pk")[:20]
    )
)


def waiting(lead: Lead, user: User) -> Panel:
    """Touches that have not gone out yet, below the thread."""
    touches = _WAITING.all(lead.pk)
    prefetch_related_objects(touches, "attachments")
    answers = any(t.kind == Touch.Kind.REPLY and t.state == Touch.State.DRAFT for t in touches)
    theirs = escalation.colleague(lead, user) if answers else None
    rows = [_waits(touch) for touch in touches]
    return "outreach/panels/waiting.html", {"touches": rows, "theirs": theirs}


def _waits(touch: Touch) -> dict[str, Any]:
    head, whole = fold_text(touch.body)
    own = touch.author_id is not None and touch.writer in ("", "user")
    mail = touch.channel == "email"
    return {
        "touch": touch,
        "name": touch_name(touch) or ("Message" if mail else channel_label(touch.channel)),
        "head": head,
        "whole": whole,
        "own": own,
        "when": max(touch.due_at, touch.not_before or touch.due_at),
        "violet": touch.state == Touch.State.DRAFT and not own,
        "held": touch.enrollment is not None and touch.enrollment.state == Enrollment.State.PAUSED,
    }


# --- boxes beside the thread ---------------------------------------------------------------------


_PROFILE = Rows(lambda lead: Profile.objects.filter(lead=lead).only("lead", "next_step"))
_NEXT_TASK = Rows(
    lambda lead: Task.objects.filter(~HELD, lead=lead, state="open").order_by("due_at", "pk")[:1]
)
_ENROLLMENT = Rows(
    lambda lead: (
        Enrollment.objects.filter(lead=lead)
        .select_related("sequence")
        .annotate(is_open=Q(state__in=["active", "paused"]))
        .order_by("-is_open", "-pk")[:1]
    )
)
_MADE = Rows(
    lambda enrollment: Touch.objects.filter(enrollment=enrollment).only(
        "step_key", "number", "channel", "state", "due_at", "sent_at", "updated_at"
    )
)
_CURRENT = Rows(
    lambda sequence: (
        Step.objects.filter(sequence=sequence, until_version=None)
        .only("key", "channel", "position")
        .order_by("position", "id")
    )
)


def next_step(lead: Lead, user: User) -> Panel:
    """What a person should do first, else what happens by itself; and what the thread advises."""
    task, row = _NEXT_TASK.first(lead.pk), _PROFILE.first(lead.pk)
    step = dict(row.next_step) if row else {}
    asking: tuple[Task.Kind, ...] = (Task.Kind.ANSWER, Task.Kind.ENQUIRY)
    if step.get("code") == "ask_colleague":  # whoever is named can be added there
        named = Task.objects.filter(lead=lead, kind=Task.Kind.CONTACT, state=Task.State.OPEN)
        task, asking = named.first() or task, (*asking, Task.Kind.CONTACT)
    waits = task is not None and task.kind in asking
    theirs = escalation.colleague(lead, user) if waits else None
    if theirs:
        step, task, waits = {}, None, False  # it is not for the reader to do
    if step.get("family") == "answer" and not waits:
        step = {}  # it was done since the profile was counted
    return "outreach/panels/next_step.html", {
        "lead": lead,
        "theirs": theirs,
        "task": task,
        "step": step,
        "merged": waits and step.get("family") == "answer",  # one line for the task and the step
        "others": [(code, words) for code, words in STEPS.items() if code != step.get("code")],
    }


def sequence(lead: Lead, user: User) -> Panel:
    """The open enrolment, else the last one, with each touch and how it went."""
    enrollment = _ENROLLMENT.first(lead.pk)
    context: dict[str, Any] = {"lead": lead, "enrollment": enrollment, "steps": []}
    if enrollment is not None:
        steps = _steps(enrollment)
        context["steps"] = steps
        context["done"] = sum(step["done"] for step in steps)
        context["open"] = enrollment.state in ("active", "paused")
        context["reason"] = enrollment.why
    context["colleagues"] = _colleagues(lead, user)
    return "outreach/panels/sequence.html", context


def _colleagues(lead: Lead, user: User) -> int:
    """How many others at the lead's company are in a sequence, of those that the user sees."""
    if lead.company_id is None:
        return 0
    rows = Enrollment.objects.filter(lead__company=lead.company_id, state__in=["active", "paused"])
    return seen_by(rows.exclude(lead=lead), user).count()


def _steps(enrollment: Enrollment) -> list[dict[str, Any]]:
    made = {touch.step_key: touch for touch in _MADE.all(enrollment.pk)}
    rows, seen, instead = [], set(), _instead(enrollment)
    for step in _CURRENT.all(enrollment.sequence_id):
        seen.add(step.key)
        row = _step(enrollment, step.channel, made.get(step.key), step)
        if instead and step.channel == "email" and step.key not in made:
            row["channel"] = f"{channel_label(instead)}, in place of the mail"
        rows.append(row)
    gone = [t for key, t in made.items() if key not in seen]
    past = [_step(enrollment, t.channel, t, None) for t in sorted(gone, key=lambda t: t.number)]
    return [{**row, "place": place} for place, row in enumerate(past + rows, start=1)]


def _instead(enrollment: Enrollment) -> str:
    """What comes in place of the mails still to be drafted, as drafting will choose it."""
    if enrollment.state not in (Enrollment.State.ACTIVE, Enrollment.State.PAUSED):
        return ""
    channel, lead = cadence.channel_instead(enrollment), enrollment.lead
    reached = channel and texting.reaches(lead, channel) and not is_suppressed(lead, channel)
    return channel if reached else ""


DONE = {
    Touch.State.SENT: "Sent",
    Touch.State.DONE: "Done",
    Touch.State.SKIPPED: "Skipped",
    Touch.State.FAILED: "Failed",
}
OPEN = {
    Touch.State.DRAFT: "To approve",
    Touch.State.APPROVED: "Approved",
    Touch.State.SENDING: "Being sent",
    Touch.State.UNKNOWN: "Not known",
    Touch.State.TODO: "To do",
    Touch.State.CANCELLED: "Cancelled",
}


def _step(
    enrollment: Enrollment, channel: str, touch: Touch | None, step: Step | None
) -> dict[str, Any]:
    row = {"channel": channel_label(channel), "done": False, "at": None, "word": ""}
    if touch is not None and touch.state in DONE:
        word = DONE[Touch.State(touch.state)]
        return {**row, "done": True, "at": touch.sent_at or touch.updated_at, "word": word}
    if enrollment.state == Enrollment.State.PAUSED:
        row["word"] = "Held"
    elif enrollment.state != Enrollment.State.ACTIVE:
        row["word"] = "Not sent"
    elif touch is not None:
        row["word"] = OPEN.get(Touch.State(touch.state), "")
    if touch is not None:
        row["at"] = touch.due_at
    elif step is not None and step.key == enrollment.next_step_key:
        row["at"] = enrollment.next_due_at
    return row


def why_not(lead: Lead, user: User) -> Panel:
    """Why nothing goes out now, in the words of the policy that decides it."""
    lines = policy.why_not(lead, timezone.now())
    return "outreach/panels/why_not.html", {"lines": lines}


# --- the composer --------------------------------------------------------------------------------


def composer(lead: Lead, user: User, replaced: Mapping[str, Any] | None = None) -> Panel:
    """Write a mail or a text, log a call, keep a note. Ways that are closed say why.

    `replaced`: values of a page that comes back, such as a form with its errors.
    """
    look, given = replying.outlook(lead, user), dict(replaced or {})
    phone = bridge.outlook(lead, user)
    texts = composer_page.tabs(lead, user, given.get("text_forms", {}))
    context = {
        "lead": lead,
        "theirs": escalation.colleague(lead, user),
        "tabs": texts,
        "off": look.off,
        "off_link": composer_page.mail_way_out(lead, look) if look.off else ("", ""),
        "mailbox": look.mailbox,
        "reply": look.reply,
        "accept": forms_compose.ACCEPT,
        "email_form": forms_compose.EmailForm(threaded=look.reply is not None),
        "call_form": forms_compose.CallForm(initial=composer_page.known_of(phone.call)),
        "bridge": phone,
        "bridge_open": bool(phone.call and phone.call.state in bridge.OPEN),
        "bridge_words": bridge.WORDS.get(phone.call.state, "") if phone.call else "",
        "bridge_token": uuid.uuid4(),
        "talked": bridge.minutes(phone.call),
        "checks": [],
        "later_open": False,
        "tab": composer_page.first_tab(lead, look.off, texts),
        "names": ("email", *(one.code for one in texts), "call", "note"),
    }
    return "outreach/panels/composer.html", context | given
