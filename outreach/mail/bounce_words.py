"""Phrases of delivery reports, by meaning and language. Data only; matched against lower case text.

Codes come first (bounce_rules); these decide where a server gives no code, or a vague one. Written
from the source texts of mail servers (sendmail, Postfix, Exim, qmail, Courier, OpenSMTPD, Exchange,
Domino, X.400 gateways) and of the large mail hosts, and from RFC 3463 and 5321.
"""

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_WHO = r"(?:user|mail ?box|recipient|address|account|person|customer|e-?mail|local ?part|alias)"
_OF = r"(?: (?:address|name|account|part|box|id|user|mailbox|recipient))?"

_FULL = (
    r"bo[iî]te[^.\n]{0,40}(?:pleine|satur)|postfach[^.\n]{0,40}(?:voll|überschritten)|"
    r"(?:buz[oó]n|casilla)[^.\n]{0,40}llen[oa]|casella[^.\n]{0,40}piena|caixa[^.\n]{0,40}cheia|"
    r"(?:postbus|mailbox)[^.\n]{0,30} vol\b|(?:brevlåda|postkasse|inkorg)[^.\n]{0,30}full|"
    r"skrzynka[^.\n]{0,40}(?:pełna|przepełn)|ящик[^.\n]{0,40}переполнен|"
    r"容量|邮箱已满|郵箱已滿|空间不足|いっぱい|용량"
)

