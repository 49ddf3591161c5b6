"""Leads by tag. Tags are a JSON list: each database has its own way to look into it."""

from typing import Any

from django.db import connections
from django.db.models import BooleanField, F, Func, QuerySet, Value

from leads.models import Lead

LIMIT = 200


class HasTag(Func):
    """True where the JSON list (first argument) holds the text (second argument)."""

    output_field = BooleanField()
    function = "jsonb_exists"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(
            compiler,
            connection,
            template="EXISTS (SELECT 1 FROM json_each(%(expressions)s)",
            arg_joiner=") WHERE value = ",
            **extra,
        )


def with_tag(leads: QuerySet[Lead], tag: str) -> QuerySet[Lead]:
    """Leads that carry this tag; tags are kept in lower case."""
    return leads.filter(HasTag(F("tags"), Value(tag.lower())))


def tags_in_use(leads: QuerySet[Lead]) -> list[str]:
    """Tags of these leads in order of the alphabet, at most 200."""
    unpack, column = "json_each(leads_lead.tags) AS t", "t.value"
    if connections[leads.db].vendor == "postgresql":
        unpack = "jsonb_array_elements_text(leads_lead.tags) AS t(value)"
    ids, params = leads.order_by().values("pk").query.sql_with_params()
    sql = (
        f"SELECT DISTINCT {column} FROM leads_lead, {unpack} "  # noqa: S608  no outside text
        f"WHERE leads_lead.id IN ({ids}) ORDER BY 1 LIMIT {LIMIT}"
    )
    with connections[leads.db].cursor() as cursor:
        cursor.execute(sql, params)
        return [str(row[0]) for row in cursor.fetchall()]
