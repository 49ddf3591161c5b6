"""A mailbox that does harm stops by itself: bounces, complaints, rejections as policy.

Rates are those of the messages sent in the last seven days, or since a person switched the mailbox
on again. Limits: Gmail and Yahoo ask for less than 0.1 % complaints and never 0.3 %; Amazon SES
reviews at 5 % bounces and advises less than 2 % (facts: reliability, section 1). Seven days, since
a mailbox sends some hundred messages a week and hosts look at days, not months.

Small numbers: a share is only meant from 20 messages on, and one bounce is no storm, so two are
needed; of fewer than 20 messages three are. Two complaints stop a mailbox that has sent fewer than
1,000, one only warns: 0.3 % of 300 messages would be a single click.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from leads.models import ThreadEvent
from outreach.models import Mailbox, Task, Touch
from outreach.services import autonomy, worklist
from salesagent.lib.sql import Cells

WINDOW = timedelta(days=7)
LEAST_SENT = 20
FEW_SENT = 1000  # below, complaints are counted by number
BOUNCES_STOP, BOUNCES_WARN = 0.05, 0.02
COMPLAINTS_STOP, COMPLAINTS_WARN = 0.003, 0.001
LEAST_BOUNCES, STORM = 2, 3
LEAST_COMPLAINTS = 2
REPORTS_READ = 5000
POLICY_ROW = 3  # reports in a row that say the refusal is about us

State = Literal["good", "warn", "bad", "few"]


@dataclass(frozen=True, slots=True)
class Health:
    """How the mail of a mailbox is taken. Rates are shares (0.05 is 5 %) of `sent`; `few`: less
    than LEAST_SENT messages and nothing wrong. `text` says it in plain words with the numbers."""

    sent: int
    bounces: int
    complaints: int
    bounce_rate: float
    complaint_rate: float
    state: State
    text: str


def health(mailbox: Mailbox, now: datetime) -> Health:
    """Two queries and one for the touches that came back."""
    since = _since(mailbox, now)
    reports = _reports(mailbox, since)
    touches = _touches(mailbox, since, reports)
    sent = _counted().filter(
        mailbox=mailbox.pk, channel="email", state=Touch.State.SENT, sent_at__gte=since
    )
    return _health_of(sent.count(), reports, touches)


def healths(mailboxes: Iterable[Mailbox], now: datetime) -> dict[int, Health]:
    """`health` of several mailboxes, by id, in three queries."""
    since = {box.pk: _since(box, now) for box in mailboxes}
    if not since:
        return {}
    reports = _reports_of(since)
    states = _states_of(since, {touch for of in reports.values() for touch in of})
    sent = _sent_of(since)
    return {
        pk: _health_of(sent.get(pk, 0), reports.get(pk, {}), states.get(pk, {})) for pk in since
    }


def _sent_of(since: dict[int, datetime]) -> dict[int, int]:
    """mailbox -> how many went out. Most have counted from the same moment on."""
    starts: dict[datetime, list[int]] = {}
    for pk, begin in since.items():
        starts.setdefault(begin, []).append(pk)
    if len(starts) == 1:
        return dict(_SENT.all(*starts, *since))
    span = Q()
    for begin, pks in starts.items():
        span |= Q(mailbox__in=pks, sent_at__gte=begin)
    return dict(_sent(span))


def _sent(span: Q) -> QuerySet[Any]:
    rows = _counted().filter(span, channel="email", state=Touch.State.SENT)
    return rows.values_list("mailbox").annotate(Count("pk")).order_by()


def _bounces(since: datetime) -> QuerySet[Any]:
    rows = ThreadEvent.objects.filter(kind="touch.bounced", occurred_at__gte=since)
    newest = rows.order_by("-occurred_at", "-pk")
    return newest.values_list("data", "occurred_at")[:REPORTS_READ]


_SENT = Cells(lambda since, *ids: _sent(Q(mailbox__in=ids, sent_at__gte=since)))
_BOUNCES = Cells(_bounces)


def _reports_of(since: dict[int, datetime]) -> dict[int, dict[int, str]]:
    """mailbox -> touch -> the worst that was reported of it."""
    found: dict[int, dict[int, str]] = {}
    for data, at in _BOUNCES.all(min(since.values())):
        box, touch = data.get("mailbox"), data.get("touch")
        if box not in since or at < since[box] or data.get("delayed") or data.get("unproven"):
            continue
        if isinstance(touch, int) and found.setdefault(box, {}).get(touch) != "complaint":
            found[box][touch] = str(data.get("kind"))
    return found


def _states_of(since: dict[int, datetime], touches: set[int]) -> dict[int, dict[int, str]]:
    """mailbox -> touch -> state, of those that `_touches` counts."""
    found: dict[int, dict[int, str]] = {}
    if not touches:
        return found
    rows = _counted().filter(pk__in=touches, mailbox__in=since)
    names = ("pk", "mailbox_id", "state", "sent_at", "updated_at")
    for pk, box, state, sent_at, updated_at in rows.values_list(*names):
        refused = state == Touch.State.FAILED and sent_at is None
        at = updated_at if refused else sent_at
        if box is not None and at is not None and at >= since[box]:
            found.setdefault(box, {})[pk] = state
    return found


def _health_of(sent: int, reports: dict[int, str], states: dict[int, str]) -> Health:
    kinds = [kind for touch, kind in reports.items() if touch in states]
    failed = sum(state == Touch.State.FAILED for state in states.values())
    complaints = kinds.count("complaint")
    return _judge(sent + failed, len(kinds) - complaints, complaints)


def _since(mailbox: Mailbox, now: datetime) -> datetime:
    return max(now - WINDOW, mailbox.guards_since or now - WINDOW)


def _reports(mailbox: Mailbox, since: datetime) -> dict[int, str]:
    """touch -> the worst that was reported of it."""
    found: dict[int, str] = {}
    for data in _events(mailbox, since):
        kind, touch = data.get("kind"), data.get("touch")
        if isinstance(touch, int) and found.get(touch) != "complaint":
            found[touch] = str(kind)
    return found


def _events(mailbox: Mailbox, since: datetime) -> list[dict[str, Any]]:
    """What was reported, the newest first. A mere delay is no bounce, and a report that does not
    name our message may be made up."""
    rows = ThreadEvent.objects.filter(
        kind="touch.bounced", occurred_at__gte=since, data__mailbox=mailbox.pk
    )
    newest = rows.order_by("-occurred_at", "-pk").values_list("data", flat=True)[:REPORTS_READ]
    return [data for data in newest if not (data.get("delayed") or data.get("unproven"))]


def _counted() -> QuerySet[Touch]:
    """All but confirmations of enquiries: those go to addresses that strangers type into the form,
    who could stop our mailbox with three that do not exist."""
    return Touch.objects.exclude(kind=Touch.Kind.CONFIRMATION)


def _touches(mailbox: Mailbox, since: datetime, reports: Iterable[int]) -> dict[int, str]:
    """Of those the ones that went out, or were refused, after `since`."""
    refused = Q(state=Touch.State.FAILED, sent_at=None, updated_at__gte=since)
    rows = _counted().filter(Q(sent_at__gte=since) | refused, mailbox=mailbox.pk)
    ids = list(reports)
    found: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        found.update(rows.filter(pk__in=ids[start : start + 500]).values_list("pk", "state"))
    return found


def _judge(sent: int, bounces: int, complaints: int) -> Health:
    sent = max(sent, bounces, complaints)
    bounced, complained = bounces / (sent or 1), complaints / (sent or 1)
    state = _state(sent, bounces, complaints)
    text = _text(sent, bounces, complaints)
    return Health(sent, bounces, complaints, bounced, complained, state, text)


def _state(sent: int, bounces: int, complaints: int) -> State:
    if _too_many_complaints(sent, complaints) or _too_many_bounces(sent, bounces):
        return "bad"
    if complaints and complaints >= COMPLAINTS_WARN * sent:
        return "warn"
    if sent >= LEAST_SENT and bounces >= LEAST_BOUNCES and bounces >= BOUNCES_WARN * sent:
        return "warn"
    return "good" if sent >= LEAST_SENT else "few"


def _too_many_complaints(sent: int, complaints: int) -> bool:
    enough = sent < FEW_SENT or complaints >= COMPLAINTS_STOP * sent
    return complaints >= LEAST_COMPLAINTS and enough


def _too_many_bounces(sent: int, bounces: int) -> bool:
    if sent < LEAST_SENT:
        return bounces >= STORM
    return bounces >= LEAST_BOUNCES and bounces >= BOUNCES_STOP * sent


def _text(sent: int, bounces: int, complaints: int) -> str:
    """ "Of 120 messages in 7 days 6 came back (5 %), 0 people complained (0 %)." """
    if not sent:
        return "Nothing was sent in the last 7 days."
    messages = f"Of {sent:,} message{'s' * (sent != 1)} in 7 days"
    who = "1 person" if complaints == 1 else f"{complaints} people"
    back, said = _percent(bounces, sent), _percent(complaints, sent)
    return f"{messages} {bounces} came back ({back}), {who} complained ({said})."


def _percent(part: int, whole: int) -> str:
    value = f"{100 * part / whole:.1f}" if whole else "0"
    return f"{value.removesuffix('.0')} %"


def check(mailbox: Mailbox, now: datetime) -> Health:
    """Look at the numbers; pause the mailbox or tell its owner. Idempotent within a day."""
    found = health(mailbox, now)
    if mailbox.state != Mailbox.State.ACTIVE:
        return found
    if _refused_as_policy(mailbox, now):  # first: it names the cause, a count of bounces does not
        return found
    if found.state == "bad":
        code, why = _why(found)
        pause(mailbox, f"{why} {found.text}", now, code=code)
    elif found.state == "warn":
        _warn(mailbox, found, now)
    return found


def _why(found: Health) -> tuple[str, str]:
    if _too_many_complaints(found.sent, found.complaints):
        return "complaints", "Too many people reported this mail as spam."
    return "bounces", "Too many messages came back."


def _refused_as_policy(mailbox: Mailbox, now: datetime) -> bool:
    """Pause when the newest reports all say that the refusal is about us; True when it is so.

    Counted apart from refusals while sending: there each message that a server takes proves the
    opposite, here it does not, because the report comes later.
    """
    newest: dict[int, dict[str, Any]] = {}
    for data in _events(mailbox, _since(mailbox, now)):
        newest.setdefault(data.get("touch", 0), data)
    if len(newest) < POLICY_ROW:
        return False
    counted = _touches(mailbox, _since(mailbox, now), newest)
    row = [data for touch, data in newest.items() if touch in counted][:POLICY_ROW]
    if len(row) < POLICY_ROW or not all(data.get("policy") for data in row):
        return False
    said = str(row[0].get("reason", ""))[:150]
    pause(mailbox, f"Three mails in a row were rejected by policy. {said}", now, code="policy")
    return True


def _warn(mailbox: Mailbox, found: Health, now: datetime) -> None:
    worklist.add(
        Task.Kind.ATTENTION,
        owner=mailbox.user,
        title=f"Mail from {mailbox.address} does harm to its standing",
        why=f"{found.text} At 5 % or two complaints the mailbox pauses itself.",
        channel="email",
        dedupe_key=f"guard-warn:{mailbox.pk}:{timezone.localdate(now).isoformat()}",
    )


def check_all(now: datetime | None = None) -> int:
    """The daily look at every active mailbox; how many were paused or warned of."""
    now = now or timezone.now()
    active = Mailbox.objects.defer("password").filter(state=Mailbox.State.ACTIVE)
    return sum(check(one, now).state in ("bad", "warn") for one in active.select_related("user"))


@transaction.atomic
def pause(mailbox: Mailbox, reason: str, now: datetime, *, code: str = "error") -> bool:
    """active -> paused with the reason in plain words; its approved touches stay approved."""
    reason = reason[:300]
    rows = Mailbox.objects.filter(pk=mailbox.pk, state=Mailbox.State.ACTIVE).update(
        state=Mailbox.State.PAUSED, paused_reason=reason, paused_code=code, paused_at=now
    )
    if rows:
        worklist.add(
            Task.Kind.ATTENTION,
            owner=mailbox.user,
            title=f"{mailbox.address} is paused",
            why=f"{reason} Approved messages wait, none is lost.",
            channel="email",
            dedupe_key=f"mailbox-paused:{mailbox.pk}:{now.isoformat()}",
        )
        autonomy.mailbox_paused(mailbox, reason, now)
    return bool(rows)
