# ruff: noqa: E501  an alternative of a pattern stays on its line
"""Find names of people, places and companies by their capitals. No list of the world's names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from outreach.services import claim_tongues
from outreach.services.receipt_words import MONTHS, WEEKDAYS, fold, word_list

_CAPITAL = r"[^\W\d_a-zß-öø-ÿąćęłńóśźżğıœ][\w’'&-]{0,40}"
_JOIN = r"(?: (?:& |of |and |de |del |della |van |von |der |la |du |und )?|-)"
PHRASE = re.compile(rf"{_CAPITAL}(?:{_JOIN}(?={_CAPITAL}){_CAPITAL}){{0,5}}")
_PART = re.compile(r"[^\W_][\w’'&]*")

# how a sentence may begin: capital letter, no name
_STARTERS = frozenset(
    fold(word)
    for word in claim_tongues.STARTERS
    + word_list(
        """
    a about above according after again all almost already also although always am among an and
    another any anyone anything are as ask at attached based because been before behind being
    below best better between both but by call can check cheers come could current dear despite
    did do does doing due during each either else enough even ever every everybody everyone
    everything excellent except far few first following for from further get give given glad go
    good great had half happy has have having he hello help her here hey hi his hope how however
    i if in indeed instead into is it its just keep kind last late least less let like look
    looking made make many may maybe me meanwhile might mine more morning most much must my name
    near nearly need neither never next nice no nobody none nor not nothing now obviously of off
    often ok okay on once one only or other our out over per perhaps please quick quite rather
    read ready really recently regarding regards reply right same say second see seems send
    shall she short should show simply since sincerely small so some somebody someone something
    sometimes soon sorry still stop such take tell thank thanks that the their them then there
    therefore these they think this those though three through thus to today together tomorrow
    too two under unless until up upon us use usually very want warm was we well were what
    whatever when whenever where whether which while who whoever whom whose why will with within
    without would write yes yesterday yet you your yours best congratulations congrats hallo
    guten tag good afternoon evening faithfully respectfully subject ps pps re fwd note notes
    talk talking thinking speaking getting having before enjoy ideally honestly frankly
    basically typically generally naturally fortunately unfortunately interested worth wishing
    wish love loved loving four five six seven eight nine ten bonjour hola ciao dzień dzien
    dobry szanowna szanowny beste geachte prezado prezada caro cara estimado estimada gentile
    cher chère madame monsieur señor señora signor signora senhor senhora pan pani mit
    freundlichen grüßen cordialement saludos cordiali saluti groeten pozdrawiam cumprimentos ik
    wij je nous vous il elle le la les un une des on si ce nos notre votre el los las una es su
    sus nuestra nuestro con para por que como het een de u onze uw voor met nasze nasz czy jak w
    na do o z dla jeśli temos nosso nossa com você o os as se por para abbiamo offriamo la
    nostra il lo
    """
    )
)
_KNOWN = frozenset(
    fold(word)
    for word in word_list(
        """
    i i'm i'd i'll i've hi hello dear mr mrs ms dr prof sir madam herr frau english german
    french spanish italian dutch polish portuguese danish european british american linkedin
    whatsapp zoom teams google excel pdf word outlook microsoft powerpoint sms email e-mail crm
    hvac it ai vat gdpr eu uk us usa ceo cto cfo coo hr kpi roi seo url faq iso asap fyi ps pps
    b2b saas api usb erp co2 led tv ok nb re fw fwd aw am pm utc cet gmt f-gas internet web stop
    lei la suo sua usted ustedes sie ihr ihnen ihre ihrem ihren ihrer pan pani panu panem panią
    państwo państwa państwu państwem u uw vous votre monday christmas easter new year's
    """
    )
)
_VERB_NEXT = re.compile(
    r" (?:told|said|says|suggested|moved|cut|saw|saved|uses|use|has|had|is|was|will|runs|gave|made"
    r"|went|chose|took|got|came|became|kept|left|paid|spent|began|brought|met|held|knows|needs|wants|offers|pays|gets|did|does|can|could|would|should|who|bought|sold|recommended|reports|reported|asked|wrote|works|switched|won|lost|built"
    r"|grew|opened|halved|doubled|reduced|found|relies|trusts|calls|already|now|and [A-Z]\w+ (?:told|use"
    r"|have|said)|[a-z]{3,12}ed)\b" + claim_tongues.NAME_NEXT
)
_COMMON_ENDING = re.compile(
    r"(?:ing|ance|ence|tion|sion|ment|ness|ity|ly|ship|ism|ure|age|ical|able|s|th|ware|work)$"
)
_WITH_US = re.compile(r" [a-z]{3,12} (?:us|our|me)\b")
_PERSON = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Herrn|Pan|Pani|colleague|boss|named|called|asked"
                     r"|friend|contact|Hi|Hello|Dear|Hallo|Liebe|Lieber|Bonjour|Hola|Ciao)\.? $")  # fmt: skip
_PLACE = re.compile(
    r"\b(?:in|around|near|from|to|across|at|outside|in und um|aus|bei|à|en|de|w|na|em|te|uit) $",
    re.I,
)
_COMPANY = re.compile(
    r"\b(?:Ltd|Limited|Inc|LLC|GmbH|AG|KG|SE|BV|B\.V|S\.A|SA|SL|SpA|Srl|Lda|Sp\. z o\.o|Oy|AB|A/S|ApS"
    r"|Group|Holding|Bank|Hotel|Hotels|Bakery|Bakeries|Foods|Dental|Logistics|Clinic|Clinics|Partners)\b"
)
_GERMAN = re.compile(
    r"\b(?:[Uu]nsere?[nmr]?|Ihr|ein|im|bei|sehr|geehrte[r]?|der|die|das|und|ist|wir|Sie|Ihnen|Ihre|für|nicht|mit|auf|eine|einen|haben|können|von|zu)\b"
)
_ENGLISH = re.compile(r"\b(?:the|and|is|we|you|your|for|not|with|on|a|have|can|of|to)\b", re.I)
_GERMAN_NAME = re.compile(
    r"\b(?:Herrn?|Frau|Firma|Kollegin?|Kollege|Kollegen|Liebe[r]?|Hallo) "
    r"(?P<a>(?:[A-ZÄÖÜ][\wäöüß-]{1,30})(?: [A-ZÄÖÜ][\wäöüß-]{1,30}){0,2})"
    r"|(?P<b>(?:[A-ZÄÖÜ][\wäöüß&-]{1,30} ){1,3}(?:GmbH|AG|KG|SE|OHG|e\.K\.)(?:\b|(?<=\.)))"
    r"|\b(?:in|aus|bei|nach) (?P<c>[A-ZÄÖÜ][a-zäöüß]{2,20}(?:burg|berg|stadt|heim|dorf|furt|hausen"
    r"|münchen|hagen|lin|chen|ingen|bach|haven|feld|brück|gart|köln|zig|nberg|nover|men|sden))\b"
    + claim_tongues.GERMAN_PLACE
)


@dataclass(frozen=True)
class Name:
    kind: str  # person, place, company, name
    text: str
    start: int
    end: int


def looks_german(text: str) -> bool:
    """Nouns have capitals there, so a capital says nothing."""
    counted = len(_GERMAN.findall(text[:4000])) > len(_ENGLISH.findall(text[:4000]))
    return counted or claim_tongues.tongue(text) == "de"


def names(sentence: str, *, german: bool = False, title: bool = False) -> list[Name]:
    """Names in one sentence. `title`: a heading, where every word may have a capital."""
    sentence = sentence[:2000]
    if german:
        return list(_german(sentence))
    if _shouted(sentence) or (title and _title_case(sentence)):
        return []
    return [name for name in _english(sentence) if name]


def _german(sentence: str) -> Iterator[Name]:
    for match in _GERMAN_NAME.finditer(sentence):
        group = next(name for name in "abcd" if match[name])
        kind = {"a": "person", "b": "company"}.get(group, "place")
        yield Name(kind, match[group], *match.span(group))


def _title_case(text: str) -> bool:
    words = [word for word in text.split() if len(word) > 3]
    return len(words) > 3 and sum(word[:1].isupper() for word in words) >= 0.75 * len(words)


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 12 and sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _english(sentence: str) -> Iterator[Name]:
    for match in PHRASE.finditer(sentence):
        start, end = match.span()
        if (
            start
            and re.match(r"[\w@/.:-]", sentence[start - 1])
            and sentence[start - 1] not in ".:-"
        ):
            continue
        if re.match(r"\.\w|@|://", sentence[end : end + 3]):
            continue
        first = _begins(sentence, start)
        trimmed = _trim(sentence, start, end, first)
        if trimmed:
            yield _kind(sentence, *trimmed)


def _begins(sentence: str, start: int) -> bool:
    before = sentence[:start].rstrip(" \t\"'“”‘’(-–•*¿¡«„")
    return not before or before.endswith((":", ".", "!", "?", "\n", ";"))


def _trim(sentence: str, start: int, end: int, first: bool) -> tuple[int, int] | None:
    """Take words off that are no names; None when nothing is left."""
    parts = [(m.start() + start, m.end() + start) for m in _PART.finditer(sentence[start:end])]
    if not parts:
        return None
    alone = all(_no_name(sentence[slice(*part)]) for part in parts[1:])
    if first and _plain_start(sentence, *parts[0], alone=alone):
        parts = parts[1:]
    while parts and _no_name(sentence[slice(*parts[0])]):
        parts = parts[1:]
    while parts and _no_name(sentence[slice(*parts[-1])]):
        parts = parts[:-1]
    return (parts[0][0], parts[-1][1]) if parts else None


def _plain_start(sentence: str, start: int, end: int, *, alone: bool) -> bool:
    word = sentence[start:end]
    plain = fold(word.split("'")[0].split("’")[0])
    if plain in _STARTERS or word.casefold() in _STARTERS:
        return True
    if not alone:
        return False
    after = sentence[end : end + 30]
    if _COMMON_ENDING.search(plain) and not _WITH_US.match(after):
        return True
    return not _VERB_NEXT.match(after)


def _no_name(word: str) -> bool:
    plain = fold(word).removesuffix("'s")
    if (
        plain in _KNOWN
        or plain in _STARTERS
        or plain in MONTHS
        or plain in WEEKDAYS
        or len(plain) < 2
    ):
        return True
    if plain in {"and", "of", "de", "von", "van", "the", "der", "la", "und", "du", "del"}:
        return True
    return plain.removesuffix("s") in WEEKDAYS


def _kind(sentence: str, start: int, end: int) -> Name:
    text = sentence[start:end]
    before = sentence[max(0, start - 14) : start]
    if _COMPANY.search(sentence[start : end + 10]):
        return Name("company", text, start, end)
    if _PERSON.search(before):
        return Name("person", text, start, end)
    return Name("place" if _PLACE.search(before) else "name", text, start, end)
