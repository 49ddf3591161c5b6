"""What people write when they mean one thing or another, in eight languages. Data only.

Each entry is a regular expression over lower-case text with single spaces; repeats are bounded, so
matching stays linear. Opt-outs name the thing that shall stop, so "stop by our office" and
"nonstop" are none.
"""

# ruff: noqa: E501  one pattern a line reads better than a broken one

_G = r"[^.!?]{0,40}?"  # a gap inside one sentence

OPT_OUT = (
    # English
    r"^\W*(?:unsubscribe|stop|remove|opt[ -]?out|remove me|stop it|stop this)\W*(?:please|thanks|thank you)?\W*$",
    r"(?:^|[.!?,;:] ?)(?:and |so |then |just )?(?:please|kindly|pls) stop(?: it| this| that| these| those| your| the| now| immediately)?(?: e-?mails?| mails?| messages?| calls?| spam)?(?: now| please| immediately)?,?(?: thanks| thank you)?(?= ?(?:$|[.!;]))",
    r"\bstop (?:these|those|your|the|this|all) (?:e-?mails?|mails?|messages?|calls?|spam|mailings?)\b",
    r"(?:^|[.!?,;:] ?)(?:please |kindly |pls |just )?(?:remove|delete) (?:me|us)(?: now| please| thanks| thank you)?(?= ?(?:$|[.!;]))",
    r"\b(?:please|kindly|pls|to|i|must|and)\s+(?:unsubscribe|opt[ -]?out)\b(?! rate)",
    r"\bunsubscribe (?:me|us|my|our|this|from|immediately|now)\b",
    r"\bopt (?:me|us) out\b|\bopting out\b",
    r"\b(?:remove|delete|take|erase) (?:me|us|my|our)\b" + _G + r"\b(?:list|lists|database|system|mailing|crm|records|off|data|e-?mail|address|details)\b",
    r"\bstop (?:e-?mailing|mailing|contacting|writing|messaging|sending|spamming|calling|bothering|harassing|pestering)\b",
    r"\b(?:do not|don't|dont|never) (?:ever )?(?:contact|e-?mail|mail|message|call|spam|write(?: to)?) (?:me|us)\b(?! (?:before|until|till|on |at |during|this week|today|tomorrow|by phone))",
    r"\b(?:do not|don't) (?:send|want) (?:me |us |to receive |to get |any )?" + _G + r"\b(?:any ?more|further|again|e-?mails|messages|mails)\b",
    r"\bno (?:more|further) (?:e-?mails?|mails?|messages?|contact|communication|calls?)\b",
    r"\b(?:leave (?:me|us) alone|lose my (?:number|e-?mail)|cease and desist|cease all)\b",
    r"\b(?:is|this is|it is|it's|reported? (?:this |you )?as) spam\b",
    # German
    r"^\W*(?:abmelden|abbestellen|austragen|abmeldung|bitte abmelden|nicht mehr schreiben)\W*$",
    r"\b(?:bitte|möchte|will|wünsche)\b" + _G + r"\b(?:abmelden|abbestellen|austragen)\b",
    r"\bmelden sie (?:mich|uns)\b" + _G + r"\bab\b",
    r"\b(?:streichen|löschen|entfernen|nehmen) sie\b" + _G + r"\b(?:mich|uns|meine|unsere|adresse|daten)\b" + _G + r"\b(?:verteiler|liste|datenbank|kartei|adresse|daten|raus)\b",
    r"\b(?:verteiler|mailingliste|adressliste|datenbank)\b" + _G + r"\b(?:streichen|löschen|entfernen|nehmen|austragen)\b",
    r"\bkeine (?:weiteren |weitere )?(?:e-?mails?|mails?|werbung|nachrichten|anrufe|werbemails?|kontaktaufnahme)\b" + _G + r"\b(?:mehr|schicken|senden|erhalten|bekommen|zusenden|erwünscht)\b",
    r"\b(?:nicht (?:mehr |weiter )(?:kontaktieren|anschreiben|zu schreiben|anrufen|belästigen)|kontaktieren sie (?:mich|uns)(?: bitte)? nicht|schreiben sie (?:mir|uns)(?: bitte)? (?:nicht mehr|nie wieder)|unterlassen sie)\b",
    r"(?:^|[.!?,;:] ?)(?:bitte )?(?:stopp|aufhören|hören sie auf|schluss damit)(?: damit| bitte)?(?= ?(?:$|[.!;]))",
    r"\bkeine (?:weiteren|weitere) (?:e-?mails?|mails?|werbung|nachrichten|anrufe|werbemails?)\b",
    # French
    r"\b(?:dés|des)(?:abonn|inscri)\w{1,8}\b",
    r"\bne (?:me |nous )?(?:plus |pas )?(?:me |nous )?(?:contact|écri|envo|sollicit|démarch|dérang)\w{1,8}(?: plus\b|-(?:moi|nous)\b)?(?<! pas)",
    r"\b(?:ne (?:souhaite|veux|voulons|souhaitons|désire) plus|ne plus) (?:être |recevoir|me |nous )",
    r"\b(?:retir|supprim|enlev|ray)(?:ez|er|e)(?:[- ](?:moi|nous|mon|mes|notre|nos))\b" + _G + r"\b(?:liste|base|adresse|données|coordonnées|fichier)\w{0,2}\b",
    r"\barrêt(?:ez|er|e) (?:de |d')(?:m'|me |nous )?(?:écri|envo|contact|sollicit|spam)\w{0,6}\b",
    # Spanish
    r"\b(?:dar(?:me|nos)?|d[ae]me|den?me|d[ée]n?me|d[ae]nos|denos) de baja\b|^\W*baja\W*$",
    r"\bno (?:me|nos) (?:contact|escrib|env[ií]|llam|mand)\w{1,7}(?: \w{1,12}){0,2} (?:más|mas|nunca)\b",
    r"\bdej(?:e|en|a|ad) de (?:enviar|escribir|contactar|mandar|llamar|molestar)\w{0,4}\b",
    r"\bno (?:quiero|queremos|deseo|deseamos) (?:seguir )?recib\w{2,6}\b",
    r"\b(?:elimin|borr|quit|saqu)\w{1,5}(?:me|nos|en mis datos|e mis datos|ar mis datos| mi correo| mi dirección| mis datos)\b",
    # Italian
    r"\bdisiscri\w{2,8}\b|\b(?:cancell|rimuov|toglie|elimin)\w{0,4}(?:temi|mi|teci|ci)\b" + _G + r"\b(?:lista|mailing|elenco|database|indirizz\w|contatti|newsletter)\b",
    r"\b(?:cancellatemi|cancellami|rimuovetemi|rimuovimi|disiscrivetemi)\b",
    r"\bnon (?:contatt|scriv|invi|mand|chiam)\w{1,5}(?:mi|ci|temi|teci)(?: \w{1,12}){0,2} più\b|\bnon (?:mi|ci) (?:contatt|scriv|invi|mand)\w{1,6} più\b",
    r"\bnon (?:desidero|voglio|vogliamo|desideriamo) (?:più )?ricevere\b",
    r"\bsmett(?:ete|ila|a|etela|i) di (?:scriver|contattar|inviar|mandar|chiamar)\w{0,4}\b",
    # Dutch
    r"^\W*(?:afmelden|uitschrijven|afmelding)\W*$|\b(?:graag|wil|wens|gelieve)\b" + _G + r"\b(?:afmelden|uitschrijven|uitgeschreven|afgemeld)\b|\bschrijf (?:me|mij|ons) (?:a\.?u\.?b\.? )?uit\b|\bmeld (?:me|mij|ons) af\b",
    r"\bgeen (?:e-?mails?|mails?|berichten|reclame|telefoontjes)\b" + _G + r"\bmeer\b",
    r"\bniet (?:meer|langer) (?:te )?(?:mailen|benaderen|contacteren|bellen|benaderd|gemaild|contact)\b|\bstop met (?:mailen|bellen|spammen|het sturen)\b",
    r"\b(?:haal|verwijder) (?:me|mij|ons|mijn|onze)\b" + _G + r"\b(?:lijst|mailinglijst|bestand|gegevens|adres|database)\b",
    # Polish
    r"\b(?:proszę|prosze|chcę|chciał\w{1,3})\b" + _G + r"\b(?:wypisa\w{1,4}|wypisanie|usunię\w{1,4}|usunąć|usun\w{1,4})\b" + _G + r"\b(?:mnie|nas|listy|bazy|adresu?|danych|dane|subskrypcji|maila?)\b|^\W*(?:wypisz|wypisz mnie|rezygnuję)\W*$",
    r"\b(?:nie życz(?:ę|ymy) sobie|nie chc(?:ę|emy) (?:już )?(?:otrzymywać|dostawać)|proszę (?:więcej |już )?(?:do (?:mnie|nas) )?(?:więcej )?nie (?:pisać|kontaktować|wysyłać|dzwonić))\b",
    r"\brezygnuj(?:ę|emy) z (?:subskrypcji|newslettera|otrzymywania|mailingu)\b",
    # Portuguese
    r"\b(?:descadastr\w{1,5}|cancel\w{1,3} (?:a )?(?:minha )?(?:inscrição|subscrição|assinatura))\b",
    r"\b(?:remov|retir|elimin|tir)\w{1,4}(?:-me|-nos| me| meu| o meu| os meus)\b" + _G + r"\b(?:lista|e-?mail|base|dados|contact?o|endereço)\b",
    r"\bnão (?:quero|queremos|desejo|desejamos) (?:mais )?receber\b|\bpar(?:e|em|a) de (?:me |nos )?(?:enviar|mandar|contact?ar|escrever|ligar)\b",
    r"\bnão (?:me |nos )?(?:contac|contat|envi|escrev|mand|lig)\w{1,5}(?: \w{1,10}){0,2} mais\b",
)  # fmt: skip

