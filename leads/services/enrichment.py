"""Ask what can be known: who may be looked up, what it may cost, and what was asked before.

Local facts cost nothing and are always noted. The look at homepages is the owner's switch. Paid
providers have a budget of credits a month, held before a question leaves, and nothing is asked
again before its time. Nothing is fetched about people who must not be written to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from leads.enrichment import offline
from leads.enrichment.base import FIELDS, Access, Enricher, EnrichmentError, Question, Result
from leads.intake.clean import company_domain
from leads.models import Company, Lead, Lookup
from leads.services import facts, suppression
from salesagent.accounts import audit, connections
from salesagent.accounts.models import Connection, User
from salesagent.lib import budget, registry
from salesagent.lib.crypto import SecretUnreadable, keyed_hash
from salesagent.lib.text import one_line, plural

HOMEPAGES = "company-data"  # the service under which the switch for homepages is kept
LOCAL = "offline"  # in ENRICHERS
LOCAL_CODES = ("email_kind", "email_role", "phone_kind", "country", "time_zone")
AGAIN_FOUND = timedelta(days=90)
AGAIN_NONE = timedelta(days=30)
AGAIN_FAULT = timedelta(days=1)
CLAIM = timedelta(minutes=10)  # a question that never came back may be asked again
LATER = "Being looked for there"
UNREADABLE = "The stored key cannot be read. Enter it again."
MOST_LEADS = 50  # of a company that are looked at for one who may be looked up


class NotAsked(Exception):
    """Why nothing was asked, in words for the person who wanted it."""


@dataclass(frozen=True)
class Bill:
    """The credits of this month."""

    spent: float
    limit: float

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.spent / self.limit)) if self.limit else 100


def providers() -> list[str]:
    """Codes of those that need a key."""
    return [code for code in settings.ENRICHERS if code not in (LOCAL, "fake")]


def enricher(code: str) -> Enricher:
    found: Enricher = registry.adapter("ENRICHERS", code)()
    return found


def why_not(lead: Lead) -> str:
    """Why this person must not be looked up; "" when they may be. One query."""
    if lead.erased_at is not None:
        return "They were erased."
    if lead.archived_at is not None or lead.merged_into_id is not None:
        return "They are archived."
    if suppression.channels_off([lead]):
        return "They do not want to be contacted, so nothing is looked up about them."
    return ""


def question(lead: Lead) -> Question:
    company = lead.company
    known = (company.domain or "") if company else ""
    return Question(
        email=lead.email or "",
        domain=known or company_domain(lead.email or ""),
        phone=lead.phone,
        first_name=lead.first_name,
        last_name=lead.last_name,
        company=lead.company_name,
    )


def note_local(lead: Lead) -> None:
    """What the address and the number tell by themselves; nothing leaves this machine."""
    if know_local(lead):
        facts.fill(lead)


def know_local(lead: Lead) -> bool:
    """The same without filling empty fields; False for somebody about whom nothing is looked up."""
    if why_not(lead):
        return False
    told = offline.facts_of(question(lead))
    facts.note(told, source=LOCAL, lead=lead, covered=LOCAL_CODES)
    return True


def homepages() -> bool:
    """Whether the owner switched the look at company homepages on."""
    return connections.active(HOMEPAGES) is not None


def switch_homepages(on: bool, user: User) -> bool:
    """False when it is so already."""
    row = connections.active(HOMEPAGES)
    if on == (row is not None):
        return False
    if row is None:
        connections.save(HOMEPAGES, secret={}, settings={"homepages": True})
    else:
        connections.switch_off(row)
    audit.note(user, "settings.changed", HOMEPAGES, on=on)
    return True


def look_at(company: Company) -> bool:
    """Mail servers and homepage of a company, once in a while; True when something was asked."""
    if not homepages() or not company.domain or not _anybody(company):
        return False
    if offline.mail_kind(company.domain) != offline.COMPANY:
        return False
    claim = _claim(LOCAL, f"domain:{company.domain}", f"company:{company.pk}", 0.0, None)
    if claim is None:
        return False
    try:
        result = enricher(LOCAL).look_up(Question(domain=company.domain), Access())
    except EnrichmentError as error:
        _settle(claim, error=error.message, again=AGAIN_NONE)
        return True
    pages = [one for one in result.facts if one.field.startswith("website_")]
    codes = [code for code in FIELDS if code.startswith("website_")] if pages else []
    rest = [one for one in result.facts if one not in pages]
    facts.note(pages, source="website", company=company, covered=codes)
    facts.note(rest, source=LOCAL, company=company)
    _settle(claim, found=result.known, again=AGAIN_FOUND if result.known else AGAIN_NONE)
    return True


def _anybody(company: Company) -> bool:
    """Whether the company has somebody who may be looked up: else nothing is fetched."""
    rows = company.leads.filter(archived_at=None, erased_at=None, merged_into=None)
    people = list(rows.order_by("-id")[:MOST_LEADS])
    off = suppression.channels_off(people)
    return any(lead.pk not in off for lead in people)


def ask(code: str, lead: Lead) -> str:
    """Ask a paid provider about a lead; says in words what came of it. Raises NotAsked."""
    if reason := why_not(lead):
        raise NotAsked(reason)
    row = connection(code)
    if row is None or row.state == Connection.State.BROKEN:
        raise NotAsked("It is not connected, or waits for the owner.")
    asked = question(lead)
    key = key_of(asked)
    if key == "domain:":
        raise NotAsked("There is no email address and no company website to ask with.")
    provider = enricher(code)
    claim = _claim(code, key, f"lead:{lead.pk}", provider.dearest, row)
    if claim is None:
        raise NotAsked(_asked_before(code, key))
    try:
        access = _access(code, row)
        result = provider.look_up(asked, access)
    except EnrichmentError as error:
        _failed(claim, row, error, provider.dearest)
        raise NotAsked(error.message) from error
    return _answered(code, claim, row, lead, result)


def key_of(asked: Question) -> str:
    return f"email:{asked.email}" if asked.email else f"domain:{asked.domain}"


def is_about(row: Lookup, lead: Lead) -> bool:
    """Whether the question is still this lead's: the address it was asked with may be another."""
    return row.key_hash == keyed_hash(key_of(question(lead)), purpose=f"lookup.{row.provider}")


