"""Each check: what it lets through, what it points at, what it stops."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.models import Lead, Pain
from leads.services.suppression import suppress
from outreach.models import Snippet, Touch
from outreach.services import lint, quality
from outreach.services.quality import Facts

BODY = (
    "Hi Marta,\n\nwe do cold-room maintenance every day, and I would like to know how you handle "
    "it at Polna Bakeries. Is it settled, or does it still cost somebody a night now and then?\n\n"
    "If you are not the right person, a name is all I need.\n\nJonas Weber"
)
GOOD = Facts(postal_address="Kanalgade 4", to_address="m@polna.example", basis="Consent")


def levels(body: str = BODY, subject: str = "A question", **facts: object) -> dict[str, str]:
    """Worst level of each code; the text is a machine's unless told."""
    facts.setdefault("machine_text", f"{subject}\n{body}")
    found: dict[str, str] = {}
    rank = ["ok", "warn", "block"]
    for check in quality.judge(subject, body, replace(GOOD, **facts)):  # type: ignore[arg-type]
        known = found.get(check["code"], "ok")
        found[check["code"]] = max(known, check["level"], key=rank.index)
    return found


def test_a_good_mail_passes_everything() -> None:
    assert set(levels().values()) == {"ok"}
    assert quality.passed(quality.judge("A question", BODY, GOOD))


@pytest.mark.parametrize(
    "hole",
    ["{{city}}", "{{ x.y }}", "[first name]", "[Company]", "<first name>", "<<name>>", "{name}",
     "%(name)s", "${name}", "XXX", "Lorem ipsum", "____", "{% if %}"],
)  # fmt: skip
def test_holes_block(hole: str) -> None:
    assert levels(BODY + f"\n{hole}")["fields"] == "block"


def test_a_greeting_without_name_blocks() -> None:
    assert levels(BODY.replace("Hi Marta,", "Hi ,"))["fields"] == "block"
    assert levels(BODY.replace("Hi Marta,", "Good morning,"))["fields"] == "ok"


@pytest.mark.parametrize(
    ("channel", "body", "level"),
    [
        ("email", "Too short.", "warn"),
        ("email", "word " * 181, "warn"),
        ("email", "word " * 100, "ok"),
        ("email", "   ", "block"),
        ("linkedin", "x" * 200, "ok"),
        ("linkedin", "x " * 101, "warn"),
        ("sms", "x" * 160, "ok"),
        ("sms", "x" * 600, "warn"),
        ("phone", "word " * 401, "warn"),
    ],
)
def test_length(channel: str, body: str, level: str) -> None:
    assert levels(body, channel=channel)["length"] == level


def test_length_reads_as_in_the_product() -> None:
    text = {c["code"]: c["text"] for c in quality.judge("S", BODY + "\nhttps://a.example/x", GOOD)}
    assert text["length"] == f"{len(lint.words(BODY)) + 4} words, 1 link"
    assert text["fields"] == "All fields filled, no placeholders left"


@pytest.mark.parametrize(
    ("text", "parts"),
    [("x" * 160, 1), ("x" * 161, 2), ("x" * 307, 3), ("ł" * 70, 1), ("ł" * 71, 2), ("[" * 81, 2)],
)
def test_sms_segments(text: str, parts: int) -> None:
    assert lint.segments(text) == parts


@pytest.mark.parametrize(
    ("subject", "level"), [("", "block"), ("x" * 61, "warn"), ("A question", "ok")]
)
def test_subject(subject: str, level: str) -> None:
    assert levels(subject=subject)["subject"] == level
    assert "subject" not in levels(subject=subject, channel="phone")


def test_reading_level() -> None:
    hard = (
        "The implementation of comprehensive organisational transformation methodologies "
        "necessitates the establishment of interdisciplinary communication infrastructures with "
        "consideration of the heterogeneous requirements that the participating institutions have "
    )
    assert levels(hard)["reading"] == "warn"
    assert lint.grade("The cat sat on the mat. " * 6) == 1
    assert lint.grade("Szanowna Pani, chciałbym zapytać o chłodnie w piekarni. " * 4) is None
    assert lint.grade(BODY, "pl") is None
    assert "reading" not in levels("Krótko i po polsku. " * 20, language="pl")


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("https://halden.example/sheet", "ok"),
        ("https://www.halden.example/sheet", "ok"),
        ("https://docs.halden.example/sheet", "ok"),
        ("https://evilhalden.example/", "warn"),
        ("https://other.example/", "warn"),
        ("other.example/offer", "warn"),
        ("https://bit.ly/abc", "block"),
        ("bit.ly/abc", "block"),
        ("http://192.168.0.1/x", "block"),
        ("http://[::1]/x", "block"),
        ("http://3232235521/x", "block"),
        ("ftp://halden.example/x", "block"),
        ("javascript:alert(1)", "block"),
        ("data:text/html,x", "block"),
        ("https://halden.example@evil.example/", "block"),
    ],
)
def test_links(url: str, level: str) -> None:
    found = levels(f"{BODY}\n{url}", hosts=frozenset({"halden.example"}))
    assert found["links"] == level


