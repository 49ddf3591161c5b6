"""A sequence as a whole: made, copied, started, paused, put away; its settings and its rule."""

import uuid
from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import transaction
from django.http import QueryDict

from leads.selectors.filters import clean_query
from outreach.models import Enrollment, Sequence
from outreach.services import merge
from outreach.services.sequences import (
    OPEN,
    SequenceError,
    add_row,
    current_steps,
    input_of,
    locked,
    with_words,
)
from salesagent.accounts.models import User
from salesagent.ai import frames
from salesagent.lib import hands
from salesagent.lib.text import one_line, plural


def create(user: User, name: str) -> Sequence:
    """An empty draft of the user's. Raises SequenceError."""
    name = one_line(name, 100)
    if not name:
        raise SequenceError("Give the sequence a name.", "name")
    return Sequence.objects.create(name=name, owner=user, team=user.team)


@transaction.atomic
def copy(sequence: Sequence, user: User) -> Sequence:
    """The user's own draft with the same touches, none of them approved to go out unchanged."""
    mine = Sequence.objects.create(
        name=one_line(f"{sequence.name} (copy)", 100),
        description=sequence.description,
        owner=user,
        team=user.team,
        window_start=sequence.window_start,
        window_end=sequence.window_end,
        track_clicks=sequence.track_clicks,
        track_opens=sequence.track_opens,
        adaptive=sequence.adaptive,
    )
    for step in current_steps(sequence):
        change = with_words(input_of(step), input_of(step).words)
        add_row(mine, mine.version, uuid.uuid4(), step.position, change, None)
    return mine


MOVES: Mapping[str, frozenset[str]] = {
    "running": frozenset({"draft", "paused"}),
    "paused": frozenset({"running", "archived"}),
    "archived": frozenset({"draft", "paused"}),
}


@transaction.atomic
def set_state(sequence: Sequence, state: str) -> None:
    """Start, pause, archive or bring back, by one conditional UPDATE. Raises SequenceError.

    A program does not start what goes out unchanged.
    """
    if state not in MOVES:
        raise SequenceError("That is not a state.")
    sequence = locked(sequence)
    if state == Sequence.State.RUNNING:
        _check_ready(sequence)
        _check_who(sequence)
    if state == Sequence.State.ARCHIVED:
        _check_empty(sequence)
    rows = Sequence.objects.filter(pk=sequence.pk, state__in=MOVES[state])
    if rows.update(state=state) != 1 and sequence.state != state:
        raise SequenceError(f"It is {sequence.get_state_display().lower()} now.")


def _check_ready(sequence: Sequence) -> None:
    steps = current_steps(sequence)
    if not steps:
        raise SequenceError("Add a touch first.")
    for step in steps:
        for variant in step.variants.all():
            if found := problems(variant.subject, variant.body):
                raise SequenceError(f"Touch {step.position}, {step.name}: {found[0]}")
    first = next((step for step in steps if step.channel == "email"), None)
    if first and not all(variant.subject for variant in first.variants.all()):
        raise SequenceError(
            f"Touch {first.position}, {first.name}: the first mail needs a subject."
        )


def _check_who(sequence: Sequence) -> None:
    """Touches that go out unchanged have nobody else who looks."""
    if hands.program() and any(step.unchanged for step in current_steps(sequence)):
        raise SequenceError("It has a touch that goes out unchanged, so only a person starts it.")


def _check_empty(sequence: Sequence) -> None:
    count = Enrollment.objects.filter(sequence=sequence, state__in=OPEN).count()
    if count:
        people = plural(count, "person is", "people are")
        raise SequenceError(f"{people} still in it. Stop them first, or pause the sequence.")


def problems(subject: str, body: str) -> list[str]:
    """Fields in a frame that nobody will ever fill, in words."""
    text = f"{subject}\n{body}"
    unknown = [name for name in frames.names(text) if not _known(name)]
    return [f"“{name}” is no field" for name in (*unknown, *frames.strange(text))]


def _known(name: str) -> bool:
    if name.startswith(frames.SNIPPET):
        return name.removeprefix(frames.SNIPPET) in merge.snippet_texts()
    return name in merge.FIELDS


def save_settings(
    sequence: Sequence,
    *,
    name: str,
    description: str,
    start: time | None,
    end: time | None,
    track_clicks: bool = False,
    track_opens: bool = False,
    adaptive: bool = False,
) -> None:
    """Name, description and window (the lead's local time). Raises SequenceError."""
    name = one_line(name, 100)
    if not name:
        raise SequenceError("Give the sequence a name.", "name")
    if (start is None) != (end is None):
        raise SequenceError("Give both times, or none to use the workspace's.", "window_end")
    if start and end and start >= end:
        raise SequenceError("The window must end after it starts.", "window_end")
    Sequence.objects.filter(pk=sequence.pk).update(
        name=name,
        description=one_line(description, 300),
        window_start=start,
        window_end=end,
        track_clicks=track_clicks,
        track_opens=track_opens,
        adaptive=adaptive,
    )


def save_rule(sequence: Sequence, query: str, *, live: bool, user: User) -> None:
    """Who is added by itself from now on; an empty filter takes the rule away.

    The rule reaches only leads that `user`, who set it, sees as well.
    """
    kept = clean_query(QueryDict(query))
    on = live and bool(kept)
    rule: dict[str, Any] = {"query": kept, "live": True, "by": user.pk} if on else {}
    Sequence.objects.filter(pk=sequence.pk).update(rule=rule)
