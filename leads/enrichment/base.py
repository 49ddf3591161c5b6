"""What providers of company data are asked and what they say. Dataclasses in, dataclasses out.

Adapters know no tables: credentials come as arguments, answers are `Found` values in our words
(`FIELDS`). Whatever a provider or a website says is data: one line of bounded text, never markup.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from leads.intake.clean import name_key
from leads.intake.places import fold
from salesagent.lib.text import one_line

About = Literal["lead", "company"]
LONGEST = 300  # characters of a value


@dataclass(frozen=True)
class Field:
    """One thing that can be known. `days`: how long it holds before it is asked again.

    `fills`: the column of the lead or company that it may fill while empty. `same`: how two values
    are compared; "" means that sources never disagree on it. `told`: the sentence in which a draft
    may rest on it, "" for what is of no use there.
    """

    code: str
    label: str
    about: About
    days: int
    fills: str = ""
    same: Literal["", "text", "name", "code", "number", "digits", "profile"] = "text"
    told: str = ""


_ALL = (
    Field("email_kind", "Email address", "lead", 365, same=""),
    Field("email_role", "Mailbox of", "lead", 365, same=""),
    Field("phone_kind", "Phone line", "lead", 365, same=""),
    Field("country", "Country", "lead", 365, fills="country", same="code"),
    Field("time_zone", "Time zone", "lead", 365, fills="time_zone", same=""),
    Field("first_name", "First name", "lead", 180, fills="first_name", same="name"),
    Field("last_name", "Last name", "lead", 180, fills="last_name", same="name"),
    Field("title", "Job title", "lead", 180, fills="title", told="They are {}."),
    Field("city", "City", "lead", 180, fills="city", same="name", told="They are in {}."),
    Field("linkedin_url", "LinkedIn address", "lead", 365, "linkedin_url", "profile"),
    Field("company_name", "Works at", "lead", 180, fills="company_name", same="name"),
    Field("mail_host", "Mail is hosted by", "company", 90, same=""),
    Field("website_title", "Website title", "company", 90, same=""),
    Field("website_text", "What the website says", "company", 90, same=""),
    Field("website_name", "Name on the website", "company", 90, same=""),
    Field("website_language", "Language of the website", "company", 90, same=""),
    Field("website_state", "Website", "company", 90, same=""),
    Field("name", "Company name", "company", 180, same="name"),
    Field("trade", "Industry", "company", 180, fills="trade", same="", told="Their industry: {}."),
    Field(
        "size", "People", "company", 180, fills="size", same="number",
        told="Their company has {} people.",
    ),
    Field("founded", "Founded", "company", 365, same="code", told="Founded in {}."),
    Field("company_city", "City of the company", "company", 180, fills="city", same="name"),
    Field("company_country", "Country of the company", "company", 180, "country", "code"),
    Field("company_phone", "Phone of the company", "company", 180, fills="phone", same="digits"),
)  # fmt: skip
FIELDS: Mapping[str, Field] = {one.code: one for one in _ALL}


class EnrichmentError(Exception):
    """No answer. `message`: for people, with what to do.

    permanent: only a person helps (key refused, credits used up). wait: seconds until it makes
    sense to ask again. charged: the provider may have counted it.
    """

    def __init__(
        self, message: str, *, permanent: bool, wait: float | None = None, charged: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.wait = wait
        self.charged = charged


@dataclass(frozen=True)
class Question:
    """Who is asked about. `domain` is the company's, empty for free mail addresses."""

    email: str = ""
    domain: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""


@dataclass(frozen=True)
class Found:
    """One value. `confidence` 0 to 1; `url`: the page it stands on, if it stands on one."""

    field: str
    value: str
    confidence: float
    url: str = ""


@dataclass(frozen=True)
class Result:
    """`known`: the provider has a record. `credits`: what it counts for this answer.

    `later`: seconds after which the answer will be ready, when it is still being looked for.
    """

    facts: tuple[Found, ...] = ()
    known: bool = False
    credits: float = 0.0
    later: float = 0.0


@dataclass(frozen=True)
class Access:
    """A provider's key and address. The key never shows."""

    base_url: str = ""
    key: str = field(default="", repr=False)


class Enricher(Protocol):
    """`label`: its name for people. `dearest`: credits that one question costs at most."""

    label: str
    dearest: float

    def look_up(self, question: Question, access: Access) -> Result:
        """Raises EnrichmentError."""
        ...

    def check(self, access: Access) -> None:
        """Whether the key is taken, by a question that costs nothing. Raises EnrichmentError."""
        ...


def found(code: str, value: object, confidence: float, url: str = "") -> list[Found]:
    """Nothing for an empty value; else one value of bounded, plain text."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return []
    text = one_line(str(value), LONGEST)
    return [Found(code, text, confidence, url[:300])] if text else []


def agree(code: str, one: str, other: str) -> bool:
    """Whether two sources say the same of a field; True where they cannot disagree."""
    how = FIELDS[code].same if code in FIELDS else ""
    if not how or one == other:
        return True
    if how == "number":
        return _near(_range(one), _range(other))
    if how == "profile":  # www. and the country's host are one
        a, b = (text.lower().partition("linkedin.com")[2].strip("/") for text in (one, other))
        return a == b
    if how == "digits":
        a, b = (_digits(text).lstrip("0") for text in (one, other))
        return a.endswith(b[-7:]) if len(b) >= 7 else a == b
    if how == "name":
        a, b = name_key(one), name_key(other)
        return a == b or _inside(a, b)
    a, b = fold(one).rstrip("/"), fold(other).rstrip("/")
    return a == b or (how == "text" and _inside(a, b))


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _inside(one: str, other: str) -> bool:
    """All words of the shorter are in the longer: "CEO" and "Founder and CEO"."""
    a, b = set(one.split()), set(other.split())
    return bool(a and b) and (a <= b or b <= a)


def _range(text: str) -> tuple[float, float]:
    """ "11-50" -> (11, 50), "43" -> (43, 43), "10001+" -> (10001, inf)."""
    plain = text.replace(",", "").replace(" ", "")
    low, _, high = plain.rstrip("+").partition("-")
    try:
        least = float(low)
        most = float(high) if high else float("inf") if plain.endswith("+") else least
    except ValueError:
        return (0.0, float("inf"))
    return (least, most)


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Overlapping, or apart by a quarter at most: counts of people are never exact."""
    low, high = sorted([one, other])
    return other == one or low[1] >= high[0] or high[0] <= max(low[1] * 1.25, low[1] + 1)
