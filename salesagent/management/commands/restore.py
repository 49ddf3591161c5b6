"""`manage.py restore FILE`: put a backup in the place of the present data."""

import getpass
import json
import zoneinfo
from argparse import SUPPRESS
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesagent.lib import backup

AFTERWARDS = """\
Restored from the backup of {at}: {rows:,} rows, {files:,} files.
{erased}Nothing is sent until the owner has looked and starts again:
{held}
{former}What to do now:
  1. Start the product as always (make run).
  2. Look in the Sent folders for what went out after {at}.
  3. Settings, Backups, Start again; or: manage.py restore --start-again OWNER@EXAMPLE.COM"""
FORMER = "The data that was there before is in {}. When all is well: rm -r {}\n"
FORMER_DATABASE = "The former database was renamed to {}; drop it when all is well.\n"
KEYS = """\
This installation has other keys. Those of the backup lie in {} and are used from there; move them
into .env when you have time (docs/backup.md).
"""


class Command(BaseCommand):
    help = "Put a backup in the place of the present data. The product must not run."
    requires_system_checks: list[str] = []  # noqa: RUF012  also on data that is hurt
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--key-file", type=Path, help="a file with the recovery key")
        parser.add_argument("--check", action="store_true", help="only say what is inside")
        parser.add_argument("--start-again", metavar="EMAIL", help="end the hold after a restore")
        parser.add_argument("--settle", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["settle"]:
            return self._settle(datetime.fromisoformat(options["settle"]))
        if options["start_again"]:
            return self._start_again(options["start_again"])
        if options["file"] is None:
            raise CommandError("Name the backup: manage.py restore FILE")
        try:
            key = read_key(options["key_file"])
            if options["check"]:
                return self._show(backup.open_backup(options["file"], key))
            self._tell(backup.restore(options["file"], key, self._say()))
        except backup.BackupError as error:
            raise CommandError(str(error)) from error

    def _settle(self, made_at: datetime) -> None:
        from salesagent.lib import backup_restore

        self.stdout.write(json.dumps(dict(backup_restore.settle(made_at, workspace_zone))))

    def _start_again(self, email: str) -> None:
        from salesagent.accounts.models import User
        from salesagent.lib import hold

        owner = User.objects.filter(email__iexact=email, role="owner", is_active=True).first()
        if owner is None:
            raise CommandError("There is no owner with this address.")
        done = hold.release(owner)
        self.stdout.write("Started again." if done else "Nothing stood still.")

    def _say(self) -> backup.Say:
        told: set[str] = set()

        def say(share: float, what: str) -> None:
            if what not in told:
                told.add(what)
                self.stdout.write(f"{what} ...")

        return say

    def _show(self, manifest: backup.Manifest) -> None:
        self.stdout.write(
            f"Whole and genuine. Made {manifest.made_at:%Y-%m-%d %H:%M} UTC by SalesAgent "
            f"{manifest.product} on {manifest.database}: {sum(manifest.rows.values()):,} rows, "
            f"{len(manifest.parts)} parts."
        )

    def _tell(self, done: backup.Restored) -> None:
        from django.conf import settings
        from django.db import connection

        keys = Path(settings.DATA_DIR) / "restored-keys.json"
        former = FORMER.format(done.former, done.former) if done.former else ""
        if connection.vendor == "postgresql" and done.former_database:
            former += FORMER_DATABASE.format(done.former_database)
        many = f"{done.erased} people erased after it was made were erased again.\n"
        files = sum(part.name.startswith("files/") for part in done.manifest.parts)
        self.stdout.write(
            AFTERWARDS.format(
                at=f"{done.manifest.made_at:%Y-%m-%d %H:%M} UTC",
                rows=sum(done.manifest.rows.values()),
                files=files,
                erased=many if done.erased else "",
                held="\n".join(f"  - {line}" for line in done.held) or "  - nothing was running",
                former=former + (KEYS.format(keys) if keys.exists() else ""),
            )
        )


def workspace_zone() -> zoneinfo.ZoneInfo:
    from salesagent.accounts.models import Workspace

    try:
        return zoneinfo.ZoneInfo(Workspace.current().time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def read_key(path: Path | None) -> str:
    """From a file, else asked for on the terminal without showing it. Raises CommandError."""
    if path is None:
        return getpass.getpass("Recovery key: ")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The key file cannot be read: {error}") from error
