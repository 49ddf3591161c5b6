"""Headers, bounces and formulas before the classifier; what an unsure class may and may not do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leads import thread
from leads.models import Correction, ThreadEvent
from leads.services import suppression
from outreach.models import Enrollment, Task
from outreach.services import replies, understanding
from salesagent.ai.base import Classification

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def received(
    text: str, *, subject: str = "Re: hello", machine: bool = False, **headers: str
) -> Any:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return understanding.Received(subject, text, told, "", NOW, machine)


class Fixed:
    name = "local"
    told = Classification("other", 0.5)

    def classify(self, text: str) -> Classification:
        return Fixed.told


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Any:
    def fix(label: str, chance: float = 0.9, **more: Any) -> None:
        Fixed.told = Classification(label, chance, {label: chance}, "told", **more)
        monkeypatch.setattr(understanding, "classifier", Fixed)

    return fix


def test_the_stop_address_goes_before_all(says: Any) -> None:
    says("interested")
    found, _ = understanding.understand(received("Great, send more", subject="Unsubscribe"))
    assert (found.disposition, found.confidence) == ("opt_out", 1.0)


@pytest.mark.parametrize(
    "text",
    ["Hi, please remove me from your list. Regards, Tom", "Stop emailing me.", "STOP", "S T O P"],
)
def test_a_wish_that_a_program_marked_is_a_wish(text: str) -> None:
    found, _ = understanding.understand(received(text, machine=True))
    assert (found.disposition, found.abstained) == ("opt_out", False)


@pytest.mark.parametrize(
    "text",
    [
        "I am out of office until 3 December. Also: unsubscribe me from this list.",
        "We received your request and opened ticket #471.\n\nHi, please remove me from your list.",
    ],
)
def test_a_wish_beside_a_machines_words_is_for_a_person(text: str) -> None:
    found, _ = understanding.understand(received(text, machine=True))
    assert (found.disposition, found.abstained) == ("opt_out", True)
    assert found.confidence < 0.8


@pytest.mark.parametrize(
    "text",
    [
        "We received your request, ticket #471.\nIf you no longer wish to get mails, click here.",
        "I am away until 12 May.\n\nTo unsubscribe from our newsletter click here.",
        "Thank you for your message, we answer within two days.\nUnsubscribe | Privacy",
    ],
)
def test_a_machines_footer_is_no_wish(text: str) -> None:
    found, _ = understanding.understand(received(text, subject="Thank you", machine=True))
    assert found.disposition != "opt_out"


def test_a_machine_that_confirms_is_no_absence_to_hold_for(says: Any) -> None:
    says("question")
    text = "We have received your request. Your ticket number is 4711."
    found, auto = understanding.understand(
        received(text, machine=True, Auto_Submitted="auto-replied")
    )
    assert found.disposition == "out_of_office"
    assert auto.kind in understanding.CONFIRMS


def test_a_note_of_leaving_is_known_by_its_formula(says: Any) -> None:
    says("question")
    text = "Jonas Weber no longer works for Halden. Please write to Sara Lind, sara@halden.example."
    found, auto = understanding.understand(received(text, subject=""))
    assert (found.disposition, auto.kind) == ("left_company", "left_company")


def test_an_opt_out_outweighs_formulas(says: Any) -> None:
    says("opt_out", 0.95)
    text = "Jonas Weber no longer works for Halden. Remove me from your list."
    assert understanding.understand(received(text))[0].disposition == "opt_out"


def test_a_person_on_holiday_is_not_held_without_asking(says: Any) -> None:
    says("out_of_office", 0.97)
    found, _ = understanding.understand(received("We loved our holiday, shall we talk now?"))
    assert found.confidence < 0.8


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("failure notice", "Wasn't able to deliver. <a@b.example>: no mailbox (#5.1.1)"),
        ("Nachricht unzustellbar", "550 5.1.1 User unknown, konnte nicht zugestellt werden"),
        ("Mail delivery failed", "Diagnostic-Code: smtp; 550 no such user"),
    ],
)  # fmt: skip
def test_bounces_without_their_headers(subject: str, text: str) -> None:
    assert understanding.bounced(subject, text, {})


@pytest.mark.parametrize(
    "text",
    [
        "Way out of reach for a shop our size.",
        "Nobody here can help, try purchasing on 0113 496 0002.",
        "Your message has not been forwarded. I am on leave.",
        "The courier could not deliver your parcel, it came back.",
    ],
)
def test_people_do_not_bounce(text: str) -> None:
    assert not understanding.bounced("Re: your mail", text, {})


# ---- in the product


def wrote(lead: Any, text: str) -> ThreadEvent:
    event = thread.record(
        lead=lead, kind="reply.received", actor="lead", channel="email", body=text,
        data={"from": lead.email, "subject": "Re: hello"},
    )  # fmt: skip
    assert event is not None
    return event


@pytest.mark.django_db
def test_an_unsure_opt_out_asks_and_stops_nobody(lead: Any, says: Any) -> None:
    says("opt_out", 0.7)
    event = wrote(lead, "My patience is at its end.")
    said = replies.classify_reply(event)
    assert said is not None
    replies.apply_disposition(said)
    replies.apply_disposition(said)
    assert not suppression.is_suppressed(lead, "email")
    assert Task.objects.filter(lead=lead, kind=Task.Kind.ATTENTION).count() == 1


@pytest.mark.django_db
def test_an_abstained_class_does_nothing_and_is_told(lead: Any, says: Any) -> None:
    says("out_of_office", 0.95, abstained=True, language="de", kind="")
    said = replies.classify_reply(wrote(lead, "Unklar"))
    assert said is not None
    assert (said.data["abstained"], said.data["language"]) == (True, "de")
    replies.apply_disposition(said)
    assert not Task.objects.filter(lead=lead, kind=Task.Kind.ATTENTION).exists()


@pytest.mark.django_db
def test_a_corrected_class_is_kept_to_learn_from(lead: Any, rep: Any, says: Any) -> None:
    says("interested", 0.6)
    event = wrote(lead, "Rather not")
    replies.classify_reply(event)
    replies.correct(event, "not_interested", rep)
    row = Correction.objects.get()
    assert (row.kind, row.before, row.after) == ("label", "interested", "not_interested")


@pytest.mark.django_db
@pytest.mark.parametrize(("chance", "state"), [(0.9, "stopped"), (0.6, "active")])
def test_a_clear_no_ends_the_sequence_and_an_unclear_one_does_not(
    lead: Any, sequence: Any, mailbox: Any, says: Any, chance: float, state: str
) -> None:
    enrolled = Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox)
    says("not_interested", chance)
    said = replies.classify_reply(wrote(lead, "Thanks, but no."))
    assert said is not None
    replies.apply_disposition(said)
    enrolled.refresh_from_db()
    assert enrolled.state == state
    assert (enrolled.reason == "not_interested") is (state == "stopped")


@pytest.mark.django_db
@pytest.mark.parametrize(("label", "stage"), [("question", "engaged"), ("other", "new")])
def test_only_who_talks_with_us_is_engaged(lead: Any, says: Any, label: str, stage: str) -> None:
    says(label, 0.9)
    said = replies.classify_reply(wrote(lead, "Well"))
    assert said is not None
    replies.apply_disposition(said)
    lead.refresh_from_db()
    assert lead.stage == stage
