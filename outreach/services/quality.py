"""The checks a draft goes through before a person sees it, and again after each edit.

Each result is {code, level, text}: "ok", "warn" (the person decides), "block" (no approval).
What a machine wrote is held to stored facts; what a person typed themselves is only pointed at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from leads.services.suppression import is_suppressed
from outreach.models import Mailbox, Snippet, Touch
from outreach.services import lint, reach, texting
from salesagent.accounts.models import Workspace
from salesagent.lib.text import plural

MAIL_WORDS = (40, 180)  # shorter says nothing, longer is not read
SUBJECT_CHARS = 60  # a phone shows about 40, a desktop about 60
MOST_SEGMENTS = 3
GRADE = 12  # school grade
SAME = 0.8  # share of four-word runs
RECENT = 40  # messages of the mailbox to compare with
RECENT_DAYS = 30
LINKS = 2
CONVERSATION = ("call.logged", "lead.inquired")


Check = dict[str, str]  # code, level, text


@dataclass(frozen=True)
class Facts:
    """What is known around a text; gathered by `facts_for`, made up by the editor's preview."""

    channel: str = "email"
    language: str = ""
    hosts: frozenset[str] = frozenset()
    postal_address: str = ""
    to_address: str = ""
    suppressed: bool = False
    basis: str = ""
    basis_expired: bool = False
    wrote_before: bool = False  # we did, on this channel
    talked_before: bool = False  # they answered, asked or took a call
    sources: str = ""
    machine_text: str = ""  # what no person typed
    by_ai: bool = False
    answer: bool = False  # to what they wrote: it has no footer
    recent: tuple[str, ...] = field(default=())
    texting: tuple[tuple[str, str], ...] = ()  # (code, why a text cannot go)


def check(touch: Touch) -> list[Check]:
    """Every check of a touch, in the order they are shown. At most six queries."""
    return judge(touch.subject, touch.body, facts_for(touch))


def passed(checks: list[Check]) -> bool:
    """Nothing blocks and nothing needs a look: may be approved in bulk."""
    return all(result["level"] == "ok" for result in checks)


def blocked(checks: list[Check]) -> bool:
    return any(result["level"] == "block" for result in checks)


def judge(subject: str, body: str, facts: Facts) -> list[Check]:
    """The checks on a text, given the facts. Pure."""
    return [result for rule in RULES for result in rule(subject, body, facts)]


# --- the rules: each yields what it found, or one "ok" line ---


def _result(code: str, level: str, text: str) -> Check:
    return {"code": code, "level": level, "text": text}


