"""What a reply means, by careful rules: no model, no network, the same answer every time.

It reads only the person's new words; lines with quote marks are left out, because our own quoted
text speaks of prices and of unsubscribing. It would rather say "other" than guess.
"""

# ruff: noqa: E501  one pattern a line reads better than a broken one

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from salesagent.ai import rules_words as words
from salesagent.ai.base import Classification
from salesagent.ai.rules_aside import is_aside
from salesagent.ai.rules_turned import says_keep, stops_nothing
from salesagent.ai.rules_words_more import OPT_OUT_MORE

TEXT_LIMIT = 8000
LABELS = {
    "interested": "Interested",
    "meeting": "Wants to meet",
    "question": "Question",
    "objection": "Objection",
    "not_interested": "Not interested",
    "referral": "Names somebody else",
    "left_company": "Left the company",
    "opt_out": "Asked to stop",
    "out_of_office": "Out of office",
    "other": "Other",
}
_STOPS = 20  # words for stopping that are looked at; nobody writes more
SURE = 0.8  # from here on the product acts by itself
_SPACE = re.compile(r"\s+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_SPACED = re.compile(r"(?:\w ){2,20}\w\W{0,3}")  # "s t o p"
_QUOTES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u00b4`", "'"))
_NEGATED = re.compile(
    # English keeps a distance ("don't you dare take me off"), others stand close by
    r"\b(?:don't|dont|do not|not|never|no need to)(?: (?!please|interested|thank|and|so|just|but)[\w']{1,12}){0,3} ?$"
    r"|\b(?:nicht|pas|no|non|niet|nie|não|nao|num|inte|ikke|ne)(?: (?!interes|gracias|grazie|obrigad|merci|danke|dank|"
    r"dzięk|dziek|tack|tak|takk|bitte|quiero|prosz|por|per|graag)[\w']{1,12})? ?$"
)
_BEGINS_NOT = re.compile(
    r"\W*(?:do not|don't|dont|never|no|ne|non|não|nie|kein\w*|geen|niet|nicht|inga|ingen|please|kindly|pls"
    r"|stop|и|не|ikke|älä|älkää|nu|už|mη)\b"
)
_INSIDE = re.compile(r"\b(?:nicht|niet|inte|ikke)\b(?! (?:mehr|meer|mer|länger|langer|weiter))")
_TURNABLE = re.compile(
    r"\W*(?:melden|streichen|löschen|entfernen|nehmen|nimm|schrijf|haal|verwijder|meld|ta bort|fjern|slet|slett)"
)


class RuleClassifier:
    name = "rules"

    def classify(self, text: str) -> Classification:
        """Never raises. `labels` holds every class that was found, the disposition among them."""
        plain = _plain(text)
        if not plain:
            return Classification("other", 0.5, {"other": 0.5}, "No text of their own")
        found = _found(plain)
        disposition, reason = _decide(found)
        labels = {label: score for label, (score, _) in found.items()} or {"other": 0.5}
        return Classification(disposition, labels.get(disposition, 0.5), labels, reason)


SIGNS = ("opt_out", "out_of_office", "not_interested", "meeting", "objection", "interested",
         "question", "words", "mark")  # fmt: skip


def signs(text: str) -> list[float]:
    """What the rules see in a text, for the heads' calibration: one number for each of SIGNS."""
    plain = _plain(text)
    found = _found(plain)
    hits = [1.0 if label in found else 0.0 for label in SIGNS[:-2]]
    return [*hits, min(plain.count(" ") + 1, 40) / 40, 1.0 if plain.endswith("?") else 0.0]


def own_words(text: str) -> str:
    """Without quoted lines: our own words speak of prices and of unsubscribing."""
    rows = text[: 4 * TEXT_LIMIT].split("\n")
    return "\n".join(row for row in rows if not row.startswith(">"))[:TEXT_LIMIT].strip()


def _plain(text: str) -> str:
    seen = _UNSEEN.sub("", own_words(text)).translate(_QUOTES)
    folded = unicodedata.normalize("NFKC", seen)[:TEXT_LIMIT].lower()
    plain = _SPACE.sub(" ", folded).strip()
    return plain.replace(" ", "") if _SPACED.fullmatch(plain) else plain


@lru_cache(maxsize=32)
def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _hit(patterns: tuple[str, ...], text: str) -> str:
    """The words that matched, for the reason; empty for none."""
    found = _any(patterns).search(text)
    return found.group().strip()[:60] or "?" if found else ""


def _found(text: str) -> dict[str, tuple[float, str]]:
    """label -> (confidence, the words it rests on)."""
    found: dict[str, tuple[float, str]] = {}
    if hit := _opt_out(text):
        found["opt_out"] = (0.95 if len(text) < 600 else 0.85, hit)
    if absent := _absence(text):
        found["out_of_office"] = absent
    if hit := _hit(words.NOT_INTERESTED, text):
        found["not_interested"] = (0.85, hit)
    if hit := _hit(words.MEETING, text):
        found["meeting"] = (0.8, hit)
    if objection := _objection(text):
        found["objection"] = (0.75, objection)
    if hit := _hit(words.INTERESTED, text):
        found["interested"] = (0.7, hit)
    if hit := _hit(words.QUESTION, text):
        found["question"] = (0.7, hit)
    return found


def _opt_out(text: str) -> str:
    """The words that ask to stop, unless the sentence turns them round ("don't unsubscribe me")."""
    for found in _stops(text):
        if not _turned_round(text, found):
            return found.group().strip()[:60]
    return ""


def _stops(text: str) -> Iterator[re.Match[str]]:
    return islice(_any((*words.OPT_OUT, *OPT_OUT_MORE)).finditer(text), _STOPS)


def says_the_opposite(text: str) -> bool:
    """Words for stopping are there, and each of them is turned round or about something else."""
    plain = _plain(text)
    found = [_turned_round(plain, one) for one in _stops(plain)]
    return all(found) if found else says_keep(plain)


def says_otherwise(text: str) -> bool:
    """Words for stopping are there, but each with another wish beside it: a guess, for a person
    to confirm where the heads read it as an opt-out all the same."""
    plain = _plain(text)
    found = list(_stops(plain))
    return any(not _negated(plain, one) for one in found) and all(
        _turned_round(plain, one) for one in found
    )


def _turned_round(text: str, found: re.Match[str]) -> bool:
    return is_aside(text, *found.span()) or _negated(text, found)


def _negated(text: str, found: re.Match[str]) -> bool:
    says = found.group()
    if stops_nothing(text, found.start(), found.end()):
        return True
    if _TURNABLE.match(says) and _INSIDE.search(says):
        return True
    before = text[max(0, found.start() - 40) : found.start()]
    return not _BEGINS_NOT.match(says) and bool(_NEGATED.search(before))


def _absence(text: str) -> tuple[float, str] | None:
    hit = _hit(words.ABSENT, text)
    if not hit:
        return None
    signs = len(_any(words.ABSENT_SIGNS).findall(text))
    return (0.9 if signs >= 2 else 0.82 if signs else 0.6), hit


def _objection(text: str) -> str:
    for kind, pattern in words.OBJECTION.items():
        if found := re.search(pattern, text):
            return f"{kind}: {found.group()[:50]}"
    return ""


def _decide(found: dict[str, tuple[float, str]]) -> tuple[str, str]:
    """The class that says most about what to do next; an opt-out goes before everything."""
    if not found:
        return "other", "No rule fits"
    if "not_interested" in found and "objection" in found:
        timing = found["objection"][1].startswith("timing")
        order = ("objection", "not_interested") if timing else ("not_interested", "objection")
    else:
        order = ("not_interested", "objection")
    first = ("opt_out", *(("out_of_office",) if _really_absent(found) else ()))
    ranked = (*first, *order, "meeting", "interested", "question", "out_of_office")
    disposition = next(label for label in ranked if label in found)
    return disposition, f'Says "{found[disposition][1]}"'


def _really_absent(found: dict[str, tuple[float, str]]) -> bool:
    """Somebody who also asks to meet or asks a question is writing, not away."""
    if "out_of_office" not in found:
        return False
    return found["out_of_office"][0] >= 0.9 or not found.keys() & {"meeting", "question"}
