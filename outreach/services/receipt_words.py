"""Words the receipts need: number words, months, units, what a number may count. No logic."""

import unicodedata
from functools import lru_cache


def word_list(text: str) -> list[str]:
    return text.split()


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Lower case without accents: "Müller" and "muller" are one name."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("ł", "l").replace("ø", "o"))
    return "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'")


def _numbers() -> dict[str, float]:
    """Number words of eight languages, folded. "one" is left out: it is an article too often."""
    rows = {
        2: "two zwei deux dos due twee dois duas dwa dwie dwoch",
        3: "three drei trois tres tre drie trzy trzech",
        4: "four vier quatre cuatro quattro quatro cztery czterech",
        5: "five funf cinq cinco cinque vijf piec pieciu",
        6: "six sechs seis sei zes szesc szesciu",
        7: "seven sieben sept siete sette zeven sete siedem",
        8: "eight acht huit ocho otto oito osiem osmiu",
        9: "nine neun neuf nueve nove negen dziewiec",
        10: "ten zehn dix diez dieci tien dez dziesiec dziesieciu",
        11: "eleven elf onze once undici jedenascie",
        12: "twelve zwolf douze doce dodici twaalf doze dwanascie dozen dutzend douzaine docena",
        13: "thirteen dreizehn treize trece tredici dertien treze trzynascie",
        14: "fourteen vierzehn quatorze catorce quattordici veertien catorze czternascie",
        15: "fifteen funfzehn quinze quince quindici vijftien pietnascie",
        16: "sixteen sechzehn seize dieciseis sedici zestien dezesseis szesnascie",
        17: "seventeen siebzehn diecisiete diciassette zeventien dezassete siedemnascie",
        18: "eighteen achtzehn dieciocho diciotto achttien dezoito osiemnascie",
        19: "nineteen neunzehn diecinueve diciannove negentien dezenove dziewietnascie",
        20: "twenty zwanzig vingt veinte venti twintig vinte dwadziescia score",
        30: "thirty dreissig trente treinta trenta dertig trinta trzydziesci",
        40: "forty vierzig quarante cuarenta quaranta veertig quarenta czterdziesci",
        50: "fifty funfzig cinquante cincuenta cinquanta vijftig cinquenta piecdziesiat",
        60: "sixty sechzig soixante sesenta sessanta zestig sessenta szescdziesiat",
        70: "seventy siebzig setenta settanta zeventig siedemdziesiat",
        80: "eighty achtzig ochenta ottanta tachtig oitenta osiemdziesiat",
        90: "ninety neunzig noventa novanta negentig dziewiecdziesiat",
        100: "hundred hundert cent cien ciento cento honderd cem sto",
        1000: "thousand tausend mille mil mila duizend tysiac tysiace tysiecy",
        1_000_000: "million millionen millones milioni miljoen milhoes milion miliony",
    }
    return {word: float(value) for value, line in rows.items() for word in line.split()}


NUMBER_WORDS = _numbers()
# a word that is an everyday word as well as a number, or an ask ("a score", "once")
NUMBER_WORDS = {k: v for k, v in NUMBER_WORDS.items() if k not in {"score", "once", "due", "sei"}}
SCALES = {100.0, 1000.0, 1_000_000.0}
SUFFIX = {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "bn": 1e9, "million": 1e6, "billion": 1e9}

_MONTHS = (
    "january jan januar janvier enero gennaio januari janeiro styczen stycznia styczniu",
    "february feb februar fevrier febrero febbraio februari fevereiro luty lutego lutym",
    "march mar marz mars marzo maart marco marzec marca marcu",
    "april apr avril abril aprile kwiecien kwietnia kwietniu",
    "may mai mayo maggio mei maio maj maja maju",
    "june jun juni juin junio giugno junho czerwiec czerwca czerwcu",
    "july jul juli juillet julio luglio julho lipiec lipca lipcu",
    "august aug aout agosto augustus sierpien sierpnia sierpniu",
    "september sep sept septembre septiembre settembre setembro wrzesien wrzesnia wrzesniu",
    "october oct oktober octobre octubre ottobre outubro pazdziernik pazdziernika pazdzierniku",
    "november nov novembre noviembre novembro listopad listopada listopadzie",
    "december dec dezember decembre diciembre dicembre dezembro grudzien grudnia grudniu",
)
MONTHS = {word: n for n, line in enumerate(_MONTHS, 1) for word in line.split()}
_DAYS = (
    "monday montag lundi lunes lunedi maandag segunda-feira poniedzialek",
    "tuesday dienstag mardi martes martedi dinsdag terca-feira wtorek",
    "wednesday mittwoch mercredi miercoles mercoledi woensdag quarta-feira sroda srode",
    "thursday donnerstag jeudi jueves giovedi donderdag quinta-feira czwartek",
    "friday freitag vendredi viernes venerdi vrijdag sexta-feira piatek",
    "saturday samstag samedi sabado sabato zaterdag sobota sobote",
    "sunday sonntag dimanche domingo domenica zondag niedziela niedziele",
)
WEEKDAYS = {word: n for n, line in enumerate(_DAYS) for word in line.split()}

