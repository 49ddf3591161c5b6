"""The Team tab: whose lines, their numbers, what was saved, and the owner's minutes."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from analytics.selectors import habits
from analytics.services import rollup
from analytics.tests.world import event
from coaching.models import Practice
from leads.models import Lead, ThreadEvent
from outreach.models import Touch
from outreach.services import entering, policy
from salesagent.accounts.models import AuditEntry, Workspace

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "analytics:team"


@pytest.fixture(autouse=True)
def _now(workspace: Any) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def approved(lead: Lead, user: Any, **data: Any) -> ThreadEvent:
    at = datetime(2026, 11, 12, 9, tzinfo=UTC)
    row = event(lead, "touch.approved", at, "email", actor=f"user:{user.pk}", machine=True, **data)
    return row


@pytest.fixture
def month(lead: Lead, rep: Any, mate: Any) -> None:
    """Two people checked drafts: of one alone nothing is told."""
    for number in range(24):
        who = mate if number % 3 else rep
        approved(lead, who, touch=number, seconds=60 if number < 20 else None)
    event(lead, "enrollment.paused", datetime(2026, 11, 12, 10, tzinfo=UTC), reason="replied")
    rollup.rebuild()


def test_people_of_the_own_team_in_the_order_of_names(
    as_user: Any, manager: Any, rep: Any, mate: Any, stranger: Any, month: None,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = as_user(manager)
    with django_assert_max_num_queries(30):
        page = client.get(reverse(URL)).content.decode()
    assert page.index("Jonas Weber") < page.index("Priya Nair")
    assert "Tom Ashby" not in page
    own = as_user(rep).get(reverse(URL)).content.decode()
    assert "Priya Nair" not in own
    assert as_user(manager).get(f"{reverse(URL)}?owner={stranger.pk}").status_code == 404


def test_what_there_is_to_do_opens_where_there_is_a_list(
    as_user: Any, manager: Any, rep: Any, lead: Lead, month: None
) -> None:
    Touch.objects.create(lead=lead, state="draft", due_at=NOW, channel="email")
    drafts = f'<td class="r num"><a href="{reverse("outreach:approvals")}">1</a></td>'
    assert drafts in as_user(rep).get(reverse(URL)).content.decode()
    page = as_user(manager).get(reverse(URL)).content.decode()
    assert drafts not in page and '<td class="r num">1</td>' in page
    assert "have no list of a colleague" in page


def test_in_a_sequence_opens_these_leads(
    as_user: Any, manager: Any, lead: Lead, sequence: Any, mailbox: Any
) -> None:
    entering.enroll(lead, sequence, user=lead.owner)
    page = as_user(manager).get(reverse(URL)).content.decode()
    link = re.search(r'href="(/leads/[^"]+seq=active)">(\d+)<', page)
    assert link and link[2] == "1"
    found = as_user(manager).get(link[1].replace("&amp;", "&")).content.decode()
    assert lead.name in found


def test_time_saved_is_shown_with_its_formula(as_user: Any, manager: Any, month: None) -> None:
    page = as_user(manager).get(reverse(URL)).content.decode()
    # 24 x (6 - 1) + 2
    assert "Time saved: 2 hours" in page and "measured in 20 approvals" in page
    assert "lay open 1.0 minutes" in page
    answer = as_user(manager).get(f"{reverse(URL)}?csv=saved")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1].startswith("Drafts written and checked by a person,24,6.0,1.0,120")


def test_the_owner_sets_the_minutes_and_odd_ones_are_told(
    as_user: Any, owner: Any, manager: Any, month: None
) -> None:
    url = reverse("analytics:hand_minutes")
    client = as_user(owner)
    answer = client.post(url, {"draft": "-1", "pause": "x", "reply": "1"})
    assert answer.status_code == 422 and b"is-invalid" in answer.content
    assert Workspace.current().hand_minutes == {}
    client.post(url, {"draft": "3.5", "pause": "0", "reply": "0"})
    assert Workspace.current().hand_minutes == {"draft": 3.5, "pause": 0.0, "reply": 0.0}
    assert AuditEntry.objects.filter(target="hand_minutes").count() == 1
    assert "Time saved: 60 min" in client.get(reverse(URL)).content.decode()
    assert as_user(manager).post(url, {"draft": "9"}).status_code == 404


def test_an_approval_notes_how_long_the_draft_lay_open(
    as_user: Any, rep: Any, lead: Lead, mailbox: Any
) -> None:
    def one(opened: object) -> dict[str, Any]:
        touch = Touch.objects.create(
            lead=lead, channel="email", mailbox=mailbox, to_address=lead.email, subject="Hello",
            body="Hi Marta,\n\nhow are you?", machine_body="Hi", due_at=NOW, kind="manual",
        )  # fmt: skip
        data = {"seen_hash": policy.text_hash(touch), "opened_at": str(opened)}
        as_user(rep).post(reverse("outreach:approve", args=[touch.pk]), data)
        kept: dict[str, Any] = ThreadEvent.objects.get(
            kind="touch.approved", data__touch=touch.pk
        ).data
        return kept

    now = int(NOW.timestamp())
    assert one(now - 42)["seconds"] == 42 and one(now - 1)["machine"] is True
    for odd in (now + 9, now, now - 901, "", "x", "-3", "٣٤", "9" * 40):
        assert "seconds" not in one(odd)


def seen_by(client: Any, query: str = "") -> tuple[str, str, str]:
    """Team, its file of time saved, and Email."""
    team = client.get(f"{reverse(URL)}?{query}").content.decode()
    file = b"".join(client.get(f"{reverse(URL)}?csv=saved&{query}").streaming_content).decode()
    return team, file, client.get(f"/analytics/email/?{query}").content.decode()


def test_how_long_one_person_reads_is_their_own(
    as_user: Any, manager: Any, owner: Any, rep: Any, mate: Any, lead: Lead, month: None
) -> None:
    for boss in (manager, owner):
        team, file, _ = seen_by(as_user(boss), f"owner={rep.pk}")
        assert "Time saved:" not in team and "lay open" not in team and ">24<" not in team
        assert "reads drafts is their own" in team and "is their own" in file
        assert "8,6" not in file and len(file.splitlines()) == 2
        assert "Time saved: 2 hours" in seen_by(as_user(boss))[0]
    own = as_user(rep).get(reverse(URL)).content.decode()
    assert "Time saved: 42 min" in own and 'metric=reviewed"' in own  # 8 x 5 + 2
    # a sum less what Jonas shows by name would be Priya's: this one is shown by nobody's name
    Practice.objects.create(rep=rep, shared_at=NOW)
    assert "Time saved:" not in seen_by(as_user(manager), f"owner={rep.pk}")[0]
    assert "Time saved: 2 hours" in seen_by(as_user(manager))[0]
    Workspace.objects.update(leaderboard=True)
    team, file, _ = seen_by(as_user(manager), f"owner={rep.pk}")
    assert "Time saved: 42 min" in team and "8,6.0,1.0,40" in file and "metric=reviewed" in team


def test_of_two_of_whom_one_reads_it_nothing_is_told(
    as_user: Any, manager: Any, rep: Any, lead: Lead
) -> None:
    """The sum less the own number would be the other's."""
    for number in range(4):
        approved(lead, manager if number % 2 else rep, touch=number)
    rollup.rebuild()
    assert "Time saved:" not in seen_by(as_user(manager))[0]


