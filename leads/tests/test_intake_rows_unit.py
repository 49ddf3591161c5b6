"""Columns, cleaning and extraction: pure functions, no database."""

import pytest

from leads.intake import clean, columns, places, rows
from leads.intake.base import IntakeError
from leads.intake.extract import amount, as_stored, extract
from leads.intake.rows import LeadRow

EXPORTS = [
    (
        "linkedin",
        ["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"],
        ["first_name", "last_name", "linkedin_url", "email", "company", "title", ""],
    ),
    (
        "hubspot",
        ["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Contact owner",
         "Lead Status", "Associated Company", "Website URL", "City", "Country/Region", "Industry"],
        ["", "first_name", "last_name", "email", "phone", "", "", "company", "domain", "city",
         "country", "trade"],
    ),
    (
        "salesforce",
        ["Salutation", "First Name", "Last Name", "Title", "Company / Account", "Mailing City",
         "Mailing Country", "Phone", "Mobile", "Email", "Lead Source", "Email Opt Out"],
        ["", "first_name", "last_name", "title", "company", "city", "country", "phone", "phone",
         "email", "", ""],
    ),
    (
        "de",
        ["Firma", "Vorname", "Name", "E-Mail-Adresse", "Telefon", "Ort", "Land", "Bemerkungen"],
        ["company", "first_name", "last_name", "email", "phone", "city", "country", "note"],
    ),
    (
        "fr",
        ["Nom", "Prénom", "Société", "Courriel", "Téléphone", "Ville", "Pays", "Fonction"],
        ["last_name", "first_name", "company", "email", "phone", "city", "country", "title"],
    ),
    (
        "es",
        ["Nombre", "Apellidos", "Empresa", "Correo electrónico", "Móvil", "Ciudad", "Cargo"],
        ["first_name", "last_name", "company", "email", "phone", "city", "title"],
    ),
    (
        "it",
        ["Nome", "Cognome", "Azienda", "Indirizzo e-mail", "Cellulare", "Città", "Settore"],
        ["first_name", "last_name", "company", "email", "phone", "city", "trade"],
    ),
    (
        "nl",
        ["Voornaam", "Achternaam", "Bedrijfsnaam", "E-mailadres", "Telefoonnummer", "Plaats"],
        ["first_name", "last_name", "company", "email", "phone", "city"],
    ),
    (
        "pl",
        ["Imię", "Nazwisko", "Nazwa firmy", "Adres e-mail", "Telefon komórkowy", "Miasto"],
        ["first_name", "last_name", "company", "email", "phone", "city"],
    ),
    ("pt", ["Nome", "Empresa", "E-mail", "Telemóvel"], ["full_name", "company", "email", "phone"]),
    (
        "sv",
        ["Förnamn", "Efternamn", "Företag", "E-post", "Telefonnummer", "Ort"],
        ["first_name", "last_name", "company", "email", "phone", "city"],
    ),
    (
        "da",
        ["Fornavn", "Efternavn", "Virksomhed", "E-mail", "Tlf.", "By"],
        ["first_name", "last_name", "company", "email", "phone", "city"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "header", "expected"), EXPORTS, ids=[e[0] for e in EXPORTS])
def test_headers_are_understood(name: str, header: list[str], expected: list[str]) -> None:
    url = {"URL": "https://www.linkedin.com/in/x"}
    sample = [[url.get(h, "") for h in header]]
    assert list(columns.guess(header, sample).values()) == expected


def test_values_decide_where_no_header_speaks() -> None:
    sample = [
        ["Ann", "a@b.example", "+48 61 555 0127", "polna.example", "PL", "2026-10-12"],
        ["Bo", "b@b.example", "+48 61 555 0128", "www.vogel.example/x", "DE", "2026-10-13"],
    ]
    guessed = columns.guess([f"Column {i}" for i in range(6)], sample)
    assert list(guessed.values()) == ["", "email", "phone", "domain", "country", ""]


def test_a_header_that_lies_is_not_believed() -> None:
    sample = [["12.03.2026", "Köln"], ["13.03.2026", "Bonn"]]
    assert columns.guess(["Phone", "Email"], sample) == {"0": "", "1": ""}


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["email", "email"], "Two columns are set to Email"),
        (["first_name", "company"], "Choose the column that holds the email"),
        (["email", "password"], "not known"),
        (["email", "phone", "phone", "custom", "custom"], ""),
    ],
)
def test_mapping_is_checked(codes: list[str], words: str) -> None:
    problem = columns.check_mapping({str(i): code for i, code in enumerate(codes)})
    assert (words in problem) if words else problem == ""


