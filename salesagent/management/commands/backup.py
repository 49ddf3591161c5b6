"""`manage.py backup`: one encrypted file with everything, made while the product runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesagent.lib import backup

NO_KEY = (
    "There is no recovery key yet. Make one in Settings, Backups, or with `manage.py backup "
    "--new-key`, and keep it away from this machine: without it nobody can open a backup."
)
KEY_SHOWN = """\
Recovery key (shown once; it opens every backup made for it; keep it away from this machine):
{}
Recipient (not secret; what backups are made with):
{}"""


class Command(BaseCommand):
    help = "Write an encrypted backup of the database, the files and the keys. See docs/backup.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, help="a file or folder; default DATA_DIR/backups")
        parser.add_argument("--recipient", default="", help="age1..; default: the stored one")
        parser.add_argument("--new-key", action="store_true", help="make a recovery key and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(KEY_SHOWN.format(*backup.new_key()))
            return
        recipient = options["recipient"] or stored_recipient()
        if not recipient:
            raise CommandError(NO_KEY)
        target = place(options["to"])
        try:
            made = backup.make(target, recipient)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(made.manifest.rows.values())
        self.stdout.write(
            f"{made.path}\n{made.size:,} bytes, {rows:,} rows, {len(made.manifest.parts)} parts, "
            f"SHA-256 {made.sha256}"
        )
        for name in made.odd:
            self.stdout.write(f"Left out, as its name is no UTF-8: {name}")
        if options["to"] is None:
            count = kept_count()
            for path in keep_newest(target.parent, count):
                self.stdout.write(f"Removed {path.name}: {count} are kept.")


def stored_recipient() -> str:
    """What the page of backups stored; empty before that."""
    try:
        from salesagent.accounts import backups
    except ImportError:
        return ""
    return str(backups.recipient() or "")


def kept_count() -> int:
    """What the owner chose on the page of backups, else BACKUPS_KEPT."""
    try:
        from salesagent.accounts import backup_rows
    except ImportError:
        return int(settings.BACKUPS_KEPT)
    return backup_rows.options().keep


def place(to: Path | None) -> Path:
    folder = Path(settings.DATA_DIR) / "backups" if to is None else to
    if to is not None and not to.is_dir():
        return to
    return folder / backup.file_name(datetime.now(UTC))


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Remove our own older files; their names sort by time."""
    found = sorted(path for path in folder.glob(f"salesagent-*{backup.SUFFIX}") if path.is_file())
    gone = found[: max(0, len(found) - max(1, count))]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
