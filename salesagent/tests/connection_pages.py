"""Pages of duplicates and connections in states that the demo is not in.

Each function brings the world into a state and returns the address; the test rolls it back.
"""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.urls import reverse
from django.utils import timezone

Page = tuple[str, Callable[[SimpleNamespace], str]]
CHOSEN = {"basis": "legitimate_interest", "basis_source": "Customers", "push": "linked"}


def _pair(world: SimpleNamespace) -> str:
    from leads.models import DuplicatePair

    pair = DuplicatePair.objects.filter(state="open").order_by("-score").first()
    return reverse("leads:duplicate", args=[pair.pk])


def _no_pairs(world: SimpleNamespace) -> str:
    from leads.models import DuplicatePair

    DuplicatePair.objects.filter(state="open").delete()
    return reverse("leads:duplicates")


def _merge() -> Any:
    from leads.models import Merge

    return Merge.objects.select_related("keeper", "gone").get()


def _undone(world: SimpleNamespace) -> str:
    from leads.services import unmerging

    row = _merge()
    unmerging.undo(row, world.rep)
    return reverse("leads:merge", args=[row.pk])


def _disputed(world: SimpleNamespace) -> str:
    from leads.models import Fact

    fact = Fact.objects.filter(disputed=True, lead__owner=world.rep).first()
    return reverse("leads:detail", args=[fact.lead_id])


def _booked(world: SimpleNamespace) -> str:
    from outreach.models import Booking

    return reverse("leads:detail", args=[Booking.objects.get().lead_id])


def _connected(provider: str, name: str, **chosen: Any) -> str:
    from salesagent.accounts import connections

    row = connections.save(provider, account="7700142", secret={"token": "none"})
    row.settings = {"name": name, "limits": "190 requests in 10 seconds", **chosen}
    row.save()
    return reverse("leads:crm", args=[provider])


def _not_chosen(world: SimpleNamespace) -> str:
    return _connected("hubspot", "Halden Climate Services")


def _never_synced(world: SimpleNamespace) -> str:
    return _connected("hubspot", "Halden Climate Services", owner=world.rep.pk, **CHOSEN)


def _values(world: SimpleNamespace) -> str:
    _connected("salesforce", "Halden Climate Services", owner=world.rep.pk, **CHOSEN)
    return reverse("leads:crm_options", args=["salesforce"])


def _broken(provider: str, text: str) -> None:
    from salesagent.accounts import connections

    row = connections.active(provider)
    assert row is not None
    connections.failed(row.pk, text, broken=True)


def _sync_broken(world: SimpleNamespace) -> str:
    address = _never_synced(world)
    _broken("hubspot", "HubSpot no longer accepts our access. Connect it again, with a new token.")
    return address


def _sync_running(world: SimpleNamespace) -> str:
    from leads.models import SyncRun

    SyncRun.objects.filter(state="planned").update(state="undone")
    counts = {"in": 214, "out": 37, "same": 1520, "decide": 2, "failed": 1}
    run = SyncRun.objects.filter(provider="fake").first()
    assert run is not None
    SyncRun.objects.create(
        provider="fake", account=run.account, state="running", user=run.user, counts=counts,
        job=_job(world, "Sync", "Reads contacts of the practice CRM", 1774, 4200),
    )  # fmt: skip
    return reverse("leads:crm", args=["fake"])


def _job(world: SimpleNamespace, title: str, step: str, done: int, total: int) -> Any:
    from salesagent.lib.models import Job

    return Job.objects.create(
        kind="pages", title=title, step=step, done=done, total=total, owner=world.users["owner"],
        state="running", started_at=timezone.now() - timedelta(minutes=2), data={"unit": "rows"},
    )  # fmt: skip


def _sheet_import(world: SimpleNamespace, step: str) -> int:
    """An import of the demo as one of the sheet."""
    from leads.models import ImportBatch

    rows = ImportBatch.objects.filter(pk=world.imports[step])
    batch, sheet = rows.get(), world.sheets.works
    dialect = {**batch.dialect, "sheet_pk": sheet.pk}
    rows.update(kind="sheet", user=world.users["owner"], file_name=sheet.title, dialect=dialect)
    return batch.pk


def _sheet_columns(world: SimpleNamespace) -> str:
    return reverse("leads:import_match", args=[_sheet_import(world, "match")])


def _sheet_check(world: SimpleNamespace) -> str:
    return reverse("leads:import_check", args=[_sheet_import(world, "check")])


def _sheet_running(world: SimpleNamespace) -> str:
    sheet = world.sheets.works
    job = _job(world, f"Reading {sheet.title}", "Rows are read", 4000, 18_000)
    type(sheet).objects.filter(pk=sheet.pk).update(job=job)
    return reverse("leads:sheet", args=[sheet.pk])


def _no_sheets(world: SimpleNamespace) -> str:
    from leads.models import Sheet

    Sheet.objects.all().delete()
    return reverse("leads:sheets")


def _sheets_broken(world: SimpleNamespace) -> str:
    _broken("google_sheets", "Google does not accept the sign-in any more. Connect it again.")
    return reverse("leads:sheets")


def _provider(world: SimpleNamespace) -> str:
    from leads.services import enrichment

    enrichment.switch_homepages(True, world.users["owner"])
    enrichment.save("pdl", {"limit": 350, "auto": False}, "k", world.users["owner"])
    return reverse("leads:company_data")


def _reports(state: str) -> Callable[[SimpleNamespace], str]:
    def prepare(world: SimpleNamespace) -> str:
        from salesagent.accounts import connections

        shown = {"name": "Jonas Weber", "email": "jonas@halden.example", "link": ""}
        secret = {"token": "none", "signing_key": "none"}
        row = connections.save("calendly", account="users/1", secret=secret, settings=shown)
        connections.worked(row.pk)
        if state == "broken":
            _broken("calendly", "Calendly does not accept the token any more. Enter a new one.")
        return reverse("outreach:calendly")

    return prepare


PAGES: dict[str, Page] = {
    "duplicates none": ("rep", _no_pairs),
    "duplicates side by side": ("rep", _pair),
    "merge": ("rep", lambda world: reverse("leads:merge", args=[_merge().pk])),
    "merge taken back": ("rep", _undone),
    "lead after a merge": (
        "rep", lambda world: reverse("leads:detail", args=[_merge().keeper_id])
    ),
    "lead merged away": ("rep", lambda world: reverse("leads:detail", args=[_merge().gone_id])),
    "lead with a disagreement": ("rep", _disputed),
    "lead with a meeting": ("rep", _booked),
    "sync before the choices": ("owner", _not_chosen),
    "sync before the first": ("owner", _never_synced),
    "sync running": ("owner", _sync_running),
    "sync running seen by the manager": ("manager", _sync_running),
    "sync broken": ("owner", _sync_broken),
    "sync values": ("owner", _values),
    "sheet columns": ("owner", _sheet_columns),
    "sheet check": ("owner", _sheet_check),
    "sheet running": ("owner", _sheet_running),
    "sheets none": ("owner", _no_sheets),
    "sheets broken": ("owner", _sheets_broken),
    "company data connected": ("owner", _provider),
    "company data seen by the manager": ("manager", lambda world: reverse("leads:company_data")),
    "calendly connected": ("owner", _reports("works")),
    "calendly broken": ("owner", _reports("broken")),
}  # fmt: skip
