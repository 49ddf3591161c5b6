"""One bad row must not hinder the others: its fault is logged and told, the loop goes on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError

from salesagent.ai.base import AiError

log = logging.getLogger("salesagent.tick")

# What a row can do to us. A database that is locked or gone is no fault of the row: see `passing`.
FAULTS = (
    AiError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    DatabaseError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
PASSING = (OperationalError, InterfaceError)


@dataclass
class Result:
    """`value`: what the work returned, if it came so far. `error`: the fault, if there was one."""

    value: object = None
    error: Exception | None = None

    @property
    def failed(self) -> bool:
        """The row itself is bad: trying it again at once would fail again."""
        return self.error is not None and not isinstance(self.error, PASSING)


@contextmanager
def isolated(what: str, pk: int | str) -> Iterator[Result]:
    """Run the block; a fault is logged with the row's id and kept in the result."""
    result = Result()
    try:
        yield result
    except FAULTS as error:
        log.exception("%s failed for %s", what, pk)
        result.error = error
