"""`manage.py run`: web pages and queue workers in one process of about 70 MB."""

import logging
import os
import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesagent.lib import backup_base, filelock, memory

log = logging.getLogger("salesagent.run")
TAKEN = "Another program listens on port {}. End it, or choose another port: PORT=8001 make run."


class Command(BaseCommand):
    help = "Serve the pages and run the queue in one process. SIGTERM ends it without loss."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--threads", type=int, default=4, help="web threads")
        parser.add_argument(
            "--workers",
            type=int,
            default=None,
            help="queue threads; 0 for a host that only serves pages (default: WORKERS or 2)",
        )
        parser.add_argument(
            "--no-migrate", action="store_true", help="refuse to start on old tables"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        memory.limit_arenas()
        from django.conf import settings

        from salesagent import startup

        startup.serve_at(options["host"], options["port"])
        if startup.port_taken(options["host"], options["port"]):
            raise CommandError(TAKEN.format(options["port"]))
        if not filelock.keep(settings.DATA_DIR / backup_base.RUNNING):
            raise CommandError("A restore is at work on this data. Start when it has ended.")
        self._prepare(startup, options)
        workers = settings.WORKERS if options["workers"] is None else options["workers"]
        cluster = self._start_cluster(workers)
        memory.freeze()
        self._say_where(startup, options)
        try:
            self._serve(options)
        finally:
            self._drain(cluster)

    def _prepare(self, startup: Any, options: dict[str, Any]) -> None:
        if options["no_migrate"]:
            from django.db import connection
            from django.db.migrations.executor import MigrationExecutor

            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise CommandError("The database is older than the program: run manage.py migrate.")
        elif startup.migrate():
            self.stdout.write("Database brought up to date.")
        startup.collect_static()
        startup.schedules()
        if warning := startup.ephemeral_warning():
            self.stderr.write(self.style.WARNING(warning))

    def _start_cluster(self, workers: int) -> Any:
        if workers < 1:
            return None
        from django.conf import settings

        from salesagent.lib.cluster import ThreadCluster

        return ThreadCluster(workers=workers, ticks=settings.TICKS).start()

    def _say_where(self, startup: Any, options: dict[str, Any]) -> None:
        where = startup.address(options["host"], options["port"])
        self.stdout.write(f"SalesAgent serves on {where}")
        if link := startup.first_owner_link():
            self.stdout.write(f"Nobody has registered yet. The owner starts here, once: {link}")
        self.stdout.flush()

    def _serve(self, options: dict[str, Any]) -> None:
        import waitress

        from salesagent.wsgi import application

        def end(number: int, frame: FrameType | None) -> None:
            raise SystemExit(0)

        signal.signal(signal.SIGTERM, end)
        waitress.serve(
            application,
            host=options["host"],
            port=options["port"],
            threads=options["threads"],
            ident=None,
            channel_timeout=60,
            connection_limit=200,
            cleanup_interval=15,
            max_request_body_size=64 * 1024 * 1024,
            _quiet=True,
        )

    def _drain(self, cluster: Any) -> None:
        from salesagent.lib import shutdown

        shutdown.requested.set()
        if cluster is not None and not cluster.stop():
            log.warning("A task did not end in time; its touches are settled at the next start.")
        self.stdout.write("Stopped.")
