"""How much of a text stands in other recent mails, word run by word run. No tables.

Mails of the same step share their frame on purpose, so the frame is told apart from own words.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from outreach.services import lint

RUN = 4  # words
LEAST = 10  # runs; a shorter text says nothing
FEW = 0.5  # a run in this share of the step's mails belongs to its frame
SHARED = 0.6  # of all runs, found in any other mail: worth a look
SAME = 0.8  # of all runs, found in one single mail


@dataclass(frozen=True)
class Meter:
    """Shares 0..1. `others`: runs that any mail of another step has; `closest`: one single mail;
    `frame`: runs that belong to the step's frame; `own`: of the rest, what others have too."""

    others: float = 0.0
    closest: float = 0.0
    frame: float = 0.0
    own: float = 0.0
    mails: int = 0

    @property
    def worth_a_look(self) -> bool:
        return self.closest >= SAME or self.others >= SHARED


@lru_cache(maxsize=512)
def runs(text: str) -> frozenset[int]:
    """Hashes of the word runs; the same mails are compared again and again."""
    words = [word.casefold() for word in lint.words(text)]
    return frozenset(hash(tuple(words[i : i + RUN])) for i in range(len(words) - RUN + 1))


def measure(body: str, others: Sequence[str], same_step: Sequence[str] = ()) -> Meter:
    """Compare with mails of other steps and, apart from them, with those of the same step."""
    mine = runs(body)
    if len(mine) < LEAST:
        return Meter()
    each = [mine & runs(text) for text in others]
    found = frozenset().union(*each)
    frame = _frame(mine, same_step)
    own = mine - frame
    size = len(mine)
    return Meter(
        others=len(found) / size,
        closest=max((len(part) for part in each), default=0) / size,
        frame=len(frame) / size,
        own=len(own & found) / len(own) if own else 0.0,
        mails=len(others) + len(same_step),
    )


def _frame(mine: frozenset[int], mails: Iterable[str]) -> frozenset[int]:
    sets = [mine & runs(text) for text in mails]
    counts = Counter(run for part in sets for run in part)
    return frozenset(run for run, count in counts.items() if count >= max(1, FEW * len(sets)))


def words(meter: Meter) -> str:
    """In the words of the page."""
    text = f"{round(meter.others * 100)} of 100 phrases stand in other recent mails"
    if meter.frame:
        text += f", {round(meter.frame * 100)} belong to the frame of this step"
    return text