NOT_INTERESTED = (
    r"\b(?:not|isn't|aren't|am not|no longer) (?:really |currently |at all )?interested\b|\bno(?:t| )interest in\b|\bno interest\b",
    r"\bno,? (?:thanks|thank you|thx)\b|^\W*no\W*$|\b(?:i'll|we'll|i will|we will|going to|gonna) pass\b|\bnot (?:a fit|for us|for me|relevant|something we)\b|\bwe(?:'re| are) (?:all set|good,? thanks|good for now)\b|\bno need\b|\bdo(?:n't| not) need (?:this|it|that|any|your)\b",
    r"\bkein(?:e|en)? (?:interesse|bedarf|verwendung)\b|\bnicht interessiert\b|\bnein,? danke\b|\bnicht (?:relevant|das richtige) für uns\b|\bwir (?:verzichten|lehnen ab)\b",
    r"\bpas (?:du tout )?intéress|\bpas d'intérêt|\bpas besoin\b|\bnon,? merci\b|\bne (?:nous|m')(?: )?intéresse pas\b|\bpas intéress",
    r"\bno (?:me|nos) interesa\b|\bno (?:estoy|estamos) interesad|\bno,? gracias\b|\bno (?:lo )?necesit|\bsin interés\b",
    r"\bnon (?:mi|ci) interessa|\bnon (?:sono|siamo) interessat|\bno,? grazie\b|\bnon (?:ne )?(?:abbiamo|ho) bisogno\b",
    r"\bgeen (?:interesse|behoefte|belangstelling)\b|\bniet geïnteresseerd\b|\bnee,? (?:bedankt|dank|dankjewel)\b|\bniet nodig\b",
    r"\bnie (?:jestem|jesteśmy) zainteresowan|\bbrak zainteresowania\b|\bnie,? dzięk|\bdziękuj\w{1,3},? (?:ale )?nie\b|\bnie potrzebuj|\bnie interesuje\b",
    r"\bnão (?:tenho|temos|há) interesse\b|\bnão (?:estou|estamos) interessad|\bnão,? obrigad|\bnão (?:precis|me interessa|nos interessa)",
)  # fmt: skip

