"""Thread events are only ever added; the database itself refuses anything else.

SQLite drops triggers when Django remakes a table, so they are put back after every migrate.
"""

from django.apps import AppConfig
from django.db import connections

TABLE = "leads_threadevent"
KEPT = (
    "id",
    "lead_id",
    "kind",
    "occurred_at",
    "recorded_at",
    "actor",
    "channel",
    "direction",
    "dedupe_key",
)

_SQLITE_SAME = " AND ".join(f"NEW.{c} IS OLD.{c}" for c in KEPT)
SQLITE = (
    f"DROP TRIGGER IF EXISTS {TABLE}_delete",
    f"""CREATE TRIGGER {TABLE}_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'thread events are never deleted'); END""",
    f"DROP TRIGGER IF EXISTS {TABLE}_update",
    f"""CREATE TRIGGER {TABLE}_update BEFORE UPDATE ON {TABLE}
        WHEN NOT (OLD.redacted_at IS NULL AND NEW.redacted_at IS NOT NULL AND NEW.body = ''
                  AND {_SQLITE_SAME})
        BEGIN SELECT RAISE(ABORT, 'thread events are never changed, only redacted'); END""",
)

_PG_SAME = " AND ".join(f"NEW.{c} IS NOT DISTINCT FROM OLD.{c}" for c in KEPT)
POSTGRES = (
    f"""CREATE OR REPLACE FUNCTION {TABLE}_guard() RETURNS trigger AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'thread events are never deleted'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      IF OLD.redacted_at IS NULL AND NEW.redacted_at IS NOT NULL AND NEW.body = ''
         AND {_PG_SAME} THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'thread events are never changed, only redacted'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$ LANGUAGE plpgsql""",
    f"DROP TRIGGER IF EXISTS {TABLE}_guard ON {TABLE}",
    f"""CREATE TRIGGER {TABLE}_guard BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {TABLE}_guard()""",
)


def install(sender: AppConfig, using: str, **kwargs: object) -> None:
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in POSTGRES if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


def remove(using: str = "default") -> None:
    """Take the triggers away: only for tests that truncate tables between cases."""
    connection = connections[using]
    names = (
        (f"{TABLE}_guard",)
        if connection.vendor == "postgresql"
        else (f"{TABLE}_delete", f"{TABLE}_update")
    )
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
