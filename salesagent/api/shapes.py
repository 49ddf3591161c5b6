"""What routes share: ids, bodies that name every field, and answers with a `next`."""

import re
from datetime import date, time
from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema

from salesagent.lib.text import two_decimals

Item = TypeVar("Item")
ID_MOST = 2**63 - 1


def _storable(text: str) -> str:
    """What no database keeps: a zero byte, half of a pair of surrogates."""
    if "\0" in text:
        raise ValueError("Text has no zero bytes.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("Text has no halves of characters.") from None
    return text


def _iso(shape: str, words: str) -> BeforeValidator:
    """Only text of this shape: a number would be read as seconds since 1970."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(shape, value, re.ASCII):
            return value
        raise ValueError(words)

    return BeforeValidator(check)


Id = Annotated[int, Field(ge=1, le=ID_MOST)]  # in paths and queries
# in bodies, where JSON says what is a number and what is none
BodyId = Annotated[int, Strict(), Field(ge=1, le=ID_MOST)]
Whole = Annotated[int, Strict()]
YesNo = Annotated[bool, Strict()]
Day = Annotated[date, _iso(r"\d{4}-\d\d-\d\d", "Write a day as 2027-01-31.")]
HOUR = r"\d\d:\d\d(:\d\d)?"
Clock = Annotated[
    time,
    _iso(HOUR, "Write a time as 08:30."),
    WithJsonSchema({"type": "string", "pattern": f"^{HOUR}$"}),
]
Text = Annotated[str, AfterValidator(_storable)]


Money = Annotated[
    str,
    BeforeValidator(two_decimals),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^-?\d+\.\d\d$",
            "description": "Money, as text with two decimals, so that no cent is lost",
        }
    ),
]


class Body(Schema):
    """A body: a field that nobody knows is an error, not a typing mistake that goes unseen."""

    model_config = ConfigDict(extra="forbid")


class Items(Schema, Generic[Item]):
    """A page of a list. `next` is empty on the last one."""

    items: list[Item]
    next: str = Field("", description="Give it as `after` for the next page")
