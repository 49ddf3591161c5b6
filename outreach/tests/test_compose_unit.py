"""Every mail is read back with the standard parser: what went in comes out, and nothing else."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.mail.compose import ComposeError, ascii_address, compose, plain_text
from outreach.mail.html import paragraph
from outreach.mail.message import Attachment, OutboundMessage

BASE: dict[str, Any] = {
    "channel": "email",
    "to": "m.kowalczyk@polna.example",
    "to_name": "Marta Kowalczyk",
    "sender": "jonas@halden.example",
    "sender_name": "Jonas Weber",
    "subject": "Night alarms at Polna Bakeries",
    "text": "Hi Marta,\n\nhow do you handle night alarms?\n\nJonas",
    "message_id": "<abc123@halden.example>",
    "sent_at": datetime(2026, 11, 20, 9, 40, tzinfo=UTC),
    "company": "Halden Climate Services",
    "postal_address": "Kanalgade 4, 5000 Odense, Denmark",
    "reason": "You get this because we think it is of use to Polna Bakeries.",
    "unsubscribe_url": "https://halden.example/u/token-1",
    "unsubscribe_mailto": "jonas@halden.example",
}


def make(**changes: Any) -> OutboundMessage:
    return OutboundMessage(**{**BASE, **changes})


def read(message: OutboundMessage) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(compose(message), policy=default))


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_headers_are_the_given_ones() -> None:
    mail = read(make())
    assert mail["From"] == "Jonas Weber <jonas@halden.example>"
    assert mail["To"] == "Marta Kowalczyk <m.kowalczyk@polna.example>"
    assert mail["Subject"] == "Night alarms at Polna Bakeries"
    assert mail["Message-ID"] == "<abc123@halden.example>"
    assert mail["Date"].datetime == BASE["sent_at"]
    assert mail["MIME-Version"] == "1.0"
    assert mail["Reply-To"] is None


def test_text_comes_before_html() -> None:
    mail = read(make())
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_no_defect_is_seen_by_the_parser() -> None:
    mail = read(make(subject="Zażółć " * 20, text="Grüße\n" * 50))
    assert [part.defects for part in mail.walk()] == [[], [], []]


def test_both_unsubscribe_headers() -> None:
    mail = read(make())
    assert mail["List-Unsubscribe"] == (
        "<https://halden.example/u/token-1>, "
        "<mailto:jonas@halden.example?subject=unsubscribe&body=unsubscribe>"
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_is_only_promised_for_https() -> None:
    """RFC 8058 section 3.1: exactly one HTTPS URI."""
    mail = read(make(unsubscribe_url="http://127.0.0.1:8000/u/t"))
    assert "http://127.0.0.1:8000/u/t" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] is None


def test_footer_stands_in_both_parts() -> None:
    mail = read(make())
    for kind in ("plain", "html"):
        text = body(mail, kind)
        for expected in ("Halden Climate Services", "Kanalgade 4", "of use to Polna", "/u/token-1"):
            assert expected in text
    assert "\r\n-- \r\n" in body(mail, "plain")


def test_a_message_without_footer_has_no_signature_mark() -> None:
    message = make(company="", postal_address="", reason="", unsubscribe_url="")
    assert plain_text(message) == BASE["text"] + "\n"


def test_follow_up_joins_the_thread() -> None:
    mail = read(make(in_reply_to="<a@x>", references="<r@x> <a@x>"))
    assert mail["In-Reply-To"] == "<a@x>"
    assert mail["References"] == "<r@x> <a@x>"


def test_of_many_references_the_first_and_last_stay() -> None:
    ids = [f"<{number}@x.example>" for number in range(60)]
    mail = read(make(references=" ".join(ids)))
    assert mail["References"].split() == ids[:1] + ids[-11:]


@pytest.mark.parametrize(
    "bad", ["<a@x>\r\nBcc: victim@x.example", "a@x", "<a b@x>", "<a@x\n>", "<>", "\x00"]
)
def test_malformed_ids_never_reach_a_header(bad: str) -> None:
    mail = read(make(in_reply_to=bad, references=bad, message_id=bad))
    assert mail["Bcc"] is None
    assert mail["References"] in (None, "<a@x>")


INJECTIONS = [
    "x\r\nBcc: victim@x.example",
    "x\nBcc: victim@x.example",
    "x\rBcc: victim@x.example",
    "x\r\n\r\nbody",
    "x\x00\x0b\x0c\x1c\x85\u2028Bcc: victim@x.example",
    "=?utf-8?q?x=0D=0ABcc:_victim@x.example?=",
    'x" <evil@x.example>, "y',
]


@pytest.mark.parametrize("field", ["subject", "sender_name", "to_name", "reason", "company"])
@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_can_be_put_into_the_headers(field: str, text: str) -> None:
    mail = read(make(**{field: text}))
    assert set(mail.keys()) == set(read(make()).keys())
    assert mail["To"].addresses[0].addr_spec == BASE["to"]
    assert len(mail["To"].addresses) == 1 and len(mail["From"].addresses) == 1


@pytest.mark.parametrize(
    "address",
    ["", "x", "@x.example", "a@", "a@x.example\r\nBcc: b@x", "a@x, b@y", "<a@x>", "a b@x.example"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ComposeError):
        compose(make(to=address))


@pytest.mark.parametrize(
    "name",
    ["Łukasz Żółć", "O'Neil, Anna", 'The "Boss"', "Dr. Ünal Ökçe (Praxis)", "田中 太郎", "a\\b"],
)
def test_names_come_out_as_they_went_in(name: str) -> None:
    mail = read(make(to_name=name, sender_name=name))
    assert mail["To"].addresses[0].display_name == name
    assert mail["From"].addresses[0].display_name == name


@pytest.mark.parametrize(
    "subject",
    [
        "Kühlung für Zürich? 👩‍🔧",
        "word " * 40 + "end",
        "x" * 250,
        "日本" * 60,
    ],
)
def test_subjects_come_out_as_they_went_in(subject: str) -> None:
    assert str(read(make(subject=subject))["Subject"]).strip() == subject


def test_what_looks_encoded_is_shown_as_text() -> None:
    assert read(make(subject="=?utf-8?q?not_encoded?="))["Subject"] == "= ?utf-8?q?not_encoded?="


def test_no_line_is_too_long() -> None:
    raw = compose(
        make(
            subject="Zażółć gęślą jaźń " * 15,
            to_name="Ą" * 100,
            text="word " * 5000 + "\n" + "y" * 5000,
            references=" ".join(f"<{'a' * 200}{number}@x.example>" for number in range(12)),
        )
    )
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "Grüße aus Köln",
        "Привет, как дела?",
        "こんにちは",
        ".\n..\n.x",
        "From here\nx = y  \n",
    ],
)
def test_texts_come_out_as_they_went_in(text: str) -> None:
    plain = body(read(make(text=text)), "plain")
    assert plain.replace("\r\n", "\n").startswith(text.strip() + "\n\n-- \n")


def test_domain_is_sent_as_a_label() -> None:
    assert ascii_address("info@müller.example") == "info@xn--mller-kva.example"
    assert ascii_address("info@straße.example") == "info@xn--strae-oqa.example"  # IDNA 2008
    assert read(make(to="info@müller.example"))["To"].addresses[0].domain == "xn--mller-kva.example"


def test_international_local_part_stays() -> None:
    assert ascii_address("józef@poczta.example") == "józef@poczta.example"
    assert "józef@poczta.example".encode() in compose(make(to="józef@poczta.example"))


def test_automatic_mail_says_so() -> None:
    assert read(make(automatic=True))["Auto-Submitted"] == "auto-generated"
    assert read(make())["Auto-Submitted"] is None


def test_attachments_follow_the_text() -> None:
    files = (
        Attachment("offer.pdf", "application/pdf", b"%PDF-1.4\x00\xff" * 500),
        Attachment("Übersicht 2026.txt", "text/plain", "ä".encode()),
        Attachment('a"b\r\nX: y/../../c.txt', "Bad\r\nX-Evil: 1", b"x"),
        Attachment("mail.eml", "message/rfc822", b"Subject: x\r\n\r\n"),
    )
    mail = read(make(attachments=files))
    assert mail.get_content_type() == "multipart/mixed"
    found = list(mail.iter_attachments())
    assert [part.get_filename() for part in found] == [
        "offer.pdf",
        "Übersicht 2026.txt",
        'a"b X: y_.._.._c.txt',
        "mail.eml",
    ]
    assert found[0].get_content() == files[0].content
    assert [part.get_content_type() for part in found[2:]] == ["application/octet-stream"] * 2
    assert mail["X-Evil"] is None and all(part["X-Evil"] is None for part in found)
    assert body(mail, "plain").startswith("Hi Marta")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


def test_links_are_found_and_end_where_the_sentence_ends() -> None:
    html = paragraph("See https://x.example/a?b=1&c=2. Or (https://y.example/p_(q)), fine.")
    assert [attrs["href"] for _, attrs in tags(html)] == [
        "https://x.example/a?b=1&c=2",
        "https://y.example/p_(q)",
    ]
    assert html.endswith(", fine.")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "javascript:alert(1)",
        'https://x.example/"onmouseover="alert(1)',
        "https://x.example/<img src=x onerror=alert(1)>",
        "data:text/html,<b>x</b>",
        "<a href='javascript:x'>y</a>",
    ],
)
def test_nothing_of_the_text_becomes_markup(text: str) -> None:
    for tag, attrs in tags(paragraph(text)):
        assert tag == "a" and set(attrs) == {"href"}
        assert str(attrs["href"]).startswith("https://x.example/")


def test_html_has_no_image_and_no_script() -> None:
    names = {tag for tag, _ in tags(body(read(make()), "html"))}
    assert names == {"html", "head", "meta", "body", "div", "p", "br", "a"}


ANY = st.text(max_size=300)


@given(subject=ANY, name=ANY, text=ANY, reason=ANY)
def test_any_text_makes_a_mail_with_the_same_headers(
    subject: str, name: str, text: str, reason: str
) -> None:
    mail = read(make(subject=subject, to_name=name, sender_name=name, text=text, reason=reason))
    assert len(mail.keys()) == len(read(make()).keys())
    assert mail["To"].addresses[0].addr_spec == BASE["to"]
    assert [part.get_content_type() for part in mail.walk()][1:] == ["text/plain", "text/html"]
