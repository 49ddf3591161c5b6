"""Is there a stored fact that says what a claim says? One rule for each kind of claim."""

import re
from collections.abc import Callable
from functools import lru_cache

from outreach.services.claim_everyday import NEWS
from outreach.services.claim_tongues import CALL, SPOKEN, TOLD_OF_CALL
from outreach.services.claims import NAMES, Claim, content
from outreach.services.receipt_facts import Source, Sources, flat
from outreach.services.receipt_names import GENERIC, first_case, known
from outreach.services.receipt_values import Number
from outreach.services.receipt_words import (
    CLASS_OF,
    MONTHS,
    NUMBER_WORDS,
    UNITS,
    WEEKDAYS,
    fold,
    stem,
    word_list,
)


def support(claim: Claim, sources: Sources) -> Source | None:
    """The stored fact that says what the claim says, or None."""
    whole = flat(claim.sentence.text)
    for fact in sources.facts:
        if whole == fact.folded or (len(whole) > 15 and whole in fact.folded):
            return fact
    return _RULES.get(claim.kind, _spoken_of)(claim, sources)


def _by_number(claim: Claim, sources: Sources) -> Source | None:
    if claim.number is None:  # an amount in everyday words: "a fiver"
        return _by_proof(claim, sources)
    context = content(claim.sentence.text)
    for fact in sources.facts:
        for stems, found, _text in fact.pieces:
            for other in found:
                if _same_number(claim.number, other, context, stems, fact):
                    return fact
                if _abroad(sources, fact) and _same_abroad(claim, other, fact):
                    return fact
    return None


_COUNTED = frozenset(CLASS_OF.values())
_VAGUE = {"room", "site"}  # a cold room is none


def _same_abroad(claim: Claim, other: Number, fact: Source) -> bool:
    """The fact is in another language: then its words cannot be compared, its classes can."""
    mine = claim.number
    if mine is None or not mine.values & other.values or mine.unit != other.unit:
        return False
    if fact.said and mine.unit:
        return False
    counted, theirs = mine.near & _COUNTED, other.near & _COUNTED
    return bool(counted & theirs) or not (counted | theirs) - _VAGUE


def _same_number(
    mine: Number, other: Number, context: frozenset[str], stems: frozenset[str], fact: Source
) -> bool:
    """Equal value, equal unit, and about the same thing: 12 people are not 12 clients."""
    if not mine.values & other.values:
        return False
    if mine.unit and other.unit and mine.unit != other.unit:
        return False
    if (mine.unit == "percent") != (other.unit == "percent"):
        return False
    counted = {word for word in mine.near if word not in UNITS}
    theirs = {word for word in other.near if word not in UNITS}
    if mine.near & UNITS and other.near & UNITS and not mine.near & other.near & UNITS:
        return False
    if mine.unit and fact.kind in ("deal", "catalogue") and mine.near & UNITS == other.near & UNITS:
        return True  # a price: there is nothing else that it could be
    if mine.unit or mine.near & UNITS:
        rest = stems - UNITS
        return bool((context - UNITS) & (rest | fact.label_stems)) or not rest
    if counted:
        if counted & (theirs | _wide(fact, stems)):
            return True
        return not counted & _COUNTED and len((context - UNITS) & stems) > 1
    return bool(context & stems)


def _wide(fact: Source, stems: frozenset[str]) -> frozenset[str]:
    """A field of the lead is short: all its words belong to its number."""
    return stems if fact.kind == "field" and len(stems) <= 6 else frozenset()


def _by_date(claim: Claim, sources: Sources) -> Source | None:
    day = claim.day
    if day is None:
        return None
    context = content(claim.sentence.text)
    for fact in sources.facts:
        same_day = fact.when and day.covers(fact.when) and fact.kind in _DATED
        if same_day and (_about(context, fact) or _abroad(sources, fact)):
            return fact
        for stems, dates in fact.dated(sources.today):
            same = any(day.agrees(other) for other in dates)
            if same and (not context - _DAYS or context & stems or _abroad(sources, fact)):
                return fact
    return None


_DATED = ("event", "note", "deal", "pain", "sent")
_DAYS = frozenset(stem(word) for word in (*MONTHS, *WEEKDAYS))


def _abroad(sources: Sources, fact: Source) -> bool:
    """The fact stands in another language than the text."""
    if not sources.language:
        return False
    stored = fact.tongue
    return stored != sources.language and bool(stored or sources.language != "en")


_SPOKEN = frozenset(
    stem(word)
    for word in word_list(
        """
        call spoke talk mail email wrote note message met meeting reply enquiry inquiry
        conversation visit said mentioned
        """
    )
    + SPOKEN
)


