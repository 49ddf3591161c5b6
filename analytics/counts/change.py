"""How a number differs from the one before it, in words that suit its size."""

from decimal import Decimal

FEW = 20  # below it a per cent of the number before would say more than is known


def of_count(now: int, before: int) -> str:
    """ "8 more", "41% fewer"; a per cent only of at least FEW."""
    if now == before:
        return "as before"
    word = "more" if now > before else "fewer"
    if before >= FEW:
        return f"{abs(now - before) / before:.0%} {word}"
    return f"{abs(now - before):,} {word}"


def of_money(now: Decimal, before: Decimal, unit: str) -> str:
    """ "41% more", "900 EUR more" where there was none before."""
    if now == before:
        return "as before"
    word = "more" if now > before else "less"
    if before:
        return f"{abs(now - before) / before:.0%} {word}"
    return f"{abs(now - before):,.0f} {unit} {word}"


def of_share(now: float | None, before: float | None) -> str:
    """ "3.1 points more"; empty where one of them is not known."""
    if now is None or before is None:
        return ""
    points = round((now - before) * 100, 1)
    if points == 0:
        return "as before"
    return f"{abs(points):g} points {'more' if points > 0 else 'less'}"


def share(part: float | None) -> str:
    return "n/a" if part is None else f"{part * 100:.1f}%"
