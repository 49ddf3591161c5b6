"""Invented leads in the shape of an education company's web leads: 9,240 rows, 38 % won.

Mixed columns, "Select" and "" for missing, ids, constant and nearly constant columns, one number
that matters differently for different sources. Nothing here is real.
"""

import math
import random
from typing import Any

Rows = list[dict[str, Any]]
LABEL = "Converted"

# value: (share, effect on the logit of winning)
_ORIGIN = {
    "Landing Page Submission": (0.53, -0.1),
    "API": (0.385, -0.2),
    "Lead Add Form": (0.08, 2.6),
    "Lead Import": (0.005, -0.7),
}
_SOURCE = {
    "Google": (0.36, 0.15),
    "Direct Traffic": (0.31, -0.25),
    "Olark Chat": (0.16, 0.9),
    "Organic Search": (0.13, 0.1),
    "Referral Sites": (0.014, -0.4),
    "Facebook": (0.006, -0.3),
    "bing": (0.001, 0.0),
    "": (0.004, 0.5),
}
_OCCUPATION = {
    "Unemployed": (0.606, 0.35),
    "Working Professional": (0.076, 2.5),
    "Student": (0.023, 0.1),
    "Other": (0.002, 0.3),
    "": (0.293, -1.1),
}
_FIELD = {
    "Select": (0.21, -0.3),
    "": (0.155, -0.25),
    "Finance Management": (0.106, 0.15),
    "Human Resource Management": (0.092, 0.2),
    "Marketing Management": (0.091, 0.3),
    "Operations Management": (0.054, 0.2),
    "Business Administration": (0.044, 0.1),
    "IT Projects Management": (0.04, -0.1),
    "Supply Chain Management": (0.038, 0.1),
    "Banking, Investment And Insurance": (0.037, 0.35),
    "Travel and Tourism": (0.022, -0.25),
    "Media and Advertising": (0.022, 0.0),
    "International Business": (0.019, -0.1),
    "Healthcare Management": (0.017, 0.3),
    "Hospitality Management": (0.012, -0.1),
    "E-COMMERCE": (0.012, 0.0),
    "Retail Management": (0.011, -0.2),
    "Rural and Agribusiness": (0.008, 0.0),
    "E-Business": (0.006, 0.0),
}
_CITY = {
    "Mumbai": (0.35, 0.0),
    "Select": (0.24, 0.05),
    "": (0.154, 0.1),
    "Thane & Outskirts": (0.081, 0.1),
    "Other Cities": (0.074, 0.0),
    "Other Cities of Maharashtra": (0.05, 0.1),
    "Other Metro Cities": (0.041, 0.0),
    "Tier II Cities": (0.01, -0.3),
}
_HEARD = {
    "Select": (0.546, 0.1),
    "": (0.239, -0.1),
    "Online Search": (0.087, 0.0),
    "Word Of Mouth": (0.038, 0.0),
    "Student of SomeSchool": (0.034, 0.1),
    "Other": (0.02, 0.1),
    "Multiple Sources": (0.016, 0.0),
    "Advertisements": (0.008, 0.1),
    "Social Media": (0.007, 0.0),
    "Email": (0.003, 0.0),
}
_COUNTRY = {
    "India": (0.703, -0.05),
    "": (0.266, 0.1),
    "United States": (0.008, -0.5),
    "United Arab Emirates": (0.006, -0.3),
    "Singapore": (0.003, -0.3),
    "Saudi Arabia": (0.002, 0.0),
    "Qatar": (0.001, 0.0),
}
_MATTERS = {"Better Career Prospects": (0.707, 0.35), "": (0.293, -0.6)}
_NO = {"No": (0.999, 0.0), "Yes": (0.001, 0.0)}
_CHOICES = {
    "Lead Origin": _ORIGIN,
    "Lead Source": _SOURCE,
    "Do Not Email": {"No": (0.92, 0.0), "Yes": (0.08, -1.3)},
    "Do Not Call": _NO,
    "Country": _COUNTRY,
    "Specialization": _FIELD,
    "How did you hear about X": _HEARD,
    "What is your current occupation": _OCCUPATION,
    "What matters most to you in choosing a course": _MATTERS,
    "Search": _NO,
    "Magazine": {"No": (1.0, 0.0)},
    "Newspaper Article": _NO,
    "X Education Forums": _NO,
    "Newspaper": _NO,
    "Digital Advertisement": _NO,
    "Through Recommendations": _NO,
    "Receive More Updates About Our Courses": {"No": (1.0, 0.0)},
    "Update me on Supply Chain Content": {"No": (1.0, 0.0)},
    "Get updates on DM Content": {"No": (1.0, 0.0)},
    "City": _CITY,
    "I agree to pay the amount through cheque": {"No": (1.0, 0.0)},
    "A free copy of Mastering The Interview": {"No": (0.687, 0.0), "Yes": (0.313, -0.15)},
}

