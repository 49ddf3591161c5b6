"""Two workers make the round at once: each event goes once."""

import threading
from typing import Any

import pytest
from django.db import connections

from salesagent.api.hooks import running
from salesagent.api.models import HookDelivery
from salesagent.api.tests.hook_kit import happened, hook_to
from salesagent.api.tests.hook_kit import listener as listener
from salesagent.tests.peers import faults


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_the_same_one(
    listener: faults.FaultServer, crowd: None, owner: Any, lead: Any
) -> None:
    hook_to(listener, owner)
    events = {happened(lead).pk for _ in range(20)}
    start, errors = threading.Barrier(3), []

    def work() -> None:
        try:
            start.wait(10)
            running.round_of_all()
        except Exception as error:  # noqa: BLE001  shown below
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert errors == []
    sent = [request.json()["id"] for request in listener.requests]
    assert sorted(sent) == sorted(events)
    assert set(HookDelivery.objects.values_list("state", flat=True)) == {"sent"}
