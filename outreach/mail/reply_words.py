"""The words by which mail programs mark quoted text, in our leads' languages. Data only.

Sources: the reply templates of Gmail, Outlook, Apple Mail, Thunderbird and Yahoo in each language.
"""

# the verb of an attribution line: "On ... Marta wrote:". Lower case, compared after casefold.
WROTE = (
    "wrote", "writes", "schrieb", "geschrieben", "schreibt", "a écrit", "a ecrit", "écrivait",
    "escribió", "escribio", "ha escrito", "va escriure", "ha scritto", "scrive", "scritto",
    "schreef", "geschreven", "escreveu", "napisał", "napisał(a)", "napisała", "napisal(a)",
    "skrev", "skrev följande", "kirjoitti", "napsal", "napsal(a)", "napsala", "napísal(a)",
    "napísal", "napisao", "napisao/la", "je napisao", "je napisal", "a scris", "írta", "ezt írta",
    "yazdı", "şunu yazdı", "написал", "написал(а)", "написала", "пишет", "пише", "написав",
    "написа", "έγραψε", "đã viết", "menulis", "写道", "写到", "寫道", "님이 작성", "のメッセージ",
    "كتب", "כתב", "כתב/ה", "kirjutas", "rašė", "rakstīja", "skrifaði",
    "napisao je", "napisala je", "je napisala", "napisala", "napisal", "je napísal",
    "napisali", "pisze", "píše", "написа", "написали", "написано", "napisao/la je",
    "şunları yazdı",
    "volgende geschreven", "folgendes geschrieben", "कहा", "לכתוב", "כתבה", "מאת", "كتبت",
    "بواسطة",
    "نوشت", "نوشته است", "เขียนว่า", "ระบุว่า", "เขียน", "のメール", "さんは書きました",
    "さんからのメール", "이(가) 쓴 글", "쓴 글", "작성", "写道", "于写道", "viết", "đã viết",
    "tulis",
    "va escriure", "escribiu", "idatzi zuen", "skrifaði", "skreiv", "rakstija", "rasė", "parašė",
    "kirjutas", "a scris", "έγραψε", "rašo", "escriu", "escribe", "escreve", "ecrit", "écrit",
)  # fmt: skip

# how an attribution line begins, before its date
OPENERS = frozenset(
    {
        "on", "at", "am", "le", "el", "il", "il giorno", "op", "em", "no dia", "dnia", "w dniu",
        "den", "på", "dne", "dňa", "pe", "în", "in data", "în data", "u", "στις", "vào", "pada",
        "on behalf of", "в", "на", "ngày", "il dì", "dia", "el día", "a", "bei", "v", "u dan",
        "la",
        "às", "as", "missatge de", "el dia", "kuupäev", "në", "þann", "ob", "kl.", "кога",
        "في", "ใน", "เมื่อ", "ในวันที่", "בתאריך", "ב-", "بتاريخ", "在", "於", "pada tanggal",
        "tanggal",
        "z dnia", "pri", "an", "zo dňa", "les", "wiadomość", "w", "e",
    }
)  # fmt: skip

