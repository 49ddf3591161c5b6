"""Mail as it comes: broken, hostile, in every charset. Nothing but Unreadable may come out."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.mail import autoreply_rules
from outreach.mail.bounce import classify
from outreach.mail.html_text import to_text
from outreach.mail.parse import Unreadable, parse
from outreach.tests.mails import bounce, mail, nested


def _body(charset: str, data: bytes, encoding: str = "8bit") -> bytes:
    head = f"From: a@b.example\nContent-Type: text/plain; charset={charset}\n"
    return f"{head}Content-Transfer-Encoding: {encoding}\n\n".encode() + data


def test_the_plain_facts() -> None:
    found = parse(mail("Hello", In_Reply_To="<a@b.c>", References="<x@y.z> <a@b.c>"))
    assert (found.from_name, found.from_address) == ("Marta Kowalczyk", "m.kowalczyk@polna.example")
    assert found.in_reply_to == "<a@b.c>" and found.references == ("<x@y.z>", "<a@b.c>")
    assert found.answers == ("<a@b.c>", "<x@y.z>")
    assert found.date == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert found.text.strip() == "Hello" and found.to == ("jonas@halden.example",)


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-8", "Łódź".encode(), "Łódź"),
        ("iso-8859-2", "Łódź".encode("iso-8859-2"), "Łódź"),
        ("x-unknown", "Łódź".encode(), "Łódź"),
        ("x-unknown", "Grüße".encode("cp1252"), "Grüße"),
        ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("gb2312", "你好".encode("gb2312"), "你好"),
        ("punycode", b"plain", "plain"),
        ("unicode_escape", rb"\x41", r"\x41"),
        ("hex", b"4141", "4141"),
        ('"', b"plain", "plain"),
        ("utf-16", "hi".encode("utf-16"), "hi"),
    ],
)
def test_charsets(charset: str, data: bytes, text: str) -> None:
    assert parse(_body(charset, data)).text == text


def test_broken_base64_still_gives_something() -> None:
    parse(_body("utf-8", b"SGVsbG8gd29ybGQ!!=", "base64"))
    assert parse(_body("utf-8", b"SGVsbG8=", "base64")).text == "Hello"


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ("Marta <M.K@Polna.Example>", "Marta", "m.k@polna.example"),
        ("=?utf-8?q?Zo=C3=AB?= <z@x.example>", "Zoë", "z@x.example"),
        ("=?utf-8?q?Zo=C3=AB_<z@x.example>?=", "Zoë", "z@x.example"),
        ("=?nonsense?q?Zo?= <z@x.example>", "Zo", "z@x.example"),
        ("=?utf-8?b?%%%?= <z@x.example>", None, "z@x.example"),
        ("z@x.example (Zoe)", "Zoe", "z@x.example"),
        ('"a\r\n b" <z@x.example>', "a b", "z@x.example"),
        ("\u202eevil <z@x.example>", "evil", "z@x.example"),
        ("undisclosed-recipients:;", None, ""),
        ("", "", ""),
        ("(" * 5000, None, ""),
        ("<" * 5000, None, ""),
        ("josé@exämple.example", None, "josé@exämple.example"),
    ],
)
def test_senders(header: str, name: str | None, address: str) -> None:
    found = parse(f"From: {header}\n\nhi".encode())
    assert found.from_address == address
    assert name is None or found.from_name == name


def test_headers_are_clean_and_short() -> None:
    found = parse(f"Subject: a\x00b\u202e{'x' * 9000}\nFrom: a@b.example\n\nh\x00i".encode())
    assert found.subject.startswith("abx") and len(found.subject) <= 300
    assert found.text == "hi"


@pytest.mark.parametrize("when", ["yesterday", "Mon, 99 Foo 2026", ""])
def test_dates_nobody_can_read(when: str) -> None:
    assert parse(f"Date: {when}\nFrom: a@b.example\n\nhi".encode()).date is None


def test_alternatives_html_and_attachments() -> None:
    content = (
        'Content-Type: multipart/mixed; boundary="m"\nFrom: a@b.example\n\n--m\n'
        'Content-Type: multipart/alternative; boundary="a"\n\n'
        "--a\nContent-Type: text/plain\n\nplain words\n"
        "--a\nContent-Type: text/html\n\n<p>rich <b>words</b><script>bad()</script></p>\n--a--\n"
        "--m\nContent-Type: application/pdf\nContent-Disposition: attachment;\n"
        " filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n--m--\n"
    )
    found = parse(content.encode())
    assert (found.text.strip(), found.html_text) == ("plain words", "rich words")
    assert [(a.name, a.size) for a in found.attachments] == [("Grüße.pdf", 3)]


def test_a_forwarded_message_inside_gives_its_id_but_not_its_words() -> None:
    found = parse(bounce("<inner@halden.example>"))
    assert "<inner@halden.example>" in found.mentioned
    assert found.report and found.report.fields[-1]["status"] == "5.1.1"


def test_hostile_sizes_end_soon() -> None:
    with pytest.raises(Unreadable):
        parse(nested(2000))
    begin = time.perf_counter()
    parse(b"".join(b"X-%d: y\n" % n for n in range(50_000)) + b"From: a@b.example\n\nhi")
    parse(b"From: a@b.example\nSubject: " + b"=?a?q?" * 20_000 + b"\n\nhi")
    parts = b"--b\n\nx\n" * 50_000
    found = parse(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + parts)
    assert len(found.text) < 1000
    assert time.perf_counter() - begin < 10


@settings(max_examples=250, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    try:
        found = parse(data)
    except Unreadable:
        return
    (found.subject + found.text + found.from_name + found.html_text).encode()
    classify(data)
    autoreply_rules.automatic(found)


_LINES = st.sampled_from(
    [
        "From: a@b.example", "From: =?utf-8?b?////?=", "Subject: =?x?q?=?=", "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"', "Content-Type: text/html; charset=x-y",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "Content-Type: message/delivery-status", "Content-Type: message/rfc822", "--b", "--b--",
        "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: x-uuencode",
        "Content-Disposition: attachment; filename*0*=utf-8''%", "", "", "begin 644 x", "AAAA",
        "Status: 5.1.1", "Action: failed", "Final-Recipient: rfc822;x", "\x00\x80\xff", "<p>x",
        "References: <<a@b> <c@d>>", "Date: x", "Message-ID: <a@b>", " folded", "To: :;,",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_LINES, max_size=40))
def test_any_mail_like_lines(lines: list[str]) -> None:
    test_any_bytes.hypothesis.inner_test("\r\n".join(lines).encode("latin-1"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b", "a\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("x<blockquote>quoted</blockquote>y", "x\n> quoted\ny"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("&lt;b&gt; &amp;nbsp; &#8364;", "<b> &nbsp; €"),
        ("<style>p{}</style><title>t</title>x<!-- c -->", "x"),
        ("<img src=x onerror=alert(1)>hi", "hi"),
        ("a < b and c > d", "a < b and c > d"),
        ("", ""),
    ],
)
def test_html_becomes_text(source: str, text: str) -> None:
    assert to_text(source) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<",
        "<b>",
        "<!--",
        "<style>",
        "<table><tr>",
        "<blockquote>",
        "&amp;",
        "<a <",
        "</p>",
    ],
)
def test_html_takes_linear_time(piece: str) -> None:
    source = (piece * 65_536)[:65_536]
    begin = time.perf_counter()
    to_text(source)
    assert time.perf_counter() - begin < 0.5  # 0.05 s on an idle machine; this one is shared


def test_automatic_is_told_from_human() -> None:
    assert autoreply_rules.automatic(parse(mail("hi"))) == ""
    assert autoreply_rules.automatic(parse(mail("hi", Precedence="bulk"))) == "Mass mail"
    assert (
        autoreply_rules.automatic(parse(mail("hi", Precedence="bulk", In_Reply_To="<a@b>"))) == ""
    )
    assert autoreply_rules.automatic(parse(mail("hi", subject="Re: Out of office alarms"))) == ""


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", "hard"),
        ("5.1.2", "hard"),
        ("5.1.10", "hard"),
        ("5.1.8", "soft"),
        ("5.7.1", "soft"),
    ],
)
def test_kinds_of_bounces(status: str, kind: str) -> None:
    found = classify(bounce("<x@y.z>", status=status))
    assert (found.kind, found.recipient) == (kind, "m.kowalczyk@polna.example")
