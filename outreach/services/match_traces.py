"""What points at a lead when neither an id nor an address does: quotes, names, subjects, companies.

Everything is read once for a mail, in at most five queries; the rules in `matching` then look at it
in the order of their strength.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cached_property

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
CLEAR = 0.15  # by how much the best quote has to be better than the next


class Traces:
    """What a mail says about whom it may belong to."""

    def __init__(self, mail: ParsedMail, mailbox: Mailbox) -> None:
        self.mail, self.mailbox = mail, mailbox
        self.words = evidence.Words(mail)
        self.domains = _domains(mail.from_address)

    @cached_property
    def by_subject(self) -> list[Touch]:
        """What this mailbox sent with the subject that is answered, newest first."""
        subjects = evidence.answered_subjects(self.mail)
        if not subjects:
            return []
        forms = {form for one in subjects for form in (one, f"re: {one}")}
        rows = _sent().filter(mailbox=self.mailbox).annotate(plain=Lower("subject"))
        return list(rows.filter(plain__in=forms)[:PEOPLE])

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
    def touches(self) -> list[Touch]:
        """What was sent lately to anybody of these, and with this subject."""
        people = {lead.pk for lead in (*self.mentioned, *self.colleagues, *self.namesakes)}
        rows = list(_sent().filter(lead__in=people)[:TOUCHES]) if people else []
        return list({touch.pk: touch for touch in (*self.by_subject, *rows)}.values())

    def quoted(self) -> Touch | None:
        """Our message that the mail quotes, where it is clear to whom it went."""
        best: dict[int, tuple[float, Touch]] = {}
        for touch in self.touches:
            share = self.words.quoted(touch.body)
            if share > best.get(touch.lead_id, (0.0, touch))[0]:
                best[touch.lead_id] = (share, touch)
        ranked = sorted(best.values(), key=lambda pair: -pair[0])
        if not ranked:
            return None
        near = [touch for share, touch in ranked if share > ranked[0][0] - CLEAR]
        if len(near) > 1:  # one text for many: the quoted header says whose it was
            named = {lead.pk for lead in self.mentioned}
            near = [touch for touch in near if touch.lead_id in named] or near
        return near[0] if _one_person(near) else None

    def name_at_company(self) -> Touch | None:
        """The sender has the name of a lead and writes from the lead's company."""
        return self._only(lambda touch: self._named(touch.lead) and self._at(touch.lead))

    def name_and_subject(self) -> Touch | None:
        """The sender has the name of a lead and answers the subject that was sent to them."""
        return self._only(lambda touch: self._named(touch.lead), self.by_subject)

    def company_and_subject(self) -> Touch | None:
        """Somebody of the company answers a subject that only one person there was sent."""
        return self._only(lambda touch: self._at(touch.lead), self.by_subject)

    def _only(
        self, fits: Callable[[Touch], bool], touches: Iterable[Touch] | None = None
    ) -> Touch | None:
        """The newest fitting touch, if all of them went to one person."""
        found = [touch for touch in (self.touches if touches is None else touches) if fits(touch)]
        found.sort(key=lambda touch: touch.sent_at or touch.created_at, reverse=True)
        return found[0] if found and _one_person(found) else None

    def _named(self, lead: Lead) -> bool:
        mail = self.mail
        names = (lead.first_name, lead.last_name)
        if evidence.same_name(*names, mail.from_name):
            return True
        return not mail.from_name and evidence.named_by(*names, mail.from_address)

    def _at(self, lead: Lead) -> bool:
        own = (lead.email or "").rpartition("@")[2]
        company = lead.company.domain if lead.company else ""
        return bool(self.domains & ({own, company} - FREE_MAIL - {""}))

    def candidates(self) -> list[int]:
        """Ids of leads it may belong to, the likeliest first."""
        quoting = [touch.lead_id for touch in self.touches if self.words.quoted(touch.body)]
        subject = [touch.lead_id for touch in self.by_subject]
        written = {touch.lead_id for touch in self.touches}
        named = [lead.pk for lead in self.namesakes if lead.pk in written]
        company = [lead.pk for lead in self.colleagues if lead.archived_at is None]
        return list(dict.fromkeys([*quoting, *subject, *named, *company]))


def _people() -> QuerySet[Lead]:
    return Lead.objects.filter(erased_at=None).select_related("company")


def _sent() -> QuerySet[Touch]:
    since = timezone.now() - timedelta(days=DAYS)
    rows = Touch.objects.filter(
        channel="email", state=Touch.State.SENT, sent_at__gte=since, lead__erased_at=None
    )
    return rows.select_related("lead__company", "enrollment").order_by("-sent_at")


def _domains(address: str) -> set[str]:
    """The domain of an address and those above it; none for addresses that anybody can get."""
    domain = address.rpartition("@")[2]
    if not domain or domain in FREE_MAIL:
        return set()
    labels = domain.split(".")
    return {".".join(labels[i:]) for i in range(max(len(labels) - 1, 1))} - FREE_MAIL


def _one_person(touches: list[Touch]) -> bool:
    """One lead, or the same person twice: the same name at the same company."""
    if len({touch.lead_id for touch in touches}) < 2:
        return True
    who = {
        (*evidence.fold(t.lead.first_name), *evidence.fold(t.lead.last_name), t.lead.company_id)
        for t in touches
    }
    return len(who) == 1 and touches[0].lead.last_name != ""
