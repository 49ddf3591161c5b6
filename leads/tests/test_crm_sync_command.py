"""The command: one sync in this process."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leads.models import Lead
from leads.tests.crm import option

pytestmark = pytest.mark.django_db


def test_dry_run_then_sync(there: Any, crm_connection: Any, lead: Any, capsys: Any) -> None:
    there.make("contact", first_name="Ines", email="ines@duarte.example")
    call_command("crm_sync", "fake", "--dry-run")
    out = capsys.readouterr().out
    assert "New here: Ines" in out
    assert "New there: Marta Kowalczyk" in out
    assert Lead.objects.count() == 1
    call_command("crm_sync", "fake")
    assert capsys.readouterr().out.strip() == "1 came in, 2 went out"
    call_command("crm_sync", "fake")
    assert capsys.readouterr().out.strip() == "3 are the same"


def test_what_misses_is_said(crm_connection: Any) -> None:
    option(crm_connection, basis="")
    with pytest.raises(CommandError, match="on what ground"):
        call_command("crm_sync", "fake")