# the address does not exist: said of the recipient
NO_USER = _any(
    rf"\b(?:unknown|no such|no valid|invalid|bad|non-?existent|nonexisting|not a valid)"
    rf"(?: or (?:illegal|invalid))? "
    rf"(?:local |destination |mail |e-?mail |virtual |smtp )?{_WHO}\b(?!s? (?:format|sender))",
    rf"\b{_WHO}{_OF}s? ?(?:is |was |are |has been |: ?|\(s\) )?"
    r"(?:\S{1,80}@\S{3,80} |<[^<>]{1,200}> |\([^()]{1,200}\) )?(?:is |was )?"
    r"(?:currently )?(?:unknown|not found|not known|invalid|nonexistent|non-existent|"
    r"undeliverable|not recogni[sz]ed|not listed|not valid|unrecogni[sz]ed|not exist|not present|"
    r"not in use|no longer in use|marked as invalid|"
    r"couldn'?t be found|could not be found|cannot be found|can'?t be found|"
    r"(?:does not|doesn'?t|do not|didn'?t|not) exist|isn'?t valid|no longer exists?|deleted)",
    rf"\b{_WHO}{_OF} (?:that |which )?you (?:\w+ ){{1,5}}"
    r"(?:(?:does not|doesn'?t) exist|is unknown)",
    rf"(?:unable to|can ?not|can'?t|could ?n[o']t|couldn'?t) (?:find|locate) "
    rf"(?:the |this |a |any |that )?{_WHO}\b",
    r"\bno mail ?box (?:for|named)\b|\S@[^\s<>]{3,200}>? (?:is )?(?:unknown|not known)\b",
    r"(?:nobody|no ?one) (?:here )?(?:by|with|of|has) (?:that|this) name",
    r"(?:doesn'?t|does not) have an? (?:mail ?box|account|e-?mail)",
    r"(?:address|mailbox|recipient|account|user) (?:you entered )?(?:wasn'?t|was not) found",
    r"unrouteable address|unroutable address|no mail ?box here by that name|no mailbox found",
    r"no (?:user|account|mailbox|recipient|person)s? (?:by|with|of) (?:that|this) (?:name|address)",
    r"not listed in (?:domino directory|(?:the )?public name & address book)",
    r"recipient name is not recogni[sz]ed|unknown recipient|recipnotfound|recipientnotfound",
    r"account does not exist at the organization|adr\.exrecipnotfound|user unknown|unknown user",
    r"(?:doesn'?t|does not) have an? \S{1,80} account|no such (?:address|user|person|mailbox) here",
    r"delivery to this address does not exist|there is no (?:one|user|mailbox|account) ",
    r"user \S{1,80} does not exist|\S{1,80}@\S{1,80} (?:does not|doesn'?t) exist",
    r"not (?:our|a (?:known|valid|registered)|an? (?:active|existing)) "
    r"(?:customer|user|mailbox|recipient)",
    r"(?:this|the) (?:email |e-mail |mail )?address is no longer (?:valid|in use|active|available)",
    r"no longer (?:accepts mail|on server|an? (?:valid|active|known)|works? (?:here|for|at)|"
    r"employed)",
    r"no account by that name|recipient not (?:in|on) |address unknown|mailbox name not allowed",
    r"requested action not taken: mailbox (?:not found|unavailable(?! or))",  # RFC 5321, 550
    r"(?:^|#[\d.]+ |\d )address rejected\b|recipient (?:cannot|can'?t|could not) be verified",
    r"(?:non répertorié dans|no se encuentra en|nicht (?:im|in)|non elencato|niet in) "
    r"[^.\n]{0,30}(?:domino|name & address book)|domino ?ディレクトリ",
    r"(?:user|mailbox|address|recipient|account) (?:\S{1,80} )?(?:is )?not (?:known|found|listed|"
    r"registered|a (?:registered|valid)|on (?:this|our|the)|here)\b",
    r"not a (?:gmail|registered) user|unknown local[- ]part|bad destination mailbox|no such local",
    r"invalid (?:\w+ ){0,2}user(?:name|id)?\b|unknown address|unknown account|unknown mailbox",
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Scandinavian, Finnish
    r"(?:empfänger|empfaenger|adresse|benutzer|postfach|konto|teilnehmer)\S*(?: [^\s.]+){0,6} "
    r"(?:(?:ist |sind )?(?:unbekannt|ungültig)|nicht (?:gefunden|bekannt|vorhanden|mehr gültig)|"
    r"existier\w+ (?:\w+ ){0,3}nicht|nicht existier\w+|gibt es nicht)",
    r"(?:unbekannter?|kein solcher) (?:empfänger|benutzer|teilnehmer)",
    r"(?:adresse|destinataire|utilisateur|bo[iî]te|compte)[^.\n]{0,40} "
    r"(?:inconnue?|introuvable|invalide|inexistante?|n'existe (?:pas|plus))",
    r"(?:usuario|destinatario|direcci[oó]n|buz[oó]n|cuenta|casilla)[^.\n]{0,40} "
    r"(?:desconocid[oa]|no existe|inexistente|no encontrad[oa]|inv[aá]lid[oa]|no v[aá]lid[oa])",
    r"(?:utente|destinatario|indirizzo|casella)[^.\n]{0,40} "
    r"(?:sconosciut[oa]|inesistente|non esiste|non trovat[oa]|non valid[oa])",
    r"(?:usu[aá]rio|destinat[aá]rio|endere[cç]o|conta|caixa)[^.\n]{0,40} "
    r"(?:desconhecid[oa]|n[aã]o existe|inexistente|n[aã]o encontrad[oa]|inv[aá]lid[oa])",
    r"(?:gebruiker|ontvanger|adres|postbus|mailbox)[^.\n]{0,30} "
    r"(?:onbekend|bestaat niet|niet gevonden|ongeldig)",
    r"(?:użytkownik|adres|odbiorca|konto|skrzynka)[^.\n]{0,40} "
    r"(?:nie istnieje|nieznan[yae]|nie został[ao]? znalezion[yae])",
    r"(?:mottagaren|modtageren|mottakeren|adressen|brugeren|användaren)[^.\n]{0,40} "
    r"(?:okänd|ukendt|ukjent|finns inte|findes ikke|finnes ikke|hittades inte|blev ikke fundet)",
    r"(?:vastaanottajaa|osoitetta|käyttäjää)[^.\n]{0,30} (?:ei löyd|ei ole)",
    r"(?:adresa|adresát|uživatel|schránka)[^.\n]{0,30} (?:neexistuje|nebyl\S* nalezen|neznám)",
    r"(?:alıcı|kullanıcı|adres)[^.\n]{0,30} (?:bulunamadı|mevcut değil|geçersiz)",
    r"(?:пользователь|адресат|получатель|адрес|ящик)[^.\n]{0,40} "
    r"(?:не существует|не найден|неизвест|не зарегистрирован)|нет такого (?:пользователя|ящика)",
    r"メールアドレス(?:が|は)(?:見つか|存在し)|宛先(?:が|は)?(?:不明|見つか|存在し)|"
    r"ユーザー?(?:が|は)?(?:存在し|見つか|いま)|あて先(?:が|は)(?:見つか|存在し)",
    r"(?:用户|用戶|收件人|邮箱|郵箱|地址|帐号|账号)[^。\n]{0,12}(?:不存在|未找到|找不到|无效|無效)",
    r"(?:수신자|사용자|주소|메일함)[^.\n]{0,12}(?:없습니다|존재하지|찾을 수 없)",
)