MEETING = (
    r"\blet's (?:meet|talk|chat|schedule|set up|book|do (?:monday|tuesday|wednesday|thursday|friday)|jump on|have a call)\b|\b(?:schedule|book|arrange|set up|have|do|organi[sz]e|grab) (?:a |an |in a )?(?:quick |short |brief |\d\d.minute )?(?:call|meeting|demo|chat|visit|time|zoom|teams)\b",
    r"\b(?:can|could|shall|should) (?:we|you) (?:meet|talk|speak|call|visit|come|stop by|drop by|hop on)\b|\bare you (?:free|available)\b|\b(?:give|drop) (?:me|us) a (?:call|ring|bell)\b|\bcall me (?:on|at|tomorrow|today|after|before|between|monday|tuesday|wednesday|thursday|friday|back)\b",
    r"\b(?:monday|tuesday|wednesday|thursday|friday|tomorrow|next week)\b" + _G + r"\b(?:works|suits|is (?:fine|good|ok)|would (?:work|be good|suit))\b|\b(?:works|suits) (?:for )?(?:me|us)\b|\bhappy to (?:meet|talk|chat|speak|have a call|jump)\b|\b(?:send|share) (?:me |us )?(?:your |a |some )?(?:calendar|invite|availability|time slots?|slots)\b|\b(?:stop|drop|come) by (?:our|the|my)\b|\bcalendly\b",
    r"\btermin\b" + _G + r"\b(?:vereinbaren|machen|ausmachen|finden|abstimmen|vorschlagen)\b|\brufen sie (?:mich|uns)\b" + _G + r"\ban\b|\b(?:telefonieren|treffen) (?:wir|sie)?\b|\bwann (?:hätten|haben) sie zeit\b|\bpasst (?:mir|uns|es)\b|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|morgen)\b" + _G + r"\bpass(?:t|en)\b",
    r"\b(?:prendre|fixer|convenir d'|planifier|caler) (?:un )?(?:rendez-vous|rdv|appel|créneau)\b|\bappelez[- ](?:moi|nous)\b|\b(?:êtes-vous|seriez-vous) (?:disponible|libre)|\bje suis (?:disponible|libre)\b|\bon (?:peut )?(?:s'appelle|se voit|se parle)\b",
    r"\b(?:agendar|concertar|fijar|programar|tener) (?:una )?(?:llamada|reunión|cita|videollamada)\b|\bllámeme\b|\bllámame\b|\b(?:podemos|podríamos) (?:hablar|reunirnos|vernos|quedar)\b|\b(?:me|nos) viene bien\b",
    r"\b(?:fissare|organizzare|programmare|fare) (?:un |una )?(?:appuntamento|incontro|chiamata|call|riunione)\b|\bmi chiami\b|\bchiamatemi\b|\bpossiamo (?:sentirci|vederci|incontrarci|parlare)\b|\b(?:mi|ci) va bene (?:luned|marted|mercoled|gioved|venerd|domani)",
    r"\b(?:afspraak|belafspraak|gesprek)\b" + _G + r"\b(?:maken|plannen|inplannen|inschieten)\b|\bbel (?:me|mij|ons)\b|\bkunnen we (?:bellen|afspreken|spreken|elkaar)\b|\b(?:maandag|dinsdag|woensdag|donderdag|vrijdag|morgen)\b" + _G + r"\b(?:komt goed uit|past|schikt|kan ik)\b",
    r"\b(?:umówić|umówmy|ustalić|zorganizować)\b" + _G + r"\b(?:spotkanie|rozmow\w|telefon|termin|się)\b|\bproszę (?:o )?(?:zadzwonić|telefon|kontakt telefoniczny)\b|\b(?:poniedziałek|wtorek|środ\w|czwartek|piątek|jutro)\b" + _G + r"\b(?:pasuje|odpowiada)\b",
    r"\b(?:agendar|marcar) (?:uma )?(?:reunião|chamada|conversa|ligação|call)\b|\b(?:ligue|telefone)-?(?:me|nos)\b|\bme ligue\b|\bpodemos (?:falar|conversar|reunir|marcar)\b|\b(?:segunda|terça|quarta|quinta|sexta|amanhã)\b" + _G + r"\bfunciona\b",
)  # fmt: skip

