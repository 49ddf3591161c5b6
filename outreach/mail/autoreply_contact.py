"""Whom an automatic answer names in the writer's place: name, address, telephone."""

# ruff: noqa: E501, SIM905  one language a line reads better than a broken one

import re
from dataclasses import dataclass

from outreach.mail.autoreply_fold import any_of, fold

MOST = 40
_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9_][\w.+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])"
)
_HIDDEN = re.compile(r"(?<=[\w])\s?[\[(](?:at|ät|chez|arroba|@)[\])]\s?(?=[\w])", re.I)
_PHONE = re.compile(r"(?<![\w/.])(?:\+|00|\(0|\(\+|0)[\d(][\d ()/.\-]{5,22}\d(?!\d)")
_NUMBER = re.compile(r"(?<![\w/.])[\d(][\d ()/.\-]{5,18}\d(?![\d.])")
CUES = (
    "contact|reach(?: out)?|write to|e-?mail (?:to )?|get in touch|turn to|speak (?:to|with)|refer|forward|direct (?:your|any|all)|address (?:your|any|all)|call|assist\\w{0,4}|help|cover(?:ing|ed)?|back-?up|drop|replac\\w{1,6}|stand-?in|deputy|successor|taken over|taking over|instead|colleague|queries to|enquiries to|requests to|urgent|please (?:use|send|copy)|handl\\w{1,4}|look(?:ing)? after|new contact",
    "wenden|kontakt\\w{0,8}|ansprechpartner\\w{0,3}|vertret\\w{1,5}|vertritt|nachfolge\\w{0,5}|kolleg\\w{1,4}|schreiben sie|melden sie sich|erreichen sie|hilft|helfen|zur verfügung|anfragen|anliegen|richten|dringend\\w{0,3}|übernimmt|übernommen|zuständig|senden sie",
    "contact\\w{0,4}|adress\\w{1,4}|écri\\w{1,5}|joindre|remplac\\w{1,5}|urgen\\w{1,3}|collègue|tourner vers|merci de|interlocut\\w{1,6}|succède|successeur|diríj\\w{1,4}|dirig\\w{1,6}|contáct\\w{1,6}|póng\\w{1,5}|escrib\\w{1,4}|sustitu\\w{1,5}|compañer\\w{1,3}|urgente|dudas|consultas|rivolg\\w{1,8}|contatt\\w{1,5}|scriv\\w{1,5}|sostitu\\w{1,5}|collega|riferimento|dirij\\w{1,5}|contat\\w{1,4}|substitu\\w{1,4}|colega|envie|escrev\\w{1,3}|encaminh\\w{1,4}",
    "neem\\w{0,2}|spoed|mail\\w{0,2}|bereik\\w{1,6}|vervang\\w{1,4}|collega|opvolg\\w{1,4}|terecht|kontakt\\w{0,7}|skontakt\\w{1,6}|zastęp\\w{1,5}|pisa[ćc]|kierowa[ćc]|koleż\\w{1,5}|prosz\\w{1,2}|pomoc\\w{0,3}|następc\\w{1,3}|vikarie|ersätt\\w{1,5}|kolleg\\w{1,3}|vänd\\w{0,3}|hör av|henvend\\w{0,4}|erstatt\\w{1,5}|vikar|afløser|efterfølger|etterfølger|tag fat|skriv|hjälp|hjælp\\w{0,3}|hjelp\\w{0,3}|ta kontakt|ring|ota yhteyttä|ottakaa yhteyttä|sijai\\w{2,7}|yhtey\\w{2,6}|ottaa|tavoitat|auttaa|seuraaja\\w{0,3}",
    "przej\\w{1,4}|hoita\\w{0,4}|répond\\w{1,4}|obra[ťc]\\w{1,4}|obraťte|obrátit\\w{0,2}|kontakt\\w{1,6}|zástup\\w{0,5}|kolegyn\\w{1,3}|koleg\\w{1,4}|pište|napište|nástupc\\w{1,3}|forduljon|keres\\w{1,5}|helyettes\\w{0,6}|írjon|kollég\\w{1,5}|adresa\\w{1,4}|scrieț\\w{1,2}|cole[gz]\\w{1,3}|contacta\\w{1,4}|înlocui\\w{1,6}|başvur\\w{1,5}|iletişim\\w{0,3}|irtibat\\w{0,3}|ulaş\\w{1,8}|yaz\\w{1,6}|обра[щт]\\w{2,7}|свяж\\w{2,5}|связ\\w{2,5}|пишите|замеща\\w{1,4}|заменя\\w{1,4}|коллег\\w{1,3}|зверн\\w{2,6}|зверт\\w{2,6}|питан\\w{1,3}|вопрос\\w{1,3}|пишіть|напиш\\w{2,4}|javite|obrati\\w{1,4}|зв'яж\\w{2,5}|заміщ\\w{2,4}|колег\\w{1,3}|επικοιν\\w{3,8}|απευθυν\\w{3,6}|αντικατ\\w{3,8}|συναδελφ\\w{1,3}",
)
CUES_CJK = (
    "後任|后任|接替|负责|联系|聯繫|联络|ご連絡|連絡|までお|代理|担当|후임|연락|문의|代わり|请致电|宛",
)
OWN = (
    "(?:call|reach|contact|phone|text|ring) me|my (?:mobile|cell|phone|private|personal|new (?:e-?mail|address|private))|mich (?:mobil|telefonisch|unter|auf)|meine[rn]? (?:mobil|handy|private|neue)|mein handy|me joindre|mon (?:portable|mobile)|mi (?:móvil|celular)|mio cellulare|mij bereiken|mijn mobiel|min mobil|contactarme|llamarme|chiamarmi|soittaa minulle|můj mobil|mobilom|komórk\\w{1,3}",
)
_SKIP = frozenset(
    fold(word)
    for word in (
        "at on via by under per e-mail email mail e-mailadres address e-mailadresse adresse tel tel. phone t m "
        "mobile or und and oder unter an per über zu mit der die den dem auf mailto à au l'adresse suivante "
        "sur par chez adres adresem pod na op het aan bij naar przez adresem adresu mailem na adresi adresou e-mailem "
        "e-mailu emailem mailu på til till via epost e-post mejl mail: e-mail: email: sähköposti osoitteessa "
        "osoitteeseen numerossa puh al all' allo alla a all'indirizzo indirizzo correo dirección la el en o "
        "pelo através do de endereço no num telefon telephone telefonisch per-mail адрес по адресу почте на "
        "address: is who which der das die welche"
    ).split()
)
_TITLES = frozenset(
    fold(word)
    for word in (
        "frau herrn herr hr fr mr mrs ms miss dr prof ing mag dipl.-ing kollegin kollege kollegen kolleginnen kolleg "
        "vertretung vertreter vertreterin nachfolger nachfolgerin assistentin assistent sekretariat team büro "
        "ansprechpartner ansprechpartnerin e-mail email mail telefon tel fax vertrieb abteilung zentrale service m "
        "mme monsieur madame collègue señor señora sr sra sr. sra. d dña don doña compañero compañera "
        "signor signora sig sig.ra dott dott.ssa collega colega senhor senhora dhr mevr mw pan pani pana panią panem pani "
        "kolega koleżanka koleżanką kolegą herra rouva hra pane paní kolegyně kolega kolegyni kolegovi contact kontakt please "
        "bitte urgent colleague manager director sales support office head assistant you your our my the in if i we "
        "for mit kind regards best rückfragen dringenden fällen wenden sie ihre ihnen geschäftsführer geschäftsführung "
        "replacement successor deputy mein meine meinen meiner yours sincerely manager: contact: name nazwa imię pana pański "
        "vertretung: contacto contatto responsable remplaçant remplaçante sijaiseni sijainen kollegani bay bayan sayın hanım bey "
        "г-н г-жа пан пані κ κ. κα κος κυρία κύριο κύριος hr. fr. mr. mrs. ms. dr. mag. ing. m. mme. mag prof. sig. "
        "anfragen anliegen alternativ alternatively during meanwhile vielen dank customer kundenservice kundendienst "
        "nachrichten fragen kollegium weiterhin hotline empfang reception emergencies matters or dringend während tel. "
        "außerdem emergency assistance questions enquiries inquiries requests urgently hello liebe grüße viele "
        "mobile mobil phone handy cell fall notfall notfällen urlaub urlaubsvertretung stellvertreter stellvertreterin"
    ).split()
)
_PARTICLES = frozenset(
    "van von de da der den di la le el al bin dos du ter ten zu af av dal del della y".split()
)
_TOKEN = re.compile(r"[^\W\d_](?:[\w'’.-]{0,30}[\w'’])?\.?|[(<\[,;:|/\n]|[.!?](?=\s)|[)>\]]|\S")


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to write to instead. What the note does not say is empty."""

    name: str
    email: str
    phone: str


def contact(text: str, own: str = "") -> Contact | None:
    """The first person or office that a note names in the writer's place. `text` with its case.

    `own`: the writer's address, which is nobody else.
    """
    text = _HIDDEN.sub("@", text)
    folded = fold(text)
    for found in list(_EMAIL.finditer(text))[:MOST]:
        address = found.group().rstrip(".").lower()
        if address == own.lower() or re.match(r"(?:no-?reply|donotreply|mailer-daemon)", address):
            continue
        if not _cued(folded, found.start(), found.end()):
            continue
        name = _name_near(text, found.start(), found.end())
        phone = _phone_near(text, found.end()) or _phone_before(text, found.start(), name)
        return Contact(_nominative(name, address), address, phone)
    return _by_phone(text, folded)


def _cued(folded: str, start: int, end: int) -> bool:
    """Whether the words before (or just behind) ask to write there, and not to the writer's own."""
    left = folded[max(start - 220, 0) : start]
    cut = max(left.rfind("\n\n"), -1) + 1
    left = left[cut:]
    right = folded[end : end + 60].split("\n")[0]
    near = left[-70:]
    if any_of(OWN).search(near):
        return False
    return bool(
        any_of(CUES).search(left)
        or any_of(CUES_CJK, "").search(left)
        or any_of(CUES).search(right)
        or any_of(CUES_CJK, "").search(right)
    )


