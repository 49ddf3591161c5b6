"""The wizard's pages: each step, who may open it, errors at the place, the CSV of bad rows."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import ImportBatch, Lead
from leads.services import imports
from leads.tests.importing import checked, csv_file, imported, start, undone

State = ImportBatch.State
AsUser = Callable[[Any], Client]
RunQueue = Callable[[], list[str]]
ANN = "Ann;Groß;ann@polna.example;;Polna;Köln;DE"


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_whole_way_by_forms_alone(rep: Any, as_user: AsUser, run_queue: RunQueue) -> None:
    client = as_user(rep)
    page = client.get("/leads/import/")
    assert page.status_code == 200 and "None yet" in text(page)
    sent = client.post("/leads/import/", {"file": csv_file(ANN, "Bad;;nope;;;;")})
    batch = ImportBatch.objects.get()
    assert sent.url == f"/imports/{batch.pk}/"
    page = client.get(sent.url)
    assert "Windows Western (1252) (a guess), semicolon" in text(page)
    assert '<option value="email" selected>' in text(page)
    mapping = {f"c{i}": code for i, code in batch.mapping.items()} | {"c5": "custom"}
    sent = client.post(sent.url, mapping)
    assert sent.url == f"/imports/{batch.pk}/check/"
    assert "Checking fair.csv" in text(client.get(sent.url))
    run_queue()
    page = client.get(sent.url)
    assert "Bring in 1 new lead" in text(page) and "nope" in text(page)
    answer = {"basis": "consent", "basis_source": "Fair", "duplicates": "fill", "tag": "vip"}
    sent = client.post(sent.url, {**answer, "owner": f"user:{rep.pk}"})
    assert sent.url == f"/imports/{batch.pk}/run/"
    assert "Importing fair.csv" in text(client.get(sent.url))
    run_queue()
    page = client.get(sent.url)
    assert "What came of it" in text(page) and "Undo this import" in text(page)
    lead = Lead.objects.get()
    assert (lead.custom, lead.tags, lead.lawful_basis) == ({"City": "Köln"}, ["vip"], "consent")
    sent = client.post(f"/imports/{batch.pk}/undo/")
    run_queue()
    assert "1 new lead taken back" in text(client.get(sent.url))
    assert "Undone" in text(client.get("/leads/import/"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose a file first."),
        ({"file": ("x.csv", b"")}, "The file is empty."),
        ({"file": ("x.pdf", b"%PDF-1.7")}, "Choose a CSV file or an Excel workbook"),
        ({"file": ("x.csv", b"%PDF-1.7")}, "This is not a table"),
        ({"file": ("x.xlsm", b"PK\x03\x04")}, "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_its_field(
    rep: Any, as_user: AsUser, data: dict[str, Any], words: str
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {key: SimpleUploadedFile(*value) for key, value in data.items()}
    page = as_user(rep).post("/leads/import/", sent)
    assert page.status_code == 422
    assert words in text(page) and 'aria-invalid="true"' in text(page)


def test_too_large_a_file(rep: Any, as_user: AsUser, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 1024 * 1024
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("x.csv", b"a,b\n" * 300_000)
    page = as_user(rep).post("/leads/import/", {"file": file})
    assert page.status_code == 422 and "larger than 1 MB" in text(page)


def test_columns_set_wrongly_keep_the_choice(rep: Any, as_user: AsUser) -> None:
    batch = imports.upload(rep, csv_file(ANN))
    page = as_user(rep).post(f"/imports/{batch.pk}/", {"c0": "email", "c2": "email"})
    assert page.status_code == 422
    assert "Two columns are set to Email" in text(page)
    assert text(page).count('<option value="email" selected>') == 2
    batch.refresh_from_db()
    assert batch.state == State.UPLOADED


def test_reading_the_file_another_way(rep: Any, as_user: AsUser) -> None:
    batch = imports.upload(rep, csv_file(ANN))
    values = {"reread": "1", "encoding": "mac_roman", "delimiter": ";", "has_header": "on"}
    assert as_user(rep).post(f"/imports/{batch.pk}/", values).status_code == 302
    batch.refresh_from_db()
    assert batch.dialect["encoding"] == "mac_roman" and "Groß" not in str(batch.sample)
    page = as_user(rep).post(f"/imports/{batch.pk}/", {**values, "encoding": "rot13"})
    assert page.status_code == 422


def test_cells_are_escaped(rep: Any, as_user: AsUser, run_queue: RunQueue) -> None:
    evil = "<script>alert(1)</script>"
    batch = checked(rep, run_queue, f"{evil};;{evil};;;;", f"{evil};;a@b.example;;;;")
    client = as_user(rep)
    for url in (f"/imports/{batch.pk}/check/", f"/imports/{batch.pk}/?again=1"):
        page = text(client.get(url))
        assert "&lt;script&gt;alert" in page and "<script>alert" not in page


def test_run_without_basis_says_so_at_the_place(
    rep: Any, as_user: AsUser, run_queue: RunQueue
) -> None:
    batch = checked(rep, run_queue, ANN)
    page = as_user(rep).post(
        f"/imports/{batch.pk}/check/",
        {"duplicates": "update", "owner": f"user:{rep.pk}", "tag": "keep me"},
    )
    assert page.status_code == 422
    assert "Choose on what ground" in text(page) and "Say where these people come" in text(page)
    assert 'value="keep me"' in text(page) and 'id="dup-update" checked' in text(page)
    batch.refresh_from_db()
    assert batch.state == State.CHECKED


def test_a_rep_hands_out_to_nobody_else(
    rep: Any, mate: Any, team: Any, as_user: AsUser, run_queue: RunQueue
) -> None:
    batch = checked(rep, run_queue, ANN)
    answer = {"basis": "consent", "basis_source": "Fair", "duplicates": "fill"}
    for owner in (f"user:{mate.pk}", f"team:{team.pk}", "user:x", ""):
        page = as_user(rep).post(f"/imports/{batch.pk}/check/", {**answer, "owner": owner})
        assert page.status_code == 422


def test_a_manager_hands_out_within_the_team(
    manager: Any, mate: Any, stranger: Any, team: Any, as_user: AsUser, run_queue: RunQueue
) -> None:
    batch = checked(manager, run_queue, ANN)
    page = text(as_user(manager).get(f"/imports/{batch.pk}/check/"))
    assert f'value="user:{mate.pk}"' in page and f'value="team:{team.pk}"' in page
    assert f'value="user:{stranger.pk}"' not in page
    answer = {"basis": "consent", "basis_source": "Fair", "duplicates": "fill"}
    url = f"/imports/{batch.pk}/check/"
    assert as_user(manager).post(url, {**answer, "owner": f"team:{team.pk}"}).status_code == 302
    batch.refresh_from_db()
    assert (batch.round_team, batch.owner) == (team, None)


def test_bad_rows_come_back_as_a_safe_file(rep: Any, as_user: AsUser, run_queue: RunQueue) -> None:
    batch = imported(rep, run_queue, ANN, "=1+1;@x;nope;;;;", "Short")
    response = as_user(rep).get(f"/imports/{batch.pk}/bad-rows.csv")
    data = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(data), delimiter=";"))
    assert rows[0][:3] == ["First name", "Last name", "Email"] and rows[0][-2:] == ["Row", "Reason"]
    assert rows[1][:3] == ["'=1+1", "'@x", "nope"] and rows[1][-2] == "3"
    assert rows[2][0] == "Short" and len({len(row) for row in rows}) == 1
    assert "attachment" in response["Content-Disposition"]


def test_the_check_says_how_many_rows_it_does_not_show(
    rep: Any, as_user: AsUser, run_queue: RunQueue
) -> None:
    rows = [f"Ann{n};Berg;ann{n}@x.example;;;;" for n in range(7)]
    url = reverse("leads:import_check", args=[checked(rep, run_queue, *rows).pk])
    page = as_user(rep).get(url).content.decode()
    assert "Ann5" in page and "Ann6" not in page and "1 more" in page
    url = reverse("leads:import_check", args=[checked(rep, run_queue, *rows[:6]).pk])
    assert " more</span>" not in as_user(rep).get(url).content.decode()


PAGES = ["import_match", "import_check", "import_run", "import_undo", "import_bad_rows"]


@pytest.mark.parametrize("name", PAGES)
def test_imports_are_seen_by_their_user_and_those_above(
    name: str,
    rep: Any,
    mate: Any,
    manager: Any,
    owner: Any,
    stranger: Any,
    other_manager: Any,
    as_user: AsUser,
    run_queue: RunQueue,
) -> None:
    batch = imported(rep, run_queue, ANN)
    url = reverse(f"leads:{name}", args=[batch.pk])
    for user in (rep, manager, owner):
        assert as_user(user).get(url).status_code in (200, 302)
    for user in (mate, stranger, other_manager):
        assert as_user(user).get(url).status_code == 404
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("name", ["import_check", "import_run", "import_undo", "import_discard"])
def test_nobody_else_acts_on_an_import(
    name: str, rep: Any, mate: Any, stranger: Any, as_user: AsUser, run_queue: RunQueue
) -> None:
    batch = checked(rep, run_queue, ANN)
    for user in (mate, stranger):
        assert as_user(user).post(reverse(f"leads:{name}", args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == State.CHECKED


def test_the_list_shows_own_imports_only(
    rep: Any, mate: Any, manager: Any, as_user: AsUser
) -> None:
    imports.upload(rep, csv_file(ANN, name="mine.csv"))
    assert "mine.csv" not in text(as_user(mate).get("/leads/import/"))
    page = text(as_user(manager).get("/leads/import/"))
    assert "mine.csv" in page and rep.name in page


def test_discard(rep: Any, as_user: AsUser, run_queue: RunQueue) -> None:
    batch = checked(rep, run_queue, ANN)
    as_user(rep).post(f"/imports/{batch.pk}/discard/")
    assert not ImportBatch.objects.exists() and not list(imports.folder().iterdir())
    batch = imported(rep, run_queue, ANN)
    page = as_user(rep).post(f"/imports/{batch.pk}/discard/", follow=True)
    assert "Use Undo" in text(page) and ImportBatch.objects.exists()


def test_a_stopped_import_offers_to_go_on(rep: Any, as_user: AsUser, run_queue: RunQueue) -> None:
    batch = checked(rep, run_queue, ANN)
    start(batch, rep)
    ImportBatch.objects.filter(pk=batch.pk).update(state=State.STOPPED)
    url = f"/imports/{batch.pk}/run/"
    assert "Go on at row" in text(as_user(rep).get(url))
    as_user(rep).post(url)
    batch.refresh_from_db()
    assert batch.state == State.RUNNING


def test_pages_follow_the_state(rep: Any, as_user: AsUser, run_queue: RunQueue) -> None:
    client = as_user(rep)
    batch = imports.upload(rep, csv_file(ANN))
    assert client.get(f"/imports/{batch.pk}/check/").url == f"/imports/{batch.pk}/"
    assert client.get(f"/imports/{batch.pk}/run/").url == f"/imports/{batch.pk}/"
    batch = checked(rep, run_queue, ANN)
    assert client.get(f"/imports/{batch.pk}/").url == f"/imports/{batch.pk}/check/"
    assert client.get(f"/imports/{batch.pk}/undo/").url == f"/imports/{batch.pk}/check/"
    batch = undone(imported(rep, run_queue, ANN), rep, run_queue)
    assert client.get(f"/imports/{batch.pk}/undo/").url == f"/imports/{batch.pk}/run/"
    page = client.post(f"/imports/{batch.pk}/undo/", follow=True)
    assert "cannot be undone" in text(page)


def test_queries_do_not_grow_with_the_rows(
    rep: Any, as_user: AsUser, run_queue: RunQueue, django_assert_max_num_queries: Any
) -> None:
    lines = [f"P{i};;p{i}@x{i}.example;;C{i};;" for i in range(300)]
    batch = checked(rep, run_queue, *lines)
    start(batch, rep)
    with django_assert_max_num_queries(70):  # 300 leads in multi-row statements
        run_queue()
    client = as_user(rep)
    with django_assert_max_num_queries(25):
        client.get("/leads/import/")
    with django_assert_max_num_queries(25):
        client.get(f"/imports/{batch.pk}/run/")
