"""Settings, Backups: the recovery key, the copies, Google Drive. Only the owner comes here.

The recovery key is on one page, once: the server forgets it with that answer. Until the owner says
that it is kept, only its public part is remembered, in the session.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from salesagent.accounts import (
    audit,
    backup_drive,
    backup_page,
    backups,
    oauth_google,
    oauth_way,
)
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.backup_rows import fingerprint, is_here, odd_ones, options, path
from salesagent.accounts.drive import DriveError
from salesagent.accounts.forms_backup import OptionsForm
from salesagent.accounts.google_files import SCOPE
from salesagent.accounts.models import BackupCopy
from salesagent.accounts.oauth import OAuthError
from salesagent.lib import backup, hold, toast
from salesagent.lib.backup import BackupError
from salesagent.lib.job_view import show
from salesagent.lib.text import plural
from salesagent.lib.throttle import allow

PAGE: dict[str, Any] = {"page": "settings", "tab": "backups", "title": "Backups"}
KEY = "google_drive_sign_in"
NEW_KEY = "backup_recipient"  # what the session remembers of a key that was just made
now: Callable[[], float] = time.time  # tests put their own here


@require_safe
@owner_required
def page(request: HttpRequest) -> HttpResponse:
    return _page(request, None)


def _page(request: HttpRequest, form: OptionsForm | None) -> HttpResponse:
    lines, job, chosen = backup_page.lines(), backup_page.shown_job(), options()
    context = {
        **PAGE,
        "options": chosen,
        "lines": lines,
        "health": backup_page.health(lines),
        "shown": show(job, go=True) if job else None,
        "drive": backup_drive.active(),
        "left": next((one.copy.upload.get("left") for one in lines if one.there), 0),
        "form": form or OptionsForm(initial={"keep": chosen.keep, "nightly": chosen.nightly}),
        "held": hold.reason(),
        "odd": odd_ones(),
        "folder": str(settings.DATA_DIR / "backups"),
    }
    failed = form is not None
    return render(request, "settings/backups.html", context, status=422 if failed else 200)


@require_POST
@owner_required
def change(request: HttpRequest) -> HttpResponse:
    form = OptionsForm(request.POST, initial={"keep": options().keep})
    if not form.is_valid():
        return _page(request, form)
    backups.set_options(current(request), **form.cleaned_data)
    toast.show(request, "Saved.")
    return redirect("settings:backups")


@require_POST
@owner_required
def start_again(request: HttpRequest) -> HttpResponse:
    """After a restore: the owner has looked at what went out since."""
    if hold.release(current(request)):
        audit.note(current(request), "backup.started_again")
        toast.show(request, "Started again. What was due meanwhile goes on in its usual hours.")
    return redirect("settings:backups")


# --- the recovery key ----------------------------------------------------------------------------


@never_cache
@require_POST
@owner_required
@sensitive_variables("key")
def new_key(request: HttpRequest) -> HttpResponse:
    """The one page that shows a key. Nothing changes until the owner says it is kept."""
    key, public = backup.new_key()
    request.session[NEW_KEY] = public
    context = {**PAGE, "key": key, "fingerprint": fingerprint(public), "old": options().key}
    return render(request, "settings/backups_key.html", context)


@never_cache
@require_POST
@owner_required
@sensitive_post_parameters("key")
@sensitive_variables("key", "text")
def key_file(request: HttpRequest) -> HttpResponse:
    """The page's own key as a text file, which age and the restore command read as it is."""
    key = request.POST.get("key", "").strip()
    if not backup.is_key(key):
        raise Http404
    mark = fingerprint(backup.recipient_of(key))
    text = (
        f"# Recovery key for the backups of {settings.SITE_URL}\n"
        f"# Made on {timezone.localdate():%d %B %Y}, fingerprint {mark}\n"
        "# Whoever has this key and a backup can read everything in it. Keep it away from\n"
        "# the server: in a password manager, or on paper. Nobody can make it again.\n"
        f"{key}\n"
    )
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    name = f"recovery-key-{mark.replace(' ', '').lower()}.txt"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@owner_required
def key_kept(request: HttpRequest) -> HttpResponse:
    public = request.session.get(NEW_KEY, "")
    if request.POST.get("kept") != "on" or not public:
        toast.warn(request, "No key was taken into use. Make one, and tick that you have kept it.")
        return redirect("settings:backups")
    del request.session[NEW_KEY]
    backups.keep_key(public, current(request))
    toast.show(request, "The recovery key is in use. Now back up.")
    return redirect("settings:backups")


