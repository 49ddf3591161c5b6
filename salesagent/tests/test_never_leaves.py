"""People who must not leave never do, over any way out: every byte on the wire is looked at.

All that is known of them carries the marker "zq": names, addresses, companies, deals, messages.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.utils import timezone

from leads import enrich_tasks, thread
from leads.enrichment import website
from leads.models import Company, Deal, Lead, Lookup, Suppression
from leads.services import (
    crm_clock,
    crm_sync,
    enrichment,
    enrichment_sweep,
    erased_again,
    merging,
    sheets,
    suppression,
)
from leads.services.enrichment import NotAsked
from leads.services.merging import KEEPER, UNITS
from leads.tests import test_salesforce_sync as salesforce
from leads.tests.salesforce_world import world
from leads.tests.sheets_kit import HEADER, again, brought_in, connected, google
from leads.tests.test_hubspot_sync_service import there
from leads.tests.test_salesforce_sync import connection
from outreach.services import scheduling
from outreach.tests import calendly as booked
from salesagent.accounts import connections
from salesagent.lib import dns, http, http_wire
from salesagent.lib.erasures import Erasure
from salesagent.tests.peers import faults

__all__ = ["connection", "google", "there", "world"]
pytestmark = pytest.mark.django_db
KINDS = ("optout", "complaint", "erased", "archived", "merged")
NUMBERS = {kind: f"+4861555010{place}" for place, kind in enumerate(KINDS)}
MARKS = ("zq", *(number.removeprefix("+48") for number in NUMBERS.values()))
FREE = "freda"


@dataclass
class Wire:
    """Each request as the bytes that left."""

    sent: list[bytearray] = field(default_factory=list)

    def told(self) -> list[str]:
        return [unquote_plus(bytes(one).decode("utf-8", "replace")).lower() for one in self.sent]

    def leaks(self, allowed: Callable[[str], bool] = lambda text: False) -> list[str]:
        bad = [text for text in self.told() if any(mark in text for mark in MARKS)]
        return [text for text in bad if not allowed(text)]


@pytest.fixture
def wire(monkeypatch: Any) -> Iterator[Wire]:
    found = Wire()
    exchange, send = http_wire.exchange, http_wire._Watched.send

    def begun(*args: Any, **more: Any) -> Any:
        found.sent.append(bytearray())
        return exchange(*args, **more)

    def sent(self: Any, data: Any) -> None:
        found.sent[-1] += data if isinstance(data, bytes) else str(data).encode()
        send(self, data)

    monkeypatch.setattr(http_wire, "exchange", begun)
    monkeypatch.setattr(http_wire._Watched, "send", sent)
    yield found


@pytest.fixture
def people(owner: Any) -> dict[str, Lead]:
    """One who may leave, and one of each kind that may later not."""
    found = {}
    for kind in KINDS:
        company = Company.objects.create(
            name=f"Zq{kind} Ltd", name_key=f"zq{kind}", domain=f"zq{kind}.example"
        )
        found[kind] = Lead.objects.create(
            owner=owner,
            first_name=f"Zq{kind}",
            last_name="Zqson",
            email=f"zq{kind}@zq{kind}.example",
            phone=NUMBERS[kind],
            linkedin_url=f"https://www.linkedin.com/in/zq{kind}",
            company=company,
            company_name=company.name,
            lawful_basis="consent",
        )
    found["free"] = Lead.objects.create(
        owner=owner, first_name="Freda", email="freda@own.example", lawful_basis="consent"
    )
    return found


def turn(people: dict[str, Lead], owner: Any) -> None:
    """From now on they may not leave; and something happens with each of them."""
    stop = {"actor": "lead", "source": "Zq said so"}
    for kind, channel, reason in (
        ("optout", "email", "opted_out"),
        ("complaint", "all", "complaint"),
    ):
        lead = people[kind]
        suppression.suppress(
            address=lead.email or "", channel=channel, reason=reason, lead=lead, **stop
        )
    own = {unit.code: KEEPER for unit in UNITS}
    merging.merge(people["free"], people["merged"], own, owner)
    now, erased = timezone.now(), people["erased"]
    erased_again.erase([Erasure(now, erased.pk, tuple(suppression.lead_hashes(erased)))])
    Lead.objects.filter(pk=people["archived"].pk).update(archived_at=now)
    for kind in KINDS:
        lead = Lead.objects.get(pk=people[kind].pk)
        Deal.objects.create(lead=lead, title=f"Zq{kind} deal", value=5)
        if kind != "erased":
            Lead.objects.filter(pk=lead.pk).update(city="Zqcity", title="Zqtitle")
        if kind != "merged":  # of a merged one it would be the keeper's
            thread.record(lead=lead, kind="call.logged", actor=owner.actor, body="Zq said")
    Company.objects.filter(name__startswith="Zq").update(city="Zqcity", address="Zq street")
    Lead.objects.filter(pk=people["free"].pk).update(city=FREE)
    free = Lead.objects.get(pk=people["free"].pk)
    thread.record(lead=free, kind="call.logged", actor=owner.actor, body="Freda said")


def told_to_hubspot(text: str) -> bool:
    """The opt-out of somebody who is there: by the address, and nothing else."""
    names = ("zqson", "zqcity", "zqtitle", "zq said", " ltd", "linkedin", "555010")
    return "communication-preferences" in text and not any(name in text for name in names)


@pytest.mark.parametrize("tied", [False, True], ids=["not there", "there"])
def test_hubspot(
    there: Any,
    wire: Wire,
    people: Any,
    owner: Any,
    run_queue: Any,
    tied: bool,  # noqa: F811
) -> None:
    _, _, clock = there
    if tied:
        sync_hubspot(clock, owner, run_queue)
        assert wire.leaks()  # while they might, they went out
    wire.sent.clear()
    turn(people, owner)
    run_queue()  # what a suppression sets off
    for _ in range(2):
        sync_hubspot(clock, owner, run_queue)
    crm_clock.look_after(timezone.now() + timedelta(days=1))
    run_queue()
    assert wire.leaks(told_to_hubspot if tied else lambda text: False) == []
    assert any(FREE in text for text in wire.told())
    assert any("communication-preferences" in text for text in wire.told()) == tied


def sync_hubspot(clock: Any, owner: Any, run_queue: Any) -> None:
    clock.at += 3600
    run = crm_sync.start("hubspot", owner)
    run_queue()
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")


@pytest.mark.parametrize("tied", [False, True], ids=["not there", "there"])
def test_salesforce(
    world: Any,  # noqa: F811
    connection: Any,  # noqa: F811
    wire: Wire,
    people: Any,
    owner: Any,
    run_queue: Any,
    tied: bool,
) -> None:
    if tied:
        salesforce._sync(owner)
        assert wire.leaks()
    wire.sent.clear()
    turn(people, owner)
    run_queue()
    for _ in range(2):
        salesforce._sync(owner)
    assert wire.leaks() == []
    assert any(FREE in text for text in wire.told())
    assert any('"hasoptedoutofemail": true' in text for text in wire.told()) == tied


def test_sheets(
    google: Any,
    wire: Wire,
    owner: Any,
    run_queue: Any,  # noqa: F811
) -> None:
    rows = [
        [f"Zq{kind}", "Zqson", f"zq{kind}@zq{kind}.example", f"Zq{kind} Ltd", "A1"]
        for kind in KINDS
    ]
    google.put(HEADER, *rows, ["Freda", "Lund", "freda@own.example", "Own", "A2"])
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    found = {kind: Lead.objects.get(email=f"zq{kind}@zq{kind}.example") for kind in KINDS}
    found["free"] = Lead.objects.get(email="freda@own.example")
    turn(found, owner)
    Lead.objects.filter(first_name__startswith="Zq").update(
        last_sign="Zq answered", last_sign_at=timezone.now(), next_step="Call Zq"
    )
    Lead.objects.filter(pk=found["free"].pk).update(next_step="Call Freda")
    for mode in (sheets.WRITE, sheets.REFRESH, sheets.WRITE):
        again(sheet, mode, owner, run_queue)
    assert wire.leaks() == []
    assert any("call freda" in text for text in wire.told())


@pytest.fixture
def looked_at(monkeypatch: Any) -> list[str]:
    """Domains whose homepage or mail servers were asked for."""
    found: list[str] = []

    def read(domain: str) -> list[Any]:
        found.append(domain)
        return []

    def ask(name: str, *args: Any) -> Any:
        found.append(name)
        return SimpleNamespace(texts=())

    monkeypatch.setattr(website, "read", read)
    monkeypatch.setattr(dns, "ask", ask)
    return found


def _asked_every_way(lead: Lead, *, merged: bool) -> None:
    enrich_tasks.ask(lead.pk)
    for code in enrichment.providers():
        with suppress(NotAsked):
            enrichment.ask(code, lead)
    if lead.company:
        enrichment.look_at(lead.company)
    if not merged:
        data = {"changes": {"email": ["", lead.email]}}
        thread.record(lead=lead, kind="lead.changed", actor="system", data=data)


def test_enrichment(
    wire: Wire,
    people: Any,
    owner: Any,
    run_queue: Any,
    settings: Any,
    monkeypatch: Any,
    faults_server: Any,
    looked_at: list[str],
) -> None:
    monkeypatch.setattr(http, "sleep", lambda _: None)
    base = faults_server.base
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "pdl": base, "clearbit": base}
    for code in enrichment.providers():
        enrichment.save(code, {"limit": 1000, "auto": True}, "s3cr3t-key-0123456789", owner)
    faults_server.script("*", faults.raw(b"{}", "application/json", 202))  # looked for there
    for lead in people.values():
        enrich_tasks.ask(lead.pk)
    assert wire.leaks()
    turn(people, owner)
    wire.sent.clear()
    enrichment.switch_homepages(True, owner)
    Lookup.objects.update(again_at=timezone.now())
    for kind in KINDS:
        _asked_every_way(Lead.objects.get(pk=people[kind].pk), merged=kind == "merged")
    run_queue()
    enrichment_sweep.run()
    Lookup.objects.update(again_at=timezone.now())
    enrichment_sweep.run()
    assert wire.leaks() == []
    assert [name for name in looked_at if "zq" in name] == []
    enrich_tasks.ask(people["free"].pk)
    assert any(FREE in text for text in wire.told())


def test_calendly(
    wire: Wire, people: Any, owner: Any, run_queue: Any, settings: Any, faults_server: Any
) -> None:
    """Links are signed numbers, and what goes there is about the account alone."""
    settings.SITE_URL = "https://sales.example"
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "calendly": faults_server.base}
    faults_server.script("*", faults.ok(booked.USER), faults.ok({"collection": []}))
    scheduling.save_link(owner, booked.LINK)
    connections.save("calendly", account=booked.ME, secret={"token": booked.TOKEN}, settings={})
    turn(people, owner)
    for kind in KINDS:
        lead = Lead.objects.get(pk=people[kind].pk)
        link = scheduling.link_for(lead)
        assert not any(mark in link.lower() for mark in MARKS)
    with suppress(scheduling.SchedulingError):
        scheduling.check()
    run_queue()
    assert wire.sent and wire.leaks() == []
    assert Suppression.objects.exists()
