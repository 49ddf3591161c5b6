"""The people, what was sent to them, and how a made-up mail is put together."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from django.utils import timezone

from leads.models import Company, Lead
from outreach.models import Mailbox, Touch
from outreach.services import letters

FIRST = "Marta Jürgen Chloé Søren Łukasz Inês Mateusz Giulia Anna Pieter Zoë Radka Olga Tom Aoife"
LAST = "Kowalczyk Müller Lefèvre Ørsted Nowak Duarte Rossi de_Vries Novák O'Brien Smith Garcia Berg"
TOWNS = "Polna Havn Brenner Solveig Tilburg Porto Lyon Kassel Odense Krakow Turin Brno Cork Gent"
TRADES = "Bakeries Foods Logistics Dental Hotels Print Steel Farms Clinics Motors"
SUBJECTS = (
    "A question for {company}", "Night alarms at {company}", "Cold rooms in winter",
    "{first}, two dates to choose from", "Fewer callouts this season",
)  # fmt: skip
BODIES = (
    "Hi {first},\n\nhow do you handle night alarms at {company}? Most teams of your size lose two "
    "shifts a month to them.\n\nWould a call on Tuesday help?\n\nJonas Weber",
    "Hello {first},\n\nthree plants like {company} cut their callouts by half last winter. I can "
    "show you the numbers in a quarter of an hour.\n\nIs next week too soon?\n\nJonas",
    "Dear {first} {last},\n\nmany operators told us that the first frost is when things break. We "
    "keep a short list of what to check before.\n\nShall I send it to you?\n\nJonas Weber",
    "Hi {first},\n\njust so that this does not get lost between the holidays: is it worth a look "
    "for {company}, or shall I close the file?\n\nJonas",
)
ANSWERS = (
    "Tuesday at ten works for me.", "Please call me on Thursday.", "Not now, ask me in spring.",
    "Können wir nächste Woche telefonieren?", "Merci, envoyez-moi les chiffres.",
    "Who else in our trade do you work with?", "Proszę o ofertę na piśmie.", "Send me the list.",
)  # fmt: skip
PREFIXES = ("Re: ", "RE: ", "AW: ", "Antw: ", "SV: ", "VS: ", "Odp: ", "TR: ", "R: ", "RV: ",
            "Re[2]: ", "[EXTERN] Re: ", "RE: [EXT] ", "RE: AW: ", "回复: ")  # fmt: skip
BLOCKS = (
    ("From", "Sent", "To", "Subject"), ("Von", "Gesendet", "An", "Betreff"),
    ("De", "Envoyé", "À", "Objet"), ("De", "Enviado", "Para", "Asunto"),
    ("Od", "Wysłano", "Do", "Temat"), ("Van", "Verzonden", "Aan", "Onderwerp"),
)  # fmt: skip
PRIVATE = ("Lunch on Friday?", "Your parcel", "Rechnung 4711", "Re: Kita", "Photos from Sunday")


@dataclass
class World:
    """Who there is and what was sent."""

    mailbox: Mailbox
    other: Mailbox
    touches: list[Touch]
    other_touches: list[Touch]
    twins: dict[int, Lead]
    dice: random.Random
    count: int = 0
    last: dict[str, bytes] = field(default_factory=dict)

    def new_id(self, domain: str = "mail.example") -> str:
        self.count += 1
        return f"<{self.count:06d}.{self.dice.getrandbits(48):x}@{domain}>"

    def pick(self, choices: Any) -> Any:
        return self.dice.choice(choices)


def build(user: Any, mailbox: Mailbox, size: int, seed: int) -> World:
    """`size` leads at a third as many companies, each with one or two messages sent to them."""
    dice = random.Random(seed)
    other = Mailbox.objects.create(
        user=user, address="priya@halden.example", from_name="Priya Nair", transport="file"
    )
    leads = _leads(user, size, dice)
    touches = [_touch(lead, mailbox, n, dice) for n, lead in enumerate(leads)]
    other_leads = leads[: size // 10]
    other_touches = [_touch(lead, other, n, dice) for n, lead in enumerate(other_leads)]
    Touch.objects.bulk_create([*touches, *other_touches])
    return World(mailbox, other, touches, other_touches, _twins(user, leads), dice)


def _leads(user: Any, size: int, dice: random.Random) -> list[Lead]:
    companies = []
    for n in range(max(size // 3, 1)):
        name = f"{dice.choice(TOWNS.split())} {dice.choice(TRADES.split())} {n}"
        domain = name.lower().replace(" ", "-") + ".example"
        companies.append(Company(name=name, name_key=name.lower(), domain=domain))
    Company.objects.bulk_create(companies)
    leads = []
    for n in range(size):
        company = companies[n % len(companies)]
        first, last = dice.choice(FIRST.split()), dice.choice(LAST.split()).replace("_", " ")
        local = "info" if n % 25 == 0 and n < len(companies) else f"p{n}"
        leads.append(
            Lead(
                owner=user,
                company=company,
                company_name=company.name,
                first_name=first,
                last_name=last,
                email=f"{local}@{company.domain}",
                lawful_basis="legitimate_interest",
                basis_source="Fair",
            )  # fmt: skip
        )
    Lead.objects.bulk_create(leads)
    return leads


def _twins(user: Any, leads: list[Lead]) -> dict[int, Lead]:
    """Some people are there twice, with a private address."""
    rows = {
        lead.pk: Lead(
            owner=user,
            company=lead.company,
            company_name=lead.company_name,
            first_name=lead.first_name,
            last_name=lead.last_name,
            email=f"twin{n}@gmail.com",
        )  # fmt: skip
        for n, lead in enumerate(leads[5::40])
    }
    Lead.objects.bulk_create(rows.values())
    return rows


def _touch(lead: Lead, mailbox: Mailbox, n: int, dice: random.Random) -> Touch:
    words = {"first": lead.first_name, "last": lead.last_name, "company": lead.company_name}
    sent = timezone.now() - timedelta(days=dice.randint(2, 20), minutes=dice.randint(0, 600))
    return Touch(
        lead=lead, mailbox=mailbox, channel="email", to_address=lead.email or "",
        subject=dice.choice(SUBJECTS).format(**words), body=dice.choice(BODIES).format(**words),
        state="sent", sent_at=sent, due_at=sent,
        message_id=f"<{dice.getrandbits(128):032x}@halden.example>",
        provider_id=f"Ok 0102{dice.getrandbits(96):024x}-{dice.getrandbits(48):012x}-000000",
    )  # fmt: skip


# --- how a mail is put together ---------------------------------------------------------------


def write(
    w: World,
    sender: str,
    subject: str,
    text: str,
    *,
    kind: str = "text/plain; charset=utf-8",
    charset: str = "utf-8",
    **headers: str,
) -> bytes:
    rows = {
        "From": sender,
        "To": "jonas@halden.example",
        "Subject": subject,
        "Message-ID": headers.pop("message_id", "") or w.new_id(),
        "Date": format_datetime(timezone.now() - timedelta(hours=w.dice.randint(2, 40))),
        "MIME-Version": "1.0",
        "Content-Type": kind,
        "Content-Transfer-Encoding": "8bit",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "\r\n".join(f"{name}: {value}" for name, value in rows.items())
    return head.encode() + b"\r\n\r\n" + text.replace("\n", "\r\n").encode(charset, "replace")


def name(lead: Lead) -> str:
    return f"{lead.first_name} {lead.last_name}"


def of(lead: Lead, address: str = "") -> str:
    return f'"{name(lead)}" <{address or lead.email}>'


def domain(lead: Lead) -> str:
    return (lead.email or "").rpartition("@")[2]


def ids(touch: Touch) -> dict[str, str]:
    return {"In_Reply_To": touch.message_id or "", "References": touch.message_id or ""}


def answer(w: World, touch: Touch) -> str:
    return f"{w.pick(PREFIXES)}{touch.subject}"


def words(w: World) -> str:
    return f"{w.pick(ANSWERS)} ({w.dice.getrandbits(20)})"


def gmail_quote(touch: Touch) -> str:
    body = "\n".join(f"> {line}" for line in sent_text(touch).splitlines())
    return f"\n\nOn Tue, 3 Nov 2026 at 10:00, Jonas Weber <jonas@halden.example> wrote:\n\n{body}"


def outlook_quote(w: World, touch: Touch, *, footer: bool = True) -> str:
    f, s, t, b = w.pick(BLOCKS)
    body = sent_text(touch) if footer else touch.body
    return (
        f"\n\n________________________________\n{f}: Jonas Weber <jonas@halden.example>\n"
        f"{s}: Tuesday, 3 November 2026 10:00\n{t}: {name(touch.lead)} <{touch.to_address}>\n"
        f"{b}: {touch.subject}\n\n{body}"
    )


def sent_text(touch: Touch) -> str:
    link = letters.unsubscribe_url(touch)
    return f"{touch.body}\n\n-- \nHalden, Kanalgade 4, Odense\nDo not want these mails? {link}"


def link_quote(w: World, touch: Touch) -> str:
    """Only the footer is left, its link as gateways and line breaks leave it."""
    link = letters.unsubscribe_url(touch)
    forms = (
        f"> Do not want these mails? {link}",
        f"https://eur01.safelinks.example/?url={quote(link, safe='')}&data=05",
        f"> Do not want these mails?\n> {link[:60]}\n> {link[60:]}",
        f"<{link}>",
    )
    return f"\n\n{w.pick(forms)}"