def _name_near(text: str, start: int, end: int) -> str:
    left = text[max(start - 110, 0) : start]
    if before := _name_before(left):
        return before
    if known := _name_of(left, text[start:end]):
        return known
    behind = re.match(r"[>\])]{0,2}\s?[(,-]\s?([^()\n@\d]{3,60})", text[end : end + 70])
    if behind:
        words = behind[1].split()
        return _joined([w.strip(",.;)") for w in words[:4]]) if words[0][:1].isupper() else ""
    return ""


def _name_before(left: str) -> str:
    """The words with capitals right before an address, without titles and prepositions."""
    tokens = [found.group() for found in _TOKEN.finditer(left)][-16:]
    at = len(tokens)
    while at and (_skippable(tokens[at - 1])):
        at -= 1
    taken: list[str] = []
    while at and len(taken) < 5:
        word = tokens[at - 1]
        plain = fold(word).rstrip(".")
        named = word[0].isupper() and plain not in _TITLES and not any_of(CUES).fullmatch(plain)
        if not named and not (taken and plain in _PARTICLES):
            break
        taken.insert(0, word)
        at -= 1
        if len(word) > 2 and word.endswith(".") and len(taken) > 1:
            taken.pop(0)
            break
    return _joined(taken)


def _name_of(left: str, address: str) -> str:
    """The last name before the address that the address itself spells: "Max Huber, ext. 17"."""
    local = fold(address.partition("@")[0])
    tokens = [found.group() for found in _TOKEN.finditer(left)]
    for at in range(len(tokens) - 2, -1, -1):
        pair = tokens[at : at + 2]
        if all(word[:1].isupper() for word in pair) and fold(pair[1])[:4] in local:
            return _joined(pair)
    return ""


