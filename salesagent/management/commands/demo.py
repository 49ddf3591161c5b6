"""`manage.py demo`: a month of work of an invented company, served; mail goes to a folder."""

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Prepare the demo data in var/demo and serve it."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--no-serve", action="store_true", help="prepare the data and exit")
        parser.add_argument("--fresh", action="store_true", help="throw the old demo data away")

    def handle(self, *args: Any, **options: Any) -> None:
        from salesagent import startup
        from salesagent.demo import environment, seed

        taken = not options["no_serve"] and startup.port_taken(options["host"], options["port"])
        if taken:
            text = "Another program listens on port {}. Choose another: PORT=8001 make demo."
            raise CommandError(text.format(options["port"]))
        if options["fresh"]:
            seed.forget()
        startup.migrate()
        startup.collect_static()
        passwords = environment.passwords()
        if seed.run(passwords):
            self.stdout.write("Demo data made.")
        for role in environment.ROLES:
            self.stdout.write(f"{role} {seed.LOGINS[role]} {passwords[role]}")
        if not options["no_serve"]:
            self.stdout.write("Read and answer the demo's mail at /demo/inbox/")
            call_command("run", host=options["host"], port=options["port"])
