# ruff: noqa: E501  an alternative of a pattern stays on its line
"""The words by which an enquiry is read, in ten languages. Each pattern is bounded."""

import re


def _set(line: str) -> frozenset[str]:
    return frozenset(line.split())


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


# --- what they need: said outright, then asked for

NEED = _words(
    r"need(?:s|ed)?|looking for|interested in|would like|wants?|searching for|requir(?:e|es|ed|ing)|quotes?|quotation|requesting|request for|offer for|in search of"
    r"|brauch(?:e|en|t)|bräuchten?|benötig(?:e|en|t)|such(?:e|en|t)|interessieren uns|interessiere mich|möchten?|hätten? gerne?|angebot für|angebot über|beratung|wünschen"
    r"|besoin|(?:re)?cherch\w{1,8}|intéressée?s?|souhait\w{1,8}|voudr\w{1,8}|aimer\w{1,8}|devis"
    r"|necesit\w{1,8}|busc\w{1,8}|interesad[oa]s?|quisier\w{1,5}|querem\w{1,5}|quer[ée]is|quiero|presupuesto para|cotización|gustaría|agradecer\w{1,5}|propuesta"
    r"|cerc(?:o|a|hiamo|ando)|bisogno|vorre\w{1,8}|interess(?:a|ano|at[oi])|preventivo|necessità|ci serv(?:e|ono)"
    r"|zoek(?:en|t)?|nodig|offerte|willen|wil graag|graag"
    r"|szuk(?:am|amy)|potrzeb\w{1,8}|prosz[ęe] o|prosimy o|chc(?:ę|emy|iał\w{1,8})|wycen\w{1,3}|zamówić|interesuje"
    r"|precis(?:o|amos)|procur(?:o|amos)|orçamento (?:para|de)|gostar\w{1,6}|queremos|interessad[oa]s?"
    r"|søger|brug for|ønsker|tilbud på|behöver|söker|letar efter|önskar|offert på"
)
ASK = _words(
    r"(?:could|can|would|will) (?:you|u|somebody|someone|anybody|anyone)|who can|please send|send (?:me|us)|do (?:you|u)(?: guys)?(?: also)? (?:do|offer|sell|repair|clean|fit|instal\w{1,2}|service|have)"
    r"|(?:können|könnten|würden) sie|wer kann|macht ihr|bietet ihr|habt ihr|machen sie|bieten sie|haben sie|schicken sie|geht's auch"
    r"|pou(?:vez|rriez)[- ]vous|vous (?:faites|proposez|avez)|(?:faites|proposez|avez)[- ]vous|merci de"
    r"|hac[ée]is|hacen|ofrec(?:en|éis)|tienen|tenéis|pueden|podrían|me pueden|podéis"
    r"|fate|offrite|avete|pot(?:ete|reste)|riuscite"
    r"|doen jullie|hebben jullie|kunnen jullie|doet u|heeft u|kunt u|zou u"
    r"|czy (?:robicie|oferujecie|macie|mogą|możecie|państwo)|robicie|oferujecie"
    r"|podem|poderiam|vocês (?:fazem|têm)|fazem"
    r"|kan i|laver i|kan ni|gör ni|har ni"
)
# what it costs or takes: a need in the form of a question
PRICE = _words(
    r"how (?:much|quickly|soon|long)|what (?:would|does|do|will) [^?]{1,60}(?:cost|charge)|price (?:for|of)|estimate|thinking (?:about|of)|planning to|plan to|interest in"
    r"|was (?:würde|kostet|kosten|käme)[^?]{0,60}|wie (?:teuer|viel|schnell)|wann k(?:ann|önnte)|preis für|interesse an|planen|reinigt ihr|repariert ihr"
    r"|combien|quel (?:est|serait) le (?:prix|tarif|coût)|estimation|il nous faut|il nous faudrait|étudions|envisageons"
    r"|cuánto|qué precio|precio de|presupuestar|reforma de|pensando en"
    r"|quanto (?:costa|costerebbe|viene|ci vuole)|prezzo (?:di|per)|pensiamo di"
    r"|wat (?:kost|kosten)|hoeveel|prijs voor|van plan"
    r"|ile (?:kosztuje|by kosztował\w{0,2}|trwa)|cena|planujemy"
    r"|quanto (?:custa|custaria|fica)|preço de|saber o preço|pensamos"
    r"|hvad koster|vad kostar|hur mycket|pris på|planlægger|planerar"
)
CONTACT_ONLY = _words(
    r"call(?:ed)?(?: me| us)?|call back|ring|rückruf|zurückrufen|anrufen|melden|rappel(?:er|é|ez)|llam\w{1,8}|chiam\w{1,8}|bellen|zadzwoni\w{1,4}|ligar|ringe"
)

