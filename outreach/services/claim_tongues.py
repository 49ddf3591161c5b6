# ruff: noqa: E501  an alternative of a pattern stays on its line
"""What German, French, Spanish, Italian, Portuguese, Dutch and Polish add to the patterns of claims.

Words of closed sets only: how a meeting, proof, a factor, a promise, a recommendation or a
congratulation is said. Whose language a text is in is never asked: the words differ enough.
"""

import re

from outreach.services.receipt_words import word_list

EARLIER = (
    r"\bwie (?:besprochen|vereinbart|abgesprochen|abgemacht|verabredet|zugesagt)\b"
    r"|\bunser(?:em|en|es|e)? (?:\w+ ){0,2}(?:gespräch|telefonat|treffen|anruf|besuch)s?\b"
    r"|\b(?:nette|gute|angenehme)[sn]? (?:gespräch|telefonat|treffen)\b"
    r"|\b(?:kennengelernt|kennenzulernen|(?:miteinander|mit ihnen|gestern|kürzlich) (?:gesprochen|telefoniert)|uns (?:\w+ ){0,4}(?:getroffen|gesehen|unterhalten))\b"
    r"|\bcomme convenu\b|\b(?:de|lors de|après|suite à|depuis) notre (?:dernier |dernière |récent )?(?:appel|échange|entretien|rendez-vous|rencontre|conversation|visite)\b"
    r"|\b(?:ravi|heureux|content|heureuse|contente)e? de (?:vous avoir|notre)\b|\bnous nous sommes (?:parlé|rencontrés|vus)\b|\bquand (?:nous avons|on a|on s'est) (?:parlé|échangé)\b"
    r"|\bcomo (?:quedamos|acordamos|hablamos|acordado)\b|\bnuestra (?:\w+ )?(?:llamada|conversación|reunión|visita|charla)\b|\bnos (?:conocimos|vimos|encontramos)\b"
    r"|\bcome (?:d'accordo|concordato|promesso)\b|\bnostr[ao] (?:\w+ )?(?:telefonata|chiamata|incontro|conversazione|visita)\b|\bci siamo (?:sentit|vist|conosciut|incontrat|parlat)\w\b"
    r"|\bcomo (?:combinado|combinámos|acordado|falámos)\b|\b(?:n?a nossa|pela) (?:\w+ )?(?:conversa|chamada|reunião|visita)\b|\bnos (?:conhecemos|encontrámos|vimos)\b"
    r"|\bzoals (?:afgesproken|besproken|beloofd)\b|\b(?:ons|onze) (?:\w+ )?(?:gesprek|telefoontje|bezoek|afspraak|belletje)\b|\blangs (?:mocht komen|kwam|ben geweest|mogen komen)\b"
    r"|\b(?:toen we elkaar|we elkaar) (?:\w+ ){0,4}(?:spraken|zagen|ontmoet\w*|gesproken)\b"
    r"|\bjak (?:ustaliliśmy|uzgodniliśmy|umówiliśmy|rozmawialiśmy|obiecał\w+)\b|\bnasz\w* (?:\w+ )?(?:rozmow\w+|spotkani\w+|wizyt\w+)\b|\bmiło było\b|\brozmawialiśmy\b|\bspotkaliśmy\b"
)
# of those, what needs a call or a meeting
CALL = (
    r"gespräch|telefon|treffen|getroffen|kennen(?:ge|zu)lern|besuch|anruf|appel\b|entretien|rendez-vous|rencontr|parlé|llamada|conocimos|reunión|visita"
    r"|telefonata|chiamata|incontr|conosciut|sentit[io] |chamada|reunião|conhecemos|conversa\b|gesprek|telefoontje|spraken|ontmoet|langs |belletje|rozmow|rozmawia|spotka|wizyt"
)
TOLD_OF_CALL = r"|\b(?:appel|téléphone|anruf|telefonat|gespräch|llamada|chiamata|telefonata|chamada|gebeld|gesprek|rozmowa|telefon|messe|targi|feria|fiera)"
PROOF = (
    r"\btestsieger\b|\b(?:wurden?|mehrfach|preis|worden) ?ausgezeichnet\b|\bmarktführer\w*|\b(?:iso|tüv|bio)?-?zertifi\w+|\bführende\w? \w+anbieter|\bnummer eins\b"
    r"|\b(?:unsere|viele|alle|die meisten|zahlreiche|hunderte|tausende) (?:\w+ )?(?:kunden|kundinnen|betriebe|firmen|unternehmen) (?:\w+ )?(?:sparen|nutzen|vertrauen|setzen|berichten|gewinnen|haben)\b"
    r"|\bcertifié\w*|\blabellisé\w*|\bleader (?:du|sur|en|di|nel|del)\b|\bnuméro (?:un|1)\b|\bprimé\w*\b|\b(?:nos|la plupart de nos|tous nos|de nombreux) (?:clients|hôtels) (?:économisent|gagnent|constatent|réduisent|utilisent)\b|\bfont confiance\b|\bfait confiance\b"
    r"|\bcertificad[oa]s?\b|\blíder(?:es)?\b|\bnúmero (?:uno|um|1)\b|\bpremiad[oa]s?\b|\bgalardonad[oa]s?\b|\bnuestros clientes (?:reducen|ahorran|ganan|confían|notan)\b|\bconfía[n]? en nosotros\b"
    r"|\bcertificat[oaie]\b|\bnumero uno\b|\bpremiat[oaie]\b|\bi nostri clienti \w+(?:ano|ono)\b|\bsi affida(?:no)? a noi\b|\bci affida(?:no)?\b"
    r"|\bos nossos clientes (?:poupam|reduzem|ganham|notam)\b|\bconfia[m]? em nós\b|\bgecertificeerd\w*|\bmarktleider\b|\bbekroond\w*|\bnummer één\b|\bonze klanten (?:besparen|winnen|merken|zien)\b"
    r"|\bcertyfi\w+|\blider\w* rynku\b|\bnagrodzon\w+|\bnumer jeden\b|\bnasi klienci \w+ą\b|\bzaufał\w+"
)
MULTIPLE = (
    r"\b(?:um|auf|fast|über) die hälfte\b|\bhalbier\w+|\bverdoppel\w+|\b(?:doppelt|dreimal|zweimal) so\b|\bde moitié\b|\bdeux fois (?:plus|moins)\b|\ba la mitad\b|\bla mitad de\b|\bel doble de\b"
    r"|\b(?:alla|della|la) metà\b|\bdimezz\w+|\braddoppi\w+|\bil doppio\b|\b(?:pela|para|a|em) metade\b|\bo dobro\b|\bde helft\b|\bhalveer\w*|\bverdubbel\w*|\btwee keer zo\b|\bo połowę\b|\bdwukrotn\w+|\bdwa razy (?:mniej|więcej|szybciej)\b"
)
PROMISE = (
    r"\bgarantier\w*|\bgeld zurück\b|\bkostenlos\w*|\bgratis\b|\bunverbindlich\w*|\brabatt\w*|\bnachlass\b|\bgratuit\w*|\bgaranti(?:e|es|s|r|ssons|sce|amo|to|ta)\b|\bremboursé\w*|\bremise\b|\bsans (?:engagement|frais|risque)\b"
    r"|\bgarantiza\w*|\bgarantía\b|\bdescuento\w*|\bsin compromiso\b|\bsconto\b|\bsenza impegno\b|\brimbors\w+|\bgarant(?:imos|ido|ida|ia)\b|\bgrátis\b|\bdesconto\w*|\bsem (?:compromisso|custos)\b"
    r"|\bgegarandeerd\b|\bkorting\w*|\bvrijblijvend\b|\bgeld terug\b|\bgwarant\w+|\bbezpłatn\w+|\bza darmo\b|\bdarmow\w+|\brabat\w*|\bzniżk\w+"
)
NO_PROMISE = r"|\b(?:keine?n?|nicht|aucune?|pas de|ninguna?|sin|nessuna?|sem|nenhuma?|geen|niet|żadn\w+|bez) (?:garant|gwaranc)\w*"
RELATION = (
    r"\b(?:mir|uns|wurde|wurden) (?:\w+ )?empfohlen\b|\bauf empfehlung\b|\bsur (?:la )?recommandation\b|\bm'a (?:recommandé|conseillé|donné votre)\b|\bme (?:dio|pasó|dieron) su\b|\b(?:me|nos) recomend\w+|\bpor recomendación\b"
    r"|\bmi ha (?:dato il suo|parlato di|consigliato)\b|\bsu consiglio di\b|\bpor recomendação\b|\brecomendou\b|\bop aanraden van\b|\baanbevolen\b|\bz polecenia\b|\bpolecił\w*"
)
EVENT = r"\b(?:glückwunsch|glückwünsche|gratulation|gratuliere|félicitations|felicidades|enhorabuena|congratulazioni|parabéns|gefeliciteerd|gratul\w+)\b[^.!?\n]{3,90}"

