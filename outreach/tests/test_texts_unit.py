"""Parts of an SMS, numbers, spellings and the words for "stop"."""

import pytest

from outreach.channels import stop_words, twilio_codes
from outreach.channels.base import OutboundMessage
from outreach.channels.sms import Sms
from outreach.channels.texts import number_problem, segments, spellings
from outreach.channels.twilio_api import TextSession, callback_for, form_of
from outreach.channels.twilio_hooks import bare, inbound_of, status_of
from outreach.channels.whatsapp import WhatsApp
from outreach.tests.texts import MOBILE, OURS, config, sid


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),  # stands in GSM 03.38
        ("€" * 80, 1),  # takes two places
        ("€" * 81, 2),
        ("€" * 76 + "a", 1),
        ("a" * 152 + "€" * 8, 2),  # a sign of two places is not cut
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("ł" * 134, 2),
        ("ł" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("`", 1),
        ("`" * 71, 2),  # ASCII, yet not GSM
    ],
)
def test_parts_of_an_sms(text: str, parts: int) -> None:
    assert segments(text) == parts


@pytest.mark.parametrize(
    ("number", "sms", "whatsapp"),
    [
        ("+48501234567", True, True),
        ("+48615550127", False, True),  # Poznań, a landline
        ("+12025550123", True, True),  # the plan does not tell
        ("+4930123456", False, True),
        ("+448081570000", False, False),  # freephone
        ("+4812", False, False),
        ("501234567", False, False),
        ("", False, False),
        ("+000000000", False, False),
        ("+48501234567; rm", False, False),
    ],
)
def test_which_numbers_get_texts(number: str, sms: bool, whatsapp: bool) -> None:
    assert (number_problem(number, landlines=False) == "") is sms
    assert (number_problem(number, landlines=True) == "") is whatsapp


def test_a_text_of_more_than_ten_parts_is_refused() -> None:
    assert Sms().problem(MOBILE, "a" * 1530) == ""
    assert "11 SMS" in Sms().problem(MOBILE, "a" * 1531)
    assert "11 SMS" in Sms().problem(MOBILE, "ł" * 671)
    assert WhatsApp().problem(MOBILE, "a" * 1600) == ""
    assert "1,600" in WhatsApp().problem(MOBILE, "a" * 1601)


def test_links_hold_digits_only() -> None:
    assert Sms().link(MOBILE) == f"sms:{MOBILE}"
    assert WhatsApp().link(MOBILE) == "https://wa.me/48501234567"
    assert Sms().link("javascript:alert(1)") == "" == WhatsApp().link("+1 x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
        ("+5511987654321", "+551187654321"),
    ],
)
def test_whatsapp_writes_some_numbers_in_two_ways(one: str, other: str) -> None:
    assert other in spellings(one)
    assert one in spellings(other)
    assert spellings(MOBILE) == (MOBILE,)


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", " Stop. ", "STOP!!!", "“stop”", "Stop 🛑", "StopAll", "STOP ALL",
        "unsubscribe",
        "Cancel", "END", "quit", "REVOKE", "opt-out", "Opt out", "optout", "stop please",
        "Please stop",
        "Abmelden", "bitte abmelden", "STOPP", "Arrêt", "arret", "Désabonner", "désinscription",
        "BAJA", "parar", "Darme de baja", "Basta", "Annulla", "Disiscrivi", "Sair", "descadastrar",
        "Afmelden", "uitschrijven", "wypisz", "Zakończ", "rezygnuję", "sluta", "Avregistrera",
        "avslutt",
        "meld av", "afmeld", "Lopeta", "Odhlásit", "zrušit", "leiratkozás", "dezabonare", "İptal",
        "çık", "СТОП", "отписаться", "відписатися", "ΣΤΟΠ", "στοπ", "διακοπή", "توقف", "إلغاء",
        "הסר",
        "退订", "配信停止", "수신거부", "बंद करें", "berhenti", "hủy", "ＳＴＯＰ",
    ],
)  # fmt: skip
def test_words_for_stop(text: str) -> None:
    assert stop_words.is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "Stop by at ten tomorrow", "Can you stop the noise in our cold room?", "the end of May",
        "I will cancel the other offer", "non-stop", "Don't stop!", "Yes", "start",
        "Stopped by today",
        "Basta così poco, chiamami", "?", "ende nächster Woche", "sto", "Annulla martedì",
    ],
)  # fmt: skip
def test_sentences_are_no_word_for_stop(text: str) -> None:
    assert not stop_words.is_stop(text)


def test_words_for_start() -> None:
    assert stop_words.is_start("START") and stop_words.is_start("unstop!")
    assert not stop_words.is_start("yes")
    assert not stop_words.STOP & stop_words.START