def test_a_sum_of_private_people_has_no_list(as_user: Any, manager: Any, month: None) -> None:
    page = as_user(manager).get(reverse(URL)).content.decode()
    assert "metric=reviewed" not in page and "metric=paused" in page


def test_how_fast_one_person_answers_is_told_as_a_result_only(
    as_user: Any, manager: Any, rep: Any, mate: Any, lead: Lead, month: None
) -> None:
    for day, hour in ((12, 12), (14, 10)):
        event(lead, "reply.received", datetime(2026, 11, day, 9, tzinfo=UTC), "email")
        event(lead, "touch.sent", datetime(2026, 11, day, hour, tzinfo=UTC), "email", touch=day)
    rollup.rebuild()
    team, _, mails = seen_by(as_user(manager), f"owner={rep.pk}")
    assert "2 hours" in team and "fast is their own" in mails and "Answers by time" not in mails
    slots = f"/analytics/leads/?metric=answer.time&slot=0,1&owner={rep.pk}"
    assert as_user(manager).get(slots).status_code == 404
    assert as_user(rep).get(slots).status_code == 200
    assert "Answers by time" not in seen_by(as_user(manager))[2]  # nobody else answered
    event(lead, "lead.assigned", datetime(2026, 11, 14, 11, tzinfo=UTC), **{"from": rep.pk})
    Lead.objects.filter(pk=lead.pk).update(owner=mate)
    event(lead, "reply.received", datetime(2026, 11, 15, 9, tzinfo=UTC), "email")
    event(lead, "touch.sent", datetime(2026, 11, 15, 10, tzinfo=UTC), "email", touch=98)
    rollup.rebuild()
    assert "Answers by time" in seen_by(as_user(manager))[2]
    Practice.objects.create(rep=mate, shared_at=NOW)  # the others' would be the sum less hers
    assert "Answers by time" not in seen_by(as_user(manager), f"owner={mate.pk}")[2]
    assert "Answers by time" in as_user(rep).get("/analytics/email/").content.decode()


