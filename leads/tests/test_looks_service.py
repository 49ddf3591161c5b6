"""Each look finds exactly the leads that have it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Company, ConsentRecord, DuplicatePair, Fact, Lead
from leads.selectors.look_filter import looks
from leads.services import looks as module
from leads.thread import record

pytestmark = pytest.mark.django_db


def make(name: str, **values: Any) -> Lead:
    whole: dict[str, Any] = {
        "email": f"{name}@own.example", "phone": "+4520123456", "trade": "bakery",
        "lawful_basis": "consent", "country": "DK", "time_zone": "Europe/Copenhagen",
    }  # fmt: skip
    return Lead.objects.create(first_name=name, **(whole | values))


def found(code: str) -> set[str]:
    return {lead.first_name for lead in looks()[code].narrow(Lead.objects.all())}


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("no-email", {"email": None}),
        ("no-phone", {"phone": ""}),
        ("no-trade", {"trade": ""}),
        ("no-basis", {"lawful_basis": ""}),
        ("no-owner", {"owner": None}),
        ("odd-zone", {"time_zone": "America/New_York"}),
        ("odd-zone", {"time_zone": "Europe/Nowhere"}),
    ],
)
def test_one_thing_missing(rep: Any, code: str, values: dict[str, Any]) -> None:
    make("whole", owner=rep)
    make("lacks", **({"owner": rep} | values))
    assert found(code) == {"lacks"}


def test_a_basis_that_ran_out(rep: Any) -> None:
    today = timezone.localdate()
    make("past", basis_expires_at=today - timedelta(days=1))
    make("today", basis_expires_at=today)
    assert found("no-basis") == {"past"}


@pytest.mark.parametrize(
    ("name", "country", "well"),
    [
        ("Europe/Copenhagen", "DK", True),
        ("Europe/Berlin", "DK", True),  # the same clock
        ("Europe/London", "DK", False),
        ("America/Los_Angeles", "US", True),
        ("America/New_York", "US", True),
        ("Europe/Paris", "US", False),
        ("Asia/Tokyo", "", True),
    ],
)
def test_zones_that_fit(name: str, country: str, well: bool, workspace: Any) -> None:
    assert module.fits(name, country) is well


def test_consent_to_texts() -> None:
    now = timezone.now()
    asked, back = make("asked"), make("back")
    make("never")
    make("no number", phone="")
    ConsentRecord.objects.create(lead=asked, channel="sms", source="Form", given_at=now)
    ConsentRecord.objects.create(
        lead=back, channel="sms", source="Form", given_at=now, withdrawn_at=now
    )
    assert found("no-text-consent") == {"never", "back"}


def test_facts_of_the_person_and_the_company() -> None:
    now = timezone.now()
    firm = Company.objects.create(name="Firm", name_key="firm")
    own, theirs = make("own"), make("theirs", company=firm)
    make("none")
    old = {"observed_at": now, "expires_at": now - timedelta(days=1), "source": "website"}
    Fact.objects.create(lead=own, field="title", value="x", **old)
    Fact.objects.create(company=firm, field="size", value="9", **old)
    Fact.objects.create(lead=theirs, field="title", value="y", disputed=True, **old | {"expires_at": None})  # fmt: skip  # noqa: E501
    Fact.objects.create(lead=own, field="city", value="z", disputed=True, state="past", **old)
    assert found("stale") == {"own", "theirs"}
    assert found("disputed") == {"theirs"}


def test_twice() -> None:
    rows = [make(name) for name in ("a", "b", "c", "d")]
    DuplicatePair.objects.create(first=rows[0], second=rows[1], score=90)
    DuplicatePair.objects.create(first=rows[2], second=rows[3], score=90, state="apart")
    assert found("double") == {"a", "b"}


def test_addresses_that_do_not_exist() -> None:
    dead, mended, lifted, stopped = (make(name) for name in ("dead", "mended", "lifted", "stopped"))
    bounced = {"channel": "all", "reason": "hard_bounce", "source": "x"}
    for lead in (dead, mended, lifted):
        record(lead=lead, kind="lead.suppressed", actor="system", data=bounced)
    record(lead=stopped, kind="lead.suppressed", actor="system", data={"reason": "opted_out"})
    record(lead=dead, kind="lead.changed", actor="system", data={"changes": {"title": ["", "x"]}})
    record(lead=mended, kind="lead.changed", actor="system", data={"changes": {"email": ["", "y"]}})
    record(lead=lifted, kind="lead.unsuppressed", actor="system", data={})
    assert found("bounced") == {"dead"}


def test_the_list_shows_them_and_nobody_elses(client: Any, rep: Any, stranger: Any) -> None:
    make("mine", owner=rep, trade="")
    make("fine", owner=rep)
    make("theirs", owner=stranger, trade="")
    client.force_login(rep)
    page = client.get("/leads/?look=no-trade&view=all")
    names = [lead.first_name for lead in page.context["list"].page.rows]
    assert names == ["mine"]
    assert "No trade" in page.content.decode()
    assert "not known" in client.get("/leads/?look=nonsense").content.decode()


def test_put_right_in_bulk(client: Any, rep: Any, stranger: Any) -> None:
    """From the list of a look: the fault is gone, and each thread says what was changed."""
    mine, theirs = make("mine", owner=rep, trade=""), make("theirs", owner=stranger, trade="")
    odd = make("odd", owner=rep, time_zone="America/New_York")
    client.force_login(rep)
    assert b"Put right" in client.get("/leads/?look=no-trade&view=all").content
    assert b"Put right" not in client.get("/leads/").content
    asked = {"all": "1", "query": "look=no-trade&view=all", "action": "trade"}
    client.post("/leads/bulk/", asked)
    assert found("no-trade") == {"mine", "theirs"}  # without a trade nothing is set
    client.post("/leads/bulk/", asked | {"to_trade": " bakery "})
    assert found("no-trade") == {"theirs"}
    client.post("/leads/bulk/", {"ids": [odd.pk, theirs.pk], "action": "zone"})
    odd.refresh_from_db()
    assert (odd.time_zone, found("odd-zone")) == ("", set())
    changes = mine.events.filter(kind="lead.changed").get().data["changes"]
    assert changes == {"trade": ["", "bakery"]}
