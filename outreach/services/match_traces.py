"""What points at a lead when neither an id nor an address does: quotes, names, subjects, companies.

Everything is read once for a mail, in at most five queries; the rules in `matching` then look at it
in the order of their strength.
"""

from collections import Counter
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from leads.intake.places import FREE_MAIL
from leads.models import Lead
from outreach.mail import evidence
from outreach.mail.parse import ParsedMail
from outreach.models import Mailbox, Touch

DAYS = 60  # how old a message may be that is answered without any id
PEOPLE, TOUCHES = 60, 150
SAME_SUBJECT = 1000  # messages of one sequence's step
CLEAR = 0.15  # by how much the best quote has to be better than the next


class Sent(NamedTuple):
    """One message of ours, as much as the rules need."""

    pk: int
    lead_id: int
    first: str
    last: str
    email: str
    company: int  # 0: none
    domain: str
    body: str


class Traces:
    """What a mail says about whom it may belong to."""

    def __init__(self, mail: ParsedMail, mailbox: Mailbox) -> None:
        self.mail, self.mailbox = mail, mailbox
        self.words = evidence.Words(mail)
        self.domains = _domains(mail.from_address)

    @cached_property
    def by_subject(self) -> list[Sent]:
        """What this mailbox sent with the subject that is answered, newest first."""
        subjects = evidence.answered_subjects(self.mail)
        if not subjects:
            return []
        forms = {form for one in subjects for form in (one, f"re: {one}")}
        rows = _sent().filter(mailbox=self.mailbox).annotate(plain=Lower("subject"))
        return _light(rows.filter(plain__in=forms)[:SAME_SUBJECT])

    @cached_property
    def colleagues(self) -> list[Lead]:
        """Leads of the company whose domain the sender writes from."""
        if not self.domains:
            return []
        rows = _people().filter(company__domain__in=self.domains)
        found = list(rows.order_by("-last_sign_at", "-score")[:PEOPLE])
        if found:
            return found
        own = Q()
        for domain in self.domains:
            own |= Q(email__endswith=f"@{domain}")
        return list(_people().filter(own).order_by("-last_sign_at", "-score")[:PEOPLE])

    @cached_property
    def namesakes(self) -> list[Lead]:
        """Leads with the name that the sender shows."""
        name = self.mail.from_name
        words = name.replace(",", " ").replace('"', " ").split()[:6]
        if len(words) < 2:
            return []
        pairs = {(words[0], " ".join(words[1:])), (" ".join(words[1:]), words[0])}
        pairs |= {(words[0], words[-1]), (words[-1], words[0])}
        any_pair = Q()
        for first, last in pairs:
            any_pair |= Q(low_last=last.lower(), low_first=first.lower())
        rows = _people().annotate(low_last=Lower("last_name"), low_first=Lower("first_name"))
        found = rows.filter(any_pair)[:PEOPLE]
        return [lead for lead in found if evidence.same_name(lead.first_name, lead.last_name, name)]

    @cached_property
    def mentioned(self) -> list[Lead]:
        """Leads whose address stands in the text, as in the header of a quote."""
        if not self.words.addresses:
            return []
        return list(_people().filter(email__in=self.words.addresses)[:PEOPLE])

    @cached_property
    def touches(self) -> list[Sent]:
        """What was sent lately to anybody of these, and with this subject."""
        people = {lead.pk for lead in (*self.mentioned, *self.colleagues, *self.namesakes)}
        rows = _light(_sent().filter(lead__in=people)[:TOUCHES]) if people else []
        return list({one.pk: one for one in (*self.by_subject, *rows)}.values())

    @cached_property
    def quotes(self) -> dict[int, float]:
        """touch -> how much of it the mail quotes, where that is enough to tell."""
        shares = ((one.pk, self.words.quoted(one.body)) for one in self.touches)
        return {pk: share for pk, share in shares if share}

    def quoted(self) -> Touch | None:
        """Our message that the mail quotes, where it is clear to whom it went."""
        if not self.quotes:
            return None
        best = max(self.quotes.values())
        near = [one for one in self.touches if self.quotes.get(one.pk, 0) > best - CLEAR]
        if not _one_person(near):  # one text for many: the quoted header says whose it was
            named = {lead.pk for lead in self.mentioned}
            near = [one for one in near if one.lead_id in named]
        return _newest(near)

    def name_at_company(self) -> Touch | None:
        """The sender has the name of a lead and writes from the lead's company."""
        return _newest([one for one in self.touches if self._named(one) and self._at(one)])

    def name_and_subject(self) -> Touch | None:
        """The sender has the name of a lead and answers the subject that was sent to them."""
        return _newest([one for one in self.by_subject if self._named(one)])

    def company_and_subject(self) -> Touch | None:
        """Somebody of the company answers a subject that only one person there was sent."""
        return _newest([one for one in self.by_subject if self._at(one)])

    def _named(self, one: Sent) -> bool:
        mail = self.mail
        if evidence.same_name(one.first, one.last, mail.from_name):
            return True
        return not mail.from_name and evidence.named_by(one.first, one.last, mail.from_address)

    def _at(self, one: Sent) -> bool:
        own = {one.email.rpartition("@")[2], one.domain} - FREE_MAIL - {""}
        return bool(self.domains & own)

    def candidates(self) -> list[int]:
        """Ids of leads it may belong to, the likeliest first: those that most points to."""
        points: Counter[int] = Counter()
        subject = {one.pk for one in self.by_subject}
        for one in self.touches:
            found = 4 * (one.pk in self.quotes) + 3 * self._named(one)
            found += 2 * (one.pk in subject) + 2 * self._at(one)
            points[one.lead_id] = max(points[one.lead_id], found)
        for place, lead in enumerate(self.colleagues):
            if lead.archived_at is None:
                points[lead.pk] = max(points[lead.pk], 1) if place else points[lead.pk] + 1
        return [pk for pk, count in points.most_common() if count]


