"""Whatever happens in whatever order: what the small steps counted is what a rebuild counts.

HISTORIES=200 in the environment tries that many.
"""

import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine

from analytics.counts.story import READ
from analytics.models import StatRun
from analytics.services import families, rollup
from analytics.tests import world as w
from leads import thread
from leads.models import Lead, ThreadEvent
from leads.services import lifecycle, merging, unmerging

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 20, 6, 0, tzinfo=UTC)  # five days before Warsaw's clocks go back
CHANNELS = ("email", "sms", "linkedin")
TRADES = ("", "bakery", "hotel")
LABELS = ("interested", "out_of_office", "opt_out", "other", "bounce")


class History:
    """A team at work, at random; late news, corrections and second thoughts included."""

    def __init__(self, seed: int, people: list[Any]) -> None:
        self.rng = random.Random(seed)
        self.people = people
        self.now = START
        self.touch = 0
        self.merges: list[Any] = []
        self.leads = [self._lead(n) for n in range(5)]

    def _lead(self, number: int) -> Lead:
        return w.lead(
            f"Lead{number}", self.rng.choice([*self.people, None]), at=START,
            trade=self.rng.choice(TRADES), source=self.rng.choice(("", "Fair")),
        )  # fmt: skip

    def when(self) -> datetime:
        """Mostly now; sometimes long ago, told late."""
        late = self.rng.random() < 0.25
        return self.now - timedelta(minutes=self.rng.randrange(14_000)) if late else self.now

    def some(self) -> Lead:
        return Lead.objects.get(pk=self.rng.choice(self.leads).pk)

    def step(self) -> None:
        self.now += timedelta(minutes=self.rng.randrange(1, 900))
        names = [name for name in dir(self) if name.startswith("do_")]
        with time_machine.travel(self.now, tick=False):
            getattr(
                self,
                self.rng.choice(
                    [*names, *["do_send", "do_answer"] * 3, *["do_merge", "do_part"] * 2]
                ),
            )()

    def do_send(self) -> None:
        self.touch += 1
        channel = self.rng.choice(CHANNELS)
        kind = "linkedin.done" if channel == "linkedin" else "touch.sent"
        more = {"kind": "confirmation"} if self.rng.random() < 0.1 else {}
        w.event(self.some(), kind, self.when(), channel, touch=self.touch, edited=True, **more)

    def do_call(self) -> None:
        outcome = self.rng.choice(("reached", "no_answer"))
        w.event(self.some(), "call.logged", self.when(), "phone", outcome=outcome)

    def do_by_hand(self) -> None:
        """One of few tasks is done, or taken up again."""
        kind = self.rng.choice(("touch.done", "linkedin.done", "call.logged", "task.reopened"))
        task = self.rng.randrange(1, 4)
        data = {"task": task, "touch": -task}
        w.event(self.some(), kind, self.when(), "linkedin", actor="user:7", **data)

    def do_answer(self) -> None:
        kind = self.rng.choice(("reply.received", "reply.received", "autoreply.received"))
        w.event(self.some(), kind, self.when(), self.rng.choice(CHANNELS))

    def do_sort(self) -> None:
        reply = self._any("reply.received", "autoreply.received")
        if reply:
            actor = self.rng.choice(("system", f"user:{self.people[0].pk}"))
            w.classify(reply, self.rng.choice(LABELS), self.now, actor=actor)

    def do_come_back(self) -> None:
        sent = self._any("touch.sent")
        if sent:
            kind = self.rng.choice(("touch.bounced", "touch.undelivered", "touch.read"))
            what = self.rng.choice(("hard", "soft", "complaint"))
            data = {"touch": sent.data.get("touch")}
            w.event(sent.lead, kind, self.when(), sent.channel, **data, **{"delayed": what == "x"})

    def do_hand_over(self) -> None:
        owner = self.rng.choice([*self.people, None])
        lifecycle.assign(self.some(), owner, self.people[0])

    def do_hand_over_silently(self) -> None:
        Lead.objects.filter(pk=self.some().pk).update(owner=self.rng.choice(self.people))

    def do_hand_over_told_late(self) -> None:
        data = {"from": self.people[1].pk, "to": self.people[0].pk}
        w.event(self.some(), "lead.assigned", self.when(), **data)

    def do_rename_trade(self) -> None:
        Lead.objects.filter(pk=self.some().pk).update(trade=self.rng.choice(TRADES))

    def do_merge(self) -> None:
        free = list(Lead.objects.filter(merged_into=None, archived_at=None).order_by("pk"))
        if len(free) > 1:
            two = self.rng.sample(free, 2)
            self.merges.append(merging.merge(two[0], two[1], {}, self.people[0]))

    def do_part(self) -> None:
        if self.merges and not unmerging.why_not(self.merges[-1]):
            unmerging.undo(self.merges.pop(), self.people[0])

    def do_forget(self) -> None:
        thread.redact(self.some().pk)

    def do_stop(self) -> None:
        w.event(self.some(), "lead.suppressed", self.when(), "email", reason="opted_out")

    def do_meet(self) -> None:
        w.event(self.some(), "meeting.booked", self.when(), "meeting")

    def do_stage(self) -> None:
        to = self.rng.choice(("contacted", "meeting", "proposal", "won", "lost"))
        w.event(self.some(), "lead.stage_changed", self.when(), to=to)

    def do_deal(self) -> None:
        what = ("opened", "won", "lost", "reopened", "moved", "changed")
        kind = f"deal.{self.rng.choice(what)}"
        data = {"deal": self.rng.randrange(4), "value": "12.34", "currency": "EUR"}
        data["to"] = self.rng.choice(("open", "proposal", "negotiation"))
        w.event(self.some(), kind, self.when(), **data)

    def do_enquire(self) -> None:
        w.event(self.some(), "lead.inquired", self.when())

    def do_new_lead(self) -> None:
        self.leads.append(self._lead(100 + len(self.leads)))

    def do_move(self) -> None:
        if self.rng.random() < 0.3:
            w.in_zone(self.rng.choice(("Europe/Warsaw", "America/New_York", "UTC")))

    def _any(self, *kinds: str) -> ThreadEvent | None:
        rows = list(ThreadEvent.objects.filter(kind__in=kinds).order_by("pk"))
        return self.rng.choice(rows) if rows else None


