"""Words that nobody uses who is pleased: a floor under what the heads say of the mood.

Eight languages, whole words, folded (lower case without accents). A word stands here only where it
is about us or our messages; "the bakery is furious with the old supplier" is the price of a floor.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re

from salesagent.ai.fold import fold

LIMIT = 4_000
_WORDS = (
    # English
    r"angry|furious|annoy(?:ed|ing)|fed up|pissed(?: off)?|harass(?:ing|ment|ed)?|pester(?:ing)?|"
    r"outrageous|stop bothering|leave me alone|sick of|had enough|disgrace(?:ful)?",
    # German
    r"sauer auf|(?:wirklich|echt|richtig|langsam|ziemlich|stink)\s?sauer|wutend|verargert|argerlich|"
    r"(?:mails?|nachrichten|anrufe|sie) nerven|nerv(?:t|en) (?:mich|uns|langsam|gewaltig|nur)|genervt|"
    r"belastig\w{1,6}|unverschamt\w{0,4}|frechheit|lassen sie (?:mich|uns) in ruhe|reicht(?:'s)? jetzt|"
    r"die nase voll",
    # French
    r"furieu(?:x|se)|en colere|enerv(?:e|ee|ant|ante)|agac(?:e|ee|ant|ante)|harcel\w{1,6}|"
    r"ras[- ]le[- ]bol|j'en ai marre|laissez[- ]moi tranquille|ca suffit",
    # Spanish
    r"enfadad[oa]|enojad[oa]|furios[oa]|hart[oa] de|acos[oa]|acosando|molest(?:o con|arme|en mas)|"
    r"indignante|dejenme en paz|basta ya|me tienen hart[oa]",
    # Italian
    r"arrabbiat[oa]|furios[oa]|infastidit[oa]|stuf[oa] d\w{1,4}|seccat[oa]|"
    r"vergognos[oa]|lasciatemi in pace|mi state (?:stufando|tormentando)|adesso basta",
    # Dutch
    r"boos|woedend|geirriteerd|irritant|zat van|ben het zat|beu van|lastigvallen|"
    r"laat (?:me|mij|ons) met rust|schandalig",
    # Portuguese
    r"zangad[oa]|irritad[oa]|furios[oa]|fart[oa] d\w{1,4}|deixem-me em paz|ja chega|"
    r"perseguicao|incomodar-me",
    # Polish
    r"wkurz\w{2,5}|wsciekl[ya]|zirytowan[ya]|zdenerwowan[ya]|mam dosc|nekanie|nekac|"
    r"dajcie mi spokoj|prosze mnie nie nekac",
)
_ANGRY = re.compile(rf"(?<![^\W_])(?:{'|'.join(_WORDS)})(?![^\W_])")


def is_angry(text: str) -> bool:
    """Whether the words say that the writer is angry."""
    return bool(_ANGRY.search(" ".join(fold(text[:LIMIT]).replace("’", "'").split())))
