"""The import wizard: file, columns, check, import; and taking an import back."""

import csv
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.access_imports import import_for, imports_for
from leads.forms_import import BASES, BASIS_HINTS, DialectForm, FileForm, OptionsForm
from leads.intake.base import MAX_ROWS, IntakeError
from leads.intake.csv import DELIMITERS
from leads.intake.encoding import LABELS
from leads.intake.rows import CUSTOM, FIELDS
from leads.models import ImportBatch
from leads.services import imports
from leads.services.sheet_rows import KIND as SHEET
from salesagent.accounts.access import current
from salesagent.lib import toast
from salesagent.lib.job_view import show
from salesagent.lib.text import formula_safe, plural

State = ImportBatch.State
PAST = 20
STEPS = ("File", "Columns", "Check", "Import")
EARLY = (State.UPLOADED, State.CHECKED)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The file, and the imports of the past."""
    user = current(request)
    posted = request.method == "POST"
    form = FileForm(request.POST, request.FILES) if posted else FileForm()
    if posted and form.is_valid():
        try:
            batch = imports.upload(user, form.cleaned_data["file"])
        except IntakeError as error:
            form.add_error("file", error.message)
        else:
            return redirect("leads:import_match", batch.pk)
    past = imports_for(user)[:PAST]
    upload_mb = settings.UPLOAD_LIMIT // (1024 * 1024)
    context = {"form": form, "past": past, "max_rows": MAX_ROWS, "upload_mb": upload_mb}
    status = 422 if form.errors else 200
    return _page(request, "leads/import.html", 1, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def match(request: HttpRequest, pk: int) -> HttpResponse:
    """The columns. `reread` in the POST reads the file anew, else the check is started."""
    batch = import_for(current(request), pk)
    looking = (
        batch.state == State.CHECKED and request.method != "POST" and "again" not in request.GET
    )
    if batch.state not in EARLY or looking:
        return _go(batch)
    form = DialectForm(batch=batch)
    problem = str(batch.report.get("error", ""))
    if request.method == "POST":
        try:
            if "reread" in request.POST and batch.kind != SHEET:
                form = DialectForm(request.POST, batch=batch)
                if form.is_valid():
                    imports.reread(batch, form.cleaned_data)
                    return redirect("leads:import_match", batch.pk)
            else:
                imports.save_mapping(batch, _mapping(request, batch))
                imports.start_check(batch, current(request))
                return redirect("leads:import_check", batch.pk)
        except IntakeError as error:
            problem = error.message
    context = {
        "batch": batch,
        "form": form,
        "problem": problem,
        "rows": _columns(batch, request),
        "fields": FIELDS,
        "custom": CUSTOM,
        "read_as": read_as(batch),
        "source": "sheet" if batch.kind == SHEET else "file",
    }
    status = 422 if request.method == "POST" else 200
    return _page(request, "leads/import_match.html", 2, context, status=status)


def _mapping(request: HttpRequest, batch: ImportBatch) -> dict[str, str]:
    return {str(i): request.POST.get(f"c{i}", "") for i in range(len(batch.columns))}


def _columns(batch: ImportBatch, request: HttpRequest) -> list[dict[str, Any]]:
    """One line for each column: name, a few values, and where it goes."""
    posted = request.method == "POST" and "reread" not in request.POST
    mapping = _mapping(request, batch) if posted else batch.mapping
    rows = []
    for index, name in enumerate(batch.columns):
        values = [row[index] for row in batch.sample if index < len(row) and row[index]]
        shown = [value[:60] for value in list(dict.fromkeys(values))[:3]]
        rows.append(
            {"index": index, "name": name, "values": shown, "to": mapping.get(str(index), "")}
        )
    return rows


def read_as(batch: ImportBatch) -> str:
    """ "Windows Western (1252), a guess, semicolon" or "sheet Contacts"."""
    read = batch.dialect
    if batch.kind == SHEET:
        return "Google Sheets, as the cells show it"
    if batch.kind == "xlsx":
        return f"Excel, sheet {read.get('sheet', '')}"
    encoding = LABELS.get(read.get("encoding", ""), read.get("encoding", ""))
    guess = "" if read.get("sure", True) else " (a guess)"
    return f"{encoding}{guess}, {DELIMITERS.get(read.get('delimiter', ''), '').lower()}"


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What the import would do, and the last questions. POST starts it."""
    user = current(request)
    batch = import_for(user, pk)
    if batch.state == State.CHECKING:
        return _progress(request, batch, 3)
    if batch.state != State.CHECKED:
        return _go(batch)
    posted = request.method == "POST"
    form = OptionsForm(request.POST if posted else None, user=user, batch=batch)
    if posted and form.is_valid() and _begin(request, batch, form):
        return redirect("leads:import_run", batch.pk)
    counts = batch.report.get("counts", {})
    context = {
        "batch": batch,
        "form": form,
        "counts": counts,
        "tiles": _tiles(TILES, counts),
        "groups": _groups(batch),
        "bad": batch.bad_rows.exists(),
        "bases": [(code, label, BASIS_HINTS.get(code, "")) for code, label in BASES],
        "button": _button(counts),
    }
    status = 422 if request.method == "POST" else 200
    return _page(request, "leads/import_check.html", 3, context, status=status)


