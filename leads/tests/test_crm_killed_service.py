"""A sync whose process dies at any place: the next one goes on, and nothing is there twice."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.crm.fake import FakeCrm
from leads.models import Deal, Lead, RemoteLink, SyncRun
from leads.services import crm_clock, crm_run, crm_sync
from leads.tests.crm import link_of
from salesagent.lib.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
METHODS = ("changed", "write", "read", "find", "said", "link", "erase")
PLACES = [*range(1, 40, 3)]


class Back(Exception):
    """To where it was before the attempt."""


class Killed(BaseException):
    """No handler of the program sees it."""


@pytest.fixture
def busy(there: Any, sync: Any, lead: Any, make_lead: Any) -> None:
    """Something of everything to do in both directions."""
    gone = make_lead(email="gone@price.example", lawful_basis="consent")
    torn = make_lead(email="torn@price.example", lawful_basis="consent")
    sync()
    there.edit("contact", link_of(lead).remote_id, city="Gdańsk", opt_out="yes")
    there.edit("contact", link_of(torn).remote_id, stage="meeting")
    there.delete("contact", link_of(gone).remote_id)
    Lead.objects.filter(pk=torn.pk).update(stage="engaged", title="Boss")
    company = there.make("company", name="Duarte Lda", domain="duarte.example")
    links = {"company": [company]}
    there.make("contact", email="known@price.example", phone="", links=links)
    new = there.make("contact", email="new@price.example", links=links)
    there.make("deal", title="Roof", value="10", links={"contact": [new]})
    known = make_lead(email="known@price.example", phone="+4915112345678", lawful_basis="consent")
    Deal.objects.create(lead=known, title="Cold rooms", value=5)
    fresh = make_lead(email="fresh@price.example", lawful_basis="consent")
    thread.record(lead=torn, kind="call.logged", actor="system", body="Spoke")
    assert fresh


def picture(there: Any) -> dict[str, Any]:
    """Both sides without ids and times."""
    return {
        "leads": sorted(Lead.objects.values_list("email", "stage", "city", "title")),
        "deals": sorted(Deal.objects.values_list("title", "lead__email")),
        "events": sorted(
            Counter(Lead.objects.values_list("email", "events__kind").order_by()).items(), key=str
        ),
        "links": sorted(RemoteLink.objects.values_list("kind", "state", "lead__email"), key=str),
        "there": {
            kind: sorted(str(sorted(row.items())) for row in there.all(kind).values())
            for kind in ("contact", "company", "deal", "call")
        },
        "lines": sorted(
            SyncRun.objects.latest("pk").changes.values_list("action", "kind", "label", "state")
        ),
    }


def killing(monkeypatch: Any, place: int, *, calls: bool) -> None:
    """Dies behind the n-th call, before its outcome is kept, or before the n-th commit."""
    seen = Counter[str]()

    def wrap(real: Any) -> Any:
        def act(self: Any, *args: Any, **more: Any) -> Any:
            found = real(self, *args, **more)
            seen["n"] += 1
            if seen["n"] == place:
                raise Killed
            return found

        return act

    if not calls:
        monkeypatch.setattr(crm_run.Engine, "_keep", wrap(crm_run.Engine._keep))
        return
    for name in METHODS:
        monkeypatch.setattr(FakeCrm, name, wrap(getattr(FakeCrm, name)))


@pytest.mark.parametrize("calls", [True, False])
def test_wherever_it_dies_the_end_is_the_same(
    busy: None, there: Any, owner: Any, run_queue: Any, monkeypatch: Any, calls: bool
) -> None:
    def attempt(place: int | None) -> dict[str, Any]:
        """In a savepoint, and in a copy of the other system."""
        before = "\n".join(there.db.iterdump())
        found: dict[str, Any] = {}
        try:
            with transaction.atomic():
                crm_sync.start("fake", owner)
                if place is not None:
                    with monkeypatch.context() as patch:
                        killing(patch, place, calls=calls)
                        found["died"] = _dies(run_queue)
                    _go_on(run_queue)
                run_queue()
                found |= picture(there)
                raise Back
        except Back:
            pass
        there.db.executescript(_restore(before))
        return found

    whole = attempt(None)
    died = 0
    for place in PLACES:
        found = attempt(place)
        died += found.pop("died")
        assert found == whole, place
    assert died >= 3


def _restore(dump: str) -> str:
    return "DROP TABLE IF EXISTS record; DROP TABLE IF EXISTS knob;\n" + dump


def _dies(run_queue: Any) -> bool:
    try:
        run_queue()
    except Killed:
        return True
    return False


def _go_on(run_queue: Any) -> None:
    """The job still says that it runs, and nobody does it."""
    then = timezone.now() - timedelta(minutes=5)
    run = SyncRun.objects.latest("pk")
    if run.state == "running":
        Job.objects.filter(pk=run.job_id).update(state="running", updated_at=then)
        assert crm_clock.look_after() == 1
