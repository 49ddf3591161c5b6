"""Start and stop a test of a touch's texts."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from outreach.access_sequences import editable_for
from outreach.forms_experiments import StartForm
from outreach.models import Sequence
from outreach.services import experiments
from outreach.services.experiments import ExperimentError
from salesagent.accounts.access import current
from salesagent.lib import toast


@require_POST
def change(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """`action`: start or stop. A refusal says why and changes nothing."""
    sequence = editable_for(current(request), pk)
    act = _stop if request.POST.get("action") == "stop" else _start
    try:
        toast.show(request, act(request, sequence, key))
    except ExperimentError as error:
        toast.warn(request, str(error))
    return redirect(f"{reverse('outreach:sequence', args=[sequence.pk])}?step={key}#ab")


def _start(request: HttpRequest, sequence: Sequence, key: uuid.UUID) -> str:
    form = StartForm(request.POST)
    if not form.is_valid():
        raise ExperimentError("Choose the smallest gap that is worth finding.")
    experiments.start(sequence, key, user=current(request), least_gain=form.gain)
    return "The test runs. The sequence goes on as before."


def _stop(request: HttpRequest, sequence: Sequence, key: uuid.UUID) -> str:
    step = experiments.current(sequence, key)
    test = experiments.running(step) if step else None
    if test is None:
        raise ExperimentError("No test of this touch runs.")
    experiments.stop(test, current(request))
    return "The test has ended. The sequence goes on with its own weights."
