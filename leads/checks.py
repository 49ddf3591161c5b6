"""System checks: everything that wiring names must exist before the program starts."""

from collections.abc import Iterable

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from leads.thread import KINDS

HINT = "Correct salesagent/wiring.py."


@checks.register
def wiring(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    errors: list[checks.CheckMessage] = [
        checks.Error(f"wiring: no event kind {kind!r}", hint=HINT, id="leads.E001")
        for kind in settings.REACTIONS
        if kind not in KINDS
    ]
    for path in _light_paths():
        try:
            import_string(path)
        except ImportError as error:
            errors.append(checks.Error(f"wiring: {path}: {error}", hint=HINT, id="leads.E002"))
    return errors


def _light_paths() -> Iterable[str]:
    """Tasks, panels and adapters. Adapters import their heavy packages inside functions."""
    for paths in settings.REACTIONS.values():
        yield from paths
    for _, path, _ in settings.SCHEDULES:
        yield path
    yield from settings.LEAD_PANELS
    yield from settings.HANDOVERS
    yield from settings.MEMBERS_CHANGED
    yield from settings.LEADS_ASSIGNED
    yield from settings.LEADS_ANEW
    yield from settings.DIGEST
    yield from settings.WATCHES
    yield from settings.CONNECTIONS
    yield from settings.CONNECTION_CHECKS
    yield from (settings.LEAD_THREAD_FACTS, settings.LEAD_WAITING, settings.LEAD_COMPOSER)
    yield from (settings.LEAD_NEXT_STEP, settings.LEAD_STEPS)
    yield from settings.LEAD_LOOKS
    yield settings.LEAD_SLOT_WORDS
    yield settings.ASSIGN_LOADS
    yield from settings.NAV_COUNTS
    yield from settings.NOTICE_LINKS.values()
    for table in ("CHANNELS", "WRITERS", "CLASSIFIERS", "SOURCES", "TRANSPORTS", "CRMS", "OAUTH"):
        yield from getattr(settings, table).values()
    yield from settings.ENRICHERS.values()
    yield from settings.ERASE_AGAIN
    yield from (f"{path}.{name}" for path in settings.HOLDS for name in ("hold", "release"))
    yield from (f"{path}.{name}" for path in settings.CARRIED for name in ("present", "again"))
