"""Spans of time in words."""


def span(seconds: float) -> str:
    """ "2.5 days", "3 hours", "20 min"."""
    if seconds >= 86400:
        days = f"{seconds / 86400:.1f}".removesuffix(".0")
        return "1 day" if days == "1" else f"{days} days"
    if seconds >= 3600:
        hours = f"{seconds / 3600:.1f}".removesuffix(".0")
        return "1 hour" if hours == "1" else f"{hours} hours"
    return f"{max(1, round(seconds / 60))} min"
