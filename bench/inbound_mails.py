"""A made-up mailbox with what really comes in, each mail with whose it is. Seeded: always the same.

Every kind is a function (world, touch) -> bytes; KINDS says how many of a hundred, and what has to
become of it.
"""

import base64
import random
from collections.abc import Callable, Iterator
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


@dataclass(frozen=True)
class Mail:
    """`leads`: into whose thread it may go (none: nobody's). `want`: reply, machine (into the
    thread, but no answer), ask, nothing, or again (a second delivery)."""

    kind: str
    content: bytes
    want: str
    leads: frozenset[int] = frozenset()


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
    body = "\n".join(f"> {line}" for line in _sent_text(touch).splitlines())
    return f"\n\nOn Tue, 3 Nov 2026 at 10:00, Jonas Weber <jonas@halden.example> wrote:\n\n{body}"


def outlook_quote(w: World, touch: Touch, *, footer: bool = True) -> str:
    f, s, t, b = w.pick(BLOCKS)
    body = _sent_text(touch) if footer else touch.body
    return (
        f"\n\n________________________________\n{f}: Jonas Weber <jonas@halden.example>\n"
        f"{s}: Tuesday, 3 November 2026 10:00\n{t}: {name(touch.lead)} <{touch.to_address}>\n"
        f"{b}: {touch.subject}\n\n{body}"
    )


def _sent_text(touch: Touch) -> str:
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


# --- answers ----------------------------------------------------------------------------------


def plain(w: World, t: Touch) -> bytes:
    return write(w, of(t.lead), answer(w, t), words(w) + gmail_quote(t), **ids(t))


def plus_tag(w: World, t: Touch) -> bytes:
    local, _, host = (t.lead.email or "").partition("@")
    return write(w, f"{local}+sales@{host}", answer(w, t), words(w))


def alias_with_ids(w: World, t: Touch) -> bytes:
    return write(w, f"x{w.count}@{domain(t.lead)}", answer(w, t), words(w), **ids(t))


def alias_quoting(w: World, t: Touch) -> bytes:
    return write(w, f"m{w.count}@group.example", answer(w, t), words(w) + gmail_quote(t))


def alias_by_name(w: World, t: Touch) -> bytes:
    return write(w, of(t.lead, f"boss{w.count}@{domain(t.lead)}"), "Your mail", words(w))


def private_by_name(w: World, t: Touch) -> bytes:
    return write(w, of(t.lead, f"me{w.count}@gmail.com"), answer(w, t), words(w))


def outlook(w: World, t: Touch) -> bytes:
    return write(w, of(t.lead), answer(w, t), words(w) + outlook_quote(w, t))


def outlook_alias(w: World, t: Touch) -> bytes:
    """No ids, another address, and no stop link in the quote."""
    text = words(w) + outlook_quote(w, t, footer=False)
    return write(w, f"team{w.count}@mother-company.example", answer(w, t), text)


def outlook_topic(w: World, t: Touch) -> bytes:
    index = base64.b64encode(bytes(27)).decode()
    headers = {"Thread_Topic": t.subject, "Thread_Index": index}
    shown = of(t.lead, f"n{w.count}@{domain(t.lead)}")
    return write(w, shown, "Your message of Tuesday", words(w), **headers)


def forwarded_to_colleague(w: World, t: Touch) -> bytes:
    text = (
        f"I took over from {t.lead.first_name}. {words(w)}" + f"\n\nFrom: {of(t.lead)}\n"
        f"Sent: today\nTo: Kim\nSubject: FW: {t.subject}\n\nSee below" + outlook_quote(w, t)
    )
    return write(w, f"Kim Lund <kim{w.count}@{domain(t.lead)}>", f"RE: FW: {t.subject}", text)


def colleague_with_ids(w: World, t: Touch) -> bytes:
    return write(w, f"Kim <kim{w.count}@{domain(t.lead)}>", answer(w, t), words(w), **ids(t))


def ses_id(w: World, t: Touch) -> bytes:
    """Amazon SES puts its own Message-ID in place of ours."""
    given = f"<{t.provider_id.removeprefix('Ok ')}@eu-west-1.amazonses.com>"
    return write(w, f"q{w.count}@else.example", answer(w, t), words(w), In_Reply_To=given)


def exchange_id(w: World, t: Touch) -> bytes:
    """An id nobody here knows, from another address; the quote is all there is."""
    given = w.new_id("EURP190.PROD.OUTLOOK.COM")
    text = words(w) + outlook_quote(w, t)
    return write(w, f"z{w.count}@else.example", answer(w, t), text, In_Reply_To=given)


