"""Ready-made templates, snippets, pains and sequences, as plain data."""

from outreach.content.base import Plan, Text, Touchpoint, TradePain
from outreach.content.mails import MAILS
from outreach.content.messages import CALLS, MESSAGES
from outreach.content.pains import PAINS, SNIPPETS
from outreach.content.sequences import SEQUENCES

TEXTS: tuple[Text, ...] = (*MAILS, *MESSAGES, *CALLS)

__all__ = [
    "CALLS",
    "MAILS",
    "MESSAGES",
    "PAINS",
    "SEQUENCES",
    "SNIPPETS",
    "TEXTS",
    "Plan",
    "Text",
    "Touchpoint",
    "TradePain",
]
