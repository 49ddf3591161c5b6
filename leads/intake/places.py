"""Countries by code and by name, languages by name, and mail domains that belong to no company."""

import unicodedata
from functools import lru_cache
from importlib.resources import files

from salesagent.lib import countries

# Names other than the English ones: how people of our languages write the countries they sell to.
NAMES = {
    "AE": "uae|emirates|vae",
    "AR": "argentinien|argentine",
    "AT": "österreich|oesterreich|autriche|oostenrijk|austrija|østrig|österrike|aut",
    "AU": "australien|australie|aus",
    "BE": "belgien|belgique|belgië|belgie|bélgica|belgio|belgia|bel",
    "BG": "bulgarien|bulgarie|българия",
    "BR": "brasil|brasilien|brésil|brasile|brazylia|bra",
    "CA": "kanada|canadá|can",
    "CH": "schweiz|suisse|svizzera|suiza|zwitserland|szwajcaria|suíça|schweitz|che",
    "CN": "china|chine|cina|kina|chiny|chn",
    "CY": "zypern|chypre|chipre",
    "CZ": "czechia|tschechien|tschechische republik|česko|cesko|tchéquie|chequia|czechy|cze",
    "DE": "deutschland|allemagne|alemania|germania|duitsland|niemcy|alemanha|tyskland|ger|deu",
    "DK": "danmark|dänemark|daenemark|danemark|dinamarca|danimarca|denemarken|dania|dnk|den",
    "EE": "eesti|estland|estonie",
    "ES": "españa|espana|spanien|espagne|spagna|spanje|hiszpania|espanha|esp",
    "FI": "suomi|finnland|finlande|finlandia|fin",
    "FR": "frankreich|francia|frankrijk|francja|frança|frankrike|frankrig|fra",
    "GB": "uk|united kingdom|great britain|england|scotland|wales|northern ireland|"
    "grossbritannien|großbritannien|royaume-uni|reino unido|regno unito|gbr",
    "GR": "griechenland|grèce|grecia|griekenland|ελλάδα|grc",
    "HR": "hrvatska|kroatien|croatie|croacia",
    "HU": "magyarország|ungarn|hongrie|hungría|ungheria|węgry|hun",
    "IE": "irland|irlande|irlanda|ierland|éire|eire|irl",
    "IN": "indien|inde|ind",
    "IS": "ísland|island",
    "IT": "italia|italien|italie|italië|włochy|itália|ita",
    "JP": "japon|giappone|jpn",
    "KR": "south korea|korea",
    "LT": "lietuva|litauen|lituanie",
    "LU": "luxemburg|luxembourg|luxemburgo",
    "LV": "latvija|lettland|lettonie",
    "MX": "méxico|mexiko|mexique|messico|mex",
    "NL": "netherlands|the netherlands|holland|nederland|niederlande|pays-bas|países bajos|"
    "paesi bassi|holandia|países baixos|nederländerna|nederlandene|nld",
    "NO": "norge|norwegen|norvège|noruega|norvegia|noorwegen|norwegia|nor",
    "NZ": "neuseeland|nzl",
    "PL": "polska|polen|pologne|polonia|polónia|pol",
    "PT": "portogallo|portugalia|prt",
    "RO": "românia|rumänien|roumanie|rumania|rumunia|rou",
    "RS": "srbija|serbien",
    "SE": "sverige|schweden|suède|suecia|svezia|zweden|szwecja|suécia|swe",
    "SI": "slovenija|slowenien",
    "SK": "slovensko|slowakei|slovaquie",
    "TR": "turkey|türkiye|turkiye|türkei|turquie",
    "UA": "україна|ukrajina",
    "US": "usa|u.s.|u.s.a.|united states|united states of america|america|vereinigte staaten|"
    "états-unis|etats-unis|estados unidos|stati uniti|verenigde staten",
    "ZA": "south africa|südafrika|afrique du sud",
}
LANGUAGES = {
    "en": "english|englisch|anglais|inglés|inglese|engels",
    "de": "german|deutsch|allemand|alemán|tedesco|duits",
    "fr": "french|französisch|français|francés|francese|frans",
    "es": "spanish|spanisch|espagnol|español|spagnolo|spaans",
    "it": "italian|italienisch|italien|italiano",
    "nl": "dutch|niederländisch|néerlandais|nederlands",
    "pl": "polish|polnisch|polonais|polski",
    "pt": "portuguese|portugiesisch|portugais|português",
    "sv": "swedish|schwedisch|suédois|svenska",
    "da": "danish|dänisch|danois|dansk",
}
_FREE_MAIL = """
gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de
hotmail.it hotmail.es live.com live.nl live.se live.dk msn.com yahoo.com yahoo.co.uk
yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.pl ymail.com rocketmail.com aol.com icloud.com
me.com mac.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de arcor.de
mail.de posteo.de mailbox.org proton.me protonmail.com pm.me tutanota.com tuta.com
zoho.com fastmail.com hey.com mail.com email.com orange.fr wanadoo.fr free.fr laposte.net
sfr.fr neuf.fr bbox.fr libero.it virgilio.it tiscali.it alice.it tin.it fastwebnet.it
telefonica.net terra.es wp.pl o2.pl onet.pl op.pl interia.pl gazeta.pl poczta.onet.pl
sapo.pt iol.pt uol.com.br bol.com.br terra.com.br ziggo.nl kpnmail.nl xs4all.nl hetnet.nl
planet.nl telenet.be skynet.be bluewin.ch sunrise.ch bredband.net telia.com spray.se
jubii.dk mail.dk stofanet.dk online.no seznam.cz centrum.cz freemail.hu mail.ru yandex.ru
yandex.com bk.ru list.ru ukr.net qq.com 163.com 126.com naver.com rediffmail.com
btinternet.com sky.com ntlworld.com virginmedia.com comcast.net verizon.net att.net
sbcglobal.net cox.net bigpond.com optusnet.com.au shaw.ca rogers.com sympatico.ca
"""
FREE_MAIL = frozenset(_FREE_MAIL.split())


def fold(text: str) -> str:
    """Lower case without accents, for comparing names."""
    flat = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l").replace("ø", "o"))
    return "".join(c for c in flat if not unicodedata.combining(c)).strip()


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Folded name or code -> code: English names come from the tz database's iso3166.tab."""
    found: dict[str, str] = {}
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, name = line.split("\t")
            found[fold(name)] = found[code.lower()] = code
    for code, names in NAMES.items():
        for name in names.split("|"):
            found[fold(name)] = code
    return found


def country_name(code: str) -> str:
    """The English name of an ISO code; the code itself when it is none."""
    return countries.name_of(code)


def country_code(text: str) -> str:
    """ISO code of a country given by code or by name in one of ten languages; "" when unknown."""
    return _countries().get(fold(text), "")


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    found = {code: code for code in LANGUAGES}
    for code, names in LANGUAGES.items():
        found.update({fold(name): code for name in names.split("|")})
    return found


def language_code(text: str) -> str:
    """Two-letter code of a language given by code ("de-AT") or name; "" when unknown."""
    flat = fold(text)
    known = _languages()
    if flat in known:
        return known[flat]
    short = flat.replace("_", "-").partition("-")[0]
    return short if len(short) == 2 and short.isalpha() else ""
