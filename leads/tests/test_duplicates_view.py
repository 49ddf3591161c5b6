"""The pages of duplicates: pairs, side by side, merge and undo."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import DuplicatePair, Lead, Merge
from leads.services import duplicates, merging
from salesagent.lib.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(make_lead: Any, rep: Any) -> DuplicatePair:
    make_lead(rep, first_name="Marta", last_name="Kowalska", email="marta@polar.example")
    make_lead(
        rep,
        first_name="M.",
        last_name="Kowalska",
        email="m.kowalska@polar.example",
        phone="+48583334444",
    )
    duplicates.find()
    return DuplicatePair.objects.get()


def test_pairs_with_reasons(client: Any, rep: Any, pair: Any) -> None:
    client.force_login(rep)
    page = client.get(reverse("leads:duplicates")).content.decode()
    assert "Marta Kowalska" in page
    assert "First name is an initial" in page


def test_the_list_costs_the_same_for_many(
    client: Any, rep: Any, pair: Any, make_lead: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        for tag in ("", "+b"):
            make_lead(rep, first_name="A", email=f"p{number}{tag}@x.example")
    duplicates.find()
    client.force_login(rep)
    with django_assert_max_num_queries(14):
        client.get(reverse("leads:duplicates"))


def test_merge_as_chosen_and_links_lead_to_the_keeper(client: Any, rep: Any, pair: Any) -> None:
    client.force_login(rep)
    url = reverse("leads:duplicate", args=[pair.pk])
    assert "Choose what stays" in client.get(url).content.decode()
    answer = client.post(
        url, {"keeper": pair.second_id, "email": "first", "first_name": "first", "phone": "second"}
    )
    assert answer.url == reverse("leads:detail", args=[pair.second_id])
    kept = Lead.objects.get(pk=pair.second_id)
    assert (kept.first_name, kept.email, kept.phone) == (
        "Marta",
        "marta@polar.example",
        "+48583334444",
    )
    old = client.get(reverse("leads:detail", args=[pair.first_id]))
    assert old.url == reverse("leads:detail", args=[pair.second_id])
    page = client.get(old.url).content.decode()
    assert "Two leads became one by Jonas." in page
    assert (
        "Marta Kowalska"
        not in client.get(reverse("leads:list") + "?view=archived")
        .content.decode()
        .partition("<tbody>")[2]
    )


def test_the_lead_that_stays_brings_its_values(client: Any, rep: Any, pair: Any) -> None:
    client.force_login(rep)
    url = reverse("leads:duplicate", args=[pair.pk])
    page = client.get(url).content.decode()
    assert '<tr data-first="first" data-second="second"><th scope="row" id="f-first_name">' in page
    assert '<tr data-first="second" data-second="second"><th scope="row" id="f-phone">' in page
    other = client.get(f"{url}?keep={pair.second_id}")
    assert other.context["keeper"] == pair.second
    chosen = {row.code: row.chosen for row in other.context["rows"]}
    assert (chosen["first_name"], chosen["email"], chosen["phone"]) == ("second",) * 3
    assert f'href="?keep={pair.first_id}"' in other.content.decode()
    assert client.get(f"{url}?keep=999999").context["keeper"] == pair.first


def test_two_leads_that_a_person_knows(
    client: Any, rep: Any, make_lead: Any, stranger: Any
) -> None:
    one = make_lead(rep, first_name="Ana", last_name="Test", email="ana@x.example")
    other = make_lead(rep, first_name="Bo", last_name="Wolf", email="bo@y.example")
    hidden = make_lead(stranger, first_name="Bo", last_name="Hidden")
    client.force_login(rep)
    page = client.get(reverse("leads:duplicates_of", args=[one.pk]) + "?q=bo").content.decode()
    assert "Bo Wolf" in page and "Bo Hidden" not in page
    url = reverse("leads:duplicates_two")
    answer = client.post(url, {"ids": [one.pk, other.pk]})
    pair = DuplicatePair.objects.get()
    assert answer.url == reverse("leads:duplicate", args=[pair.pk])
    assert "Chosen by hand" in client.get(answer.url).content.decode()
    for ids in ([one.pk], [one.pk, hidden.pk], [one.pk, other.pk, "x", 77], []):
        answer = client.post(url, {"ids": ids, "next": "/leads/?view=all"}, follow=True)
        assert "Choose exactly two leads" in answer.content.decode()
    client.post(url, {"ids": [one.pk, other.pk], "all": "1"})
    assert DuplicatePair.objects.count() == 1
    assert f'formaction="{url}"' in client.get(reverse("leads:list")).content.decode()


def test_a_merge_is_undone_from_the_kept_lead(client: Any, rep: Any, pair: Any) -> None:
    row = merging.merge(pair.first, pair.second, {}, rep)
    client.force_login(rep)
    of = reverse("leads:duplicates_of", args=[pair.first_id])
    show = reverse("leads:merge", args=[row.pk])
    page = client.get(reverse("leads:detail", args=[pair.first_id])).content.decode()
    line = reverse("leads:duplicates_of", args=[pair.second_id])  # the keeper's page as well
    assert f'href="{line}#merged"' in page and show in client.get(line).content.decode()
    assert show in client.get(of).content.decode()
    client.post(reverse("leads:merge_undo", args=[row.pk]))
    assert show not in client.get(of).content.decode()
    again = reverse("leads:duplicate_apart", args=[pair.pk])
    for url in (show, reverse("leads:duplicates")):
        page = client.get(url).content.decode()
        assert again in page and "Compare again" in page
    assert "You said: two people" in page
    Merge.objects.update(at=row.at - merging.UNDO_FOR * 2, undone_at=None)
    assert show not in client.get(of).content.decode()


def test_the_address_that_was_not_chosen_is_shown(client: Any, rep: Any, pair: Any) -> None:
    merging.merge(pair.first, pair.second, {"phone": "gone"}, rep)
    client.force_login(rep)
    page = client.get(reverse("leads:detail", args=[pair.first_id])).content.decode()
    assert "Also known as" in page and "M. Kowalska" in page
    shown = page.partition("Other addresses")[2].partition("</dd>")[0]
    assert "m.kowalska@polar.example" in shown
    assert "+48583334444" not in shown  # the keeper has it now
    page = client.get(reverse("leads:duplicates_of", args=[pair.first_id])).content.decode()
    assert "m.kowalska@polar.example" in page


def test_undo_from_the_page_says_what_stayed(client: Any, rep: Any, pair: Any) -> None:
    row = merging.merge(pair.first, pair.second, {"phone": "gone"}, rep)
    Lead.objects.filter(pk=pair.first_id).update(phone="+48111")
    client.force_login(rep)
    assert "Undo the merge" in client.get(reverse("leads:merge", args=[row.pk])).content.decode()
    client.post(reverse("leads:merge_undo", args=[row.pk]))
    page = client.get(reverse("leads:merge", args=[row.pk])).content.decode()
    assert "Phone: it was changed since the merge." in page
    assert Merge.objects.get().undone_at is not None


def test_two_people(client: Any, rep: Any, pair: Any) -> None:
    client.force_login(rep)
    client.post(reverse("leads:duplicate_apart", args=[pair.pk]), {"do": "apart"})
    pair.refresh_from_db()
    assert (pair.state, pair.settled_by) == ("apart", rep)
    of = reverse("leads:duplicates_of", args=[pair.first_id])
    assert "Two people" in client.get(of).content.decode()
    client.post(reverse("leads:duplicate_apart", args=[pair.pk]), {"do": "ask"})
    pair.refresh_from_db()
    assert pair.state == "open"


def test_who_sees_only_one_of_them_sees_no_pair(
    client: Any, stranger: Any, rep: Any, pair: Any
) -> None:
    Lead.objects.filter(pk=pair.first_id).update(owner=stranger)
    for user in (stranger, rep):
        client.force_login(user)
        for name in ("duplicate", "duplicate_apart"):
            assert client.post(reverse(f"leads:{name}", args=[pair.pk])).status_code == 404


def test_a_pair_that_is_gone_is_told(client: Any, rep: Any, pair: Any) -> None:
    merging.merge(pair.first, pair.second, {}, rep)
    client.force_login(rep)
    answer = client.get(reverse("leads:duplicate", args=[pair.pk]), follow=True)
    assert "is archived or was merged before" in answer.content.decode()


def test_look_now_is_one_job(client: Any, rep: Any, pair: Any, run_queue: Any) -> None:
    client.force_login(rep)
    for _ in range(2):
        client.post(reverse("leads:duplicates_look"))
    job = Job.objects.get(owner=rep)
    DuplicatePair.objects.all().delete()
    waiting = client.get(reverse("leads:duplicates")).content.decode()
    part = reverse("lib:job_part", args=[job.pk])
    assert f'hx-get="{part}?go=1"' in waiting and "No pair waits" in waiting
    run_queue()
    assert DuplicatePair.objects.count() == 1
    end = client.get(f"{part}?go=1")
    assert end.status_code == 286  # htmx asks no more
    page = client.get(end["HX-Redirect"]).content.decode()
    assert "2 leads compared" in page and "Marta Kowalska" in page and "data-job " not in page
