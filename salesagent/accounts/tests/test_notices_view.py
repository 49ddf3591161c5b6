"""The bell and its page: one's own notices only, without a script too."""

from typing import Any

import pytest
from django.urls import reverse

from salesagent.accounts import notices
from salesagent.accounts.models import Notification

LIST = "/notices/"


@pytest.fixture
def notice(rep: Any) -> Notification:
    row = notices.tell(
        rep,
        kind="escalated",
        key="late:1",
        title="Marta <Kowalczyk> waits",
        text="Jonas has not answered for 60 working minutes.",
        link="/today/",
        urgent=True,
    )
    assert row is not None
    return row


def test_nobody_told_anything_yet(rep: Any, as_user: Any) -> None:
    page = as_user(rep).get(LIST).content.decode()
    assert "No notices yet." in page and "Mark all as read" not in page
    assert '<span class="visually-hidden">Notices</span>' in page


def test_the_bell_says_how_many_in_words(rep: Any, as_user: Any, notice: Notification) -> None:
    page = as_user(rep).get("/today/").content.decode()
    assert "Notices, 1 new" in page


def test_the_list_shows_ones_own(rep: Any, mate: Any, as_user: Any, notice: Notification) -> None:
    page = as_user(rep).get(LIST).content.decode()
    assert "Marta &lt;Kowalczyk&gt; waits" in page and "Passed on to you, urgent" in page
    assert "Marta" not in as_user(mate).get(LIST).content.decode()


def test_following_one_reads_it(rep: Any, as_user: Any, notice: Notification) -> None:
    client = as_user(rep)
    assert client.get(reverse("notices:open", args=[notice.pk])).status_code == 405
    answer = client.post(reverse("notices:open", args=[notice.pk]))
    assert answer.status_code == 302 and answer.url == "/today/"
    assert notices.unread(rep) == 0
    assert "Nothing new." in client.get(LIST + "?new=1").content.decode()


def test_reading_one_and_taking_it_back(rep: Any, as_user: Any, notice: Notification) -> None:
    client = as_user(rep)
    client.post(reverse("notices:read", args=[notice.pk]))
    assert notices.unread(rep) == 0
    answer = client.post(reverse("notices:unread", args=[notice.pk]), {"new": "1"})
    assert answer.url == LIST + "?new=1" and notices.unread(rep) == 1


def test_all_read_up_to_what_was_shown(rep: Any, as_user: Any, notice: Notification) -> None:
    notices.tell(rep, kind="job", key="job:1", title="Import finished")
    client = as_user(rep)
    client.post(reverse("notices:read_all"), {"upto": notice.pk})
    assert notices.unread(rep) == 1
    page = client.post(reverse("notices:read_all"), {"upto": "x"}, follow=True).content.decode()
    assert "All were read already." in page


def test_others_get_404(mate: Any, as_user: Any, notice: Notification) -> None:
    for name in ("open", "read", "unread"):
        url = reverse(f"notices:{name}", args=[notice.pk])
        assert as_user(mate).post(url).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_paging_by_key(rep: Any, as_user: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(notices.PAGE + 2):
        notices.tell(rep, kind="job", key=f"job:{number}", title=f"Import {number} finished")
    client = as_user(rep)
    client.get(LIST)
    with django_assert_max_num_queries(6):
        first = client.get(LIST).content.decode()
    assert "Import 1 finished" not in first and "Import 2 finished" in first
    oldest = rep.notices.get(key="job:2")
    older = client.get(f"{LIST}?before={oldest.pk}").content.decode()
    assert "Import 1 finished" in older and "Import 0 finished" in older
    assert "Older</a>" not in older
    assert client.get(LIST + "?before=-1%20or").status_code == 200


def test_open_pages_follow_the_counts(
    rep: Any, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(rep)
    live = reverse("notices:live")
    assert client.get(live, {"sig": "0-0-0"}).status_code == 204
    notices.tell(rep, kind="job", key="job:1", title="Import finished")
    with django_assert_max_num_queries(5):
        answer = client.get(live, {"sig": "0-0-0"})
    page = answer.content.decode()
    assert "Notices, 1 new" in page and 'hx-swap-oob="true"' in page and "sig=0-0-1" in page