@pytest.mark.parametrize("seed", range(int(os.environ.get("HISTORIES", "16"))))
def test_small_steps_come_to_what_a_rebuild_comes_to(
    seed: int, rep: Any, mate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in parts of two people and three events, and when a run had no time."""
    w.in_zone("Europe/Warsaw")
    if seed % 2:
        monkeypatch.setattr(rollup, "BATCH", 2)
        monkeypatch.setattr(rollup, "EVENTS", 3)
    history = History(seed, [rep, mate])
    for number in range(45):
        history.step()
        if number % (1 + seed % 4) == 0:
            with time_machine.travel(history.now, tick=False):
                rollup.settle(limit=history.rng.choice((40.0, 40.0, -100.0)))
    with time_machine.travel(history.now, tick=False):
        assert rollup.settle()
        small = w.everything()
        assert small["LeadFact"]
        assert w.from_nothing() == small


KEYS = {  # what the counting reads from `data`
    "touch.sent": ("touch", "kind", "edited"),
    "linkedin.done": ("touch", "kind", "task"),
    "touch.done": ("touch", "kind", "task"),
    "call.logged": ("touch", "outcome", "task"),
    "task.done": ("task",),
    "task.reopened": ("task",),
    "reply.classified": ("event", "disposition", "automatic"),
    "touch.bounced": ("touch", "kind", "delayed"),
    "touch.undelivered": ("touch",),
    "touch.read": ("touch",),
    "mail.opened": ("touch", "machine"),
    "link.clicked": ("touch",),
    "lead.suppressed": ("reason",),
    "enrollment.paused": ("reason",),
    "lead.assigned": ("from", "to"),
    "lead.stage_changed": ("to",),
    "deal.opened": ("deal", "value", "currency"),
    "deal.won": ("deal", "value", "currency"),
    "deal.moved": ("deal", "value", "to"),
    "deal.changed": ("deal", "value"),
    "deal.reopened": ("deal", "value", "to"),
    "deal.lost": ("deal", "value", "currency"),
}


def test_nothing_that_is_counted_is_blanked_on_erasure() -> None:
    """So erasing somebody changes no number."""
    for kind, keys in KEYS.items():
        assert kind in READ
        assert not set(keys) & set(thread.KINDS[kind].personal), kind


def test_events_that_show_late_are_counted(rep: Any) -> None:
    """Ids of transactions that ran at the same time may become visible out of order."""
    with time_machine.travel(START, tick=False):
        ada = w.lead("Ada", rep)
        first = w.event(ada, "touch.sent", START, "email", touch=1)
        rollup.settle()
        assert StatRun.current().cursor < first.pk
    with time_machine.travel(START + timedelta(minutes=11), tick=False):
        w.event(ada, "touch.sent", START, "email", touch=2)
        rollup.settle()
        assert StatRun.current().cursor == first.pk
        assert w.everything() == w.from_nothing()


def test_erasing_takes_nobody_out(rep: Any, owner: Any) -> None:
    with time_machine.travel(START, tick=False):
        ada = w.lead("Ada", rep, trade="bakery")
        w.event(ada, "touch.sent", START, "email", touch=1, subject="x", to="y")
        rollup.settle()
        thread.redact(ada.pk)
        Lead.objects.filter(pk=ada.pk).update(erased_at=START, trade="")
        rollup.settle()
        found = w.everything()
        assert any("'sent'" in row for row in found["DailyStat"])
        assert not any("trade:" in row for row in found["DailyStat"])
        assert found == w.from_nothing()


def test_nobody_is_counted_twice_in_one_rebuild(rep: Any) -> None:
    three = [w.lead(name, rep).pk for name in ("Ada", "Ben", "Cem")]
    real = families.count_again
    with patch.object(families, "count_again", side_effect=real) as counted:
        rollup.rebuild()
        assert [call.args[0] for call in counted.call_args_list] == [three]
        rollup.settle()
        assert counted.call_count == 1
