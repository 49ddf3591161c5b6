"""Email, Channels, Cadence and Costs: what they say, to whom, and with how many queries."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from analytics.models import Cost
from analytics.services import costs, rollup
from analytics.tests import world as w
from outreach.models import Enrollment, Experiment, Sequence, Touch, Variant
from salesagent.accounts.models import Workspace

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TABS = ("email", "channels", "cadence")


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def look(client: Client) -> Callable[..., str]:
    def at(user: Any, path: str) -> str:
        client.force_login(user)
        answer = client.get(path)
        assert answer.status_code == 200, path
        return words(answer.content.decode())

    return at


@pytest.fixture
def rows(client: Client) -> Callable[..., list[dict[str, str]]]:
    def at(user: Any, path: str) -> list[dict[str, str]]:
        client.force_login(user)
        answer: Any = client.get(path)
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    return at


def words(page: str) -> str:
    main = page[page.index('id="main"') :] if 'id="main"' in page else page
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def sent(of: Any, step: Any, day: int, channel: str = "email") -> None:
    touch = Touch.objects.create(
        lead=of, channel=channel, step=step, step_key=step.key, due_at=at(day), state="sent",
        sent_at=at(day), variant=step.variants.first(),
    )  # fmt: skip
    w.event(of, "touch.sent", at(day), channel, touch=touch.pk)


@pytest.fixture
def month(rep: Any, mate: Any, sequence: Sequence, workspace: Workspace) -> Sequence:
    """Ten bakers of Jonas got a mail, three answered, one met; one got the second touch too."""
    first, second = sequence.steps.all()[:2]
    leads = [w.lead(f"Ada{n}", rep, trade="bakery", at=at(2)) for n in range(10)]
    for n, lead in enumerate(leads):
        sent(lead, first, 3 + n)
        if n < 3:
            w.event(lead, "reply.received", at(4 + n), "email")
    w.event(leads[0], "meeting.booked", at(5), "meeting")
    w.event(leads[1], "lead.suppressed", at(6), "email", reason="opted_out")
    sent(leads[9], second, 14, "linkedin")
    sent(w.lead("Ben", mate, at=at(2)), first, 3)
    rollup.rebuild()
    return sequence


# --- what they say -------------------------------------------------------------------------------


def test_channels_compared(month: Sequence, owner: Any, look: Any, rows: Any) -> None:
    costs.set_rate(owner, "email", date(2026, 11, 1), Decimal("0.5"), Decimal(0))
    page = look(owner, "/analytics/channels/")
    assert "Email 11 11 n/a 3 of 11 few 1 1 of 11 5.50 EUR 5.50 EUR" in page
    assert "LinkedIn 1 1 n/a 0 of 1 few 0 0 0.00 EUR n/a" in page
    assert "counts for the channel of our last delivered message or call before it" in page
    mail = rows(owner, "/analytics/channels/?csv=channels")[0]
    assert (mail["Sent"], mail["Answered"], mail["Meetings"]) == ("11", "3", "1")
    assert mail["Cost per meeting EUR"] == "5.5000" and float(mail["Low"]) < 3 / 11


def test_without_a_rate_there_is_no_cost(month: Sequence, owner: Any, rep: Any, look: Any) -> None:
    page = look(owner, "/analytics/channels/")
    assert "11 email messages had no rate on their day" in page or "had no rate on its day" in page
    assert "Costs in Settings" in page
    assert "The owner enters rates in Settings, Costs." in look(rep, "/analytics/channels/")


def test_a_rate_in_another_currency_is_no_price(month: Sequence, owner: Any, look: Any) -> None:
    costs.set_rate(owner, "email", date(2026, 11, 1), Decimal("0.5"), Decimal(0))
    costs.set_rate(owner, "linkedin", date(2026, 11, 1), Decimal(1), Decimal(0))
    assert "in another currency" not in look(owner, "/analytics/channels/")
    costs.set_currency(owner, "DKK")
    page = look(owner, "/analytics/channels/")
    assert "1 of 11 no price no price" in page and "0.00 DKK" not in page
    assert "Rates in another currency than DKK count as none: enter them again in DKK." in page
    assert "no price" in look(owner, "/analytics/")


def test_who_stops_without_a_message_in_these_days_counts(
    rep: Any, owner: Any, workspace: Any, look: Any
) -> None:
    lead = w.lead("Ada", rep, at=at(1))
    w.event(lead, "touch.sent", at(2), "email", touch=1)
    w.event(lead, "lead.suppressed", at(20), "email", reason="opted_out")
    rollup.rebuild()
    day = "?period=own&from=2026-11-20&to=2026-11-20"
    assert "Opt-outs 1 nothing delivered in these days" in look(owner, f"/analytics/{day}")
    assert "Email 0 0 n/a n/a 0 1 " in look(owner, f"/analytics/channels/{day}")


def test_weeks_and_people_behind_numbers(
    month: Sequence, owner: Any, rep: Any, client: Client
) -> None:
    key = month.steps.all()[1].key
    Enrollment.objects.create(
        lead=w.lead("Cid", rep), sequence=month, next_step_key=key, next_due_at=at(22)
    )
    client.force_login(owner)
    weeks = client.get("/analytics/channels/").content.decode()
    assert "metric=answered&amp;channel=email&amp;period=own&amp;from=" in weeks
    people = f"/sequences/{month.pk}/people/"
    assert f'"{people}"' in client.get("/analytics/cadence/").content.decode()
    assert people not in client.get(f"/analytics/cadence/?owner={rep.pk}").content.decode()


def test_best_channel_needs_evidence(rep: Any, owner: Any, workspace: Any, look: Any) -> None:
    for n in range(40):
        lead = w.lead(f"Ada{n}", rep, trade="bakery", at=at(2))
        for day, channel in ((3, "email"), (10, "sms")):
            w.event(lead, "touch.sent", at(day), channel)
        if n < 20:
            w.event(lead, "reply.received", at(11), "sms")
    rollup.rebuild()
    page = look(owner, "/analytics/channels/")
    assert "All leads: SMS 50.0% answer (20 of 40), over the other channels 0.0%" in page
    assert "Trade: bakery: SMS" in page and "2 comparisons of channels" in page


def test_chance_names_no_channel(month: Sequence, owner: Any, look: Any) -> None:
    assert "No channel stands out yet." in look(owner, "/analytics/channels/")


def test_mail(month: Sequence, owner: Any, look: Any, rows: Any, mailbox: Any) -> None:
    page = look(owner, "/analytics/email/")
    assert "Sent 11 11 more" in page and "Replied 3 of 11" in page
    assert "A question for [company]" in page and "Cold-room uptime, 1" in page
    assert "jonas@halden.example" in page and "Nothing was sent in the last 7 days." in page
    weeks = rows(owner, "/analytics/email/?csv=weeks")
    assert [one["Sent"] for one in weeks] == ["0", "0", "7", "4", "0"]
    text = rows(owner, "/analytics/email/?csv=texts")[0]
    assert (text["Text"], text["Sent"], text["Answered"]) == ("A", "11", "3")
    assert rows(owner, "/analytics/email/?csv=mailboxes")[0]["Mailbox"] == mailbox.address


def test_a_test_of_texts_is_named(month: Sequence, owner: Any, look: Any) -> None:
    first = month.steps.all()[0]
    Variant.objects.create(step=first, label="B", subject="Night alarms?", body="x")
    Experiment.objects.create(
        sequence=month, step_key=first.key, labels=["A", "B"], state="decided", winner="B"
    )
    assert "Decided: B" in look(owner, "/analytics/email/")


def test_cadence(month: Sequence, owner: Any, rep: Any, look: Any, rows: Any) -> None:
    first, second = month.steps.all()[:2]
    for n, due in enumerate((at(21, 12), at(22), at(19))):
        Enrollment.objects.create(
            lead=w.lead(f"Cid{n}", rep), sequence=month, next_step_key=second.key, next_due_at=due
        )
    Enrollment.objects.create(
        lead=w.lead("Dan", rep), sequence=month, state="paused", reason="replied",
        next_step_key=second.key,
    )  # fmt: skip
    page = look(owner, "/analytics/cadence/")
    assert "Cold-room uptime: 1 touch was due before today and did not go out" in page
    assert "1. Touch 1 11 0 3 of 11 1 1 of 11" in page
    assert "2. Touch 2 3 1 1 0 0 of 1 0 0 2 days (planned 2 working days)" in page
    assert "4 people in it now, 1 of them on hold: They replied 1." in page
    line = rows(owner, "/analytics/cadence/?csv=cadence")[1]
    assert (line["Planned 7 days"], line["On hold now"], line["Days since touch before"]) == (
        "3", "1", "2.0",
    )  # fmt: skip


def test_too_often_and_waiting(month: Sequence, owner: Any, rep: Any, look: Any) -> None:
    Workspace.objects.update(lead_touches_per_week=2)
    lead = w.lead("Eva", rep)
    for n in range(3):
        Touch.objects.create(
            lead=lead, channel="email", state="sent", due_at=NOW, sent_at=NOW - timedelta(hours=n)
        )
    past = NOW - timedelta(minutes=1)
    Touch.objects.create(lead=lead, channel="email", state="draft", due_at=past)
    page = look(owner, "/analytics/cadence/")
    assert "1 lead had more than 2 touches in 7 days." in page and "Eva (3)" in page
    assert "Change the limit" in page and "1 draft is past the planned time" in page
    assert "Change the limit" not in look(rep, "/analytics/cadence/")


def test_more_opt_outs_than_usual(
    rep: Any, owner: Any, sequence: Sequence, workspace: Any, look: Any
) -> None:
    step = sequence.steps.all()[0]
    calm = Sequence.objects.create(name="Calm", state="running", owner=rep)
    other = calm.steps.create(position=1, name="Hello", channel="email")
    other.variants.create(body="x")
    for n in range(60):
        lead = w.lead(f"Ada{n}", rep, at=at(2))
        sent(lead, step if n < 30 else other, 3)
        if n < 8:
            w.event(lead, "lead.suppressed", at(4), "email", reason="opted_out")
    rollup.rebuild()
    page = look(owner, "/analytics/cadence/")
    assert "Cold-room uptime: 8 of 30 asked to stop, 26.7%; in other sequences 0.0%" in page
    assert "Calm: " not in page and "Most leave after “Touch 1”: 8 people ask to stop." in page


def test_segments_are_said_not_to_hold(month: Sequence, owner: Any, look: Any) -> None:
    assert "This page shows all segments." in look(owner, "/analytics/cadence/?segment=trade:hotel")
    page = look(owner, "/analytics/email/?segment=trade:hotel")
    assert "this table is about all segments" in page and "No mail went out" in page


# --- whom ----------------------------------------------------------------------------------------


def test_each_sees_the_own_numbers(
    month: Sequence, rep: Any, mate: Any, stranger: Any, look: Any, client: Client
) -> None:
    assert "Sent 10 " in look(rep, "/analytics/email/")
    assert "Sent 1 " in look(mate, "/analytics/email/")
    for tab in TABS:
        page = look(stranger, f"/analytics/{tab}/")
        assert "Cold-room" not in page
        client.force_login(mate)
        assert client.get(f"/analytics/{tab}/?owner={rep.pk}").status_code == 404


def test_every_number_leads_to_its_leads(month: Sequence, owner: Any, client: Client) -> None:
    client.force_login(owner)
    for tab in TABS:
        page = client.get(f"/analytics/{tab}/").content.decode()
        links = set(re.findall(r'href="(/analytics/leads/[^"]+)"', page))
        assert links, tab
        for link in links:
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_nothing_yet(owner: Any, look: Any) -> None:
    assert "Nothing went out in these days." in look(owner, "/analytics/channels/")
    assert "No mail went out in these days." in look(owner, "/analytics/email/")
    page = look(owner, "/analytics/cadence/")
    assert "No sequence runs." in page and "Nobody gets too much" in page


MOST = {"email": 25, "channels": 20, "cadence": 28}  # about ten of them are of every page


@pytest.mark.parametrize("tab", TABS)
def test_queries(
    month: Sequence, manager: Any, client: Client, tab: str, django_assert_max_num_queries: Any
) -> None:
    client.force_login(manager)
    client.get(f"/analytics/{tab}/")
    with django_assert_max_num_queries(MOST[tab]):
        client.get(f"/analytics/{tab}/")


# --- costs ---------------------------------------------------------------------------------------


def test_the_owner_enters_a_rate(owner: Any, client: Client) -> None:
    client.force_login(owner)
    given = {
        "channel": "sms", "first_day": "2026-11-05", "per_message": "0.045", "per_month": "1",
    }  # fmt: skip
    assert client.post("/settings/costs/save/", given).status_code == 302
    row = Cost.objects.get()
    assert (row.per_message, row.currency) == (Decimal("0.045"), "EUR")
    page = words(client.get("/settings/costs/").content.decode())
    assert "SMS 5 Nov 2026 0.045 EUR 1.00 EUR" in page
    assert client.post(f"/settings/costs/{row.pk}/remove/").status_code == 302
    assert not Cost.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("channel", "pigeon", "Select a valid choice"),
        ("first_day", "1999-01-01", "A day of this century."),
        ("first_day", "soon", "Enter a valid date."),
        ("per_message", "-1", "greater than or equal to 0"),
        ("per_month", "1e99", "no more than"),
        ("per_month", "NaN", "Enter a number."),
    ],
)
def test_a_wrong_rate_is_told(
    owner: Any, client: Client, field: str, value: str, said: str
) -> None:
    client.force_login(owner)
    given = {
        "channel": "sms", "first_day": "2026-11-05", "per_message": "1", "per_month": "1",
    }  # fmt: skip
    answer = client.post("/settings/costs/save/", given | {field: value})
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Cost.objects.exists()


def test_another_currency(owner: Any, client: Client) -> None:
    costs.set_rate(owner, "sms", date(2026, 11, 1), Decimal(1), Decimal(0))
    client.force_login(owner)
    assert client.post("/settings/costs/currency/", {"currency": "USD"}).status_code == 302
    page = words(client.get("/settings/costs/").content.decode())
    assert "Some rates are in another currency than USD." in page and "1 EUR" in page
    answer = client.post("/settings/costs/currency/", {"currency": "XXX"})
    assert answer.status_code == 422 and Workspace.current().currency == "USD"
