"""The library: templates to copy and edit, snippets and pains of the workspace."""

from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outreach.access_sequences import template_for
from outreach.forms import PainForm, SnippetForm, TemplateForm, WordsForm
from outreach.models import PainPoint, Snippet, Template
from outreach.sequence_page import insert_fields
from outreach.services import content, merge, reach, scheduling, sequence_life
from salesagent.accounts.access import current
from salesagent.lib import toast

MOST = 300  # rows of a page


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    content.ensure_builtin()
    channel = request.GET.get("channel", "")
    archived = request.GET.get("show") == "archived"
    rows = Template.objects.select_related("owner").filter(archived_at__isnull=not archived)
    if channel in reach.codes():
        rows = rows.filter(channel=channel)
    context = _page(
        "templates",
        templates=rows.order_by("channel", "builtin", "name")[:MOST],
        channels=reach.labels(),
        channel=channel,
        archived=archived,
    )
    return render(request, "outreach/templates.html", context)


def _page(tab: str, **extra: Any) -> dict[str, Any]:
    return {"page": "sequences", "tab": tab, **extra}


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a template; change it when it is one's own."""
    template = template_for(pk)
    if request.method == "POST" and not content.may_edit(template, current(request)):
        raise Http404
    return _edit(request, template)


def _edit(request: HttpRequest, template: Template | None) -> HttpResponse:
    form = TemplateForm.of(template) if template else TemplateForm(initial={"channel": "email"})
    if request.method == "POST":
        form = TemplateForm(request.POST)
        if "show" not in request.POST and form.is_valid():
            try:
                saved = content.save_template(template, user=current(request), **form.cleaned_data)
            except content.ContentError as error:
                form.blame("", str(error))
            else:
                toast.show(request, "Saved. Sequences keep the words they have.")
                return redirect("outreach:template", saved.pk)
    may_edit = template is None or content.may_edit(template, current(request))
    shown = _shown(form, request)
    context = _page("templates", template=template, form=form, may_edit=may_edit, **shown)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "outreach/template.html", context, status=status)


def _shown(form: TemplateForm, request: HttpRequest) -> dict[str, Any]:
    """The text with sample values, and once more with nothing known about the lead."""
    subject, body = (str(form[name].value() or "") for name in ("subject", "body"))
    snippets = merge.snippet_texts()
    full = merge.SAMPLES | {"calendar_link": scheduling.link(current(request).pk)}
    ours = ("sender_", "service", "calendar_link")
    cases = {"full": full, "bare": {code: v for code, v in full.items() if code.startswith(ours)}}
    return {
        "fields": insert_fields(),
        "problems": sequence_life.problems(subject, body),
        **{
            name: {
                "subject": merge.render(subject, fields).text,
                "body": merge.render(body, fields, snippets).text,
            }
            for name, fields in cases.items()
        },
    }


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    mine = content.copy_template(template_for(pk), current(request))
    toast.show(request, "Copied. This one is yours to change.")
    return redirect("outreach:template", mine.pk)


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    template, user = template_for(pk), current(request)
    if not content.may_edit(template, user):
        raise Http404
    content.archive_template(template, user)
    toast.show(request, "Put away." if template.archived_at else "Back in the library.")
    return redirect("outreach:templates")


@require_http_methods(["GET", "POST"])
def snippets(request: HttpRequest) -> HttpResponse:
    """Pieces of text; managers change them."""
    return _words(request, Snippet, SnippetForm, "snippets")


@require_http_methods(["GET", "POST"])
def pains(request: HttpRequest) -> HttpResponse:
    """Troubles typical of a trade; managers change them."""
    return _words(request, PainPoint, PainForm, "pains")


def _words(
    request: HttpRequest, model: type[models.Model], form_class: type[WordsForm], tab: str
) -> HttpResponse:
    """A page of small forms, one a row and an empty one; `row` says which was sent."""
    content.ensure_builtin()
    may_edit = current(request).is_manager
    if request.method == "POST":
        if not may_edit:
            raise Http404
        answer = _save_words(request, model, form_class, tab)
        if isinstance(answer, HttpResponse):
            return answer
        sent = answer
    else:
        sent = None
    rows = list(model._default_manager.all()[:MOST])
    forms = [form_class(instance=row, prefix=str(row.pk)) for row in rows]
    forms = [sent if sent and sent.instance.pk == f.instance.pk else f for f in forms]
    blank = sent if sent and sent.instance.pk is None else form_class(prefix="new")
    context = _page(tab, forms=forms, rows=rows, blank=blank, may_edit=may_edit)
    return render(request, f"outreach/{tab}.html", context, status=422 if sent else 200)


def _save_words(
    request: HttpRequest, model: type[models.Model], form_class: type[WordsForm], tab: str
) -> HttpResponse | WordsForm:
    """Save or delete the row that was sent; the form comes back when something is wrong with it."""
    number = request.POST.get("row", "new")
    row = None
    if number != "new":
        known = number.isascii() and number.isdigit() and len(number) < 16
        row = model._default_manager.filter(pk=int(number)).first() if known else None
        if row is None:
            raise Http404
    if row is not None and request.POST.get("action") == "delete":
        row.delete()
        toast.show(request, "Deleted.")
        return redirect(f"outreach:{tab}")
    form = form_class(request.POST, instance=row, prefix=number)
    if not form.is_valid():
        return form
    form.save()
    toast.show(request, "Saved.")
    return redirect(f"outreach:{tab}")
