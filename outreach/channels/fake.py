"""A channel for tests: remembers what was sent, fails as told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from outreach.channels.base import (
    Channel,
    ChannelError,
    ChannelSession,
    Config,
    OutboundMessage,
    SendResult,
)


class Fake(Channel):
    """`Fake.sent` holds the messages, `Fake.errors` is taken from the front for each send, and
    `Fake.open_error` hinders the session. Shared by all instances: call `Fake.reset()` first."""

    code = "fake"
    label = "Fake"
    manual = False
    subject_limit = 300
    sender = "mailbox"

    sent: list[OutboundMessage] = []
    errors: list[ChannelError | None] = []
    open_error: ChannelError | None = None
    opened = 0
    known: dict[str, bool | None] = {}

    @classmethod
    def reset(cls) -> None:
        cls.sent, cls.errors, cls.open_error, cls.opened, cls.known = [], [], None, 0, {}

    def problem(self, to: str, text: str, subject: str = "") -> str:
        return "" if to else "There is no address."

    def link(self, to: str) -> str:
        return ""

    @contextmanager
    def open(self, config: Config | None) -> Iterator["Fake"]:
        if Fake.open_error:
            raise Fake.open_error
        Fake.opened += 1
        yield self

    def send(self, message: OutboundMessage) -> SendResult:
        error = Fake.errors.pop(0) if Fake.errors else None
        if error:
            raise error
        Fake.sent.append(message)
        return SendResult(provider_id=f"fake-{len(Fake.sent)}", accepted_at=datetime.now(UTC))

    def find(self, config: Config | None, message_id: str) -> bool | None:
        return Fake.known.get(message_id)

    def keep_copies(self, config: Config | None, session: ChannelSession) -> None:
        return None
