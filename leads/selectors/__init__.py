"""Reads for pages: querysets and counts."""

from typing import Any

from salesagent.accounts.models import User


def nav_counts(user: User) -> dict[str, Any]:
    return {}
