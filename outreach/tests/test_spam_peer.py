"""The ready-made mails as the product sends them, judged by Debian's SpamAssassin, offline."""

import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from outreach import content as builtin
from outreach.mail.compose import compose
from outreach.mail.message import OutboundMessage
from outreach.services import merge
from salesagent.tests.needs import missing

pytestmark = pytest.mark.peer
SPAM = (
    "Dear friend,\n\nCONGRATULATIONS!!! You are a WINNER of one million dollars. 100% FREE, no "
    "obligation, risk free. Click here now: http://192.168.5.9/win and claim your cash bonus. Act "
    "now, lowest prices, viagra, cheap meds, money back guarantee. Send your bank details, your "
    "password and a wire transfer fee to the barrister of the late minister of Nigeria.\n"
)


def _score(subject: str, body: str) -> float:
    program = shutil.which("spamassassin") or missing("spamassassin")
    raw = compose(
        OutboundMessage(
            channel="email",
            sender="jonas@halden-climate.com",
            sender_name="Jonas Weber",
            to="marta@polna-bakeries.com",
            to_name="Marta Kowalczyk",
            subject=subject,
            text=body,
            message_id="<4f2a9c1e77d0@halden-climate.com>",
            sent_at=datetime.now(UTC),
            company="Halden Climate Services",
            postal_address="Kanalgade 4, 5700 Svendborg, Denmark",
            reason="You get this because your role looks after cold rooms.",
            unsubscribe_url="https://mail.halden-climate.com/u/3f9c2a7be1",
        )
    )
    run = [str(program), "--local", "--test-mode"]  # no network, no lists
    done = subprocess.run(run, input=raw, capture_output=True, timeout=120, check=False)  # noqa: S603
    found = re.search(rb"^X-Spam-Status: .*?score=(-?[\d.]+)", done.stdout, re.M | re.S)
    assert found, done.stderr[-500:]
    return float(found[1])


@pytest.mark.parametrize("text", builtin.MAILS, ids=lambda text: text.code)
def test_a_ready_made_mail_is_no_spam(text: builtin.Text) -> None:
    samples = {**merge.SAMPLES, "website": "https://halden-climate.com"}
    subject = merge.render(text.subject, samples).text or "Re: a question"
    assert _score(subject, merge.render(text.body, samples).text) < 1.0


def test_spam_is_recognised() -> None:
    assert _score("YOU WON $1,000,000 CASH!!! 100% FREE", SPAM) > 4
