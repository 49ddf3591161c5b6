"""What the import tests share: a file on its way in, without the wizard's pages."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from leads.models import ImportBatch
from leads.services import imports

HEADER = "First name;Last name;Email;Phone;Company;City;Country"


def csv_file(*lines: str, header: str = HEADER, name: str = "fair.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\r\n".join([header, *lines]).encode("cp1252"))


def checked(user: Any, run_queue: Any, *lines: str, header: str = HEADER) -> ImportBatch:
    """Uploaded and checked."""
    batch = imports.upload(user, csv_file(*lines, header=header))
    assert imports.start_check(batch, user)
    run_queue()
    batch.refresh_from_db()
    return batch


def start(batch: ImportBatch, user: Any, **options: Any) -> Any:
    values = {
        "duplicates": "fill",
        "basis": "legitimate_interest",
        "basis_source": "Trade fair",
        "owner": user,
        **options,
    }
    return imports.start_run(batch, user, **values)


def imported(
    user: Any, run_queue: Any, *lines: str, header: str = HEADER, **options: Any
) -> ImportBatch:
    """All the way in."""
    batch = checked(user, run_queue, *lines, header=header)
    assert start(batch, user, **options)
    run_queue()
    batch.refresh_from_db()
    return batch


def undone(batch: ImportBatch, user: Any, run_queue: Any) -> ImportBatch:
    assert imports.start_undo(batch, user)
    run_queue()
    batch.refresh_from_db()
    return batch
