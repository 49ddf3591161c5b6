"""Write every stored secret anew with the newest of DATA_KEYS, so that the older keys can go."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, models, router

from salesagent.lib import crypto

BATCH = 200


@dataclass
class Count:
    """What happened to the secrets of one column."""

    renewed: int = 0
    current: int = 0  # already under the newest key
    changed: int = 0  # somebody saved the row meanwhile, with the newest key
    unreadable: list[Any] = field(default_factory=list)  # primary keys


class Command(BaseCommand):
    help = (
        "Encrypt all stored secrets with the newest of DATA_KEYS. Can be stopped and started "
        "again: what has the newest key already is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, change nothing")
        parser.add_argument("--batch", type=int, default=BATCH, help="rows read at once")

    def handle(self, *args: Any, **options: Any) -> None:
        _check_keys()
        dry, lost = options["dry_run"], 0
        for model, column in secret_columns():
            count = rotate(model, column, dry_run=dry, batch=max(1, options["batch"]))
            name = f"{model._meta.label}.{column.attname}"
            verb = "to renew" if dry else "renewed"
            self.stdout.write(
                f"{name}: {count.renewed} {verb}, {count.current} had the newest key"
                + (f", {count.changed} changed meanwhile" if count.changed else "")
            )
            for key in count.unreadable:
                self.stderr.write(f"{name}: row {key} cannot be read with the keys in DATA_KEYS")
            lost += len(count.unreadable)
        if lost:
            raise CommandError(
                f"{lost} secrets cannot be read. Add the key they were written with to the end of "
                "DATA_KEYS and run this again, or connect these accounts anew. All others are done."
            )
        self.stdout.write("Nothing was changed." if dry else "Older keys are no longer needed.")


def _check_keys() -> None:
    try:
        crypto.box()
    except ValueError as error:
        raise CommandError(
            "DATA_KEYS holds something that is not a key. A key is 44 characters; docs/deploy.md "
            "says how to make one."
        ) from error


def secret_columns() -> Iterator[tuple[type[models.Model], crypto.EncryptedTextField]]:
    """Each encrypted column of each table, found by its type."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        for column in model._meta.local_concrete_fields:
            if isinstance(column, crypto.EncryptedTextField):
                yield model, column


def rotate(
    model: type[models.Model], column: crypto.EncryptedTextField, *, dry_run: bool, batch: int
) -> Count:
    """Go through one column by primary key; each row is its own short transaction."""
    count = Count()
    for key, token in _tokens(model, column, batch):
        if crypto.is_newest(token):
            count.current += 1
            continue
        try:
            fresh = crypto.encrypt(crypto.decrypt(token))
        except crypto.SecretUnreadable:
            count.unreadable.append(key)
            continue
        if dry_run or _replace(model, column, key, token, fresh):
            count.renewed += 1
        else:
            count.changed += 1
    return count


def _names(
    model: type[models.Model], column: crypto.EncryptedTextField
) -> tuple[str, str, str, str]:
    using = router.db_for_write(model)
    quote = connections[using].ops.quote_name
    pk = model._meta.pk
    return using, quote(model._meta.db_table), quote(str(pk.column)), quote(str(column.column))


def _tokens(
    model: type[models.Model], column: crypto.EncryptedTextField, batch: int
) -> Iterator[tuple[Any, str]]:
    """(primary key, token as it is stored); past the field, which would decrypt it."""
    using, table, key, name = _names(model, column)
    where, values = "", list[Any]()
    while True:
        # the names are our own tables and columns, quoted
        sql = (
            f"SELECT {key}, {name} FROM {table} WHERE {name} IS NOT NULL AND {name} <> ''"  # noqa: S608
            f"{where} ORDER BY {key} LIMIT {batch:d}"
        )
        with connections[using].cursor() as cursor:
            cursor.execute(sql, values)
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < batch:
            return
        where, values = f" AND {key} > %s", [rows[-1][0]]


def _replace(
    model: type[models.Model], column: crypto.EncryptedTextField, key: Any, old: str, new: str
) -> bool:
    """Only over the token that was read: a token refreshed meanwhile is newer."""
    using, table, key_name, name = _names(model, column)
    sql = f"UPDATE {table} SET {name} = %s WHERE {key_name} = %s AND {name} = %s"  # noqa: S608
    with connections[using].cursor() as cursor:
        cursor.execute(sql, [new, key, old])
        return bool(cursor.rowcount)
