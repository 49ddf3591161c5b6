"""What Settings, Language model shows: money, calls, the test."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from salesagent.accounts import ai
from salesagent.accounts.models import User
from salesagent.ai.base import AiError
from salesagent.ai.openai import TEST, Question, ask
from salesagent.ai.openai_wire import SERVICE, account
from salesagent.ai.questions import PURPOSES, AiConfig
from salesagent.lib import ai_ledger, budget, jobs
from salesagent.lib.models import AiCall, Job

KIND = "ai-test"
SHOWN = timedelta(minutes=30)  # how long a result stays on the page
LOST = timedelta(minutes=5)
TEST_SECONDS = 60.0
NAMES = {**PURPOSES, TEST: "Tests of the connection"}
TEST_SCHEMA = {"type": "object", "properties": {"word": {"type": "string", "minLength": 1}}}


@dataclass(frozen=True)
class Money:
    """The month so far, in the owner's currency. `percent` 0..100 for the bar."""

    spent: str
    limit: str
    percent: int
    level: str  # ok, warn, bad
    lines: tuple[tuple[str, int, str], ...]
    saved: int


def money(config: AiConfig) -> Money:
    month = ai_ledger.spent()
    limit = config.limit_micros
    percent = min(100, round(100 * month.total / limit)) if limit else 0
    return Money(
        spent=amount(month.total, config.currency),
        limit=amount(limit, config.currency),
        percent=percent,
        level="bad" if percent >= 100 else "warn" if percent >= 80 else "ok",
        lines=tuple(
            (NAMES.get(purpose, purpose), calls, amount(cost, config.currency))
            for purpose, calls, cost in month.by_purpose
        ),
        saved=month.saved,
    )


def amount(micros: int, currency: str) -> str:
    """ "EUR 1.23"; small sums keep enough digits to be more than nothing."""
    if 0 < micros < 100:
        return f"below {currency} 0.0001"
    value = micros / 1_000_000
    digits = 2 if value >= 0.1 or not micros else 4
    return f"{currency} {value:,.{digits}f}".strip()


def calls(config: AiConfig | None) -> list[dict[str, Any]]:
    currency = config.currency if config else ""
    return [
        {
            "pk": row.pk,
            "at": row.created_at,
            "what": NAMES.get(row.purpose, row.purpose),
            "state": row.state,
            "error": row.error,
            "uses": row.uses,
            "cost": amount(row.cost_micros, currency),
        }
        for row in ai_ledger.latest()
    ]


def texts(row: AiCall) -> list[tuple[str, str]]:
    """Exactly what was sent and answered, each message under its name.

    What the model says to a rep about their work is the rep's: nobody else reads it here either.
    """
    if row.purpose == "coach":
        size = f"{len(row.request):,} characters sent, {len(row.answer):,} answered."
        return [("Kept private", f"Coaching belongs to the rep until they share it. {size}")]
    try:
        request = json.loads(row.request) if row.request else {}
    except ValueError:
        request = {}
    names = {"system": "Sent: the rules", "user": "Sent: data and task", "assistant": "Its answer"}
    found = [
        (names.get(message["role"], message["role"]), str(message["content"]))
        for message in request.get("messages", ())
    ]
    rest = {key: value for key, value in request.items() if key != "messages"}
    if rest:
        found.append(("Sent beside it", json.dumps(rest, indent=2, ensure_ascii=False)))
    return [*found, ("Answered", row.answer)] if row.answer else found


@transaction.atomic
def start_test(user: User) -> Job:
    """Queue a test, or take the one that runs already."""
    running = last_test(user)
    if running is not None and not running.finished:
        return running
    return jobs.start(
        kind=KIND,
        title="Asking the model for one word",
        task="salesagent.accounts.tasks.test_model",
        owner=user,
        can_stop=False,
    )


def last_test(user: User) -> Job | None:
    now = timezone.now()
    job = Job.objects.filter(owner=user, kind=KIND, created_at__gt=now - SHOWN).first()
    if job is None or (not job.finished and job.updated_at < now - LOST):
        return None
    return job


def run_test(job_id: int) -> None:
    """The queued part: one question that holds nobody's data. Never fails for what is answered."""
    with jobs.Reporter(job_id) as report:
        if not report.mine:
            return
        report.job.result_url = reverse("settings:ai")
        report.job.data |= _tested(ai.config(even_broken=True), job_id)


def _tested(config: AiConfig | None, turn: int) -> dict[str, object]:
    if config is None:
        return {"ok": False, "text": "No model is connected, or its key cannot be read."}
    budget.forget(SERVICE, account(config))
    question = Question(
        TEST,
        "You are asked whether you work.",
        TEST_SCHEMA,
        task="Answer with any one word.",
        max_tokens=200,
        total=TEST_SECONDS,
        turn=turn,
    )
    try:
        answer = ask(config, question)
    except AiError as error:
        return {"ok": False, "text": str(error)}
    how = " after a second try" if answer.repaired else ""
    return {"ok": True, "text": f"It works. {config.model} answered as it should{how}."}
