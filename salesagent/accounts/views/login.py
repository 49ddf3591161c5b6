"""Signing in and out, registration by invitation, a forgotten password."""

from typing import Any
from urllib.parse import urlsplit

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import login as auth_login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from salesagent.accounts import audit, invitations
from salesagent.accounts.access import current
from salesagent.accounts.forms import LoginForm, RegisterForm
from salesagent.accounts.models import Invitation, Workspace
from salesagent.lib import toast
from salesagent.lib.throttle import allow

REMEMBER_SECONDS = 14 * 86400
RESETS_PER_IP, RESETS_PER_ADDRESS = 20, 3  # an hour


class Login(auth_views.LoginView):
    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        if form.cleaned_data["remember"]:
            self.request.session.set_expiry(REMEMBER_SECONDS)
        audit.note(form.get_user(), "login")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "company": company()}


def company() -> str:
    """The workspace's name for pages before sign-in, without making the row."""
    return Workspace.objects.filter(pk=1).values_list("name", flat=True).first() or ""


def locked_out(
    request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any, **kwargs: Any
) -> HttpResponse:
    """After too many tries: the same page for known and unknown addresses."""
    form = LoginForm(request, initial={"username": request.POST.get("username", "")[:254]})
    context = {"form": form, "locked": True, "company": company()}
    response = render(request, "accounts/login.html", context, status=429)
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3600))
    return response


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = invitations.find(token)
        return _register(request, invitation)
    except invitations.InvitationError as error:
        context = {"error": str(error), "company": company()}
        return render(request, "accounts/register_closed.html", context, status=410)


def _register(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    initial = {"email": invitation.email, "time_zone": Workspace.current().time_zone}
    form = RegisterForm(request.POST or None, initial=initial, fixed_email=invitation.email)
    if request.method == "POST" and form.is_valid():
        user = invitations.accept(invitation, **form.cleaned_data)
        auth_login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("/")
    context = {"form": form, "invitation": invitation, "company": company()}
    return render(request, "accounts/register.html", context)


class PasswordReset(auth_views.PasswordResetView):
    template_name = "accounts/password_reset.html"
    email_template_name = "email/password_reset.txt"
    subject_template_name = "email/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password_reset_sent")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Links are built from SITE_URL: a forged Host header must not reach the mail.

        Past a limit nothing is sent; the answer stays the same, for unknown addresses too.
        """
        if not self._allowed(form.cleaned_data["email"].lower()):
            return redirect(self.success_url)
        site = urlsplit(settings.SITE_URL)
        self.extra_email_context = {"domain": site.netloc, "protocol": site.scheme}
        return super().form_valid(form)  # type: ignore[arg-type]

    def _allowed(self, email: str) -> bool:
        ip = get_client_ip_address(self.request) or ""
        return allow("reset.ip", ip, limit=RESETS_PER_IP, seconds=3600) and allow(
            "reset.address", email, limit=RESETS_PER_ADDRESS, seconds=3600
        )


class PasswordResetSent(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_sent.html"


class PasswordResetConfirm(auth_views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form: Any) -> HttpResponse:
        audit.note(form.user, "password.reset", f"user:{form.user.pk}")
        return super().form_valid(form)


class PasswordChange(auth_views.PasswordChangeView):
    """Says beside the form, before and after, what a new password does not end."""

    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:password_change")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = current(self.request)
        cards = [import_string(path)(user) for path in settings.PASSWORD_CARDS]
        return context | {"page": "settings", "tab": "profile", "cards": cards}

    def form_valid(self, form: Any) -> HttpResponse:
        toast.show(self.request, "The new password is saved.")
        return super().form_valid(form)
