"""Reasons of a learned score: words for each column, and whole points that sum to the number."""

import math
from collections.abc import Sequence

from leads.scoring import values
from leads.scoring.card import HIGHEST, LOWEST
from leads.scoring.features import Column, standard

MOST_REASONS = 9
REST = "Everything else together"
USUAL = 0.3  # standard deviations around the mean that count as usual


def of_column(column: Column, cell: object, label: str | None = None) -> str:
    """Such as "Source is Referral", "Engagement above usual", "Job title is not known"."""
    name = label or column.name.removeprefix("custom.").replace("_", " ").strip()
    name = name[:1].upper() + name[1:]
    if values.missing(cell):
        return f"{name} is not known"
    if column.kind == "presence":
        return f"{name} is known"
    if column.kind == "words":
        known = [word for word in column.values if word in values.words(cell)][:3]
        return f"{name} mentions {', '.join(known)}" if known else f"{name} in other words"
    if column.kind == "category" and cell in ("yes", "no"):
        return f"{name}: {cell}"
    if column.kind == "category":
        return f"{name} is {_short(cell)}"
    return _of_amount(name, column, cell)


def _of_amount(name: str, column: Column, cell: object) -> str:
    is_day = column.kind == "day"
    amount = values.day(cell, column.order) if is_day else values.number(cell)
    if amount is None:
        return f"{name} is not known"
    place = standard(column, amount)
    if abs(place) <= USUAL:
        return f"{name} as usual"
    above, below = ("later than", "earlier than") if is_day else ("above", "below")
    return f"{name} {above if place > 0 else below} usual"


def _short(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    text = " ".join(str(cell).split())
    return text if len(text) <= 60 else text[:59] + "…"


def whole(lines: Sequence[tuple[str, float]]) -> tuple[int, tuple[tuple[str, int], ...]]:
    """The number (0 to 100) and (words, whole points) that sum to it, the largest first.

    The first line stays first. Largest remainder: every line is its points rounded down or up.
    """
    first, *rest = lines
    rest.sort(key=lambda line: -abs(line[1]))
    if small := rest[MOST_REASONS:]:
        rest = [*rest[:MOST_REASONS], (REST, math.fsum(points for _, points in small))]
    kept = [first, *rest]
    total = math.floor(math.fsum(points for _, points in kept) + 0.5)
    rounded = _largest_remainder([points for _, points in kept], total)
    reasons = [(text, n) for (text, _), n in zip(kept, rounded, strict=True)]
    shown = max(LOWEST, min(HIGHEST, total))
    if shown != total:
        end = "A score ends at 100" if total > shown else "A score does not go below 0"
        reasons.append((end, shown - total))
    return shown, (reasons[0], *(reason for reason in reasons[1:] if reason[1]))


def _largest_remainder(amounts: Sequence[float], total: int) -> list[int]:
    floors = [math.floor(amount) for amount in amounts]
    order = sorted(range(len(amounts)), key=lambda n: floors[n] - amounts[n])
    for n in order[: total - sum(floors)]:
        floors[n] += 1
    return floors
