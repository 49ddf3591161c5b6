"""`manage.py rebuild_stats`: every number of Analytics again, from the threads."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from analytics.models import DailyStat
from analytics.services import rollup


class Command(BaseCommand):
    help = "Count everything again from the threads. Pages go on with the old numbers meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        done: Counter[str] = Counter()

        def report(what: str, number: int) -> None:
            done[what] += number

        rollup.rebuild(report)
        numbers = DailyStat.objects.count()
        self.stdout.write(
            f"{done['leads']:,} leads counted, {done['days']:,} days summed, {numbers:,} numbers."
        )
