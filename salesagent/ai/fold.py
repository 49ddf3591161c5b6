"""One shape for a text, whatever the keyboard: lower case, no accents, marks for numbers and links.

Linear; of a long text the beginning and the end are kept, where people say what they want.
"""

import re
import unicodedata

MOST = 3000  # characters that count: 2,200 from the beginning, 800 from the end
_HEAD, _TAIL = 2200, 800
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "æ": "ae", "Æ": "ae", "œ": "oe",
        "đ": "d", "ı": "i", "İ": "i", "’": "'", "‘": "'", "´": "'", "`": "'",
        "\u200b": None, "\u00ad": None, "\ufeff": None,
    }
)  # fmt: skip
_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}")
_MAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,120}")
_CALL = re.compile(r"\+?\d[\d /().-]{6,24}\d")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d\d\b")
_NUMBER = re.compile(r"\d{1,30}")
_SPACE = re.compile(r"\s+")
WORD = re.compile(r"[^\W_]+|[^\w\s]")


def shorten(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:_HEAD]} {text[-_TAIL:]}"


def fold(text: str) -> str:
    """Lower case, accents off, digits as 0; links, addresses and times become one word each."""
    plain = shorten(text).translate(_LETTERS).lower()
    apart = unicodedata.normalize("NFKD", plain)
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    plain = _LINK.sub(" urlx ", plain)
    plain = _MAIL.sub(" mailx ", plain)
    plain = _CALL.sub(" phonex ", plain)
    plain = _CLOCK.sub(" timex ", plain)
    return _SPACE.sub(" ", _NUMBER.sub("0", plain)).strip()


def words(folded: str) -> list[str]:
    """Words and signs of a folded text, one emoji each."""
    return WORD.findall(folded)
