"""What the Today page shows: the ranked list, the open task, and its lead at a glance."""

import uuid
import zlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Max
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from leads.models import Lead, ThreadEvent
from leads.services import zones
from outreach import first_steps, passed_page, selectors_drafts, selectors_work
from outreach.channels.base import Channel
from outreach.forms_compose import EmailForm
from outreach.forms_work import SNOOZES
from outreach.models import Enrollment, Snippet, Step, Task, Template, Touch
from outreach.open_lines import held
from outreach.selectors_work import (
    STALLED,
    Board,
    Line,
    advice,
    due_now,
    filters,
    group_of,
    why_now,
)
from outreach.services import (
    answer_calls,
    answer_facts,
    bridge,
    calls,
    contacts,
    escalation,
    handwork,
    merge,
    policy,
    reach,
    replying,
)
from outreach.services.worklist import SKIP_REASONS
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows
from salesagent.templatetags.ui import ago, chan, due, score

ANSWERABLE = (Task.Kind.ANSWER, Task.Kind.ENQUIRY, Task.Kind.MOMENT, Task.Kind.FOLLOW_UP)
CHIPS = {
    Task.Kind.ENQUIRY: ("New enquiry", "bad"),
    Task.Kind.ANSWER: ("Reply", "info"),
    Task.Kind.UNMATCHED: ("Is this theirs?", "warn"),
    Task.Kind.UNKNOWN: ("Did it arrive?", "warn"),
    Task.Kind.MOMENT: ("Good moment", "brand-c"),
    Task.Kind.FOLLOW_UP: ("Reminder", "brand-c"),
    Task.Kind.ATTENTION: ("Needs a look", "warn"),
    Task.Kind.CONTACT: ("New contact?", "warn"),
}


def shown(request: HttpRequest) -> str:
    value = request.POST.get("show") or request.GET.get("show", "")
    return value if value in filters() else ""


def query(request: HttpRequest) -> str:
    show = shown(request)
    return f"?{urlencode({'show': show})}" if show else ""


def board(request: HttpRequest) -> Board:
    everything = request.GET.get("all") == "1"
    return selectors_work.board(current(request), show=shown(request), everything=everything)


def signature(user: User, now: datetime) -> str:
    """Changes when a line comes, goes or wakes up; one query, and one for managers."""
    facts = due_now(user, now).aggregate(n=Count("pk"), newest=Max("pk"))
    return _signature(facts, passed_page.cards(user))


def _signature(facts: dict[str, Any], passed: list[passed_page.Card]) -> str:
    told = sorted(facts.items()), [card.pk for card in passed]
    return f"{zlib.crc32(repr(told).encode()):x}"


def frame(request: HttpRequest, page: Board) -> dict[str, Any]:
    """The head and the list."""
    user, show, now = current(request), shown(request), timezone.now()
    passed = passed_page.cards(user)
    page.passed = passed_page.count(user, passed)
    chips = [("", "All", page.to_go)]
    chips += [(code, label, page.counts[code]) for code, (label, _q) in filters().items()]
    steps = [] if user.checklist_hidden else first_steps.checklist(user)
    return {
        "page": "today",
        "board": page,
        "passed": passed,
        "groups": [(name, [_cells(line) for line in lines]) for name, lines in page.groups],
        "chips": chips,
        "show": show,
        "query": query(request),
        "today": timezone.localdate(),
        "sig": _signature({"n": page.counts["all"], "newest": page.counts["newest"]}, passed),
        "paused": selectors_work.paused_mailboxes(user),
        "away": passed_page.absence(user, now),
        "steps": steps,
        "steps_done": sum(done for _text, _url, done in steps),
        "kind_chips": CHIPS,
        "upcoming": None if page.lines else selectors_work.next_up(user, now),
        "everything": request.GET.get("all") == "1",
    }


def _cells(line: Line) -> dict[str, Any]:
    """A row of the list as it is printed; a template finds a key of a dict at once."""
    task, lead = line.task, line.task.lead
    chip, tint = CHIPS.get(Task.Kind(task.kind), ("", ""))
    said = task.kind == Task.Kind.ANSWER and task.why
    return {
        "pk": task.pk,
        "chan": chan(task.channel or "web"),
        "name": lead.name if lead else _sender(task),
        "when": _when(line),
        "is_touch": task.kind == Task.Kind.TOUCH,
        "text": said or task.title,
        "chip": line.said or chip,
        "tint": tint,
        "score": score(lead.score) if lead else "",
        "passed": task.escalated_to.get_short_name() if task.escalated_to else "",
    }


