"""Ready-made sequences: five touches, at most three of them mails, over about three weeks."""

from outreach.content.base import Plan, Touchpoint

SEQUENCES = (
    Plan(
        "name-the-pain",
        "Name the pain",
        "For people who do not know us. One trouble of their trade, one question, a kind end.",
        (
            Touchpoint("Name the pain", "first-pain", 0),
            Touchpoint("Connect", "linkedin-note", 2, "phone"),
            Touchpoint("Show how we work", "second-how", 3),
            Touchpoint("Call", "call-follow-up", 3, "linkedin"),
            Touchpoint("Close kindly", "close-kindly", 5),
        ),
    ),
    Plan(
        "quiet-day-visit",
        "A visit on a quiet day",
        "For companies nearby. Leads to a first look on site, with two mails only.",
        (
            Touchpoint("From the neighbourhood", "first-local", 0),
            Touchpoint("Call", "call-first", 3, "linkedin"),
            Touchpoint("Offer a visit", "visit", 3),
            Touchpoint("Beside the mail", "linkedin-after-mail", 3, "phone"),
            Touchpoint("Last call", "call-voicemail", 5, "linkedin"),
        ),
    ),
    Plan(
        "wake-old-contacts",
        "Wake old contacts",
        "For people you knew once. Asks first whether they are still the right person.",
        (
            Touchpoint("Still the same?", "old-contact", 0),
            Touchpoint("Offer a checklist", "second-checklist", 4),
            Touchpoint("Call", "call-first", 3, "linkedin"),
            Touchpoint("Say it short", "linkedin-close", 4, "phone"),
            Touchpoint("Close kindly", "close-kindly", 5),
        ),
    ),
)