def message(**changes: object) -> OutboundMessage:
    given = {"channel": "sms", "to": MOBILE, "text": "Hi", "message_id": "<abc@text>"} | changes
    return OutboundMessage(**given)  # type: ignore[arg-type]


def test_what_is_asked_of_the_service() -> None:
    callback = "https://sales.example/hooks/twilio/status/?t=abc"
    assert form_of(TextSession(config("http://x"), "sms"), message()) == {
        "To": MOBILE, "From": OURS, "Body": "Hi", "StatusCallback": callback,
    }  # fmt: skip
    service = config("http://x", settings={"whatsapp_service": "MG1"})
    form = form_of(
        TextSession(service, "whatsapp", "whatsapp:"),
        message(content_sid="HX1", content_variables={"1": "Zoë", "2": "x"}),
    )
    assert form["To"] == f"whatsapp:{MOBILE}"
    assert form["MessagingServiceSid"] == "MG1"
    assert form["ContentSid"] == "HX1"
    assert form["ContentVariables"] == '{"1": "Zoë", "2": "x"}'
    assert "Body" not in form and "From" not in form


def test_an_address_that_twilio_cannot_reach_is_left_out() -> None:
    at_home = "http://localhost:8000/hooks/twilio/status/"
    assert callback_for(config("", callback_url=at_home), "<k@text>") == ""
    assert callback_for(config("http://127.0.0.1:1", callback_url=at_home), "<k@text>") != ""
    assert callback_for(config("", callback_url=""), "<k@text>") == ""


@pytest.mark.parametrize(
    ("number", "scope", "permanent", "code"),
    [
        (20429, "provider", False, "busy"),
        (21211, "recipient", True, "no_such_address"),
        (21614, "recipient", True, "no_such_address"),
        (21610, "recipient", True, "opted_out"),
        (21606, "mailbox", True, "sender"),
        (21603, "mailbox", True, "sender"),
        (21408, "mailbox", False, "country"),
        (20003, "mailbox", True, "auth"),
        (30007, "recipient", True, "filtered"),
        (63016, "recipient", True, "template"),
        (63018, "provider", False, "busy"),
        (63024, "recipient", True, "no_such_address"),
        (99999, "recipient", True, "rejected"),
    ],
)
def test_codes_in_our_words(number: int, scope: str, permanent: bool, code: str) -> None:
    error = twilio_codes.error(number)
    assert (error.scope, error.permanent, error.code) == (scope, permanent, code)
    assert error.message.endswith(".") and not error.unknown


class Form(dict[str, str]):
    def getlist(self, key: str) -> list[str]:
        return [self[key]] if key in self else []


def test_reports_are_read() -> None:
    event = status_of(Form(MessageSid=sid(1), MessageStatus="sending", From=OURS))
    assert event is not None and (event.status, event.sender) == ("queued", OURS)
    failed = Form(MessageSid=sid(1), MessageStatus="undelivered", ErrorCode="30006")
    event = status_of(failed)
    assert event is not None and event.code == "no_such_address"
    event = status_of(failed | {"ErrorCode": "x" * 90})  # type: ignore[arg-type]
    assert event is not None and event.code == "rejected"


@pytest.mark.parametrize("form", [{}, {"MessageSid": "x"}, {"MessageSid": sid(1)}])
def test_what_is_no_report_is_none(form: dict[str, str]) -> None:
    assert status_of(Form(form)) is None


def test_messages_are_read() -> None:
    event = inbound_of(
        Form(
            MessageSid=sid(1), From=f"whatsapp:{MOBILE}", To=f"whatsapp:{OURS}",
            Body=" Hi\r\nyou\x00 ",
            ProfileName="Marta K", NumMedia="2", MediaContentType0="image/jpeg",
            MediaUrl0="https://api.twilio.com/x", MediaUrl1="javascript:alert(1)",
        )
    )  # fmt: skip
    assert event is not None
    assert (event.text, event.sender, event.name) == ("Hi\nyou", MOBILE, "Marta K")
    assert event.data["channel"] == "whatsapp"
    names = [(file["name"], file["url"]) for file in event.data["attachments"]]
    assert names == [("Picture (image/jpeg)", "https://api.twilio.com/x"), ("File (file)", "")]
    assert inbound_of(Form(MessageSid=sid(1))) is None


def test_numbers_without_their_prefix() -> None:
    assert bare("whatsapp:+4912345") == ("+4912345", "whatsapp")
    assert bare(" +4912345 ") == ("+4912345", "sms")
    assert bare("AMAZON") == ("AMAZON", "sms")