# how a sentence may begin, and small words, folded when they are read
STARTERS = word_list(
    """
    moin servus grüß gruß grüezi sehr geehrte geehrter liebe lieber werte herzlichen herzliche viele
    ich du er wir es das der die den dem ein eine wenn falls ob dann da darf dürfen möchten wollen
    haben hätten wäre würden soll sollen kann können passt wann wie was wer wo warum unsere unser
    ihre ihr im am bei seit nach vor für gerade gern gerne vielleicht vielen danke bitte
    bonsoir salut coucou merci bien cordialement bonne belle je j'ai tu on ils elles c'est ce ces
    cela ça qui que quand quel quelle comment pourquoi est-ce est pas sans sinon chez dans lors sur
    au aux avec votre vos cette souhaitez pouvez avez voulez puis dites sauriez-vous lundi
    buenas buenos buen estimado estimada estimados querido querida soy somos tenemos quiere tiene
    puede podría puedo le les me mi si sin no cuando como cómo qué quién mientras tanto después
    antes muchas gracias atentamente saludos un una este esta esto
    buongiorno buonasera buona buon salve gentili egregio egregia cordiali distinti grazie lei io
    noi voi ha avete può posso potrei vuole forse quando come chi che cosa se sono siamo dal dalla
    nel nella sul sulla per con mi ci le va vorrei ne
    olá ola oi bom boa boas caro cara prezado prezada obrigado obrigada eu nós ele ela quer pode
    posso temos tem gostava gostaria sei sou se quando como depois antes sem no na nos nas até abraço
    hoi dag goedemorgen goedemiddag goedendag goedenavond geachte heer mevrouw groet groeten graag
    ik jij je jullie hij zij ze we dat dit die deze daar als zo toen toch maar en of om met mag
    zal zullen kun kunt kunnen wil wilt willen heb hebt staat laat even onze bij sinds tot
    cześć witam witaj drogi droga szanowny szanowni serdecznie pozdrawiam dziękuję proszę pan pani
    panie panią pana państwo państwa ja ty my wy oni jeśli jeżeli czy gdy kiedy jak co kto gdzie
    dlaczego ile od do po przy przez dla bo więc tak nie mamy mogę możemy chętnie korzysta
    """
)
# a name at the start of a sentence, by the verb that follows or by what somebody is to the reader
NAME_NEXT = (
    r"| (?:ci|nous|ons|uns|nos) [a-z]{3,14}\b| (?:nutzt|setzt|plant|arbeitet|vertraut|spart|utilise|travaille|économise|usa|utiliza|trabaja|confía|ahorra|utilizza|lavora|risparmia|trabalha|poupa"
    r"|gebruikt|werkt|bespaart|używa|pracuje|korzysta|współpracuje|oszczędza)\b|, (?:your|votre|vos|su|sua|suo|il suo|la sua|o seu|a sua|ihr|ihre|jouw|je|jullie|uw|pański|pana|pani|państwa) [a-zà-ž]{3,20},"
)
GERMAN_PLACE = r"|(?:Standorte?s?|Filiale|Niederlassung|Büros?|Werke?s?|Sitz|Betrieb|Laden|Geschäft|Haus|Kunden?|Werkstatt|Praxis|Hotel) (?:in|bei) (?P<d>[A-ZÄÖÜ][a-zäöüß]{2,20})\b"