def _people() -> QuerySet[Lead]:
    return Lead.objects.filter(erased_at=None).select_related("company")


def _sent() -> QuerySet[Touch]:
    since = timezone.now() - timedelta(days=DAYS)
    rows = Touch.objects.filter(
        channel="email", state=Touch.State.SENT, sent_at__gte=since, lead__erased_at=None
    )
    return rows.order_by("-sent_at")


def _domains(address: str) -> set[str]:
    """The domain of an address and those above it; none for addresses that anybody can get."""
    domain = address.rpartition("@")[2]
    if not domain or domain in FREE_MAIL:
        return set()
    labels = domain.split(".")
    return {".".join(labels[i:]) for i in range(max(len(labels) - 1, 1))} - FREE_MAIL


def _light(rows: QuerySet[Touch]) -> list[Sent]:
    columns = rows.values_list(
        "pk", "lead_id", "lead__first_name", "lead__last_name", "lead__email", "lead__company_id",
        "lead__company__domain", "body",
    )  # fmt: skip
    return [
        Sent(pk, lead, first, last, email or "", company or 0, domain or "", body)
        for pk, lead, first, last, email, company, domain, body in columns
    ]


def _newest(found: list[Sent]) -> Touch | None:
    """The newest of them, if all went to one person."""
    if not found or not _one_person(found):
        return None
    rows = Touch.objects.filter(pk__in=[one.pk for one in found[:100]])
    return rows.select_related("lead", "enrollment").order_by("-sent_at").first()


def _one_person(found: list[Sent]) -> bool:
    """One lead, or the same person twice: the same name at the same company."""
    if len({one.lead_id for one in found}) < 2:
        return bool(found)
    who = {(*evidence.fold(one.first), *evidence.fold(one.last), one.company) for one in found}
    return len(who) == 1 and bool(found[0].last)
