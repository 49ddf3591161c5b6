"""LinkedIn: prepared text and a checked link; a person sends it. No bot, no scraping."""

import re
from urllib.parse import quote, urlsplit

from outreach.channels.base import Channel

NOTE_LIMIT = 300  # characters of a note with an invitation (LinkedIn help a563153, free: 200)
_PATH = re.compile(r"/(?:in|company|pub)/[^/?#]{1,200}/?")
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

    def problem(self, to: str, text: str, subject: str = "") -> str:
        if not self.link(to):
            return "There is no LinkedIn profile that can be opened."
        if len(text) > self.text_limit:
            return f"LinkedIn messages should stay under {self.text_limit:,} characters."
        return ""

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