OUTCOMES = (
    ("new", "New", "These people are not here yet."),
    ("fill", "Here, with something to fill in", "The file knows more than we do."),
    ("same", "Here already", "Nothing to fill in. A difference is shown with both values."),
    ("repeated", "Repeated in the file", "The same person stands further up."),
    ("suppressed", "On the do-not-contact list", "They come in and are never contacted."),
    ("colleague", "With a colleague", "They stay as they are and with their owner."),
    ("invalid", "Cannot come in", "Each row has its reason. Correct them and import them again."),
)


TILES = (
    ("new", "New"),
    ("here", "Here already"),
    ("repeated", "Repeated in the file"),
    ("suppressed", "Do not contact"),
    ("invalid", "Cannot come in"),
)
DONE_TILES = (
    ("new", "New"),
    ("filled", "Filled in"),
    ("kept", "Here, unchanged"),
    ("repeated", "Repeated in the file"),
    ("invalid", "Did not come in"),
)


def _tiles(wanted: tuple[tuple[str, str], ...], counts: dict[str, int]) -> list[tuple[str, int]]:
    """A colleague's lead counts among the rows that do not come in."""
    shown = {**counts, "invalid": counts.get("invalid", 0) + counts.get("colleague", 0)}
    return [(title, shown.get(code, 0)) for code, title in wanted]


def _groups(batch: ImportBatch) -> list[tuple[str, str, str, int, list[dict[str, Any]], int]]:
    """The outcomes that occur, each with its count, examples, and how many are not shown."""
    counts = batch.report.get("counts", {})
    examples = batch.report.get("examples", {})
    found = []
    for code, title, hint in OUTCOMES:
        if number := counts.get(code):
            rows = examples.get(code, [])
            found.append((code, title, hint, number, rows, number - len(rows)))
    return found


def _button(counts: dict[str, int]) -> str:
    new = counts.get("new", 0)
    if new:
        return f"Bring in {plural(new, 'new lead')}"
    return f"Go through {plural(counts.get('rows', 0), 'row')}"


def _begin(request: HttpRequest, batch: ImportBatch, form: OptionsForm) -> bool:
    data = form.cleaned_data
    try:
        imports.start_run(
            batch,
            current(request),
            duplicates=data["duplicates"],
            basis=data["basis"],
            basis_source=data["basis_source"],
            tag=data["tag"],
            **data["owner"],
        )
    except IntakeError as error:
        form.add_error(error.field or None, error.message)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, then what came of it. POST goes on with one that was stopped or failed."""
    batch = import_for(current(request), pk)
    if request.method == "POST":
        imports.go_on(batch, current(request))
        return redirect("leads:import_run", batch.pk)
    if batch.state in (State.RUNNING, State.UNDOING):
        return _progress(request, batch, 4)
    if batch.state in (*EARLY, State.CHECKING):
        return _go(batch)
    ended_early = batch.state in (State.STOPPED, State.FAILED)
    context = {
        "batch": batch,
        "undo": batch.report.get("undo", {}),
        "tiles": _tiles(DONE_TILES, batch.counts),
        "bad": batch.bad_rows.exists(),
        "can_go_on": ended_early and batch.undone_at is None,
        "basis_label": dict(BASES).get(batch.lawful_basis, "no basis"),
    }
    return _page(request, "leads/import_done.html", 4, context)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says what an undo does, POST starts it."""
    batch = import_for(current(request), pk)
    if request.method == "POST":
        if imports.start_undo(batch, current(request)) is None:
            toast.warn(request, "This import cannot be undone now.")
        return redirect("leads:import_run", batch.pk)
    if batch.state not in (State.DONE, State.STOPPED, State.FAILED):
        return _go(batch)
    return _page(request, "leads/import_undo.html", 4, {"batch": batch})


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    batch = import_for(current(request), pk)
    if imports.discard(batch):
        toast.show(request, f"{batch.file_name} was put away. Nothing came in.")
    else:
        toast.warn(request, "Rows of this file are in already. Use Undo.")
    return redirect("leads:import")


@require_GET
def bad_rows(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows that did not come in, as they were, with a column that says why."""
    batch = import_for(current(request), pk)
    response = StreamingHttpResponse(_bad_lines(batch), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}-rows-to-fix.csv"'
    return response


class _Echo:
    def write(self, value: str) -> str:
        return value


def _bad_lines(batch: ImportBatch) -> Iterator[str]:
    delimiter = batch.dialect.get("delimiter") or ","
    writer = csv.writer(_Echo(), delimiter=delimiter)
    width = len(batch.columns)
    yield "\ufeff" + writer.writerow([*map(formula_safe, batch.columns), "Row", "Reason"])
    for bad in batch.bad_rows.order_by("row").iterator(500):
        cells = (bad.cells + [""] * width)[: max(width, 1)]
        yield writer.writerow([*map(formula_safe, cells), bad.row, formula_safe(bad.reason)])


def _progress(request: HttpRequest, batch: ImportBatch, step: int) -> HttpResponse:
    shown = show(batch.job, go=True) if batch.job else None
    return _page(request, "leads/import_progress.html", step, {"batch": batch, "shown": shown})


def _go(batch: ImportBatch) -> HttpResponse:
    """To the page of the state the import is in."""
    if batch.state == State.UPLOADED:
        return redirect("leads:import_match", batch.pk)
    if batch.state in (State.CHECKING, State.CHECKED):
        return redirect("leads:import_check", batch.pk)
    return redirect("leads:import_run", batch.pk)


def _page(
    request: HttpRequest, template: str, step: int, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    base = {"page": "leads", "steps": list(enumerate(STEPS, start=1)), "step": step}
    return render(request, template, base | context, status=status)
