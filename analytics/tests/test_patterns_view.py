"""Pages of patterns and alerts: whose they are, what they cost, what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from analytics import alert_tasks
from analytics.models import Alert, AlertRule, Finding
from analytics.tests import world as w
from leads.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(rep: Any, mate: Any, stranger: Any, workspace: Any) -> None:
    """Six leads of the rep, one of another team, all for 60 days in Contacted; twenty went on."""
    now = timezone.now()
    for number in range(20):
        on = w.lead(f"On{number}", mate, at=now - timedelta(days=50), stage="engaged")
        moved = {"from": "contacted", "to": "engaged"}
        w.event(on, "lead.stage_changed", now - timedelta(days=40), "", **moved)
    for number in range(6):
        w.lead(f"Slow{number}", rep, stage="contacted", at=now - timedelta(days=60 + number))
    w.lead("Other", stranger, stage="contacted", at=now - timedelta(days=90))
    alert_tasks.look()


def page(client: Any, user: Any, address: str = "/analytics/patterns/") -> Any:
    client.force_login(user)
    return client.get(address)


def test_empty(client: Any, owner: Any, workspace: Any) -> None:
    answer = page(client, owner)
    assert "Not looked at yet." in answer.content.decode()
    assert "Nothing passed its threshold." in answer.content.decode()


def test_each_sees_their_own(
    client: Any, found: None, owner: Any, manager: Any, rep: Any, stranger: Any
) -> None:
    def long(user: Any) -> int:
        return int(page(client, user).context["stages"][0].long)

    assert [long(user) for user in (owner, manager, rep, stranger)] == [7, 6, 6, 1]
    slow = "/analytics/patterns/stalled/?stage=lead-contacted"
    assert [
        len(page(client, u, slow).context["rows"]) for u in (owner, manager, rep, stranger)
    ] == [*(7, 6, 6, 1)]
    names = page(client, manager, slow).content.decode()
    assert "Slow5" in names
    assert "Other" not in names


def test_one_person_and_nobody_elses(client: Any, found: None, owner: Any, rep: Any) -> None:
    asked = f"/analytics/patterns/?owner={rep.pk}"
    assert page(client, owner, asked).context["stages"][0].long == 6
    rows = page(client, owner, f"/analytics/patterns/stalled/?stage=lead-contacted&owner={rep.pk}")
    assert [row.days for row in rows.context["rows"]] == [65, 64, 63, 62, 61, 60]
    assert page(client, rep, f"/analytics/patterns/?owner={owner.pk}").status_code == 404


def test_a_list_follows_what_happened_since(client: Any, found: None, rep: Any) -> None:
    Lead.objects.filter(first_name="Slow0").update(stage="meeting")
    Lead.objects.filter(first_name="Slow1").update(archived_at=timezone.now())
    rows = page(client, rep, "/analytics/patterns/stalled/?stage=lead-contacted")
    assert len(rows.context["rows"]) == 4


@pytest.mark.parametrize("stage", ["lead-won", "deal-won", "x", "lead-", ""])
def test_no_such_stage(client: Any, rep: Any, stage: str) -> None:
    answer = page(client, rep, f"/analytics/patterns/stalled/?stage={stage}")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("key", "head"),
    [
        ("stages", "What,Stage"), ("segments", "Segment,Value"), ("cycle", "Month,"),
        ("quality", "What,Leads"), ("trend", "Part,"),
    ],
)  # fmt: skip
def test_tables_as_files(client: Any, found: None, owner: Any, key: str, head: str) -> None:
    answer = page(client, owner, f"/analytics/patterns/?csv={key}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.startswith(head)
    if key == "stages":
        assert "lead,Contacted,7,20," in text


def test_few_queries(
    client: Any, found: None, owner: Any, django_assert_max_num_queries: Any
) -> None:
    """However many leads: the frame's, one for the findings, one for the alerts."""
    cache.clear()
    page(client, owner)
    with django_assert_max_num_queries(18) as some:
        client.get("/analytics/patterns/")
    now = timezone.now()
    for number in range(30):
        w.lead(f"More{number}", owner, stage="contacted", at=now - timedelta(days=70))
    with django_assert_max_num_queries(len(some)):
        client.get("/analytics/patterns/")
    read = [q["sql"] for q in some.captured_queries]
    assert not [sql for sql in read if "threadevent" in sql or "leadfact" in sql]


@pytest.fixture
def alert(manager: Any) -> Alert:
    now = timezone.now()
    row: Alert = Alert.objects.create(
        kind="cooling", key="cooling", scope=f"team:{manager.team_id}", number=2, threshold=1,
        text="2 hot leads cooling down.", link="/leads/?look=cooling", first_at=now, last_at=now,
    )  # fmt: skip
    return row


def test_mute_and_hear_again(client: Any, manager: Any, alert: Alert) -> None:
    client.force_login(manager)
    assert b"2 hot leads" in client.get("/analytics/alerts/").content
    address = f"/analytics/alerts/{alert.pk}/mute/"
    answer = client.post(address, {"time": "week"}, follow=True)
    assert b"Muted for 1 week." in answer.content
    alert.refresh_from_db()
    assert (alert.state, alert.muted_by) == ("muted", manager)
    client.post(address, {"time": "off"})
    alert.refresh_from_db()
    assert (alert.state, alert.muted_until) == ("open", None)
    assert client.post(address, {"time": "x"}).status_code == 404
    back = client.post(address, {"time": "good", "from": "patterns"})
    assert back["Location"] == "/analytics/patterns/"
    assert client.get(address).status_code == 405


def test_somebody_elses_alert(client: Any, other_manager: Any, owner: Any, alert: Alert) -> None:
    for user in (other_manager, owner):
        client.force_login(user)
        assert b"2 hot leads" not in client.get("/analytics/alerts/").content
        assert (
            client.post(f"/analytics/alerts/{alert.pk}/mute/", {"time": "day"}).status_code == 404
        )


def thresholds(client: Any, **changed: str) -> dict[str, str]:
    form = client.get("/settings/alerts/").context["form"]
    data: dict[str, str] = {}
    for name, field in form.fields.items():
        if name.endswith("-on"):
            data |= {name: "on"} if field.initial else {}
        else:
            data[name] = str(field.initial)
    return data | {name.replace("__", "-"): value for name, value in changed.items()}


def test_thresholds(client: Any, owner: Any, manager: Any) -> None:
    client.force_login(owner)
    data = thresholds(client, drop__threshold="60")
    del data["spike-on"]
    answer = client.post("/settings/alerts/", data, follow=True)
    assert b"The next look follows it" in answer.content
    rows = {row.kind: (row.on, row.threshold) for row in AlertRule.objects.all()}
    assert rows == {"drop": (True, 60), "spike": (False, 40)}
    again = thresholds(client)
    assert again["drop-threshold"] == "60"
    assert "spike-on" not in again


@pytest.mark.parametrize("bad", ["0", "-3", "x", "", "1e9", "2.5"])
def test_a_threshold_that_is_none(client: Any, owner: Any, bad: str) -> None:
    client.force_login(owner)
    answer = client.post("/settings/alerts/", thresholds(client, drop__threshold=bad))
    assert answer.status_code == 422
    assert b"Nothing was saved." in answer.content
    assert AlertRule.objects.count() == 0


def test_findings_of_who_left_go(found: None, rep: Any, workspace: Any) -> None:
    assert Finding.objects.filter(scope=f"user:{rep.pk}").exists()
    rep.is_active = False
    rep.save()
    alert_tasks.look()
    assert not Finding.objects.filter(scope=f"user:{rep.pk}").exists()
