"""Opt-outs in more languages than rules_words knows. Data only, as there: bounded patterns over
lower-case text with single spaces."""

# ruff: noqa: E501  one pattern a line reads better than a broken one

_G = r"[^.!?]{0,40}?"

OPT_OUT_MORE = (
    # English, what the first list lacks
    r"\bquit (?:e-?mailing|writing|messaging|texting|calling|contacting|spamming) (?:me|us)\b",
    r"\b(?:forget|erase|wipe|scrub) (?:me\b|us\b|(?:that )?(?:you ever had )?(?:my|our) (?:address|number|e-?mail|details|data))",
    r"\b(?:cease|end|discontinue) (?:all |any )?(?:further )?(?:communications?|contact|correspondence|e-?mails|mailings?)\b",
    r"(?:^|[.!?] )(?:please )?unsubscribe(?: me| us)?,? (?:please|thanks|thank you|now|asap)\b",
    r"\b(?:do not|don't|dont|never) (?:contact|call|reach) (?:me|us)(?: by phone)? or (?:by |via )?(?:e-?mail|mail|text|write)\b|\bby (?:phone|text),? (?:or|nor) (?:by |via )?e-?mail\b(?= (?:again|ever|any ?more))",
    r"\b(?:remove|delete|take) (?:this|that|the)(?: \w{1,10})? (?:e-?mail|address|e-?mail address|number|contact) (?:from|off|out of) (?:your|the|this|all|any)\b",
    # German
    r"\b(?:bitte|sofort|umgehend|fordere|verlange|würden sie|könnten sie|können sie)\b(?: \w{1,14}){0,4} (?:meine|unsere) (?:daten|adresse|kontaktdaten|mailadresse|nummer)\b[^.!?,]{0,30}\b(?:löschen|entfernen|streichen)\b",
    r"\b(?:hör|hört|hören sie) (?:bitte |endlich |sofort )?auf,? (?:mir|uns|mich|zu|damit)\b" + _G + r"(?:schreiben|mailen|spammen|belästigen|anzurufen|schicken|senden|$)",
    r"\b(?:lassen sie|lass|lasst) (?:mich|uns)(?: bitte| endlich| einfach)? in ruhe\b(?! (?:lesen|nachdenken|überlegen|prüfen))",
    r"\b(?:nimm|nehmen sie|nehmt|streich|streicht|lösch|löscht) (?:mich|uns)\b" + _G + r"\b(?:verteiler|liste|raus|datenbank)\b",
    r"\b(?:löschen|lösch|löscht)(?: sie)?(?: bitte| sofort| umgehend)? (?:alle )?(?:meine|unsere) (?:daten|adresse|nummer|kontaktdaten|e-?mail)\b",
    # French
    r"\b(?:laissez|laisse|fichez|foutez)(?:-| )?(?:moi|nous)(?: la)? (?:tranquille|paix)\b(?! jusqu)",
    r"\b(?:ne m'|ne nous |ne me )(?:écri|contact|appel|envoy|relanc|sollicit)\w{1,8} plus\b|\bplus (?:aucun|un seul) (?:mail|message|courriel|appel|sms)\b",
    r"\b(?:effacez|supprimez|retirez|enlevez|rayez)(?:-moi|-nous)(?= ?(?:$|[.!,]| de (?:votre|vos|cette|la|ta|tes|toutes)\b))",
    # Spanish
    r"\bd[ée]n{1,2}(?:os|me|nos) de baja\b",
    r"\b(?:déjeme|déjenme|déjame|déjennos|dejadme|dejadnos|dejeme|dejenme)(?: ya)? (?:en paz|tranquil\w)\b",
    r"\b(?:bórreme|bórrenme|bórrame|borradme|quíteme|quítenme|sáqueme|sáquenme|sáquennos|elimíneme|elimínenme) de\b",
    r"\bno (?:me|nos) (?:vuelva|vuelvan|vuelvas) a (?:escribir|contactar|llamar|mandar|enviar)\b",
    # Italian
    r"\b(?:lasciatemi|mi lasci|lasciami|lasciateci) (?:in pace|stare)\b|\bbasta (?:e-?mail|mail|messaggi|spam)\b",
    r"\bnon (?:scrivetemi|mi scrivete|mi scriva|contattatemi|mi contatti|mi contattate|chiamatemi|mandatemi) (?:mai )?più\b",
    # Portuguese
    r"\b(?:deixe|deixem|deixa)(?:-me|-nos| me)? ?(?:me )?em paz\b|\bchega de (?:e-?mails?|mensagens|spam)\b",
    r"\bnão (?:me |nos )(?:mande|mandem|envie|enviem|escreva|escrevam|contacte|contactem|ligue|liguem)\b" + _G + r"\bmais\b",
    # Dutch
    r"\b(?:kunt|kun|kunnen|wilt|wil|willen|zou|zouden) (?:u|je|jullie)\b" + _G + r"\b(?:mij|me|ons)\b" + _G + r"\b(?:uitschrijven|afmelden|verwijderen|van (?:de|uw|jullie|die) (?:\w{1,14} )?(?:lijst|mailinglijst)|uit (?:uw|jullie|het) (?:\w{1,14} )?(?:bestand|systeem|adressenbestand|lijst))\b",
    r"\b(?:mij|me|ons|mijn adres|ons adres)\b(?: \w{1,12}){0,3} (?:van|uit) (?:de|uw|jullie|het|deze|die) (?:\w{1,14} )?(?:lijst|mailinglijst|bestand|verzendlijst|database)\b(?: te)? (?:halen|verwijderen|schrappen|gooien)\b",
    r"\blaat (?:me|mij|ons)(?: \w{1,10})? met rust\b|\bstop met (?:mailen|schrijven|bellen|appen)(?! over| en )",
    r"\bstuur (?:me|mij|ons)? ?(?:nooit|niets|geen mails?) meer\b",
    # Polish
    r"\b(?:mnie|nas|mój adres|nasz adres)\b(?: (?!nie\b)\w{1,12}){0,3} (?:usun|wypis|wykreśl)\w{1,5}\b(?: \w{1,12}){0,3}",
    r"\bdaj(?:cie)? (?:mi|nam) (?:święty )?spokój\b|\bproszę (?:więcej )?(?:do mnie |do nas )?(?:już )?(?:więcej )?nie (?:pisać|dzwonić|wysyłać)\b",
    r"\b(?:usuńcie|usuń|wykreślcie|skasujcie) (?:mnie|nas|mój|nasz|moje|nasze)\b",
    # Swedish, Danish, Norwegian
    r"\b(?:sluta|stoppa) (?:att )?(?:skicka|mejla|maila|skriva|ringa|kontakta|spamma)\b|\bskicka inte (?:fler|mer|några)\b",
    r"\b(?:ta bort|tag bort|stryk|radera) (?:mig|oss|min|vår)\b" + _G + r"\b(?:lista|listan|register|registret|utskick\w{0,3}|adress|mejladress|uppgifter)\b",
    r"\b(?:avregistrera|avprenumerera) (?:mig|oss)\b(?! inte)|\blämna (?:mig|oss) (?:i fred|ifred)\b|\binga fler (?:mejl|mail|utskick|meddelanden)\b",
    r"\b(?:stop|hold op) med at (?:skrive|sende|maile|ringe|kontakte|spamme)\b|\b(?:slet|fjern) (?:mig|os|min|vores)\b" + _G + r"\b(?:liste|listen|mailliste|database|adresse|oplysninger)\b",
    r"\b(?:afmeld|frameld) (?:mig|os)\b(?! ikke)|\blad (?:mig|os) være i fred\b|\bingen flere (?:mails?|beskeder|e-?poster?|meldinger)\b",
    r"\b(?:slutt|stopp) (?:å|med å) (?:sende|skrive|ringe|maile|kontakte|spamme)\b|\b(?:slett|fjern|stryk) (?:meg|oss|min)\b" + _G + r"\b(?:liste|listen|adresse|e-post|opplysninger)\b",
    r"\bmeld (?:meg|oss) av\b|\bla (?:meg|oss) være i fred\b|\bikke (?:kontakt|skriv til|send) (?:meg|oss|mer|flere)\b",
    # Finnish
    r"\bpoista(?:kaa)? (?:minut|meidät|tietoni|osoitteeni|yhteystietoni)\b|\b(?:lopeta|lopettakaa) (?:tämä |viestien |sähköpostien )?(?:viestittely|lähettäminen|häirintä|spämmääminen|soittelu)\b",
    r"\b(?:älä|älkää) (?:enää )?(?:lähetä|lähettäkö|lähettäkää|kirjoita|kirjoittako|ota|ottako)\b" + _G + r"\b(?:enää|yhteyttä|viestejä)\b|\bperuuta(?:n)? tilaus\b",
    # Czech, Slovak
    r"\b(?:vyřaďte|vyraďte|odhlaste|odhláste|smažte|vymažte|odstraňte|odeberte) (?:mě|nás|ma|mne|mou|moji|naši|moje|naše)\b|\b(?:nepište|neposílejte|nevolejte|nekontaktujte) (?:mi |mě |nám |nás )?(?:už|již|víc)\b",
    r"\buž (?:mi |nám |mě |nás )?(?:nic )?(?:nepište|neposílejte|nevolejte|nekontaktujte)\b|\bdejte (?:mi|nám) pokoj\b",
    # Romanian
    r"\b(?:ștergeți|stergeti|șterge|scoateți|scoateti|eliminați|dezabonați|dezabonati)(?:-mă|-ma|-ne)\b|\bnu (?:îmi|imi|mă|ma|ne) mai (?:scrieți|scrieti|contactați|contactati|trimiteți|trimiteti|sunați|sunati)\b|\blăsați-mă în pace\b",
    # Hungarian
    r"\b(?:töröljenek|töröljön|töröljék|vegyenek le|vegyen le|iratkoztassanak le)\b|\bne (?:írjanak|írjon|küldjenek|küldjön|keressenek|keressen|hívjanak)\b" + _G + r"\b(?:többet|többé|több)\b|\bhagyjanak békén\b",
    # Turkish
    r"\blisten\w{0,6} (?:beni |bizi )?çıkar\w{0,6}\b|\b(?:beni|bizi)\b" + _G + r"\bçıkar(?:ın|ınız|ir misiniz)\b|\bbir daha (?:yazma|mail atma|arama|rahatsız etme|gönderme)\w{0,6}\b|\bbeni rahat bırak\w{0,4}\b",
    # Russian, Ukrainian
    r"\b(?:отпишите|удалите|уберите|исключите) (?:меня|нас|мой|наш)\b|\b(?:не пишите|не звоните|не присылайте|не беспокойте)\b|\bпрекратите (?:писать|слать|рассылку|присылать)\b|\bотписаться\b|\bоставьте (?:меня|нас) в покое\b",
    r"\b(?:відпишіть|видаліть|приберіть) (?:мене|нас|мою|наш)\b|\b(?:не пишіть|не дзвоніть|не надсилайте)\b|\bприпиніть (?:писати|надсилати)\b|\bвідписатися\b",
    # Greek, Arabic, Hebrew, Chinese, Japanese, Korean, Hindi
    r"\b(?:διαγράψτε|διαγραψτε|αφαιρέστε|αφαιρεστε) (?:με|μας|το email)\b|\bμη(?:ν)? (?:μου |με |μας )?(?:ξανα)?(?:στείλετε|γράψετε|στέλνετε|ενοχλείτε|ξαναγράψετε)\b",
    r"الغاء الاشتراك|إلغاء الاشتراك|احذفوني|لا تراسل|توقفوا عن|أزيلوا",
    r"הסירו אותי|תסירו אותי|להסיר אותי|הסר אותי|תפסיקו לשלוח|אל תשלחו",
    r"退订|取消订阅|不要再(?:发|给我|联系|打)|别再(?:发|联系)|删除我|請勿再|不要再寄|停止发送",
    r"配信(?:を)?停止|配信解除|登録(?:を)?解除|(?:送ら|連絡し|メールし)ないで|削除してください|もう(?:メール|連絡)(?:は|を)",
    r"수신\s?거부|구독\s?취소|그만\s?보내|보내지\s?(?:마|말)|연락하지\s?(?:마|말)|삭제해\s?(?:주|달)",
    r"सदस्यता समाप्त|मत भेज|संपर्क न कर|सूची से हटा",
)  # fmt: skip
