"""Nobody reaches another person's objects: every route of the document, with foreign ids."""

import json
from typing import Any

import pytest

from leads.models import Company, Lead, ThreadEvent
from outreach.models import Enrollment, Sequence, Step, Touch
from salesagent.api.tests.conftest import Caller
from salesagent.api.tests.routes import Route, routes
from salesagent.api.tests.world import World, made

pytestmark = pytest.mark.django_db
ROUTES = list(routes())
WITH_ID = [route for route in ROUTES if route.names]
LISTS = [route for route in ROUTES if not route.names]
# paths whose parameter is no object of anybody, but a name that all know
COMMON = {"report", "channel", "kind"}


def everything() -> str:
    """All rows that somebody might change."""
    tables = (Lead, Company, ThreadEvent, Sequence, Step, Enrollment, Touch)
    return repr([list(table.objects.order_by("pk").values()) for table in tables])


@pytest.fixture
def theirs(rep: Any, workspace: Any) -> World:
    return made(rep, "Zephyrine")


@pytest.fixture
def own(stranger: Any, workspace: Any) -> World:
    return made(stranger, "Quillon")


def silent(answer: Any, theirs: World) -> None:
    text = answer.content.decode()
    for word in theirs.words:
        assert word not in text, (word, text)
    assert answer.status_code < 500


@pytest.mark.parametrize("route", WITH_ID, ids=str)
def test_foreign_objects_are_not_there(route: Route, theirs: World, own: World) -> None:
    caller, before = Caller(own.user, machine=False), everything()
    if set(route.names) <= COMMON:
        pytest.skip("names no object")
    answer = caller.call(route.method, route.at(theirs.ids), route.body())
    assert answer.status_code == 404, answer.content
    silent(answer, theirs)
    assert everything() == before


@pytest.mark.parametrize("route", [one for one in WITH_ID if len(one.names) > 1], ids=str)
def test_foreign_parts_of_own_objects(route: Route, theirs: World, own: World) -> None:
    caller, before = Caller(own.user, machine=False), everything()
    for name in route.names:
        if name not in COMMON:
            mixed = own.ids | {name: theirs.ids[name]}
            answer = caller.call(route.method, route.at(mixed), route.body())
            assert answer.status_code == 404
            silent(answer, theirs)
    assert everything() == before


@pytest.mark.parametrize("route", LISTS, ids=str)
def test_lists_tell_nothing_foreign(route: Route, theirs: World, own: World) -> None:
    caller = Caller(own.user, machine=False)
    answer = caller.call(route.method, route.path, route.body())
    silent(answer, theirs)
    if route.method == "GET":
        assert answer.status_code == 200 or _wants(route), answer.content


def _wants(route: Route) -> bool:
    """It cannot be asked without a parameter."""
    return any(one["required"] for one in route.operation["parameters"])


@pytest.mark.parametrize("route", [one for one in ROUTES if one.body() is not None], ids=str)
def test_foreign_ids_in_a_body(route: Route, theirs: World, own: World) -> None:
    """Wherever a body names an object, a foreign one is as if it were not there."""
    caller = Caller(own.user, machine=False)
    body, found = _with_foreign(route.body(), theirs.ids)
    if not found:
        pytest.skip("names no object")
    rows = Lead.objects.filter(owner=theirs.user).values()
    before = repr(list(rows)), Touch.objects.filter(lead__owner=theirs.user).count()
    answer = caller.call(route.method, route.at(own.ids), body)
    silent(answer, theirs)
    assert (repr(list(rows)), Touch.objects.filter(lead__owner=theirs.user).count()) == before


def _with_foreign(body: Any, ids: dict[str, Any]) -> tuple[Any, bool]:
    """lead_id, lead_ids and their like take the foreign id."""
    text = json.dumps(body)
    if not isinstance(body, dict):
        return body, False
    new = dict(body)
    for name, value in body.items():
        single = name.removesuffix("s")
        if single in ids:
            new[name] = [ids[single]] if isinstance(value, list) else ids[single]
    return new, json.dumps(new) != text


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_each_route_wants_its_scope(route: Route, own: World) -> None:
    """A token with every other scope is refused, before anything is looked up."""
    from salesagent.api.scopes import SCOPES

    others = [code for code in SCOPES if code != route.operation["x-scope"]]
    caller = Caller(own.user, others, machine=False)
    answer = caller.call(route.method, route.at(own.ids), route.body())
    assert answer.status_code == 403, answer.content
    assert answer.json()["code"] == "scope"


@pytest.mark.parametrize("route", [one for one in ROUTES if "approve" in one.path], ids=str)
def test_machines_never_approve(route: Route, own: World) -> None:
    assert route.operation["x-personal"]
    caller = Caller(own.user)
    type(caller.token).objects.update(scopes=["approve"])
    answer = caller.call(route.method, route.at(own.ids), route.body())
    assert (answer.status_code, answer.json()["code"]) == (403, "machine_token")


def test_only_approve_wants_a_person() -> None:
    personal = [str(route) for route in ROUTES if route.operation["x-personal"]]
    assert personal == ["POST /drafts/{draft_id}/approve"]
    assert [r.path for r in ROUTES if r.operation["x-scope"] == "approve"] == [
        "/drafts/{draft_id}/approve"
    ]
