"""Bounces of which only subject and words are left, as texts that are pasted or exported.

Whole mails are read by outreach.mail.bounce; this only counts what no person writes: status codes,
the names of mail programs, a report's subject. Pure and bounded.
"""

# ruff: noqa: E501  one pattern a line reads better than a broken one

import re
from collections.abc import Mapping

from outreach.mail.bounce_rules import plain
from outreach.mail.bounce_words import FAILED, SUBJECTS

_LOOKED_AT = 6000
_ENOUGH = 3
_ANSWER = re.compile(r"^\s{0,3}(?:re|aw|sv|vs|antw|odp|rif|res)\s?(?:\[\d+\])?\s?:", re.I)
_CODE = re.compile(
    r"\b[45]\d\d[ #-]{1,3}[45]\.\d{1,3}\.\d{1,3}\b|\b[45]\.\d\.\d{1,2}\b|\b55[0-4]\b[^\n]{0,60}@"
    r"|\b(?:smtp|error|fehler|erreur|errore|erro|fel|fout|blad|błąd|server\w{0,4})\b[^\n]{0,40}\b55[0-4]\b"
    r"|\b55[0-4]\b[ :-]{1,3}(?:user|mailbox|unknown|no such|usuario|utilis|utente|onbekend|unbekannt|okänd|nieznan)",
    re.I,
)
_PROGRAM = re.compile(
    r"mailer-?daemon|postmaster@|qmail-send|diagnostic-code|final-recipient|remote-mta|reporting-mta"
    r"|mail delivery (?:sub)?system|host not found|\bmta\b|this is the mail system",
    re.I,
)
_TITLE = re.compile(
    r"zustellbar|zustellung fehl|zurück an absender|non distribu|non remis|retour à l.exp|devuelto"
    r"|no entregad|rechazado por|mancata (?:consegna|recapito)|mancato recapito|non consegnat"
    r"|devolvid|não entreg|falha (?:na|de) entrega|onbestel|niet (?:bezorg|afgelever)|teruggestuurd"
    r"|nie dostarcz|niedostarcz|zwrot (?:wiadomo|poczt)|niedoręcz|olever|inte lever|kunde inte"
    r"|bezorgfout|aflever\w{0,4} mislukt|leveransfel|kunde ej|ej leverer|utebliven leverans|misslyckad lev"
    r"|kan niet worden bezorgd|kunde (?:inte|ej) (?:skickas|nå)|adres bestaat niet|adressen finns inte"
    r"|retur(?:nerat|neret|mail)|ikke lever|leveringsfeil|nedoruč|nelivr|kézbesíthet|iletilemedi"
    r"|toimittamat|delivery status|undeliver|failure notice|returned mail",
    re.I,
)


def is_bare_report(subject: str, text: str, headers: Mapping[str, str]) -> bool:
    """Whether the words alone show a mail program's report of a failure."""
    head, body = subject[:300], text[:_LOOKED_AT]
    automatic = any(name.lower() == "auto-submitted" for name in headers)
    titled = bool(SUBJECTS.search(head.lower()) or _TITLE.search(head))
    told = bool(FAILED.search(plain(body)) or _TITLE.search(body))
    points = 2 * titled + 2 * bool(_CODE.search(body)) + 2 * bool(_PROGRAM.search(body))
    points += told + automatic - 3 * bool(_ANSWER.match(head))
    return points >= _ENOUGH