DURATION = r"|minutter|tygodnie|miesiące|miesiąc|lata|rok|roku|año|mês|meses|weekend|settimana|mese|semana|semaine|maand"
BY_PHONE = r"\b(?:am telefon|par téléphone|por teléfono|al telefono|por telefone|aan de telefoon|telefonisch|przez telefon|on the phone|by phone)\b"
SPOKEN = word_list(
    """
    nachricht mail schrieben geschrieben gesprochen gespräch telefonat anruf anfrage antwort message
    appel échange écrit courrier demande réponse dit mensaje llamada correo escribió respuesta dijo
    messaggio chiamata telefonata scritto risposta detto mensagem chamada resposta escreveu disse
    bericht gesprek gebeld schreef mailtje spraken vertelde wiadomość rozmowa rozmowy napisała
    napisał odpowiedź odpowiedzi wiadomości
    """
)


def tongue(text: str) -> str:
    """A guess by small words; "" when there is nothing to tell by."""
    words = re.findall(r"[^\W\d_]+", text[:2_000].casefold())
    counts = {name: sum(word in small for word in words) for name, small in SMALL.items()}
    best = max(counts, key=lambda name: counts[name])
    rest = max(count for name, count in counts.items() if name != best)
    return best if counts[best] > rest else ""


SMALL = {
    "en": frozenset(
        word_list(
            "the and of is are we you your for not with have our they their to at on people month years uses use takes please again this that by will work write who every"
        )
    ),
    "de": frozenset(
        word_list(
            "der die das und ist wir sie ihr ihre ihren für nicht mit auf ein eine einen zu im am seit bei haben werden alle wenn schon wie dem den dass wer guten tag frau herr noch nur oder aber hier darf gern dafür"
        )
    ),
    "fr": frozenset(
        word_list(
            "le la les des est nous vous votre pour avec dans sur pas du au par et une un chaque avant"
        )
    ),
    "es": frozenset(
        word_list("el los las y es con por para su sus que unas una un no del al en muchas semana")
    ),
    "it": frozenset(
        word_list("il gli di e per con che del della sono una un non è al ogni dal nel")
    ),
    "pt": frozenset(
        word_list("os as um uma do da dos no na em com não por mês que são ao uns para")
    ),
    "nl": frozenset(
        word_list(
            "het een en van voor met op niet zijn wij je jullie onze de elke dat ik per alles"
        )
    ),
    "pl": frozenset(word_list("i w z na do jest dla się nie że od przez po oraz przy osób")),
    "sv": frozenset(
        word_list(
            "och det som att är på för inte ni vi av till har kan er ert era vår våra om eller"
        )
    ),
}
