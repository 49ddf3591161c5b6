"""Whose answer a mail is when no id tells: each rule by name, and where it stays a question."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from leads.models import Company, Lead, ThreadEvent
from outreach.mail import evidence
from outreach.mail.parse import parse
from outreach.models import InboundMessage, Mailbox, Touch
from outreach.services import letters, receiving
from outreach.tests.mails import bounce, mail, raw

DATE = b"\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nTo:"
BODY = (
    "Hi Marta,\n\nhow do you handle night alarms at Polna Bakeries? Most teams of your size lose "
    "two shifts a month.\n\nWould Tuesday help?\n\nJonas"
)
QUOTED = "Yes, call me.\n\n" + "\n".join(f"> {line}" for line in BODY.splitlines())


@pytest.fixture
def sent(lead: Lead, mailbox: Mailbox) -> Touch:
    return _touch(lead, mailbox)


def _touch(lead: Lead, mailbox: Mailbox, **values: Any) -> Touch:
    now = timezone.now()
    fields = {
        "subject": "A question for Polna Bakeries", "body": BODY, "state": "sent",
        "sent_at": now - timedelta(days=3), "due_at": now, "to_address": lead.email, **values,
    }  # fmt: skip
    return Touch.objects.create(lead=lead, channel="email", mailbox=mailbox, **fields)


def _came(mailbox: Mailbox, content: bytes) -> InboundMessage:
    return receiving.receive(mailbox, raw(content))


def _by(mailbox: Mailbox, text: str = "Yes, call me.", **values: Any) -> tuple[str, str]:
    row = _came(mailbox, mail(text, **{"subject": "Hello there", **values}))
    return row.state, row.matched_by


def test_the_stop_link_in_a_quote_is_proof(mailbox: Mailbox, sent: Touch) -> None:
    link = letters.unsubscribe_url(sent)
    forms = (
        f"Fine.\n\n> Do not want these mails? {link}",
        f"Good.\n\nhttps://safe.example/?url={quote(link, safe='')}&x=1",
        f"Sure.\n\n> stop:\n> {link[:70]}\n> {link[70:]}",
    )
    for text in forms:
        assert _by(mailbox, text, sender="x@else.example") == ("threaded", "stop link")


def test_a_changed_stop_link_proves_nothing(mailbox: Mailbox, sent: Touch) -> None:
    link = letters.unsubscribe_url(sent)
    text = f"Hm.\n\n> {link[:-12]}AAAAAAAAAAAA"
    assert _by(mailbox, text, sender="x@else.example")[0] == "ignored"


def test_our_own_sentences_in_a_quote(mailbox: Mailbox, sent: Touch) -> None:
    found = _by(
        mailbox, QUOTED, sender="x@else.example", subject="Re: A question for Polna Bakeries"
    )
    assert found == ("threaded", "quote")


def test_one_text_for_two_people_stays_a_question(
    mailbox: Mailbox, sent: Touch, lead: Lead, rep: Any
) -> None:
    other = Lead.objects.create(owner=rep, email="ann@x.example", first_name="Ann", last_name="Lee")
    _touch(other, mailbox)
    subject = "Re: A question for Polna Bakeries"
    row = _came(mailbox, mail(QUOTED, sender="x@else.example", subject=subject))
    assert row.state == "unmatched" and set(row.candidates) == {lead.pk, other.pk}
    header = f"From: Jonas\nTo: {lead.email}\nSubject: x\n\n{QUOTED}"  # the quote says to whom
    text = f"Fine by me.\n\n-----Original Message-----\n{header}"
    row = _came(mailbox, mail(text, sender="x@else.example", subject=subject))
    assert (row.lead, row.matched_by) == (lead, "quote")


def test_our_text_without_a_word_of_theirs_is_no_answer(mailbox: Mailbox, sent: Touch) -> None:
    subject = "A question for Polna Bakeries"
    text = f"{BODY}\n\n{letters.unsubscribe_url(sent)}"
    assert _by(mailbox, text, sender="office@polna.example", subject=subject)[0] == "unmatched"
    assert not ThreadEvent.objects.filter(kind="reply.received").exists()


@pytest.mark.parametrize(
    "shown",
    ["Marta Kowalczyk", '"Kowalczyk, Marta"', '"Kowalczyk, Marta (Polna)"', "Marta Anna Kowalczyk"],
)
def test_the_leads_name_at_the_leads_company(mailbox: Mailbox, sent: Touch, shown: str) -> None:
    found = _by(mailbox, sender=f"{shown} <mk@mail.polna.example>")
    assert found == ("threaded", "name at company")


def test_the_name_in_the_address_will_do(mailbox: Mailbox, sent: Touch) -> None:
    found = _by(mailbox, sender="marta.kowalczyk@polna.example")
    assert found == ("threaded", "name at company")


def test_another_name_at_the_company_is_a_question(mailbox: Mailbox, sent: Touch) -> None:
    assert _by(mailbox, sender="Jan Nowak <jan@polna.example>")[0] == "unmatched"


def test_the_name_alone_from_anywhere_is_a_question(mailbox: Mailbox, sent: Touch) -> None:
    assert _by(mailbox, sender="Marta Kowalczyk <mk7@gmail.com>")[0] == "unmatched"


@pytest.mark.parametrize(
    "prefix",
    ["Re: ", "AW: ", "[EXTERN] AW: ", "SV: VS: ", "回复：", "Re[3]: ", "Odp: ", "RE: [EXT] "],
)
def test_the_name_and_the_subject(mailbox: Mailbox, sent: Touch, prefix: str) -> None:
    subject = f"{prefix}A question for Polna Bakeries"
    found = _by(mailbox, sender="Marta Kowalczyk <mk7@gmail.com>", subject=subject)
    assert found == ("threaded", "name and subject")


def test_the_company_and_the_subject(mailbox: Mailbox, sent: Touch) -> None:
    subject = "RE: A question for Polna Bakeries"
    found = _by(mailbox, sender="office@polna.example", subject=subject)
    assert found == ("threaded", "company and subject")


def test_the_same_subject_to_two_at_the_company_is_a_question(
    mailbox: Mailbox, sent: Touch, lead: Lead, rep: Any
) -> None:
    colleague = Lead.objects.create(
        owner=rep, company=lead.company, email="jan@polna.example", first_name="Jan", last_name="N"
    )
    _touch(colleague, mailbox)
    subject = "RE: A question for Polna Bakeries"
    assert _by(mailbox, sender="office@polna.example", subject=subject)[0] == "unmatched"


def test_an_id_that_the_provider_made(mailbox: Mailbox, lead: Lead) -> None:
    _touch(lead, mailbox, provider_id="Ok 010f018f6d2a0b1c-000000")
    given = "<010f018f6d2a0b1c-000000@eu-west-1.amazonses.com>"
    found = _by(mailbox, sender="x@else.example", In_Reply_To=given)
    assert found == ("threaded", "references")


def test_tags_in_addresses(mailbox: Mailbox, sent: Touch, lead: Lead, rep: Any) -> None:
    assert _by(mailbox, sender="m.kowalczyk+x@polna.example") == ("threaded", "address")
    Lead.objects.create(owner=rep, email="bo+news@b.example")
    assert _by(mailbox, sender="bo@b.example") == ("threaded", "address")
    Lead.objects.create(owner=rep, email="bo+shop@b.example")
    assert _by(mailbox, "Hm.", sender="bo@b.example")[0] != "threaded"  # which of the two?


def test_a_list_that_writes_its_own_name_into_from(mailbox: Mailbox, sent: Touch) -> None:
    shown = "\"'Marta Kowalczyk' via Office\" <office@lists.example>"
    found = _by(mailbox, sender=shown, Reply_To="Marta Kowalczyk <m.kowalczyk@polna.example>")
    assert found == ("threaded", "address")


def test_somebody_of_our_own_company_is_not_the_lead(
    mailbox: Mailbox, sent: Touch, lead: Lead
) -> None:
    Touch.objects.filter(pk=sent.pk).update(message_id="<ours@halden.example>")
    content = mail("Good one!", sender="ole@halden.example", In_Reply_To="<ours@halden.example>")
    row = _came(mailbox, content)
    assert row.state == "unmatched" and row.candidates[0] == lead.pk


def test_a_plus_tag_of_ours_is_ours(mailbox: Mailbox, sent: Touch) -> None:
    row = _came(mailbox, mail("Copy", sender="jonas+test@halden.example"))
    assert (row.state, row.reason) == ("ignored", "Sent from here")


def test_the_same_mail_under_another_id_is_one(mailbox: Mailbox, sent: Touch) -> None:
    first = _came(mailbox, mail("Yes.", message_id="<a@x>"))
    assert _came(mailbox, mail("Yes.", message_id="<b@gateway>")) == first
    assert _came(mailbox, mail("Yes!!", message_id="<c@x>")) != first
    other = mail("Yes.", message_id="<d@x>", In_Reply_To="<another@x>")
    assert _came(mailbox, other) != first


def test_two_reports_of_one_second_are_two(mailbox: Mailbox, lead: Lead) -> None:
    ids = ("<one@halden.example>", "<two@halden.example>")
    for message_id in ids:
        _touch(lead, mailbox, message_id=message_id)
        _came(mailbox, bounce(message_id, status="4.2.2").replace(b"\r\nTo:", DATE, 1))
    assert InboundMessage.objects.filter(state="threaded").count() == 2


def test_same_person_twice_is_one(mailbox: Mailbox, sent: Touch, lead: Lead, rep: Any) -> None:
    twin = Lead.objects.create(
        owner=rep, company=lead.company, email="m.k@polna.example", first_name="Marta",
        last_name="Kowalczyk",
    )  # fmt: skip
    _touch(twin, mailbox, sent_at=timezone.now() - timedelta(days=1))
    row = _came(mailbox, mail("Hi", sender="Marta Kowalczyk <boss@polna.example>", subject="x"))
    assert (row.lead, row.matched_by) == (twin, "name at company")


def test_a_message_takes_a_bounded_number_of_queries(
    mailbox: Mailbox, sent: Touch, lead: Lead, rep: Any, django_assert_max_num_queries: Any
) -> None:
    """The most work is a mail that matches nothing until the last rule."""
    company = Company.objects.create(name="Big", name_key="big", domain="big.example")
    for n in range(30):
        one = Lead.objects.create(owner=rep, company=company, email=f"p{n}@big.example")
        _touch(one, mailbox, body=f"Text {n} for you and nobody else in the world.")
    content = mail(QUOTED, sender="Jan Nowak <jan@big.example>", subject="Re: Not ours at all")
    with django_assert_max_num_queries(36):
        assert _came(mailbox, content).state == "unmatched"
    with django_assert_max_num_queries(22):
        private = mail("Lunch?", sender="Kim B <kim@gmail.com>", subject="Friday")
        assert _came(mailbox, private).state == "ignored"


# --- the pure part ------------------------------------------------------------------------------


def _words(text: str) -> evidence.Words:
    return evidence.Words(parse(mail(text)))


def test_quotes_are_found_through_wraps_marks_and_broken_letters() -> None:
    body = "Grüße aus Köln.\n\nWie lösen Sie nachts die Störungen in Ihren Kühlräumen?"
    broken = body.encode().decode("cp1252")
    wrapped = "\n".join(f">> {body[i : i + 15]}" for i in range(0, len(body), 15))
    for text in (body, broken, wrapped):
        assert _words(f"Ja.\n\n{text}").quoted(body) > 0.9, text
    assert _words("Ja, gerne am Dienstag.").quoted(body) == 0
    russian = "Здравствуйте. Как вы решаете ночные аварии в холодильных камерах?"
    assert _words(f"Да\n> {russian}").quoted(russian) > 0.9


def test_short_texts_prove_nothing() -> None:
    assert _words("> Thanks, Jonas").quoted("Thanks, Jonas") == 0


@pytest.mark.parametrize(
    ("first", "last", "shown", "same"),
    [
        ("Jürgen", "Müller", "Juergen Muller", False),
        ("Jürgen", "Müller", "MÜLLER Jürgen", True),
        ("Łukasz", "Nowak", "Lukasz Nowak | ACME", True),
        ("Aoife", "O'Brien", "OBrien, Aoife", True),
        ("Pieter", "de Vries", "Pieter de Vries via Office", True),
        ("Anna", "Berg", "Anna Bergmann", False),
        ("Anna", "", "Anna", False),
        ("Anna", "Berg", "Anna Berg and all her many friends", False),
    ],
)
def test_names(first: str, last: str, shown: str, same: bool) -> None:
    assert evidence.same_name(first, last, shown) is same


def test_any_text_is_read_in_linear_time() -> None:
    nasty = (
        "a@" * 3000,
        "%3A" * 9000,
        "x:" * 9000,
        "Re: " * 60,
        "[" * 290,
        ("A" * 100 + ":") * 500,
    )
    for text in nasty:
        parsed = parse(mail(text * 3, subject=text[:290]))
        words = evidence.Words(parsed)
        assert isinstance(list(words.tokens()), list) and isinstance(words.addresses, list)
        assert isinstance(evidence.answered_subjects(parsed), list)