def _fields(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    found = lint.holes(f"{subject}\n{body}")
    if found:
        text = f"Not filled: {', '.join(found[:4])}. Fill it in or take it out."
        yield _result("fields", "block", text)
    else:
        yield _result("fields", "ok", "All fields filled, no placeholders left")


def _length(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    words, links = len(lint.words(body)), len(lint.links(body))
    count = f"{plural(words, 'word')}, {plural(links, 'link')}"
    if not words:
        yield _result("length", "block", "The text is empty")
    elif problem := _too_long(body, words, facts.channel):
        yield _result("length", "warn", f"{count}. {problem}")
    else:
        yield _result("length", "ok", count)


def _too_long(body: str, words: int, channel: str) -> str:
    if channel != "email":
        return _length_of(body, channel)
    least, most = MAIL_WORDS
    if words < least:
        return f"Short: under {least} words seldom says why you write"
    return f"Long: people stop reading after about {most} words" if words > most else ""


def _length_of(body: str, channel: str) -> str:
    if channel not in settings.CHANNELS:
        return ""
    found = reach.channel(channel)
    parts = lint.segments(body) if found.counter == "segments" else 0
    if parts > MOST_SEGMENTS:
        return f"{len(body)} characters make {parts} messages"
    return found.advice(body)


def _subject(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    if facts.channel != "email":
        return
    if not subject.strip():
        yield _result("subject", "block", "Write a subject")
    elif len(subject) > SUBJECT_CHARS:
        text = f"The subject has {len(subject)} characters, phones cut it after about 40"
        yield _result("subject", "warn", text)
    else:
        yield _result("subject", "ok", f"Subject of {plural(len(subject), 'character')}")


def _reading(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    grade = lint.grade(body, facts.language)
    if grade is None or reach.spoken(facts.channel):
        return
    if grade > GRADE:
        text = f"Reads at grade {grade}: shorter sentences are read more"
        yield _result("reading", "warn", text)
    else:
        yield _result("reading", "ok", f"Reads at grade {grade}")


def _links(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    found = lint.links(f"{subject}\n{body}")
    bad = [link for link in found if link.problem]
    away = [link for link in found if not link.problem and not _own(link.host, facts.hosts)]
    for link in bad[:3]:
        yield _result("links", "block", f"{link.url[:60]} {link.problem}")
    for link in away[:3]:
        level = "block" if facts.by_ai and link.url in facts.machine_text else "warn"
        yield _result(
            "links", level, f"The link to {link.host[:60]} leads to none of your own pages"
        )
    if len(found) > LINKS:
        yield _result("links", "warn", f"{len(found)} links: one is enough for a first mail")
    if found and not bad and not away and len(found) <= LINKS:
        yield _result("links", "ok", "Links lead to your own pages")


def _own(host: str, hosts: frozenset[str]) -> bool:
    return any(host == own or host.endswith(f".{own}") for own in hosts)


def _tone(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    mail = facts.channel == "email"  # no filter reads a letter, a call or a LinkedIn message
    spam = lint.spam_signs(f"{subject}\n{body}") if mail else []
    shouting = lint.shouting(subject, body)
    if spam:
        yield _result("spam", "warn", f"Mail filters look for: {', '.join(spam[:4])}")
    if shouting:
        yield _result("shouting", "warn", f"It shouts: {', '.join(shouting)}")
    if not spam and not shouting:
        yield _result("spam", "ok", "No spam words, no shouting" if mail else "No shouting")


def _honest(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    text = f"{subject}\n{body}"
    found = [*_false_thread(subject, text, facts), *_invented(text, facts)]
    yield from found
    if not found:
        yield _result("honesty", "ok", "No claim without a source, no invented urgency")


def _false_thread(subject: str, text: str, facts: Facts) -> Iterator[Check]:
    start = subject.strip().casefold()
    prefix = start.startswith(("re:", "fw:", "fwd:", "aw:", "sv:", "odp:", "tr:", "rif:"))
    if prefix and not (facts.wrote_before or facts.talked_before):
        note = f"“{subject.strip()[:4].strip()}” without an earlier message is a false thread"
        yield _result("honesty_re", "block", note)
    for phrase in [] if facts.talked_before else lint.phrases(lint.TALKED, text)[:2]:
        note = f"“{phrase}”: no earlier conversation is recorded"
        yield _result("honesty_earlier", _level(phrase, facts), note)
    wrote = facts.wrote_before or facts.talked_before
    for phrase in [] if wrote else lint.phrases(lint.WROTE, text)[:2]:
        note = f"“{phrase}”: nothing was sent to this person before"
        yield _result("honesty_earlier", _level(phrase, facts), note)


def _invented(text: str, facts: Facts) -> Iterator[Check]:
    for phrase in lint.phrases(lint.URGENCY, text)[:3]:
        note = f"“{phrase}”: do not invent urgency"
        yield _result("honesty_urgency", _level(phrase, facts), note)
    for claim in lint.claims(text, facts.sources)[:4]:
        level = _level(claim, facts)
        note = f"“{claim}” needs a source" if level == "block" else f"“{claim}”: you vouch for it"
        yield _result("claim", level, note)


def _level(phrase: str, facts: Facts) -> str:
    """A machine's words block; a person's own are theirs to answer for."""
    return (
        "block" if phrase.casefold() in " ".join(facts.machine_text.casefold().split()) else "warn"
    )


def _footer(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    if facts.channel != "email" or facts.answer:
        return
    if facts.postal_address.strip():
        yield _result("footer", "ok", "Stop link and postal address go below")
    else:
        yield _result("footer", "block", "No postal address: add it in Settings, Sending limits")


def _texting(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    for code, text in facts.texting:
        yield _result(code, "block", text)


def _same(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    share = lint.overlap(body, facts.recent)
    if share >= SAME:
        text = f"{round(share * 100)} of 100 phrases stand in another recent mail of this mailbox"
        yield _result("same", "warn", text)


def _person(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    if not facts.to_address:
        yield _result("address", "block", f"No {reach.missing(facts.channel)} is known")
    if facts.suppressed:
        yield _result("suppressed", "block", "This person asked not to be contacted")
    if facts.basis_expired:
        yield _result("basis", "block", "The lawful basis has run out. Check it on the lead.")
    elif not facts.basis:
        yield _result("basis", "block", "No lawful basis is recorded. Add it on the lead.")
    else:
        yield _result("basis", "ok", f"Basis: {facts.basis}")


Rule = Callable[[str, str, Facts], Iterator[Check]]
RULES: tuple[Rule, ...] = (
    _fields, _length, _subject, _reading, _links, _tone, _honest, _same, _footer, _texting,
    _person,
)  # fmt: skip


# --- the facts ---


def facts_for(touch: Touch) -> Facts:
    """Everything the rules want to know about a touch's surroundings."""
    lead, workspace = touch.lead, Workspace.current()
    events = _events(lead)
    talked = any(direction == "in" or kind in CONVERSATION for kind, direction, _ in events)
    basis, expired = _basis(lead, talked)
    return Facts(
        channel=touch.channel,
        language=lead.language,
        hosts=own_hosts(workspace, touch.mailbox, lead),
        postal_address=workspace.postal_address,
        to_address=touch.to_address,
        suppressed=bool(lead.pk) and is_suppressed(lead, touch.channel),
        basis=basis,
        basis_expired=expired,
        wrote_before=_wrote_before(touch),
        talked_before=talked,
        sources=_sources(lead, workspace, [body for *_, body in events]),
        machine_text=f"{touch.subject}\n{touch.machine_body}" if touch.machine_body else "",
        by_ai=touch.writer.startswith("ai"),
        answer=touch.kind == Touch.Kind.REPLY,
        recent=_recent(touch),
        texting=tuple(texting.draft_problems(touch)),
    )


def _events(lead: Lead) -> list[tuple[str, str, str]]:
    """(kind, direction, text) of what they said and what we noted, newest first."""
    if not lead.pk:
        return []
    wanted = Q(direction="in") | Q(kind__in=(*CONVERSATION, "note.added"))
    events = ThreadEvent.objects.filter(wanted, lead=lead).order_by("-occurred_at", "-id")
    rows = events.values_list("kind", "direction", "body")[:20]
    return [(kind, direction, body[:4000]) for kind, direction, body in rows]


def _basis(lead: Lead, talked: bool) -> tuple[str, bool]:
    """(the basis in words, whether it has run out). Somebody who wrote to us may be answered."""
    expires = lead.basis_expires_at
    expired = bool(expires and expires < timezone.localdate() and not talked)
    if lead.lawful_basis:
        return Lead.Basis(lead.lawful_basis).label, expired
    return ("They wrote to us" if talked else ""), expired


def own_hosts(workspace: Workspace, mailbox: Mailbox | None, lead: Lead | None) -> frozenset[str]:
    """Hosts a message may link to: ours, the calendar's, and the lead's own company's."""
    urls = (workspace.website, settings.CALENDAR_LINK, settings.SITE_URL)
    hosts = {(urlsplit(url).hostname or "").removeprefix("www.") for url in urls if url}
    hosts.add(mailbox.domain if mailbox else "")
    hosts.add((lead.company.domain or "") if lead and lead.company else "")
    return frozenset(host.casefold() for host in hosts if host)


def _wrote_before(touch: Touch) -> bool:
    if touch.in_reply_to:
        return True
    if not touch.lead.pk:
        return False
    sent = Touch.objects.filter(lead=touch.lead, channel=touch.channel, sent_at__isnull=False)
    return sent.exclude(pk=touch.pk).exists()


def _sources(lead: Lead, workspace: Workspace, said: list[str]) -> str:
    """Stored facts as one text: a number that stands here may be written."""
    parts = [*said, workspace.service, lead.title, lead.company_name, str(lead.custom or "")]
    if lead.company:
        parts += [str(lead.company.size or ""), str(lead.company.custom or "")]
    if lead.pk:
        parts += [f"{pain.text} {pain.source}" for pain in lead.pains.all() if pain.verified]
    parts += Snippet.objects.exclude(source="").values_list("text", flat=True)
    return "\n".join(parts)[: lint.LIMIT]


def _recent(touch: Touch) -> tuple[str, ...]:
    """Bodies this mailbox sent lately. Touches of the same step share their frame on purpose."""
    if touch.channel != "email" or not touch.mailbox:
        return ()
    since = timezone.now() - timedelta(days=RECENT_DAYS)
    sent = Touch.objects.filter(mailbox=touch.mailbox, sent_at__gte=since).exclude(pk=touch.pk)
    if touch.step_key:
        sent = sent.exclude(step_key=touch.step_key)
    return tuple(sent.order_by("-sent_at").values_list("body", flat=True)[:RECENT])