def unknown_id(w: World, t: Touch) -> bytes:
    return write(w, of(t.lead), answer(w, t), words(w), In_Reply_To=w.new_id("relay.example"))


def by_list(w: World, t: Touch) -> bytes:
    """A group address that writes its own name into From (for DMARC)."""
    shown = f"\"'{name(t.lead)}' via Office\" <office@{domain(t.lead)}>"
    headers = {"Reply_To": of(t.lead), "List_Id": f"<office.{domain(t.lead)}>",
               "X_Original_From": of(t.lead), "Precedence": "list"}  # fmt: skip
    return write(w, shown, answer(w, t), words(w) + gmail_quote(t), **headers)


def shared_address(w: World, t: Touch) -> bytes:
    return write(w, f"office@{domain(t.lead)}", answer(w, t), words(w) + outlook_quote(w, t))


def too_big(w: World, t: Touch) -> bytes:
    return write(w, of(t.lead), answer(w, t), words(w) + "\nx" * 40_000, **ids(t))


def broken_charset(w: World, t: Touch) -> bytes:
    """Says UTF-8, is Windows-1252."""
    text = "Grüße, très bien, é à ü. " + words(w) + gmail_quote(t)
    return write(w, f"c{w.count}@else.example", answer(w, t), text, charset="cp1252")


def html_only(w: World, t: Touch) -> bytes:
    lines = "".join(f"<p>{line}</p>" for line in t.body.splitlines() if line)
    body = f"<div>{words(w)}</div><br><blockquote>{lines}</blockquote>"
    return write(w, f"h{w.count}@else.example", answer(w, t), body, kind="text/html; charset=utf-8")


def twice_a_lead(w: World, t: Touch) -> bytes:
    twin = w.twins.get(t.lead_id)
    return write(w, of(twin) if twin else of(t.lead), answer(w, t), words(w), **ids(t))


def new_subject(w: World, t: Touch) -> bytes:
    return write(w, of(t.lead), f"Something else {w.count}", words(w))


def only_the_link(w: World, t: Touch) -> bytes:
    return write(w, f"l{w.count}@else.example", "Question", words(w) + link_quote(w, t))


def calendar_answer(w: World, t: Touch) -> bytes:
    text = "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR"
    return write(w, of(t.lead), f"Accepted: {t.subject}", text, kind="text/calendar; method=REPLY")


def same_id_other_words(w: World, t: Touch) -> bytes:
    """A program that uses one Message-ID again and again."""
    return write(w, of(t.lead), answer(w, t), words(w), message_id="<always@crm.example>", **ids(t))


# --- not answers, or not again ------------------------------------------------------------------


def out_of_office(w: World, t: Touch) -> bytes:
    subject = f"Automatic reply: {t.subject}"
    return write(w, of(t.lead), subject, "I am away.", Auto_Submitted="auto-replied", **ids(t))


def delivered_twice(w: World, t: Touch) -> bytes:
    return b"Received: by mx2.example; Tue, 3 Nov 2026 10:00:09 +0100\r\n" + w.last["reply"]


def rewritten_copy(w: World, t: Touch) -> bytes:
    """The same mail again, with an id that a gateway has made."""
    head, _, body = w.last["reply"].partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Message-ID")]
    return b"\r\n".join([*lines, b"Message-ID: " + w.new_id("gw.example").encode(), b"", body])