_LABELS = {
    "from": (
        "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "от кого",
        "від",
        "feladó", "kimden", "gönderen", "差出人", "发件人", "寄件者", "보낸 사람", "από", "de la",
        "expéditeur", "mittente", "remitente", "afzender", "absender", "nadawca", "remetente",
        "odesílatel", "saatja", "nuo", "no", "frá",
        "odosielateľ", "expeditor", "šalje", "pošiljatelj", "pošiljalec", "מאת", "من", "از",
        "จาก",
        "寄件人", "发信人", "发件者", "보낸사람", "보낸이", "từ", "người gửi", "dari", "kutoka",
        "från:",
        "от:", "αποστολέας", "dal", "remitent", "igorlea", "nga", "avsender", "avsändare",
        "afsender",
        "adresse de l'expéditeur", "отправитель", "відправник", "подател", "送信者", "差出人",
        "feladó",
    ),
    "date": (
        "sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el",
        "enviada em", "enviado em", "fecha", "data", "inviato", "verzonden", "wysłano", "wysłane",
        "skickat", "sendt", "dato", "lähetetty", "päivämäärä", "päiväys", "отправлено", "дата",
        "odesláno", "odoslané", "dátum", "küldve", "elküldve", "gönderildi", "gönderme tarihi",
        "tarih", "送信日時", "日付", "发送时间", "日期", "보낸 날짜", "날짜", "trimis", "dată",
        "στάλθηκε", "ημερομηνία", "poslano", "надіслано", "saadetud",
        "versendet", "gesendet am", "envoyé le", "date d'envoi", "odosláno", "dátum",
        "gönderilme",
        "gönderilme tarihi", "gönderme", "εστάλη", "στάλθηκε", "apesteilan", "изпратено", "дата:",
        "відправлено", "נשלח", "תאריך", "تم الإرسال", "أرسلت", "التاريخ", "تاريخ", "ارسال شده",
        "تاریخ",
        "ส่ง", "วันที่", "ส่งเมื่อ", "送信日", "日時", "時間", "时间", "寄件日期", "傳送時間", "已傳送",
        "已发送", "보낸시간", "보낸 시간", "đã gửi", "ngày", "ngày gửi", "thời gian", "dikirim",
        "tanggal",
        "išsiųsta", "data", "nosūtīts", "datums", "kuupäev", "enviat", "enviat el", "datum:",
        "sänt",
        "bidalia", "dërguar", "sent at", "date sent", "sent on", "wysłano dnia", "verzonden op",
        "inviato il", "skickat den", "envoyee", "mail du", "enviado a", "enviada", "invio",
        "sendt den",
    ),
    "to": (
        "to", "an", "à", "a", "para", "aan", "do", "till", "til", "vastaanottaja", "кому", "komu",
        "címzett", "kime", "alıcı", "宛先", "收件人", "받는 사람", "către", "προς", "za",
        "destinataire", "destinatario", "destinatário", "saaja",
        "empfänger", "destinatar", "prima", "primatelj", "prejemnik", "příjemce", "príjemca",
        "адресат",
        "получатель", "до", "אל", "إلى", "به", "ถึง", "收件者", "받는사람", "받는이", "tới",
        "đến", "kepada",
        "untuk", "kam", "adressaat", "per a", "per", "mottagare", "modtager", "mottaker",
        "odbiorca",
        "ontvanger", "nori", "për", "받는 사람", "宛先", "a:", "tillaga", "gavėjas", "saņēmējs",
    ),
    "cc": ("cc", "kopie", "kopia", "kopi", "copia", "cópia", "copie", "копия", "kópia", "抄送"),
    "subject": (
        "subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "temat",
        "ämne",
        "emne", "aihe", "тема", "předmět", "predmet", "tárgy", "konu", "件名", "主题", "主旨",
        "제목", "subiect", "θέμα", "zadeva", "teema", "re",
        "název", "onderwerp:", "нα", "относно", "נושא", "الموضوع", "موضوع", "เรื่อง", "หัวเรื่อง",
        "主題",
        "标题", "標題", "chủ đề", "tiêu đề", "subjek", "perihal", "hal", "tēma", "temat:",
        "assumpte",
        "gaia", "efni", "lënda", "objekt", "objeto", "sujet", "sagsemne", "предмет", "naslov",
    ),
    "reply": ("reply-to", "reply to", "antwort an", "risposta", "répondre à", "responder a"),
}  # fmt: skip
HEADER_LABELS = {label: kind for kind, labels in _LABELS.items() for label in labels}

