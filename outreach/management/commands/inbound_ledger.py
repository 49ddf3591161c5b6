"""Prove that every mail on the servers is in a thread, ignored with a reason, or waits."""

import json
import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from outreach.models import LedgerCheck, Mailbox
from outreach.services import ledger_check

NUMBERS = ("on_server", "threaded", "ignored", "waiting", "missing", "fetched")


class Command(BaseCommand):
    help = (
        "Compare the mail on the servers with the ledger of received mail, mailbox by mailbox; "
        "what is missing is taken in at once. Ends with 1 if there is a gap or a server that "
        "cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mailbox", metavar="ADDRESS", help="only this one")
        parser.add_argument("--days", type=int, default=ledger_check.DAYS, help="how far back")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        days = min(max(1, options["days"]), 366)
        found = [_facts(ledger_check.check(box, days)) for box in _boxes(options["mailbox"])]
        texts = ledger_check.texts(timezone.now() - timedelta(days=days))
        if options["json"]:
            rows = [{"channel": c, "state": s, "count": n} for (c, s), n in texts.items()]
            self.stdout.write(json.dumps({"mailboxes": found, "texts": rows}, indent=1))
        else:
            self._print(found, texts)
        if any(one["missing"] or one["error"] for one in found):
            sys.exit(1)

    def _print(self, found: list[dict[str, Any]], texts: dict[tuple[str, str], int]) -> None:
        for one in found:
            numbers = ", ".join(f"{one[name]} {name.replace('_', ' ')}" for name in NUMBERS)
            self.stdout.write(f"{one['mailbox']}: {one['error'] or numbers}")
            for reason, count in one["reasons"].items():
                self.stdout.write(f"  {count} ignored: {reason or 'no reason noted'}")
            for item in one["details"]:
                self.stderr.write(f"  missing: {item}")
        for (channel, state), count in texts.items():
            self.stdout.write(f"{channel}: {count} {state}")
        if not found and not texts:
            self.stdout.write("No mailbox is connected.")


def _boxes(address: str | None) -> list[Mailbox]:
    rows = Mailbox.objects.exclude(state=Mailbox.State.OFF).select_related("user", "connection")
    if not address:
        return list(rows)
    rows = rows.filter(address__iexact=address)
    if not rows:
        raise CommandError(f"No mailbox in use has the address {address}.")
    return list(rows)


def _facts(row: LedgerCheck) -> dict[str, Any]:
    ignored = dict(ledger_check.reasons(row.mailbox, row.since))
    numbers = {name: getattr(row, name) for name in NUMBERS}
    return {
        "mailbox": row.mailbox.address,
        "since": row.since.isoformat(),
        **numbers,
        "reasons": ignored,
        "details": row.details,
        "error": row.error,
    }
