"""Lines under a person's words that are nobody's wish: how to leave a list or a newsletter,
disclaimers, and the line of ours by which one says stop, quoted without a quote mark.

Pure and linear: each line is looked at once and only its first characters. A line is dropped only
below other words of theirs, and hardly ever where it speaks in the first person.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

import re

_LIMIT = 400  # characters of a line, with what it was wrapped into, that are looked at
_WRAPPED = 60  # characters from which a line without an end goes on in the next one
_LAST = 100  # lines of a text that are looked at; footers stand at its end
_MARKS = re.compile(r"^[\s|*#>•·_-]{1,12}")
_SPACE = re.compile(r"\s+")
_I = re.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|ich|mich|mir|je|j'ai|moi|yo|mí|io|eu|ik|mij|mnie|jag|mig|jeg|meg)\b|\b(?:desidero|voglio|quiero|deseo|quero|chcę|vil gerne)\b"
)
_HERE = r"(?:click|here|link|below|unsubscribe|opt[ -]?out|reply with|write to|send an?|visit|let us know|contact us|notify|delete|https?:|\S@\S|preferences)"
_FOOTER = (
    r"\bif you (?:no longer|(?:do not|don't|would not|wouldn't|would rather not|'d rather not) (?:wish|want|like|hear|receive)|want us to stop|(?:wish|want|would like|prefer) (?:to (?:stop|unsubscribe|opt)|not to)|are not the (?:intended|named)|(?:have )?received (?:this|it|the))\b.{0,160}?" + _HERE,
    r"(?:^|[.!?:|,] ?)to (?:unsubscribe|stop receiving|opt[ -]?out|be removed|leave (?:this|the) (?:list|group)|manage your)\b.{0,160}?" + _HERE,
    r"^(?:unsubscribe|abmelden|abbestellen|désinscription|se désinscrire|se désabonner|darse de baja|cancellati|disiscriviti|afmelden|uitschrijven|wypisz się|cancelar inscrição|avregistrera|afmeld)\b ?(?:\||•|·|here\b|hier\b|ici\b|aquí\b|qui\b|tutaj\b|aqui\b|här\b|her\b|:? ?https?:|from our\b|de notre\b|de nuestr|dalla nostra\b|van onze\b|z naszego\b|vom newsletter \|)",
    r"\byou (?:received|are receiving|get|got|have received) this(?: \w{1,12})?,? (?:because|as|since)\b|\byou (?:can|may) (?:unsubscribe|opt out)\b|\bwe have your address from\b|\bdo not want these mails\?|\b(?:want )?no more (?:e-?mails|mails|messages)(?: from \w{1,20})?\?",
    r"\b(?:click|klicken sie|klick|klicke|cliquez|cliquer|haga clic|clicca|cliccare|clique|klik|klikk|kliknij|klicka)\b.{0,80}?(?:unsubscrib|abmelden|abzumelden|abbestellen|désabonn|désinscri|\bbaja\b|disiscriv|cancell|descadastr|cancelar|afmeld|af te melden|uitschrij|uit te schrijven|wypis|avregistrer|avprenumer|\bopt[ -]?out|\bremove\b|spam)",
    r"(?:unsubscribe|spam|désabonn\w{0,4}|désinscri\w{0,4}|disiscri\w{0,6}|no longer|ne souhaitez plus|ne désirez plus|no desea|non vuoi|non desidera|geen .{1,30}? meer|nie chcesz|não (?:deseja|quer)|inte vill|ikke ønsker)\b.{0,100}?\b(?:click|cliquez|haga clic|pulse|clicca|clique|klik|kliknij|klicka|klikk)\b",
    r"\b(?:falls|wenn|sollten) (?:sie|du|ihr)\b.{0,80}?\b(?:wünschen|wünschst|möchten|möchtest|wollen|willst)\b.{0,60}?\b(?:hier|link|klick|abmelden|melden sie sich|abbestellen)|\bmelden sie sich hier\b|\bkönnen sie sich\b.{0,24}?\b(?:hier|jederzeit|unter)\b.{0,24}?\b(?:abmelden|austragen)\b",
    r"\bsi vous ne (?:souhaitez|désirez|voulez)\b.{0,100}?\b(?:ici|lien|écrivez|répondez|désinscri|désabonn)|\bpour (?:vous|se) (?:désinscrire|désabonner)\b|\bne plus recevoir nos\b",
    r"\bsi (?:no|ya no) (?:desea|quiere|deseas|quieres)\b.{0,100}?\b(?:aquí|enlace|baja|responda)|\bpara (?:darse|darte) de baja\b|\bdese de baja aquí\b",
    r"\bse non (?:vuoi|vuole|desideri|desidera)\b.{0,100}?\b(?:qui|link|disiscriv|cancell|rispond)|\bper (?:disiscriver|cancellar)(?:ti|si|vi)\b",
    r"\bpara (?:não receber|cancelar|se descadastrar|deixar de receber)\b.{0,100}?\b(?:aqui|link|clique|descadastr|responda)|\bdescadastre-se aqui\b|\b(?:caso|se) não (?:queira|deseje|deseja|quiser)\b.{0,100}?\b(?:aqui|link|clique)",
    r"\b(?:wilt|wil|wenst) (?:u|je) geen\b.{0,120}?\b(?:hier|klik|link|afmelden|af te melden)|\bom (?:u|je) (?:af te melden|uit te schrijven)\b|\bals (?:u|je) geen\b.{0,100}?\b(?:hier|klik|link)",
    r"\b(?:jeśli|jeżeli) nie (?:chcesz|chcą|życzysz|życzą)\b.{0,100}?\b(?:tutaj|tu|link|kliknij|wypisz)|\baby (?:się wypisać|zrezygnować)\b",
    r"\bom du inte (?:längre )?vill\b.{0,100}?\b(?:här|klicka|länk)|\bhvis du ikke (?:længere |lenger )?(?:ønsker|vil)\b.{0,100}?\b(?:her|klik|link)|\b(?:for at afmelde|for å melde) (?:dig|deg)\b",
    r"\b(?:intended recipient|confidential|in error|by mistake|vertraulich|irrtümlich|versehentlich|destinataire|par erreur|destinatari[oa]|por error|per errore|por engano|geadresseerde|vertrouwelijk|adresat\w{0,3}|poufn\w{1,3}|konfidentiell)\b.{0,200}?\b(?:delete|destroy|notify|löschen|vernichten|supprim|détrui|elimin|borr|cancell|apag|verwijder|vernietig|usun|radera|slet)",
    r"^\[?(?:caution|external|externe?)\b.{0,20}?(?:\]|:|e-?mail)|^\[.{0,60}?spam.{0,60}?\]$",
)  # fmt: skip
_OURS = re.compile(
    r"\b(?:if you|falls|wenn sie|si vous|si no|se non|just|einfach|rather not)\b.{0,80}?\b(?:reply|answer|write back|antworten sie|antworte|répondez|responda|rispond\w{1,3}|antwoord)\b.{0,24}?[\"“„'«](?:stop|no|nein|non|unsubscribe|abmelden)\b"
)
_ALL = re.compile("|".join(f"(?:{pattern})" for pattern in _FOOTER))


def without_footer(text: str) -> str:
    """The text without such lines; the first words of a mail always stay."""
    lines = text.split("\n")
    kept: list[str] = []
    written = goes_on = False
    for index, line in enumerate(lines):
        near = index >= len(lines) - _LAST
        if written and (goes_on or (near and _is_footer(line, lines[index + 1 : index + 2]))):
            goes_on = _is_wrapped(line)
            continue
        goes_on = False
        written = written or any(sign.isalnum() for sign in line)
        kept.append(line)
    return "\n".join(kept).strip() if len(kept) < len(lines) else text


def _is_wrapped(line: str) -> bool:
    return len(line) >= _WRAPPED and line.rstrip()[-1:] not in ".?!:"


def _is_footer(line: str, after: list[str]) -> bool:
    if _is_wrapped(line) and after:
        line = f"{line} {after[0]}"
    bare = _MARKS.sub("", line[:_LIMIT].lower().replace("’", "'"))
    plain = _SPACE.sub(" ", bare).strip()
    if _OURS.search(plain):
        return True
    return bool(_ALL.search(plain)) and not _I.search(plain)
