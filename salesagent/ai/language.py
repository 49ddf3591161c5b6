"""A text's language: by its script, else by its letter groups; "und" when unsure."""

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from salesagent.ai import features
from salesagent.ai.fold import shorten

if TYPE_CHECKING:
    from salesagent.ai.heads import Heads

UNSURE = "und"
_SURE = 0.25  # how far the best language must be ahead of the second; on held-out authors
_SCRIPTS = {
    "GREEK": "el", "HEBREW": "he", "ARABIC": "ar", "HANGUL": "ko", "HIRAGANA": "ja",
    "KATAKANA": "ja", "THAI": "th", "DEVANAGARI": "hi", "CJK": "zh", "CYRILLIC": "ru",
    "ARMENIAN": "hy", "GEORGIAN": "ka", "BENGALI": "bn", "TAMIL": "ta",
}  # fmt: skip
_UKRAINIAN = set("іїєґ")


def by_script(text: str) -> str:
    """The language of a text in another script than Latin; empty for Latin or no letters."""
    letters = [sign for sign in shorten(text) if sign.isalpha()][:400]
    scripts = Counter(unicodedata.name(sign, "").split(" ")[0] for sign in letters)
    if not letters or scripts["LATIN"] * 2 > len(letters):
        return ""
    if scripts["HIRAGANA"] or scripts["KATAKANA"]:
        return "ja"
    best = max(scripts, key=lambda one: scripts[one])
    if best == "CYRILLIC" and _UKRAINIAN & {sign.lower() for sign in letters}:
        return "uk"
    return _SCRIPTS.get(best, UNSURE) if best != "LATIN" else ""


def ranked(heads: "Heads", folded: str) -> list[tuple[str, float]]:
    """Languages of the corpus, the likeliest first, with their scores."""
    head = heads.heads["language"]
    found = features.weigh("letters", features.letters(folded), heads.rarity)
    scores = head.scores({"letters": found}, None)
    return sorted(zip(head.classes, map(float, scores), strict=True), key=lambda one: -one[1])


def name_of(ranking: list[tuple[str, float]]) -> str:
    ahead = ranking[0][1] - ranking[1][1]
    return ranking[0][0] if ahead >= _SURE else UNSURE
