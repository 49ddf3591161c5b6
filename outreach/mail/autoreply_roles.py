"""Words that say what a date in an absence note is: the day back, the last day away, the first.

Data only, as parts of regular expressions with accents; see autoreply_fold. Prepositions stand
right before a date (weekdays and articles between them are left out); verbs stand in its sentence.
"""

# ruff: noqa: E501  one language a line reads better than a broken one

# the last day away, or in English perhaps the day back
UNTIL = (
    "until|till?|up (?:to|until)|untill|to|prior to",
    "bis(?: zum| zu)?|b\\.",
    "jusqu'?\\s?(?:au|a|en)|jusque|au",
    "hasta(?: el)?|al?",
    "fino (?:al?|alla|all')|sino al?|fino|all'",
    "até(?: ao?)?|ao?",
    "tot|tm",
    "do(?: dnia)?",
    "fram till|t o m|till",
    "(?:frem |ind)?til|inntil|frem til",
    "(?:až )?do|zaključno s|kuni|iki|līdz|fins? (?:al?|el)",
    "până (?:pe|la|în|pe data de)|până",
    "до|по|μέχρι(?: και)?(?: τις| την| τη| το)?|εως(?: και)?(?: τις| την| τη)?",
)
THROUGH = (
    "through|thru",
    "(?:bis )?(?:zum )?(?:einschließlich|einschl\\.?|inkl(?:usive|\\.)?)",
    "t/m|tot en met|t\\.?e\\.?m\\.?",
    "t\\.?\\s?o\\.?\\s?m\\.?|till och med|til og med|t\\.o\\.m\\.?",
    "jusqu'?\\s?au (?:soir du )",
)
UNTIL_AFTER = (  # behind the date
    "asti|saakka|:?(?:een|aan|iin) (?:asti|saakka)",
    "'?\\w{0,4} kadar|(?:tarihine|gunune) kadar",
    "-?(?:e|a|je)?ig\\b",
    "まで|迄|到|为止|為止|까지",
)
INCLUSIVE = (
    "incl\\b|incl\\.|inclus|inclu[iy]d|inclusive|including|inkl|einschl|eingeschlossen|compres|włącznie|wlacznie",
    "včetně|vrátane|uključ|zaključ|mukaan luki|dahil|включ|bezárólag|inclusiv|t\\.o\\.m|og med|och med|en met|συμπεριλ",
)
FROM = (
    "from|since|as (?:of|from)|starting|beginning|between|effective",
    "vom|von|ab(?: dem)?|seit|zwischen",
    "du|à partir d[ue]|à compter d[ue]|dès(?: le)?|depuis|entre",
    "a partir del?|desde(?: el)?|del?|entre",
    "dal|dall'|a partire dal|da|tra il|dalla",
    "a partir (?:de|do)|desde|do|entre",
    "van(?:af)?|tussen|sinds",
    "od(?: dnia)?|počínaje|między",
    "från(?: och med)?|fr\\.?\\s?o\\.?\\s?m\\.?|fra(?: og med)?|f\\.?o\\.?m\\.?|mellan|mellem|mellom|sedan",
    "alates|nuo|от|a partir del",
    "începând (?:cu|din)|de la|din|între",
    "со?|(?<!/)c|з|від|начиная с|починаючи з|απο(?: τις| την| τη)?",
)
FROM_AFTER = (
    "alkaen|lähtien|'?\\w{0,4} itibaren|[-]?\\w{0,3}t[oó]l",
    "から|より|起|부터|start",
)
AFTER = (
    "after|nach(?: dem)?|après(?: le)?|después del?|tras el|dopo(?: il)?|depois d[eo]|após(?: o)?|efter(?: den)?|etter|după(?: data de)?|после|після|μετα(?: τις| την)?|sonrası|nakon",
)
AFTER_BEHIND = ("jälkeen|'?\\w{0,4} sonra|után|以降|以后|之后|이후",)
NOT_BEFORE = (
    "before|vor(?: dem)?|avant(?: le)?|antes del?|prima del?|antes d[eo]|voor|przed|före|før|innan|před|pred|ennen|înainte de|erst(?: wieder)?(?: am| ab| ab dem)?|pas|dopiero|först|først|ikke før|až(?: od| v| dne)?",
)

