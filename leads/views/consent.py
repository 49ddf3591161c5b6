"""Record that a person agreed to a channel, or took it back."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from leads.access import lead_for
from leads.forms_consent import ConsentForm
from leads.services import consent
from salesagent.accounts.access import current
from salesagent.lib import toast
from salesagent.lib.registry import adapter
from salesagent.templatetags.ui import channel_label, channel_word

OTHERS = {"opens": "Open tracking"}  # what else needs a yes, besides channels


def channels() -> dict[str, str]:
    """Code -> label of the channels that need a recorded yes."""
    wired = {code: adapter("CHANNELS", code) for code in settings.CHANNELS}
    return {code: one.label for code, one in wired.items() if one.needs_consent} | OTHERS


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead, known = lead_for(user, pk), channels()
    asked = request.GET.get("channel", "")
    form = ConsentForm(
        request.POST or None, channels=known, initial={"channel": asked if asked in known else ""}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        consent.record_consent(lead, data["channel"], data["source"], data["wording"], user.actor)
        toast.show(request, f"Noted: {lead.name} agreed to {channel_word(data['channel'])}.")
        response = redirect("leads:detail", lead.pk)
        response["Location"] += f"?tab={data['channel']}"
        return response
    context = {"page": "leads", "lead": lead, "form": form}
    return render(request, "leads/consent.html", context, status=422 if form.errors else 200)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    channel = request.POST.get("channel", "")
    if consent.withdraw(lead, channel, user.actor):
        toast.show(request, f"The yes to {channel_label(channel)} is taken back.")
    else:
        toast.warn(request, "There is no such yes.")
    response = redirect("leads:detail", lead.pk)
    response["Location"] += "#privacy"
    return response
