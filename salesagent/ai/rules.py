"""What a reply means, by careful rules: no model, no network, the same answer every time.

It reads only the person's new words; lines with quote marks are left out, because our own quoted
text speaks of prices and of unsubscribing. It would rather say "other" than guess.
"""

import re
from datetime import date, timedelta
from functools import lru_cache

from salesagent.ai import rules_words as words
from salesagent.ai.base import Classification

TEXT_LIMIT = 8000
LABELS = {
    "interested": "Interested",
    "meeting": "Wants to meet",
    "question": "Question",
    "objection": "Objection",
    "not_interested": "Not interested",
    "opt_out": "Asked to stop",
    "out_of_office": "Out of office",
    "other": "Other",
}
SURE = 0.8  # from here on the product acts by itself
_SPACE = re.compile(r"\s+")
_NEGATED = re.compile(
    r"\b(?:don't|do not|not|never|no need to|nicht|pas|no|non|niet|nie|não)\b[^.!?]{0,20}$"
)
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DOTTED = re.compile(r"\b(\d{1,2})\. ?(\d{1,2})\.(?: ?(20\d\d|\d\d)\b)?")
_SLASHED = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](20\d\d|\d\d)\b")
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|\.|º|°)? ?(?:de |of )?([^\W\d_]{3,12})\.?(?: (?:de )?(20\d\d))?"
)
_MONTH_DAY = re.compile(r"\b([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (20\d\d))?")
_AFTER = 60  # characters after "back", "until" in which the date stands


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


def _plain(text: str) -> str:
    own = "\n".join(row for row in text[: 4 * TEXT_LIMIT].split("\n") if not row.startswith(">"))
    lowered = own[:TEXT_LIMIT].lower().replace("’", "'").replace("´", "'")
    return _SPACE.sub(" ", lowered).strip()


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
    for found in _any(words.OPT_OUT).finditer(text):
        before = text[max(0, found.start() - 30) : found.start()]
        turns = (
            found.group().lstrip().startswith(("unsubscribe", "to unsubscribe", "opt", "remove"))
        )
        if not (turns and _NEGATED.search(before)):
            return found.group().strip()[:60]
    return ""


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


def is_absence(text: str) -> bool:
    """Whether a machine's answer says that the person is away."""
    plain = _plain(text)
    return bool(_hit(words.ABSENT, plain) or (return_date(text, None) and _signs(plain)))


def _signs(plain: str) -> bool:
    return bool(_any(words.ABSENT_SIGNS).search(plain))


def return_date(text: str, today: date | None) -> date | None:
    """The day somebody says to be back, or away until; None when no date is obvious.

    Only days after `today` (default: the machine's) within a year count. Days that could be read in
    two ways (3/4/2026) do not.
    """
    now = today or date.today()  # noqa: DTZ011  the caller gives the lead's day where it matters
    plain = _plain(text)
    near = [plain[m.end() : m.end() + _AFTER] for m in re.finditer(words.RETURN_WORDS, plain)]
    for pool in (near, [plain]):
        days = [day for piece in pool for day in _dates(piece, now)]
        good = [day for day in days if now < day <= now + timedelta(days=366)]
        if good:
            return max(good)
    return _weekday(near, now)


def _dates(text: str, now: date) -> list[date]:
    found = [_day(m[1], m[2], m[3], now) for m in _ISO.finditer(text)]
    found += [_day(m[3], m[2], m[1], now) for m in _DOTTED.finditer(text)]
    found += [_slashed(m, now) for m in _SLASHED.finditer(text)]
    found += [_named(m[1], m[2], m[3], now) for m in _DAY_MONTH.finditer(text)]
    found += [_named(m[2], m[1], m[3], now) for m in _MONTH_DAY.finditer(text)]
    return [day for day in found if day]


def _slashed(match: re.Match[str], now: date) -> date | None:
    first, second = int(match[1]), int(match[2])
    if first > 12 or first == second:
        return _day(match[3], match[2], match[1], now)
    return _day(match[3], match[1], match[2], now) if second > 12 else None


def _named(day: str, month: str, year: str | None, now: date) -> date | None:
    number = words.MONTHS.get(month.rstrip("."))
    return _day(year, str(number), day, now) if number else None


def _day(year: str | None, month: str, day: str, now: date) -> date | None:
    """A date; without a year the next one to come."""
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        guess = date(now.year, int(month), int(day))
        return guess if guess >= now else guess.replace(year=now.year + 1)
    except ValueError:
        return None


def _weekday(near: list[str], now: date) -> date | None:
    for piece in near:
        for word in re.findall(r"[^\W\d_]+(?:-feira)?", piece[:30]):
            if word in words.WEEKDAYS:
                ahead = (words.WEEKDAYS[word] - now.weekday() - 1) % 7 + 1
                return now + timedelta(days=ahead)
    return None