# between dashes, or alone on a line with a colon: what follows is somebody else's message
ORIGINAL = frozenset(
    {
        "original message", "original email", "forwarded message", "begin forwarded message",
        "reply message", "ursprüngliche nachricht", "originalnachricht", "original-nachricht",
        "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "message d'origine",
        "message original", "message initial", "message transféré", "début du message transféré",
        "mensaje original", "mensaje reenviado", "inicio del mensaje reenviado",
        "mensagem original", "mensagem encaminhada", "mensagem reencaminhada",
        "início da mensagem encaminhada", "messaggio originale", "messaggio inoltrato",
        "inizio messaggio inoltrato", "oorspronkelijk bericht", "oorspronkelijke bericht",
        "origineel bericht", "doorgestuurd bericht", "begin doorgestuurd bericht",
        "wiadomość oryginalna", "oryginalna wiadomość", "wiadomość przekazana dalej",
        "początek przekazanej wiadomości", "treść oryginalnej wiadomości",
        "ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande",
        "oprindelig meddelelse", "videresendt meddelelse", "opprinnelig melding",
        "videresendt melding", "alkuperäinen viesti", "välitetty viesti", "исходное сообщение",
        "оригинальное сообщение", "пересылаемое сообщение", "původní zpráva", "pôvodná správa",
        "přeposlaná zpráva", "eredeti üzenet", "továbbított üzenet", "orijinal mesaj",
        "özgün ileti", "iletilmiş mesaj", "mesaj original", "mesaj redirecționat",
        "izvorna poruka", "originalna poruka", "原始邮件", "原始郵件", "转发邮件",
        "元のメッセージ",
        "원본 메시지", "αρχικό μήνυμα", "оригінальне повідомлення", "quoted text",
        "original appointment", "original mail", "original e-mail", "original email message",
        "forwarded email", "forwarded mail", "originaltermin", "ursprüngliche e-mail",
        "ursprüngliche mail", "weitergeleitete e-mail", "originalmail", "message transmis",
        "message réexpédié", "début du message réexpédié", "début du message transmis",
        "courriel original", "courrier original", "rendez-vous d'origine",
        "correo original", "cita original", "e-mail original", "email original",
        "inizio del messaggio inoltrato", "doorgestuurd e-mailbericht",
        "oorspronkelijke e-mail", "przekazana wiadomość", "wiadomość przesłana dalej",
        "vidarebefordrat brev", "vidarebefordrat mejl", "börja vidarebefordrat meddelande",
        "påbörja vidarebefordrat meddelande", "start på videresendt besked", "oprindelig besked",
        "videresendt besked", "videresendt e-post", "start på videresendt melding",
        "opprinnelig e-post", "välitetty viesti alkaa",
        "edelleenlähetetty viesti", "переадресованное сообщение", "пересланное сообщение",
        "начало переадресованного сообщения", "пересылаемое письмо", "исходное письмо",
        "původní e-mail", "začátek přeposlané zprávy", "preposlaná správa",
        "továbbított levél", "eredeti levél", "továbbított üzenet eleje", "yönlendirilen ileti",
        "iletilen mesaj", "orijinal ileti", "başlangıç iletilen ileti", "mesaj inițial",
        "mesaj redirecţionat", "începutul mesajului redirecționat", "proslijeđena poruka",
        "posredovano sporočilo", "izvirno sporočilo", "оригинално съобщение",
        "препратено съобщение", "προωθημένο μήνυμα", "αρχικο μηνυμα", "переслане повідомлення",
        "початкове повідомлення", "הודעה מקורית", "הודעה שהועברה", "الرسالة الأصلية",
        "رسالة مُعاد توجيهها", "الرسالة المعاد توجيهها", "پیام اصلی", "ข้อความต้นฉบับ",
        "ข้อความที่ส่งต่อ", "邮件原件", "原始信息", "原始訊息", "轉寄的郵件", "轉寄郵件", "转发的邮件",
        "转发信息", "以下是转发的邮件", "転送メッセージ", "転送されたメッセージ",
        "オリジナルメッセージ",
        "元のメール", "전달된 메시지", "원본 이메일", "원본메세지", "원본메시지", "thư gốc",
        "tin nhắn gốc", "thư đã chuyển tiếp", "pesan asli", "pesan terusan", "pesan diteruskan",
        "missatge original", "missatge reenviat", "originalus laiškas", "persiųstas laiškas",
        "sākotnējais ziņojums", "algne kiri", "edastatud kiri",
    }
)  # fmt: skip

