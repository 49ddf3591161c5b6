"""What may be wrong with a lead: missing, old or contradictory data, and what cools down.

Each look is a filter of the lead list (`look=` in its address): one definition for the counters of
data quality, for the list that shows exactly those leads, and for its bulk actions.
`wiring.LEAD_LOOKS` names the lists of all apps; leads.selectors.look_filter puts them together.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from leads.models import ConsentRecord, DuplicatePair, Fact, Lead, Suppression, ThreadEvent
from leads.selectors.look_filter import Look
from leads.selectors.views import CLOSED, HOT
from leads.services import zones

TEXTS = ("sms", "whatsapp", "all")
BOUNCED = Suppression.Reason.HARD_BOUNCE


def _without(column: str) -> Q:
    return Q(**{f"{column}__isnull": True}) | Q(**{column: ""})


def _no_basis(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Not recorded, or recorded until a day that is over."""
    return leads.filter(Q(lawful_basis="") | Q(basis_expires_at__lt=timezone.localdate()))


def _facts(leads: QuerySet[Lead], wanted: Q) -> QuerySet[Lead]:
    """Leads with such a fact of their own or of their company."""
    rows = Fact.objects.filter(wanted, state=Fact.State.CURRENT).order_by()
    own = rows.filter(lead__isnull=False).values("lead")
    theirs = rows.filter(company__isnull=False).values("company")
    return leads.filter(Q(pk__in=own) | Q(company__in=theirs))


def _stale(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return _facts(leads, Q(expires_at__lt=timezone.now()))


def _disputed(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    return _facts(leads, Q(disputed=True))


def _double(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    pairs = DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN).order_by()
    return leads.filter(Q(pk__in=pairs.values("first")) | Q(pk__in=pairs.values("second")))


def _bounced(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Their address does not exist, and nobody lifted that or gave another one since."""
    told = ThreadEvent.objects.filter(kind="lead.suppressed", data__reason=BOUNCED).order_by()
    since = ThreadEvent.objects.filter(
        Q(kind="lead.unsuppressed") | Q(kind="lead.changed", data__changes__has_key="email"),
        lead=OuterRef("lead"),
        occurred_at__gte=OuterRef("occurred_at"),
    )
    return leads.filter(pk__in=told.filter(~Exists(since)).values("lead"))


def _no_text_consent(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    given = ConsentRecord.objects.filter(channel__in=TEXTS, withdrawn_at=None).order_by()
    return leads.exclude(phone="").exclude(pk__in=given.values("lead"))


def _odd_zone(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """A time zone that is none, or whose clock no place of their country has."""
    known = leads.exclude(time_zone="").order_by().values_list("country", "time_zone").distinct()
    wrong = Q(pk__in=[])
    for country, name in known:
        if not fits(name, country):
            wrong |= Q(country=country, time_zone=name)
    return leads.filter(wrong)


def fits(name: str, country: str) -> bool:
    place = zones.zone(name)
    if place is None:
        return False
    if not country:
        return True
    there = zones.zones_for(Lead(country=country), fallback=place)
    return _clock(place) in [_clock(one) for one in there]


def _clock(place: object) -> tuple[object, ...]:
    year = timezone.now().year
    return tuple(datetime(year, month, 1, tzinfo=place).utcoffset() for month in (1, 7))  # type: ignore[arg-type]


def _cooling(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Hot by their score, but their signs come ever later (leads.services.profile)."""
    return leads.filter(score__gte=HOT, profile__cooling="high").exclude(stage__in=CLOSED)


LOOKS = [
    Look("no-email", "No e-mail address", lambda rows: rows.filter(_without("email"))),
    Look("no-phone", "No phone number", lambda rows: rows.filter(phone="")),
    Look("no-trade", "No trade", lambda rows: rows.filter(trade="")),
    Look("no-basis", "No lawful basis, or it ran out", _no_basis),
    Look("no-text-consent", "A number, but no yes to texts", _no_text_consent),
    Look("no-owner", "Nobody's", lambda rows: rows.filter(owner=None)),
    Look("odd-zone", "Time zone does not fit the country", _odd_zone),
    Look("stale", "Facts that ran out", _stale),
    Look("disputed", "Facts that contradict each other", _disputed),
    Look("double", "May be there twice", _double),
    Look("bounced", "Address does not exist", _bounced),
    Look("cooling", "Hot, and cooling down", _cooling),
]
