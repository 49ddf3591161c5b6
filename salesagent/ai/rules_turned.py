"""Words for stopping that stop nothing: "please don't unsubscribe me", "we will unsubscribe from
our current provider", "do you delete our data when we leave?".

Data and one function; bounded patterns over lower-case text with single spaces. They look at the
sentence around the words only, so a request elsewhere in the text still counts.
"""

# ruff: noqa: E501  one pattern a line reads better than a broken one

import re

_REACH = 200  # characters of the sentence to either side
_NEAR = 36  # characters to either side in which somebody else must be named
_ENDS = re.compile(r"[.!?;\n]")
_LAST_END = re.compile(r"[.!?;\n](?=[^.!?;\n]*$)")

# somebody else's service, contract or list
_OTHERS = re.compile(
    r"\b(?:our|my|the|your|an?|current|old|existing|other|another|previous|present|former)(?: (?:own|current|old|existing|previous|present|former|other|phone|it|broadband|energy)){0,2}"
    r" (?:provider|supplier|vendor|host|hosting|carrier|contract|agency|crm|gym|competitor|operator|software|waiting list|guest list|price list|to-do list|shortlist)s?\b"
    r"|\bwaiting list\b|\bguest list\b"
    r"|\b(?:unser|mein|alt|bisherig|aktuell|jetzig|derzeitig|ander)(?:e[mnrs]?)?(?: (?:alt|bisherig|aktuell|jetzig|derzeitig|ander)e[mnrs]?)? (?:anbieter|lieferant|dienstleister|versorger|vertrag|provider|hoster|agentur|software|tarif|abo)\w{0,2}\b"
    r"|\b(?:notre|mon|nos|l'|un|autre)(?: ?(?:ancien|autre|actuel))? ?(?:fournisseur|prestataire|opérateur|hébergeur|contrat|abonnement|agence|logiciel)s?\b"
    r"|\b(?:nuestr[oa]|mi|el|la|del|otr[oa])(?: (?:actual|antigu[oa]|otr[oa]))? (?:proveedor|compañía|operador|operadora|contrato|suministrador|agencia|hosting|gimnasio|luz|gas)\w{0,2}\b"
    r"|\b(?:nostr[oa]|mio|il|dal|del|altr[oa])(?: (?:attuale|vecchi[oa]|altr[oa]))? (?:fornitore|gestore|operatore|contratto|abbonamento|provider|agenzia)\w{0,2}\b"
    r"|\b(?:noss[oa]|meu|minha|[od]o|outr[oa])(?: (?:atual|actual|antig[oa]|outr[oa]))? (?:fornecedor|operadora|provedor|contrato|agência)\w{0,2}\b|\b(?:com|do|de) (?:o )?(?:fornecedor|provedor|operadora) (?:atual|actual)\b"
    r"|\b(?:onze|mijn|huidige|oude|vorige|een andere)(?: (?:huidige|oude|vorige|andere))? (?:leverancier|provider|aanbieder|contract|abonnement|bureau)\w{0,3}\b"
    r"|\b(?:nasz\w{0,3}|obecn\w{1,4}|starego|dotychczasow\w{1,4}|innego)(?: (?:obecn\w{1,4}|star\w{1,3}))? (?:dostawc\w{1,3}|operator\w{0,2}|umow\w{1,2}|abonament\w{0,2}|firm\w{1,2}|agencj\w{1,2})\b|\bz umowy\b"
    r"|\b(?:vår|vårt|min|mitt|nuvarande|gamla|annan)(?: (?:nuvarande|gamla))? (?:leverantör|operatör|avtal|abonnemang|byrå|prenumeration)\w{0,3}\b"
)

