"""Train the heads that read replies, in a process of their own."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from outreach.services import learning


class Command(BaseCommand):
    help = (
        "Learn from what people corrected. The new heads are used only when they read the held-out "
        "replies no worse; --back takes the ones before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--back", action="store_true", help="use the heads before")
        parser.add_argument("--due", action="store_true", help="only when enough is new")

    def handle(self, *args: object, back: bool, due: bool, **options: object) -> None:
        try:
            self.stdout.write(_done(back, due))
        except learning.LearningError as error:
            raise CommandError(str(error)) from error


def _done(back: bool, due: bool) -> str:
    if back:
        return learning.roll_back()
    few = learning.waiting() < learning.NEW_BEFORE_TRAINING
    if due and few:
        return f"Nothing to do: {learning.waiting()} corrections are new."
    return learning.train().words