# --- how urgent

URGENT = _words(
    r"urgent(?:ly)?|urgency|asap|a\.s\.a\.p\.?|as soon as possible|immediate(?:ly)?|right away|straight away|emergenc(?:y|ies)|tonight|within (?:\d{1,2} |a |two |three |one |the )?(?:hours?|days?|weeks?)|(?:broke(?:n)?|breaks) down|is down|by (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|dringend\w{0,2}|eilig|eilt|sofort|schnellstmöglich|so (?:schnell|bald) wie möglich|umgehend|notfall|notdienst|baldmöglichst"
    r"|urgences?|d'urgence|urgente?s?|au plus vite|dès que possible|immédiate?(?:ment)?|en panne|rapidement"
    r"|cuanto antes|lo antes posible|inmediat\w{1,6}|emergencia|urge|hoy mismo|ya mismo"
    r"|subito|urgentemente|il prima possibile|al più presto|immediat[oa]\w{0,5}|stanotte|oggi stesso"
    r"|zo (?:snel|spoedig) mogelijk|spoed|dringende?|meteen|onmiddellijk|direct nodig"
    r"|natychmiast|pilne|pilnie|jak najszybciej|awaria|niezwłocznie"
    r"|com urgência|urgência|o mais rápido possível|quanto antes|imediat\w{1,6}"
    r"|hurtigst muligt|det haster|akut|så (?:snart|fort) som möjligt|brådskande|omgående|straks"
)
BURST = _words(
    r"burst|flooded|flooding|water everywhere|fire|rohrbruch|wasserschaden|überschwemm\w{1,5}|fuite d'eau|inondation|dégât des eaux|inundad\w{1,3}|allagat\w{1,3}|lekkage|zalan\w{1,3}|inundaç\w{1,3}"
)
OUT_OF_ORDER = _words(
    r"(?:doesn't|does not|don't|won't|not|no longer|stopped) (?:work(?:ing|s)?|start|run(?:ning)?|cool(?:ing)?|heat(?:ing)?)|out of order|came off|came down|pouring|rain is|stuck"
    r"|(?:funktioniert|geht|läuft|kühlt|heizt) (?:nicht|gar nicht)(?: mehr)?|steckt fest|steht still|(?:aufzug|anlage|maschine|produktion) steht"
    r"|ne (?:marche|fonctionne|démarre|chauffe|refroidit) (?:plus|pas)|marche plus|hors service|bloqués?"
    r"|(?:no|ya no) (?:funciona|arranca|enfría|calienta)|goteras|atascad[oa]|bloquead[oa]"
    r"|non (?:funziona|parte|va|scalda|raffredda)(?: più)?|bloccat[oa]|fuori servizio"
    r"|(?:doet|doen) het niet|werkt niet(?: meer)?|buiten werking|staat stil"
    r"|nie (?:działa|chłodzi|grzeje)|przestał\w{0,2} działać|zaciął|não (?:funciona|liga|arranca)|deixou de funcionar|avariad[oa]"
    r"|virker ikke|fungerer ikke|går ikke|fungerar inte|står still"
)
_WEEKDAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lundi|mardi|mercredi|jeudi|vendredi|samedi|lunes|martes|miércoles|jueves|viernes|sábado"
    r"|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|(?:maan|dins|woens|donder|vrij|zater)dag|poniedział\w{1,4}|wtor\w{1,3}|śro\w{1,3}|czwart\w{1,3}|piąt\w{1,3}|sobot\w|(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|(?:man|tirs|ons|tors|fre|lør|mån|tis|lör)dag"
)
DEADLINE = _words(
    rf"(?:by|before|until|till|bis|vor|avant|d'ici|antes del?|para el|entro|prima di|vóór|voor|uiterlijk|do|przed|até|antes de|inden|senest|före|innan|senast) (?:(?:on|am|le|el|la|the|next|this|kommenden|nächsten|dieses|op|zum|dem|a|à) ){{0,2}}(?:{_WEEKDAY})"
    rf"|(?:deadline|inspection|due|frist|inspektion|termin|contrôle|inspección|controllo) (?:is |ist |am |le |on |el |il ){{1,2}}(?:{_WEEKDAY})"
    r"|how quickly|wie schnell|wann kann jemand|when can (?:somebody|someone|you)"
)
# urgent only where something is asked for or has broken
SOON = _words(
    r"today|tomorrow|this week|heute|(?<!guten )(?<!heute )morgen|diese woche|aujourd'hui|demain|cette semaine|hoy|mañana|esta semana|oggi|domani|questa settimana|vandaag|deze week|dzisiaj|dziś|jutro|w tym tygodniu|hoje|amanhã|i dag|denne uge|idag|imorgon|denna vecka"
)
CALM = _words(
    r"no (?:rush|hurry|stress)|not in a (?:rush|hurry)|(?:not|nothing|isn't) (?:that |very |really |so )?urgent|next (?:month|quarter|year)|just looking|no time pressure"
    r"|nicht (?:so |sehr )?(?:dringend|eilig)|eilt nicht|keine eile|ohne eile|nicht eilt|nächste[nsm]? (?:monat|quartal|jahr)"
    r"|pas (?:d'urgence|urgent|pressés?)|rien d'urgent|sans urgence|(?:mois|année|trimestre) prochaine?|aucune urgence"
    r"|sin prisas?|no (?:corre|hay|tenemos) prisa|no (?:es |corre )?urgente|próximo (?:mes|año|trimestre)"
    r"|(?:non c'è|senza|nessuna) (?:fretta|urgenza)|non (?:è )?urgente|(?:anno|mese) prossimo|prossimo (?:anno|mese)"
    r"|geen (?:haast|stress|spoed)|niet dringend|volgend (?:jaar|kwartaal)|volgende maand"
    r"|nie ma pośpiechu|bez pośpiechu|nie(?: jest)? pilne|nie spieszy|w przyszłym (?:roku|miesiącu|kwartale)"
    r"|sem pressa|não (?:é |há )?(?:urgente|urgência|pressa)|próximo (?:ano|mês)|(?:ano|mês) que vem"
    r"|mag (?:best |nog )+even duren|kan wachten|no immediate|some time next|irgendwann|früheste?ns|de momento no|più avanti|mais tarde|kan vente"
    r"|haster ikke|ingen hast|næste (?:år|måned)|ingen brådska|inte bråttom|nästa (?:år|månad)"
)

