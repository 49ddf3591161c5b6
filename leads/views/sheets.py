"""Settings, Connections, Google Sheets: the account, the sheets, and how each of them goes.

Managers look; only the owner connects, adds, reads and lets go.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leads.forms_sheets import AddressForm, NameForm
from leads.intake.sheets import Book, SheetError
from leads.models import Sheet
from leads.services import sheets
from salesagent.accounts import connections, oauth_google, oauth_way
from salesagent.accounts.access import current, manager_required, owner_required
from salesagent.accounts.google_files import SCOPE
from salesagent.accounts.models import Connection
from salesagent.accounts.oauth import OAuthError
from salesagent.lib import toast
from salesagent.lib.job_view import show

KEY = "google_sheets_sign_in"
PAGE = {"page": "settings", "tab": "connections", "title": "Google Sheets"}
PROBLEMS, IMPORTS = 20, 5
MODES = (sheets.LOOK, sheets.REFRESH, sheets.WRITE)
now: Callable[[], float] = time.time  # tests put their own here


# --- the account ---------------------------------------------------------------------------------


@require_safe
@manager_required
def page(request: HttpRequest) -> HttpResponse:
    row = connections.active(sheets.SERVICE)
    if row is None:
        return _off(request)
    return _page(request, row, AddressForm(), NameForm())


def _off(request: HttpRequest) -> HttpResponse:
    context = {
        **PAGE,
        "configured": oauth_google.configured(),
        "redirect_uri": _redirect_uri(),
    }
    return render(request, "leads/sheets/connect.html", context)


def _page(
    request: HttpRequest, row: Connection, address: AddressForm, name: NameForm
) -> HttpResponse:
    context = {
        **PAGE,
        "connection": row,
        "sheets": sheets.listed().filter(connection=row),
        "address_form": address,
        "name_form": name,
    }
    failed = address.errors or name.errors
    return render(request, "leads/sheets/page.html", context, status=422 if failed else 200)


@require_safe
@owner_required
def connect(request: HttpRequest) -> HttpResponse:
    """What Google will be asked for; also for an account that is connected and has to be again."""
    return _off(request)


@never_cache
@require_safe
@owner_required
def go(request: HttpRequest) -> HttpResponse:
    if not oauth_google.configured():
        return redirect("leads:sheets_connect")
    row = connections.active(sheets.SERVICE)
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
        row = sheets.connect(grant, current(request))
    except (OAuthError, SheetError) as error:
        toast.warn(request, f"Not connected. {error.message}")
        again = connections.active(sheets.SERVICE) is None
        return redirect("leads:sheets_connect" if again else "leads:sheets")
    toast.show(request, f"{row.account} is connected. Now add a sheet.")
    return redirect("leads:sheets")


@require_POST
@owner_required
def disconnect(request: HttpRequest) -> HttpResponse:
    if sheets.disconnect(_connected(), current(request)):
        toast.show(request, "Disconnected. Leads stay, and so does what stands in the sheets.")
    else:
        toast.warn(
            request,
            "Disconnected here. Google could not be told: end it there as well, at "
            "myaccount.google.com/connections.",
        )
    return redirect("settings:connections")


def _redirect_uri() -> str:
    return str(settings.SITE_URL) + reverse("leads:sheets_callback")


def _connected() -> Connection:
    row = connections.active(sheets.SERVICE)
    if row is None:
        raise Http404
    return row


# --- sheets --------------------------------------------------------------------------------------


@require_POST
@owner_required
def add(request: HttpRequest) -> HttpResponse:
    """A pasted address. Several tabs and none named: the page asks which."""
    row = _connected()
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, NameForm())
    address = form.cleaned_data["address"]
    try:
        book = sheets.look_up(row, address)
        tab = _tab(book, address, request.POST.get("gid", ""))
        if tab is None:
            return _page(request, row, AddressForm({"address": address}, book=book), NameForm())
        sheet = sheets.add(row, book, tab, current(request))
    except SheetError as error:
        form.add_error("address", error.message)
        return _page(request, row, form, NameForm())
    toast.show(request, f"{sheet.title} is added. Now look at the rows.")
    return redirect("leads:sheet", sheet.pk)


def _tab(book: Book, address: str, chosen: str) -> Any:
    named = next((tab for tab in book.tabs if str(tab.gid) == chosen), None)
    return named or sheets.choose(book, address)


@require_POST
@owner_required
def make(request: HttpRequest) -> HttpResponse:
    row = _connected()
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            sheet = sheets.make(row, form.cleaned_data["title"], current(request))
        except SheetError as error:
            form.add_error("title", error.message)
        else:
            toast.show(request, f"{sheet.title} is in your Drive. Paste the rows there, then look.")
            return redirect("leads:sheet", sheet.pk)
    return _page(request, row, AddressForm(), form)


@require_safe
@manager_required
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    found = _sheet(pk)
    rows = found.rows.all()
    job = found.job if found.job and not found.job.finished else None
    context = {
        **PAGE,
        "sheet": found,
        "address": sheets.address(found),
        "shown": show(job, go=True) if job else None,
        "busy": sheets.busy(found),
        "leads": rows.exclude(lead=None).count(),
        "problem_count": rows.exclude(problem="").count(),
        "problems": rows.exclude(problem="").select_related("lead").order_by("number")[:PROBLEMS],
        "imports": sheets.batches(found)[:IMPORTS],
    }
    return render(request, "leads/sheets/sheet.html", context)


@require_POST
@owner_required
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do`: look (for the wizard), refresh (what is new or changed), write (the status)."""
    found, mode = _sheet(pk), request.POST.get("do", "")
    if mode not in MODES:
        raise Http404
    if found.state == sheets.NEW and mode != sheets.LOOK:
        toast.warn(request, "Look at the rows and bring them in first.")
    elif sheets.start(found, mode, current(request)) is None:
        toast.warn(request, "The sheet is being worked on. Try again when that has ended.")
    return redirect("leads:sheet", pk)


@require_POST
@owner_required
def options(request: HttpRequest, pk: int) -> HttpResponse:
    status_on, hourly = ("status_on" in request.POST), ("hourly" in request.POST)
    sheets.set_options(_sheet(pk), status_on=status_on, hourly=hourly, user=current(request))
    toast.show(request, "Saved.")
    return redirect("leads:sheet", pk)


@require_POST
@owner_required
def off(request: HttpRequest, pk: int) -> HttpResponse:
    found = _sheet(pk)
    sheets.let_go(found, current(request))
    toast.show(request, f"{found.title} is no longer read or written. Its leads stay.")
    return redirect("leads:sheets")


def _sheet(pk: int) -> Sheet:
    found = sheets.listed().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
