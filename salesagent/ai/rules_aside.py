"""Words for stopping with another wish beside them: "don't call me, mail me", "not to the old
address", "we did not get your mail", "don't stop".

Data and one function; bounded patterns over lower-case text with single spaces. Unlike
rules_turned it looks a little beyond the sentence: the other wish often stands in the next one.
Each pair is the thing that shall stop, close to the words, and what is wished in its place.
"""

# ruff: noqa: E501  one pattern a line reads better than a broken one

import re

_NEAR = 60  # characters after the words in which the thing must be named
_BESIDE = 160  # characters to either side for the other wish

_CALLS = re.compile(
    r"\b(?:calls?|calling|phone|phoning|ring|anruf\w{0,3}|anzurufen|telefon\w{0,8}|appel\w{0,4}|téléphon\w{0,5}|llam\w{1,6}|chiam\w{1,6}|lig(?:ue|uem|ar)|telefon\w{0,5}|bellen|dzwoni\w{0,4}|ring\w{0,2})\b|\bзвон\w{1,4}|\bдзвон\w{1,4}"
)
_MAILS = re.compile(r"\b(?:e-?mails?|mailing|courriels?|correos?|mails?|write|writing|contact)\b")
_BY_PHONE = re.compile(r"^ (?:by|via|over|on) (?:the )?(?:phone|telephone|mobile)\b")
_MAIL_INSTEAD = re.compile(
    r"(?<!not )(?<!don't )(?<!dont )(?<!or )(?<!nor )(?<!stop )(?<!never )(?<!to )\b(?:e-?mail|mail|write|text|message|whatsapp)(?: to)? (?:me|us)\b(?! (?:again|any ?more|either|ever))"
    r"|\b(?:e-?mails?|mails?|text|writing|whatsapp|slack) (?:is|are|works|would be|will do|only|instead|please|preferred)\b(?! (?:not|annoying|spam|stop))|(?<!or )(?<!and )(?<!nor )\b(?:by|via|per) (?:e-?mail|mail|text|whatsapp)\b|\bin writing\b"
    r"|\b(?:lieber|besser|nur|bitte) (?:per |eine |via )?(?:e-?mail|mail)\b|\b(?:mail|e-?mail) (?:reicht|genügt|ist (?:besser|ok|okay|gut|in ordnung)|passt)\b|\bschreiben sie (?:mir|uns) (?:lieber|bitte|besser|eine|per)\b"
    r"|\b(?:par|plutôt un) (?:e-?mail|mail|courriel|écrit)\b|\bécrivez[- ](?:moi|nous)\b|\b(?:por|mejor un) (?:correo|e-?mail|mail|escrito)\b|\bescríba(?:me|nos)\b|\b(?:per|via|meglio una) (?:e-?mail|mail|posta elettronica)\b|\b(?:mi|ci) scriva\b"
    r"|\b(?:por|prefiro) e-?mail\b|\b(?:per|via|liever) (?:e-?mail|mail)\b|\b(?:mailem|mailowo|proszę (?:o )?(?:mail\w{0,2}|pisać))\b|\b(?:via|per|hellre|gärna) (?:mejl|mail|e-post)\b|\bmejla (?:mig|oss)\b"
    r"|\b(?:пишите|напишите)\b|\bпо почте\b|\bна почту\b"
)
_AT_TIMES = re.compile(
    r"^[^.!?]{0,24}?(?:\b(?:до|после|утром|сегодня|завтра|раньше|przed|po|rano|dzisiaj|jutro|vor|erst|heute|before|after|until|till|avant|après|antes|después|por la mañana|prima|dopo|voor|na|före|efter)\b)"
)
_ANSWER_LATER = re.compile(
    r"\b(?:звоните|позвоните|пишите) после\b|\bпотом\b|\bпосле \d|\bpotem\b|\bpóźniej\b|\bdann (?:gern|rufen|passt)|\bthen (?:i|we|call|let|happy|go)\b|\bnach \d|\bafter \d|\bafterwards\b|\bpor la tarde\b|\baprès \d|\bdaarna\b|\bcall me\b"
)
_OLD = re.compile(
    r"\b(?:old|former|previous|wrong|info@|office@|sales@|this inbox|shared|alte[nrs]?|bisherige\w?|falsche\w?|ancienne|vieille|mauvaise|antigu[ao]|viej[ao]|vecchi[ao]|precedente|velh[ao]|antig[ao]|oude|verkeerde|star\w{1,3}|gaml[ae]|gammel|стар\w{1,3})\b|\binfo@|旧|古い|기존|옛"
)
_NEW = re.compile(
    r"\buse (?:my|our|this|the|that)\b|\b(?:the|my|our|a) new\b|\bnew (?:one|address|e-?mail|number)\b|\b(?:write|send|mail|e-?mail)[^.!?]{0,20} (?:here|to (?:my|this|our|the new))\b"
    r"|\b(?:neue|diese)[nrs]? (?:adresse|mail\w{0,7}|e-mail\w{0,8}|nummer)\b|\bstattdessen\b|\bnouvelle (?:adresse)\b|\bcelle-ci\b|\bà la place\b|\bnuev[ao]\b|\ben su lugar\b|\bnuov[oa]\b|\bnov[ao]\b|\bnieuwe\b|\bnow\w{1,4}\b|\bna ten adres\b|\bi stället\b|\bi stedet\b|\bnya\b|\bnye\b"
    r"|\bсюда\b|\bнов\w{1,4}\b|新邮箱|新しい|这个|새"
)
_THING = re.compile(
    r"\b(?:paper|faxes|fax|invoices?|catalogue|catalog|brochures?|leaflets?|by post|hard ?cop(?:y|ies)|letters|papier\w{0,8}|rechnung\w{0,3}|katalog\w{0,3}|prospekt\w{0,2}|faxe?|per post|factures?|courrier|devis|catalogues?|papel|catálogo|facturas?|presupuesto|cartace[oai]|catalogo|fattur[ae]|faturas?|facturen|catalogus|papieren|faktur\w{0,3}|katalogu|papierow\w{1,3}|pappers\w{0,9}|katalogen)\b"
)
_RATHER = re.compile(
    r"\bpdf\b|\binstead\b|\bdigital\w{0,3}\b|\b(?:by|per|par|por|via) (?:e-?mail|mail|courriel|correo)\b|\bsondern\b|\blieber\b|\bmais (?:le|la|les|par|un|une|plutôt)\b|\bmejor\b|\bsino\b|\b(?:mi|ci) (?:mandi|invii)\b|\benvie\b|\bmaar (?:wel|liever|per)\b|\btylko\b|\butan\b"
)
_PUT = re.compile(
    r"\b(?:add|keep|include|put|copy|replace|loop in|instead)\b|\bdafür\b|\bajout\w{1,4}\b|\bañad\w{1,4}\b"
)
_COPY = re.compile(
    r"\b(?:off|from|out of) (?:the |this )?(?:cc|copy)\b|\b(?:main|first|primary) contact\b"
)

