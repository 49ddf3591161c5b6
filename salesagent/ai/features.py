"""A text as numbers for the heads: hashed letter groups, words and glosses.

The same code in training and in the product, so a text means the same in both. Pure Python and
numpy; a place is a checksum, so nothing has to be stored but how rare each place is.
"""

from binascii import crc32
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from salesagent.ai.fold import fold, words
from salesagent.ai.glossary import gloss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

BLOCKS = {"letters": 1 << 17, "words": 1 << 15, "gloss": 1 << 16}  # places of each
SHARES = {"letters": 1.0, "words": 0.7, "gloss": 1.0}  # how much each says
SIZE = sum(BLOCKS.values())
GROUPS = (2, 3, 4, 5)  # letters in a group
MEANING = 1.5  # how much the encoder says, of English


@dataclass(frozen=True)
class Sparse:
    """Places that are not zero and their values."""

    places: "NDArray[np.int32]"
    values: "Floats"


@dataclass(frozen=True)
class Read:
    """A text read once: folded, in words, and in the words of the glossary."""

    folded: str
    tokens: list[str]
    glossed: list[str]


def read(text: str, language: str) -> Read:
    folded = fold(text)
    tokens = words(folded)
    return Read(folded, tokens, gloss(tokens, language))


def start_of(block: str) -> int:
    names = list(BLOCKS)
    return sum(BLOCKS[name] for name in names[: names.index(block)])


def counts(text: Read) -> dict[str, Sparse]:
    """Damped counts of each block, not weighted yet; places count from the block's start."""
    return {
        "letters": _block(letter_groups(text.folded), BLOCKS["letters"]),
        "words": _block(_runs(text.tokens, 2), BLOCKS["words"]),
        "gloss": _block(_runs(text.glossed, 3), BLOCKS["gloss"]),
    }


def letters(folded: str) -> Sparse:
    return _block(letter_groups(folded), BLOCKS["letters"])


def weigh(block: str, found: Sparse, rarity: "Floats") -> Sparse:
    """Rare places weigh more; the block has the length of its share. `rarity`: of all places."""
    import numpy as np

    start = start_of(block)
    values = found.values * rarity[found.places + start]
    length = float(np.sqrt((values * values).sum())) or 1.0
    return Sparse(found.places + start, (values * (SHARES[block] / length)).astype(np.float32))


def letter_groups(folded: str) -> list[str]:
    """Groups of two to five letters inside each word, its ends marked by spaces."""
    found: list[str] = []
    for word in folded.split(" "):
        padded = f" {word[:40]} "
        for size in GROUPS:
            if len(padded) <= size:
                found.append(padded)
                break
            found.extend([padded[at : at + size] for at in range(len(padded) - size + 1)])
    return found


def _runs(tokens: list[str], longest: int) -> list[str]:
    found = list(tokens)
    for size in range(2, longest + 1):
        found.extend([" ".join(tokens[at : at + size]) for at in range(len(tokens) - size + 1)])
    return found


def _block(grams: list[str], size: int) -> Sparse:
    import numpy as np

    found: dict[int, int] = {}
    for gram in grams:
        place = crc32(gram.encode()) & (size - 1)
        found[place] = found.get(place, 0) + 1
    places = np.fromiter(found, dtype=np.int32, count=len(found))
    damped = [1.0 + log(count) for count in found.values()]
    return Sparse(places, np.array(damped, dtype=np.float32))
