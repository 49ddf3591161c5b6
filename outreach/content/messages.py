# ruff: noqa: E501  a paragraph of a message is one line
"""Short messages and talk sheets."""

from outreach.content.base import Text

MESSAGES = (
    Text(
        "linkedin-note",
        "LinkedIn: connection note",
        "linkedin",
        "first touch",
        body="Hi {{first_name|there}}, I talk with people in your trade about {{pain|maintenance}} and "
        "would like to follow what you do. {{sender_first_name}}",
    ),
    Text(
        "linkedin-after-mail",
        "LinkedIn: one question",
        "linkedin",
        "follow-up",
        body="Hi {{first_name|there}}, a short question: who takes the call at night when something stops "
        "at {{company|your company}}? {{sender_first_name}}",
    ),
    Text(
        "linkedin-close",
        "LinkedIn: close kindly",
        "linkedin",
        "close",
        body="Hi {{first_name|there}}, I leave it here for now. If it ever becomes a subject, a word is "
        "enough and I call. Good luck with the season. {{sender_first_name}}",
    ),
    Text(
        "sms-after-call",
        "SMS: after a missed call",
        "sms",
        "follow-up",
        body="Hi {{first_name|there}}, {{sender_name}} here. I tried to call you. When is a good moment? "
        "Answer STOP and I stop.",
    ),
    Text(
        "sms-appointment",
        "SMS: the day before a visit",
        "sms",
        "meeting",
        body="Hi {{first_name|there}}, see you tomorrow. If anything has come up, just answer this. "
        "{{sender_name}}",
    ),
    Text(
        "whatsapp-question",
        "WhatsApp: one short question",
        "whatsapp",
        "follow-up",
        body="Hi {{first_name|there}}, {{sender_name}} from {{sender_company}}. May I ask you one "
        "question about {{company|your company}} here, or do you prefer mail? Answer STOP and I stop.",
    ),
)

CALLS = (
    Text(
        "call-first",
        "Call: first talk",
        "phone",
        "first touch",
        body="""Say who you are: {{sender_name}}, {{sender_company}}.
"I wrote to you. Do you have a minute, or shall I call at another time?"

Ask, then listen:
- How do you handle {{pain|this}} at {{company|your company}} today?
- Who gets the call when it goes wrong?
- What have you tried already?

If it fits: "May I come by once and look? Which day is least bad?"
If not now: ask when, note the month, thank them.
If never: thank them, press Not interested, and nothing more is sent.""",
    ),
    Text(
        "call-follow-up",
        "Call: follow up on a mail",
        "phone",
        "follow-up",
        body="""Before you dial: read the thread. One sentence on why you call today.

"{{first_name|Good day}}, {{sender_name}} from {{sender_company}}. You had a mail from me, and I wanted to hear your view in person."

Ask:
- Is {{pain|the subject}} still open at {{company|your company}}?
- What would have to be true for you to look at it?
- Who decides it with you?

Agree on one next step and say it back. Write it down before the next call.""",
    ),
    Text(
        "call-voicemail",
        "Call: nobody answers",
        "phone",
        "follow-up",
        body="""Keep it under twenty seconds, and leave one message only.

"Good {{day_part|day}} {{first_name|to you}}, this is {{sender_name}} from {{sender_company}}. I call about {{pain|a question I wrote to you about}}. I try once more in the next days. If you prefer to write, an answer to my mail reaches me."

Say your number slowly: {{sender_phone|your own number}}.
Log the call as Not reached.""",
    ),
)
