"""The checks a draft goes through before a person sees it, and again after each edit.

Each result is {code, level, text}: "ok", "warn" (the person decides), "block" (no approval).
What a machine wrote is held to stored facts; what a person typed themselves is only pointed at.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from django.conf import settings

from outreach.models import Touch
from outreach.services import carried, lint, own_words, reach, receipts, sameness
from outreach.services.quality_facts import Facts as Facts
from outreach.services.quality_facts import facts_for as facts_for
from outreach.services.quality_facts import own_hosts as own_hosts
from outreach.services.receipts import Receipt, Source, Sources
from salesagent.lib.text import one_line, plural

MAIL_WORDS = (40, 180)  # shorter says nothing, longer is not read
SUBJECT_CHARS = 60  # a phone shows about 40, a desktop about 60
MOST_SEGMENTS = 3
GRADE = 12  # school grade
LINKS = 2
MOST_CLAIMS = 6  # that are listed
# what only a full list of sources can judge
NEEDS_ALL = {*receipts.NAMES, "trade", "title", "state", "event", "date", "time",
             "relation", "attachment", "promise"}  # fmt: skip


Check = dict[str, str]  # code, level, text


def check(touch: Touch) -> list[Check]:
    """Every check of a touch, in the order they are shown; `touch.receipts` is set (not saved).

    At most nine queries.
    """
    facts = facts_for(touch)
    found = receipts_of(touch.subject, touch.body, facts)
    touch.receipts = [receipt.as_json() for receipt in found]
    return judge(touch.subject, touch.body, replace(facts, receipts=tuple(found)))


def receipts_of(subject: str, body: str, facts: Facts) -> list[Receipt]:
    """What the text asserts, each with its source or without."""
    if facts.known is not None:
        known = replace(facts.known, talked=facts.talked_before, wrote=facts.wrote_before)
        found = receipts.check(subject, body, known)
        if facts.answer:
            found = list(own_words.held(found, subject, body, known, facts.machine_text))
        if facts.by_ai:
            found += receipts.unread(body, found, facts.machine_text, facts.language, known)
        return found
    plain = Source("field", "Stored facts", facts.sources)
    known = Sources((plain,), talked=facts.talked_before, wrote=facts.wrote_before)
    found = receipts.check(subject, body, known)
    return [receipt for receipt in found if receipt.kind not in NEEDS_ALL]


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
    elif problem := _too_long(body, words, facts):
        yield _result("length", "warn", f"{count}. {problem}")
    else:
        yield _result("length", "ok", count)


def _too_long(body: str, words: int, facts: Facts) -> str:
    if facts.channel != "email":
        return _length_of(body, facts.channel)
    least, most = MAIL_WORDS
    if words < least and not facts.answer:
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
    away = [link for link in found if not link.problem and not _leads_to_us(link, facts)]
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


def _carried(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    """What in an answer is neither ours nor the reader's: it came from them, or from a model."""
    if not (facts.answer or facts.by_ai):
        return
    ours = own_words.ours(facts.known or Sources(), facts.hosts, facts.reach)
    machine = facts.machine_text.casefold()
    found = carried.foreign(f"{subject}\n{body}", ours)
    levels = [(one, "block" if one.text.casefold() in machine else "warn") for one in found]
    told = [(one, level) for one, level in levels if level == "block" or not one.plain]
    for one, level in sorted(told, key=lambda pair: pair[1])[: carried.MOST]:
        yield _result("foreign", level, _FOREIGN[one.what].format(one_line(one.text, 60)))


_FOREIGN = {
    "link": "“{}” leads to none of your own pages",
    "address": "{} is an address of neither yours nor theirs",
    "telephone number": "{} is a number of neither yours nor theirs",
    "markup": "“{}” is code, which a reader sees as it stands",
    "hidden characters": "There are characters in it that nobody sees. Write that line anew.",
    "encoded text": "“{}” is encoded text, which nobody can check",
    "letters of two alphabets in one word": "“{}” is written with letters of two alphabets",
}


def _leads_to_us(link: lint.Link, facts: Facts) -> bool:
    """A calendar service is shared: there only the pages that we have stored are ours."""
    if not _own(link.host, facts.hosts):
        return False
    calendar = lint.links(facts.calendar)
    if not _own(link.host, frozenset(one.host for one in calendar)):
        return True
    return any(lint.below(link.url, one.url) for one in (*calendar, *_stored_links(facts)))


