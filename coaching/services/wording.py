"""Small observations on a text of ours: does it ask, acknowledge, promise, give a discount.

Words in eight languages, bounded patterns, no model.
"""

import re
from functools import lru_cache

LIMIT = 8_000
_URL = re.compile(r"https?://\S{1,400}")
_DISCOUNT = re.compile(
    r"\b(?:discount\w{0,2}|\d{1,2} ?(?:%|percent) (?:off|less)|(?:find|take|offer|give|get|knock)"
    r"[^.!?\n]{0,30}\d{1,2} ?%|lower (?:the|our) price|come down (?:on|to|in)|reduce (?:the|our) "
    r"price|rabatt|nachlass|remise|descuento|sconto|korting|rabat\w{0,2}|desconto)(?!\w)"
)
_NO_DISCOUNT = re.compile(r"\b(?:no|not|without|never|rather than|instead of) (?:an? |any )?$")
_ACK = re.compile(
    r"\b(?:i (?:see|hear|understand|appreciate|know)|understand\w{0,4}|understood|fair|makes sense|"
    r"thank(?:s| you)|good (?:point|question|to know)|of course|you(?:'re| are) right|right to|"
    r"sorry|glad|that is a|verstehe|verständlich|danke|gute frage|je comprends|merci|bien sûr|"
    r"entiendo|comprendo|gracias|capisco|grazie|begrijp|dank|bedankt|rozumiem|dziękuję|entendo|"
    r"compreendo|obrigad\w)"
)
_TIMES = re.compile(
    r"\b(?:\d{1,2}[:.]\d{2}|\d{1,2} ?(?:am|pm|uhr|h)|monday|tuesday|wednesday|thursday|friday|"
    r"tomorrow|montag|dienstag|mittwoch|donnerstag|freitag|morgen|lundi|mardi|mercredi|jeudi|"
    r"vendredi|demain|lunes|martes|miércoles|jueves|viernes|mañana|lunedì|martedì|mercoledì|"
    r"giovedì|venerdì|domani|maandag|dinsdag|woensdag|donderdag|vrijdag|poniedziałek|wtorek|środ\w|"
    r"czwartek|piątek|jutro|segunda|terça|quarta|quinta|sexta|amanhã)(?!\w)"
)
_PROMISE = re.compile(
    r"\b(?:i(?:'ll| will| shall)|we(?:'ll| will)) (?:\w{1,10} ){0,2}(?:send|call|ring|check|"
    r"get back|come back|write|let you know|forward|prepare|share|look into)\b"
    r"|\bich (?:schicke|sende|rufe|melde|prüfe|werde)\b|\bje vous (?:envoie|appelle|rappelle)\b"
    r"|\b(?:le|les) (?:enviaré|llamaré)\b|\b(?:le|vi) (?:mando|invio|chiamo)\b"
    r"|\bik (?:stuur|bel|mail)\b|\b(?:wyślę|zadzwonię|prześlę)\b|\b(?:vou|irei) (?:enviar|ligar)\b"
)
_BLAME = re.compile(
    r"\b(?:as i (?:already )?(?:said|wrote|mentioned)|you should have|obviously|clearly you|"
    r"you did not (?:even )?(?:read|answer)|you didn't (?:even )?(?:read|answer)|per my last|"
    r"like i said|wie bereits (?:gesagt|geschrieben|erwähnt)|comme je l'ai déjà)\b"
)
_SHOUT = re.compile(r"\b[A-ZÄÖÜÉ]{4,}\b")
_PUSH = re.compile(
    r"\b(?:only today|last chance|act now|limited time|before it's too late|nur heute|"
    r"dernière chance|última oportunidad|ultima occasione)\b"
)
_STEP = re.compile(
    r"\b(?:meet\w{0,4}|visit|call (?:back|again|me|her|him|them)|follow[- ]?up|send|offer|quote|"
    r"appointment|agreed|next week|termin|angebot|rendez-vous|visita|cita|appuntamento|afspraak|"
    r"spotkani\w|reunião)\b"
)
_COMMON = (
    "the and for you your our are was were with that this have has had can could would will shall "
    "what when where which who how why does did about from they them there their please hello "
    "thanks thank more some any also just into than then here not but yes its it's been being "
    "wie was wann wer wo und der die das ist sind haben können sie ihr uns ein eine pour vous "
    "est les des une que quel quelle avec para por los las una con qué cuál che per sono con het "
    "een van jest czy dla jak"
)
_STOP = frozenset(_COMMON.split())
_WORD = re.compile(r"[^\W_]{3,}")
_SENTENCE = re.compile(r"[^.!?\n]{1,600}[.!?]?")


def lower(text: str) -> str:
    return _URL.sub(" ", text[:LIMIT]).lower().replace("’", "'")


def words(text: str) -> int:
    return len(text[:LIMIT].split())


def questions(text: str) -> int:
    """How many questions it asks: runs of question marks, links left out."""
    return len(re.findall(r"\?{1,10}", _URL.sub(" ", text[:LIMIT])))


def asked_in(text: str) -> list[str]:
    """The sentences that ask, at most five."""
    found = (s.strip() for s in _SENTENCE.findall(_URL.sub(" ", text[:LIMIT])))
    return [sentence for sentence in found if sentence.endswith("?")][:5]


def topics(text: str) -> set[str]:
    """Words that carry meaning, cut to six letters so that forms of a word meet."""
    return {word[:6] for word in _WORD.findall(lower(text)) if word not in _STOP}


def gives_discount(text: str) -> bool:
    return _discount_at(text) >= 0


def _discount_at(text: str) -> int:
    said = lower(text)
    for found in _DISCOUNT.finditer(said):
        if not _NO_DISCOUNT.search(said[max(0, found.start() - 20) : found.start()]):
            return found.start()
    return -1


def asks_before_discount(text: str) -> bool:
    place = _discount_at(text)
    mark = lower(text).find("?")
    return 0 <= mark < place


def acknowledges(text: str) -> bool:
    """Whether the first sentences take up what they said before anything else."""
    return _ACK.search(_opening(text)) is not None


@lru_cache(maxsize=64)
def _opening(text: str) -> str:
    """The first two sentences after the greeting."""
    rows = [row for row in lower(text).split("\n") if row.strip()]
    if len(rows) > 1 and len(rows[0]) < 40:
        rows = rows[1:]
    sentences = [s for s in _SENTENCE.findall(" ".join(rows[:4])) if s.strip()]
    return " ".join(sentences[:2])


def offers_times(text: str) -> bool:
    return _TIMES.search(lower(text)) is not None or "http" in text[:LIMIT]


def promises(text: str) -> bool:
    return _PROMISE.search(lower(text)) is not None


def names_a_step(text: str) -> bool:
    return _STEP.search(lower(text)) is not None or offers_times(text)


def harsh(text: str) -> str:
    """What sounds harsh or pushing, in words; "" when nothing does."""
    said = lower(text)
    if found := _BLAME.search(said) or _PUSH.search(said):
        return f"“{found.group()}” can sound like a reproach or like pressure"
    if text[:LIMIT].count("!") > 2:
        return "More than two exclamation marks"
    if len(_SHOUT.findall(text[:LIMIT])) > 3:
        return "Whole words in capitals"
    return ""