# --- what troubles them

PAIN = _words(
    r"problems?|troubles?|issues?|fail(?:s|ed|ing|ures?)?|broke\w{0,3}|breaks? down|died|leak\w{0,4}|burst|trip(?:s|ping)|too (?:expensive|slow|loud|hot|cold|high)|complain\w{0,5}|downtime|alarms? (?:at|in|keep|go)"
    r"|probleme?n?|ärger|ausfall|ausfälle|ausgefallen|fällt aus|kaputt|defekt\w{0,2}|störung\w{0,2}|undicht|zu (?:teuer|langsam|laut|warm|hoch)|beschwerden?|hält \w{1,20} \w{1,20} nicht"
    r"|problèmes?|pannes?|soucis?|fuites?|trop (?:cher|lent|chaud|bruyant)\w{0,2}|plaintes?"
    r"|problemas?|averías?|fallos?|falla[ns]?|fugas?|descompuso|estropead\w{1,3}|parad[oa]|demasiado (?:caro|lento|alto)|quejas?"
    r"|problem[ai]|guast\w{1,3}|rott[oai]|perdit[ae]|troppo (?:car[oa]|lent[oa]|rumoros[oa])|lamentel[ae]"
    r"|problemen|storing\w{0,2}|kapot|lekt|te (?:duur|langzaam|warm)|klachten"
    r"|awari[aei]|zepsu\w{1,4}|cieknie|przecieka|za (?:drogo|wolno|głośno)|skarg[ia]"
    r"|avari\w{1,3}|parou|quebr\w{1,3}|fugas?|reclamaç\w{1,3}"
    r"|går i stykker|gået i stykker|defekt|lækker|trasig\w{0,1}|läcker|klagomål"
)

