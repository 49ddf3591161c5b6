"""Numbers of reports in words: shares with what they are worth, money, spans of time."""

from decimal import Decimal

from analytics.counts.shares import Share
from analytics.counts.spans import span as span


def share(one: Share) -> str:
    return one.words


def stops(one: Share) -> str:
    """Of what was delivered; where nothing was, just how many: people may stop all the same."""
    return one.words if one.whole or not one.hits else f"{one.hits:,}"


def band(one: Share) -> str:
    """ "3 to 8%", "few" or ""."""
    if not one.whole:
        return ""
    if one.few:
        return "few"
    return f"{100 * one.low:.0f} to {100 * one.high:.0f}%"


def money(amount: Decimal | None, currency: str) -> str:
    """ "0.62 EUR"; whole from a thousand on."""
    if amount is None:
        return "n/a"
    return f"{amount:,.0f} {currency}" if abs(amount) >= 1000 else f"{amount:,.2f} {currency}"