# --- copies --------------------------------------------------------------------------------------


@require_POST
@owner_required
def start(request: HttpRequest) -> HttpResponse:
    try:
        backups.start(current(request))
    except BackupError as error:
        toast.warn(request, str(error))
    return redirect("settings:backups")


def _kept(pk: int) -> BackupCopy:
    return get_object_or_404(BackupCopy, pk=pk, state=BackupCopy.State.KEPT)


@never_cache
@require_safe
@owner_required
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The encrypted file, in parts."""
    copy = _kept(pk)
    if not is_here(copy):
        raise Http404
    audit.note(current(request), "backup.downloaded", f"backup:{pk}")
    file = path(copy).open("rb")
    return FileResponse(
        file, as_attachment=True, filename=copy.name, content_type="application/octet-stream"
    )


@require_POST
@owner_required
def send(request: HttpRequest, pk: int) -> HttpResponse:
    copy = _kept(pk)
    if backup_drive.usable() is None:
        toast.warn(request, "Connect Google Drive first.")
    elif is_here(copy):
        backups.start_send(copy, current(request))
    return redirect("settings:backups")


@require_POST
@owner_required
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    copy = _kept(pk)
    if not backup_drive.is_there(copy, backup_drive.usable()):
        toast.warn(request, "Connect the Google Drive that holds it first.")
    elif not is_here(copy):
        backups.start_fetch(copy, current(request))
    return redirect("settings:backups")


# --- Google Drive --------------------------------------------------------------------------------


@require_safe
@owner_required
def connect(request: HttpRequest) -> HttpResponse:
    """What Google will be asked for."""
    context = {
        **PAGE,
        "title": "Google Drive",
        "configured": oauth_google.configured(),
        "redirect_uri": _redirect_uri(),
    }
    return render(request, "settings/backups_drive.html", context)


@never_cache
@require_safe
@owner_required
def go(request: HttpRequest) -> HttpResponse:
    if not oauth_google.configured():
        return redirect("settings:backups_drive")
    row = backup_drive.active()
    account = row.account if row else current(request).email
    url = oauth_way.leave(request, KEY, _redirect_uri(), [SCOPE], account=account, now=now())
    return redirect(url)


@never_cache
@require_safe
@owner_required
def callback(request: HttpRequest) -> HttpResponse:
    try:
        kept = oauth_way.kept(request, KEY, now())
        grant = oauth_way.grant(request, kept, _redirect_uri())
        row = backup_drive.connect(grant, current(request))
    except (OAuthError, DriveError) as error:
        toast.warn(request, f"Not connected. {error.message}")
        again = backup_drive.active() is None
        return redirect("settings:backups_drive" if again else "settings:backups")
    toast.show(request, f"{row.account} is connected. The newest copy goes there within minutes.")
    return redirect("settings:backups")


@require_POST
@owner_required
def disconnect(request: HttpRequest) -> HttpResponse:
    row = backup_drive.active()
    if row is None:
        raise Http404
    if backup_drive.disconnect(row, current(request)):
        toast.show(request, "Disconnected. Copies stay in that Drive until you remove them there.")
    else:
        toast.warn(
            request,
            "Disconnected here. Google could not be told: end it there as well, at "
            "myaccount.google.com/connections.",
        )
    return redirect("settings:backups")


@require_POST
@owner_required
def check(request: HttpRequest) -> HttpResponse:
    """Ask Drive now; one short call."""
    if not allow("check-drive", str(current(request).pk), limit=6, seconds=60):
        toast.warn(request, "Checked a moment ago. Try again in a minute.")
    elif backup_drive.check():
        toast.show(request, "Google Drive answers.")
    else:
        row = backup_drive.active()
        toast.warn(request, row.error if row else "Connect Google Drive first.")
    return redirect("settings:backups")


@require_POST
@owner_required
def look(request: HttpRequest) -> HttpResponse:
    """Copies that lie in Drive and are not in the list."""
    row = backup_drive.usable()
    if row is None:
        toast.warn(request, "Connect Google Drive first.")
        return redirect("settings:backups")
    try:
        found = backup_drive.adopt(row, current(request))
    except DriveError as error:
        toast.warn(request, error.message)
    else:
        text = f"{plural(found, 'copy', 'copies')} found." if found else "Nothing new in Drive."
        toast.show(request, text)
    return redirect("settings:backups")


def _redirect_uri() -> str:
    return str(settings.SITE_URL) + reverse("settings:backups_back")
