"""LeadRow: a person as a file or a form gives them, before anything is stored."""

from dataclasses import dataclass, field

# field code -> label, in the order the wizard offers them
FIELDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "Full name",
    "email": "Email",
    "phone": "Phone",
    "title": "Job title",
    "company": "Company",
    "domain": "Website",
    "linkedin_url": "LinkedIn address",
    "street": "Street and number",
    "postcode": "Postcode",
    "city": "City",
    "country": "Country",
    "time_zone": "Time zone",
    "language": "Language",
    "trade": "Trade or industry",
    "tags": "Tags",
    "pain": "Pain or need",
    "note": "Note",
}
CUSTOM = "custom"  # keep as own field
SEVERAL = frozenset({"phone", "note", "tags", CUSTOM})  # may be fed by more than one column
_TITLES = """
mr mrs ms miss mx dr prof herr frau hr fr mme mlle m sr sra srta sig dott dhr mevr pan
pani ing dipl mag
"""
NAME_TITLES = frozenset(_TITLES.split())
MAX_CUSTOM = 40
MAX_CUSTOM_TEXT = 500


@dataclass
class LeadRow:
    """Texts as they came, or as `clean.normalise` made them."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    title: str = ""
    company: str = ""
    domain: str = ""
    linkedin_url: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    time_zone: str = ""
    language: str = ""
    trade: str = ""
    tags: list[str] = field(default_factory=list)
    pain: str = ""
    note: str = ""
    custom: dict[str, str] = field(default_factory=dict)


def split_name(full: str) -> tuple[str, str]:
    """First and last name: "Kowalczyk, Marta", "Dr. Marta von Kowalczyk", "Marta"."""
    if full.count(",") == 1:
        last, first = (part.strip() for part in full.split(","))
        if first and last:
            return _without_titles(first), last
    words = _without_titles(full).split()
    return (words[0], " ".join(words[1:])) if words else ("", "")


def _without_titles(name: str) -> str:
    words = name.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in NAME_TITLES:
        words.pop(0)
    return " ".join(words)


def row_of(cells: list[str], mapping: dict[str, str], columns: list[str]) -> LeadRow:
    """The lead of one row. `mapping`: column index as text -> field code; own fields by name."""
    row = LeadRow()
    for index, code in mapping.items():
        value = cells[int(index)].strip() if int(index) < len(cells) else ""
        if value and code:
            _put(row, code, value, columns[int(index)])
    return row


def _put(row: LeadRow, code: str, value: str, column: str) -> None:
    if code == CUSTOM:
        if len(row.custom) < MAX_CUSTOM:
            row.custom[column[:60]] = value[:MAX_CUSTOM_TEXT]
    elif code == "tags":
        row.tags += value.replace(";", ",").replace("|", ",").split(",")
    elif code == "note":
        row.note = f"{row.note}\n{value}".strip()
    elif code == "full_name":
        first, last = split_name(value)
        row.first_name, row.last_name = row.first_name or first, row.last_name or last
    elif not getattr(row, code):
        setattr(row, code, value)
