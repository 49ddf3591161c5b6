"""When a name in a text is one that we know: in another case, with or without a title."""

from outreach.services.receipt_words import word_list

GENERIC = frozenset(
    word_list(
        """
    street st road rd avenue ave lane str strasse straße hotel hotels bakery bakeries company
    group ltd limited inc gmbh ag kg co sp zoo sa srl bv team services service mr mrs ms dr herr
    frau the and of de von van la der clinic clinics restaurant director manager head owner
    chief officer operations general managing hall site office plant north south east west new
    old great upon
    """
    )
)


def first_case(token: str, words: frozenset[str]) -> str:
    """ "Marto" and "Martę" are "Marta"."""
    base = f"{token[:-1]}a"
    return base if token[-1] in "oyei" and len(token) > 3 and base in words else token


def known(token: str, words: frozenset[str]) -> bool:
    """The word, or it in another case: "Poznaniu" for "Poznań", "Müllers" for "Müller"."""
    if token in words or token.removesuffix("s") in words or f"{token}s" in words:
        return True
    if len(token) < 6:
        return False
    return any(len(word) > 3 and _inflected(token, word) for word in words)


_CASES = ("owi", "iem", "ami", "ego", "em", "ie", "om", "a", "u", "y", "i", "e")


def _inflected(token: str, word: str) -> bool:
    """All but the last three letters are the same, or only a Polish ending and its "e" differ."""
    longest, shortest = max(len(token), len(word)), min(len(token), len(word))
    same = max(5, longest - 3)
    if longest - shortest <= 3 and shortest >= 5 and token[:same] == word[:same]:
        return True
    return any(token == f"{base}{tail}" for base in {word, word[:-2] + word[-1]} for tail in _CASES)