def test_a_models_foreign_link_blocks() -> None:
    assert levels(f"{BODY} https://evil.example/x", by_ai=True)["links"] == "block"


def test_three_links_warn() -> None:
    text = f"{BODY} https://a.example/1 https://a.example/2 https://a.example/3"
    assert levels(text, hosts=frozenset({"a.example"}))["links"] == "warn"


@pytest.mark.parametrize(
    "phrase",
    ["Dear friend", "100% guaranteed", "click here", "money-back guarantee", "lowest prices",
     "Join millions", "risk-free"],
)  # fmt: skip
def test_spam_signs_warn(phrase: str) -> None:
    assert levels(f"{BODY} {phrase} now")["spam"] == "warn"


@pytest.mark.parametrize(
    ("subject", "body"),
    [("FREE COLD ROOM", BODY), ("Hello!", BODY), ("S", BODY + " WAKE UPPER LOUDER WORDS"),
     ("S", BODY + " Really!!")],
)  # fmt: skip
def test_shouting_warns(subject: str, body: str) -> None:
    assert levels(body, subject=subject)["shouting"] == "warn"


# --- honesty ---


@pytest.mark.parametrize("subject", ["Re: your alarms", "RE: x", "Fwd: x", "AW: x", "FW:x"])
def test_a_false_thread_blocks(subject: str) -> None:
    assert levels(subject=subject)["honesty_re"] == "block"
    assert "honesty_re" not in levels(subject=subject, wrote_before=True)
    assert "honesty_re" not in levels(subject=subject, talked_before=True)


@pytest.mark.parametrize(
    "phrase", ["As discussed", "as we agreed", "Following our call", "Great speaking with you",
               "Thanks for your reply", "as you mentioned"],
)  # fmt: skip
def test_an_invented_conversation_blocks(phrase: str) -> None:
    found = levels(f"{BODY} {phrase}, here it is.")
    assert found["honesty_earlier"] == "block"
    assert "block" not in levels(f"{BODY} {phrase}, here.", talked_before=True).values()


def test_an_earlier_mail_must_exist() -> None:
    text = f"{BODY} I am following up on my last mail."
    assert levels(text)["honesty_earlier"] == "block"
    assert "honesty_earlier" not in levels(text, wrote_before=True)


@pytest.mark.parametrize(
    "phrase",
    ["Act now", "last chance", "limited-time", "only 3 places left", "offer expires", "Hurry",
     "expires tomorrow", "today only", "before it's too late"],
)  # fmt: skip
def test_invented_urgency_blocks(phrase: str) -> None:
    assert levels(f"{BODY} {phrase} please")["honesty_urgency"] == "block"


@pytest.mark.parametrize(
    "claim",
    ["We cut costs by 30%", "saves 12.5 percent", "3x faster", "5 times cheaper", "only €500",
     "1200 EUR a year", "over 200 clients", "40 happy bakeries", "15 years of experience",
     "hundreds of companies", "trusted by many", "companies like yours", "We helped Harbour Lane",
     "market-leading", "award-winning", "the number one", "our customers save", "twice as fast"],
)  # fmt: skip
def test_claims_without_source_block(claim: str) -> None:
    assert levels(f"{BODY} {claim}.")["claim"] == "block"
    assert "needs a source" in str(quality.judge("S", claim, replace(GOOD, machine_text=claim)))


@pytest.mark.parametrize(
    "plain",
    ["It takes 15 minutes.", "Shall I call at 10:30?", "a two-page sheet", "on 12 March",
     "3 times a week", "Is Tuesday the 4th good for you?"],
)  # fmt: skip
def test_plain_numbers_are_no_claims(plain: str) -> None:
    assert "claim" not in levels(f"{BODY} {plain}")


def test_a_stored_number_may_be_written() -> None:
    text = f"{BODY} You have 14 sites, and 30% of them bake at night."
    assert levels(text, sources="14 sites, 30% night baking, call of 3 March").get("claim") is None
    assert levels(text, sources="140 sites, 3%")["claim"] == "block"


def test_what_a_person_typed_is_only_pointed_at() -> None:
    text = f"{BODY} The price is €500, act now."
    found = levels(text, machine_text="")
    assert (found["claim"], found["honesty_urgency"]) == ("warn", "warn")
    found = levels(text, machine_text=BODY)
    assert found["claim"] == "warn"


# --- the person, the sender ---


def test_footer_needs_a_postal_address() -> None:
    assert levels(postal_address=" ")["footer"] == "block"
    assert "footer" not in levels(postal_address="", channel="linkedin")


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"to_address": ""}, "address"), ({"suppressed": True}, "suppressed"),
     ({"basis": ""}, "basis"),
     ({"basis_expired": True}, "basis")],
)  # fmt: skip
def test_who_may_not_be_written_to(facts: dict[str, object], code: str) -> None:
    assert levels(**facts)[code] == "block"  # type: ignore[arg-type]


