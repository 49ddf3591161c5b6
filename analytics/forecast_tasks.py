"""Queued work of the forecast. May run twice."""

from analytics.services import forecasts


def keep() -> None:
    """Each night: what is foreseen today, and what became of the months that are over."""
    forecasts.snapshot()