BACK = (
    "back|return|returns|returning|reopen(?:s|ing)?|re-open(?:s|ing)?|resum(?:e|ing)|again|(?:be |am |is )?(?:available|reachable|contactable) (?:from|on|as of|again)|in the office (?:from|on|again)|at my desk|first day (?:back|in)|(?:reply|respond|answer)(?: to you| to your (?:e-?mail|message))? (?:on|from|as of)",
    "wieder|zurück\\w{0,10}|rückkehr\\w{0,3}|erreichen sie mich ab|ab dann|melde mich|(?:nachricht|mail|anfrage) (?:erst )?ab|wiederkehr",
    "retour|reviens|reviendr\\w{1,4}|rentr(?:e|erai|ée)|de nouveau|à nouveau|reprendr\\w{1,4}|reprise|reprends|serai (?:disponible|joignable|présente?|là)|répondrai|traiterai|rouvr\\w{1,6}|réouverture",
    "vuelv\\w{1,3}|volvemos|volvo\\b|volver\\w{1,3}|vuelta|regres\\w{1,5}|retorn\\w{1,5}|(?:re)?incorpor\\w{1,8}|de nuevo|nuevamente|estaré (?:disponible|de (?:vuelta|regreso|nuevo)|operativ)|responderé|atenderé|reabr\\w{1,5}|reapertura",
    "torn\\w{1,5}|rientr\\w{1,5}|ritorn\\w{1,5}|nuovamente|di nuovo|sarò (?:disponibile|operativ\\w|presente|reperibile|in ufficio)|risponderò|riprend\\w{1,6}|riapr\\w{1,6}|riapertura",
    "volt\\w{1,5}|regress\\w{1,5}|retom\\w{1,5}|de volta|novamente|de novo|estarei (?:disponível|contactável|de (?:volta|regresso|novo))|responderei|reabr\\w{1,6}|reabertura",
    "terug\\w{0,9}|weer|hervat\\w{0,3}|opnieuw|bereikbaar vanaf|ben ik er weer",
    "wrac\\w{1,5}|wróc\\w{1,3}|powrót|powroc\\w{1,3}|powrotu|powrotem|ponownie|znów|znowu|(?<!nie )będę (?!nieobecn|na urlop|poza|niedost|przebywa)|odpowiem|odpiszę|będzie dostępn\\w",
    "tillbaka|åter\\w{0,12}|igen|svarar",
    "tilbage|tilbake|igjen|retur|svarer|åpner|åbner",
    "pala\\w{1,5}|takaisin|paluu\\w{0,5}|jälleen|taas|tavoitettavissa|(?:olen |olen taas )?töissä|vastaan|avaamme",
    "zpět|zpátky|vrá[tc]\\w{1,4}|vrac\\w{1,5}|návrat\\w{0,3}|opět|znovu|budu (?:k dispozici|v kanceláři|zpět|dostupn\\w)|(?:opäť |opět )k dispozici|späť|opäť|znova|odpovím|odpoviem|k zastižení|nastup\\w{1,4}",
    "tagasi|naasen|taas\\b|grįš\\w{1,2}|grįžt\\w{1,2}|vėl\\b|atgriez\\w{1,5}|atpakaļ|atkal|върна|връщам|отново|обратно|tornaré|de nou|vrnem|vračam|nazaj|spet",
    "vraća\\w{1,2}|vratit\\w{0,2}|vrati\\w{1,2}|povrat\\w{1,3}|opet|ponovn?o|natrag|dostupn\\w{1,2} od",
    "vissza\\w{0,10}|ismét|újra|elérhető\\w{0,4}|munkába állok|érkezem|leszek (?:újra|ismét|elérhető)",
    "revin\\w{0,2}|reveni\\w{0,4}|întor\\w{1,4}|înapoi|din nou|voi fi disponibil\\w?",
    "dön\\w{1,9}|ofiste(?:yim|yiz| olacağı\\w)|tekrar|yeniden|işbaşı\\w{0,5}|işimin başında\\w{0,4}|geri",
    "верн\\w{1,4}|возвра\\w{1,8}|снова|вновь|буду (?:на (?:рабочем )?месте|на работе|в офисе|доступ\\w{1,3}|с |в |во )|выхожу|выйду|отвечу|приступ\\w{1,4}",
    "поверн\\w{1,4}|знову|буду (?:на (?:робочому )?місці|на роботі|в офісі|доступ\\w{1,3}|з |в |у )|відповім|повертаюс\\w",
    "επιστρ\\w{1,6}|ξανα\\w{0,6}|παλι|θα ειμαι (?:διαθεσιμ\\w{1,2}|πισω)|πισω",
)
BACK_CJK = (
    "返回|回来|回來|回到|恢复|恢復|上班|返工|回公司|回办公室|回辦公室|才回|開始(?:上班|營業)|営業(?:再開|開始)|返岗|复工|戻り|戻る|戻っ|出社|復帰|再開|出勤|복귀|돌아|출근|재개|연락.{0,4}가능",
)
# "not in the office until Monday": then Monday is the day back, in English
NOT_UNTIL = (
    "(?:not|won't|cannot|can't|unable|no)\\b.{0,45}\\b(?:in|back|return|returning|available|able|reachable|respond|reply|access|reading|checking|working|office)\\b.{0,35}\\b(?:un)?till?",
    "(?:terug|pas weer|pas terug)",
)
ABSENT = (
    "out of (?:the )?office|out of (?:town|country|the country|contact)|away|on (?:my |an? )?(?:[a-z]{3,12} )?(?:leave|vacation|holidays?|pto|sabbatical|break)|(?:annual|maternity|paternity|parental|sick|medical|bereavement|study) leave|absent|absence|ooo|oof|not (?:be )?(?:in the office|at work|at my desk|available|working|reachable|checking)|unavailable|travel+ing|off (?:work|sick|on)|i'?m off|am off|closed|day off|days off|business trip|limited access|no access|out today|out (?:for|until|from|on)|clos(?:es|ing|ure)|shut(?:s|down)?|part[- ]time|(?:i|we) (?:only )?work (?:only )?(?:on )?(?:mon|tues|wednes|thurs|fri)|my working (?:days|hours)|skiing|hiking|sailing|honeymoon|surgery|hospital|jury duty|offline|unplugged|retreat|be out|am out|i'm out|vacation|holiday|pto|off until|attending",
    "abwesen\\w{1,5}|nicht (?:im (?:büro|hause?|dienst|office)|erreichbar|am (?:arbeits)?platz|da|anwesend|verfügbar|zu erreichen)|(?:im|in|haben?|auf|wohlverdienten|mutterschafts|jahres|sonder|erholungs)\\s?urlaub|urlaub\\w{0,12}|außer haus|außer dienst|elternzeit|mutterschutz|dienstreise|geschäftsreise|auf reisen|krank\\w{0,10}|geschlossen|betriebsferien|ferien|keine?n? zugriff|unterwegs|abwesenheitsnotiz|erkrankt|sabbatical|teilzeit|(?:bin|lang|woche|tage) weg\\b|zeitausgleich|gleittag|reha\\b|offline|habe? frei|auf (?:einer |der )?(?:messe|schulung|konferenz|tagung|fortbildung|seminar)",
    "absent\\w{0,2}|absence|en congés?|congés?|vacances|hors d[ue] (?:mon )?bureau|pas (?:au bureau|disponible|joignable)|indisponible|injoignable|en déplacement|ferm[ée]\\w{0,4}|arrêt maladie|congé maternité|en formation|en rtt|temps partiel",
    "fuera de (?:la |mi )?oficina|ausent\\w{1,3}|ausencia|vacaciones|de baja|de viaje|de permiso|no (?:estaré|me encuentro|disponible|estoy)|cerrad\\w{1,2}|fuera d[eo]",
    "fuori (?:dall'?\\s?)?(?:ufficio|sede)|assent\\w|assenza|ferie|in vacanza|in trasferta|non (?:sono|sarò|saro) (?:in ufficio|disponibile|presente|in sede|raggiungibile)|(?:in )?maternità|chius[oaie]|malattia|in viaggio|in permesso|in congedo",
    "fora do (?:escritório|gabinete)|ausent\\w{1,3}|ausência|férias|licença|não (?:estarei|estou)|em viagem|encerrad\\w{1,2}|de folga|fechad\\w{1,2}|indisponível",
    "afwezig\\w{0,4}|niet (?:aanwezig|op kantoor|bereikbaar|beschikbaar|in de gelegenheid)|vakantie\\w{0,8}|verlof|buiten kantoor|gesloten|(?:ben|ik)\\b.{0,24}\\bvrij|op reis|ziek|zwangerschapsverlof|met vakantie|(?:een week|dagen|weken|even) (?:vrij|weg)\\b|cursus|afwezigheid",
    "nieobecn\\w{1,4}|poza biurem|urlop\\w{0,4}|nie ma mnie|mnie nie ma|niedostępn\\w{1,2}|nie będzie mnie|nie będę|delegac\\w{1,3}|zwolnieni\\w{1,3}|przebywam|zamknięt\\w|nie jestem dostępn\\w",
    "frånvar\\w{1,6}|semester\\w{0,8}|inte (?:på|i) (?:kontoret|plats|tjänst)|tjänstledig\\w{0,4}|föräldraledig\\w{0,4}|ledig\\w{0,3}|bortrest|sjuk\\w{0,10}|resande fot|tjänsteresa|stäng\\w{1,3}|ej på plats|ute på resa",
    "fravær\\w{0,12}|ikke (?:på|i) (?:kontoret|jobb\\w{0,2}|arbejde|plads)|(?:sommer|vinter|påske|efterårs|høst|jule)?ferie\\w{0,6}|barsels?\\w{0,8}|permisjon\\w{0,3}|orlov|(?:holder|har|tager|tar) fri|fri (?:fra|til|frem|i dag|fredag)|bortreist|på (?:forretnings|tjeneste|jobb)?rejse|på (?:forretnings|tjeneste|jobb)?reise|ikke (?:til stede|tilgjengelig|til at træffe|tilgængelig)|syk\\w{0,8}|syg\\w{0,8}|lukket|stengt|avspaserer|kursus",
    "poissa\\w{0,6}|(?:kesä|talvi|sairas|hiihto|joulu|vuosi|syys|vanhempain)?loma\\w{0,8}|en ole (?:paikalla|tavoitettavissa|toimistolla|töissä)|työmatka\\w{0,4}|vapaalla|perhevapaa\\w{0,4}|suljettu|matkoilla|sairaus\\w{0,8}",
    "nepřítom\\w{1,5}|mimo (?:kancelář|kanceláriu|pracoviště|provoz)\\w{0,2}|dovolen\\w{1,3}|nejsem (?:v kanceláři|přítom\\w{1,3}|k dispozici|k zastižení)|nebudu|služební cest\\w{1,2}|nezastižit\\w{1,3}|zavřeno|mateřsk\\w{1,3}|neschopen\\w{1,5}|neprítom\\w{1,5}|mimo kancelári\\w{0,3}|nie som|nebudem|služobn\\w{1,3} ces\\w{1,3}|dovolenk\\w{1,2}|materskej",
    "puhkus\\w{0,3}|kontorist väljas|ei viibi|lähetus\\w{0,3}|atostog\\w{1,5}|nebūsiu|nesu biure|komandiruot\\w{1,4}|atvaļinājum\\w{1,2}|prombūtn\\w{1,2}|neesmu|komandējum\\w{1,2}|отпуската|няма да (?:съм|бъда)|командировка|fora de l'(?:oficina|empresa)|de vacances|dopust\\w{0,2}|odsot\\w{2,4}",
    "godišnj\\w{1,3}|odsut\\w{1,3}|izvan ureda|nisam u uredu|(?:na )?(?:službenom )?(?:sam )?putu|ne radi(?:mo)?\\b|zatvoren\\w{0,2}|bolovanj\\w{1,3}|porodiljn\\w{1,3}|nedostup\\w{1,3}",
    "szabadság\\w{0,6}|házon kívül|nem vagyok|távol\\w{0,7}|irodán kívül|nem leszek|zárva|nem tartózkodom|betegszabadság\\w{0,4}",
    "concedi\\w{1,4}|în afara biroului|lipsesc|plecat\\w?|nu sunt|nu voi fi|absent\\w?|vacanță|delegație",
    "izin\\w{0,6}|ofis(?:te|in)? (?:dışında\\w{0,4}|değil\\w{0,4}|olmayaca\\w{1,4})|tatil\\w{0,5}|yurt dışında\\w{0,4}|seyahat\\w{0,6}|müsait değil\\w{0,3}|kapalı\\w{0,5}|bulunmayaca\\w{1,4}|olmayacağım",
    "(?:в )?отпуск\\w{0,3}|отсутств\\w{1,5}|(?:меня )?нет (?:на месте|в офисе)|закрыт\\w?|не буду|не в офисе|командировк\\w{1,2}|вне офиса|больничн\\w{1,3}|не работа\\w{1,4}|буду недоступ\\w{1,3}",
    "відпуст\\w{1,4}|відсутн\\w{1,4}|поза офісом|відрядженн\\w{1,2}|не в офісі|не буду|немає (?:в офісі|на місці)|мене немає|лікарнян\\w{1,3}",
    "αδεια\\w{0,1}|εκτος γραφειου|απουσι\\w{1,4}|απων|διακοπες|λειπω|θα λειψω|κλειστ\\w{1,2}|δεν ειμαι",
)
ABSENT_CJK = (
    "休假|不在|外出|出差|年假|休暇|休業|休み|お休み|放假|離席|出張|휴가|부재|출장|휴무|자리를 비|不上班|请假|請假|产假|不能及时|夏季休",
)
NOISE = (  # dates of other things
    "(?:i|we) (?:only )?work|part[- ]time|our offices? (?:is|are) open|(?:normal|usual|opening|working|office) (?:hours|days)|contract|agreement|valid (?:until|till|from)|offer (?:ends|valid|expires)|early bird|regist\\w{1,6}|invoices?|deadline|(?:public|bank|national) holiday|webinar|visit us|meet us|booth|stand \\w?\\d|copyright|version|published|sent on|sent:|founded|established|order no|due date|policy|gdpr|special offer|discount|promotion|moving|relocat\\w{1,4}|new address|new office|price (?:list|increase)|(?<!at a )(?<!at the )(?<!attending a )(?<!attending the )trade (?:fair|show)|our (?:next|annual|summer) \\w{1,12}",
    "arbeite ich|teilzeit|arbeitstage|(?:büro|öffnungs|geschäfts|sprech)zeiten|vertrag\\w{0,3}|gültig|angebot\\w{0,2}|anmeld\\w{1,6}|rechnung\\w{0,3}|frist|(?:gesetzlicher |wegen (?:des )?)?feiertags?|(?<!einer )(?<!der )(?<!auf )messe\\b|halle \\d|stand \\w?\\d|besuchen sie uns|gesendet|gegründet|preisliste|umzug|umgezogen|umziehen|ziehen|neue (?:adresse|anschrift|preise)|hausmesse|aktion\\b|bewerbungs\\w{1,8}",
    "contrat|valable|inscri\\w{1,9}|factur\\w{1,3}|jour férié|salon\\b|envoyé|échéance|déménag\\w{1,6}|nouvelle adresse|tarifs?",
    "contrato|válid\\w|inscripci\\w{1,3}|factur\\w{1,3}|festivo|feria\\b|enviado|vencimiento|tarifas|mudamos|traslad\\w{1,5}",
    "contratt\\w|valid\\w|iscri\\w{1,6}|fattur\\w|festivo|festività|fiera|inviato|scadenz\\w|listino|trasfer(?:iremo|imento|iamo)",
    "fatura|feriado|inscriç\\w{1,3}|prazo|(?<!-)feira\\b|tabela",
    "factuur|feestdag|aanmeld\\w{1,4}|beurs|contract|geldig|verzonden|verhui\\w{1,5}",
    "umow\\w{1,2}|ważn\\w{1,2}|faktur\\w{1,2}|święt\\w{1,2} |rejestrac\\w{1,3}|targi|targach|oferta|zmiana adresu|przeprowadz\\w{1,4}",
    "avtal\\w{0,4}|faktura|anmäl\\w{1,4}|mässa\\w{0,2}|helgdag|giltig\\w{0,2}|flyttar|kontrakt|tilmeld\\w{1,5}|påmeld\\w{1,5}|helligdag|gyldig|flytter",
    "laskut?\\b|ilmoittaut\\w{1,6}|messu\\w{1,4}|pyhäpäivä|voimassa|muutamme|smlouv\\w|faktur\\w{1,2}|svátek|svátku|sviatok|veletrh\\w{0,3}|platn\\w{1,3}|stěhujeme|szerződés|számla|ünnepnap|érvényes|factura|sărbătoare|sözleşme|fatura|fuar\\w{0,2}|договор\\w{0,2}|счет\\b|праздни\\w{1,4}|выставк\\w{1,2}|договір|свят\\w{1,3}|συμβασ\\w{1,3}|αργια\\w{0,1}",
)
OTHERS = (  # somebody else's absence, not the writer's
    "(?:my |our )?(?:colleagues?|deputy|assistant|she|he|stand-in|replacement)\\b.{0,40}(?:back|return|away|off|leave|available)",
    "kolleg(?:e|in)\\b.{0,60}(?:wieder|zurück|urlaub)|vertretung\\b.{0,40}(?:ab dem|wieder)",
)
