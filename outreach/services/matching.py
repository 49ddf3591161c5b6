"""Whose answer a received mail is. Certain matches only; everything else is a question to a person.

The rules, strongest first; `Match.by` names the one that hit:
references  our own message, or an earlier mail of the same thread, that it names (References,
            In-Reply-To, an id in the body); also by the id that a provider has put in its place
thread      the provider's conversation
stop link   the signed link below our message, in the quote: it names person and message
address     the sender's address, also with a tag (anna+news@) or as Reply-To of a list
known       an address that a person has placed before
quote       our own sentences, sent to one person only
name at company, name and subject, company and subject: two things that both have to fit
A shared company domain, a known name or the same subject alone only make candidates.
"""

from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from leads import family
from leads.intake.places import FREE_MAIL
from leads.models import Lead
from outreach.mail.message import THREAD
from outreach.mail.parse import ParsedMail, sender
from outreach.models import InboundMessage, Mailbox, Touch
from outreach.services.letters import PURPOSE
from outreach.services.match_traces import Traces
from salesagent.accounts.models import User
from salesagent.lib import signing

CANDIDATES = 8
PROOFS = frozenset({"references", "thread", "stop link", "quote"})  # it answers a message of ours
QUOTES = frozenset({"stop link", "quote"})  # told from the text, which may hold nothing else


@dataclass(frozen=True)
class Match:
    """`lead` wrote it; `touch` is what was answered, whose lead may be a colleague of `lead`."""

    lead: Lead
    by: str
    touch: Touch | None = None


def match(
    mail: ParsedMail, mailbox: Mailbox, thread: str = "", traces: Traces | None = None
) -> Match | None:
    """`thread`: the provider's word for the conversation, where it has one.

    Who was merged into another lead is that lead.
    """
    found = _match(mail, mailbox, thread, traces)
    if found is None or found.lead.merged_into_id is None:
        return found
    return replace(found, lead=family.keeper(found.lead))


def _match(mail: ParsedMail, mailbox: Mailbox, thread: str, traces: Traces | None) -> Match | None:
    traces = traces or Traces(mail, mailbox)
    writer = writer_of(mail)
    if found := _by_id(mail, mailbox, thread, traces, writer):
        return found
    if writer is not None:
        return Match(writer, "address", last_touch(writer))
    if placed := placed_before(mail.from_address):
        return Match(placed, "known", last_touch(placed))
    rules = (
        ("quote", traces.quoted),
        ("name at company", traces.name_at_company),
        ("name and subject", traces.name_and_subject),
        ("company and subject", traces.company_and_subject),
    )
    hits = ((name, touch) for name, rule in rules if (touch := rule()) is not None)
    name, touch = next(hits, ("", None))
    return Match(touch.lead, name, touch) if touch else None


def _by_id(
    mail: ParsedMail, mailbox: Mailbox, thread: str, traces: Traces, writer: Lead | None
) -> Match | None:
    touch = answered_touch(mail)
    if touch is not None:
        return Match(writer or touch.lead, "references", touch)
    if earlier := _earlier(mail, mailbox):
        return Match(writer or earlier, "references")
    if touch := _touch_of_provider(mail):
        return Match(writer or touch.lead, "references", touch)
    if thread and (touch := _touch_in_thread(thread, mailbox)):
        return Match(writer or touch.lead, "thread", touch)
    if touch := _touch_of_link(traces):
        return Match(writer or touch.lead, "stop link", touch)
    return None


def writer_of(mail: ParsedMail) -> Lead | None:
    """The lead who wrote it, by address. Lists and gateways put theirs into From, and the
    person's into Reply-To or X-Original-From."""
    shown = (mail.from_address, *(mail.headers.get(name, "") for name in _ORIGINALS))
    spellings = [form for one in shown for form in _spellings(one)]
    if not spellings:
        return None
    found = {lead.email: lead for lead in _leads(spellings)}
    exact = next((found[form] for form in spellings if form in found), None)
    return exact or _tagged(mail.from_address)


def only_named(mail: ParsedMail, match: Match) -> bool:
    """Whether nothing but a header that anybody may write into a mail of their own (Reply-To) says
    that the lead wrote it: no proof, and another address in From."""
    if match.by != "address":
        return False
    mine = family.ids(match.lead)
    shown = _leads(_spellings(mail.from_address)).filter(pk__in=mine).exists()
    tagged = _tagged(mail.from_address)
    return not shown and (tagged is None or tagged.pk not in mine)


def answered_touch(mail: ParsedMail) -> Touch | None:
    """The newest of our messages that the mail names."""
    if not mail.answers:
        return None
    return (
        Touch.objects.filter(message_id__in=mail.answers)
        .select_related("lead", "enrollment")
        .order_by("-pk")
        .first()
    )


def _touch_in_thread(thread: str, mailbox: Mailbox) -> Touch | None:
    """What we last sent in that conversation of the provider's: for answers that name an id which
    the provider has put in place of ours."""
    sent = Touch.objects.filter(
        mailbox=mailbox, channel="email", provider_id__endswith=f"{THREAD}{thread}"
    )
    return sent.select_related("lead", "enrollment").order_by("-sent_at").first()