def _about(context: frozenset[str], fact: Source) -> bool:
    """What happened that day is what the sentence speaks of, or it speaks of our talk or mail."""
    return bool(context & _SPOKEN and fact.kind in ("event", "sent")) or bool(context & fact.stems)


def _by_name(claim: Claim, sources: Sources) -> Source | None:
    tokens = [fold(part).removesuffix("'s") for part in re.findall(r"[^\W_][\w’']*", claim.text)]
    tokens = [part for token in tokens for part in token.split("'") if len(part) > 1]
    core = [token for token in tokens if token not in GENERIC] or tokens
    if sources.language == "pl":
        core = [first_case(token, sources.names) for token in core]
    for fact in sources.facts:
        if all(known(token, fact.words) for token in core):
            return fact
    if len(core) > 1 and all(known(token, sources.names) for token in core):
        return _identity(core, sources)
    return _acronym(claim.text, sources)


def _identity(core: list[str], sources: Sources) -> Source | None:
    """A name put together of several fields, "Marta from Polna": the one that holds most of it."""
    plain = [f for f in sources.facts if f.kind in ("field", "workspace", "sender")]
    together = frozenset(word for fact in plain for word in fact.words)
    if not all(known(token, together) for token in core):
        return None
    return max(plain, key=lambda fact: sum(known(token, fact.words) for token in core))


def _acronym(text: str, sources: Sources) -> Source | None:
    """ "PB" for Polna Bakeries."""
    if not re.fullmatch(r"[A-Z]{2,5}", text):
        return None
    for fact in sources.facts:
        initials = "".join(word[0] for word in re.findall(r"\b[A-Z][\w]+", fact.text)[:6])
        if fact.kind in ("field", "workspace") and text in initials:
            return fact
    return None


# kinds of event that are the same thing in other words; NEWS: the same lines in other languages
_KIN = (
    "hiring recruit vacancy vacancies job jobs position advert hire hired recruiting role ad",
    "award prize won win winner nomination medal",
    "opening opened open new branch launch launched location site second third",
    "funding raised round investment investor million seed",
    "move moved moving relocation relocate relocated premises",
    "storm hail hailstorm flood flooding wind tempest damage",
    "fair expo exhibition booth stand exhibiting trade exhibited",
    "acquisition acquired bought takeover merger merged",
    "expansion expanding growing growth expand",
    "renovation renovating refurbishment renovated rebuild",
    "outage breakdown failure failed stopped broke fault alarm",
    "article interview podcast post webinar talk presentation keynote read",
)
_KIN_OF = {
    stem(word): n for lines in (_KIN, NEWS) for n, line in enumerate(lines) for word in line.split()
}
_EMPTY = frozenset(
    stem(word)
    for word in word_list(
        """
    recent recently new company your saw noticed read heard learned congratulations congrats
    just currently already still use great today week month year currently team good short time
    well work want need help think look question right back way thing lot our
    """
    )
)


@lru_cache(maxsize=4096)
def _kin(stems: frozenset[str]) -> frozenset[int]:
    return frozenset(_KIN_OF[word] for word in stems if word in _KIN_OF)


def _spoken_of(claim: Claim, sources: Sources) -> Source | None:
    """A source speaks of the same event or state: two words of it, or its kind and no more."""
    wanted = claim.needs - _EMPTY
    kin = _kin(wanted)
    rest = {word for word in wanted if word not in _KIN_OF and word not in NUMBER_WORDS}
    own = sources.field_stems
    for fact in sources.facts:
        if fact.kind in ("workspace", "sender", "sent"):
            continue
        for stems, _found, _text in fact.pieces:
            shared = wanted & stems
            same = kin & _kin(stems)
            if same and (not rest or rest & stems):
                return fact
            if not kin and len(shared - (own if fact.kind != "field" else frozenset())) >= (
                2 if len(wanted) > 3 else 1
            ):
                return fact
    return None


def _by_proof(claim: Claim, sources: Sources) -> Source | None:
    """The same words, or nearly all of them, in one sentence of a source that vouches for us."""
    phrase, wanted = flat(claim.text), content(claim.text)
    for fact in sources.facts:
        if fact.said or fact.kind == "field":
            continue
        for stems, _found, text in fact.pieces:
            if phrase in text or (len(wanted) > 1 and wanted <= stems):
                return fact
    return None


def _by_multiple(claim: Claim, sources: Sources) -> Source | None:
    phrase, context = flat(claim.text), content(claim.sentence.text)
    for fact in sources.facts:
        for stems, _found, text in fact.pieces:
            if (phrase in text or content(claim.text) & stems) and len(context & stems) >= 2:
                return fact
    return None