# "Sent from my iPhone" and its kin: how such a line begins (casefolded, brackets stripped) ...
DEVICE_STARTS = (
    "sent from", "sent via", "sent with", "sent by", "sent on my", "sent using", "sent mobile",
    
    "gesendet von", "gesendet mit", "gesendet aus", "gesendet über",
    "diese nachricht wurde von mein", "envoyé depuis", "envoyé de mon", "envoyé à partir de",
    "envoyé avec", "envoyé par", "enviado desde", "enviado de ", "enviado do ",
    "enviado a partir",
    "enviado por", "enviado via", "enviado com", "inviato da", "inviato con", "verzonden vanaf",
    "verzonden met", "verzonden via", "verstuurd vanaf", "verstuurd met", "verstuurd via",
    "wysłano z", "wysłane z", "skickat från", "skickat med", "sendt fra", "sendt med",
    "lähetetty iphone", "lähetetty ipad", "lähetetty samsung", "lähetetty gmail",
    "lähetetty android", "lähetetty galaxy", "lähetetty outlook", "lähetetty minun",
    "lähetetty laitteesta",
    "lähetetty puhelimesta", "отправлено с", "отправлено из", "odesláno z", "odoslané z",
    "poslano s",
    "trimis de pe", "στάλθηκε από", "надіслано з", "发自我的", "发自", "發自", 
    "iphoneから送信", "iphone から送信", "get outlook for", "get [outlook", "outlook für",
    "obtenir outlook", "télécharger outlook", "obtener outlook", "obter outlook",
    "scarica outlook",
    "ottieni outlook", "pobierz outlook", "outlook voor", "download outlook", "hämta outlook",
    "hent outlook", "<<sent by", "typed on my", "sendt via", "skickades från",
    "sent through", "sent while on the", "yahoo mail:", "holen sie sich outlook",
    "obtenez outlook",
    "téléchargez outlook", "laden sie outlook", "scopri outlook", "pobierz aplikację outlook",
    "outlook herunterladen", "descargar outlook", "descarga outlook", "baixar outlook",
    "obtenha o outlook", "obtenha outlook", "baixe o outlook", "outlook downloaden",
    "haal outlook",
    "få outlook", "last ned outlook", "hanki outlook", "lataa outlook", "получить outlook",
    "скачать outlook", "získat outlook", "stáhnout outlook", "získajte outlook",
    "outlook beszerzése",
    "az outlook beszerzése", "descărcați outlook", "obțineți outlook", "ios için outlook",
    "android için outlook", "λήψη του outlook", "scarica yahoo",
    "provenance : courrier pour windows",
    "provenance : courrier", "kom igång med outlook", "von unterwegs gesendet", "mobil gesendet",
    "mit freundlichen grüßen vom iphone", "diese e-mail wurde von mein", "envoyée depuis",
    "message envoyé de mon", "message envoyé depuis", "ce message a été envoyé depuis",
    "enviat des d", "enviado dende", "mensaje enviado desde", "mensagem enviada do",
    "messaggio inviato da", "wiadomość wysłana z", "wysłano przez", "wysłane przy",
    "skickat via", "skickat av", "sendt på", "отправлено от", "отправлено через",
    "надіслано через", "надіслано від", "odoslané pomocou", "odesláno pomocí", "odesláno přes",
    "poslano iz", "poslano putem", "изпратено от мо", "изпратено от iphone", "изпратено чрез",
    "trimis din", "trimis prin", "trimis cu", "εστάλη από", "נשלח מ", "أرسلت من", "مرسل من",
    "تم الإرسال من", "أُرسلت من", "ارسال شده از", "ส่งจาก", "đã gửi từ", "gửi từ", "được gửi từ",
    "dikirim dari", "dihantar dari", "išsiųsta iš", "nosūtīts no", "sūtīts no", "saadetud minu",
    "sent fra", "傳送自", "寄自", "发送自", 
)  # fmt: skip
# ... or ends
DEVICE_ENDS = (
    "gönderildi",
    "gesendet",
    "から送信",
    "에서 보냄",
    "from mobile",
    "傳送",
    "发送",
    "自动发送",
    " küldve",
    "傳送自我的 iphone",
)

