"""What in a profile changes who gets work, said on the page: it is kept all the same."""

from datetime import date

from salesagent.accounts.models import User


def warnings(user: User, today: date) -> list[str]:
    """Sentences for the person themself."""
    found = []
    if user.away_from and user.away_until is None:
        since = f"{user.away_from:%-d %b %Y}"
        begins = "Since" if user.away_from <= today else "From"
        found.append(
            f"{begins} {since} you are away, without an end: hot answers go to your manager, and "
            "new leads to colleagues, until you enter the last day."
        )
    if user.daily_capacity == 0:
        found.append("With 0 tasks a day nobody gives you new leads, and your week counts as full.")
    return found