def _sender(task: Task) -> str:
    mail = task.inbound
    return (mail.from_name or mail.from_address) if mail else task.title


def _when(line: Line) -> str:
    """How long it waits, or when it is due; an enquiry's clock is for the page's script."""
    task = line.task
    if task.deadline_at and task.kind == Task.Kind.ENQUIRY:
        end = timezone.localtime(task.deadline_at).isoformat()
        mark = '<time data-deadline="{}" datetime="{}">{}</time>'
        return format_html(mark, end, end, ago(task.due_at))
    if task.event:
        return ago(task.event.occurred_at)
    planned = task.kind in (Task.Kind.TOUCH, Task.Kind.FOLLOW_UP)
    return due(task.due_at) if planned and line.group != STALLED else ago(task.due_at)


def pane(request: HttpRequest, task: Task, page: Board) -> dict[str, Any]:
    """The open task, by its kind."""
    user, now = current(request), timezone.now()
    keys = [line.task.pk for line in page.lines]
    place = keys.index(task.pk) + 1 if task.pk in keys else 0
    context: dict[str, Any] = {
        "task": task,
        "lead": task.lead,
        "why": f"{held(task) or why_now(task, now)} {advice(task)}".strip(),
        "held": bool(held(task)),
        "group": group_of(task, now),
        "is_open": task.state == Task.State.OPEN,
        "is_call": calls.is_call(task),
        "hint": handwork.hint(task) if task.state != Task.State.OPEN else "",
        "place": place,
        "board": page,
        "show": shown(request),
        "query": query(request),
        "asking": request.GET.get("ask", ""),
        "skip_reasons": SKIP_REASONS,
        "snoozes": SNOOZES,
        "tomorrow": timezone.localdate() + timedelta(days=1),
        "kind_chips": CHIPS,
    }
    if task.escalated_to_id and task.owner_id == user.pk:
        context["passed_to"] = task.escalated_to
    if passed_page.is_passed_on(user, task):
        context["give_to"] = passed_page.choices(user, task)
        context["no_mailbox"] = not replying.has_mailbox(user)
    if user.is_manager and escalation.taken(user, task):
        context["given_back_to"] = task.lead.owner if task.lead else None
        context["taken"] = True
    if task.lead:
        context |= _beside(task.lead, now)
        context |= _work(task, task.lead, user)
    return context


def _work(task: Task, lead: Lead, user: User) -> dict[str, Any]:
    """What this kind of task is done with: a text to send, a number to call, a form to answer."""
    if handwork.is_ours(task):
        return _by_hand(task, lead, user)
    if task.kind in ANSWERABLE:
        return _answer(task, lead, user)
    if task.kind == Task.Kind.CONTACT and task.event:
        return {"named_by_person": contacts.by_person(task.event)}
    return {}


def _by_hand(task: Task, lead: Lead, user: User) -> dict[str, Any]:
    """The prepared text, what its channel takes, where it is sent, and how it may end."""
    way = reach.channel(task.channel) if task.channel in reach.codes() else None
    link, own = reach.link(lead, task.channel)
    text = task.touch.body if task.touch else ""
    return {
        "by_hand": True,
        "way": way,
        "link": link,
        "link_own": own,
        "link_words": _link_words(way, lead, own),
        "size": len(text),
        "advice": way.advice(text) if way else "",
        "address": reach.address(lead, task.channel),
        "outcomes": handwork.outcomes(task),
        "heard": answer_calls.unsaved(task.event) if task.event and not lead.erased_at else "",
        "attempt": handwork.attempt_of(task),
        **_hours(task, lead),
        **(_bridged(lead, user) if calls.is_call(task) else {}),
    }


def _bridged(lead: Lead, user: User) -> dict[str, Any]:
    """The button that rings my own phone, and the call that it has made."""
    look = bridge.outlook(lead, user)
    call = look.call
    return {
        "bridge": look,
        "bridge_open": bool(call and call.state in bridge.OPEN),
        "bridge_words": bridge.WORDS.get(call.state, "") if call else "",
        "bridge_token": uuid.uuid4(),
        "talked": bridge.minutes(call),
        "known_outcome": bridge.outcome(call),
    }


def _hours(task: Task, lead: Lead) -> dict[str, Any]:
    """When it is late where they are: the next good moment, in their words and ours."""
    at = handwork.good_time(lead, task.channel, timezone.now())
    if at is None:
        return {"good_time": None}
    local, today = at.astimezone(zones.zone_for(lead)), timezone.now()
    same_day = local.date() == today.astimezone(local.tzinfo).date()
    return {"good_time": at, "good_there": f"{local:%H:%M}" if same_day else f"{local:%A %H:%M}"}


