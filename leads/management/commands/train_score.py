"""`manage.py train_score`: learn the lead score from outcomes now, and say what came of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.models import ScoreModel
from leads.services import score_training


class Command(BaseCommand):
    help = "Learn the lead score from won and lost leads; what is not better is not used."

    def handle(self, *args: Any, **options: Any) -> None:
        material = score_training.collect()
        self.stdout.write(
            f"{len(material.closed)} outcomes, {material.wins} won; "
            f"{material.left_out} left out for want of a row from before."
        )
        try:
            row = score_training.train(material=material)
        except score_training.TrainingError as error:
            raise CommandError(str(error)) from error
        in_use = row.state == ScoreModel.State.CHAMPION
        self.stdout.write(f"Version {row.number}: {'in use' if in_use else 'not used'}.")
        self.stdout.write(row.verdict)
        if peak := row.metrics.get("peak MB"):
            self.stdout.write(f"{peak} MB at most, {row.metrics['cpu seconds']} s.")
