"""Ready-made plays, as plain data."""

from coaching.content.authority import AUTHORITY
from coaching.content.base import Ready
from coaching.content.competitor import COMPETITOR
from coaching.content.need import NEED
from coaching.content.price import PRICE
from coaching.content.timing import TIMING
from coaching.content.trust import TRUST
from coaching.content.words import KIND_WORDS

PLAYS: dict[str, tuple[Ready, ...]] = {
    "price": PRICE,
    "timing": TIMING,
    "authority": AUTHORITY,
    "need": NEED,
    "competitor": COMPETITOR,
    "trust": TRUST,
}

__all__ = ["KIND_WORDS", "PLAYS", "Ready"]