def _skippable(word: str) -> bool:
    plain = fold(word)
    return plain in _SKIP or plain.rstrip(".:") in _SKIP or word in "(<[,:|/-\n;\"'–—"


def _joined(words: list[str]) -> str:
    while words and (fold(words[0]) in _PARTICLES or fold(words[0]).rstrip(".") in _TITLES):
        words = words[1:]
    kept: list[str] = []
    for word in words:
        plain = fold(word).rstrip(".")
        if not (word[:1].isupper() or plain in _PARTICLES) or plain in _TITLES:
            break
        kept.append(word)
    while kept and kept[-1].islower() and fold(kept[-1]) in _PARTICLES:
        kept.pop()
    name = " ".join(kept).strip(" .,;:")
    return name if len(name) > 2 else ""


def _nominative(name: str, address: str) -> str:
    """A declined name set right by the address: "Tomaszem Wójcikiem" of tomasz.wojcik@."""
    parts = [part for part in re.split(r"[._-]", address.partition("@")[0]) if len(part) > 2]
    words = []
    for word in name.split():
        plain = fold(word)
        fit = next((part for part in parts if plain.startswith(part) and plain != part), "")
        if fit and 0 < len(plain) - len(fit) <= 4:
            word = word[: len(fit)]
        elif plain in parts and word.endswith("ą"):
            word = word[:-1] + "a"
        elif len(parts) == len(name.split()) and (own := _sounds_like(plain, parts)):
            word = own.title() if plain not in parts else word
        elif (near := next((p for p in parts if _same_but_end(plain, p)), "")) and word[
            -1
        ] in "ouęůiyy":
            word = word[:-1] + near[-1]
        words.append(word)
    return " ".join(words)


