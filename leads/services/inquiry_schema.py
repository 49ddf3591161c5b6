"""What the public form may send. Its own module, because pydantic is loaded with it."""

import re
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from leads.intake.base import IntakeError
from leads.intake.clean import email_address, phone_number
from salesagent.lib.text import clean, one_line

_LINKS = re.compile(r"https?://", re.IGNORECASE)
# Names go into the confirmation, which anybody can have sent to anybody: they carry no links.
_LINK = re.compile(r"://|@|\bwww\.", re.IGNORECASE)
_HOST = re.compile(r"[^\W_]{2}(?<!\bdr)(?<!\bst)(?<!prof)\.[^\W\d_]{2}", re.IGNORECASE)
MAX_LINKS = 5


def _line(value: object) -> str:
    return one_line(str(value or "")[:2000], 2000)


Line = Annotated[str, BeforeValidator(_line)]
Name = Annotated[Line, StringConstraints(min_length=1, max_length=150)]


class Enquiry(BaseModel):
    """What the form sends. Texts come out clean: one line, no control characters, capped."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Name
    company: Name
    email: Annotated[Line, StringConstraints(min_length=1, max_length=254)]
    phone: Annotated[Line, StringConstraints(max_length=40)] = ""
    message: str = ""
    also: bool = False

    @field_validator("email")
    @classmethod
    def _email(cls, value: str) -> str:
        try:
            return email_address(value)
        except IntakeError as error:
            raise ValueError("This is not an email address we can write to.") from error

    @field_validator("name", "company")
    @classmethod
    def _no_link(cls, value: str, info: ValidationInfo) -> str:
        """A company may be called Booking.com, a person is not."""
        if _LINK.search(value) or (info.field_name == "name" and _HOST.search(value)):
            raise ValueError("Please write the name only, without an address.")
        return value

    @field_validator("message", mode="before")
    @classmethod
    def _message(cls, value: object) -> str:
        text = clean(str(value or "").replace("\r\n", "\n")).strip()
        if len(text) > 5000:
            raise ValueError("Please keep it under 5,000 characters.")
        if len(_LINKS.findall(text)) > MAX_LINKS:
            raise ValueError("Please leave out some of the links.")
        return text

    @model_validator(mode="after")
    def _number_for_messages(self, info: ValidationInfo) -> "Enquiry":
        """`info.context`: {"country": ISO code} for a number without one."""
        if self.also and not phone_number(self.phone, (info.context or {}).get("country", "")):
            raise ValueError("phone|Write the number we may use, or take the tick away.")
        return self
