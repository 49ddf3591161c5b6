"""The product's own mail: one content twice, each word escaped, sent once."""

from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from salesagent.accounts import notices
from salesagent.accounts.system_mail import Block, Button, Heading, Numbers, Row, Text, send

BLOCKS: list[Block] = [
    Heading("Answer first"),
    Row("Marta <Kowalczyk>", "Waits since 09:10", "/leads/7/"),
    Numbers((("12", "sent yesterday"), ("3", "replies"))),
    Text("Nothing else waits."),
    Button("Open Today", "/today/"),
]
WHY = "You get this because the daily mail is on. Change it in your profile."


@pytest.fixture
def notice(rep: Any) -> Any:
    return notices.tell(rep, kind="digest", key="digest:2026-11-24", title="Your day")


def test_text_and_html_say_the_same(rep: Any, settings: Any) -> None:
    settings.SITE_URL = "https://sales.own.example"
    assert send(rep, "Your day\nBcc: x@y.example", BLOCKS, why=WHY)
    one: Any = mail.outbox[0]
    html = one.alternatives[0][0]
    for words in ("Answer first", "Waits since 09:10", "sent yesterday", WHY):
        assert words in one.body and words in html
    assert "Marta &lt;Kowalczyk&gt;" in html and "<Kowalczyk>" not in html
    assert 'href="https://sales.own.example/leads/7/"' in html
    assert "https://sales.own.example/today/" in one.body
    assert one.subject == "Your day Bcc: x@y.example"
    assert one.extra_headers["Auto-Submitted"] == "auto-generated"
    assert one.to == [rep.email]


def test_a_mail_is_sent_once(rep: Any, notice: Any) -> None:
    assert send(rep, "Your day", BLOCKS, why=WHY, once=notice)
    assert not send(rep, "Your day", BLOCKS, why=WHY, once=notice)
    assert len(mail.outbox) == 1


def test_a_failed_mail_is_tried_again(rep: Any, notice: Any, monkeypatch: Any) -> None:
    def broken(*_: Any) -> int:
        raise OSError("no route")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", broken)
        with pytest.raises(OSError, match="no route"):
            send(rep, "Your day", BLOCKS, why=WHY, once=notice)
    assert send(rep, "Your day", BLOCKS, why=WHY, once=notice)


def test_a_closed_account_gets_nothing(rep: Any) -> None:
    rep.is_active = False
    assert not send(rep, "Your day", BLOCKS, why=WHY)


def test_files_go_with_it(rep: Any) -> None:
    send(rep, "Week", BLOCKS, why=WHY, attachments=[("week.pdf", b"%PDF", "application/pdf")])
    one: Any = mail.outbox[0]
    assert one.attachments[0].filename == "week.pdf"