# --- money

BUDGET = _words(
    r"budgets?|budgeted|spend|tops|max(?:imum|imal)?\.?|at most|up to|not more than|no more than|set aside|price indication|we have around|afford"
    r"|rahmen|kosten bis|bis zu|ausgeben|höchstens|freigegeben|preisrahmen|kostenrahmen|obergrenze"
    r"|enveloppe|jusqu'à|au maximum|coût maximum|dépenser|budgétisé"
    r"|presupuest\w{1,4}|disponemos|como máximo|máximo|hasta|gastar"
    r"|spendere|massimo|al massimo|fino a|abbiamo a disposizione"
    r"|budżet\w{0,2}|maksymalnie|wydać|besteden|voorzien|maximaal|verba|orçamento|no máximo|gastar|até|højst|højest|högst"
)
NO_BUDGET = _words(
    r"turn(?:s|ed)? over|turnover|revenues?|sales of|currently pay|pay(?:ing)? (?:now|currently|about|around)|quoted|invoiced|worth of stock|our prices"
    r"|umsatz|jahresumsatz|zahlen (?:derzeit|aktuell|heute|bisher|zurzeit)|bisher zahlen|wurden uns|wert von"
    r"|chiffre d'affaires|payons|payé|facturés?"
    r"|factur(?:amos|o|ación)|pagamos|ventas|fatturat[oi]|fatturiamo|paghiamo|omzet|betalen (?:nu|momenteel)|obrót|obroty|płacimy|faturação|faturamento|omsætning|omsättning|betaler|betalar"
)

# --- lines of a form: what stands before the colon

LABELS = {
    "need": "need needs bedarf besoin besoins necesidad bisogno esigenza behoefte potrzeba message nachricht mensaje messaggio bericht wiadomość mensagem besked meddelande",
    "urgency": "timeline timeframe urgency zeitrahmen dringlichkeit délai délais urgence plazo urgencia tempi tempistica urgenza termijn termin prazo when",
    "budget": "budget presupuesto budżet orçamento kostenrahmen preisrahmen",
    "location": "location city town place site ort stadt standort ville lieu ciudad lugar población città luogo sede plaats stad locatie miasto miejscowość cidade local by ort stad",
}
LABEL_OF = {word: name for name, line in LABELS.items() for word in line.split()}
LABEL = re.compile(
    r"^\s*(?P<label>[^\W\d_]{2,20})(?: [^\W\d_]{2,14}){0,2}\s{0,2}:\s{0,3}(?P<value>\S.{0,300})$"
)

# --- what others said: quoted mails, the people and machines on our side of a chat

QUOTE = re.compile(
    r"^(?:>|-{2,} ?(?:original|forwarded|ursprüngliche|message d'origine|mensaje original|messaggio originale|oorspronkelijk)"
    r"|(?:on|am|le|el|il|op|w dniu|em|den) .{4,120}(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|napisał\w{0,3}|escreveu|skrev).{0,80}:\s*$)",
    re.IGNORECASE,
)
_STAMP = r"(?:[\[(]?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s?(?:[ap]m)?[\])]?)"
CHAT = re.compile(
    rf"^\s*(?:{_STAMP}[ ,-]*)?(?P<who>[^\W\d_][\w. -]{{1,24}}?)(?:[ ,(]{{1,3}}{_STAMP})?\s?:\s+(?=\S)",
    re.IGNORECASE,
)
OURS = _set(
    "bot agent agente support service team system assistant berater conseiller operatore medewerker konsultant atendente"
)
GUESTS = _set(
    "visitor visiteur besucher besucherin customer client cliente kunde kundin klient klant utente user visitante kunden kund guest gast"
)
