"""Who holds personal data about a person: each app registers one holder for erase and export."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Holder:
    """`erase(person_id)` blanks what the app keeps; `export(person_id)` returns it, JSON-ready."""

    erase: Callable[[int], None]
    export: Callable[[int], dict[str, object]]


HOLDERS: dict[str, Holder] = {}


def register(app: str, holder: Holder) -> None:
    HOLDERS[app] = holder
