"""Looks around for what a person should know and nobody tells at once: what stopped, what is done.

Each watch tells by keys, so it may look as often as it likes. WATCHES in wiring names them.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from salesagent.accounts import notices
from salesagent.accounts.cards import cards
from salesagent.accounts.models import Notification, User
from salesagent.lib.models import Job

LONG = timedelta(seconds=20)  # shorter work is watched to its end
LOOK_BACK = timedelta(hours=1)
ENDS = {
    Job.State.DONE: "is finished",
    Job.State.FAILED: "has failed",
    Job.State.STOPPED: "was stopped",
}


def look(now: datetime) -> int:
    """How many notices are new."""
    told: int = sum(import_string(path)(now) for path in settings.WATCHES)
    notices.forget_old(now)
    return told


def connections(now: datetime) -> int:
    """Services that need a person, each once a day while nobody has read of it."""
    told = 0
    for user in User.objects.filter(is_active=True):
        stopped = {card.title: card for card in cards(user) if card.alert}
        for title, card in stopped.items():
            told += _stopped(user, f"card:{title[:80]}:", card.alert, card.detail, card.url, now)
    return told


def _stopped(user: User, key: str, title: str, text: str, link: str, now: datetime) -> bool:
    unread = Notification.objects.filter(user=user, read_at=None, key__startswith=key)
    if unread.exists():
        return False
    day = now.astimezone(user.tz).date()
    told = notices.tell(
        user,
        kind="connection",
        key=f"{key}{day}",
        title=title,
        text=text,
        link=link or reverse("settings:connections"),
        urgent=True,
    )
    return told is not None


def long_work(now: datetime) -> int:
    """Jobs that ended lately and took longer than anybody waits."""
    rows = Job.objects.filter(finished_at__gte=now - LOOK_BACK, state__in=list(ENDS))
    told = 0
    for job in rows.exclude(owner=None).select_related("owner").order_by("pk"):
        if job.started_at and job.finished_at and job.finished_at - job.started_at >= LONG:
            told += _ended(job)
    return told


def _ended(job: Job) -> bool:
    if not isinstance(job.owner, User):
        return False
    told = notices.tell(
        job.owner,
        kind="job",
        key=f"job:{job.pk}",
        title=f"{job.title} {ENDS[Job.State(job.state)]}",
        text=job.error,
        link=reverse("lib:job", args=[job.pk]),
        urgent=job.state == Job.State.FAILED,
    )
    return told is not None
