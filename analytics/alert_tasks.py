"""Queued looks at what goes wrong. Each may run twice."""

from django.utils import timezone

from analytics.services import alert_rules, alerts, patterns, risks, surprises

RISKS = ("approvals", "unanswered", "cooling", "late-deals", "saturated", "mailbox")


def watch() -> None:
    """Every quarter of an hour, after the counts: surprises of the day, and risks."""
    now, rules = timezone.now(), alert_rules.rules()
    alerts.settle(("drop", "spike"), surprises.found(rules, now), now)
    alerts.settle(RISKS, risks.found(rules, now), now)


def look() -> None:
    """Each night: patterns of all leads, and the alerts they come to."""
    now = timezone.now()
    patterns.look(now)
    found = patterns.found(alert_rules.rules())
    alerts.settle(("stalled", "quality"), found, now)
    alerts.forget_old(now)
