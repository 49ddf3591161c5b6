"""Who must not be written to. One row is a keyed hash and a channel; it outlives erasure.

A lead is suppressed when one of its addresses (e-mail, e-mail domain, phone, LinkedIn profile)
is, for the channel or for all. Addresses are compared in one normal form; plus-tags are part of
the address, since a person who used one may have meant just that one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from leads import family, thread
from leads.intake.base import IntakeError
from leads.intake.clean import domain_name, email_address, linkedin, phone_number
from leads.models import Lead, Suppression, ThreadEvent
from leads.services import stop_file, suppression_family
from salesagent.lib.crypto import keyed_hash

ALL = "all"
FINAL = suppression_family.FINAL
BATCH = 500


class SuppressionError(Exception):
    """Why an address cannot be added or taken off, in plain words."""


@dataclass(frozen=True)
class Normal:
    """An address in the form that is hashed. `kind`: address, phone, domain or profile."""

    kind: str
    text: str

    @property
    def hash(self) -> str:
        return keyed_hash(self.text, purpose=f"suppression.{self.kind}")


def normalise(address: str) -> Normal | None:
    """What kind of address this is, and its normal form; None when it is none."""
    text = address.strip()
    if not text or len(text) > 600:
        return None
    if profile := _profile(text):
        return Normal("profile", profile)
    if "@" in text.lstrip("@"):
        try:
            return Normal("address", email_address(text))
        except IntakeError:
            return None
    if domain := domain_name(text.lstrip("@")):
        return Normal("domain", domain)
    number = phone_number(text)
    return Normal("phone", number) if number else None


def _profile(text: str) -> str:
    """The path on linkedin.com, so that www. and country hosts are one; empty for other texts."""
    return (
        linkedin(text).partition("linkedin.com")[2].lower() if "linkedin." in text.lower() else ""
    )


def address_hash(address: str) -> str:
    """The keyed hash an address is stored under; empty for what is no address."""
    normal = normalise(address)
    return normal.hash if normal else ""


def mask(address: str) -> str:
    """ "n.p…@example.com", "+48…127": enough to recognise, not enough to use."""
    local, at, domain = address.strip().partition("@")
    if at and local:
        return f"{local[:3] if len(local) > 3 else local[:1]}…@{domain}"[:120]
    if "/" in address:
        return f"{address.strip()[:7]}…"
    if not address.lstrip("+").isdigit():
        return address.strip()[:120]  # a domain is no single person's
    return f"{address.strip()[:3]}…{address.strip()[-3:]}"


def normals(lead: Lead) -> list[Normal]:
    """The addresses under which this lead may be suppressed, the domain among them."""
    found = []
    if lead.email:
        found += [Normal("address", lead.email.lower())]
        found += [Normal("domain", lead.email.lower().rpartition("@")[2])]
    if lead.phone:
        found.append(Normal("phone", lead.phone))  # stored in the form of phone_number()
    if profile := _profile(lead.linkedin_url):
        found.append(Normal("profile", profile))
    return found


def lead_hashes(lead: Lead) -> list[str]:
    """The hashes under which this lead may be suppressed."""
    return [normal.hash for normal in normals(lead)]


def is_suppressed(lead: Lead, channel: str) -> bool:
    """One query. Erased people are suppressed for good."""
    return lead.erased_at is not None or _rows(lead_hashes(lead), channel).exists()


def asked_to_stop(lead: Lead, channel: str) -> bool:
    """Whether the person said so, by a word, a link or a complaint; else it was somebody else."""
    theirs = (Suppression.Reason.OPTED_OUT, Suppression.Reason.COMPLAINT)
    return _rows(lead_hashes(lead), channel).filter(reason__in=theirs).exists()


def suppressed_among(leads: Iterable[Lead], channel: str) -> set[int]:
    """Ids of those leads that must not be written to on `channel`, in a few queries."""
    off = channels_off(leads)
    return {pk for pk, channels in off.items() if channels & {ALL, channel}}


def channels_off(leads: Iterable[Lead]) -> dict[int, set[str]]:
    """For each lead that is suppressed somewhere the channels, `all` among them; few queries."""
    by_hash: dict[str, set[int]] = {}
    off: dict[int, set[str]] = {}
    for lead in leads:
        if lead.erased_at is not None:
            off[lead.pk] = {ALL}
        for one in lead_hashes(lead):
            by_hash.setdefault(one, set()).add(lead.pk)
    hashes = list(by_hash)
    for start in range(0, len(hashes), BATCH):
        rows = Suppression.objects.filter(address_hash__in=hashes[start : start + BATCH])
        for found, channel in rows.values_list("address_hash", "channel"):
            for pk in by_hash[found]:
                off.setdefault(pk, set()).add(channel)
    return off


def _rows(hashes: Sequence[str], channel: str) -> QuerySet[Suppression]:
    return Suppression.objects.filter(address_hash__in=hashes, channel__in=[ALL, channel])


@transaction.atomic
def suppress(
    *,
    address: str,
    channel: str = ALL,
    reason: str,
    source: str,
    actor: str,
    lead: Lead | None = None,
) -> bool:
    """Put an address on the list and tell the threads of everybody who has it.

    False when it was there already; `lead` is told even then, once. Raises SuppressionError for
    what is no address, or an unknown channel.
    """
    normal = _checked(address, channel)
    row, created, stronger = _get_or_create(normal, channel, reason, source)
    told = {found.pk: found for found in leads_with(normal)} if created or stronger else {}
    if lead is not None:
        told[lead.pk] = lead
    for one in told.values():
        tell(one, row, reason, source, actor, anew=stronger)
    for one in family.with_others(told.values()) if created or stronger else ():
        share(one, actor)
    return created


def share(lead: Lead, actor: str) -> list[int]:
    """Let what stands against an address of a merged person stand against all; ids of new rows."""
    people = family.members(lead)
    found = suppression_family.spread((n for one in people for n in normals(one)), mask)
    for row in found:
        tell(people[0], row, row.reason, row.source, actor)
    return [row.pk for row in found]


def _checked(address: str, channel: str) -> Normal:
    normal = normalise(address)
    if normal is None:
        raise SuppressionError("This is no e-mail address, phone number, domain or profile.")
    if channel != ALL and channel not in settings.CHANNELS:
        raise SuppressionError("Choose a channel.")
    return normal


def _get_or_create(
    normal: Normal, channel: str, reason: str, source: str
) -> tuple[Suppression, bool, bool]:
    """The row, whether it is new, and whether it now says more than before."""
    found = Suppression.objects.filter(address_hash=normal.hash, channel=channel)
    try:
        with transaction.atomic():
            row, created = found.get_or_create(
                address_hash=normal.hash,
                channel=channel,
                defaults={
                    "kind": normal.kind,
                    "masked": mask(normal.text),
                    "reason": reason,
                    "source": source[:120],
                },
            )
    except IntegrityError:  # somebody else was faster
        row, created = found.get(), False
    stronger = not created and suppression_family.says_more(row, reason)
    if stronger:
        found.update(reason=reason, source=source[:120])
        row.refresh_from_db()
        stop_file.note([row])
    elif not created and reason == Suppression.Reason.MANUAL and row.reason not in FINAL:
        # what put it there first can take it off again by itself; what a person says cannot
        found.update(source=(source or "Added by hand")[:120])
    return row, created, stronger


def tell(
    lead: Lead, row: Suppression, reason: str, source: str, actor: str, *, anew: bool = False
) -> None:
    """One line in the lead's thread, once; `anew`: once more, as the row says more than before."""
    thread.record(
        lead=lead,
        kind="lead.suppressed",
        actor=actor,
        channel="" if row.channel == ALL else row.channel,
        data={"channel": row.channel, "reason": reason, "source": source[:120]},
        dedupe_key=f"suppressed:{row.pk}:{lead.pk}" + (f":{reason}" if anew else ""),
    )


