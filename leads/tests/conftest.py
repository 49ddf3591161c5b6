"""What tests of leads share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from leads import search
from leads.models import Lead
from leads.tests.crm import crm_connection, sync, there  # noqa: F401  fixtures


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Counts of tabs live in the cache for a minute; no test sees another one's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def make_lead(db: None) -> Callable[..., Lead]:
    """A saved lead that search finds: make_lead(rep, first_name="Ada", score=80)."""

    def make(owner: Any = None, **fields: Any) -> Lead:
        lead = Lead(owner=owner, **fields)
        lead.search_text = search.text_for(lead)
        lead.save()
        return lead

    return make
