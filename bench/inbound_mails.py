"""A made-up mailbox with what really comes in, each mail with whose it is. Seeded: always the same.

Every kind is a function (world, touch) -> bytes; KINDS says how many of a hundred, and what has to
become of it.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.inbound_world import (
    PRIVATE,
    World,
    answer,
    build,
    domain,
    gmail_quote,
    ids,
    link_quote,
    name,
    of,
    outlook_quote,
    sent_text,
    words,
    write,
)  # fmt: skip
from outreach.models import Touch

__all__ = ["KINDS", "OWN", "Mail", "build", "mails"]


@dataclass(frozen=True)
class Mail:
    """`leads`: into whose thread it may go (none: nobody's). `want`: reply, machine (into the
    thread, but no answer), ask, nothing, or again (a second delivery)."""

    kind: str
    content: bytes
    want: str
    leads: frozenset[int] = frozenset()


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
    return write(w, sender, t.subject, sent_text(t), message_id=t.message_id or "")


def own_copy_other_id(w: World, t: Touch) -> bytes:
    return write(w, "Jonas Weber <jonas@halden.example>", answer(w, t), sent_text(t))


def own_copy_by_list(w: World, t: Touch) -> bytes:
    shown = f'"Jonas Weber via Office" <office@{domain(t.lead)}>'
    return write(w, shown, t.subject, sent_text(t), List_Id="<office>")


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