def test_sameness_warns() -> None:
    assert levels(recent=(BODY.replace("Marta", "Owen"),))["same"] == "warn"
    assert levels()["honesty"] == "ok" and "same" not in levels()
    assert levels(recent=("Something else entirely, about another thing. " * 5,))["same"] == "ok"


# --- the facts of a real touch ---


@pytest.fixture
def touch(lead: Lead, mailbox: Any, workspace: Any) -> Touch:
    return Touch.objects.create(
        lead=lead, mailbox=mailbox, channel="email", subject="A question", body=BODY,
        machine_body=BODY, writer="template", to_address=lead.email, due_at=timezone.now(),
    )  # fmt: skip


def _codes(touch: Touch, *levels: str) -> set[str]:
    return {c["code"] for c in quality.check(touch) if c["level"] in levels}


def test_a_real_touch_passes_in_few_queries(
    touch: Touch, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        assert quality.passed(quality.check(touch))


def test_suppression_is_seen(touch: Touch) -> None:
    suppress(address=touch.to_address, reason="opted_out", source="test", actor="system")
    assert "suppressed" in _codes(touch, "block")


def test_expired_basis_is_seen(touch: Touch) -> None:
    touch.lead.basis_expires_at = timezone.localdate() - timedelta(days=1)
    assert "basis" in _codes(touch, "block")


def test_who_wrote_to_us_may_be_answered_without_a_basis(touch: Touch) -> None:
    touch.lead.lawful_basis = ""
    assert "basis" in _codes(touch, "block")
    thread.record(lead=touch.lead, kind="reply.received", actor="lead", direction="in", body="Hm")
    assert "basis" not in _codes(touch, "block")


def test_a_sent_mail_makes_re_honest(touch: Touch) -> None:
    touch.subject = "Re: alarms"
    assert "honesty_re" in _codes(touch, "block")
    Touch.objects.create(
        lead=touch.lead, channel="email", state="sent", sent_at=timezone.now(),
        due_at=timezone.now(),
    )  # fmt: skip
    assert "honesty_re" not in _codes(touch, "block")


@pytest.mark.parametrize("where", ["pain", "custom", "snippet", "reply", "size"])
def test_where_a_number_may_come_from(where: str, touch: Touch) -> None:
    touch.body = touch.machine_body = f"{BODY} You have 14 sites."
    assert "claim" in _codes(touch, "block")
    lead = touch.lead
    if where == "pain":
        Pain.objects.create(
            lead=lead, text="14 sites", source="website", noted_at=timezone.localdate()
        )
    elif where == "custom":
        lead.custom = {"sites": 14}
    elif where == "snippet":
        Snippet.objects.create(code="s", text="We know 14 sites.", source="own list")
    elif where == "reply":
        thread.record(
            lead=lead, kind="reply.received", actor="lead", direction="in", body="We have 14 sites"
        )
    elif lead.company:
        lead.company.size = 14
    assert "claim" not in _codes(touch, "block")


def test_a_snippet_without_source_vouches_for_nothing(touch: Touch) -> None:
    touch.body = touch.machine_body = f"{BODY} We know 14 sites."
    Snippet.objects.create(code="s", text="We know 14 sites.")
    assert "claim" in _codes(touch, "block")


def test_recent_mails_of_the_mailbox_count_but_not_the_same_step(touch: Touch, lead: Lead) -> None:
    import uuid

    key = uuid.uuid4()
    Touch.objects.create(
        lead=lead, mailbox=touch.mailbox, channel="email", body=BODY, state="sent", step_key=key,
        sent_at=timezone.now(), due_at=timezone.now(),
    )  # fmt: skip
    assert "same" in _codes(touch, "warn")
    touch.step_key = key
    assert "same" not in _codes(touch, "warn")


def test_own_hosts(touch: Touch, settings: Any) -> None:
    settings.CALENDAR_LINK = "https://cal.example/jonas"
    touch.body = touch.machine_body = f"{BODY} https://cal.example/jonas https://polna.example/x"
    assert "links" not in _codes(touch, "warn", "block")


@pytest.mark.parametrize(
    "text", ["a." * 9000, "http://" * 3000, "[" * 20000, "1," * 10000, "x@y." * 5000, "Re: " * 5000,
             "we " * 7000, "9 a " * 5000, "{" * 20000, "<first " * 3000],
)  # fmt: skip
def test_any_text_is_judged_quickly(text: str) -> None:
    started = time.perf_counter()
    quality.judge(text[:300], text, replace(GOOD, machine_text=text, recent=(text,) * 3))
    assert time.perf_counter() - started < 1.5


def test_mail_filters_read_only_mail() -> None:
    letter = BODY.replace("Hi Marta,", "Dear Sir or Madam,")
    assert levels(letter)["spam"] == "warn"
    assert levels(letter, subject="", channel="post")["spam"] == "ok"