def bounce(w: World, t: Touch) -> bytes:
    part = "--b\nContent-Type: "
    text = (
        f"{part}text/plain\n\nNot delivered.\n{part}message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {t.to_address}\n"
        "Action: failed\nStatus: 4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 full\n\n"
        f"{part}text/rfc822-headers\n\nMessage-ID: {t.message_id}\n\n--b--\n"
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    return write(w, "MAILER-DAEMON@mx.example", "Undelivered Mail", text, kind=kind)


def own_copy(w: World, t: Touch) -> bytes:
    sender = "Jonas Weber <jonas@halden.example>"
    return write(w, sender, t.subject, _sent_text(t), message_id=t.message_id or "")


def own_copy_other_id(w: World, t: Touch) -> bytes:
    return write(w, "Jonas Weber <jonas@halden.example>", answer(w, t), _sent_text(t))


def own_copy_by_list(w: World, t: Touch) -> bytes:
    shown = f'"Jonas Weber via Office" <office@{domain(t.lead)}>'
    return write(w, shown, t.subject, _sent_text(t), List_Id="<office>")


def own_follow_up(w: World, t: Touch) -> bytes:
    """What we wrote in the thread from our phone."""
    text = words(w) + gmail_quote(t)
    return write(w, "Priya <PRIYA@halden.example>", answer(w, t), text, **ids(t))


def house(w: World, t: Touch) -> bytes:
    """A colleague of ours who has no account here answers to all."""
    text = "Good one. " + words(w) + gmail_quote(t)
    return write(w, "Ole <ole@halden.example>", answer(w, t), text, **ids(t))


def newsletter(w: World, t: Touch) -> bytes:
    headers = {"List_Unsubscribe": "<https://x.example/u>", "List_Id": f"<news{w.count}>"}
    return write(w, f"News <news@shop{w.count}.example>", "Sale ends today", "Buy!", **headers)


def private(w: World, t: Touch) -> bytes:
    return write(w, f"Kim B <kim{w.count}@gmail.com>", w.pick(PRIVATE), words(w))


def stranger_in_thread(w: World, t: Touch) -> bytes:
    """Somebody else's conversation, with ids and a quote that are not ours."""
    text = words(w) + "\n\n> Shall we meet at the station at nine, or is ten better for you?\n> Kim"
    subject = f"Re: Trip {w.count}"
    return write(w, f"Lee <lee{w.count}@yahoo.com>", subject, text, In_Reply_To=w.new_id())


def unknown_colleague(w: World, t: Touch) -> bytes:
    return write(w, f"Kim <new{w.count}@{domain(t.lead)}>", "Who is in charge?", words(w))


Kind = Callable[[World, Touch], bytes]
KINDS: tuple[tuple[Kind, float, str], ...] = (
    (plain, 17, "reply"), (plus_tag, 2, "reply"), (alias_with_ids, 4, "reply"),
    (alias_quoting, 4, "reply"), (alias_by_name, 2, "reply"), (private_by_name, 2, "reply"),
    (outlook, 6, "reply"), (outlook_alias, 3, "reply"), (outlook_topic, 2, "reply"),
    (forwarded_to_colleague, 3, "reply"), (colleague_with_ids, 2, "reply"), (ses_id, 3, "reply"),
    (exchange_id, 3, "reply"), (unknown_id, 2, "reply"), (by_list, 2, "reply"),
    (shared_address, 2, "reply"), (too_big, 0.5, "reply"), (broken_charset, 2, "reply"),
    (html_only, 2, "reply"), (twice_a_lead, 1.5, "reply"), (new_subject, 2, "reply"),
    (only_the_link, 1, "reply"), (calendar_answer, 1, "reply"), (same_id_other_words, 1, "reply"),
    (out_of_office, 3, "machine"), (bounce, 2, "machine"), (delivered_twice, 2, "again"),
    (rewritten_copy, 1, "again"), (own_copy, 2, "nothing"), (own_copy_other_id, 2, "nothing"),
    (own_copy_by_list, 1, "nothing"), (own_follow_up, 2, "nothing"), (house, 1, "nothing"),
    (newsletter, 5, "nothing"), (private, 6, "nothing"), (stranger_in_thread, 3, "nothing"),
    (unknown_colleague, 2, "ask"),
)  # fmt: skip
OWN = frozenset({"own_copy", "own_copy_other_id", "own_copy_by_list", "own_follow_up", "house"})


def mails(w: World, count: int) -> Iterator[Mail]:
    """`count` mails in mixed order; everybody gets about as many."""
    kinds, weights = [k for k, _, _ in KINDS], [n for _, n, _ in KINDS]
    wants = {k: want for k, _, want in KINDS}
    before = None
    for n, kind in enumerate(w.dice.choices(kinds, weights, k=count)):
        w.count += 1
        if wants[kind] == "again" and before is None:
            kind = plain
        touch = w.touches[n % len(w.touches)]
        if kind in (plain, alias_with_ids) and n % 10 == 0:
            touch = w.other_touches[n % len(w.other_touches)]  # sent from another mailbox
        content, want = kind(w, touch), wants[kind]
        theirs = frozenset({touch.lead_id, *_twin(w, touch.lead_id)})
        if want == "again":
            theirs, before = before or theirs, None
        elif kind is plain:
            w.last["reply"], before = content, theirs
        yield Mail(kind.__name__, content, want, theirs if want != "nothing" else frozenset())


def _twin(w: World, lead: int) -> set[int]:
    return {w.twins[lead].pk} if lead in w.twins else set()
