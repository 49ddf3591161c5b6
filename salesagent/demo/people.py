"""The invented people of the demo: 83 of four trades. Domains end in .example (RFC 2606)."""

from collections.abc import Iterator
from dataclasses import dataclass

# city, country, zone, phone prefix, first names, last names
PLACES = {
    "Poznań": (
        "PL",
        "Europe/Warsaw",
        "+4861855",
        ["Marta", "Piotr", "Ewa", "Tomasz"],
        ["Kowalczyk", "Zieliński", "Mazur", "Wójcik"],
    ),
    "Odense": (
        "DK",
        "Europe/Copenhagen",
        "+4563555",
        ["Henrik", "Signe", "Lars", "Maja"],
        ["Sørensen", "Holm", "Kjær", "Dahl"],
    ),
    "Bristol": (
        "GB",
        "Europe/London",
        "+44117496",
        ["Owen", "Aisha", "Daniel", "Grace"],
        ["Price", "Rahman", "Okafor", "Ellis"],
    ),
    "Lyon": (
        "FR",
        "Europe/Paris",
        "+33478555",
        ["Sophie", "Hugo", "Inès", "Luc"],
        ["Laurent", "Moreau", "Fabre", "Girard"],
    ),
    "Porto": (
        "PT",
        "Europe/Lisbon",
        "+35122555",
        ["Inês", "Rui", "Carla", "Tiago"],
        ["Duarte", "Santos", "Ramos", "Pinto"],
    ),
    "Münster": (
        "DE",
        "Europe/Berlin",
        "+49251555",
        ["Katrin", "Jürgen", "Nele", "Stefan"],
        ["Vogel", "Brandt", "Krüger", "Lange"],
    ),
    "Bologna": (
        "IT",
        "Europe/Rome",
        "+39051555",
        ["Luca", "Chiara", "Paolo", "Elisa"],
        ["Bianchi", "Ferri", "Greco", "Conti"],
    ),
    "Utrecht": (
        "NL",
        "Europe/Amsterdam",
        "+31302555",
        ["Pieter", "Sanne", "Bram", "Lotte"],
        ["de Wit", "Visser", "Smit", "Bakker"],
    ),
}

COMPANIES = {
    "bakery": [
        "Polna Bakeries",
        "Morgenbrod",
        "Severn Loaf",
        "Fournil des Halles",
        "Pão da Ribeira",
        "Westfalenkorn",
        "Forno Antico",
        "Utrechts Graan",
        "Golden Crumb",
        "Rye and Sons",
        "Kornblume",
        "Levain Nord",
    ],
    "clinic": [
        "Meridian Clinics",
        "Fjord Dental",
        "Avon Health",
        "Clinique du Parc",
        "Duarte Labs",
        "Praxis am Ring",
        "Studio Medico Reno",
        "Zorg Centraal",
        "Northgate Imaging",
        "Lindenhof Care",
        "Bellevue Physio",
        "Kanal Klinik",
    ],
    "hotel": [
        "Harbour Lane Hotels",
        "Hotel Fionia",
        "The Clifton Arms",
        "Maison Bellecour",
        "Casa do Douro",
        "Hotel Prinzipal",
        "Albergo Due Torri",
        "Grand Oudegracht",
        "Seaview House",
        "Park Inn Poznan East",
        "Villa Serena",
        "Stadtquartier",
    ],
    "logistics": [
        "Severn Logistics",
        "Nordfracht",
        "Laurent Cold Storage",
        "Atlantico Foods",
        "Kühlhaus Münsterland",
        "Emilia Trasporti",
        "Domtoren Distribution",
        "Polar Line",
        "Great Western Freight",
        "Øresund Cargo",
        "Rhône Express",
        "Warta Spedycja",
    ],
}

TITLES = {
    "bakery": ["Operations Director", "Owner", "Production Manager", "Head of Maintenance"],
    "clinic": ["Facility Manager", "Practice Manager", "Managing Director", "Technical Lead"],
    "hotel": ["General Manager", "Chief Engineer", "Owner", "Purchasing Manager"],
    "logistics": [
        "Warehouse Director",
        "Fleet and Sites Manager",
        "Managing Director",
        "Quality Manager",
    ],
}

PAINS = {
    "bakery": ["Night failures in cold rooms", "Dough lost in warm weeks"],
    "clinic": ["Vaccine storage without alarm", "Leak checks during opening hours"],
    "hotel": ["Guest complaints about warm rooms", "No technician at the weekend"],
    "logistics": ["Cold lost at the dock doors", "Spare parts take weeks"],
}

COUNT = 83
DOUBLES = 3  # more rows of people who are in the list (salesagent.demo.doubles): 86 leads


@dataclass(frozen=True)
class DemoLead:
    first_name: str
    last_name: str
    title: str
    email: str
    phone: str
    company: str
    domain: str
    trade: str
    city: str
    country: str
    time_zone: str
    size: int
    pain: str


def _domain(company: str) -> str:
    plain = company.lower().translate(str.maketrans("üøôãé", "uooae"))
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in plain)
    return "-".join(part for part in letters.split("-") if part) + ".example"


def _slug(name: str) -> str:
    table = str.maketrans("ąćęłńóśźżüøöäèéêíãçőâ", "acelnoszzuooaeeeiacoa")
    return "".join(c for c in name.lower().translate(table) if c.isascii() and c.isalpha())


def leads() -> Iterator[DemoLead]:
    """Always the same, company by company; some companies have two people."""
    cities = list(PLACES)
    met: dict[str, int] = dict.fromkeys(cities, 0)
    for number in range(COUNT):
        trade = list(COMPANIES)[number % 4]
        company = COMPANIES[trade][(number // 4) % 12]
        city = cities[(number // 4) % 8]
        country, zone, prefix, firsts, lasts = PLACES[city]
        turn = number // 48  # the second person of a company
        nth = met[city]
        met[city] += 1
        first = firsts[nth % 4]
        last = lasts[(nth + nth // 4) % 4]
        yield DemoLead(
            first_name=first,
            last_name=last,
            title=TITLES[trade][(number // 4 + turn) % 4],
            email=f"{_slug(first)}.{_slug(last)}@{_domain(company)}",
            phone=f"{prefix}{1000 + number * 37 % 9000:04d}"[:15] if number % 5 else "",
            company=company,
            domain=_domain(company),
            trade=trade,
            city=city,
            country=country,
            time_zone=zone,
            size=4 + number * 7 % 60,
            pain=PAINS[trade][number // 4 % 2] if number % 3 else "",
        )