_ADJECTIVES = {stem(word) for word in ("busy", "small", "family", "local", "running", "modern")}


def _by_field(claim: Claim, sources: Sources) -> Source | None:
    """The lead's trade or title; silent when none is stored."""
    wanted = content(claim.text) - _EMPTY - _ADJECTIVES
    for fact in sources.facts:
        if wanted and wanted & fact.stems:
            return fact
    return None


def _by_thread(claim: Claim, sources: Sources) -> Source | None:
    """There was a conversation; of "you mentioned the boiler" they must have said a boiler."""
    if not sources.talked:
        return None
    said = [fact for fact in sources.facts if fact.kind in ("event", "note", "pain")]
    stand_in = Source("event", "Your conversation with them", "", "")
    if sources.kinds is None:
        return stand_in
    if _CALL.search(claim.sentence.text) and not _called(said, sources.kinds):
        return None
    after = claim.sentence.text[claim.end - claim.sentence.start :]
    wanted = {word for word in content(after) - _EMPTY - _DAYS if word[0].isalpha()}
    if not wanted or not (_QUOTES.search(claim.text) or _TOPIC.match(after)):
        return said[0] if said else stand_in
    for fact in said:
        if wanted & fact.stems:
            return fact
    return None


_CALLS = frozenset({"call.logged", "meeting.booked"})
_CALL = re.compile(
    r"\b(?:our|your|the) (?:\w+ )?(?:call|visit|lunch|coffee|meeting|phone)\b"
    r"|\b(?:spoke|spoken|speaking|met|meeting you|to meet|chatted|on the phone|phoned|rang)\b"
    r"|\bcalled us\b|" + CALL,
    re.I,
)
_TOLD_OF_CALL = re.compile(
    r"\b(?:calls?|called|phoned?|spoke|met|meeting|visit(?:ed)?|lunch|coffee|fair|rang)\b"
    + TOLD_OF_CALL,
    re.I,
)
_QUOTES = re.compile(r"\byou \w+$|\bagreed\b|\bpromised\b", re.I)
_TOPIC = re.compile(r" ?(?:about|on|regarding|concerning)\b(?! (?:\d|the \d))")


def _called(said: list[Source], kinds: frozenset[str]) -> bool:
    """A call or a meeting is recorded, or a note tells of one."""
    return bool(kinds & _CALLS) or any(
        fact.kind == "note" and _TOLD_OF_CALL.search(fact.text) for fact in said
    )


def _by_sent(_claim: Claim, sources: Sources) -> Source | None:
    ours = (fact for fact in sources.facts if fact.kind == "sent")
    if sources.wrote or sources.talked:
        if latest := next(ours, None):
            return latest
        return Source("event", "An earlier message in the thread", "")
    return None


def _by_file(_claim: Claim, sources: Sources) -> Source | None:
    if not sources.attachments:
        return None
    return Source("attachment", f"{sources.attachments} attached", "")


_CAPITAL = re.compile(r"\b[A-Z][\w’-]+")


def _by_relation(claim: Claim, sources: Sources) -> Source | None:
    """Somebody of that name is known, or a source tells of the recommendation."""
    names = [name for name in _CAPITAL.findall(claim.text) if fold(name) not in _ROLES]
    named = [Claim("person", name, 0, 0, claim.sentence) for name in names]
    theirs = Sources(tuple(f for f in sources.facts if f.kind in ("event", "note", "pain")))
    if named:
        found = [_by_name(one, theirs) for one in named]
        return found[0] if all(found) else None
    wanted = content(claim.text)
    return next((fact for fact in theirs.facts if wanted & fact.stems), None)


_ROLES = {"your", "my", "a", "mr", "mrs", "ms", "dr", "the", "mutual", "common"}


def _by_time(claim: Claim, sources: Sources) -> Source | None:
    if claim.kind == "time" and claim.number:
        clock = flat(claim.text)
        context = content(claim.sentence.text)
        for fact in sources.facts:
            for stems, found, _text in fact.pieces:
                same = any(claim.number.values & other.values for other in found)
                if same and clock and context & stems:
                    return fact
        return None
    return _by_number(claim, sources)


Rule = Callable[[Claim, Sources], Source | None]
_RULES: dict[str, Rule] = {
    **dict.fromkeys(("number", "percent", "money", "duration"), _by_number),
    **dict.fromkeys(NAMES, _by_name),
    "time": _by_time,
    "date": _by_date,
    "proof": _by_proof,
    "promise": _by_proof,
    "multiple": _by_multiple,
    "trade": _by_field,
    "title": _by_field,
    "earlier": _by_thread,
    "wrote": _by_sent,
    "attachment": _by_file,
    "relation": _by_relation,
}
