"""The line that tells a person what just happened, with an Undo while there is one."""

from django.contrib import messages
from django.http import HttpRequest


def show(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Shown on the next page; `undo_url` is posted to by its Undo button (key Z)."""
    messages.add_message(request, messages.SUCCESS, text, extra_tags=undo_url)


def warn(request: HttpRequest, text: str) -> None:
    messages.add_message(request, messages.WARNING, text)
