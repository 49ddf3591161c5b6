"""Where the system's own mail (invitations, password reset) goes when no EMAIL_URL is set.

First an active mailbox of the owner; failing that a file under DATA_DIR/system-mail, whose name is
logged, so that a first owner can reset a password on a host without any mail account.
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

from salesagent.lib import mail_folder

log = logging.getLogger("salesagent.mail")


class SystemMailbox(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _to_file(message)
        return len(email_messages)


def _to_file(message: Any) -> None:
    name = mail_folder.keep(message.message().as_bytes())
    log.warning("No EMAIL_URL is set: system mail written to system-mail/%s", name)