INTERESTED = (
    r"(?<!not )(?<!n't )(?<!really )\binterested\b|\bsounds? (?:good|great|interesting|useful|promising)\b|\btell me more\b|\b(?:like|love|want|keen|happy|curious) to (?:know|hear|learn|see|find out) (?:more|about)\b|\b(?:send|share|forward|provide)\b(?: me| us| over)?" + _G + r"\b(?:info|information|details|prices?|pricing|quote|offer|proposal|brochure|case stud\w{1,3}|deck)\b|^\W*(?:yes|sure|ok|okay|yes please|please do)\b|\bplease send\b|\bgood timing\b|\bthis is relevant\b",
    r"(?<!kein )(?<!keine )\b(?:interesse|interessant|interessiert)\b(?! nicht)|\bklingt (?:gut|interessant|spannend)\b|\bmehr (?:infos?|informationen|details|erfahren|darüber)\b|\b(?:senden|schicken) sie (?:mir|uns)\b|\bgerne\b|^\W*ja\b|\bangebot\b",
    r"(?<!pas )\bintéress(?:é|ée|és|ant|ante)\b|\ben savoir (?:plus|davantage)\b|\benvoyez[- ](?:moi|nous)\b|\bavec plaisir\b|\bpourquoi pas\b|^\W*oui\b|\bun devis\b",
    r"(?<!no estoy )(?<!no estamos )\binteresad[oa]s?\b|\bme interesa\b|\bnos interesa\b|\bmás (?:información|info|detalles)\b|\b(?:envíe|envíen|mande|manden)(?:me|nos)\b|^\W*s[ií],? |\bpresupuesto\b",
    r"(?<!non sono )(?<!non siamo )\binteressat[oiae]\b|\b(?:mi|ci) interessa\b|\b(?:maggiori|più|ulteriori) (?:informazioni|info|dettagli)\b|\b(?:mandi|invii|mandate|inviate)(?:mi|ci)\b|\bvolentieri\b|^\W*sì\b|\bpreventivo\b",
    r"(?<!niet )\b(?:geïnteresseerd|interessant)\b|\bklinkt (?:goed|interessant)\b|\bmeer (?:informatie|info|weten|details)\b|\bstuur (?:me|mij|ons)\b|^\W*ja\b|\bgraag meer\b|\bofferte\b",
    r"(?<!nie jestem )(?<!nie jesteśmy )\bzainteresowan\w{1,3}\b|\bbrzmi (?:dobrze|ciekawie|interesująco)\b|\bwięcej (?:informacji|szczegółów)\b|\bproszę (?:o )?(?:przesłać|przesłanie|ofertę|wysłać|wycenę)\b|^\W*tak\b|\bchętnie\b",
    r"(?<!não estou )(?<!não estamos )\binteressad[oa]s?\b|\b(?:tenho|temos) interesse\b|\bmais (?:informações|detalhes|informação)\b|\b(?:envie|mande|enviem)(?:-me|-nos| me)\b|^\W*sim\b|\borçamento\b",
)  # fmt: skip

