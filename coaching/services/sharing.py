"""What a rep does with own feedback: read, judge, put away, share and take back."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from coaching.models import Feedback, Practice
from leads.services import corrections
from salesagent.accounts import audit, notices
from salesagent.accounts.models import User
from salesagent.lib.text import one_line


def read(rep: User) -> int:
    """All of it was seen."""
    rows = Feedback.objects.filter(rep=rep, read_at=None)
    return rows.update(read_at=timezone.now())


def judge(feedback: Feedback, helpful: bool) -> None:
    Feedback.objects.filter(pk=feedback.pk).update(helpful=helpful)


@transaction.atomic
def dismiss(feedback: Feedback, note: str = "") -> bool:
    """ "Not right": it goes away, is no longer shared, and is learned from. False: done before."""
    rows = Feedback.objects.filter(pk=feedback.pk, dismissed_at=None)
    if not rows.update(dismissed_at=timezone.now(), shared_at=None, share_note="", helpful=False):
        return False
    codes = [str(row.get("code")) for row in feedback.improvements or feedback.strengths]
    corrections.correct(
        kind="hint",
        lead=feedback.lead,
        subject=f"feedback {feedback.about}: {', '.join(codes)}",
        before=feedback.about,
        after="",
        user=feedback.rep,
        event=feedback.event,
        note=note,
    )
    return True


def share(feedback: Feedback, note: str) -> bool:
    """With the managers of the rep's team and the owner; False when it was put away."""
    rows = Feedback.objects.filter(pk=feedback.pk, dismissed_at=None)
    return bool(rows.update(shared_at=timezone.now(), share_note=one_line(note, 300)))


def unshare(feedback: Feedback) -> None:
    Feedback.objects.filter(pk=feedback.pk).update(shared_at=None, share_note="")


@transaction.atomic
def member_changed(user: User, former: int | None) -> None:
    """In another team nothing is shown that was meant for the manager of the former one."""
    if user.team_id == former:
        return
    shown = Practice.objects.filter(pk=user.pk, shared_at__isnull=False).update(shared_at=None)
    cards = Feedback.objects.filter(rep=user, shared_at__isnull=False)
    if cards.update(shared_at=None, share_note="") or shown:
        audit.note(user, "coaching.habits_private")
        notices.tell(
            user,
            kind="advice",
            key=f"coaching:private:{timezone.now():%Y%m%d%H%M%S}",
            title="What you showed of your coaching is yours alone again",
            text="You are in another team now. Show it again in Coaching if you like.",
            link=reverse("coaching:home"),
        )


@transaction.atomic
def show_habits(rep: User, *, show: bool) -> bool:
    """Show the own habits to the manager and the owner, or no longer; False when it was so."""
    row, _ = Practice.objects.get_or_create(pk=rep.pk)
    rows = Practice.objects.filter(pk=row.pk, shared_at__isnull=show)
    if not rows.update(shared_at=timezone.now() if show else None):
        return False
    audit.note(rep, "coaching.habits_shared" if show else "coaching.habits_private")
    return True
