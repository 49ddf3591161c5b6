"""/healthz for an uptime monitor (no database), /readyz for whoever wants to know more."""

import shutil
import time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from salesagent.lib import heartbeat
from salesagent.lib.tasks import oldest_queued_seconds

QUEUE_LIMIT_SECONDS = 300
DISK_LIMIT_BYTES = 100 * 1024 * 1024


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 "OK" while the process serves and its loops live; 503 names the loop that stopped."""
    stale = heartbeat.stale()
    if stale:
        return HttpResponse(f"stale: {', '.join(stale)}", status=503, content_type="text/plain")
    return HttpResponse("OK", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Each check with its number; 503 when one fails. Holds no personal data."""
    checks = {
        "database": _database(),
        "queue": _queue(),
        "loops": _loops(),
        "disk": _disk(),
        "backup": _backup(),
    }
    ok = all(check["ok"] for check in checks.values())
    return JsonResponse({"ok": ok, **checks}, status=200 if ok else 503)


def _database() -> dict[str, object]:
    started = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True, "ms": round((time.monotonic() - started) * 1000, 1)}


def _queue() -> dict[str, object]:
    try:
        age = oldest_queued_seconds()
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": age < QUEUE_LIMIT_SECONDS, "oldest_seconds": round(age)}


def _loops() -> dict[str, object]:
    ages = {name: round(age) for name, age in sorted(heartbeat.ages().items())}
    return {"ok": not heartbeat.stale(), "seconds_since_beat": ages}


def _backup() -> dict[str, object]:
    from salesagent.accounts import backups

    try:
        return backups.health()
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}


def _disk() -> dict[str, object]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    return {"ok": free > DISK_LIMIT_BYTES, "free_mb": free // (1024 * 1024)}
