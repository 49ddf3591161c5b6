"""What the sequence page shows of a touch's test: numbers of each text, outlook, history."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from outreach.forms_experiments import StartForm
from outreach.models import Experiment, Sequence, Step
from outreach.services import experiments
from salesagent.lib.text import plural


@dataclass(frozen=True)
class ArmRow:
    """One text in a test. `rate` and `span` are words; "" while nothing has settled."""

    label: str
    sent: int
    delivered: int
    answered: int
    rate: str
    span: str
    settled: str
    chance: int  # per cent
    share: int  # per cent
    won: bool = False


@dataclass(frozen=True)
class Ended:
    test: Experiment
    by: str
    rows: list[ArmRow]


@dataclass
class Panel:
    """`refusal`: why none can be started; `form`: how to start one; `won`: whose words all get."""

    test: Experiment | None = None
    rows: list[ArmRow] = field(default_factory=list)
    outlook: str = ""
    restart: str = ""
    counted_at: datetime | None = None
    refusal: str = ""
    form: StartForm | None = None
    history: list[Ended] = field(default_factory=list)
    won: str = ""

    @property
    def shares(self) -> dict[str, int]:
        return {row.label: row.share for row in self.rows}


def panel(sequence: Sequence, step: Step | None, now: datetime | None = None) -> Panel:
    """The running test of the open touch, or how to start one."""
    if step is None:
        return Panel()
    moment = now or timezone.now()
    tests = experiments.of_step(sequence, step.key)
    test = next((one for one in tests if one.state == Experiment.State.RUNNING), None)
    found = Panel(history=_history([one for one in tests if one is not test]))
    if test is not None:
        _fill(found, test, moment)
    else:
        _offer(found, sequence, step, moment)
    return found


def _fill(found: Panel, test: Experiment, now: datetime) -> None:
    found.test, found.rows = test, rows_of(test)
    found.outlook = experiments.outlook_words(test, now)
    found.restart = _restart(test)
    found.counted_at = parse_datetime(str(test.result.get("counted_at", "")))


def _offer(found: Panel, sequence: Sequence, step: Step, now: datetime) -> None:
    labels = [variant.label for variant in step.variants.all() if variant.weight]
    texts = len(labels)
    if texts < 2:
        last = found.history[0].test.winner if found.history else ""
        found.won = last if labels == [last] else ""
        return
    outlook = experiments.outlook(sequence, step.key, texts, now)
    gaps = [gap for gap in experiments.LEAST_GAINS if outlook.gap and gap >= outlook.gap - 1e-9]
    if gaps:
        found.form = StartForm(gaps=gaps)
        found.outlook = _can_show(outlook)
    else:
        found.refusal = experiments.refusal(outlook)


def _can_show(outlook: experiments.Outlook) -> str:
    points = round(100 * (outlook.gap or 0))
    people = plural(outlook.people, "person", "people")
    verb = "gives" if outlook.people == 1 else "give"
    return f"{people} still to come {verb} you gaps from {points} points on."


def rows_of(test: Experiment) -> list[ArmRow]:
    arms: dict[str, Any] = test.result.get("arms", {})
    return [_row(test, label, arms.get(label, {})) for label in test.labels]


def _row(test: Experiment, label: str, arm: dict[str, Any]) -> ArmRow:
    settled, hits = int(arm.get("settled", 0)), int(arm.get("hits", 0))
    low, high = 100 * float(arm.get("low", 0)), 100 * float(arm.get("high", 1))
    return ArmRow(
        label,
        int(arm.get("sent", 0)),
        int(arm.get("delivered", 0)),
        int(arm.get("answered", 0)),
        f"{100 * hits / settled:.1f}%" if settled else "",
        f"{low:.0f} to {high:.0f}%" if settled else "",
        f"{hits:,} of {settled:,}",
        round(100 * float(arm.get("chance", 0))),
        round(100 * float(arm.get("share", 0))),
        test.winner == label,
    )


def _restart(test: Experiment) -> str:
    restarts = test.result.get("restarts") or []
    if not restarts:
        return ""
    at = parse_datetime(str(restarts[-1].get("at", "")))
    day = f" on {timezone.localtime(at):%-d %B}" if at else ""
    return (
        f"The words of {_and(restarts[-1].get('labels', []))} changed{day}: the count began anew."
    )


def _and(labels: Iterable[str]) -> str:
    return " and ".join(labels)


def _history(tests: Iterable[Experiment]) -> list[Ended]:
    return [Ended(test, str(test.started_by or ""), rows_of(test)) for test in tests]
