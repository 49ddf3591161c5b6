"""What the sequence editor shows: touches with their numbers, one of them open, two previews."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from leads.access import leads_for
from leads.models import Lead
from outreach import experiment_page
from outreach.access_sequences import may_edit
from outreach.forms import StepForm
from outreach.models import Sequence, Step, Template
from outreach.selectors_sequences import (
    Numbers,
    StepNumbers,
    counts_for,
    preview_leads,
    step_numbers,
)
from outreach.services import merge, preview, reach, sequences
from salesagent.accounts.access import current
from salesagent.accounts.models import User, Workspace


@dataclass(frozen=True)
class Row:
    """A touch in the list on the left."""

    step: Step
    numbers: StepNumbers
    variants: int
    current: bool


@dataclass(frozen=True)
class VariantTab:
    label: str
    percent: int
    numbers: Numbers
    current: bool


@dataclass(frozen=True)
class InsertField:
    code: str  # as it is written in a text
    label: str
    sample: str


@dataclass
class Editor:
    """The open touch and how this request asks to see it."""

    sequence: Sequence
    steps: list[Step]
    step: Step | None
    label: str
    form: StepForm | None

    @classmethod
    def of(cls, sequence: Sequence, key: str, label: str, form: StepForm | None = None) -> "Editor":
        steps = sequences.current_steps(sequence)
        step = next((s for s in steps if str(s.key) == key), steps[0] if steps else None)
        labels = [v.label for v in step.variants.all()] if step else []
        label = label if label in labels else next(iter(labels), "A")
        if form is None and step is not None:
            form = StepForm.of(step, label, sequence.version)
        return cls(sequence, steps, step, label, form)

    def value(self, name: str) -> str:
        """What stands in the form now, typed or stored."""
        return str(self.form[name].value() or "") if self.form else ""

    def frame(self) -> preview.Frame | None:
        if self.step is None:
            return None
        channel, subject, body = map(self.value, ("channel", "subject", "body"))
        return preview.frame_of(self.steps, self.step, channel, subject, body)


def context(request: HttpRequest, editor: Editor, **extra: Any) -> dict[str, Any]:
    """Everything the editor page needs."""
    user, sequence = current(request), editor.sequence
    numbers, counts = step_numbers(sequence), counts_for(sequence)
    test = experiment_page.panel(sequence, editor.step)
    return {
        "page": "sequences",
        "tab": "touches",
        "sequence": sequence,
        "counts": counts,
        "may_edit": may_edit(user, sequence),
        "rows": _rows(editor, numbers),
        "step": editor.step,
        "number": next((n for n, s in enumerate(editor.steps, 1) if s == editor.step), 0),
        "form": editor.form,
        "label": editor.label,
        "tabs": _tabs(editor, numbers, test.shares),
        "test": test,
        "fields": insert_fields(),
        "library": _library(editor.step),
        "channels": reach.steps(),
        "rules": always(sequence),
        **previews(request, editor),
        **extra,
    }


def _rows(editor: Editor, numbers: dict[uuid.UUID, StepNumbers]) -> list[Row]:
    return [
        Row(
            step,
            numbers.get(step.key, StepNumbers()),
            len(step.variants.all()),
            bool(editor.step and step.key == editor.step.key),
        )
        for step in editor.steps
    ]


def _tabs(
    editor: Editor, numbers: dict[uuid.UUID, StepNumbers], shares: dict[str, int]
) -> list[VariantTab]:
    """Each text with the part of the people it gets: by the test that runs, else by weight."""
    if editor.step is None:
        return []
    variants = list(editor.step.variants.all())
    total = sum(variant.weight for variant in variants) or 1
    known = numbers.get(editor.step.key, StepNumbers()).variants
    return [
        VariantTab(
            v.label,
            shares.get(v.label, 0) if shares else round(100 * v.weight / total),
            known.get(v.label, Numbers()),
            v.label == editor.label,
        )
        for v in variants
    ]


def insert_fields() -> list[InsertField]:
    """The menu: each field as it is written in a text, with its fallback where it has one."""
    found = []
    for field in merge.FIELDS.values():
        fallback = f"|{field.fallback}" if field.fallback else ""
        found.append(InsertField(f"{{{{{field.code}{fallback}}}}}", field.label, field.sample))
    for code, text in merge.snippet_texts().items():
        found.append(InsertField(f"{{{{snippet:{code}}}}}", f"Snippet {code}", text[:60]))
    return found


def _library(step: Step | None) -> list[Template]:
    """Templates to start a touch from; only channels that a sequence can use."""
    rows = Template.objects.filter(archived_at=None, channel__in=reach.codes())
    return list(rows.exclude(purpose="confirmation").only("id", "name", "channel"))


def always(sequence: Sequence) -> list[str]:
    """What holds for every touch, in words, from the limits as they are set."""
    workspace = Workspace.current()
    start = sequence.window_start or workspace.window_start
    end = sequence.window_end or workspace.window_end
    days = "Mon to Fri" if workspace.send_days == [0, 1, 2, 3, 4] else "On your sending days"
    return [
        "Stop at any reply, bounce or opt-out",
        "Each message waits for approval",
        f"{days}, {start:%H:%M} to {end:%H:%M}, lead’s time zone",
        f"At most {workspace.lead_touches_per_week} touches in 7 days, all channels",
    ]


def previews(request: HttpRequest, editor: Editor) -> dict[str, Any]:
    """The open touch as a real lead, and as one with missing fields."""
    frame = editor.frame()
    if frame is None:
        return {"preview": None}
    user = current(request)
    people = preview_leads(user, editor.sequence)
    lead = _chosen(request, user, people)
    shown = preview.preview(frame, lead, user, editor.sequence)
    bare = preview.preview(frame, None, user, editor.sequence) if lead else None
    return {
        "people": people,
        "as_lead": lead.pk if lead else "missing",
        "preview": shown,
        "bare": bare,
        "lacking": preview.missing_lines(editor.sequence, frame),
    }


def chosen_lead(request: HttpRequest, sequence: Sequence) -> Lead | None:
    """Whom the request asks to preview as; None: a lead with missing fields."""
    user = current(request)
    return _chosen(request, user, preview_leads(user, sequence))


def _chosen(request: HttpRequest, user: User, people: list[tuple[int, str]]) -> Lead | None:
    wanted = request.POST.get("as") or request.GET.get("as", "")
    if wanted == "missing" or not people:
        return None
    pk = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 16 else 0
    rows = leads_for(user).select_related("company", "owner")
    return rows.filter(pk=pk).first() or rows.filter(pk=people[0][0]).first()
