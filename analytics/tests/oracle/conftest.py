from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import transaction
from django.test import override_settings

from analytics.services import rollup
from analytics.tests.oracle import tables, world

HASHERS = [f"{MD5PasswordHasher.__module__}.{MD5PasswordHasher.__name__}"]


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[world.World]:
    """The world, counted in two steps: as most of it was told, and after the late news. Made once
    for a file; each test gives back what it changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(PASSWORD_HASHERS=HASHERS):
            made = world.make()
        tables.analyze()
        assert rollup.settle(limit=1000.0)
        world.tell_late(made)
        assert rollup.settle(limit=1000.0)
        tables.analyze()
        tables.make("Europe/Warsaw")
        yield made
        transaction.set_rollback(True)