def _stored_links(facts: Facts) -> Iterator[lint.Link]:
    """The links in our own settings and signatures."""
    for fact in facts.known.facts if facts.known else ():
        if fact.kind in ("workspace", "sender"):
            yield from lint.links(fact.text)


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
    found = facts.receipts
    known = list(found) if found is not None else receipts_of(subject, body, facts)
    problems = [
        *_false_thread(subject, facts),
        *_urgency(f"{subject}\n{body}", facts),
        *_unsourced(known, facts),
    ]
    yield from problems
    if not problems:
        text = "No claim without a source, no invented urgency"
        if known:
            text = f"{plural(len(known), 'statement')}, each with a source. No invented urgency"
        yield _result("honesty", "ok", text)


def _false_thread(subject: str, facts: Facts) -> Iterator[Check]:
    start = subject.strip().casefold()
    prefix = start.startswith(("re:", "fw:", "fwd:", "aw:", "sv:", "odp:", "tr:", "rif:"))
    if prefix and not (facts.wrote_before or facts.talked_before):
        note = f"“{subject.strip()[:4].strip()}” without an earlier message is a false thread"
        yield _result("honesty_re", "block", note)


def _urgency(text: str, facts: Facts) -> Iterator[Check]:
    for phrase in lint.phrases(lint.URGENCY, text)[:3]:
        note = f"“{phrase}”: do not invent urgency"
        yield _result("honesty_urgency", _level(phrase, facts), note)


def _unsourced(found: list[Receipt], facts: Facts) -> Iterator[Check]:
    """The statements that rest on nothing, each once."""
    open_ones = {one_line(item.text, 60): item for item in found if not item.ok}
    for text, item in list(open_ones.items())[:MOST_CLAIMS]:
        level = _level_of(item, facts)
        code = "honesty_earlier" if item.kind in ("earlier", "wrote") else "claim"
        yield _result(code, level, _said_of(text, item, level))
    if len(open_ones) > MOST_CLAIMS:
        rest = list(open_ones.values())[MOST_CLAIMS:]
        worst = "block" if any(_level_of(r, facts) == "block" for r in rest) else "warn"
        yield _result("claim", worst, f"And {len(rest)} more without a source")


def _said_of(text: str, item: Receipt, level: str) -> str:
    if item.kind == "unread":
        return f"“{text}”: {item.note}. Read it before you approve."
    return (
        f"“{text}” needs a source: {item.note}"
        if level == "block"
        else (f"“{text}”: you vouch for it")
    )


def _level_of(item: Receipt, facts: Facts) -> str:
    """A whole sentence of the machine's blocks, wherever in a word its statement ends; one that
    nobody here can check is for a person to read."""
    if item.kind == "unread":
        return "warn"
    whole = " ".join(item.sentence.casefold().split())
    if whole and whole in " ".join(facts.machine_text.casefold().split()):
        return "block"
    return _level(item.text, facts)


def _level(phrase: str, facts: Facts) -> str:
    """A machine's words block; a person's own are theirs to answer for."""
    words = " ".join(phrase.casefold().split())
    machine = " ".join(facts.machine_text.casefold().split())
    start = machine.find(words)
    while start >= 0:
        before, after = machine[start - 1 : start], machine[start + len(words) :][:1]
        if not (
            before.isalnum() and words[:1].isalnum() or after.isalnum() and words[-1:].isalnum()
        ):
            return "block"
        start = machine.find(words, start + 1)
    return "warn"


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


def _merged(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    for code, found in (("merged", facts.merged), ("program", facts.unanswered)):
        for text in found:
            yield _result(code, "warn", text)


def _same(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    meter = sameness.measure(body, facts.recent, facts.frame)
    if meter.mails:
        level = "warn" if meter.worth_a_look else "ok"
        shown = _result("same", level, sameness.words(meter))
        yield {**shown, "meter": str(round(meter.others * 100))}


def _person(subject: str, body: str, facts: Facts) -> Iterator[Check]:
    if not facts.to_address:
        yield _result("address", "block", f"No {reach.missing(facts.channel)} is known")
    if facts.suppressed:
        yield _result("suppressed", "block", "This person is on the do-not-contact list")
    if facts.basis_expired:
        yield _result("basis", "block", "The lawful basis has run out. Check it on the lead.")
    elif not facts.basis:
        yield _result("basis", "block", "No lawful basis is recorded. Add it on the lead.")
    else:
        yield _result("basis", "ok", f"Basis: {facts.basis}")


Rule = Callable[[str, str, Facts], Iterator[Check]]
RULES: tuple[Rule, ...] = (
    _fields, _length, _subject, _reading, _links, _carried, _tone, _honest, _same, _footer,
    _texting, _merged, _person,
)  # fmt: skip
