"""What a received message means: headers and bounces first, then formulas, then the classifier.

One way for the product and for `manage.py classify`. Nothing later takes back an opt-out. Pure but
for the heads that are loaded once: no tables, nothing recorded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.header import Header

from django.conf import settings

from outreach.channels import stop_words
from outreach.mail import autoreply, bounce
from outreach.mail.autoreply_dates import back_at_work
from outreach.mail.autoreply_fold import fold
from outreach.mail.bounce_bare import is_bare_report
from outreach.mail.reply_text_footer import without_footer
from salesagent.ai.base import Classification, Classifier
from salesagent.ai.rules import RuleClassifier
from salesagent.lib.registry import adapter

LEFT, AWAY, STOP = "left_company", "out_of_office", "opt_out"
CONFIRMS = ("ticket", "not_monitored", "delivery")  # machines that neither are away nor have left
_MACHINE = 0.95  # how sure a machine's own mark makes us
_ASKING = 0.79  # most for what no person's sentence may bring about by itself
_DOUBTED = 0.7  # below it the formulas of an absence say more than the heads
_SURELY, _BESIDE = 0.9, 0.2  # an absence of a person's own words, and what else it may be
_FEW = 40  # words
_HEADER = 500
_BRIEF = 200  # characters; a machine's text is longer
_OF_ME = re.compile(
    r"\b(?:me|us|my|our|mich|mir|uns|meine|unsere|m'|moi|nous|mon|mes|nos|nuestros|mis|mi|ci|mij|ons"
    r"|mijn|mnie|nas|mig|oss|meg)\b|(?:me|nos|mi|ci|temi|teci)\W|меня|нас|мне",
    re.I,
)
_NAME = re.compile(r"[!-9;-~]{1,100}")  # RFC 5322 section 2.2
_FAILED = ("hard", "soft", "complaint")


@dataclass(frozen=True)
class Received:
    """A message as it came; `text` without what was quoted. `machine`: known to be a machine's."""

    subject: str
    text: str
    headers: Mapping[str, str]
    locale: str
    now: datetime
    machine: bool = False


def classifier() -> Classifier:
    made: Classifier = adapter("CLASSIFIERS", settings.CLASSIFIER)()
    return made


def understand(received: Received) -> tuple[Classification, autoreply.AutoReply]:
    """Never raises for what is in a message."""
    auto = autoreply.read(
        received.subject, received.text, received.locale, received.now, dict(received.headers)
    )
    received = replace(received, text=without_footer(received.text))
    marked = received.headers.get("auto-submitted", "no") != "no"
    if (received.machine or marked) and (wish := wish_in_machine(received)):
        return wish, auto
    if received.machine:
        return _automatic(received, auto), auto
    if said := plain_stop(received):
        return said, auto
    found = classifier().classify(received.text)
    if auto.kind == "human" and _only_away(found, received):
        return found, auto
    return _arbitrated(found, auto), auto


def own_return(received: Received) -> date | None:
    """The first day back that a person names who says little else than being away."""
    whole = f"{received.subject}\n{received.text}"
    if "?" in received.text or len(received.text.split()) > _FEW:
        return None
    reader = autoreply._reader(fold(whole), received.locale, received.now)
    return back_at_work(autoreply._without_numbers(whole), reader, whole)


def _only_away(found: Classification, received: Received) -> bool:
    """Surely an absence, nothing else beside it, and the day of the return can be read."""
    if found.disposition != AWAY or found.abstained or found.confidence < _SURELY:
        return False
    beside = [chance for label, chance in found.labels.items() if label != AWAY]
    return max(beside, default=0.0) < _BESIDE and own_return(received) is not None


def plain_stop(received: Received) -> Classification | None:
    """The stop address or nothing but the word; None for anything else."""
    if received.subject.strip().casefold() == "unsubscribe":
        # the mailto: way of List-Unsubscribe (RFC 2369); mail programs put words of their own in it
        return _certain(STOP, "Used the stop address")
    if stop_words.is_stop(received.text):
        return _certain(STOP, "Nothing but the word for stop")
    return None


