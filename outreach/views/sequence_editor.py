"""The editor: one touch at a time, its variants, its place, a preview and a test."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from outreach import sequence_page
from outreach.access_sequences import editable_for, may_edit, sequence_for, template_for
from outreach.forms import StepForm
from outreach.models import Sequence, Step
from outreach.sequence_page import Editor
from outreach.services import self_mail, sequences
from outreach.services.preview import preview
from outreach.services.sequences import SequenceError, StaleStep
from salesagent.accounts.access import current
from salesagent.lib import toast


@require_GET
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    sequence = sequence_for(current(request), pk)
    found = Editor.of(sequence, request.GET.get("step", ""), request.GET.get("variant", ""))
    return render(request, "outreach/sequence.html", sequence_page.context(request, found))


def _to(sequence: Sequence, key: uuid.UUID | None = None, variant: str = "") -> HttpResponse:
    url = reverse("outreach:sequence", args=[sequence.pk])
    query = f"?step={key}" if key else ""
    return redirect(f"{url}{query}{f'&variant={variant}' if query and variant else ''}")


def _step(sequence: Sequence, key: uuid.UUID) -> Step:
    step = Step.objects.filter(sequence=sequence, key=key, until_version=None).first()
    if step is None:
        raise Http404
    return step


def _typed(
    request: HttpRequest, sequence: Sequence, key: uuid.UUID, form: StepForm, *, status: int = 200
) -> HttpResponse:
    """The page with what was typed, nothing lost."""
    found = Editor.of(sequence, str(key), request.POST.get("variant", ""), form)
    stale = status == 409
    stored = StepForm.of(found.step, found.label, sequence.version) if found.step else None
    context = sequence_page.context(request, found, stored=stored if stale else None)
    return render(request, "outreach/sequence.html", context, status=status)


@require_POST
def save(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Save a touch. A change somebody else made meanwhile is shown; the typed text stays."""
    sequence = editable_for(current(request), pk)
    step, form = _step(sequence, key), StepForm(request.POST)
    if not form.is_valid():
        return _typed(request, sequence, key, form, status=422)
    base = form.cleaned_data["base_version"]
    try:
        sequences.edit_step(
            sequence, key, form.change(step), user=current(request), base_version=base
        )
    except StaleStep as error:
        return _typed(request, sequence, key, _rebased(request, sequence, error), status=409)
    except SequenceError as error:
        form.blame(error.field, str(error))
        return _typed(request, sequence, key, form, status=422)
    toast.show(request, "Saved. It applies to people who have not reached this touch.")
    return _to(sequence, key, form.cleaned_data["variant"])


def _rebased(request: HttpRequest, sequence: Sequence, error: StaleStep) -> StepForm:
    """The typed words on top of the version that stands now, so that saving again overwrites it."""
    sequence.refresh_from_db(fields=["version"])
    data = request.POST.copy()
    data["base_version"] = str(sequence.version)
    fresh = StepForm(data)
    fresh.is_valid()
    fresh.blame("", str(error))
    return fresh


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """A touch at the end, empty or from a template."""
    sequence = editable_for(current(request), pk)
    choice = request.POST.get("channel", "")
    number = choice.removeprefix("template:")
    from_template = choice != number and number.isascii() and number.isdigit()
    template = template_for(int(number)) if from_template and len(number) < 16 else None
    try:
        step = sequences.add_step(sequence, choice, template=template)
    except SequenceError as error:
        toast.warn(request, str(error))
        return _to(sequence)
    return _to(sequence, step.key)


@require_POST
def move(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    sequence = editable_for(current(request), pk)
    try:
        sequences.move_step(sequence, key, up=request.POST.get("to") == "up")
    except SequenceError as error:
        toast.warn(request, str(error))
    return _to(sequence, key)


@require_POST
def remove(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    sequence = editable_for(current(request), pk)
    try:
        waiting = sequences.remove_step(sequence, key)
    except SequenceError as error:
        toast.warn(request, str(error))
        return _to(sequence)
    text = "Touch removed. Drafts made before stay in Approvals."
    if waiting:
        text = f"Touch removed. {waiting} who waited for it get the next one."
    toast.show(request, text)
    return _to(sequence)


@require_POST
def variant(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Add a variant, or remove the one that is named."""
    sequence, label = editable_for(current(request), pk), request.POST.get("variant", "")
    try:
        if request.POST.get("action") == "remove":
            sequences.remove_variant(sequence, key, label, user=current(request))
            label = ""
        else:
            label = sequences.add_variant(sequence, key, user=current(request))
    except SequenceError as error:
        toast.warn(request, str(error))
    return _to(sequence, key, label)


@require_POST
def show(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Preview of what is typed: the part for htmx, the whole page without it."""
    sequence = sequence_for(current(request), pk)
    _step(sequence, key)
    typed = may_edit(current(request), sequence) and "body" in request.POST
    form = StepForm(request.POST) if typed else None
    if request.headers.get("HX-Request") != "true" and form:
        return _typed(request, sequence, key, form)
    found = Editor.of(sequence, str(key), request.POST.get("variant", ""), form)
    if request.headers.get("HX-Request") == "true":
        context = {"sequence": sequence, **sequence_page.previews(request, found)}
        return render(request, "outreach/_sequence_preview.html", context)
    return render(request, "outreach/sequence.html", sequence_page.context(request, found))


@require_POST
def send_test(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """The stored touch to one's own address, filled as for the lead of the preview."""
    sequence, user = sequence_for(current(request), pk), current(request)
    step, label = _step(sequence, key), request.POST.get("variant", "")
    found = Editor.of(sequence, str(step.key), label)
    frame = found.frame()
    if frame is None:
        raise Http404
    lead = sequence_page.chosen_lead(request, sequence)
    try:
        address = self_mail.send_test(preview(frame, lead, user, sequence), user)
        toast.show(request, f"Sent to {address}.")
    except self_mail.SelfMailError as error:
        toast.warn(request, str(error))
    return _to(sequence, key, found.label)