# what is counted, where two words mean the same
_CLASSES = {
    "people": "people employees employee staff team colleagues workers persons person headcount "
    "mitarbeiter leute kollegen salaries collaborateurs empleados personas dipendenti persone "
    "medewerkers mensen funcionarios pessoas pracownikow pracownicy osob osoby technicians crew "
    "engineers strong",
    "site": "sites site locations location branches branch premises outlets standorte standorten "
    "filialen etablissements sedes sedi vestigingen locais oddzialow lokalizacji places",
    "office": "offices office buros bureaux oficinas uffici kantoren",
    "shop": "shops shop stores store outlets geschafte magasins tiendas negozi winkels lojas",
    "client": "clients client customers customer kunden klienten clientes clienti klanten klientow "
    "accounts",
    "firm": "companies company businesses business firms firm firmen entreprises empresas aziende "
    "bedrijven firm",
    "year": "year years yr yrs jahr jahre jahren ans annees anos anni jaar lat",
    "month": "month months monat monate monaten mois meses mesi maanden miesiecy",
    "week": "week weeks woche wochen semaines semanas settimane weken tygodni",
    "day": "day days tag tage tagen jours dias giorni dagen dni",
    "hour": "hour hours hrs stunde stunden heures horas ore uren godzin",
    "minute": "minute minutes min mins minuten minutos minuti minut",
    "vehicle": "vehicles vehicle vans van trucks truck lorries cars fleet fahrzeuge",
    "room": "rooms room beds zimmer chambres habitaciones camere kamers quartos pokoi",
    "review": "reviews review ratings rating stars star",
}
CLASS_OF = {word: name for name, line in _CLASSES.items() for word in line.split()}
UNITS = {"year", "month", "week", "day", "hour", "minute"}

STOP = frozenset(
    word_list(
        """
    a an the and or but if of to in on at by for from with without about as is are was were be
    been being am do does did done have has had having will would shall should can could may
    might must not no nor so than then that this these those there here it its he she they them
    their we us our ours you your yours i me my mine who whom whose which what when where why
    how all any both each few more most other some such only own same too very just also even
    still already yet ever never now into over under again once up down out off per after before
    between while during through because since until via get got make made let lets take takes
    took give like know see saw one ones hi hello dear thanks thank please best regards kind
    sincerely der die das und ist wir sie ihr ihre ihren ihnen fur mit von zu im am ein eine
    einen einem auf den dem des nicht auch es sind haben hat bei le la les un une des et est
    nous vous votre vos de du pour avec dans sur el los las una y es con por para su sus que il
    lo gli di e per con che del della een het en van voor met op uw wij u o os as um uma da do
    na no em com ao i w z na do jest dla sie pan pani panstwo
    """
    )
)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A rough stem, the same on both sides: the class of what is counted, else first letters."""
    plain = fold(word).removesuffix("'s")
    if plain in CLASS_OF:
        return CLASS_OF[plain]
    for tail in ("n", "en", "ach", "ami", "om", "ow", "u"):  # "Mitarbeitern", "hotelach"
        if plain.endswith(tail) and plain[: -len(tail)] in CLASS_OF and len(plain) > 5:
            return CLASS_OF[plain[: -len(tail)]]
    for tail in ("ing", "ies", "ed", "es", "s", "y", "e"):
        if plain.endswith(tail) and len(plain) - len(tail) >= 3:
            plain = plain[: -len(tail)]
            break
    return plain[:7]
