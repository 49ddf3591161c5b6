"""A LeadRow made fit to store: one form for each address, number, place and name. No look-ups."""

import re
import zoneinfo
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from leads.intake.base import IntakeError
from leads.intake.places import FREE_MAIL, country_code, fold, language_code
from leads.intake.rows import MAX_CUSTOM, MAX_CUSTOM_TEXT, LeadRow
from salesagent.lib.text import clean, one_line

MAX_TAGS = 20
MAX_DOMAIN = 200
_LEGAL_WORDS = """
gmbh ag kg ug ohg gbr mbh co cokg se ev ltd limited llc llp inc corp corporation plc pty
sa sas sarl eurl srl spa sl slu bv nv vof cv as aps ab oy oyj hb kb sro zoo spzoo spolka
sp z o oo lda ltda kft the
"""
_LEGAL_FORMS = frozenset(_LEGAL_WORDS.split())
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_HOST = re.compile(r"(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_MAIL_WRAP = re.compile(r"^(?:mailto:)?\s*(?:.*<([^<>]+)>|(.+?))\s*[;,]?$", re.IGNORECASE)


def normalise(row: LeadRow, *, country_hint: str = "") -> LeadRow:
    """A cleaned copy. `country_hint`: ISO code for numbers without a country.

    Raises IntakeError(field=) when the e-mail address is wrong or there is no way to reach or to
    know the person again: no e-mail, phone or LinkedIn address.
    """
    country = country_code(row.country)
    email = email_address(row.email) if row.email.strip() else ""
    clean_row = replace(
        row,
        first_name=one_line(row.first_name, 100),
        last_name=one_line(row.last_name, 100),
        email=email,
        phone=phone_number(row.phone, country or country_hint),
        title=one_line(row.title, 150),
        company=one_line(row.company, 200),
        domain=domain_name(row.domain) or company_domain(email),
        linkedin_url=linkedin(row.linkedin_url),
        street=one_line(row.street, 200),
        postcode=one_line(row.postcode, 20),
        city=one_line(row.city, 120),
        country=country,
        time_zone=time_zone(row.time_zone),
        language=language_code(row.language) if row.language else "",
        trade=one_line(row.trade.lower(), 60),  # some letters become two
        tags=tag_list(row.tags),
        pain=one_line(row.pain, 200),
        note=clean(row.note).strip()[:5000],
        custom=_own_fields(row.custom),
    )
    if not (clean_row.email or clean_row.phone or clean_row.linkedin_url):
        raise IntakeError("No email, phone or LinkedIn address", field="email")
    return clean_row


def email_address(text: str) -> str:
    """The address in lower case with an ASCII domain; raises IntakeError with the reason."""
    text = text.strip()[:600]
    match = _MAIL_WRAP.match(text)
    plain = ((match.group(1) or match.group(2)) if match else text).strip()
    if len(plain) > 254:
        raise IntakeError("The email address is too long", field="email")
    local, _, domain = plain.rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and (known := _ascii_domain(domain)):
        return f"{local.lower()}@{known}"
    try:
        found = validate_email(plain, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        reason = str(error).removeprefix("The email address ").rstrip(".")
        shown = one_line(plain, 60)
        wrong = f"“{shown}” is not an email address: {reason}"[:200]
        raise IntakeError(wrong, field="email") from error
    if found.ascii_email is None:
        raise IntakeError(
            "Most mail servers cannot deliver to letters like ü before the @", field="email"
        )
    return found.ascii_email.lower()


@lru_cache(maxsize=2048)
def _ascii_domain(domain: str) -> str:
    """The domain as mail servers know it; "" when it is wrong. Many addresses share one."""
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False, strict=True)
    except EmailNotValidError:
        return ""
    return (found.ascii_domain or "").lower()


@lru_cache(maxsize=512)
def _region_known(region: str) -> bool:
    import phonenumbers  # 6 MB: when the first number is read

    return region in phonenumbers.SUPPORTED_REGIONS


def phone_number(text: str, country: str = "") -> str:
    """E.164 when the number can be read, else its first 32 signs as they came; "" if no digits."""
    plain = one_line(text, 64)
    if sum(c.isdigit() for c in plain) < 5:
        return ""
    region = country if _region_known(country) else None
    tries = [(plain, region)]
    if plain.startswith("00"):
        tries.insert(0, ("+" + plain[2:], None))
    elif plain[0] in "123456789":
        tries.append(("+" + plain, None))  # a spreadsheet takes the plus sign away
    for number, place in tries:
        if found := _valid(number, place):
            return found
    return plain[:32]


def _valid(number: str, region: str | None) -> str:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    if region is None and not number.startswith("+"):
        return ""
    if not number.startswith("+") and not phonenumbers.is_valid_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def domain_name(text: str) -> str:
    """The bare host of a website, lower case and ASCII, without www; "" when it is none."""
    plain = text.strip().lower()
    if not plain or len(plain) > 300:
        return ""
    try:
        host = urlsplit(plain if "//" in plain else f"//{plain}").hostname or ""
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:
        return ""
    host = host.removeprefix("www.").rstrip(".")
    return host if _HOST.fullmatch(host) and not host.replace(".", "").isdigit() else ""


def company_domain(email: str) -> str:
    """The domain of an address that belongs to a company, not to a mail provider."""
    domain = email.rpartition("@")[2]
    return "" if domain in FREE_MAIL or len(domain) > MAX_DOMAIN else domain


def linkedin(text: str) -> str:
    """A https address on linkedin.com, or ""."""
    plain = one_line(text, 300)
    if not plain:
        return ""
    if "//" not in plain:
        plain = f"https://{plain}" if "linkedin." in plain.lower() else ""
    try:
        parts = urlsplit(plain)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    if host != "linkedin.com" and not host.endswith(".linkedin.com"):
        return ""
    return f"https://{host}{parts.path.rstrip('/')}"[:300]


@lru_cache(maxsize=512)
def time_zone(text: str) -> str:
    """An IANA name, or ""."""
    name = text.strip().replace(" ", "_")
    try:
        return zoneinfo.ZoneInfo(name).key if name else ""
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def tag_list(tags: list[str]) -> list[str]:
    """Short, lower case, each once, at most 20."""
    found = dict.fromkeys(one_line(str(tag), 40).lower() for tag in tags)
    return [tag for tag in found if tag][:MAX_TAGS]


def name_key(company: str) -> str:
    """What two spellings of one company share: folded words without the legal form."""
    flat = fold(company.replace("&", " and ").replace(".", "").replace("/", ""))
    words = _WORD.findall(flat)
    kept = [w for w in words if w not in _LEGAL_FORMS]
    while len(kept) > 1 and kept[-1] == "and":
        kept.pop()
    return " ".join(kept or words)[:200]


def _own_fields(custom: dict[str, str]) -> dict[str, str]:
    pairs = ((one_line(str(k), 60), one_line(str(v), MAX_CUSTOM_TEXT)) for k, v in custom.items())
    return dict([(k, v) for k, v in pairs if k and v][:MAX_CUSTOM])