OBJECTION = {
    "price": r"\b(?:too expensive|too (?:much|costly)|no budget|not in (?:the|our) budget|over (?:our )?budget|can't afford|cheaper|zu teuer|kein budget|trop cher|pas de budget|pas le budget|demasiado caro|muy caro|sin presupuesto|troppo caro|troppo costos\w|te duur|geen budget|za drog\w{1,3}|brak budżetu|muito caro|caro demais|sem orçamento)\b",
    "timing": r"\b(?:not (?:right )?now|not at (?:the|this) moment|not this (?:year|quarter|month)|not the right time|bad timing|next (?:quarter|year)|(?:get|come|circle|check) back (?:to (?:me|us) )?in|too busy|maybe later|later this year|(?:zurzeit|derzeit|aktuell|momentan|im moment) (?:nicht|kein\w{0,2})|nächstes (?:jahr|quartal)|pas (?:maintenant|pour le moment|pour l'instant)|l'année prochaine|plus tard|ahora no|por ahora no|de momento no|más adelante|el (?:próximo|año) (?:año|que viene)|non (?:ora|adesso|al momento)|al momento non?|l'anno prossimo|più avanti|niet nu|op dit moment niet|momenteel niet|volgend (?:jaar|kwartaal)|later dit jaar|nie teraz|obecnie nie|w przyszłym roku|później|agora não|no momento não|de momento não|no próximo ano|ano que vem|mais tarde)\b",
    "authority": r"\b(?:not the right person|wrong person|i(?:'m| am) not (?:responsible|in charge|the)|not my (?:area|department|decision)|(?:nicht|bin nicht) (?:der |die )?(?:zuständig|verantwortlich|richtige)\w{0,3}|falsche ansprechpartner\w{0,3}|pas la bonne personne|pas responsable|no soy (?:la persona|el responsable|la responsable)|non sono (?:la persona|il responsabile|la responsabile)|niet de juiste persoon|niet verantwoordelijk|nie jestem (?:właściwą|odpowiedni\w{1,3}) osob\w|nie zajmuję się|não sou (?:a pessoa|o responsável|a responsável))\b",
    "competitor": r"\b(?:already (?:have|use|using|work|working|got|covered|in place)|existing (?:supplier|provider|contract|vendor)|happy with (?:our|the|what)|under contract|(?:haben|nutzen|arbeiten) (?:wir )?(?:bereits|schon)|bereits (?:einen|eine|versorgt)|sind (?:sehr )?zufrieden|(?:avons|ai|travaillons) déjà|déjà (?:un|équipé|un prestataire)|ya (?:tenemos|trabajamos|contamos|tengo)|abbiamo già|già (?:un|una|fornit\w{1,3})|hebben (?:al|reeds)|al (?:een|voorzien)|mamy już|już (?:mamy|korzystamy|współpracujemy)|já (?:temos|trabalhamos|tenho))\b",
    "trust": r"\b(?:who are you|never heard of|how did you get (?:my|our)|where did you get (?:my|our)|scam|woher haben sie|d'où avez-vous|comment avez-vous eu|de dónde (?:sacó|sacaron|tienen)|da dove avete|hoe komt u aan|skąd (?:mają|macie|ma) (?:państwo|pan|pani)?|onde (?:obteve|conseguiu))\b",
}  # fmt: skip

