"""Files that go out with a hand-written message: what is allowed, where they lie."""

import re
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from outreach.models import Attachment, Touch
from salesagent.lib.text import one_line

if TYPE_CHECKING:
    Upload = UploadedFile[bytes]
else:
    Upload = UploadedFile  # not generic at run time

MAX_EACH = 5 * 1024 * 1024
MAX_ALL = 10 * 1024 * 1024
MAX_FILES = 10
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
# extension -> (content type, how the file must begin; empty: text)
TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    "docx": (f"{_OFFICE}wordprocessingml.document", (b"PK\x03\x04",)),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", (b"PK\x03\x04",)),
    "pptx": (f"{_OFFICE}presentationml.presentation", (b"PK\x03\x04",)),
    "odt": (f"{_OPEN}text", (b"PK\x03\x04",)),
    "ods": (f"{_OPEN}spreadsheet", (b"PK\x03\x04",)),
    "odp": (f"{_OPEN}presentation", (b"PK\x03\x04",)),
    "txt": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "ics": ("text/calendar", ()),
}
ACCEPT = ",".join(f".{extension}" for extension in TYPES)
_UNSAFE = re.compile(r'[\\/:*?"<>|]')


class AttachmentError(Exception):
    """Why the files cannot go out, in plain words."""


def safe_name(name: str) -> str:
    """The file's own name without folders and characters that file systems or headers trip over."""
    base = PurePosixPath(name.replace("\\", "/")).name
    stem, dot, extension = _UNSAFE.sub("_", one_line(base, 500)).strip(". ").rpartition(".")
    return f"{stem[:100] or 'file'}{dot}{extension[:10]}"


def check(files: Sequence[Upload]) -> list[str]:
    """What is wrong with the files, one sentence each; empty when they may go out."""
    problems = [problem for file in files if (problem := _problem(file))]
    if len(files) > MAX_FILES:
        problems.append(f"At most {MAX_FILES} files go with one message.")
    if sum(file.size or 0 for file in files) > MAX_ALL:
        problems.append("All files together may have 10 MB. Send a link to the larger ones.")
    return problems


def _problem(file: Upload) -> str:
    name = safe_name(file.name or "")
    extension = name.rpartition(".")[2].lower()
    if extension not in TYPES:
        return f"{name}: this kind of file is often blocked. Send a PDF, a picture or a document."
    if not file.size:
        return f"{name} is empty."
    if file.size > MAX_EACH:
        return f"{name} has {file.size / 1048576:.1f} MB. One file may have 5 MB."
    return "" if _begins_right(file, TYPES[extension][1]) else f"{name} is not what its name says."


def _begins_right(file: Upload, starts: tuple[bytes, ...]) -> bool:
    file.seek(0)
    begin = file.read(2048)
    file.seek(0)
    return begin.startswith(starts) if starts else b"\x00" not in begin


def folder() -> Path:
    return Path(settings.DATA_DIR) / "attachments"


def store(touch: Touch, files: Iterable[Upload]) -> list[Attachment]:
    """Keep the files with the touch. Raises AttachmentError; nothing is left behind then."""
    chosen = list(files)
    if problems := check(chosen):
        raise AttachmentError(" ".join(problems))
    made: list[Attachment] = []
    try:
        for file in chosen:
            made.append(_store(touch, file))
    except OSError as error:
        forget(made)
        raise AttachmentError("The file could not be kept. Try again.") from error
    return made


def _store(touch: Touch, file: Upload) -> Attachment:
    name = safe_name(file.name or "")
    path = uuid.uuid4().hex
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / path).open("xb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return Attachment.objects.create(
        touch=touch,
        name=name,
        content_type=TYPES[name.rpartition(".")[2].lower()][0],
        size=file.size or 0,
        path=path,
    )


def path_of(attachment: Attachment) -> Path:
    """Where the bytes lie. The stored name is our own and has no folder in it."""
    return folder() / PurePosixPath(attachment.path).name


def read(attachment: Attachment) -> bytes:
    """The bytes; raises OSError when the file is gone."""
    return path_of(attachment).read_bytes()


def forget(attachments: Iterable[Attachment]) -> None:
    """Remove the files of rows that are not kept."""
    for attachment in attachments:
        path_of(attachment).unlink(missing_ok=True)


def forget_all_of(lead_id: int) -> None:
    """A person is erased: the files go first, so that none stays behind without its row."""
    mine = Attachment.objects.filter(touch__lead=lead_id)
    forget(mine)
    mine.delete()


def names_of(lead_id: int) -> list[str]:
    """The files that went out to a person."""
    mine = Attachment.objects.filter(touch__lead=lead_id).order_by("pk")
    return list(mine.values_list("name", flat=True))
