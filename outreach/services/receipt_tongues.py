"""Can the checks read this sentence? The patterns of claims know nine languages.

Of a sentence in another one nothing can be said: neither that it states something nor what a source
would have to say. So it is shown as unread, whatever source a model names for it.
"""

import re
import unicodedata
from functools import cache, lru_cache

from outreach.services.claim_tongues import SMALL, STARTERS, tongue
from outreach.services.receipt_words import STOP, fold, word_list
from salesagent.ai.glossary import Table, tables

LEAST = 4  # words; of fewer nobody can tell
_WORD = re.compile(r"[^\W\d_]{1,40}")
_SMALL = frozenset(fold(word) for small in SMALL.values() for word in small) | STOP
_SMALL |= frozenset(fold(word) for word in STARTERS)
# small words of languages that are near by and not read: da, nb, cs, sk, fi, et, hu, ro, hr, tr, lt
_OTHERS = frozenset(
    word_list(
        """
        og ikke hos jer jeres deres være efter kun noget nogen hvor hvad mellom etter bare ikkje af
        netop meget mistet hvis deg meg dere noen gjør kunne ville skulle mere
        že který která které jsme jste jsou nebo také pro při aby už váš vaše vaší vám jako není
        může
        ktorý ktoré sme ste sú alebo tiež pri vás vašej môže nie ako
        ja on ei että se olemme olette teidän meidän kanssa myös tai kun niin ovat sekä joka hän
        teie meie ning kui see oma
        és hogy nem az egy önök vagy csak már még mint lesz meg ön önnek hanem önöket önt cég
        cégük nagyon most mert lehet volt bennünk minden
        și că nu este sunt pentru cu din mai dumneavoastră noastre sau care fi vă ați această
        smo ste su nije što kako vaš vaša vašu vama koji koja samo
        ve bir bu için ile değil siz sizin biz bizim daha çok olarak gibi
        ir yra jūsų mūsų kad bet kaip šis
        """
    )
) - STOP.union(STARTERS, *SMALL.values())
# letters that none of the nine languages has
_FOREIGN = re.compile(r"[ěřůďťňčžšľĺŕőűșțţşăâîğıðþķļņģėįųūđ]")


@cache
def _concepts() -> frozenset[str]:
    found = (set(table.exact.values()) | set(table.stems.values()) for table in _tables())
    return frozenset(word for concepts in found for concept in concepts for word in concept.split())


def _tables() -> list[Table]:
    return [table for name, table in tables().items() if name in SMALL]


@lru_cache(maxsize=20_000)
def _known(word: str) -> bool:
    """A small word, or one of the everyday words that the product understands."""
    plain = fold(word)
    if word in _OTHERS:
        return False
    if plain in _SMALL or plain in _concepts():
        return True
    return len(plain) > 2 and any(table.find((plain,)) for table in _tables())


def unread(text: str, language: str = "") -> bool:
    """Whether a sentence is in a language that the checks do not know.

    `language`: the reader's; Danish looks so much like Swedish that the words alone do not tell.
    """
    words = _WORD.findall(text[:600])
    strange = bool(language) and language[:2].casefold() not in SMALL
    if strange and len(words) >= LEAST and tongue(text) in ("", "sv"):
        return True
    if _other_script(words):
        return True
    if len(words) < LEAST:
        return False
    lower = [word.casefold() for word in words]
    known = sum(_known(word) for word in lower)
    others = sum(word in _OTHERS for word in lower)
    odd = sum(bool(_FOREIGN.search(word)) for word in words if word.islower())
    if odd > 1 or others:
        return 2 * (odd + others) >= known
    return len(words) > LEAST and known * 6 < len(words) and not _one_of_ours(lower)


def _other_script(words: list[str]) -> bool:
    letters = "".join(words)[:400]
    if len(letters) < LEAST:
        return False
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return latin * 2 < len(letters)


def _one_of_ours(words: list[str]) -> bool:
    """English in the style of a note, "Cold rooms serviced nightly": endings tell."""
    return sum(bool(_ENDS.search(word)) for word in words) * 3 >= len(words)


_ENDS = re.compile(
    r"(?:ing|ed|tion|ment|ness|ly|ance|ence|ings|ers|ung|lich|keit|isch|ción|ões|ção|zione|heid)s?$"
)