def test_cells_go_where_the_mapping_says() -> None:
    mapping = {
        "0": "full_name",
        "1": "email",
        "2": "phone",
        "3": "phone",
        "4": "tags",
        "5": "custom",
    }
    names = ["Name", "Mail", "Tel", "Mobile", "Tags", "Customer no"]
    cells = ["Kowalczyk, Marta", "a@b.example", "", "0151 1", "vip; Messe|berlin", "K-12"]
    row = rows.row_of(cells, mapping, names)
    assert (row.first_name, row.last_name, row.phone) == ("Marta", "Kowalczyk", "0151 1")
    assert clean.tag_list(row.tags) == ["vip", "messe", "berlin"]
    assert row.custom == {"Customer no": "K-12"}
    assert rows.row_of([], mapping, names) == LeadRow()


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Marta", ("Marta", "")),
        ("Marta Kowalczyk", ("Marta", "Kowalczyk")),
        ("Dr. Marta von Kowalczyk", ("Marta", "von Kowalczyk")),
        ("Kowalczyk, Marta", ("Marta", "Kowalczyk")),
        ("Herr Prof. Dr. Groß", ("Groß", "")),
        ("", ("", "")),
        (",", (",", "")),
    ],
)
def test_full_names_are_split(full: str, parts: tuple[str, str]) -> None:
    assert rows.split_name(full) == parts


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("M.Kowalczyk@Polna.Example", "m.kowalczyk@polna.example"),
        (" Marta <m@polna.example>", "m@polna.example"),
        ("mailto:m@polna.example;", "m@polna.example"),
        ("m+fair@polna.example", "m+fair@polna.example"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("o'neill@polna.example", "o'neill@polna.example"),
    ],
)
def test_addresses_have_one_form(text: str, address: str) -> None:
    assert clean.email_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "foo",
        "a@b@c.example",
        "a@localhost",
        "a@b.example\r\nBcc: x@y.example",
        "a..b@c.example",
        ".a@c.example",
        "x" * 65 + "@c.example",
        "a@" + "x" * 300 + ".example",
        '"a b"@c.example',
        "jürgen@c.example",
        "a@c.invalid",
        " " * 5000 + "a",
    ],
)
def test_wrong_addresses_are_refused_with_a_reason(text: str) -> None:
    with pytest.raises(IntakeError) as caught:
        clean.email_address(text)
    assert caught.value.field == "email"
    assert "\n" not in caught.value.message and len(caught.value.message) <= 200


def test_look_alike_domain_shows_as_punycode() -> None:
    assert clean.email_address("p@раураl.example") == "p@xn--l-7sba6dbr.example"


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("61 555 01 27", "PL", "+48615550127"),
        ("+48 61 555 01 27", "", "+48615550127"),
        ("0048 615550127", "", "+48615550127"),
        ("48615550127", "", "+48615550127"),
        ("(212) 555-0142", "US", "+12125550142"),
        ("0151 1234567", "", "0151 1234567"),
        ("call me", "PL", ""),
        ("ext\x00 12", "PL", ""),
        ("+99999", "", "+99999"),
    ],
)
def test_numbers(text: str, country: str, number: str) -> None:
    assert clean.phone_number(text, country) == number


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.Polna.example/de?x=1", "polna.example"),
        ("polna.example", "polna.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("polna", ""),
        ("http://10.0.0.1/", ""),
        ("http://[::1", ""),
        ("a b.example", ""),
    ],
)
def test_domains(text: str, host: str) -> None:
    assert clean.domain_name(text) == host


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("linkedin.com/in/x/", "https://linkedin.com/in/x"),
        ("https://de.linkedin.com/in/x?trk=1", "https://de.linkedin.com/in/x"),
        ("https://evil.example/linkedin.com", ""),
        ("https://linkedin.com.evil.example/in/x", ""),
        ("javascript:alert(1)//linkedin.com", ""),
    ],
)
def test_linkedin_addresses(text: str, link: str) -> None:
    assert clean.linkedin(text) == link


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Polna Bakeries Sp. z o.o.", "POLNA BAKERIES"),
        ("Müller & Söhne GmbH & Co. KG", "Muller and Sohne"),
        ("Ørsted A/S", "Orsted"),
        ("Laurent Froid S.A.R.L.", "Laurent Froid"),
    ],
)
def test_company_names_meet(one: str, other: str) -> None:
    assert clean.name_key(one) == clean.name_key(other) != ""


def test_countries_and_languages_by_name() -> None:
    names = ["Deutschland", "ALLEMAGNE", "de", "Österreich", "usa", "Brazil", "Atlantis", "Włochy"]
    found = [places.country_code(name) for name in names]
    assert found == ["DE", "DE", "DE", "AT", "US", "BR", "", "IT"]
    assert [places.language_code(t) for t in ("Deutsch", "de-AT", "xx-klingon", "zzz")] == [
        *("de", "de", "xx", ""),
    ]


