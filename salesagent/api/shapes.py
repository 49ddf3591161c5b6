"""What routes share: ids, bodies that name every field, and answers with a `next`."""

from typing import Annotated, Generic, TypeVar

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

Item = TypeVar("Item")
ID_MOST = 2**63 - 1


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("Text has no zero bytes.")
    return text


Id = Annotated[int, Field(ge=1, le=ID_MOST)]
Text = Annotated[str, AfterValidator(_no_nul)]


class Body(Schema):
    """A body: a field that nobody knows is an error, not a typing mistake that goes unseen."""

    model_config = ConfigDict(extra="forbid")


class Items(Schema, Generic[Item]):
    """A page of a list. `next` is empty on the last one."""

    items: list[Item]
    next: str = Field("", description="Give it as `after` for the next page")