REPLY_ABOVE = (
    "reply to this email directly or", "reply to this email directly,",
    "reply above this line", "please type your reply above", "write above this line",
    "bitte über dieser zeile antworten", "répondez au-dessus de cette ligne",
    "reply above the line", "type your reply above", "reply above this marker",
    "reply above here",
    "responda por encima de esta línea", "responda acima desta linha",
    "rispondi sopra questa riga",
    "scrivi la tua risposta sopra questa riga", "typ uw antwoord boven deze",
    "ответьте выше этой",
    "antworten sie oberhalb dieser zeile", "antwort oberhalb dieser zeile",
    "veuillez saisir votre réponse au-dessus", "répondre au-dessus de cette ligne",
    "escriba su respuesta por encima", "svar över den här raden", "odpowiedz powyżej tej linii",
    "skriv svar over denne linje", "digite sua resposta acima",
)  # fmt: skip

# "Quoting Jonas Weber <jonas@...>:" of Horde and its kin
QUOTERS = (
    "quoting ", "zitat von ", "citando ", "citation de ", "cytat ", "cytowanie ", "citerar ",
    "citeren ", "citát ", "цитирование ", "citando a ",
)  # fmt: skip

# a device line may be a sentence when it asks for pardon: "Sent from my phone, excuse typos"
APOLOGIES = ("typo", "excuse", "brevity", "sorry", "forgive", "pardon", "apolog", "brief")

# how a device line begins that needs no name of a device: whatever "my" thing it was sent from
DEVICE_MINE = (
    "sent from my", "sent on my", "sent via my", "typed on my", "<<sent by", "yahoo mail: ",
    "envoyé de mon", "envoyé depuis mon", "enviado desde mi ", "enviado do meu", "enviado de mi ",
    "inviato dal mio", "verstuurd vanaf mijn", "verzonden vanaf mijn", "skickat från min",
    "sendt fra min", "wysłano z mojego", "wysłane z mojego", "отправлено с моего", "أرسلت من الـ",
    "trimis de pe", "στάλθηκε από το", "đã gửi từ", "dikirim dari", "enviat des del meu",
)  # fmt: skip

# "From my iPhone", "Von meinem Handy gesendet": only with a device and a verb of sending, or short
FROM_MINE = (
    "from my ", "von meinem", "von meiner", "dal mio", "从我的", "從我的", "나의 ", "내 ",
    "通过我的",
    "来自我的",
)  # fmt: skip
SENDING = (
    "gesendet", "geschickt", "verschickt", "inviat", "发送", "傳送", "发出", "보냄", "보낸",
    "전송", "sent",
)  # fmt: skip

# what mail is sent from; a plain "Sent by courier yesterday." has none of them
DEVICES = (
    "iphon", "ipad", "ipod", "ios", "android", "samsung", "galaxy", "xiaomi", "redmi", "huawei",
    "honor", "oneplus", "pixel", "nokia", "motorola", "htc", "xperia", "oppo", "realme", "wiko",
    "alcatel", "blackberry", "windows", "macbook", "outlook", "gmail", "airmail", "proton",
    "tuta",
    "yahoo", "aol", "gmx", "web.de", "zoho", "spark", "superhuman", "spike", "edison", "nine",
    "bluemail", "k-9", "fairmail", "fastmail", "missive", "canary", "hey.com", "mailbox",
    "my mail",
    "mail for", "mail app", "mail.ru", "yandex", "яндекс", "почт", "mobile", "mobil", "móvil",
    "cellulare", "celular", "smartphone", "handy", "phone", "telefon", "teléfono", "téléphone",
    "telefoon", "telefone", "telefono", "телефон", "puhelime", "komórk", "tablet", "laite",
    "apparaat",
    "device", "gerät", "appareil", "dispositivo", "手机", "手機", "携帯", "휴대", "galaxy",
    "[mail]",
    "thunderbird", "roundcube", "webmail", "freenet", "t-online", "orange", "windows mail",
    "aka.ms",
)  # fmt: skip
