"""Complaints: "this is spam", said by a recipient and passed on by the mail host. Pure.

RFC 5965 (feedback-type abuse, fraud, virus, other, not-spam, and RFC 6591 auth-failure), and hosts
that write "abuse report" mails without that part.
"""

import re

from outreach.mail.bounce_parts import Parts, field_groups

OPT_OUT = "opt-out"  # a feedback type of the drafts of RFC 5965
_ADDRESS = re.compile(r"[^\s<>@\"'(),:;\[\]]{1,64}@[^\s<>@\"'(),:;\[\]]{1,250}")
_SENDER = re.compile(
    r"(?:fbl|feedback|feedbackloop|abuse|complaints?|staff|scomp|spam-?reports?|arf|junk|fbl-[a-z-]+)"
    r"@(?:[a-z0-9.-]*)"
)
_SUBJECT = re.compile(
    r"complaint about (?:message|an? e-?mail)|abuse report|email feedback report|spam (?:report|"
    r"complaint)|feedback loop|complaint from|junk (?:mail )?report|\[?fbl\]?[: ]|reported as spam",
)
_WORDS = re.compile(
    r"this is an? (?:[a-z- ]{0,40})?(?:abuse|spam|complaint|feedback) (?:report|notice|message)|"
    r"abuse report for (?:an?|the) (?:e-?mail )?message|marked (?:\S+ ){0,4}as (?:spam|junk)|"
    r"has (?:been )?reported (?:\S+ ){0,4}as (?:spam|junk|unsolicited)|complained about|"
    r"requested that you (?:stop|remove)|hit the [\"']?(?:this is )?(?:spam|junk)",
)


def complaint(parts: Parts) -> tuple[str, str] | None:
    """(recipient, feedback type) of a complaint; None for every other mail."""
    if parts.headers.get("x-apple-unsubscribe", "").lower() == "true":
        return parts.from_address, OPT_OUT  # the button of Apple Mail: its user wants no more
    groups = list(parts.feedback)
    if not groups and parts.report_type == "feedback-report":
        groups = field_groups(parts.words) or [{}]
    if groups:
        return _from_fields(groups, parts)
    return _from_words(parts)


def _from_fields(groups: list[dict[str, str]], parts: Parts) -> tuple[str, str] | None:
    fields: dict[str, str] = {}
    for group in groups:
        for name, value in group.items():
            fields.setdefault(name, value)
    named = fields.get("original-rcpt-to") or fields.get("removal-recipient", "")
    kind = fields.get("feedback-type") or fields.get("abuse-type") or "abuse"
    if kind.lower().startswith("not-spam"):  # RFC 6430: somebody took it out of the spam folder
        return None
    return _bare(named) or _returned_to(parts), kind.lower()[:60]


def _from_words(parts: Parts) -> tuple[str, str] | None:
    """A report without the machine-readable part: it must bring our message along."""
    subject = parts.headers.get("subject", "").lower()
    if subject.startswith(("re:", "aw:")) or not (parts.returned.strip()):
        return None
    machine = bool(_SENDER.match(parts.from_address)) or "x-hmxmroriginalrecipient" in parts.headers
    words = parts.words[:4000].lower()
    strength = machine + bool(_SUBJECT.search(subject)) + bool(_WORDS.search(words))
    if strength < 2:
        return None
    who = parts.headers.get("x-hmxmroriginalrecipient", "")
    return _bare(who) or _returned_to(parts), "abuse"


def _returned_to(parts: Parts) -> str:
    found = re.search(r"^to:[ \t]*(.{1,500})", parts.returned, re.I | re.M)
    return _bare(found.group(1)) if found else ""


def _bare(value: str) -> str:
    found = _ADDRESS.search(value)
    return found.group().lower()[:254] if found else ""