# of these no filter's answer is known: certain even where the command is not told
SURE = _any(
    r"(?:doesn'?t|does not) have an? \S{1,80} account|no mail ?box here by that name|"
    r"not listed in domino",
)

# said of the mailbox, and stronger than "unknown" or "invalid" beside it: there, but off or full
OFF = _any(
    rf"\b{_WHO}{_OF}s? (?:\S{{1,80}} )?(?:is |was |has been |are |have been )?"
    r"(?:currently |temporarily |permanently )?"
    r"(?:disabled|suspended|deactivated|inactive|not active|locked|on hold|frozen|blocked|full|"
    r"over ?quota|over its|out of storage|discontinued)",
    r"over ?quota|quota (?:is )?exceed|exceed\S* (?:\S+ ){0,3}quota|mailbox full|mailbox is full",
    _FULL,
    r"has suppressed sending|suppression list|too many (?:\S+ )?recipients|temporarily",
)

# said of us, never of the recipient: callbacks to our own address fail with the same words
SENDER = _any(
    r"sender(?:'?s)? (?:address |domain |e-?mail |verif\S+ |id |\S{1,80}@\S{1,80} )?(?:\S+ ){0,1}"
    r"(?:rejected|unknown|denied|failed|invalid|undeliverable|not found|unverif|"
    r"(?:does not|doesn'?t|not) exist)",
    r"(?:unknown|invalid|bad|unroutable|unrouteable|unverif\S+) (?:envelope )?sender|"
    r"domain of sender|verification failed for|from address|envelope from|return path|"
    r"(?:helo|ehlo)\b[^\n]{0,60}(?:rejected|invalid|not found)|client host|"
    r"reverse (?:dns|hostname)|your (?:host|domain|server|ip|sender)\b",
)

# a program that lists what may be wrong does not know it
HEDGED = _any(
    r"\b(?:may|might|could) (?:also )?(?:be|not exist|have|no longer)\b|possibl[ey]|perhaps|"
    r"probabl[ey]|one of the following reasons|common (?:causes|reasons)",
)

# the domain does not exist, or takes no mail at all (RFC 7505)
NO_HOST = _any(
    r"\bhost unknown|unknown host\b|no such (?:host|domain)\b|unknown domain|nxdomain|null ?mx",
    r"couldn'?t find (?:any host named|a mail exchanger)|unrouteable mail domain|"
    r"(?:host|domain)(?: name)? (?:or domain name )?(?:is )?(?:not found|not exist|invalid)",
    r"domain \S{0,100} ?(?:does not|doesn'?t) exist|domain (?:does not|doesn'?t) (?:exist|accept)",
    r"destination server for this recipient could not be found",
    r"host/domain does not accept mail|no (?:dns|mx|a)? ?(?:mx|a) records?\b(?! could)",
    r"bad destination (?:system|host)|all relevant mx records point to non-existent",
    r"all host address lookups failed permanently|illegal host/domain|the domain name does not",
    r"(?:domain|host) (?:couldn'?t|could not|cannot) be found|no valid (?:mx|hosts?)\b",
    r"does not accept mail \(nullmx\)|"
    r"(?:host|domain)\b[^.\n]{0,80} (?:does not|doesn'?t|not) (?:receive|accept) "
    r"(?:any )?e?-?mails?|"
    r"\bhost \S{3,250} (?:was |is )?(?:not found|unknown)|"
    r"no dns (?:entr(?:y|ies)|records?)\b|no mail servers? (?:found|exist|appears?|for)|"
    r"@\S{1,250}: (?:invalid domain name|destination seems? to reject all|no mx found)|"
    r"domain (?:is )?(?:unknown|invalid|expired|not valid)",
    r"nom de domaine (?:inconnu|inexistant)|dominio (?:inesistente|no existe|desconocido)|"
    r"unbekannte dom[aä]ne?|dom[ií]nio (?:inexistente|n[aã]o existe)|"
    r"домен не (?:найден|существует)",
)