_ORIGINALS = ("reply-to", "x-original-from")


def lead_by_address(address: str) -> Lead | None:
    found = _leads(_spellings(address)).order_by("pk").first()
    return family.keeper(found) if found else None


def _leads(addresses: list[str]) -> QuerySet[Lead]:
    return Lead.objects.filter(email__in=addresses, erased_at=None)


def _spellings(shown: str) -> list[str]:
    """An address as a lead may have it, the likeliest first: without its tag, and Gmail's two."""
    address = sender(shown)[1]
    local, _, domain = address.rpartition("@")
    if not local:
        return []
    locals_ = [local, local.partition("+")[0]]
    domains = [domain]
    if domain in ("gmail.com", "googlemail.com"):
        domains = ["gmail.com", "googlemail.com"]
        locals_.append(locals_[-1].replace(".", ""))  # dots mean nothing there
    forms = [f"{one}@{other}" for one in locals_ if one for other in domains]
    return list(dict.fromkeys([address, *forms]))


def _tagged(address: str) -> Lead | None:
    """The one lead whose address is this one with a tag (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    if not local or "+" in local:
        return None
    rows = Lead.objects.filter(
        email__startswith=f"{local}+", email__endswith=f"@{domain}", erased_at=None
    )
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def _touch_of_provider(mail: ParsedMail) -> Touch | None:
    """By the id that a provider gave our message when it took it: Amazon SES answers "Ok 0100..."
    and sends it as <0100...@eu-west-1.amazonses.com>; others use the id as it is."""
    forms = set()
    for answer in mail.answers[:20]:
        local = answer.strip("<>").partition("@")[0]
        if len(local) >= 16:
            forms |= {answer, answer.strip("<>"), local, f"Ok {local}", f"OK {local}"}
    if not forms:
        return None
    rows = Touch.objects.filter(provider_id__in=forms, channel="email")
    return rows.select_related("lead", "enrollment").order_by("-pk").first()


def _touch_of_link(traces: Traces) -> Touch | None:
    """By the signed stop link of a quoted message; nobody else can make one."""
    for token in traces.words.tokens():
        try:
            lead_id, _, touch_id = signing.read(PURPOSE, token)
        except (signing.BadToken, ValueError, TypeError):
            continue
        touch = Touch.objects.filter(pk=touch_id, lead=lead_id).select_related("lead", "enrollment")
        if found := touch.first():
            return found
    return None


def last_touch(lead: Lead, channel: str = "email") -> Touch | None:
    """What we last sent them that way: the likely thing they answer."""
    sent = Touch.objects.filter(lead=lead, channel=channel, state=Touch.State.SENT)
    return sent.select_related("lead", "enrollment").order_by("-sent_at").first()


def _earlier(mail: ParsedMail, mailbox: Mailbox) -> Lead | None:
    """The lead of an earlier received mail that this one names: a thread going on."""
    if not mail.answers:
        return None
    found = (
        InboundMessage.objects.filter(
            mailbox=mailbox,
            message_id__in=mail.answers,
            state=InboundMessage.State.THREADED,
            lead__isnull=False,
        )
        .select_related("lead")
        .order_by("-pk")
        .first()
    )
    return found.lead if found else None


def placed_before(address: str) -> Lead | None:
    """The lead to whom a person has assigned mail of this address."""
    if not address:
        return None
    found = (
        InboundMessage.objects.filter(
            from_address=address,
            state=InboundMessage.State.THREADED,
            matched_by__in=("hand", "known"),
            lead__erased_at=None,
        )
        .select_related("lead")
        .order_by("-pk")
        .first()
    )
    return family.keeper(found.lead) if found and found.lead else None


def candidates(mail: ParsedMail, mailbox: Mailbox, traces: Traces | None = None) -> list[int]:
    """Ids of leads it may belong to, the likeliest first; empty when nothing points at anybody."""
    return (traces or Traces(mail, mailbox)).candidates()[:CANDIDATES]


def is_ours(mail: ParsedMail) -> bool:
    """Sent from here: it is one of our messages, or a mailbox or user of ours wrote it."""
    if mail.message_id and Touch.objects.filter(message_id=mail.message_id).exists():
        return True
    local, _, domain = mail.from_address.rpartition("@")
    if not local:
        return False
    forms = {mail.from_address, f"{local.partition('+')[0]}@{domain}"}
    # a provider may put the account's own name into From; stored addresses may have capitals
    boxes = Q(address__in=forms) | Q(username__in=forms) | Q(address__iexact=mail.from_address)
    users = Q(email__in=forms) | Q(email__iexact=mail.from_address)
    return (
        Mailbox.objects.filter(boxes).exists()
        or User.objects.filter(users, is_active=True).exists()
    )


def is_house(mail: ParsedMail) -> bool:
    """Somebody of our own company wrote it: not a lead, from the domain of one of our mailboxes."""
    domain = mail.from_address.rpartition("@")[2]
    if not domain or domain in FREE_MAIL:
        return False
    ours = Mailbox.objects.filter(address__iendswith=f"@{domain}").exists()
    return ours and writer_of(mail) is None
