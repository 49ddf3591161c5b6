"""The rep's private page, single cards, and what was shared with whoever leads the team."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from coaching import access
from coaching.models import Feedback, Play, Practice
from coaching.services import habits, leaderboard, plays, sharing
from leads.access import sees
from salesagent.accounts.access import current, manager_required
from salesagent.accounts.models import User
from salesagent.lib import toast

PAGE = 12
ADVICE = 5


def head(request: HttpRequest, tab: str) -> dict[str, Any]:
    """What the tabs of every page need."""
    return {"page": "coaching", "tab": tab, "board": leaderboard.on()}


def to_own(request: HttpRequest) -> HttpResponse:
    """Back to the own page: for managers it is not the first one."""
    return redirect("coaching:rep", current(request).pk)


def page(request: HttpRequest) -> HttpResponse:
    """New feedback first, then the month. Seen by nobody but the person themself."""
    user = current(request)
    plays.ensure()
    past = request.GET.get("show") == "past"
    rows = access.mine(user).filter(dismissed_at__isnull=not past)
    pages = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    practice = Practice.objects.filter(pk=user.pk).first()
    context = head(request, "own") | {
        "cards": [card(one, user) for one in pages.object_list],
        "pages": pages,
        "past": past,
        "month": habits.month(user),
        "needed": habits.NEEDED,
        "days": habits.DAYS,
        "total": pages.paginator.count,
        "advice": list(access.advice_to(user, user)[:ADVICE]),
        "shares": bool(practice and practice.shared_at),
    }
    answer = render(request, "coaching/home.html", context)
    sharing.read(user)
    return answer


def card(feedback: Feedback, user: User) -> dict[str, Any]:
    """A card as it is printed; links only where the reader may follow them."""
    own = feedback.rep_id == user.pk
    open_to = sees(user, feedback.lead)
    base = reverse("leads:detail", args=[feedback.lead_id])
    return {
        "one": feedback,
        "own": own,
        "new": own and feedback.read_at is None,
        "lead_url": base if open_to else "",
        "strengths": [_line(row, base, open_to) for row in feedback.strengths],
        "improvements": [_line(row, base, open_to) for row in feedback.improvements],
        "about": ABOUT.get(feedback.about, "Feedback"),
        "kind": dict(Play.Kind.choices).get(feedback.objection, ""),
    }


THEIRS_AND_OURS = ("See their message", "your answer", "what they wrote then")
EVIDENCE = {  # what the events of a finding are, in their order
    "promise": ("See the promise", "what you sent"),
    "skipped": ("See the step", "the next", "the next", "the next"),
}
ABOUT = {
    "answer": "Your answer",
    "objection": "Your answer to an objection",
    "call": "Your call",
    "sequence": "A sequence that ended",
    "outcome": "What came of it",
}


def _line(row: dict[str, Any], base: str, open_to: bool) -> dict[str, Any]:
    ids = [one for one in row.get("evidence", []) if isinstance(one, int)]
    words = EVIDENCE.get(str(row.get("code")), THEIRS_AND_OURS)
    words = words if len(ids) > 1 else ("See the message",)
    links = [(f"{base}#e{one}", word) for one, word in zip(ids, words, strict=False)]
    return {"text": row.get("text", ""), "links": links if open_to else []}


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    feedback = access.seen_feedback(user, pk)
    own = feedback.rep_id == user.pk
    context = head(request, "own" if own else "shared") | {"c": card(feedback, user), "own": own}
    return render(request, "coaching/feedback.html", context)


@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Helpful or not; "Not right" puts it away and is learned from."""
    feedback = access.own_feedback(current(request), pk)
    verdict = request.POST.get("verdict", "")
    if verdict == "dismiss":
        if sharing.dismiss(feedback, request.POST.get("note", "")):
            toast.show(request, "Put away. It counts as a correction.")
    elif verdict in ("helpful", "not_helpful"):
        sharing.judge(feedback, verdict == "helpful")
        toast.show(request, "Noted. Only you see it.")
    else:
        raise Http404
    return to_own(request)


@require_POST
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Share with the manager, or take it back."""
    feedback = access.own_feedback(current(request), pk)
    if request.POST.get("take_back"):
        sharing.unshare(feedback)
        toast.show(request, "Private again.")
    elif sharing.share(feedback, request.POST.get("note", "")):
        toast.show(request, "Shared with your manager.")
    else:
        toast.warn(request, "It was put away. Nothing was shared.")
    return to_own(request)


@require_POST
def show_habits(request: HttpRequest) -> HttpResponse:
    """The switch "Show my habits to my manager"."""
    show = request.POST.get("show") == "1"
    if sharing.show_habits(current(request), show=show):
        toast.show(
            request,
            "Your manager sees your habits now." if show else "Your habits are private again.",
        )
    return to_own(request)


@require_GET
@manager_required
def shared(request: HttpRequest) -> HttpResponse:
    """What reps chose to share, newest first."""
    user = current(request)
    rows = access.shared_with(user).exclude(rep=user).order_by("-shared_at")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = head(request, "shared") | {
        "cards": [card(one, user) for one in page.object_list],
        "pages": page,
    }
    return render(request, "coaching/shared.html", context)
