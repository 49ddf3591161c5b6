from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from salesagent.accounts import absence
from salesagent.accounts import start as start_pages
from salesagent.accounts.access import current
from salesagent.accounts.forms import ProfileForm
from salesagent.lib import toast


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """`/`, also after signing in: on to where the product opens for this person."""
    return redirect(start_pages.url(current(request)))


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=current(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        toast.show(request, "Profile saved.")
        return redirect("accounts:profile")
    cards = [import_string(path)(current(request)) for path in settings.PROFILE_CARDS]
    context = {
        "page": "settings",
        "tab": "profile",
        "form": form,
        "cards": cards,
        "warnings": absence.warnings(current(request), timezone.localdate()),
    }
    return render(request, "accounts/profile.html", context)
