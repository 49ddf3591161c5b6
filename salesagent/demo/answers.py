"""What the demo's leads wrote: (text, how it ended). `open` waits for an answer today."""

REPLIES = [
    (
        "Thanks, this is close to what we are looking at. Two of our cold rooms failed in August "
        "and we lost a full night of dough. What happens if a unit stops at 3 in the morning on a "
        "Sunday, who actually comes?",
        "open",
    ),
    ("Thursday after 14:00 works for me. Can you call my mobile?", "open"),
    (
        "Honestly, that sounds more expensive than what we pay now. What would a contract for six "
        "rooms cost?",
        "open",
    ),
    ("Not a topic before spring, budgets are closed. Write again in March please.", "answered"),
    ("Yes, send me two or three dates for a visit.", "answered"),
    ("We have somebody for that, thank you.", "answered"),
    ("Please take me off your list.", "opt_out"),
    (
        "I left purchasing last month. My colleague in facility management decides about this now.",
        "answered",
    ),
    ("Interesting. Which makes do you service? We run mostly Bitzer compressors.", "answered"),
    ("Good question. We write it on a sheet of paper at the door. Call me next week.", "answered"),
    ("No interest, please do not write again.", "opt_out"),
    ("Could you come by in the week of the 30th? Mornings are best.", "answered"),
]

ANSWERS = [
    "Hi {name},\n\nthank you for the quick answer. I will call you on the number in your signature "
    "tomorrow morning and bring the list of what we need to see.\n\nJonas",
    "Hi {name},\n\nthank you for telling me. I have noted it and come back when you said.\n\nJonas",
]

NOTES = [
    "Met at the trade fair, remembers us. Wants one contact for all sites.",
    "Reception says mornings before ten are best.",
    "Runs an old R404A plant, has to replace it in the next two years.",
]
