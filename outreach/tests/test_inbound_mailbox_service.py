"""A made-up mailbox with 37 kinds of mail: answers are found, nothing goes into a wrong thread."""

from typing import Any

import pytest

from bench import inbound
from outreach.models import Mailbox


def _check(found: inbound.Result, count: int) -> None:
    facts = {kind: dict(words) for kind, words in found.kinds.items()}
    assert found.recall >= 0.995, facts
    assert found.wrong_share < 0.001, facts
    assert found.own_as_reply == 0 and found.repeated == 0, facts
    assert found.threaded >= 0.97 * found.answers, facts
    check = found.check
    assert check is not None and check.missing == check.fetched == 0
    assert check.on_server == check.threaded + check.ignored + check.waiting == count


@pytest.mark.parametrize("seed", [7, pytest.param(8, marks=pytest.mark.slow)])
def test_six_hundred_mails(
    rep: Any, mailbox: Mailbox, workspace: Any, settings: Any, seed: int
) -> None:
    settings.MAIL_SIZE_LIMIT = inbound.SIZE_LIMIT
    _check(inbound.run(rep, mailbox, 600, leads=200, seed=seed), 600)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_mails(rep: Any, mailbox: Mailbox, workspace: Any, settings: Any) -> None:
    settings.MAIL_SIZE_LIMIT = inbound.SIZE_LIMIT
    _check(inbound.run(rep, mailbox, 10_000, leads=2500), 10_000)