def _link_words(way: Channel | None, lead: Lead, own: bool) -> str:
    name = lead.first_name or lead.name
    if not own:
        return f"Search {lead.name} on {way.label}" if way else ""
    return way.open_word.format(name=name) if way and way.open_word else "Open"


def _answer(task: Task, lead: Lead, user: User) -> dict[str, Any]:
    look = replying.outlook(lead, user)
    message = task.event or selectors_work.last_message(lead)
    drafted = selectors_drafts.answer_for(lead) if task.kind == Task.Kind.ANSWER else None
    by_mail = drafted is not None and drafted.channel == "email" and not look.off
    given = {"body": drafted.body, "subject": drafted.subject} if drafted and by_mail else {}
    return {
        "drafted": drafted,
        "drafted_here": by_mail,
        "drafted_hash": policy.text_hash(drafted) if drafted else "",
        "guesses": _guesses(task, drafted),
        "off": look.off,
        "no_mailbox": look.no_mailbox,
        "reply": look.reply,
        "mailbox": look.mailbox,
        "message": message,
        "email_form": EmailForm(threaded=look.reply is not None, initial=given),
        "snippets": [] if look.off else _snippets(lead, user, look),
        "message_touch": _answered_touch(message),
    }


def _guesses(task: Task, drafted: Touch | None) -> list[tuple[str, str]]:
    """What an answer may mean, to be said with a click, where nobody is sure enough."""
    if drafted is not None or task.kind != Task.Kind.ANSWER or task.event is None:
        return []
    said = answer_facts.classes(task.event).first()
    return answer_facts.guesses(task.event, said) if said else []


def _answered_touch(message: ThreadEvent | None) -> int:
    number = message.data.get("number") if message else 0
    return number if isinstance(number, int) else 0


_SNIPPETS = Rows(lambda: Snippet.objects.all()[:20])
_FRAMES = Rows(
    lambda: Template.objects.filter(
        channel="email", purpose__in=["answer", "meeting"], archived_at=None
    )[:10]
)


def _snippets(lead: Lead, user: User, look: replying.Outlook) -> list[tuple[str, str]]:
    """Ready-made pieces to start an answer from, with this lead's fields filled in."""
    pieces = {snippet.code: snippet.text for snippet in _SNIPPETS.all()}
    fields = merge.fields_for(lead, user, look.mailbox)
    texts = [(frame.name, frame.body) for frame in _FRAMES.all()]
    texts += [(code.replace("-", " ").replace("_", " "), text) for code, text in pieces.items()]
    filled = [(name, merge.render(text, fields, pieces)) for name, text in texts]
    return [(name, done.text) for name, done in filled if not done.missing]


_ENROLLMENT = Rows(
    lambda lead: Enrollment.objects.filter(lead=lead).select_related("sequence").order_by("-pk")[:1]
)


def _beside(lead: Lead, now: datetime) -> dict[str, Any]:
    """The facts on the right: score parts, pains, the sequence, the time there."""
    zone = zones.zone_for(lead)
    enrollment = _ENROLLMENT.first(lead.pk)
    return {
        "pains": list(lead.pains.all()[:5]),
        "enrollment": enrollment,
        "marks": _marks(enrollment) if enrollment else [],
        "there": f"{now.astimezone(zone):%H:%M}",  # a template would turn it into our zone
        "there_day": f"{now.astimezone(zone):%A}",
        "there_name": str(zone).rpartition("/")[2].replace("_", " "),
        "there_differs": now.astimezone(zone).utcoffset() != timezone.localtime(now).utcoffset(),
    }


def _marks(enrollment: Enrollment) -> list[dict[str, Any]]:
    """Each touch of the sequence: its channel, and whether it is behind us."""
    past = (Touch.State.SENT, Touch.State.DONE, Touch.State.SKIPPED)
    made = dict(enrollment.touches.filter(state__in=past).values_list("step_key", "state"))
    steps = Step.objects.filter(sequence=enrollment.sequence_id, until_version=None)
    return [
        {"channel": channel, "done": key in made}
        for key, channel in steps.order_by("position").values_list("key", "channel")
    ]


def following(request: HttpRequest, task: Task) -> Task | None:
    """The task to show once this one is closed: the one below, else the first that is left."""
    lines = selectors_work.board(current(request), show=shown(request)).lines
    keys = [line.task.pk for line in lines]
    place = keys.index(task.pk) if task.pk in keys else -1
    rest = [line.task for line in lines[place + 1 :] + lines[: max(place, 0)]]
    return rest[0] if rest else None
