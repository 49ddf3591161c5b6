"""Where the system's own mail (invitations, password reset) goes when no EMAIL_URL is set.

First an active mailbox of the owner; failing that a file under DATA_DIR/system-mail, whose name is
logged, so that a first owner can reset a password on a host without any mail account.
"""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils import timezone

log = logging.getLogger("salesagent.mail")


class SystemMailbox(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _to_file(message)
        return len(email_messages)


def _to_file(message: Any) -> None:
    folder = settings.DATA_DIR / "system-mail"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{timezone.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.eml"
    path = folder / name
    path.write_bytes(message.message().as_bytes())
    path.chmod(0o600)
    log.warning("No EMAIL_URL is set: system mail written to system-mail/%s", name)