def test_free_mail_is_no_company() -> None:
    assert clean.company_domain("ann@gmail.com") == ""
    assert clean.company_domain("ann@polna.example") == "polna.example"


def test_normalise_wants_a_way_to_reach_the_person() -> None:
    with pytest.raises(IntakeError, match="No email, phone"):
        clean.normalise(LeadRow(first_name="Ann", company="Polna"))
    row = clean.normalise(LeadRow(phone="61 555 01 27"), country_hint="PL")
    assert row.phone == "+48615550127"


def test_normalise_makes_texts_safe_and_short() -> None:
    row = clean.normalise(
        LeadRow(
            first_name="Ann\r\nBcc: x",
            last_name="x" * 500,
            email="a@polna.example",
            title="CEO\u202e",
            time_zone="../../etc/passwd",
            tags=["VIP", "vip", " "] + [f"t{i}" for i in range(50)],
            custom={"a\nb": "v" * 900, "": "x"},
        )
    )
    assert row.first_name == "Ann Bcc: x"
    assert (len(row.last_name), row.title, row.time_zone) == (100, "CEO", "")
    assert row.tags[0] == "vip" and len(row.tags) == clean.MAX_TAGS
    assert list(row.custom) == ["a b"] and len(row.custom["a b"]) == 500
    assert row.domain == "polna.example"


# --- extraction --------------------------------------------------------------------------------

ENQUIRIES = [
    (
        "Hello, we need two new cold rooms in Odense. Our budget is about 12.000 € and it is "
        "urgent, the old one broke down. Call me on Tuesday after 3 pm: +45 20 12 34 56.",
        "DK",
        {
            "need": "Hello, we need two new cold rooms in Odense.",
            "urgency": "urgent: urgent",
            "budget": "12,000 EUR",
            "location": "Odense",
            "phone": "+4520123456",
            "time": "on Tuesday after 3 pm",
        },
    ),
    (
        "Wir suchen eine Kühlung für unsere Bäckerei in 50667 Köln. Ständig Ausfälle in der "
        "Nacht. Budget ca. 20 Tsd. EUR, bitte dringend. Rufen Sie mich Mittwoch nachmittags an.",
        "DE",
        {
            "urgency": "urgent: dringend",
            "budget": "20,000 EUR",
            "location": "50667 Köln",
            "time": "Mittwoch nachmittags",
            "pain": "Ständig Ausfälle in der Nacht.",
        },
    ),
    (
        "Nous cherchons un devis pour une chambre froide à Lyon. Pas urgent. Notre budget: "
        "8 500 euros. Appelez-moi jeudi matin au 01 42 68 53 00",
        "FR",
        {
            "urgency": "not urgent",
            "budget": "8,500 EUR",
            "location": "Lyon",
            "phone": "+33142685300",
            "time": "jeudi matin",
        },
    ),
    (
        "Necesitamos reparar la cámara en Valencia cuanto antes, hay averías cada semana. "
        "Presupuesto 3.500,50 EUR. Llámeme el lunes por la tarde",
        "ES",
        {"urgency": "urgent: cuanto antes", "budget": "3,500 EUR", "location": "Valencia"},
    ),
    ("We are based in July. See you in English.", "", {}),
]


@pytest.mark.parametrize(("text", "country", "expected"), ENQUIRIES)
def test_enquiries_are_read(text: str, country: str, expected: dict[str, str]) -> None:
    found = extract(text, country)
    assert {key: found[key].value for key in expected} == expected
    if not expected:
        assert "location" not in found
    flat = " ".join(text.split())
    assert all(item.words in flat for item in found.values())


def test_nothing_is_found_in_nothing() -> None:
    assert extract("") == {} and as_stored({}) == {}
    assert "budget" not in extract("We have 3 rooms and 12 doors")


def test_stored_form_has_values_and_words() -> None:
    stored = as_stored(extract("We need a cold room. Budget 5k EUR."))
    assert stored["budget"] == "5,000 EUR"
    assert stored["words"]["budget"] == "Budget 5k EUR."  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.000,50", 12000.5),
        ("12,000.50", 12000.5),
        ("12 000", 12000),
        ("1.5", 1.5),
        ("12'000", 12000),
    ],
)
def test_amounts(text: str, number: float) -> None:
    assert amount(text) == number


@pytest.mark.parametrize("text", ["in " * 1600, "€1 " * 1600, "1," * 2500 + "€", "a" * 9999])
def test_hostile_texts_are_quick(text: str) -> None:
    import time

    start = time.perf_counter()
    extract(text)
    assert time.perf_counter() - start < 1