@pytest.mark.parametrize(
    ("private", "hidden"),
    [
        ({1: 2, 2: 2}, set()),
        ({1: 1, 2: 2, 3: 3}, {1, 2}),  # everybody less the teams that are shown
        ({1: 1, 2: 1, 3: 3}, {1, 2}),
        ({1: 1}, {1}),
        ({}, set()),
    ],
)
def test_no_difference_of_sums_leaves_one(private: dict[int, int], hidden: set[int]) -> None:
    assert habits.lone(private) == hidden
    shown = private.keys() - hidden
    left = sum(private.values()) - sum(private[team] for team in shown)
    assert left != 1 or not shown


def test_the_owner_cannot_take_teams_from_everybody(
    as_user: Any, owner: Any, stranger: Any, lead: Lead, month: None, rep: Any
) -> None:
    """Tom is alone in his team: everybody's less Jonas and Priya's would be his."""
    for number in range(30, 33):
        approved(lead, stranger, touch=number)
    rollup.rebuild()
    client = as_user(owner)
    assert "Time saved:" in seen_by(client)[0]
    for team in (rep.team_id, stranger.team_id):
        assert "Time saved:" not in seen_by(client, f"owner=team:{team}")[0]


def test_two_files_with_one_meaning(
    as_user: Any, manager: Any, rep: Any, lead: Lead, month: None
) -> None:
    """Delivered is what the page's rate is of: messages, without calls."""
    at = datetime(2026, 11, 13, 9, tzinfo=UTC)
    event(lead, "touch.sent", at, "email", touch=99)
    event(lead, "call.logged", at, "phone", actor=rep.actor, outcome="reached")
    event(lead, "reply.received", at + timedelta(hours=1), "email")
    event(lead, "touch.sent", at + timedelta(hours=3), "email", touch=98)
    rollup.rebuild()
    client = as_user(manager)

    def rows(key: str) -> dict[str, dict[str, str]]:
        answer = client.get(f"{reverse(URL)}?csv={key}")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return {row["Person"]: row for row in csv.DictReader(io.StringIO(text))}

    mine = rows("results")[rep.name]
    assert [mine[n] for n in ("Sent", "Messages delivered", "Messages answered")] == ["3", "2", "1"]
    assert mine["Half answered within seconds"] == mine["Mean seconds to answer"] == "7200"
    load = rows("team")[rep.name]
    assert {"Open leads", "Next 7 days", "Can do in 7 days", "Share"} <= load.keys()
    assert "Delivered" not in load and "Sent" not in load