def wish_in_machine(received: Received) -> Classification | None:
    """A person's wish to stop in a mail that a program marked as its own: some programs mark what
    people write. Only the rules count; beside formulas of machines, or in a long text, a person
    decides. None where nothing of the kind is said."""
    text = without_footer(received.text)
    if stop_words.is_stop(text):
        return _certain(STOP, "Nothing but the word for stop")
    ruled = RuleClassifier().classify(text)
    if ruled.disposition != STOP:
        return None
    subject = received.subject.rpartition(":")[2]  # "Re:" would tell of a person by itself
    if received.subject.lower().startswith(("auto", "out of", "abw")):
        subject = received.subject
    bare = autoreply.read(subject, text, received.locale, received.now, {})
    ours = _is_of_me(text, ruled.reason)
    if not ours and (bare.kind != "human" or len(text) > _BRIEF):
        return None
    if ours and bare.kind == "human" and len(text) <= 2 * _BRIEF:
        return replace(ruled, sentiment="negative", urgency="normal")
    labels = {STOP: _ASKING, **({bare.kind: 0.7} if bare.kind in (AWAY, LEFT) else {})}
    return replace(ruled, confidence=_ASKING, labels=labels, abstained=True)


def _is_of_me(text: str, reason: str) -> bool:
    """Whether the words for stopping, or those next to them, are about the writer."""
    said = reason.partition('"')[2].rstrip('"')
    at = text.lower().find(said)
    near = text[max(0, at - 12) : at + len(said) + 16] if at >= 0 else said
    return bool(_OF_ME.search(near))


def _certain(label: str, reason: str) -> Classification:
    return Classification(label, 1.0, {label: 1.0}, reason, sentiment="negative", urgency="normal")


def _automatic(received: Received, auto: autoreply.AutoReply) -> Classification:
    """A machine's answer: they are away, have left, or it only confirms that something came."""
    label = LEFT if auto.kind == LEFT else AWAY
    labels = {label: _MACHINE}
    if auto.kind == LEFT and auto.contact is not None:
        labels["referral"] = _MACHINE
    if auto.kind in CONFIRMS:
        labels["other"] = 0.6
    reason = "Left the company" if auto.kind == LEFT else "Automatic answer"
    told = Classification(label, _MACHINE, labels, reason, sentiment="neutral", urgency="low")
    return replace(told, language=classifier().classify(received.text).language)


def _arbitrated(found: Classification, auto: autoreply.AutoReply) -> Classification:
    """The classifier's word against the formulas of automatic answers."""
    if found.disposition == STOP and found.confidence >= _ASKING:
        return found
    if auto.kind == LEFT:
        return _formula(found, LEFT, "Says that they have left")
    if found.disposition == AWAY and auto.kind == "human":
        # a person who speaks of a holiday goes on talking with us: never held without asking
        return replace(found, confidence=min(found.confidence, _ASKING))
    if auto.kind == AWAY and (found.abstained or found.confidence < _DOUBTED):
        return _formula(found, AWAY, "Written as an absence is written")
    return found


def _formula(found: Classification, label: str, reason: str) -> Classification:
    chance = max(found.labels.get(label, 0.0), 0.9)
    return replace(
        found,
        disposition=label,
        confidence=chance,
        labels={**found.labels, label: chance},
        reason=reason,
        kind="",
        abstained=False,
    )


# ---- whole mails, as the command gets them


def bounced(subject: str, text: str, headers: Mapping[str, str]) -> bool:
    """Whether a machine reports that a mail of ours was not delivered."""
    if bounce.classify(_raw(subject, text, headers)).kind in _FAILED:
        return True
    return is_bare_report(subject, text, headers)


def is_machine(subject: str, text: str, headers: Mapping[str, str]) -> bool:
    """Whether the headers or the subject say that no person wrote it."""
    return bounce.classify(_raw(subject, text, headers)).kind == "autoreply"


def _raw(subject: str, text: str, headers: Mapping[str, str]) -> bytes:
    """Written by hand: the e-mail package takes neither every name nor a type of many parts."""
    rows = [
        (_line(name), _line(value))
        for name, value in headers.items()
        if name.lower() not in ("subject", "mime-version", "content-transfer-encoding")
        and _NAME.fullmatch(_line(name))
    ]
    if not any(name.lower() == "from" for name, _ in rows):
        # no sender at all would count as a machine
        rows.insert(0, ("From", "somebody@example.com"))
    rows.append(("Subject", _line(subject)))
    head = "".join(f"{name}: {_encoded(value)}\n" for name, value in rows)
    return f"{head}\n{text}".encode("utf-8", "replace")


def _encoded(value: str) -> str:
    return value if value.isascii() else Header(value, "utf-8").encode(maxlinelen=0)


def _line(value: str) -> str:
    """One line that can be written: control characters and lone surrogates are none."""
    told = str(value)[:_HEADER].encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in told).split())
