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
)  # fmt: skip

# how an attribution line begins, before its date
OPENERS = frozenset(
    {
        "on", "at", "am", "le", "el", "il", "il giorno", "op", "em", "no dia", "dnia", "w dniu",
        "den", "på", "dne", "dňa", "pe", "în", "in data", "în data", "u", "στις", "vào", "pada",
        "on behalf of", "в", "на", "ngày", "il dì", "dia", "el día", "a", "bei",
    }
)  # fmt: skip

_LABELS = {
    "from": (
        "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "от кого", "від",
        "feladó", "kimden", "gönderen", "差出人", "发件人", "寄件者", "보낸 사람", "από", "de la",
        "expéditeur", "mittente", "remitente", "afzender", "absender", "nadawca", "remetente",
        "odesílatel", "saatja", "nuo", "no", "frá",
    ),
    "date": (
        "sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el",
        "enviada em", "enviado em", "fecha", "data", "inviato", "verzonden", "wysłano", "wysłane",
        "skickat", "sendt", "dato", "lähetetty", "päivämäärä", "päiväys", "отправлено", "дата",
        "odesláno", "odoslané", "dátum", "küldve", "elküldve", "gönderildi", "gönderme tarihi",
        "tarih", "送信日時", "日付", "发送时间", "日期", "보낸 날짜", "날짜", "trimis", "dată",
        "στάλθηκε", "ημερομηνία", "poslano", "надіслано", "saadetud",
    ),
    "to": (
        "to", "an", "à", "a", "para", "aan", "do", "till", "til", "vastaanottaja", "кому", "komu",
        "címzett", "kime", "alıcı", "宛先", "收件人", "받는 사람", "către", "προς", "za",
        "destinataire", "destinatario", "destinatário", "saaja",
    ),
    "cc": ("cc", "kopie", "kopia", "kopi", "copia", "cópia", "copie", "копия", "kópia", "抄送"),
    "subject": (
        "subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "temat", "ämne",
        "emne", "aihe", "тема", "předmět", "predmet", "tárgy", "konu", "件名", "主题", "主旨",
        "제목", "subiect", "θέμα", "zadeva", "teema", "re",
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
        "izvorna poruka", "originalna poruka", "原始邮件", "原始郵件", "转发邮件", "元のメッセージ",
        "원본 메시지", "αρχικό μήνυμα", "оригінальне повідомлення", "quoted text",
    }
)  # fmt: skip

# "Sent from my iPhone" and its kin: how such a line begins (casefolded, brackets stripped) ...
DEVICE_STARTS = (
    "sent from", "sent via", "sent with", "sent by", "sent on my", "sent using", "sent mobile",
    "from my ip", "from my mobile", "from my android", "from my phone", "from my samsung",
    "von meinem", "gesendet von", "gesendet mit", "gesendet aus", "gesendet über",
    "diese nachricht wurde von mein", "envoyé depuis", "envoyé de mon", "envoyé à partir de",
    "envoyé avec", "envoyé par", "enviado desde", "enviado de ", "enviado do ", "enviado a partir",
    "enviado por", "enviado via", "enviado com", "inviato da", "inviato con", "verzonden vanaf",
    "verzonden met", "verzonden via", "verstuurd vanaf", "verstuurd met", "verstuurd via",
    "wysłano z", "wysłane z", "skickat från", "skickat med", "sendt fra", "sendt med",
    "lähetetty ", "отправлено с", "отправлено из", "odesláno z", "odoslané z", "poslano s",
    "küldve ", "trimis de pe", "στάλθηκε από", "надіслано з", "发自我的", "发自", "發自", "從我的",
    "iphoneから送信", "iphone から送信", "나의 ", "get outlook for", "get [outlook", "outlook für",
    "obtenir outlook", "télécharger outlook", "obtener outlook", "obter outlook", "scarica outlook",
    "ottieni outlook", "pobierz outlook", "outlook voor", "download outlook", "hämta outlook",
    "hent outlook", "<<sent by", "typed on my", "sendt via", "skickades från",
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
)

REPLY_ABOVE = (
    "reply above this line", "please type your reply above", "write above this line",
    "bitte über dieser zeile antworten", "répondez au-dessus de cette ligne",
)  # fmt: skip
