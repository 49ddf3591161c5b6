"""Full-text search: FTS5 with triggers on SQLite, tsvector on PostgreSQL, behind two functions.

Both indexes follow the tables by the database's own means, so no writer can forget them.
"""

import re

from django.apps import AppConfig
from django.db import connections
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from leads.models import Lead, ThreadEvent

FEW = 500
_WORD = re.compile(r"\w+", re.UNICODE)


def _sqlite_fts(name: str, table: str, column: str) -> tuple[str, ...]:
    return (
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5({column}, content='{table}', "
        f"content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
        f"DROP TRIGGER IF EXISTS {name}_i",
        f"DROP TRIGGER IF EXISTS {name}_d",
        f"DROP TRIGGER IF EXISTS {name}_u",
        f"""CREATE TRIGGER {name}_i AFTER INSERT ON {table} WHEN NEW.{column} <> ''
            BEGIN INSERT INTO {name}(rowid, {column}) VALUES (NEW.id, NEW.{column}); END""",  # noqa: S608  names are ours
        f"""CREATE TRIGGER {name}_d AFTER DELETE ON {table} WHEN OLD.{column} <> ''
            BEGIN INSERT INTO {name}({name}, rowid, {column})
                  VALUES ('delete', OLD.id, OLD.{column}); END""",  # noqa: S608
        f"""CREATE TRIGGER {name}_u AFTER UPDATE OF {column} ON {table}
            WHEN NEW.{column} IS NOT OLD.{column}
            BEGIN
              INSERT INTO {name}({name}, rowid, {column})
                SELECT 'delete', OLD.id, OLD.{column} WHERE OLD.{column} <> '';
              INSERT INTO {name}(rowid, {column})
                SELECT NEW.id, NEW.{column} WHERE NEW.{column} <> '';
            END""",
    )


SQLITE = _sqlite_fts("leads_lead_fts", "leads_lead", "search_text") + _sqlite_fts(
    "leads_event_fts", "leads_threadevent", "body"
)
POSTGRES = (
    "CREATE INDEX IF NOT EXISTS leads_lead_tsv ON leads_lead "
    "USING gin (to_tsvector('simple', search_text))",
    "CREATE INDEX IF NOT EXISTS leads_event_tsv ON leads_threadevent "
    "USING gin (to_tsvector('simple', left(body, 20000)))",
)


def install(sender: AppConfig, using: str, **kwargs: object) -> None:
    connection = connections[using]
    if "leads_threadevent" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in POSTGRES if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


def words(query: str) -> list[str]:
    """The words of a search, lower case, at most eight."""
    return [w.lower() for w in _WORD.findall(query)][:8]


def _match(
    using: str, table: str, column: str, query: str, *, whole: bool = False
) -> RawSQL | None:
    """`whole`: only entire words. The index streams those; beginnings it must gather first."""
    terms = words(query)
    if not terms:
        return None
    if connections[using].vendor == "postgresql":
        text = " & ".join(t if whole else f"{t}:*" for t in terms)
        expression = column if column == "search_text" else f"left({column}, 20000)"
        return RawSQL(  # noqa: S611  names are ours, the text is a parameter
            f"SELECT id FROM {table} WHERE to_tsvector('simple', {expression}) "  # noqa: S608
            f"@@ to_tsquery('simple', %s)",
            (text,),
        )
    name = "leads_lead_fts" if table == "leads_lead" else "leads_event_fts"
    text = " ".join(f'"{t}"' if whole else f'"{t}"*' for t in terms)
    return RawSQL(  # noqa: S611
        f"SELECT rowid FROM {name} WHERE {name} MATCH %s",  # noqa: S608
        (text,),
    )


def find_leads(leads: QuerySet[Lead], query: str) -> QuerySet[Lead]:
    """`leads` narrowed to those that have every word of `query` as a word's beginning.

    Few matches are looked up by their key. Of many (FEW and more) that would read most leads, so
    there the database walks `leads` in its order and asks for each whether it matches.
    """
    match = _match(leads.db, "leads_lead", "search_text", query)
    if match is None:
        return leads
    if connections[leads.db].vendor == "postgresql" or len(_ids(leads.db, match, None, FEW)) < FEW:
        return leads.filter(pk__in=match)
    return leads.alias(match_key=F("pk") + 0).filter(match_key__in=match)


def find_events(events: QuerySet[ThreadEvent], query: str) -> QuerySet[ThreadEvent]:
    """`events` narrowed to those whose text has every word of `query`."""
    match = _match(events.db, "leads_threadevent", "body", query)
    return events.filter(pk__in=match) if match is not None else events


def lead_ids(query: str, *, before: int | None, limit: int) -> list[int]:
    """Ids of leads that match, newest first, below the id `before`. No access is checked here."""
    match = _match(Lead.objects.db, "leads_lead", "search_text", query)
    return _ids(Lead.objects.db, match, before, limit)


def event_ids(query: str, *, before: int | None, limit: int, whole: bool) -> list[int]:
    """Ids of events whose text matches, newest first, below `before`. No access is checked here.

    `whole` looks for entire words, which costs little however many events have them.
    """
    match = _match(ThreadEvent.objects.db, "leads_threadevent", "body", query, whole=whole)
    return _ids(ThreadEvent.objects.db, match, before, limit)


def _ids(using: str, match: RawSQL | None, before: int | None, limit: int) -> list[int]:
    if match is None:
        return []
    key = "id" if connections[using].vendor == "postgresql" else "rowid"
    sql, params = match.sql, [*match.params]
    if before is not None:
        sql, params = f"{sql} AND {key} < %s", [*params, before]
    with connections[using].cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY {key} DESC LIMIT %s", [*params, limit])
        return [row[0] for row in cursor.fetchall()]


def text_for(lead: Lead) -> str:
    """What a lead is found by."""
    parts = (
        lead.first_name,
        lead.last_name,
        lead.company_name,
        lead.email or "",
        lead.phone,
        lead.title,
        lead.city,
        lead.trade,
        " ".join(map(str, lead.tags)),
    )
    return " ".join(part for part in parts if part)