def _access(code: str, row: Connection) -> Access:
    try:
        key = connections.secret_of(row).get("key", "")
    except SecretUnreadable:
        raise EnrichmentError(UNREADABLE, permanent=True) from None
    return Access(settings.SERVICE_URLS.get(code, ""), key)


def _failed(claim: Lookup, row: Connection, error: EnrichmentError, dearest: float) -> None:
    wait = timedelta(seconds=error.wait) if error.wait else AGAIN_FAULT
    _settle(claim, back=0.0 if error.charged else dearest, error=error.message, again=wait)
    connections.failed(row.pk, error.message, broken=error.permanent)


def _answered(code: str, claim: Lookup, row: Connection, lead: Lead, result: Result) -> str:
    connections.worked(row.pk)
    back = enricher(code).dearest - result.credits
    if result.later:
        _settle(claim, back=back, error=LATER, again=timedelta(seconds=result.later))
        return "It is being looked for there. It is asked again by itself in a few minutes."
    again = AGAIN_FOUND if result.known else AGAIN_NONE
    _settle(claim, back=back, found=result.known, again=again)
    if not result.known:
        return f"{enricher(code).label} does not know them. That cost nothing."
    new = facts.note(result.facts, source=code, lead=lead, company=lead.company)
    filled = facts.fill(lead)
    if lead.company is not None:
        facts.fill_company(lead.company)
    more = f", {plural(len(filled), 'empty field')} filled" if filled else ""
    return f"{plural(new, 'new fact')}{more}."


def _claim(
    provider: str, key: str, about: str, cost: float, row: Connection | None
) -> Lookup | None:
    """Hold the question and its highest price; None when it was asked before. Raises NotAsked."""
    now = timezone.now()
    hashed = keyed_hash(key, purpose=f"lookup.{provider}")
    with transaction.atomic():
        if row is not None:
            Connection.objects.select_for_update().filter(pk=row.pk).first()
        found = Lookup.objects.select_for_update().filter(provider=provider, key_hash=hashed)
        before = found.first()
        if before is not None and before.again_at > now:
            return None
        if row is not None and bill(row).spent + cost > bill(row).limit:
            raise NotAsked("The credits of this month are used up. The owner can raise the limit.")
        if before is None:
            return Lookup.objects.create(
                provider=provider, key_hash=hashed, about=about, credits=cost, again_at=now + CLAIM
            )
        credits = cost + (before.credits if before.at >= month() else 0.0)
        found.update(
            about=about, credits=credits, again_at=now + CLAIM, at=now, found=False, error=""
        )
    before.refresh_from_db()
    return before


def _settle(
    claim: Lookup, *, again: timedelta, back: float = 0.0, found: bool = False, error: str = ""
) -> None:
    """What came of it; `back`: what was held and is not spent."""
    Lookup.objects.filter(pk=claim.pk).update(
        found=found,
        error=one_line(error, 200),
        credits=max(claim.credits - back, 0.0),
        again_at=timezone.now() + again,
    )


def _asked_before(code: str, key: str) -> str:
    hashed = keyed_hash(key, purpose=f"lookup.{code}")
    row = Lookup.objects.filter(provider=code, key_hash=hashed).first()
    if row is None:
        return "It is being asked just now."
    if row.error:
        return (
            f"{row.error.rstrip('.')}. It is not asked again before {row.again_at:%-d %b, %H:%M}."
        )
    said = "It knew them" if row.found else "It did not know them"
    return f"{said} on {row.at:%-d %b}. It is not asked again before {row.again_at:%-d %b %Y}."


def month() -> datetime:
    """When this month began, by the clock of the installation."""
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def bill(row: Connection) -> Bill:
    total = Lookup.objects.filter(provider=row.service, at__gte=month())
    spent = total.aggregate(sum=Sum("credits"))["sum"] or 0.0
    return Bill(float(spent), float(row.settings.get("limit", 0)))


def connection(code: str) -> Connection | None:
    """The owner's connection to a provider, whatever its health; the secret is read when used."""
    return connections.of_service(code).filter(user=None).defer("secret").first()


def automatic() -> list[str]:
    """Providers that are asked about each new lead by themselves."""
    rows = ((code, connection(code)) for code in providers())
    return [code for code, row in rows if row is not None and row.settings.get("auto")]


@transaction.atomic
def save(code: str, values: Mapping[str, Any], key: str, user: User) -> Connection:
    """Connect a provider or change it; an empty key keeps the stored one."""
    before = connection(code)
    kept = _stored(before)
    secret = {"key": key} if key else kept
    row = connections.save(code, secret=secret, settings=dict(values))
    budget.forget(code, keyed_hash(secret.get("key", ""), purpose=code)[:12])
    audit.note(user, "settings.changed", code)
    return row


def _stored(row: Connection | None) -> dict[str, str]:
    try:
        return connections.secret_of(row) if row is not None else {}
    except SecretUnreadable:
        Connection.objects.filter(service=row.service if row else "").update(secret="")
        return {}


def switch_off(code: str, user: User) -> bool:
    row = connection(code)
    if row is None:
        return False
    connections.switch_off(row)
    audit.note(user, "settings.changed", code)
    return True
