"""Queued work of analytics. Each may run twice."""

from analytics.services import rollup


def count() -> None:
    """Every five minutes: what changed since."""
    rollup.settle()


def count_everybody() -> None:
    """Each night: the runs after it count every lead again, so that nothing stays wrong."""
    rollup.sweep()
