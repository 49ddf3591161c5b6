"""The steps of a sync in their order, and what the page calls them."""

from leads.crm.base import ACTIVITIES, OBJECTS

READING = [f"pull:{kind}" for kind in OBJECTS]
RETRY = [f"retry:{kind}" for kind in OBJECTS]
GONE = [f"gone:{kind}" for kind in OBJECTS]
COMPARING = [f"{what}:{kind}" for kind in OBJECTS for what in ("known", "fresh")]
WRITING = [f"{what}:{kind}" for kind in OBJECTS for what in ("write", "again")]
LOGGING = [f"{what}:{kind}" for kind in ACTIVITIES for what in ("write", "again")]
PREVIEW = ["account:", *READING, *RETRY, *GONE, "merged:", *COMPARING, "events:"]
WHOLE = [*PREVIEW[:-1], *WRITING, "events:", *LOGGING, "moved:"]
ONLY = [*(f"only:{kind}" for kind in OBJECTS), *WRITING]
STEPS = {
    "account": (1, "checking the account"),
    "pull": (2, "reading"),
    "only": (2, "reading"),
    "retry": (2, "looking again at"),
    "gone": (2, "looking for deleted"),
    "merged": (3, "looking for merged leads"),
    "known": (3, "comparing"),
    "fresh": (3, "looking for new"),
    "write": (4, "writing"),
    "again": (4, "writing"),
    "events": (4, "collecting what happened"),
    "moved": (4, "joining people and companies"),
}
