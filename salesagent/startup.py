"""What must be true before the product serves: tables, static files, schedules, a first owner."""

import errno
import socket
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from salesagent.accounts.models import User
from salesagent.lib import tasks


def migrate() -> bool:
    """Apply waiting migrations; True when there were some."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static() -> bool:
    """Copy and compress the static files unless that was done since they last changed."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    newest = max(path.stat().st_mtime for path in (settings.BASE_DIR / "static").rglob("*"))
    if manifest.is_file() and manifest.stat().st_mtime >= newest:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    return True


def schedules() -> None:
    """Make the schedule rows equal to wiring.SCHEDULES."""
    for name, path, minutes in settings.SCHEDULES:
        tasks.schedule(name, path, minutes=minutes)
    tasks.forget_schedules({name for name, _, _ in settings.SCHEDULES})


def address(host: str, port: int) -> str:
    """Where a browser on this machine reaches what is served."""
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{name}:{port}"


def serve_at(host: str, port: int) -> None:
    """Links lead to the served port where nobody has said how people reach this installation."""
    if settings.SITE_URL == settings.USUAL_SITE_URL:
        settings.SITE_URL = address(host, port)
        settings.CSRF_TRUSTED_ORIGINS = [
            settings.SITE_URL if one == settings.USUAL_SITE_URL else one
            for one in settings.CSRF_TRUSTED_ORIGINS
        ]


def first_owner_link() -> str | None:
    """A one-time registration link while nobody has registered yet, else None."""
    from salesagent.accounts import invitations

    if User.objects.filter(is_active=True).exists():
        return None
    invitation = invitations.invite(email="", role=User.Role.OWNER, team=None, by=None)
    return invitations.link(invitation.token)


def ephemeral_warning() -> str | None:
    """Free hosts that forget their disk lose a SQLite file (RUNTIME.md section 7)."""
    import os

    host = next(
        (name for name in ("RENDER", "REPLIT_DEPLOYMENT", "DYNO") if os.environ.get(name)), None
    )
    if host and connection.vendor == "sqlite" and not os.environ.get("PERSISTENT_DISK"):
        return (
            f"This looks like a host ({host}) that forgets its disk at a restart. Set DATABASE_URL "
            "to a PostgreSQL database, or PERSISTENT_DISK=1 when DATA_DIR is on a disk that stays."
        )
    return None


def port_taken(host: str, port: int) -> bool:
    """Whether another program listens there. Anything else that is wrong shows when we listen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