# the sentence itself says that it is about something else
_ALONE = (
    # they stop it themselves, or theirs do
    r"\b(?:we|i|they|customers?|clients?|people)(?:'d| would)? (?:(?:really |just |also |now )?(?:want|need|like|love|hope|wish|plan|decided|are trying|am trying|have) to|keep telling (?:us|me) to|told (?:us|me) to|tell (?:us|me) to|ask(?:ed)? (?:us|me) to) stop sending (?!me\b|us\b|your\b|these\b)",
    r"\bstop (?:contacting|e-?mailing|mailing|writing(?: to)?|messaging|calling|bothering|pestering) (?:you|them|him|her|each other)\b",
    r"\bunsubscribe (?:inactive|our|the|old|bounced|dead|former) (?:\w{1,12} )?(?:customers?|users|contacts|readers|members|subscribers|people|leads)\b",
    r"\bunsubscribe (?:buttons?|links?|pages?|rates?|flows?|forms?)\b",
    r"\bopt out of (?:the|our|my|that|this|your) (?:\w{1,12} )?(?:plan|module|option|trial|contract|feature|add-on|tier|package|upgrade|pilot|event|call|meeting)\b",
    r"\bleave (?:me|us) alone (?:with|time|until|till|for (?:now|today))\b",
    r"\bspam (?:filter|folder|trap|score|problem)s?\b",
    r"\b(?:have|has|had|get|got|there (?:are|were)) no (?:more|further) (?:e-?mails?|mails?|messages?|calls?) (?:left|after|in (?:our|my|the)|from you|so far|since)\b",
    # do not stop
    r"(?:^|[.!?,;:] ?|\bplease |\band |\bbut |\bso )(?:please )?(?:do not|don't|dont|never) (?:ever |you dare )?stop (?:e-?mailing|mailing|contacting|writing|messaging|sending|calling|these|those|your|the)\b",
    r"\b(?:hören sie|hör|hört) (?:bitte )?nicht auf\b|\bn'arrêtez (?:surtout )?pas\b|\bno (?:dejen?|pares?|paren) de\b|\bnon smett\w{2,5} di\b|\bnão pare\w? de\b|\bstop niet met\b|\bnie przestawaj\w{0,4}\b|\bsluta inte\b",
    # nothing came
    r"\b(?:we|i)(?: have|'ve)?(?: not| never|n't) (?:received|got|gotten|seen) (?:any|your|the|a|this)\b|\b(?:did not|didn't|never) (?:get|receive|see) (?:any|your|the|a|this)\b",
    r"\b(?:habe|haben|hatte|hatten)(?: (?:ich|wir|noch|bisher|leider|bis|jetzt|heute|seit|seither|aber|auch)){0,4} keine\b[^.!?,]{0,60}?(?<!zu )(?:erhalten|bekommen)\b(?! (?:möchte|will|woll|zu\b|können|dürfen))",
    r"\b(?:n'ai|n'avons) (?:rien|pas|jamais) reçu\b|\bno (?:he|hemos) recibido\b|\bnon (?:ho|abbiamo) ricevuto\b|\bnão (?:recebi|recebemos)\b|\bgeen (?:e-?mails?|mails?|berichten)(?: \w{1,9}){0,4} (?:ontvangen|gekregen)\b(?! (?:wil|willen))|\bnie (?:otrzymał\w{1,4}|dostał\w{1,4}|dostaliśmy|otrzymaliśmy)\b|\b(?:har|fick) inte fått\b",
    # their car, their meter, a day, not our mail
    r"\b(?:unser|mein|ein|das|den|alte|altes)(?:e[mnrs]?)?(?: \w{1,12}){0,2} (?!newsletter|mail|e-mail|werbe|info)\w{0,14}(?:vertrag|auto|wagen|fahrzeug|tarif|anbieter|zeitung|kabel|zähler|gewerbe|maschine|anlage)\w{0,2} (?:\w{1,10} )?(?:abbestellen|abmelden|kündigen|stilllegen)\b",
    r"\babmelden\b(?= helfen\b)|\b(?:für|vom|von dem|zum) (?:\w{1,10} )?(?:termin|treffen|meeting|gespräch|webinar|demo|montag|dienstag|mittwoch|donnerstag|freitag|heute|morgen)\b[^.!?,]{0,20}\b(?:abmelden|austragen)\b",
    r"\bafmelden\b[^.!?]{0,20}\b(?:maandag|dinsdag|woensdag|donderdag|vrijdag)\b|\b(?:oude|onze|mijn) (?:machine|auto|wagen|bedrijf)\b[^.!?]{0,30}\buitschrijven\b",
    r"\bkeine (?:weiteren |weitere )?(?:nachrichten|anrufe) auf (?:dem|den|die|der) (?:anrufbeantworter|mailbox|band)\b",
    r"\bne plus (?:être|devoir|avoir) (?!contact|sollicit|démarch|dérang|inscri|abonn|à recevoir|à être|sur )",
    r"\bne (?:voulons|veux|souhaitons|souhaite) plus recevoir de (?:factures?|courriers?|papiers?|fax)\b",
    r"\bno (?:me|nos) (?:env[ií]\w{1,4}|mand\w{1,4}) más que\b",
    r"\b(?:lass|lassen sie|lasst) (?:mich|uns) (?:bitte )?in ruhe (?:darüber|noch|erst|mal|eine nacht)\b",
    r"\b(?:delete|erase|remove) my (?:previous|last|first|earlier|other|calendar|first) (?:e-?mail|mail|message|data|reply|answer|one)\b(?!s? (?:address|from))",
    r"\b(?:delete|remove|erase) (?:my|our) (?:data|details|name) from the (?:spreadsheet|slide|slides|deck|quote|offer|sheet|proposal|screenshot|document)\b",
    r"\b(?:use it|used|tool|software|app|it) to (?:delete|remove|erase) our\b",
)  # fmt: skip
_ITSELF = re.compile("|".join(f"(?:{pattern})" for pattern in _ALONE))


def is_aside(text: str, start: int, end: int) -> bool:
    """Whether the words at start:end, which would ask to stop, stand beside another wish."""
    for found in _ITSELF.finditer(text, max(0, start - _BESIDE), end + _NEAR):
        if found.start() < end and found.end() > start:
            return True
    after = text[end : end + _NEAR]
    wide = text[max(0, start - _BESIDE) : start] + " | " + text[end : end + _BESIDE]
    if _only_calls(text[start:end], after) and (
        _MAIL_INSTEAD.search(wide) or (_AT_TIMES.search(after) and _ANSWER_LATER.search(wide))
    ):
        return True
    close = text[start : end + _NEAR]
    if _OLD.search(close) and _NEW.search(text[start : end + _BESIDE]):
        return True
    if _COPY.search(text[start : end + 24]) and _PUT.search(wide):
        return True
    return bool(_THING.search(close) and _RATHER.search(text[end : end + _BESIDE]))


def _only_calls(says: str, after: str) -> bool:
    """The words speak of calls and of no mail; "do not contact us by phone" counts too."""
    if _BY_PHONE.match(after):
        return True
    return bool(_CALLS.search(says)) and not _MAILS.search(says)