# the person is elsewhere now
MOVED = _any(
    r"(?:user|recipient|mailbox|account|address|customer) (?:\S{1,80} )?(?:has |have )?"
    r"(?:been )?(?:moved|changed|replaced by)",
    r"\d \S{1,80} has moved\b|user not local\b[^\n]{0,20}try|"
    r"has (?:moved|changed|left)(?: to| the (?:company|organi[sz]ation))|address has been changed|"
    r"new (?:e-?mail )?address is|moved to another|please (?:use|try) (?:the )?new address",
)

# a decision about us or our message, whatever else the line says
POLICY = _any(
    r"\bspam\b|spammer|\bspamm|junk ?mail|unsolicited|\bbulk\b|black ?list|block ?list|deny ?list|"
    r"allow ?list|white ?list|"
    r"blocked|blocking|\bbanned\b|\bdnsbl|\brbl\b|spamhaus|spamcop|barracuda|proofpoint|"
    r"cloudmark|sorbs|senderscore|reputation|\bdmarc\b|\bdkim\b|\bspf\b|domainkeys",
    r"\bpolic(?:y|ies)\b|relay(?:ing)?\b|not permitted to|access denied|permission denied|"
    r"authenticat|authori[sz]ed|unauthori[sz]ed|not allowed to (?:send|post)|prohibited|"
    r"client host rejected|(?:helo|ehlo)\b[^\n]{0,30}rejected|reverse dns|\bptr\b|"
    r"cannot find your (?:hostname|reverse)|bad (?:sending )?ip|invalid ip|poor reputation",
    r"virus|malware|phishing|suspicious|content (?:rejected|filter)|rejected (?:due to|by|for) "
    r"(?:its |the )?(?:content|message|filter)|filtered|message (?:was )?(?:rejected|refused)|"
    r"administrative prohibition|prohibit|recipient preferences",
    r"sender (?:address |domain |id |verify )?(?:was |is )?(?:rejected|denied|failed|invalid|"
    r"unknown|not|unverif)|unknown sender|unroutable sender|domain of sender|"
    r"sender'?s? (?:domain|address|host)|invalid sender|not accept (?:mail|messages) from|"
    r"your (?:ip|host|server|domain|network) |restricted|only accepts|not (?:a )?member|"
    r"insecure mail relay|daily (?:sending|relay) quota",
)

# the mailbox or the way there, now: full, off, slow
LATER = _any(
    r"(?:mail ?box|inbox|account|disk|storage|maildir|folder)[^.\n]{0,30} "
    r"(?:is )?(?:full|over|exceed|quota)|over ?quota|quota|exceeded storage|insufficient "
    r"(?:disk|system|storage|permission)|(?:not enough|no) (?:disk |storage )?space|"
    r"mailbox size|user is over",
    _FULL,
    r"disabled|suspended|deactivated|inactive|not active|locked|expired|on hold|"
    r"temporar(?:y|ily)|\btemp(?:orary)? fail|try (?:again )?later|try again (?:in|after|soon)|"
    r"deferred|gr[ea]y ?list|"
    r"throttl|rate ?limit|too (?:many|fast|much|often)|too (?:large|big|long)|size limit|"
    r"exceed(?:s|ed)? (?:the )?(?:max|size|limit|fixed|local|allowed)|maximum (?:message )?size",
    r"timed? ?out|timeout|connection (?:refused|reset|dropped|lost)|no route to host|"
    r"not respond|unreachable|not reachable|establish an? smtp connection|network|"
    r"queue too long|retry time|have been failing|lookup fail|name service error|"
    r"socket error|did not accept our requests to connect|malformed|loop|too many hops|hop count",
)

