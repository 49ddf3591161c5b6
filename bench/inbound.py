"""10,000 received mails of 37 kinds through poll, matching and ledger: are answers found, is any in
a wrong thread, are our own copies ever taken for answers, does the ledger account for each mail?

    python bench/mailbox.py

A smaller one runs as a test: outreach/tests/test_inbound_mailbox_service.py.
"""

import json
import os
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from bench import inbound_mails
from bench.inbound_mails import OWN, Mail
from leads.models import ThreadEvent
from outreach.channels.maildir import FileTransport
from outreach.models import InboundMessage, LedgerCheck, Mailbox
from outreach.services import ledger_check, polling, transports

SIZE_LIMIT = 60_000  # bytes, so that a "too large" mail need not be 5 MB


@dataclass
class Result:
    """`asked`: not threaded by itself, but put before a person with the right lead among the
    candidates. `wrong`: in the thread of somebody else, or of anybody where it is nobody's."""

    mails: int = 0
    answers: int = 0
    threaded: int = 0
    asked: int = 0
    wrong: int = 0
    lost: int = 0
    own_as_reply: int = 0
    repeated: int = 0
    strangers_asked: int = 0
    ms: float = 0.0
    check: LedgerCheck | None = None
    rules: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def recall(self) -> float:
        return (self.threaded + self.asked) / (self.answers or 1)

    @property
    def wrong_share(self) -> float:
        return self.wrong / (self.mails or 1)

    def facts(self) -> dict[str, Any]:
        check = self.check
        numbers = ("on_server", "threaded", "ignored", "waiting", "missing", "fetched")
        return {
            "mails": self.mails, "answers": self.answers, "threaded": self.threaded,
            "asked": self.asked, "lost": self.lost, "recall": round(self.recall, 5),
            "wrong": self.wrong, "own_as_reply": self.own_as_reply, "repeated": self.repeated,
            "strangers_asked": self.strangers_asked, "ms_per_mail": round(self.ms, 2),
            "ledger": {name: getattr(check, name) for name in numbers} if check else {},
            "rules": dict(self.rules.most_common()),
        }  # fmt: skip


def run(user: Any, mailbox: Mailbox, count: int, *, leads: int, seed: int = 7) -> Result:
    """In the current database, with MAIL_SIZE_LIMIT at SIZE_LIMIT and an empty DATA_DIR."""
    world = inbound_mails.build(user, mailbox, leads, seed)
    given = list(inbound_mails.mails(world, count))
    Mailbox.objects.filter(pk=mailbox.pk).update(poll_from=timezone.now() - _days(5))
    _put(mailbox, given)
    start = time.perf_counter()
    while polling.poll(Mailbox.objects.get(pk=mailbox.pk)):
        pass
    result = Result(mails=count, ms=(time.perf_counter() - start) * 1000 / max(count, 1))
    _judge(result, mailbox, given)
    result.check = ledger_check.check(Mailbox.objects.get(pk=mailbox.pk))
    return result


def _days(count: int) -> Any:
    from datetime import timedelta

    return timedelta(days=count)


def _put(mailbox: Mailbox, given: list[Mail]) -> None:
    """Into the folder at once, as after an outage: they came over the last four days."""
    folder = FileTransport(transports.config_for(mailbox)).folder() / "cur"
    moment = (timezone.now() - _days(1)).timestamp()
    for uid, mail in enumerate(given, start=1):
        path = folder / f"{uid:010d}.eml"
        path.write_bytes(mail.content)
        came = moment - uid % 4 * 86_400
        os.utime(path, (came, came))


def _judge(result: Result, mailbox: Mailbox, given: list[Mail]) -> None:
    rows = {row.uid: row for row in InboundMessage.objects.filter(mailbox=mailbox)}
    replies = set(ThreadEvent.objects.filter(kind="reply.received").values_list("pk", flat=True))
    for uid, mail in enumerate(given, start=1):
        row = rows.get(uid)
        word = _one(result, mail, row, replies)
        result.kinds[mail.kind][word] += 1
        if row is not None and row.matched_by:
            result.rules[row.matched_by] += 1


def _one(result: Result, mail: Mail, row: InboundMessage | None, replies: set[int]) -> str:
    threaded = row is not None and row.state == "threaded"
    reply = row is not None and row.event_id in replies
    if threaded and row is not None and row.lead_id not in mail.leads:
        result.wrong += 1
        result.own_as_reply += mail.kind in OWN and reply
        return "wrong"
    if mail.want == "again":
        result.repeated += reply
        return "repeated" if reply else "once"
    if mail.want == "reply":
        result.answers += 1
        if reply:
            result.threaded += 1
            return "threaded"
        asked = row is not None and row.state in ("unmatched", "quarantined")
        if asked and row is not None and set(row.candidates) & mail.leads:
            result.asked += 1
            return "asked"
        result.lost += 1
        return f"lost ({row.state}: {row.reason})" if row else "lost (no row)"
    if mail.want == "nothing":
        result.strangers_asked += row is not None and row.state == "unmatched"
    return f"{row.state}: {row.reason}" if row else "no row"


def main(count: int = 10_000, leads: int = 2500) -> None:
    """Prints the numbers; for a database that holds nothing else."""
    from django.conf import settings

    from salesagent.accounts.models import User

    settings.MAIL_SIZE_LIMIT = SIZE_LIMIT
    user = User.objects.create_user("jonas@own.example", "correct horse 42", name="Jonas Weber")
    box = Mailbox.objects.create(
        user=user, address="jonas@halden.example", from_name="Jonas Weber", transport="file"
    )
    result = run(user, box, count, leads=leads)
    for kind, words in sorted(result.kinds.items()):
        print(f"{kind:24} {dict(words)}")
    print(json.dumps(result.facts(), indent=1))
