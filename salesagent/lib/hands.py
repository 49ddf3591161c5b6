"""Whether a program acts now, with a token of its own, or a person.

Set at the door of the API for one request. What is written meanwhile says so (`MARK` in the data of
a thread's event), since words and orders of a program never reach a lead before a person read them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WRITER = "ai:program"  # of words that came with a program's token
# keys in an event's data
MARK = "program"
ALONE = "alone"  # a schedule brought it, and nobody looked
COPIED = "copied"  # the company's name was read off the company that is stored
UNSEEN = "unseen"  # columns whose value was taken from where nobody stands for it
_program: ContextVar[bool] = ContextVar("program", default=False)


def program() -> bool:
    return _program.get()


@contextmanager
def of_program(yes: bool = True) -> Iterator[None]:
    token = _program.set(yes)
    try:
        yield
    finally:
        _program.reset(token)
