"""The system's own mail where no mail server is set: files in DATA_DIR/system-mail.

Daily mails and reports in it speak of people: they go when anybody is erased, whoever it is, since
a PDF or a former name cannot be searched. All of it goes after KEPT.
"""

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path

from django.conf import settings
from django.utils import timezone

KEPT = timedelta(days=14)
SHAPE = "%Y%m%d-%H%M%S"
_NAME = re.compile(r"(\d{8}-\d{6})-[0-9a-f]{8}\.eml")
ABOUT_WORK = "Auto-Submitted"  # a header of daily mails and reports, not of invitations and resets


def keep(content: bytes) -> str:
    """Write a mail down for its owner alone; the file's name."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{timezone.now():{SHAPE}}-{secrets.token_hex(4)}.eml"
    path = folder / name
    path.touch(mode=0o600)
    path.write_bytes(content)
    return name


def forget_people() -> int:
    """Somebody was erased: mails that tell of work go. How many."""
    return sum(_drop(path) for path, _ in _mails() if _tells_of_work(path))


def forget_old(now: datetime | None = None) -> int:
    """What is older than KEPT goes. How many."""
    since = (now or timezone.now()) - KEPT
    return sum(_drop(path) for path, at in _mails() if at < since)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "system-mail"


def _mails() -> Iterator[tuple[Path, datetime]]:
    """Only files that were named here."""
    for path in sorted(_folder().glob("*.eml")):
        if found := _NAME.fullmatch(path.name):
            try:
                yield path, datetime.strptime(found[1], SHAPE).replace(tzinfo=UTC)
            except ValueError:
                continue


def _tells_of_work(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return ABOUT_WORK in BytesHeaderParser().parse(file)
    except OSError:
        return False


def _drop(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False  # somebody else was faster
    return True
