"""Progress pages: own jobs only, polling ends, stop, words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from salesagent.lib.job_view import show
from salesagent.lib.models import Job

AsUser = Callable[[Any], Client]


def make(owner: Any, **fields: Any) -> Job:
    values = {"state": "running", "total": 640, "done": 412, "started_at": timezone.now()}
    return Job.objects.create(
        kind="import",
        title="Importing fair.csv",
        owner=owner,
        data={"unit": "rows"},
        **{**values, **fields},
    )


def test_page_says_how_far_it_is(rep: Any, as_user: AsUser) -> None:
    job = make(rep, counters={"repeated": 9, "not_usable": 3})
    page = as_user(rep).get(f"/jobs/{job.pk}/").content.decode()
    assert "412 of 640 rows, 9 repeated, 3 not usable." in page
    assert 'max="640"' in page and 'value="412"' in page
    assert f'hx-get="/jobs/{job.pk}/part/?go=1"' in page and 'hx-trigger="every 2s"' in page


@pytest.mark.parametrize("path", ["", "part/"])
def test_only_the_owner_sees_a_job(
    path: str, rep: Any, mate: Any, manager: Any, stranger: Any, as_user: AsUser
) -> None:
    url = f"/jobs/{make(rep).pk}/{path}"
    assert as_user(rep).get(url).status_code == 200
    for user in (mate, manager, stranger):
        assert as_user(user).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_a_job_of_nobody_is_seen_by_nobody(rep: Any, as_user: AsUser) -> None:
    assert as_user(rep).get(f"/jobs/{make(None).pk}/").status_code == 404


def test_polling_ends_and_the_waiting_page_is_sent_on(rep: Any, as_user: AsUser) -> None:
    job = make(rep, result_url="/imports/1/run/")
    client = as_user(rep)
    assert client.get(f"/jobs/{job.pk}/part/").status_code == 200
    Job.objects.filter(pk=job.pk).update(state="done", done=640)
    part = client.get(f"/jobs/{job.pk}/part/")
    assert part.status_code == 286 and "HX-Redirect" not in part
    assert b"hx-get" not in part.content and b"See the result" in part.content
    assert client.get(f"/jobs/{job.pk}/part/?go=1")["HX-Redirect"] == "/imports/1/run/"


def test_failed_job_tells_why(rep: Any, as_user: AsUser) -> None:
    job = make(rep, state="failed", error="<b>disk full</b>")
    page = as_user(rep).get(f"/jobs/{job.pk}/").content.decode()
    assert "&lt;b&gt;disk full" in page and "<progress" not in page


def test_stop(rep: Any, mate: Any, as_user: AsUser) -> None:
    job = make(rep)
    url = f"/jobs/{job.pk}/stop/"
    assert as_user(mate).post(url).status_code == 404
    assert as_user(rep).get(url).status_code == 405
    assert as_user(rep).post(url, {"next": "/leads/"}).url == "/leads/"
    job.refresh_from_db()
    assert job.stop_asked
    page = as_user(rep).get(f"/jobs/{job.pk}/").content.decode()
    assert "Stops after this part." in page and ">Stop<" not in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_stop_never_leads_away(rep: Any, as_user: AsUser, back: str) -> None:
    job = make(rep)
    assert as_user(rep).post(f"/jobs/{job.pk}/stop/", {"next": back}).url == f"/jobs/{job.pk}/"


def test_stop_of_one_that_ended(rep: Any, as_user: AsUser) -> None:
    job = make(rep, state="done")
    page = as_user(rep).post(f"/jobs/{job.pk}/stop/", follow=True)
    assert b"It had ended already." in page.content


def test_words(rep: Any) -> None:
    ago = timezone.now() - timedelta(seconds=41)
    job = make(rep, started_at=ago)
    shown = show(job)
    assert shown.left == "About 25 seconds." and shown.say == "Importing fair.csv, 50 per cent"
    assert show(make(rep, done=5)).left == ""  # too early to tell
    assert show(make(rep, state="queued")).line == "Waits for its turn."
    assert show(make(rep, total=0, done=30)).line == "30 rows."
    assert show(make(rep, state="done")).say == "Importing fair.csv is done"
    long = make(rep, started_at=timezone.now() - timedelta(minutes=10), done=100)
    assert show(long).left == "About 54 minutes."


def test_pages_ask_less_often_with_time(rep: Any) -> None:
    job = make(rep)
    for minutes, seconds in ((0, 2), (2, 5), (10, 15)):
        job.created_at = timezone.now() - timedelta(minutes=minutes)
        assert show(job).poll == seconds
