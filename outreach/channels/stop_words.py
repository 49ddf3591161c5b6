"""Whole messages that mean "stop" or "start again". Words only; what follows is the services'.

English: the words every carrier and Twilio honour, and those of the FCC's rule of 2024 (47 CFR
64.1200(a)(10)). The other languages: what people there answer to a commercial text. Only a whole
message counts, so "stop by at ten" is no opt-out; sentences are the classifier's matter.
"""

import re
import unicodedata

LIMIT = 60  # characters; longer is a sentence
_STOP = """
stop | stopall | stop all | unsubscribe | unsubscribe all | cancel | end | quit | revoke | optout
opt out | opt me out | remove | remove me | stop it | stop texting | stop texting me | stop sms
stop messages | stop messaging me | do not text | dont text me | no more texts | no more messages
stopp | abmelden | abbestellen | abbestellung | abmeldung | austragen | keine sms | keine sms mehr
keine nachrichten mehr | aufhoren | aufhoeren | widerruf | bitte loschen
arret | arrete | arretez | arreter | stopper | desabonner | desabonnement | me desabonner
desinscrire | desinscription | desinscrivez moi | resilier | plus de sms | ne plus recevoir
alto | baja | dar de baja | darme de baja | parar | para | detener | cancelar | cancelar suscripcion
no mas | no mas mensajes | borrame | no enviar mas
ferma | fermati | basta | basta sms | annulla | cancella | cancellami | disiscrivi | disiscrivimi
disdici | disiscrizione | rimuovi | rimuovimi | non scrivermi piu
pare | sair | remover | descadastrar | cancelar inscricao | nao enviar mais | sem mensagens
stoppen | stop ermee | afmelden | uitschrijven | opzeggen | geen sms | geen berichten meer
zakoncz | wypisz | wypisz mnie | wypisuje sie | rezygnuje | rezygnacja | anuluj | zatrzymaj
nie pisz | nie wysylaj | koniec
sluta | avsluta | avregistrera | avanmal | avsla | inga fler sms
slutt | avslutt | meld av | avmeld | ikke mer
stands | afmeld | afslut | ikke flere sms
lopeta | lopettakaa | peruuta | peru | poistu | seis
odhlasit | odhlasit se | zrusit | konec | ukoncit | odhlasit sa | zrusit odber | neposilat
leiratkozas | leiratkozom | vege | allj
dezabonare | dezabonez | oprire | opreste | anulare | anuleaza
iptal | dur | cik | durdur | ret | listeden cik
odjava | odjavi | otkazi
hatti | haetta
loobu | lopp | atsisakyti | atteikties
стоп | стой | отписаться | отписка | отпишите меня | отмена | отменить | хватит | прекратить
відписатися | відписка | скасувати | відмова | досить
отписване | спри | одјава
στοπ | σταματα | σταματηστε | διακοπη | διαγραφη | απεγγραφη
توقف | قف | الغاء | الغاء الاشتراك | ايقاف | وقف
הסר | הסרה | עצור | הפסק | להסיר
退订 | 退訂 | 取消订阅 | 停止 | 取消 | 不要再发 | td
配信停止 | ストップ | 解除 | 停止してください | やめて
수신거부 | 중지 | 정지 | 그만 | 해지
रोकें | बंद करें | रोको | बंद
berhenti | batal | henti
dung | huy | tu choi
หยุด | ยกเลิก
"""
_START = "start | unstop | start again | opt in | optin"
_POLITE = (
    "please", "pls", "plz", "bitte", "s il vous plait", "svp", "por favor", "per favore", "graag",
    "prosze", "tack", "takk", "tak", "thanks", "thank you", "danke", "merci", "gracias", "grazie",
    "obrigado", "obrigada", "dziekuje", "now", "jetzt", "пожалуйста", "спасибо",
)  # fmt: skip
_SPACED = re.compile(r"(?:\w ){2,14}\w")  # "s t o p"
_OTHER = re.compile(r"[\W_]+")
_ODD = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae"})


def plain(text: str) -> str:
    """Small letters without accents, marks and emoji, one space between words."""
    lower = unicodedata.normalize("NFKC", text[: LIMIT * 4]).casefold().translate(_ODD)
    bare = "".join(c for c in unicodedata.normalize("NFD", lower) if _kept(c))
    return _OTHER.sub(" ", unicodedata.normalize("NFC", bare).replace("'", "")).strip()


def _kept(sign: str) -> bool:
    """Accents and Arabic vowels go; the vowel signs of Devanagari and Thai are letters."""
    return not ("\u0300" <= sign <= "\u036f" or "\u064b" <= sign <= "\u0655")


def _each(words: str) -> frozenset[str]:
    return frozenset(plain(word) for line in words.splitlines() for word in line.split("|")) - {""}


STOP, START = _each(_STOP), _each(_START)


def is_stop(text: str) -> bool:
    return _is(text, STOP)


def is_start(text: str) -> bool:
    return _is(text, START)


def _is(text: str, words: frozenset[str]) -> bool:
    if len(text.strip()) > LIMIT:
        return False
    found = plain(text)
    if _SPACED.fullmatch(found):
        found = found.replace(" ", "")
    if found in words:
        return True
    for polite in _POLITE:
        short = found.removesuffix(f" {polite}").removeprefix(f"{polite} ")
        if short != found and short in words:
            return True
    return False
