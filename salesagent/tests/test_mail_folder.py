"""System mail without a mail server: files that an erasure reaches and that do not stay."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import send_mail
from django.utils import timezone

from leads import tasks
from leads.services import suppression
from salesagent.accounts import system_mail
from salesagent.accounts.system_mail import Heading, Row
from salesagent.lib import erasures, mail_folder, privacy

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Any, tmp_path: Any) -> Any:
    settings.DATA_DIR = tmp_path
    settings.EMAIL_BACKEND = "salesagent.mail.SystemMailbox"
    return tmp_path / "system-mail"


@pytest.fixture
def mails(folder: Any, rep: Any) -> Any:
    """A daily mail that names Marta with her words, a report, a password reset."""
    row = Row("Marta Kowalczyk", "What happens at night?", "/leads/1/")
    assert system_mail.send(rep, "Your day", [Heading("Answer first"), row], why="On.")
    pdf = ("week.pdf", b"%PDF-1.7", "application/pdf")
    assert system_mail.send(rep, "Week 47", [], why="On.", attachments=[pdf])
    send_mail("Reset", "Marta", None, [rep.email])
    assert len(list(folder.iterdir())) == 3
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    return folder


def subjects(folder: Any) -> list[str]:
    return [path.read_text() for path in folder.iterdir()]


def test_an_erasure_takes_mails_that_tell_of_work(mails: Any, lead: Any) -> None:
    assert any("Marta Kowalczyk" in text for text in subjects(mails))
    hashes = [one.hash for one in suppression.normals(lead) if one.kind != "domain"]
    erasures.note(lead.pk, hashes)
    assert erasures.again() == 1
    (left,) = subjects(mails)
    assert "Subject: Reset" in left
    assert "language model" in privacy.HOLDERS
    assert mail_folder.forget_people() == 0


def test_what_is_old_goes_by_itself(mails: Any) -> None:
    (mails / "notes.eml").write_text("not ours")
    (mails / "99999999-999999-00000000.eml").write_text("no moment")
    now = timezone.now()
    assert mail_folder.forget_old(now + timedelta(days=13)) == 0
    tasks.housekeeping()
    assert len(list(mails.iterdir())) == 5
    assert mail_folder.forget_old(now + timedelta(days=15)) == 3
    assert {path.name for path in mails.iterdir()} == {"notes.eml", "99999999-999999-00000000.eml"}


def test_housekeeping_looks(mails: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(mail_folder, "KEPT", timedelta(0))
    tasks.housekeeping()
    assert list(mails.iterdir()) == []


def test_without_the_folder_nothing_happens(folder: Any) -> None:
    assert (mail_folder.forget_people(), mail_folder.forget_old()) == (0, 0)
