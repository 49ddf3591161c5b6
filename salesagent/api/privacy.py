"""What the API keeps about people: answers of the last day, for calls that are asked again."""

from salesagent.api import once
from salesagent.lib import privacy


def erase(person_id: int) -> None:
    once.blank()


def export(person_id: int) -> dict[str, object]:
    return {}


privacy.register("api", privacy.Holder(erase=erase, export=export))
