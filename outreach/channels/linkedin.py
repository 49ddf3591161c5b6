"""LinkedIn: prepared text and a checked link; a person sends it. No bot, no scraping."""

import re
from urllib.parse import quote, urlencode, urlsplit

from outreach.channels.base import Channel

NOTE_LIMIT = 200  # characters of a note with an invitation, free account; 300 with Premium
NOTE_LIMIT_PREMIUM = 300  # (LinkedIn help a563153)
_PATH = re.compile(r"/(?:in|company|pub)/[^/?#]{1,200}/?")
_SEARCH = "https://www.linkedin.com/search/results/people/?"
_HOST = re.compile(r"(?:[a-z]{2,3}\.)?linkedin\.com")


class LinkedIn(Channel):
    code = "linkedin"
    label = "LinkedIn"
    task_label = "LinkedIn task"
    icon = "brand-linkedin"
    reach = "linkedin_url"
    reach_word = "LinkedIn profile"
    manual = True
    text_limit = 1900  # a message takes 8,000; nobody reads more than this
    task_title = "LinkedIn message"
    how = "Copy the text, send it yourself on LinkedIn, then say how it went."
    open_word = "Open {name}’s page on LinkedIn"
    pastes = True
    outcomes = {
        "sent": "Sent",
        "replied": "They replied",
        "not_connected": "Not connected yet",
        "not_found": "Not found",
    }
    effects = {"replied": "answer", "not_connected": "again", "not_found": "skip"}
    hints = {"not_found": "Correct the profile link."}
    done_kind = "linkedin.done"
    short_limit = NOTE_LIMIT
    short_word = "a connection note"

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if not self.link(to):
            return "There is no LinkedIn profile that can be opened."
        if len(text) > self.text_limit:
            return f"LinkedIn messages should stay under {self.text_limit:,} characters."
        return ""

    def advice(self, text: str) -> str:
        """Where the text fits: a note with an invitation is much shorter than a message."""
        count = f"{len(text):,} characters"
        if len(text) <= NOTE_LIMIT:
            return ""
        if len(text) <= NOTE_LIMIT_PREMIUM:
            return (
                f"{count}: too long for a connection note ({NOTE_LIMIT}) unless you have "
                f"Premium ({NOTE_LIMIT_PREMIUM}), send it as a message"
            )
        return f"{count}: too long for a connection note ({NOTE_LIMIT}), send it as a message"

    def link(self, to: str) -> str:
        """The profile's address, rebuilt from its checked parts; empty for any other address."""
        address = to.strip()
        try:
            parts = urlsplit(address if "://" in address else f"https://{address}")
            port = parts.port
        except ValueError:
            return ""
        host = (parts.hostname or "").removesuffix(".")
        if parts.scheme not in ("http", "https") or port or parts.username or parts.password:
            return ""
        if not _HOST.fullmatch(host) and host != "www.linkedin.com":
            return ""
        if not _PATH.fullmatch(parts.path):
            return ""
        return f"https://www.linkedin.com{quote(parts.path.rstrip('/'), safe='/%-_.~')}/"

    def search(self, words: str) -> str:
        """People of that name; nothing is fetched, the person opens it."""
        return _SEARCH + urlencode({"keywords": words[:150]}) if words else ""
