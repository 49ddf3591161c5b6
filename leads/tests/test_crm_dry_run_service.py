"""A dry run says what the sync after it does, as long as nobody changes anything in between."""

import random
from collections import Counter
from typing import Any

import pytest

from leads.crm import fake
from leads.models import Deal, Lead, SyncConflict, SyncRun
from leads.services import crm_counts, crm_sync, crm_undo, editing, suppression
from leads.tests.crm import option
from salesagent.accounts import connections

pytestmark = pytest.mark.django_db
CITIES = ("Brno", "Gdynia", "Porto", "Malmö", "Cork")
STAGES = ("new", "contacted", "replied", "meeting", "won")


def lines(run: SyncRun) -> Counter[tuple[Any, ...]]:
    """What stands in the list; a new row is known by its name."""
    rows = crm_counts.coded(run.changes.all())
    return Counter(
        (
            one.code,
            one.kind,
            one.label,
            "" if one.action == "create_there" else one.remote_id,
            tuple(sorted((code, *pair) for code, pair in one.changes.items())),
        )
        for one in rows
    )


def numbers(run: SyncRun) -> dict[str, int]:
    """The tiles, as the page shows them."""
    return {code: run.counts.get(code, 0) for code in ("in", "out", "decide", "failed")}


def check(preview: SyncRun, done: SyncRun) -> None:
    assert (preview.state, done.state) == ("planned", "done"), (preview.error, done.error)
    seen, was = lines(preview), lines(done)
    assert seen == was, (seen - was, was - seen)
    assert numbers(preview) == numbers(done) == crm_counts.of(done) == crm_counts.of(preview)
    assert done.counts.get("same", 0) == preview.counts.get("same", 0)
    assert done.counts.get("differs", 0) == 0


@pytest.fixture
def both(sync: Any) -> Any:
    """A dry run and the sync after it, compared; the sync."""

    def work() -> SyncRun:
        preview, done = sync(preview=True), sync()
        check(preview, done)
        return done

    return work


class Life:
    """What people do on both sides, drawn by chance."""

    def __init__(self, seed: int, there: fake.World, make_lead: Any, user: Any) -> None:
        self.dice, self.there, self.user = random.Random(seed), there, user
        self.make_lead, self.number = make_lead, 0
        self.refused: dict[str, str] = {}

    def start(self) -> None:
        for _ in range(3):
            self.new_here()
            self.new_there()
        for lead in Lead.objects.all()[:2]:
            self.there.make("contact", email=lead.email or "", city=self.dice.choice(CITIES))

    def new_here(self) -> None:
        self.number += 1
        lead = self.make_lead(
            email=f"here{self.number}@ours.example",
            last_name=f"Here {self.number}",
            lawful_basis="consent",
        )
        if self.dice.random() < 0.5:
            Deal.objects.create(lead=lead, owner=self.user, title=f"Roof {self.number}", value=9)

    def new_there(self) -> None:
        self.number += 1
        ends = {}
        if self.dice.random() < 0.5:
            name = f"firm{self.number}.example"
            ends = {"company": [self.there.make("company", name=name, domain=name)]}
        one = self.there.make(
            "contact",
            links=ends,
            last_name=f"There {self.number}",
            email=f"there{self.number}@theirs.example",
        )
        if self.dice.random() < 0.5:
            self.there.make("deal", title=f"Deal {self.number}", links={"contact": [one]})

    def step(self, run: SyncRun, run_queue: Any) -> bool:
        """True when something is refused from now on."""
        before = dict(self.refused)
        for _ in range(self.dice.randint(1, 5)):
            getattr(self, self.dice.choice(DEEDS))()
        if self.dice.random() < 0.3 and not crm_undo.can(run):
            crm_undo.start(run, self.user)
        run_queue()  # opt-outs are told at once
        return before != self.refused

    def lead(self) -> Lead:
        rows = Lead.objects.filter(archived_at=None, erased_at=None).order_by("pk")
        return self.dice.choice(list(rows))

    def contact(self) -> str:
        return self.dice.choice(list(self.there.all("contact")) or [""])

    def edit_here(self) -> None:
        editing.edit_lead(self.lead(), {"city": self.dice.choice(CITIES)}, self.user)

    def stage_here(self) -> None:
        lead = self.lead()
        Lead.objects.filter(pk=lead.pk).update(stage=self.dice.choice(STAGES))

    def edit_there(self) -> None:
        if one := self.contact():
            self.there.edit("contact", one, city=self.dice.choice(CITIES))

    def stage_there(self) -> None:
        if one := self.contact():
            self.there.edit("contact", one, stage=self.dice.choice(STAGES))

    def bad_there(self) -> None:
        if one := self.contact():
            self.there.edit("contact", one, email="at the desk")

    def delete_there(self) -> None:
        if one := self.contact():
            self.there.delete("contact", one)

    def refuse_there(self) -> None:
        self.refused[self.lead().email or ""] = "A rule there wants a city."
        self.there.turn(refused=self.refused)

    def allow_there(self) -> None:
        self.refused = {}
        self.there.turn(refused={})

    def opt_out_here(self) -> None:
        lead = self.lead()
        suppression.suppress(
            address=lead.email or "",
            channel="email",
            reason="manual",
            source="x",
            actor="system",
            lead=lead,
        )

    def opt_out_there(self) -> None:
        if one := self.contact():
            self.there.edit("contact", one, opt_out="yes")

    def rule(self) -> None:
        rule = self.dice.choice(["here", "there", "newest", "ask", "off"])
        row = connections.active("fake")
        assert row is not None
        kept = {**row.settings.get("rules", {}).get("contact", {}), "city": rule}
        option(row, rules={"contact": kept})

    def archive(self) -> None:
        Lead.objects.filter(pk=self.lead().pk).update(archived_at="2026-01-01T00:00:00Z")


DEEDS = [name for name in vars(Life) if not name.startswith("_")]
DEEDS = [name for name in DEEDS if name not in ("start", "step", "lead", "contact", "allow_there")]


@pytest.mark.parametrize("seed", range(5))
def test_on_a_frozen_world_the_dry_run_is_what_the_sync_does(
    seed: int, there: Any, both: Any, sync: Any, make_lead: Any, owner: Any, run_queue: Any
) -> None:
    life = Life(seed, there, make_lead, owner)
    life.start()
    done = both()
    for _ in range(3):
        if life.step(done, run_queue):
            sync()  # nobody can know beforehand that a rule there refuses something
        done = both()
    life.allow_there()
    assert SyncConflict.objects.exists() or crm_sync.tally(done) is not None


def test_what_both_sides_changed_alike_is_not_announced(
    there: Any, both: Any, lead: Lead, owner: Any
) -> None:
    both()
    editing.edit_lead(lead, {"city": "Brno"}, owner)
    there.edit("contact", next(iter(there.all("contact"))), city="Brno")
    assert not both().changes.filter(kind="contact").exists()


def test_a_company_that_comes_in_as_a_name_goes_out_with_the_next_sync(
    there: Any, both: Any, lead: Lead
) -> None:
    there.make("contact", last_name="Lund", email="ada@lund.example", company_name="Lund & Co")
    both()
    assert "Lund & Co" not in [one["name"] for one in there.all("company").values()]
    both()
    assert "Lund & Co" in [one["name"] for one in there.all("company").values()]
    assert not both().changes.exists()