# a report says somewhere that something did not arrive
FAILED = _any(
    r"(?:could|can|was|were|is|has)(?: ?not|n'?t)(?: yet)?(?: be| been)? "
    r"(?:be )?(?:deliver|sent|reach)|undeliver|not (?:yet )?been delivered|"
    r"unable to (?:deliver|send)|"
    r"deliver(?:y|ing)[^\n]{0,60}(?:fail|error|problem|trouble|delay|impossible|unsuccess)|"
    r"(?:fail|error|problem|trouble|unable)[^\n]{0,40}deliver|did not reach|permanent (?:fatal )?"
    r"(?:error|failure)|returned (?:to sender|mail)|failure notice|non-?deliver|"
    r"(?:address|recipient)\(?e?s?\)? (?:\S+ ){0,3}(?:failed|rejected)|not deliverable|"
    r"transcript of session|your message (?:to|was|has|cannot|could)[^\n]{0,60}"
    r"(?:fail|reject|block|return|bounc|not )|mailbox is full|error sending your|gave up|giving up",
    r"unzustellbar|nicht zugestellt|zustellung[^\n]{0,40}(?:fehl|nicht)|konnte nicht[^\n]{0,60}"
    r"(?:zugestellt|übermittelt)|échec de la remise|n'a pas pu être (?:remis|livr|distribu|envoy)|"
    r"non remis|non délivré|no (?:se )?(?:ha )?(?:podido|pudo|puede)[^\n]{0,30}entreg|no entregad|"
    r"error (?:de|en la) entrega|(?:mancato|impossibile)[^\n]{0,20}(?:recapit|consegn)|"
    r"non è stato[^\n]{0,20}(?:recapitat|consegnat)|não (?:foi|pôde|pode)[^\n]{0,30}entreg|"
    r"falha na entrega|niet (?:worden )?(?:bezorgd|afgeleverd)|onbestelbaar|"
    r"nie (?:można|udało|został\S*)[^\n]{0,30}dostarcz|niedostarcz|kunde inte levereras|"
    r"kunne ikke leveres|ei (?:voitu|voida|toimitettu)|nedoruč|nepodařilo[^\n]{0,20}doruč|"
    r"nem (?:sikerült|kézbesíthető)|teslim edilem|не (?:может быть|было|удалось|доставлен)"
    r"[^\n]{0,30}(?:достав|отправл)|не доставлен|недоставлен|δεν παραδόθηκε|"
    r"送信できません|配信(?:でき|不能|に失敗|エラー)|届きません|エラーのため|无法(?:送达|投递|发送)|"
    r"退信|投递失败|無法(?:傳遞|遞送|寄送)|전송(?:할 수 없|되지|실패)|배달(?:되지|실패)|"
    r"google group|not a member of this mailing list",
)

# beginnings or parts of a report's subject, where it comes from a machine
SUBJECTS = _any(
    r"undeliver|deliver(?:y|ing)[^\n]{0,40}(?:fail|status|notif|error|problem|delay|incomplete|"
    r"impossible|report|unsuccess)|delivery (?:has )?fail|mail(?: system)? (?:delivery|error)|"
    r"(?:mail|message|e-?mail)[^\n]{0,30}(?:could not be|not|cannot be|was not|wasn'?t|un)"
    r" ?(?:be )?(?:deliver|sent)|return(?:ed|ing) (?:mail|message|e-?mail|to sender)|"
    r"failure (?:notice|delivery)|failure notif|non-?deliver|(?:mail|message|delivery) "
    r"(?:fail|returned|blocked|rejected|bounced?|delayed)|permanent delivery|"
    r"request to mailing list \S{1,80} rejected|"
    r"warning: (?:could|message)|bounced? (?:mail|message|e-?mail)|delayed mail|"
    r"address not found|rejected:? |postmaster notify|"
    r"error sending your|mail could not|message delivery|you \S{3,120} are not member|"
    r"undelivered|failed mail|\[bounce\]|mail returned|couldn'?t be delivered|mail status report|"
    r"delivery (?:to|of) \S{0,80}",
    r"unzustellbar|nicht zustellbar|zustell(?:ung|fehler)|non remis|non délivr|échec|remise|"
    r"no se puede entregar|no entregad|sin entregar|error de entrega|impossibile recapit|"
    r"mancat[oa] (?:recapito|consegna)|non recapit|niet[- ](?:bezorg|te bezorgen)|onbestelbaar|"
    r"nie można dostarcz|niedostarcz|não (?:é possível|entregue)|falha na entrega|"
    r"kan (?:inte|ikke) leveres|kan inte levereras|oleverer|ikke levert|ei voida toimittaa|"
    r"не доставлен|недоставлен|nedoruč|kézbesíthetetlen|teslim edilemedi|αδύνατη η παράδοση|"
    r"配信不能|配信エラー|送信エラー|配送(?:できません|エラー)|无法(?:送达|投递)|退信|投递失败|"
    r"無法傳遞|傳送失敗|배달되지|전송 실패|반송",
)