QUESTION = (
    r"\?",
    r"^\W*(?:what|how|when|where|who|which|why|can|could|do|does|is|are|was|wie|wann|wo|wer|warum|können|quel\w{0,3}|comment|quand|combien|qué|cómo|cuándo|cuánto|come|quando|quanto|hoe|wanneer|wat|jak|kiedy|ile|como|quanto)\b",
)  # fmt: skip

# absence: strong signs say it outright, weak ones accompany it
ABSENT = (
    r"\b(?:out of (?:the )?office|out-of-office|ooo)\b|\b(?:i am|i'm|currently|be) (?:away|on (?:\w{1,12} )?(?:leave|vacation|holidays?))\b|\bannual leave\b|\bauto(?:matic|mated)?[- ]?(?:reply|response)\b",
    r"\b(?:nicht im (?:büro|hause)|außer haus|abwesend|abwesenheit|im urlaub|in elternzeit)\b",
    r"\b(?:absent(?:e)?(?: du bureau)?|en congés?|en vacances|hors du bureau)\b",
    r"\b(?:fuera de (?:la )?oficina|de vacaciones|ausente)\b",
    r"\b(?:fuori (?:ufficio|sede)|in ferie|assente)\b",
    r"\b(?:afwezig|niet aanwezig|met vakantie|op vakantie|met verlof|buiten kantoor)\b",
    r"\b(?:poza biurem|na urlopie|nieobecn\w{1,4}|przebywam na)\b",
    r"\b(?:fora do escritório|de férias|ausente|ausência)\b",
)  # fmt: skip
ABSENT_SIGNS = (
    r"\b(?:back (?:on|in|at)|return(?:ing)?(?: to the office)? on|until|till|limited access|no access to|in urgent cases|for urgent|urgent matters|in my absence)\b",
    r"\b(?:wieder (?:ab|am|erreichbar|im)|zurück|bis (?:zum|einschließlich)|in dringenden|vertretung)\b",
    r"\b(?:de retour|jusqu'au|reprendrai|à mon retour|en cas d'urgence|en mon absence)\b",
    r"\b(?:hasta el|regres\w{1,4}|vuelv\w{1,3}|a mi (?:vuelta|regreso)|en caso de urgencia|acceso limitado)\b",
    r"\b(?:fino al|rientr\w{1,4}|al mio (?:rientro|ritorno)|per urgenze|in caso di urgenza)\b",
    r"\b(?:tot en met|terug op|weer (?:aanwezig|terug|bereikbaar)|bij spoed|voor dringende)\b",
    r"\b(?:wracam|do dnia|powrócę|po powrocie|w pilnych|w sprawach pilnych)\b",
    r"\b(?:até (?:ao )?dia|regresso|retorno|volto|em caso de urgência|casos urgentes)\b",
)  # fmt: skip
