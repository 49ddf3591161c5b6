"""`manage.py crm_sync hubspot [--dry-run]`: one sync now, in this process, and what it did."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from leads.models import SyncRun
from leads.services import crm_accounts, crm_sync

WORDS = {
    "in": "came in",
    "out": "went out",
    "same": "are the same",
    "decide": "wait for your decision",
    "left": "were left out",
    "failed": "were refused",
}
SHOWN = 40


class Command(BaseCommand):
    help = "Sync with a connected CRM. --dry-run compares only, and changes nothing on either side."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("service", choices=sorted(settings.CRMS))
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = crm_sync.start(options["service"], None, bool(options["dry_run"]))
        except crm_accounts.SyncError as error:
            raise CommandError(error.message) from error
        crm_sync.work(run.job_id or 0)
        run.refresh_from_db()
        if run.preview:
            self._lines(run)
        counts = (f"{run.counts[code]:,} {w}" for code, w in WORDS.items() if run.counts.get(code))
        self.stdout.write(", ".join(counts) or "Nothing to do.")
        if run.state not in (SyncRun.State.DONE, SyncRun.State.PLANNED):
            raise CommandError(run.error or "It did not come to its end.")

    def _lines(self, run: SyncRun) -> None:
        for line in crm_sync.diff(run)[:SHOWN]:
            what = "; ".join(f"{k}: {old} → {new}" for k, (old, new) in line.changes.items())
            text = what or line.reason
            self.stdout.write(f"{line.get_action_display()}: {line.label}  {text}"[:160])
        if (total := run.changes.count()) > SHOWN:
            self.stdout.write(f"and {total - SHOWN:,} more")
