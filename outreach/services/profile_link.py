"""The way to a person on LinkedIn: their own page when known, else a search. Nothing is fetched."""

import re
from urllib.parse import urlencode, urlsplit

from leads.models import Lead
from salesagent.lib.text import one_line

HOST = re.compile(r"(?:[a-z]{2,3}\.)?linkedin\.com", re.IGNORECASE)
PATH = re.compile(r"/(in|company)/([\w%.~-]{1,150})/?", re.IGNORECASE)
SEARCH = "https://www.linkedin.com/search/results/people/?"


def checked(url: str) -> str:
    """`url` as https://www.linkedin.com/in/... or /company/..., "" for anything else."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    match = PATH.fullmatch(parts.path)
    host_fits = HOST.fullmatch(parts.hostname or "") and port in (None, 443)
    if parts.scheme not in ("https", "http") or parts.username or not host_fits or not match:
        return ""
    return f"https://www.linkedin.com/{match[1].lower()}/{match[2]}"


def for_lead(lead: Lead) -> tuple[str, bool]:
    """(link, whether it is the person's own page)."""
    own = checked(lead.linkedin_url)
    if own:
        return own, True
    words = one_line(f"{lead.first_name} {lead.last_name} {lead.company_name}", 150)
    return SEARCH + urlencode({"keywords": words or lead.name}), False
