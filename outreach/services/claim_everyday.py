# ruff: noqa: E501  an alternative of a pattern stays on its line
"""Prices, gifts, promises and news in everyday words, in nine languages.

"A fiver", "zwei Riesen", "cinq balles" are amounts; "kostenfrei", "de graça", "utan kostnad" are
promises; "Sie haben einen Kunden verloren" is news about the reader. Closed sets, bounded.
"""

# an amount said without a plain number and currency; a word of several meanings wants a count
_COUNT_EN = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|fifty|couple of|couple|few|several|half a|\d{1,3})"
_DE = r"(?:eine?[nrm]?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|fünfzehn|zwanzig|fünfzig|hundert|tausend|paar|\d{1,5})"
_FR = r"(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|quinze|vingt|trente|cinquante|cent|cents|mille|quelques|\d{1,5})"
_ES = r"(?:uno?s?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|quince|veinte|treinta|cincuenta|cien|cientos?|quinientos|mil|\d{1,5})"
_IT = r"(?:due|tre|quattro|cinque|sei|sette|otto|nove|dieci|quindici|venti|trenta|cinquanta|cento|duecento|mille|mila|\d{1,5})"
_PT = r"(?:dois|duas|três|quatro|cinco|seis|sete|oito|nove|dez|quinze|vinte|trinta|cinquenta|cem|cento|mil|\d{1,5})"
_NL = r"(?:een|één|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|vijftien|twintig|vijftig|honderd|paar|\d{1,5})"
_SV = r"(?:en|ett|två|tre|fyra|fem|sex|sju|åtta|nio|tio|femton|tjugo|femtio|hundra|par|\d{1,5})"
_EURO = r"(?:euros?|eur|dollars?|dólares|dollari|dollar|pounds?|libras|sterline|złotych|złote|zł|kronor|kronen|kroner|franken|francs|francos|franchi|frank|reais)"
MONEY = (
    rf"\b{_COUNT_EN} (?:fivers?|tenners?|quid|bucks?|smackers?)\b|\b(?:fivers|tenners|smackers)\b"
    rf"|\b{_COUNT_EN} grand\b(?= (?:an?|per|each|every|in|off|less|more|or|and|for|up)\b|[^\w ]|$)"
    rf"|\b(?:a |some )?(?:couple|few|several|hundreds?|thousands?)(?: of)?(?: hundred| thousand)? (?:bucks|quid|{_EURO})\b|\b(?:hundreds|thousands) (?:a|per|each) (?:day|week|month|year)\b"
    r"|\bfor (?:peanuts|pennies)\b"
    rf"|\b{_DE} (?:fünfer|zehner|zwanziger|fuffi|fuffziger|fünfziger|hunni|hunnis|hunderter|tausender|riesen?|mille|euronen|mäuse|kröten|piepen|tacken|ocken|groschen)\b(?! (?:pack|set))"
    rf"|\b(?:einige|mehrere|ein paar|paar) (?:hundert|tausend|hunderter) (?:{_EURO}\b)?|\b(?:hunderte|tausende|zigtausend) (?:von )?{_EURO}\b"
    rf"|\b{_FR} (?:balles|euros et des poussières)\b|\b(?:quelques|des|une|plusieurs) (?:centaines?|milliers?|dizaines?) (?:de |d['’]){_EURO}\b"
    rf"|\b{_ES} (?:pavos|duros|lucas|pelas)\b|\b(?:un|unos|varios|algunos|pocos) (?:par de )?(?:cientos|miles|centenares) de {_EURO}\b|\bcuatro duros\b"
    rf"|\b{_IT} (?:sacchi|testoni|bigliettoni|euri)\b(?! d)|\b(?:qualche|alcune|poche) (?:centinai[oa]|migliai[oa]|decin[ae]) di {_EURO}\b|\bquattro soldi\b"
    rf"|\b{_PT} (?:paus|contos|pilas|euritos)\b|\b(?:umas|algumas|poucas|uns|alguns) (?:centenas|dezenas|milhares) de {_EURO}\b"
    rf"|\b(?:een |twee |drie )?(?:tientjes?|vijfjes?|geeltjes?|twintigjes?|meiers?|joet)\b|\b{_NL} (?:ruggen|knaken|piek|eurootjes)\b|\b(?:een paar|enkele|honderden|duizenden) (?:honderd |duizend )?{_EURO}\b"
    rf"|\b(?:stów(?:a|y|kę|ka|ki|ę)|dych(?:a|y|ę)|pięć dych|piątak\w{{0,2}}|tysiak\w{{0,3}}|złociszy)\b|\b(?:kilkaset|kilkadziesiąt|parę stów|parę tysięcy|kilka tysięcy|paręset) (?:{_EURO}\b)?"
    rf"|\b{_SV} (?:spänn|tusenlapp(?:ar)?|hundralapp(?:ar)?|femhundring(?:ar)?|papp|bagis)\b|\b(?:några|ett par|flera) (?:hundra|tusen|hundralappar|tusenlappar) (?:{_EURO}\b)?"
)
PROMISE = (
    r"\brisk[- ]free\b|\byou(?:'ll| will)? pay nothing\b|\b(?:zero|no|nil) (?:cost|costs|charge)\b|\bfor nothing\b|\bgratis\b|\ba gift from us\b"
    r"|\b(?:kosten|gebühren|risiko)(?:frei|los)\w*|\bumsonst\b|\b(?:ist|wird|bekommen sie|gibt es) (?:\w+ )?geschenkt\b|\bohne (?:jedes |jegliche )?(?:kosten|risiko|gebühr\w*|verpflichtung)\b|\bzahlen (?:sie |ihr )?(?:\w+ )?nichts\b|\bfür lau\b|\bgarantie\w*|\bgewährleist\w+|\bversprechen (?:wir )?(?:ihnen|euch)\b|\bnull euro\b|\bauf kosten des hauses\b"
    r"|\boffert\b|\b(?:est|sont|mois|visite|semaine|consultation|analyse|séance|livraison|heure) offerte?s?\b|\bsans (?:aucun )?(?:frais|coût|risque|engagement)\b|\bne (?:payez|paierez|payerez|coûte) (?:\w+ )?rien\b|\bgaranti(?:e|es|s|r|ssons|ssez|t)?\b|\bgratos\b|\bà nos frais\b|\bpromettons\b|\ben cadeau\b"
    r"|\bsin (?:ningún )?(?:coste|costo|cargo|riesgo|compromiso)s?\b|\bno (?:paga|pagan|pagará|pagarán|pagáis|cuesta) nada\b|\bgarantiz\w+|\bgarantía\w*|\bde (?:regalo|balde)\b|\bgratuit\w+|\bprometemos\b|\bcorre de nuestra cuenta\b"
    r"|\bin (?:omaggio|regalo)\b|\bgaranzi[ae]\b|\bgaranti(?:amo|to|ta|ti|te|sce|sco|re)\b|\bsenza (?:alcun )?(?:cost[oi]|spese|rischi[oi]?|impegno|oneri)\b|\bnon (?:paga|pagate|pagherete|pagherà|costa) (?:nulla|niente)\b|\bpromettiamo\b|\ba nostre spese\b"
    r"|\bde graça\b|\bsem (?:qualquer )?(?:custos?|encargos?|riscos?|compromisso)\b|\bgarant(?:imos|e|em|ir|ias?|id[oa]s?)\b|\bnão (?:paga|pagam|pagará|custa) nada\b|\bprometemos\b|\boferta nossa\b|\bpor nossa conta\b"
    r"|\bkosteloos\b|\bgarand\w+|\bgaranties?\b|\bzonder (?:kosten|risico|verplichting\w*)\b|\bbetaalt (?:u |je )?niets\b|\bkost (?:u |je )?niets\b|\bvoor niets\b|\bcadeau van ons\b|\bwij beloven\b|\bop onze kosten\b"
    r"|\bgwaranc\w+|\bgwarant\w+|\bbez (?:żadnych )?(?:kosztów|opłat|ryzyka|zobowiązań)\b|\bnic (?:\w+ )?nie (?:\w+ )?(?:płac\w+|kosztuje)\b|\bw prezencie\b|\bgratis\w*|\bobiecujemy\b|\bna nasz koszt\b"
    r"|\bkostnadsfri\w*|\bgarant(?:erar|erat|erad|i|ier)\b|\butan (?:kostnad|avgift|risk|bindning\w*)\b|\bni betalar (?:\w+ )?ingenting\b|\bkostar (?:er |dig )?(?:ingenting|inget)\b|\bvi lovar\b|\bpå köpet\b|\bbjuder på\b|\brabatt\w*|\bpengarna tillbaka\b|\buden (?:beregning|omkostninger|risiko)\b|\buten (?:kostnad|risiko)\b|\bgratis\b|\bomkostningsfri\w*"
)
# news about the reader: what they have just done, or what befell them
_GAP = r"(?:[^\s.!?,;]{1,20} ){0,7}"
EVENT = (
    rf"|\b(?:sie|ihr(?:e firma| team| unternehmen| betrieb| chef)?) (?:haben|habt|hat|sind|seid|ist|wurden|wurde) {_GAP}(?:eröffnet|gewonnen|verloren|gekauft|übernommen|eingestellt|entlassen|umgezogen|expandiert|geschlossen|gegründet|unterschrieben|gekündigt|investiert|renoviert|modernisiert|gewechselt|ausgezeichnet|verklagt|gefeuert|verkauft)\b"
    rf"|\bvous (?:avez|venez|êtes) {_GAP}(?:d['’])?(?:ouvert|ouvrir|gagné|gagner|perdu|perdre|acheté|acheter|racheté|recruté|recruter|embauché|déménagé|déménager|lancé|lancer|fermé|fermer|licencié|signé|signer|résilié|investi|rénové|rénover|remporté|remporter|vendu)\b"
    rf"|\b(?:han?|habéis|has|acaban? de|su empresa ha) (?:\w{{2,12}} ){{0,2}}(?:abierto|abrir|ganado|ganar|perdido|perder|comprado|comprar|contratado|contratar|mudado|mudarse|lanzado|lanzar|cerrado|cerrar|despedido|firmado|firmar|invertido|renovado|renovar|vendido)\b"
    rf"|\b(?:avete|hanno|ha|hai|avete appena|la vostra azienda ha|la sua azienda ha) (?:\w{{2,12}} ){{0,2}}(?:aperto|vinto|perso|acquistato|comprato|assunto|traslocato|lanciato|chiuso|licenziato|firmato|investito|ristrutturato|venduto|inaugurato)\b"
    rf"|\b(?:abriu|abriram|ganhou|ganharam|perdeu|perderam|comprou|compraram|contratou|contrataram|mudou-se|mudaram-se|lançou|lançaram|fechou|fecharam|despediu|despediram|assinou|assinaram|investiu|investiram|renovou|renovaram|vendeu|venderam|inaugurou|inauguraram) (?:um|uma|o|a|os|as|de|em|há|recentemente|o seu|a sua|\w+)\b"
    rf"|\b(?:u|jullie|je|jij|uw (?:bedrijf|team)|jullie (?:bedrijf|team)) (?:hebt|heeft|hebben|heb|bent|is|zijn) {_GAP}(?:geopend|gewonnen|verloren|gekocht|overgenomen|aangenomen|verhuisd|gelanceerd|gesloten|ontslagen|getekend|opgezegd|geïnvesteerd|verbouwd|verkocht)\b"
    r"|\b(?:państwo|państwa firma|pan|pani|firma) (?:\w{2,14} ){0,3}(?:otworzy|wygra|straci|kupi|przeję|przejął|zatrudni|przenie|zamkn|zwolni|podpisa|zainwestowa|wyremontowa|zdoby|sprzeda)\w{1,5}\b"
    rf"|\b(?:ni|du|ert (?:företag|team)|er firma) (?:har|blev) {_GAP}(?:öppnat|vunnit|förlorat|köpt|anställt|flyttat|lanserat|stängt|tecknat|sagt upp|investerat|renoverat|sålt)\b"
)
EARLIER = r"|\bsom (?:vi )?(?:kom överens|pratade|diskuterade|avtalat|lovat|överenskommet)\b|\b(?:efter|sedan|från|under) vårt (?:\w+ )?(?:samtal|möte|besök)\b|\b(?:trevligt|kul|roligt) att (?:träffas|prata|höra)\b|\bnär vi (?:\w+ )?(?:pratade|sågs|träffades|talades)\b|\btack för (?:samtalet|mötet|besöket|ditt svar|ert svar)\b"
PROOF = r"|\b(?:våra|många|de flesta|alla) (?:\w+ )?kunder (?:\w+ )?(?:sparar|har|ser|använder|litar|minskar)\b|\bmarknadsledande\b|\bcertifierad\w*|\bprisbelönt\w*|\bnummer ett\b|\bbäst i (?:test|sverige|landet)\b"
MULTIPLE = (
    r"|\bhalvera\w*|\bfördubbla\w*|\bdubbelt så\b|\bhälften\b|\btre gånger (?:så|mer|mindre)\b"
)
RELATION = r"|\b(?:rekommenderade|rekommenderat|tipsade om) (?:\w+ ){0,2}(?:er|dig|oss|mig)\b|\bpå rekommendation av\b"
# the kinds of event of receipt_support, line by line, in the other languages
NEWS = (
    "eingestellt einstellen stelle stellen recruté recruter recrutement embauché contratado contratar vacante assunto assunzione contratou vaga aangenomen vacature zatrudnili rekrutacja anställt",
    "ausgezeichnet preis gewonnen prix remporté gagné premio ganado vinto prémio ganhou prijs gewonnen nagroda wygrali pris vunnit",
    "eröffnet eröffnung standort filiale zweiten zweite ouvert ouvrir ouverture deuxième abierto abrir apertura segunda segundo aperto inaugurato seconda abriu abriram geopend opening tweede otworzyli otworzyła drugi druga öppnat andra",
    "finanzierung investition investiert levée investi financiación invertido finanziamento investito financiamento investiu financiering geïnvesteerd finansowanie zainwestowali investerat",
    "umzug umgezogen déménagé déménager déménagement mudado mudanza traslocato trasloco mudaram verhuisd verhuizing przenieśli flyttat",
    "sturm hagel überschwemmung tempête grêle inondation tormenta granizo inundación tempesta grandine tempestade storm overstroming burza grad powódź",
    "messe stand salon feria fiera feira beurs targi mässa",
    "übernommen übernahme gekauft racheté rachat acheté comprado comprar adquirido acquistato acquisizione comprou overgenomen gekocht przejęli kupili köpt",
    "wachstum wächst expandiert croissance crecimiento crescita crescimento groei rozwój tillväxt",
    "renoviert renovierung rénové rénovation renovado renovación ristrutturato renovou verbouwd verbouwing wyremontowali remont renoverat",
    "ausfall panne störung avería guasto avaria storing awaria driftstopp",
    "artikel interview article artículo articolo artigo entrevista artykuł wywiad artikeln",
)