CARD: dict[str, Any] = {
    "base_rate": 0.2,
    "points_at_base": 30,
    "points_per_logit": 15,
    "rules": [
        {"column": "Lead Origin", "op": "equals", "value": "Lead Add Form", "points": 25},
        {
            "column": "What is your current occupation",
            "op": "equals",
            "value": "Working Professional",
            "points": 20,
        },
        {"column": "What is your current occupation", "op": "missing", "points": -10},
        {
            "column": "Total Time Spent on Website",
            "op": "per_unit",
            "unit": 300,
            "points": 5,
            "max": 20,
        },
        {"column": "TotalVisits", "op": "at_least", "value": 5, "points": 5},
        {"column": "Do Not Email", "op": "equals", "value": "Yes", "points": -10},
        {"column": "Lead Source", "op": "contains", "value": ["google", "organic"], "points": 3},
    ],
}


def rows(count: int = 9240, seed: int = 1, bias: float = -1.27) -> Rows:
    """`count` leads with the outcome in `LABEL` ("1" or "0"), everything as text."""
    chance = random.Random(seed)
    drawn = {
        name: chance.choices(list(table), [share for share, _ in table.values()], k=count)
        for name, table in _CHOICES.items()
    }
    return [
        _row(chance, n, {name: column[n] for name, column in drawn.items()}, bias)
        for n in range(count)
    ]


def _row(chance: random.Random, number: int, row: dict[str, Any], bias: float) -> dict[str, Any]:
    logit = bias + sum(_CHOICES[name][value][1] for name, value in row.items())
    if row["Lead Origin"] == "Lead Add Form":
        row["Lead Source"] = chance.choice(["Reference", "Reference", "Welingak Website"])
    quiet = row["Lead Source"] in ("Olark Chat", "Reference", "Welingak Website")
    visits = 0 if quiet else min(chance.choice([1, 2, 2, 2, 3, 3, 4, 5, 6, 9, 14]), 30)
    spent = (
        0 if quiet else int(chance.choice([80, 250, 350, 1100, 1400]) * chance.uniform(0.2, 1.5))
    )
    if not quiet:
        logit += 2.6 * (spent > 700) + 0.9 * math.tanh(spent / 250 - 1.2) - 0.6 + 0.04 * visits
    pages = round(visits / max(1, chance.choice([1, 1, 2])), 2)
    known = chance.random() > 0.015
    won = chance.random() < 1 / (1 + math.exp(-logit))
    return {
        "Prospect ID": f"{chance.getrandbits(64):016x}-{number:06d}",
        "Lead Number": str(579533 + 9 * number + chance.randrange(8)),
        **row,
        "TotalVisits": str(visits) if known else "",
        "Total Time Spent on Website": str(spent),
        "Page Views Per Visit": str(pages) if known else "",
        LABEL: "1" if won else "0",
    }
