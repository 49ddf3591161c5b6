"""Troubles typical of a trade, worded as what tends to happen, without a number or a promise."""

from outreach.content.base import TradePain

PAINS = (
    TradePain(
        "bakery",
        "cold rooms at night",
        "A cold room that stops at night is often noticed only when the morning shift comes in.",
    ),
    TradePain(
        "bakery",
        "ovens before the weekend",
        "An oven seldom fails on a quiet Tuesday; it waits for the night before a busy Saturday.",
    ),
    TradePain(
        "food",
        "temperature records",
        "Temperature records are easy to keep until somebody asks for the one day that is missing.",
    ),
    TradePain(
        "clinic",
        "room climate in treatment rooms",
        "In a practice a room that is too warm or too cold is noticed by patients before anybody "
        "reports it.",
    ),
    TradePain(
        "clinic",
        "work outside opening hours",
        "In a practice technical work has to happen before the first patient or after the last.",
    ),
    TradePain(
        "hotel",
        "complaints about room temperature",
        "Guests forgive much, but a room they cannot cool or heat ends up in a review.",
    ),
    TradePain(
        "hotel",
        "faults in the full season",
        "In a full house there is no spare room to move a guest to when something in one stops.",
    ),
    TradePain(
        "logistics",
        "dock doors and gates",
        "A dock door that does not open holds up everything that stands behind it.",
    ),
    TradePain(
        "logistics",
        "alarms that reach nobody",
        "In a warehouse an alarm at night is only worth as much as the person it reaches.",
    ),
    TradePain(
        "office",
        "complaints about air and heat",
        "In an office the same room is too warm for one half and too cold for the other, and one "
        "person gets all the mails.",
    ),
    TradePain(
        "office",
        "contracts nobody compared",
        "In many offices the maintenance contract is older than the people who pay for it.",
    ),
    TradePain(
        "roofing",
        "leaks after a storm",
        "After a storm the leak shows itself far from the spot where the roof is open.",
    ),
    TradePain(
        "",
        "faults at the worst moment",
        "Most faults announce themselves weeks before they stop anything, and are seen too late.",
    ),
)

SNIPPETS = {
    "wrong-person": "If you are not the right person, a name is all I need.",
    "visit-offer": "May I come by once, look at what you have, and tell you plainly what I would "
    "leave alone and what I would watch?",
    "no-pressure": "If it is settled at {{company|your company}}, say so and I leave it there.",
    "calendar": "If you prefer to pick a time yourself: {{calendar_link}}",
    "how-we-begin": "First we come and look. Then you get a page in plain words, and you decide "
    "what happens with it.",
}
