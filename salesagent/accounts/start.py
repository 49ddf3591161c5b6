"""Where the product opens for somebody: Today, or the page that they chose in their profile."""

from django.conf import settings
from django.urls import reverse

from salesagent.accounts.models import User

DEFAULT = "today"


def choices(user: User) -> list[tuple[str, str]]:
    """(code, label) of the pages that this role may choose."""
    return [(code, label) for code, (label, _, _) in _pages(user).items()]


def url(user: User) -> str:
    """The address of it. A choice that the role no longer has is read as Today."""
    pages = _pages(user)
    _label, name, _roles = pages.get(user.start_page) or pages[DEFAULT]
    return reverse(name)


def _pages(user: User) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    found = settings.START_PAGES
    return {code: page for code, page in found.items() if not page[2] or user.role in page[2]}