def _sounds_like(plain: str, parts: list[str]) -> str:
    """A case form whose stem changed: "Petra" (Horáka) of peter.horak@."""
    for part in parts:
        close = abs(len(part) - len(plain)) < 2 and part[:3] == plain[:3] and part != plain
        if close and plain[-1] in "aueiyo" and sorted(part[3:]) != sorted(plain[3:]):
            return part
    return ""


def _same_but_end(plain: str, part: str) -> bool:
    return len(plain) == len(part) > 3 and plain[:-1] == part[:-1] and plain != part


def _phone_before(text: str, start: int, name: str) -> str:
    """A number between a name and the address: "Sara on +48 61 555 01 27 or sara@..."."""
    left = text[max(start - 80, 0) : start]
    at = left.rfind(name) if name else -1
    return _tidy(_PHONE.search(left[at + len(name) :])) if at >= 0 else ""


def _phone_near(text: str, end: int) -> str:
    """A number right behind the address, before the next sentence about somebody else."""
    right = text[end : end + 90].split("\n\n")[0]
    stop = _EMAIL.search(right)
    return _tidy(_PHONE.search(right[: stop.start()] if stop else right))


def _tidy(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    digits = sum(char.isdigit() for char in found.group())
    return found.group().strip(" .-/") if 7 <= digits <= 15 else ""


def _by_phone(text: str, folded: str) -> Contact | None:
    """No address: "please call Sara Nowak on +48 ...", with a name."""
    for found in list(_PHONE.finditer(text))[:MOST]:
        left = folded[max(found.start() - 120, 0) : found.start()]
        if not (any_of(CUES).search(left) or any_of(CUES_CJK, "").search(left)):
            continue
        if any_of(OWN).search(left[-70:]):
            continue
        name = _name_before(text[max(found.start() - 80, 0) : found.start()])
        last = (_TOKEN.findall(left[-20:]) or [""])[-1]
        if not (_skippable(last) or found.group().startswith(("+", "00"))):
            continue
        if name and (number := _tidy(found)):
            return Contact(name, "", number)
    return _by_name(text)


_NAMED = re.compile(
    r"(?<![^\W_])(?:[Cc]olleague|(?:[Uu]rlaubs)?[Vv]ertretung(?: (?:übernimmt|ist|hat))?|[Kk]olleg(?:e|in|en)|(?:[Vv]ertritt|vertreten) (?:mich|von)|"
    r"[Cc]ollègue|[Rr]emplaçante?|[Cc]ompañer[oa]|[Cc]ole[ga]{2}|[Cc]ollega|(?:[Uu]rgen[cz]\w{1,3}|[Uu]rgent\w{0,2}) (?:con|con el|con la|à|contact|call)|"
    r"[Uu]rgenze|[Kk]ollega|[Vv]ervanger|[Ss]ijaiseni|[Zz]astępuje mnie|[Zz]astupuje mě|[Zz]astupuje ma|"
    r"[Cc]overed by|[Cc]ontact)\s?(?:is|ist|est|es|è|är|er|on|to)?\s?[:,]?\s(?:el |la |il |o |a |the )?"
    r"(?:(?:Herrn?|Frau|Mr|Mrs|Ms|Dr|Lic|Ing|Sra?|Sig|Dott|Pani?|Mme|M|Dhr|Mevr)\.?\s){0,2}"
    r"(?P<name>[^\W\d_a-zß-ÿ][^\W\d_]{1,20}\s(?:(?:van|de|von|der|den|di)\s){0,2}[^\W\d_a-zß-ÿ][^\W\d_]{1,20})"
    r"(?:(?P<call>[^@\n]{0,24}?)(?P<phone>\d[\d ()/.\-]{5,18}\d))?"
)


def _by_name(text: str) -> Contact | None:
    """A stand-in by name, with a number perhaps that is no full one."""
    found = _NAMED.search(text)
    if found is None or not (name := _joined(found["name"].split())) or " " not in name:
        return None
    return Contact(name, "", found["phone"] or "")