def leads_with(normal: Normal) -> QuerySet[Lead]:
    """Everybody who has this address."""
    where = {
        "address": Q(email=normal.text),
        "phone": Q(phone=normal.text),
        "profile": Q(linkedin_url__iendswith=normal.text),
        "domain": Q(email__endswith=f"@{normal.text}"),
    }[normal.kind]
    return Lead.objects.filter(where, erased_at=None)


@transaction.atomic
def lift(*, address: str, channel: str = ALL, actor: str, lead: Lead | None = None) -> bool:
    """Take an address off the list; False when it was not there.

    Raises SuppressionError for a complaint or an erased person: those stay for good.
    """
    normal = _checked(address, channel)
    row = Suppression.objects.filter(address_hash=normal.hash, channel=channel).first()
    return _lift(row, actor, lead, leads_with(normal)) if row else False


@transaction.atomic
def lift_row(row: Suppression, *, actor: str, reason: str) -> bool:
    """The same from the list, where only the hash is known; the threads hear of it by hash."""
    ids = _told_leads(row)
    return _lift(row, actor, None, Lead.objects.filter(pk__in=ids), reason=reason)


def _told_leads(row: Suppression) -> list[int]:
    keys = f"suppressed:{row.pk}:"
    events = ThreadEvent.objects.filter(dedupe_key__startswith=keys)
    return list(events.values_list("lead_id", flat=True))


def _lift(
    row: Suppression,
    actor: str,
    lead: Lead | None,
    others: QuerySet[Lead],
    *,
    reason: str = "",
) -> bool:
    if row.reason in FINAL:
        label = Suppression.Reason(row.reason).label.lower()
        raise SuppressionError(f"This address stays on the list: {label}.")
    if not Suppression.objects.filter(pk=row.pk).delete()[0]:
        return False
    told = {found.pk: found for found in others}
    if lead is not None:
        told[lead.pk] = lead
    for one in told.values():
        thread.record(
            lead=one,
            kind="lead.unsuppressed",
            actor=actor,
            channel="" if row.channel == ALL else row.channel,
            data={"channel": row.channel, "source": reason},
        )
    return True


def page(*, before: int | None = None, size: int = 50) -> list[Suppression]:
    """The newest rows below an id, one more than `size` when there is a next page."""
    rows = Suppression.objects.order_by("-id")
    return list((rows.filter(pk__lt=before) if before else rows)[: size + 1])


def find(address: str) -> list[Suppression]:
    """The rows of an address, its domain included. Raises SuppressionError for what is none."""
    normal = normalise(address)
    if normal is None:
        raise SuppressionError("This is no e-mail address, phone number, domain or profile.")
    hashes = [normal.hash]
    if normal.kind == "address":
        hashes.append(Normal("domain", normal.text.rpartition("@")[2]).hash)
    return list(Suppression.objects.filter(address_hash__in=hashes))
