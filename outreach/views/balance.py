"""Who has too much to do, and which leads could move. For managers; nothing moves by itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from leads.selectors.listing import forget_counts
from outreach.services import balance, balancing
from salesagent.accounts.access import current, manager_required
from salesagent.lib import toast
from salesagent.lib.text import one_line, plural


@manager_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Everybody's load, a proposal as a dry run, and what can be taken back."""
    user = current(request)
    proposal = balance.propose(balance.reps(user))
    after, groups = proposal.after, balance.grouped(proposal)
    context = {
        "page": "leads",
        "people": [(one, after[one.user.pk]) for one in proposal.people],
        "groups": [(one, moves, proposal.left[one.user.pk]) for one, moves in groups if moves],
        "stuck": [one for one, moves in groups if not moves],
        "batches": balancing.batches(user),
    }
    return render(request, "outreach/balance.html", context)


@manager_required
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """The ticked moves, in one transaction."""
    user = current(request)
    wanted = balancing.read(request.POST.getlist("move"))
    if not wanted:
        toast.show(request, "Tick the leads that should move.")
        return redirect("outreach:balance")
    done = balancing.apply(user, wanted)
    forget_counts(user)
    stayed = f" {plural(done.stayed, 'other')} changed meanwhile and stayed." if done.stayed else ""
    undo = reverse("outreach:balance_undo", args=[done.batch]) if done.moved else ""
    toast.show(request, f"{plural(done.moved, 'lead')} moved.{stayed}", undo_url=undo)
    return redirect("outreach:balance")


@manager_required
@require_POST
def undo(request: HttpRequest, batch: str) -> HttpResponse:
    user = current(request)
    count = balancing.take_back(user, one_line(batch, 20))
    forget_counts(user)
    said = f"{plural(count, 'lead')} moved back." if count else "Nothing of it can be moved back."
    toast.show(request, said)
    return redirect("outreach:balance")