# in a question: about what is offered, not about us
_OFFER = re.compile(
    r"\b(?:when|if|once|after|before) (?:we|i|someone|somebody|people|they|a \w{1,12}|the \w{1,12}|you|one)\b(?! (?:have a (?:moment|minute|second)|can\b|get\b|please|don't mind|would))|\bany ?time\b|\bwhenever\b|\bminimum\b|\bafter (?:a|one|two|three|the) "
    r"|\b(?:does|do) (?:it|your (?:tool|system|software|service|app|product|platform)|the (?:tool|system|software|service|app|product|platform)|people|users|customers|they|staff)\b|\b(?:my|our|a|the) (?:customer|client|employee|user|staff|patient|member|guest|colleague|team)s?\b"
    r"|\bfrom the (?:app|tool|system|service|software|platform|account)\b|\bfree trial\b|\bnotice period\b|\btied in\b"
    r"|\bjederzeit\b|\b(?:wenn|falls|sobald|nachdem) (?:wir|ich|man|jemand|ein\w{0,2})\b|\bkündig|\b(?:kunde|kunden|mitarbeiter|nutzer|patient|benutzer)\w{0,2}\b|\blaufzeit\b|\bnach (?:einem|dem|zwei|drei|\d)"
    r"|\bà tout moment\b|\bn'importe quand\b|\b(?:si|quand|lorsqu'|après qu')(?:e)? ?(?:on|nous|je|un)\b|\b(?:salarié|client|utilisateur|employé|patient)e?s?\b|\bengagement\b|\bpeut-on\b|\bau bout d"
    r"|\ben cualquier momento\b|\bcuando (?:queramos|quiera|quieras|nos|me|se|un|una|lo)\b|\bsi (?:nos|me|se|lo|dejamos|un)\b|\bal (?:terminar|acabar|finalizar|irnos|cancelar)\b|\b(?:cliente|empleado|usuario|trabajador|paciente)s?\b|\bpermanencia\b"
    r"|\bin qualsiasi momento\b|\bquando (?:vogliamo|voglio|si|uno|un)\b|\bse (?:ce|me|si|uno|un|lasciamo|disdiciamo)\b|\bdisdi|\b(?:clienti?|dipendent[ei]|utent[ei]|pazient[ei])\b|\bvincol|\bsi può\b"
    r"|\ba qualquer momento\b|\bquando (?:quisermos|quiser|sairmos|saímos|se|um|uma)\b|\bse (?:sairmos|saímos|um|a gente|cancelarmos|cancelar)\b|\b(?:cliente|funcionário|usuário|utilizador|paciente)s?\b|\bfidelidade\b|\bfideliza|\bvocês (?:removem|apagam|eliminam|excluem)\b"
    r"|\b(?:altijd|op elk moment|elk moment)\b|\bals (?:we|wij|ik|een|iemand)\b|\b(?:klant|klanten|medewerker|medewerkers|gebruiker|gebruikers|patiënt)\b|\blooptijd\b"
    r"|\bw każdej chwili\b|\bw dowolnym\b|\b(?:gdy|jeśli|jak|kiedy|po tym jak) (?:odejdziemy|odchodzimy|zrezygnuj\w{1,4}|ktoś|klient)\b|\b(?:klient|pracownik|użytkownik|pacjent)\w{0,3}\b|\bokres"
    r"|\bnär som helst\b|\bnär (?:vi|man|en) |\bom (?:vi|man|någon|en) |\b(?:kund|kunder|anställd|användare|patient)\w{0,2}\b|\bbindningstid\b|\buppsägning"
)

# said of the reader's mails: keep them coming
_KEEP = re.compile(
    r"\bnicht (?:\w{1,12} )?(?:abmelden|abbestellen|austragen|streichen|löschen|entfernen|rausnehmen)\b"
    r"|\b(?:surtout )?ne (?:me|nous) (?:désinscri|désabonn|retir|supprim|enlev|ray)\w{1,6} pas\b"
    r"|\bno (?:me|nos) (?:den?|dé|des|borr|elimin|quit|saqu)\w{0,4}\b"
    r"|\bnon (?:cancell|rimuov|toglie|elimin|disiscriv)\w{1,7}\b|\bnon mi (?:cancell|rimuov|tolg|elimin|disiscriv)\w{1,5}\b"
    r"|\bnão (?:me |nos )(?:remov|retir|tir|descadastr|elimin)\w{1,5}\b"
    r"|\b(?:schrijf|meld|haal|verwijder) (?:me|mij|ons) (?:vooral |alsjeblieft |aub )?niet\b"
    r"|\b(?:nie|proszę nie) (?:wypisywać|usuwać|wykreślać|wypisuj\w{0,3}|usuwaj\w{0,3}) (?:mnie|nas)?\b"
    r"|\b(?:ta|tag|stryk|radera|avregistrera) (?:mig |oss )?(?:absolut |snälla )?inte\b|\b(?:ta|stryk|radera) inte\b"
    r"|\b(?:do not|don't|dont|never) (?:you dare )?(?:unsubscribe|remove|delete|take) (?:me|us)\b"
)


def says_keep(text: str) -> bool:
    """Whether the text asks to keep the mails coming."""
    return bool(_KEEP.search(text))


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The limits of the sentence around the words; the sign that ends it is within."""
    while start < end and not text[start].isalnum():
        start += 1  # a pattern may begin with the end of the sentence before
    low = max(0, start - _REACH)
    before = _LAST_END.search(text[low:start])
    after = _ENDS.search(text, end, end + _REACH)
    begin = low + before.end() if before else low
    return begin, after.end() if after else min(len(text), end + _REACH)


def stops_nothing(text: str, start: int, end: int) -> bool:
    """Whether the words at start:end, which would ask to stop, are about something else."""
    begin, close = sentence(text, start, end)
    whole = text[begin:close]
    near = text[max(begin, start - _NEAR) : min(close, end + _NEAR)]
    if _KEEP.search(whole) or _OTHERS.search(_clause(near, start - max(begin, start - _NEAR))):
        return True
    return whole.endswith("?") and bool(_OFFER.search(whole))


def _clause(near: str, at: int) -> str:
    """Only up to the commas next to the words: "please stop, we have our own supplier" is a wish."""
    before = max(near.rfind(",", 0, at), near.rfind(":", 0, at)) + 1
    after = near.find(",", at + 1)
    return near[before : after if after >= 0 else len(near)]
