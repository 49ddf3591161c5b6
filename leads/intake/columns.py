"""A guess which column holds what: by the header's words in ten languages, then by the values."""

import re
from collections.abc import Callable, Sequence

from leads.intake.places import country_code, fold
from leads.intake.rows import CUSTOM, FIELDS, SEVERAL

# Whole headers, folded, without signs: en de fr es it nl pl pt sv da, and the headers that
# LinkedIn, HubSpot, Salesforce, Pipedrive, Outlook and Google write.
HEADERS: dict[str, str] = {
    "first_name": """
        first name|firstname|given name|forename|fname|first|contact first name|vorname|prenom|
        nombre|nombre de pila|primer nombre|nome|voornaam|imie|primeiro nome|fornamn|fornavn|
        person first name|rufname""",
    "last_name": """
        last name|lastname|surname|family name|lname|last|contact last name|nachname|
        familienname|zuname|nom|nom de famille|apellido|apellidos|cognome|achternaam|nazwisko|
        sobrenome|apelido|ultimo nome|efternamn|efternavn|person last name""",
    "full_name": """
        name|full name|fullname|contact|contact name|contact person|person|person name|lead|
        lead name|display name|ansprechpartner|kontakt|kontaktperson|vollstandiger name|
        vor und nachname|vorname nachname|nom complet|nom et prenom|prenom et nom|interlocuteur|
        nombre completo|nombre y apellidos|contacto|persona de contacto|nome completo|
        nome e cognome|referente|contatto|contactpersoon|naam|volledige naam|imie i nazwisko|
        osoba kontaktowa|contato|namn|fullstandigt namn|navn|fulde navn|your name""",
    "email": """
        email|e mail|mail|email address|e mail address|emailaddress|work email|business email|
        primary email|contact email|email 1|e mail 1 value|person email work|email adresse|
        e mail adresse|mailadresse|emailadresse|courriel|adresse e mail|adresse email|
        adresse mail|mel|correo|correo electronico|direccion de correo|indirizzo email|
        indirizzo e mail|posta elettronica|e mailadres|emailadres|adres e mail|adres email|
        poczta|correio eletronico|endereco de email|e post|epost|e postadress|e postadresse""",
    "phone": """
        phone|phone number|telephone|telephone number|tel|tel no|mobile|mobile phone|
        mobile number|cell|cell phone|work phone|business phone|direct phone|phone 1 value|
        person phone work|telefon|telefonnummer|rufnummer|handy|mobil|mobiltelefon|mobilnummer|
        festnetz|durchwahl|numero de telephone|portable|mobile phone number|tel portable|
        telefono|numero de telefono|movil|celular|cellulare|numero di telefono|telefoon|
        telefoonnummer|mobiel|gsm|numer telefonu|komorka|telefon komorkowy|telefone|telemovel|
        numero de telefone|mobiltelefonnummer|tlf|tlf nr""",
    "title": """
        title|job title|jobtitle|position|role|job role|job|occupation|designation|funktion|
        stelle|berufsbezeichnung|jobtitel|rolle|fonction|poste|intitule du poste|cargo|puesto|
        funcion|posizione|ruolo|qualifica|mansione|functie|functietitel|stanowisko|funkcja|
        funcao|befattning|titel|roll|stilling|organization 1 title""",
    "company": """
        company|company name|organisation|organization|organisation name|organization name|
        account|account name|company account|associated company|associated company primary|
        business|business name|employer|firm|current company|firma|firmenname|unternehmen|
        betrieb|organisation 1 name|organization 1 name|entreprise|societe|nom de l entreprise|
        raison sociale|empresa|nombre de la empresa|compania|razon social|azienda|societa|ditta|
        ragione sociale|bedrijf|bedrijfsnaam|organisatie|nazwa firmy|przedsiebiorstwo|spolka|
        nome da empresa|companhia|foretag|foretagsnamn|bolag|virksomhed|virksomhedsnavn|selskab|
        firmanavn""",
    "domain": """
        website|web site|website url|web|url|homepage|home page|domain|domain name|
        company domain|company domain name|company website|webseite|internetseite|internet|
        site web|site|site internet|domaine|sitio web|pagina web|web de la empresa|dominio|sito|
        sito web|sito internet|websiteadres|strona|strona www|www|strona internetowa|domena|
        sitio|webbplats|hemsida|hjemmeside|webside""",
    "linkedin_url": """
        linkedin|linkedin url|linkedin profile|linkedin profile url|person linkedin url|
        linkedin link|linkedin address|profile url|profil linkedin|linkedin profil|
        perfil de linkedin|profilo linkedin|linkedin bio|linkedin contact profile url""",
    "street": """
        street|street address|address|address 1|address line 1|address line|mailing street|
        billing street|business street|postal address|street and number|strasse|str|
        strasse und hausnummer|strasse hausnummer|anschrift|adresse|postanschrift|rue|
        adresse postale|adresse 1|numero et rue|direccion|direccion postal|calle|domicilio|
        indirizzo|via|indirizzo postale|straat|adres|straat en huisnummer|postadres|ulica|
        adres pocztowy|ulica i numer|endereco|rua|morada|gata|gatuadress|adress|postadress|
        gade|vejnavn|gadenavn|address 1 street|company address""",
    "postcode": """
        postcode|post code|postal code|zip|zip code|zipcode|zip postal code|mailing zip|
        mailing postal code|billing zip|billing postal code|business postal code|plz|
        postleitzahl|code postal|cp|codigo postal|cap|codice postale|codice di avviamento postale|
        kod pocztowy|cep|postnummer|postnr|postnr.|address 1 postal code|zip code postal code""",
    "city": """
        city|town|location city|mailing city|billing city|business city|city town|ort|stadt|
        wohnort|ville|commune|localite|ciudad|poblacion|localidad|citta|comune|localita|plaats|
        stad|woonplaats|miasto|miejscowosc|cidade|ort stad|by|postort""",
    "country": """
        country|country region|country code|mailing country|billing country|business country|
        land|staat|landercode|pays|code pays|pais|paese|nazione|stato|kraj|lander""",
    "time_zone": """
        time zone|timezone|tz|zeitzone|fuseau horaire|zona horaria|fuso orario|tijdzone|
        strefa czasowa|fuso horario|tidszon|tidszone""",
    "language": """
        language|lang|preferred language|sprache|langue|idioma|lingua|taal|jezyk|sprak|sprog""",
    "trade": """
        industry|trade|sector|branch|category|business type|vertical|branche|gewerbe|industrie|
        secteur|secteur d activite|activite|sector|sector de actividad|industria|settore|
        categoria|sectie|branza|setor|ramo|bransch|kategori|lead industry""",
    "tags": """
        tags|tag|labels|label|segment|list|lists|group|groups|keywords|schlagworte|schlagworter|
        etiketten|stichworte|etiquettes|mots cles|etiquetas|etichette|labels tags|etykiety|tagi|
        etiketter|taggar""",
    "pain": """
        pain|pains|pain point|pain points|need|needs|problem|challenge|challenges|bedarf|
        herausforderung|besoin|besoins|probleme|necesidad|problema|bisogno|esigenza|behoefte|
        potrzeba|necessidade|behov|message|nachricht|enquiry|inquiry""",
    "note": """
        note|notes|comment|comments|remark|remarks|description|memo|background|notiz|notizen|
        bemerkung|bemerkungen|kommentar|beschreibung|remarque|remarques|commentaire|
        commentaires|nota|notas|comentario|comentarios|observaciones|commenti|osservazioni|
        opmerking|opmerkingen|notitie|notatki|uwagi|komentarz|observacoes|anteckning|
        anteckningar|bemaerkning|bemaerkninger|noter""",
}
# Words that decide when they stand inside a longer header ("Primary contact e-mail (work)").
INSIDE: tuple[tuple[str, str], ...] = (
    ("linkedin", "linkedin_url"),
    ("email", "email"),
    ("e mail", "email"),
    ("courriel", "email"),
    ("correo", "email"),
    ("first name", "first_name"),
    ("vorname", "first_name"),
    ("prenom", "first_name"),
    ("last name", "last_name"),
    ("nachname", "last_name"),
    ("phone", "phone"),
    ("telefon", "phone"),
    ("telefono", "phone"),
    ("mobile", "phone"),
    ("job title", "title"),
    ("company name", "company"),
    ("website", "domain"),
    ("country", "country"),
    ("city", "city"),
    ("street address", "street"),
    ("postal code", "postcode"),
    ("zip", "postcode"),
    ("industry", "trade"),
)
# Headers that hold one of our words and mean something else.
NOT_OURS = re.compile(
    r"\b(id|status|opt|bounce|quarantine|date|owner|consent|score|fax|assistant|count|verified|"
    r"type|source|sent|opened|clicked|unsubscribed)\b"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")
_PHONE = re.compile(r"\+?[\d\s()./-]{7,24}")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_HOST = re.compile(r"(https?://)?(www\.)?([a-z0-9-]+\.)+[a-z]{2,}(/\S*)?", re.IGNORECASE)
ENOUGH = 0.6  # share of filled values that must look like it


def plain_header(text: str) -> str:
    """Folded words with single spaces: "E-Mail-Adresse:" is "e mail adresse"."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(text).replace("ß", "ss")))


def _table() -> dict[str, str]:
    return {
        " ".join(name.split()): code for code, text in HEADERS.items() for name in text.split("|")
    }


_BY_HEADER = _table()


def guess(columns: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, str]:
    """Column index as text -> field code or "" (leave out). Each field is given once."""
    found: dict[str, str] = {}
    values = [[r[i] for r in sample if i < len(r) and r[i]] for i in range(len(columns))]
    rules: tuple[Callable[[int], str], ...] = (
        lambda i: _exact(columns[i], values[i]),
        lambda i: _inside(columns[i], values[i]),
        lambda i: _by_values(values[i]),
    )
    for rule in rules:
        for index in range(len(columns)):
            code = "" if found.get(str(index)) else rule(index)
            if code and (code in SEVERAL - {"note"} or code not in found.values()):
                found[str(index)] = code
    return _names(columns, {str(i): found.get(str(i), "") for i in range(len(columns))})


def _exact(header: str, values: list[str]) -> str:
    code = _BY_HEADER.get(plain_header(header), "")
    if code == "domain" and values and _share(values, lambda v: "linkedin.com" in v.lower()):
        return "linkedin_url"
    return code if _agrees(code, values) else ""


def _inside(header: str, values: list[str]) -> str:
    code = _by_words(plain_header(header))
    return code if _agrees(code, values) else ""


def _by_words(words: str) -> str:
    if NOT_OURS.search(words):
        return ""
    return next((code for word, code in INSIDE if re.search(rf"\b{word}\b", words)), "")


def named(header: str) -> str:
    """The field that a header names, whatever stands below it; "" for a word we do not know."""
    words = plain_header(header)
    return _BY_HEADER.get(words, "") or _by_words(words)


def _agrees(code: str, values: list[str]) -> bool:
    """A header may lie: e-mail, phone and country must look like it when there are values."""
    if not values or code not in ("email", "phone", "country", "linkedin_url"):
        return True
    return _share(values, CHECKS[code], 0.3)


def _by_values(values: list[str]) -> str:
    if len(values) < 2:
        return ""
    return next((code for code, test in CHECKS.items() if _share(values, test)), "")


def _share(values: list[str], test: Callable[[str], object], enough: float = ENOUGH) -> bool:
    return sum(1 for value in values if test(value)) >= len(values) * enough


def _is_phone(value: str) -> bool:
    if _DATE.match(value):
        return False
    return bool(_PHONE.fullmatch(value)) and 7 <= sum(c.isdigit() for c in value) <= 15


def _phone_by_look(value: str) -> bool:
    """Stricter where no header speaks for it: a plain number may be anything."""
    return _is_phone(value) and value.strip().startswith(("+", "00", "0", "("))


CHECKS: dict[str, Callable[[str], object]] = {
    "email": lambda v: _MAIL.search(v),
    "linkedin_url": lambda v: "linkedin.com" in v.lower(),
    "phone": lambda v: _phone_by_look(v) or (_is_phone(v) and len(v) >= 9),
    "domain": lambda v: "@" not in v and _HOST.fullmatch(v),
    "country": lambda v: country_code(v),
}


def _names(columns: Sequence[str], found: dict[str, str]) -> dict[str, str]:
    """ "Name" beside "First name" is the last name; "Nom" or "Nome" alone is the full name."""
    codes = set(found.values())
    for index, code in found.items():
        header = plain_header(columns[int(index)])
        if code == "full_name" and "first_name" in codes and "last_name" not in codes:
            found[index] = "last_name" if header in ("name", "naam", "namn", "navn") else code
        if code == "full_name" and {"first_name", "last_name"} <= codes:
            found[index] = ""
        alone = {"first_name": "last_name", "last_name": "first_name"}.get(code)
        if alone and alone not in codes and header in ("nom", "nome", "nombre"):
            found[index] = "full_name"
    return found


def check_mapping(mapping: dict[str, str]) -> str:
    """What is wrong with a mapping in plain words; "" when it can be used."""
    used = [code for code in mapping.values() if code]
    for code in used:
        if code not in FIELDS and code != CUSTOM:
            return "One of the fields is not known."
        if used.count(code) > 1 and code not in SEVERAL:
            return f"Two columns are set to {FIELDS[code]}. Choose one of them."
    if not {"email", "phone", "linkedin_url"} & set(used):
        return "Choose the column that holds the email, the phone number or the LinkedIn address."
    return ""
