"""Imports from upload to result: counts, rules, resume, stop, races, undo."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.utils import timezone

from leads import thread
from leads.intake.base import IntakeError
from leads.models import Company, ImportBatch, Lead, Suppression, ThreadEvent
from leads.services import import_rows, import_run, imports, suppression
from leads.tests.importing import HEADER, checked, csv_file, imported, start, undone
from salesagent.lib.models import Job

State = ImportBatch.State
RunQueue = Callable[[], list[str]]
ANN = "Ann;Groß;ann@polna.example;61 555 01 27;Polna;Poznań".replace("ń", "n") + ";Polen"
BO = "Bo;Noël;bo@vogel.example;;Vogel GmbH;Köln;Deutschland"


# --- upload -------------------------------------------------------------------------------------


def test_upload_looks_at_the_file(rep: Any) -> None:
    batch = imports.upload(rep, csv_file(ANN, name="../../etc/pass\r\nwd.csv"))
    assert (batch.state, batch.kind, batch.user) == (State.UPLOADED, "csv", rep)
    assert "/" not in batch.file_name and "\n" not in batch.file_name
    assert batch.mapping["2"] == "email" and batch.columns[4] == "Company"
    path = imports.path_of(batch)
    assert path.is_file() and "pass" not in path.name
    assert path.stat().st_mode & 0o077 == 0


def test_too_large_a_file_is_refused_and_not_kept(rep: Any, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 1024
    with pytest.raises(IntakeError, match="larger than") as caught:
        imports.upload(rep, SimpleUploadedFile("x.csv", b"a,b\n" * 999))
    assert caught.value.field == "file"
    assert not list(imports.folder().iterdir())


@pytest.mark.parametrize("data", [b"%PDF-1.4", b"\n\n", b"PK\x03\x04"])
def test_unreadable_file_leaves_nothing_behind(rep: Any, data: bytes) -> None:
    with pytest.raises(IntakeError):
        imports.upload(rep, SimpleUploadedFile("x.csv", data))
    assert not list(imports.folder().iterdir()) and not ImportBatch.objects.exists()


def test_reading_it_another_way_guesses_anew(rep: Any) -> None:
    batch = imports.upload(rep, csv_file(ANN))
    imports.reread(batch, {"delimiter": ",", "has_header": False})
    assert len(batch.columns) == 1
    imports.reread(batch, {"delimiter": ";", "has_header": True})
    assert batch.mapping["2"] == "email"


def test_columns_without_an_address_cannot_be_used(rep: Any) -> None:
    batch = imports.upload(rep, csv_file(ANN))
    with pytest.raises(IntakeError, match="Choose the column"):
        imports.save_mapping(batch, {"0": "first_name"})
    batch.refresh_from_db()
    assert batch.mapping["2"] == "email"


# --- check --------------------------------------------------------------------------------------


def test_check_counts_and_changes_nothing(
    rep: Any, mate: Any, lead: Any, run_queue: RunQueue
) -> None:
    Lead.objects.create(owner=mate, email="theirs@x.example")
    suppression.suppress(address="bo@vogel.example", reason="opted_out", source="t", actor="system")
    before = ThreadEvent.objects.count(), Lead.objects.count(), Company.objects.count()
    batch = checked(
        rep,
        run_queue,
        ANN,
        BO,
        "Ann;;ANN@polna.example;;;;",
        "Marta;Kowalczyk;M.KOWALCZYK@polna.example;;;;Polen",
        "Bad;;nope;;;;",
        "None;;;;;;",
        "X;;theirs@x.example;;;;",
    )
    counts = batch.report["counts"]
    assert batch.state == State.CHECKED
    assert counts == {
        **{"rows": 7, "new": 2, "suppressed": 1, "repeated": 1, "here": 1, "differs": 0},
        **{"same": 1, "invalid": 2, "colleague": 1},
    }
    assert batch.report["examples"]["invalid"][0]["text"].startswith("“nope” is not")
    assert [bad.row for bad in batch.bad_rows.all()] == [6, 7, 8]
    assert before == (ThreadEvent.objects.count(), Lead.objects.count(), Company.objects.count())


def test_check_tells_what_would_be_filled_and_what_differs(
    rep: Any, lead: Any, run_queue: RunQueue
) -> None:
    lead.city = ""
    lead.save()
    batch = checked(rep, run_queue, "Martha;;m.kowalczyk@polna.example;;;Lodz;Polen")
    (example,) = batch.report["examples"]["fill"]
    assert example["text"] == "Gets city"
    assert batch.report["counts"]["differs"] == 1


def test_check_of_a_file_that_is_gone_goes_back_with_the_reason(
    rep: Any, run_queue: RunQueue
) -> None:
    batch = imports.upload(rep, csv_file(ANN))
    imports.path_of(batch).unlink()
    imports.start_check(batch, rep)
    with pytest.raises(IntakeError):
        run_queue()
    batch.refresh_from_db()
    assert batch.state == State.UPLOADED and "Choose it again" in batch.report["error"]
    assert Job.objects.get().state == Job.State.FAILED


def test_check_starts_once(rep: Any) -> None:
    batch = imports.upload(rep, csv_file(ANN))
    assert imports.start_check(batch, rep) is not None
    assert imports.start_check(batch, rep) is None


# --- run ----------------------------------------------------------------------------------------


def test_rows_become_leads(rep: Any, workspace: Any, run_queue: RunQueue) -> None:
    batch = imported(rep, run_queue, ANN, BO, tag="Messe 2026")
    ann, bo = Lead.objects.order_by("pk")
    assert (ann.first_name, ann.last_name, ann.email) == ("Ann", "Groß", "ann@polna.example")
    assert (ann.phone, ann.country, ann.company_name) == ("+48615550127", "PL", "Polna")
    assert (ann.owner, ann.import_batch, ann.tags) == (rep, batch, ["messe 2026"])
    assert (ann.lawful_basis, ann.basis_source) == ("legitimate_interest", "Trade fair")
    assert ann.company.domain == "polna.example" and bo.company.name_key == "vogel"
    assert ann.scored_at and "Polna" in ann.search_text and ann.source == "File fair.csv"
    event = ThreadEvent.objects.get(lead=ann)
    assert (event.kind, event.actor) == ("lead.imported", rep.actor)
    assert event.data == {"file": "fair.csv", "batch": batch.pk, "row": 2}
    assert batch.state == State.DONE and batch.counts == {"rows": 2, "new": 2}
    assert not imports.folder().joinpath(batch.path or "x").is_file()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"basis": ""}, "basis"),
        ({"basis": "whim"}, "basis"),
        ({"basis_source": " "}, "basis_source"),
    ],
)
def test_without_lawful_basis_nothing_starts(
    rep: Any, run_queue: RunQueue, options: dict[str, str], field: str
) -> None:
    batch = checked(rep, run_queue, ANN)
    with pytest.raises(IntakeError) as caught:
        start(batch, rep, **options)
    assert caught.value.field == field
    assert run_queue() == [] and not Lead.objects.exists()


def test_run_starts_once_and_only_after_the_check(rep: Any, run_queue: RunQueue) -> None:
    batch = imports.upload(rep, csv_file(ANN))
    assert start(batch, rep) is None
    batch = checked(rep, run_queue, ANN)
    assert start(batch, rep) is not None
    assert start(batch, rep) is None
    assert run_queue() == ["leads.import_tasks.run_import"]


def test_a_task_that_runs_twice_imports_once(rep: Any, run_queue: RunQueue) -> None:
    batch = imported(rep, run_queue, ANN)
    import_run.run(batch.job_id)
    batch.refresh_from_db()
    assert Lead.objects.count() == 1 and batch.counts["new"] == 1


@pytest.mark.parametrize(
    ("rule", "title", "city", "count"),
    [
        ("skip", "Operations Director", "", "kept"),
        ("fill", "Operations Director", "Lodz", "filled"),
        ("update", "CEO", "Lodz", "filled"),
    ],
)
def test_duplicates_rule(
    rep: Any, lead: Any, run_queue: RunQueue, rule: str, title: str, city: str, count: str
) -> None:
    lead.city = ""
    lead.save()
    header = "Email;Title;City;Shoe size"
    batch = checked(rep, run_queue, "M.Kowalczyk@POLNA.example;CEO;Lodz;42", header=header)
    imports.save_mapping(batch, {**batch.mapping, "3": "custom"})
    start(batch, rep, duplicates=rule, tag="fair")
    run_queue()
    lead.refresh_from_db()
    batch.refresh_from_db()
    assert (lead.title, lead.city) == (title, city)
    assert lead.email == "m.kowalczyk@polna.example" and lead.lawful_basis == "legitimate_interest"
    assert lead.custom == ({} if rule == "skip" else {"Shoe size": "42"})
    assert lead.tags == ([] if rule == "skip" else ["fair"])
    assert batch.counts == {"rows": 1, count: 1}
    assert batch.changes.count() == (rule != "skip")
    assert lead.events.filter(kind="lead.changed").count() == (rule != "skip")


def test_an_address_is_never_replaced(rep: Any, run_queue: RunQueue) -> None:
    Lead.objects.create(
        owner=rep, first_name="Ann", phone="+48615550127", email="old@polna.example"
    )
    imported(rep, run_queue, "Ann;;new@polna.example;+48 61 555 01 27;;;", duplicates="update")
    assert set(Lead.objects.values_list("email", flat=True)) == {
        *("old@polna.example", "new@polna.example"),
    }


def test_phone_and_name_find_a_person_without_address(rep: Any, run_queue: RunQueue) -> None:
    known = Lead.objects.create(
        owner=rep, first_name="Ann", last_name="Gross", phone="+48615550127"
    )
    batch = imported(
        rep,
        run_queue,
        "Ann;Groß;ann@polna.example;+48 61 555 01 27;;;",  # the same name, folded
        "Bo;Noël;bo@polna.example;+48 61 555 01 27;;;",  # the same switchboard
    )
    known.refresh_from_db()
    assert known.email == "ann@polna.example"
    assert batch.counts == {"rows": 2, "filled": 1, "new": 1}


def test_repeated_rows_make_one_lead_by_the_same_rule(rep: Any, run_queue: RunQueue) -> None:
    batch = imported(
        rep, run_queue, "Ann;;ann@polna.example;;;;", "Ann;Groß;ANN@polna.example;;;Köln;"
    )
    lead = Lead.objects.get()
    assert (lead.last_name, lead.city) == ("Groß", "Köln") and "Köln" in lead.search_text
    assert batch.counts == {"rows": 2, "new": 1, "repeated": 1}


def test_repeated_rows_far_apart(
    rep: Any, run_queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.services.import_rows.PART", 1)
    monkeypatch.setattr("leads.services.import_rows.parts.__defaults__", (1,))
    batch = imported(
        rep, run_queue, "Ann;;ann@polna.example;;;;", BO, "Ann;Groß;ann@polna.example;;;;"
    )
    assert Lead.objects.get(email="ann@polna.example").last_name == "Groß"
    assert batch.counts["repeated"] == 1 and not batch.changes.exists()


def test_colleagues_leads_are_left_alone(
    rep: Any, stranger: Any, manager: Any, run_queue: RunQueue
) -> None:
    theirs = Lead.objects.create(owner=stranger, email="ann@polna.example")
    batch = imported(rep, run_queue, ANN, duplicates="update")
    theirs.refresh_from_db()
    assert theirs.first_name == "" and batch.counts == {"rows": 1, "colleague": 1}
    assert batch.bad_rows.get().reason == "Already a lead of a colleague"


def test_companies_meet_by_domain_then_by_name(rep: Any, lead: Any, run_queue: RunQueue) -> None:
    imported(
        rep,
        run_queue,
        "A;;a@polna.example;;Polna Sp. z o.o.;;",
        "B;;b@gmail.com;;POLNA BAKERIES;;",
        "C;;c@gmail.com;;;;",
        "D;;d@fresh.example;;;;",
    )
    companies = {x.first_name: x.company for x in Lead.objects.exclude(pk=lead.pk)}
    assert companies["A"] == lead.company and companies["B"] == lead.company
    assert companies["C"] is None and companies["D"].name == "fresh.example"
    assert Company.objects.count() == 2


def test_suppressed_come_in_counted_and_marked(rep: Any, run_queue: RunQueue) -> None:
    suppression.suppress(address="polna.example", reason="manual", source="t", actor="system")
    batch = imported(rep, run_queue, ANN, BO)
    assert batch.counts == {"rows": 2, "new": 2, "suppressed": 1}
    marked = [e.lead.first_name for e in ThreadEvent.objects.all() if e.data.get("suppressed")]
    assert marked == ["Ann"] and Suppression.objects.count() == 1


def test_round_robin_goes_on_over_parts(
    manager: Any, rep: Any, mate: Any, team: Any, run_queue: RunQueue, monkeypatch: Any
) -> None:
    monkeypatch.setattr("leads.services.import_rows.parts.__defaults__", (3,))
    lines = [f"P{i};;p{i}@x{i}.example;;;;" for i in range(8)]
    imported(manager, run_queue, *lines, owner=None, round_team=team)
    owners = list(Lead.objects.order_by("pk").values_list("owner_id", flat=True))
    assert owners == [rep.pk, mate.pk] * 4


def test_notes_and_pains_of_the_file(rep: Any, run_queue: RunQueue) -> None:
    header = "Email;Pain;Note"
    imported(rep, run_queue, "a@polna.example;Night failures;Met at the bar", header=header)
    lead = Lead.objects.get()
    pain = lead.pains.get()
    assert (pain.text, pain.source, pain.verified) == ("Night failures", "Trade fair", True)
    note = lead.events.get(kind="note.added")
    assert note.body == "Met at the bar"


def test_header_injection_in_names_stays_one_line(rep: Any, run_queue: RunQueue) -> None:
    line = '"Ann\r\nBcc: all@x.example";"=cmd|\' /C calc\'!A0";a@polna.example;;;;'
    imported(rep, run_queue, line)
    lead = Lead.objects.get()
    assert lead.first_name == "Ann Bcc: all@x.example"
    assert "\n" not in lead.last_name + lead.search_text


def test_bad_rows_are_kept_with_their_reason(rep: Any, run_queue: RunQueue) -> None:
    batch = imported(rep, run_queue, ANN, "Bad;;nope;;;;")
    bad = batch.bad_rows.get()
    assert bad.row == 3 and bad.cells[0] == "Bad" and "not an email" in bad.reason
    assert batch.counts == {"rows": 2, "new": 1, "invalid": 1}


# --- resume, stop, races ------------------------------------------------------------------------


class Killed(BaseException):
    """kill -9: nothing after it runs."""


def _parts_of(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("leads.services.import_rows.parts.__defaults__", (size,))


def test_killed_import_goes_on_where_it_was(
    rep: Any, run_queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    _parts_of(monkeypatch, 10)
    lines = [f"P{i};;p{i}@x{i % 7}.example;;C{i % 7};;" for i in range(35)]
    batch = checked(rep, run_queue, *lines)
    job = start(batch, rep)
    real, calls = import_run.Part.write, []

    def die_in_the_third(self: Any) -> Any:
        counts = real(self)
        calls.append(1)
        if len(calls) == 3:
            raise Killed
        return counts

    monkeypatch.setattr(import_run.Part, "write", die_in_the_third)
    monkeypatch.setattr("salesagent.lib.jobs.Reporter.__exit__", lambda *a: False)
    monkeypatch.setattr(imports, "finish", lambda *a, **k: False)
    with pytest.raises(Killed):
        import_run.run(job.pk)
    monkeypatch.undo()
    _parts_of(monkeypatch, 10)
    batch.refresh_from_db()
    assert (batch.state, batch.rows_done, Lead.objects.count()) == (State.RUNNING, 20, 20)
    assert imports.look_after() == 0  # it may be alive yet
    Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - timedelta(minutes=5))
    run_queue()  # the queue's own second try finds the job taken and leaves
    assert imports.look_after() == 1
    run_queue()
    batch.refresh_from_db()
    assert batch.state == State.DONE and batch.counts == {"rows": 35, "new": 35}
    assert Lead.objects.count() == 35 and ThreadEvent.objects.count() == 35
    assert sorted(Lead.objects.values_list("first_name", flat=True)) == sorted(
        f"P{i}" for i in range(35)
    )


def test_a_zombie_cannot_write_after_the_take_over(
    rep: Any, run_queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(rep, run_queue, ANN)
    job = start(batch, rep)
    real = import_rows.Desk.ready

    def overtaken(self: Any, row: Any) -> Any:
        other = Job.objects.create(kind="import", title="x", owner=rep)
        ImportBatch.objects.filter(pk=batch.pk).update(job=other)
        return real(self, row)

    monkeypatch.setattr(import_rows.Desk, "ready", overtaken)
    with pytest.raises(import_run.Superseded):
        import_run.run(job.pk)
    batch.refresh_from_db()
    assert batch.state == State.RUNNING and batch.rows_done == 0 and not Lead.objects.exists()


def test_stop_keeps_what_is_in_and_can_go_on(
    rep: Any, run_queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from salesagent.lib import jobs

    _parts_of(monkeypatch, 2)
    batch = checked(rep, run_queue, *[f"P{i};;p{i}@x.example;;;;" for i in range(6)])
    job = start(batch, rep)
    real = import_run.Part.write

    def stop_meanwhile(self: Any) -> Any:
        jobs.ask_stop(job)
        return real(self)

    monkeypatch.setattr(import_run.Part, "write", stop_meanwhile)
    monkeypatch.setattr(jobs, "REPORT_EVERY", 0)
    run_queue()
    batch.refresh_from_db()
    assert (batch.state, batch.rows_done, Lead.objects.count()) == (State.STOPPED, 2, 2)
    monkeypatch.setattr(import_run.Part, "write", real)
    assert imports.go_on(batch, rep) is not None
    run_queue()
    batch.refresh_from_db()
    assert batch.state == State.DONE and batch.counts == {"rows": 6, "new": 6}


def test_a_failure_is_told_and_can_be_undone(
    rep: Any, run_queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    _parts_of(monkeypatch, 1)
    batch = checked(rep, run_queue, ANN, BO)
    start(batch, rep)
    real = import_run.Part.write

    def break_at_bo(self: Any) -> Any:
        if self.part[0].lead.first_name == "Bo":
            raise OSError("disk full")
        return real(self)

    monkeypatch.setattr(import_run.Part, "write", break_at_bo)
    with pytest.raises(OSError, match="disk full"):
        run_queue()
    batch.refresh_from_db()
    assert (batch.state, batch.rows_done) == (State.FAILED, 1)
    assert "disk full" in Job.objects.get(kind="import").error
    batch = undone(batch, rep, run_queue)
    assert batch.state == State.UNDONE and imports.go_on(batch, rep) is None


def test_an_address_that_comes_in_at_the_same_moment(
    rep: Any, run_queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(rep, run_queue, ANN)
    start(batch, rep)
    real, init, done = import_run.Part.write, import_run.Part.__init__, []

    def somebody_is_faster(self: Any) -> Any:
        if not done:
            done.append(1)
            raise IntegrityError("UNIQUE constraint failed: leads_lead.email")
        return real(self)

    def their_row(self: Any, *args: Any) -> None:
        if done:
            Lead.objects.create(owner=rep, email="ann@polna.example")
        init(self, *args)

    monkeypatch.setattr(import_run.Part, "write", somebody_is_faster)
    monkeypatch.setattr(import_run.Part, "__init__", their_row)
    run_queue()
    batch.refresh_from_db()
    assert Lead.objects.count() == 1 and batch.counts == {"rows": 1, "filled": 1}


def test_old_files_are_deleted(rep: Any, run_queue: RunQueue) -> None:
    fresh = imports.upload(rep, csv_file(ANN))
    never_run = imports.upload(rep, csv_file(ANN))
    long_ago = timezone.now() - timedelta(days=8)
    ImportBatch.objects.filter(pk=never_run.pk).update(created_at=long_ago)
    imports.look_after()
    assert not ImportBatch.objects.filter(pk=never_run.pk).exists()
    assert [p.name for p in imports.folder().iterdir()] == [fresh.path]


# --- undo ---------------------------------------------------------------------------------------


def test_undo_takes_new_leads_back_and_the_file_brings_them_again(
    rep: Any, run_queue: RunQueue
) -> None:
    first = undone(imported(rep, run_queue, ANN, BO), rep, run_queue)
    assert first.report["undo"]["counts"] == {"withdrawn": 2}
    assert not Lead.objects.filter(archived_at=None).exists()
    assert ThreadEvent.objects.filter(kind="lead.archived").count() == 2
    second = imported(rep, run_queue, ANN.replace("Ann", "Anna"), basis="consent")
    lead = Lead.objects.get(archived_at=None)
    assert (lead.first_name, lead.lawful_basis) == ("Anna", "consent")
    assert second.counts == {"rows": 1, "new": 1} and Lead.objects.count() == 2
    assert lead.events.filter(kind="lead.imported").count() == 2


def test_a_lead_archived_by_hand_is_not_brought_back(rep: Any, run_queue: RunQueue) -> None:
    imported(rep, run_queue, ANN)
    Lead.objects.update(archived_at=timezone.now())
    batch = imported(rep, run_queue, ANN)
    assert batch.counts == {"rows": 1, "kept": 1}
    assert Lead.objects.get().archived_at


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("touch.sent", "a message was sent"),
        ("touch.approved", "a message was approved"),
        ("reply.received", "they answered"),
        ("note.added", "somebody wrote a note"),
        ("lead.stage_changed", "the stage was changed"),
        ("deal.opened", "there is a deal"),
        ("lead.restored", "somebody worked on it"),
    ],
)
def test_undo_leaves_who_was_worked_on(rep: Any, run_queue: RunQueue, kind: str, why: str) -> None:
    batch = imported(rep, run_queue, ANN, BO)
    ann = Lead.objects.get(first_name="Ann")
    thread.record(lead=ann, kind=kind, actor="user:1")
    batch = undone(batch, rep, run_queue)
    ann.refresh_from_db()
    assert ann.archived_at is None
    assert batch.report["undo"]["kept"] == {why: 1}
    assert batch.report["undo"]["examples"][0]["lead"] == ann.pk
    assert batch.report["undo"]["counts"] == {"withdrawn": 1}


@pytest.mark.parametrize("kind", ["lead.scored", "enrollment.started", "touch.drafted"])
def test_what_machines_did_does_not_hold_a_lead(rep: Any, run_queue: RunQueue, kind: str) -> None:
    batch = imported(rep, run_queue, ANN)
    thread.record(lead=Lead.objects.get(), kind=kind, actor="system")
    assert undone(batch, rep, run_queue).report["undo"]["counts"] == {"withdrawn": 1}


def test_the_imports_own_note_does_not_hold_a_lead(rep: Any, run_queue: RunQueue) -> None:
    batch = imported(rep, run_queue, "a@polna.example;Hello", header="Email;Note")
    assert undone(batch, rep, run_queue).report["undo"]["counts"] == {"withdrawn": 1}


def test_undo_puts_old_values_back_where_they_are_still_ours(
    rep: Any, lead: Any, run_queue: RunQueue
) -> None:
    header = "Email;Title;City;Tags;Pain"
    line = "m.kowalczyk@polna.example;CEO;Lodz;hot,fair;Night failures"
    batch = imported(rep, run_queue, line, header=header, duplicates="update")
    lead.refresh_from_db()
    assert (lead.title, lead.city, lead.tags) == ("CEO", "Lodz", ["hot", "fair"])
    lead.title = "Owner"  # a person was here
    lead.tags = ["hot", "own"]
    lead.save()
    batch = undone(batch, rep, run_queue)
    lead.refresh_from_db()
    assert (lead.title, lead.city, lead.tags) == ("Owner", "Poznań", ["own"])
    assert not lead.pains.exists() and "Poznań" in lead.search_text
    assert lead.archived_at is None
    undo = batch.report["undo"]
    assert undo["counts"] == {"restored": 1} and undo["kept"] == {"changed since": 1}
    assert "title" in undo["examples"][0]["text"]


def test_undo_of_two_rows_for_one_lead_goes_backwards(
    rep: Any, lead: Any, run_queue: RunQueue
) -> None:
    lines = [f"m.kowalczyk@polna.example;{title}" for title in ("CEO", "COO")]
    batch = imported(rep, run_queue, *lines, header="Email;Title", duplicates="update")
    undone(batch, rep, run_queue)
    lead.refresh_from_db()
    assert lead.title == "Operations Director"


def test_undo_keeps_the_address_a_message_went_to(rep: Any, run_queue: RunQueue) -> None:
    known = Lead.objects.create(owner=rep, first_name="Ann", phone="+48615550127")
    batch = imported(rep, run_queue, "Ann;;ann@polna.example;+48 61 555 01 27;;Köln;")
    known.refresh_from_db()
    thread.record(lead=known, kind="touch.sent", actor="system", channel="email")
    batch = undone(batch, rep, run_queue)
    known.refresh_from_db()
    assert (known.email, known.city) == ("ann@polna.example", "")
    assert batch.report["undo"]["kept"] == {"they were contacted there": 1}


def test_undo_runs_once_and_its_task_may_run_twice(rep: Any, run_queue: RunQueue) -> None:
    from leads.services import import_undo

    batch = undone(imported(rep, run_queue, ANN), rep, run_queue)
    assert imports.start_undo(batch, rep) is None
    import_undo.undo(batch.job_id)
    assert ThreadEvent.objects.filter(kind="lead.archived").count() == 1


def test_killed_undo_goes_on(rep: Any, run_queue: RunQueue, monkeypatch: Any) -> None:
    from leads.services import import_undo

    monkeypatch.setattr(import_undo, "PART", 2)
    batch = imported(rep, run_queue, *[f"P{i};;p{i}@x.example;;;;" for i in range(5)])
    thread.record(lead=Lead.objects.first(), kind="note.added", actor="user:1")  # type: ignore[arg-type]
    job = imports.start_undo(batch, rep)
    assert job
    real, calls = import_undo.Undo._withdraw, []

    def die_in_the_second(self: Any, part: Any) -> None:
        real(self, part)
        calls.append(1)
        if len(calls) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(import_undo.Undo, "_withdraw", die_in_the_second)
        patch.setattr("salesagent.lib.jobs.Reporter.__exit__", lambda *a: False)
        patch.setattr(imports, "finish", lambda *a, **k: False)
        with pytest.raises(Killed):
            import_undo.undo(job.pk)
    run_queue()
    Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - timedelta(minutes=5))
    assert imports.look_after() == 1
    run_queue()
    batch.refresh_from_db()
    undo = batch.report["undo"]
    assert batch.state == State.UNDONE
    assert undo["counts"] == {"withdrawn": 4} and undo["kept"] == {"somebody wrote a note": 1}


def test_export_comes_back_as_it_was(rep: Any, run_queue: RunQueue) -> None:
    from salesagent.lib.text import formula_safe

    cells = ["=Ann", "-Groß", "a@polna.example", "+48615550127", "@Polna", "Köln", "Polen"]
    imported(rep, run_queue, ";".join(formula_safe(cell) for cell in cells))
    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.company_name) == ("=Ann", "-Groß", "@Polna")
    assert lead.phone == "+48615550127"


@pytest.mark.slow
def test_fifty_thousand_rows(rep: Any, run_queue: RunQueue) -> None:
    """Semicolons, cp1252, a mark here and there, quoted newlines, empty and ragged rows."""
    lines = []
    for i in range(50_000):
        name = '"Jürgen\nvon"' if i % 1000 == 7 else f"Ann{i}"
        line = f"{name};Groß{i};p{i}@firma{i // 4}.example;0151 1{i:06d};Firma {i // 4};Köln;DE"
        lines.append(line if i % 500 else f"{line};;extra")
        if i % 5000 == 0:
            lines.append("")
    batch = imports.upload(rep, csv_file(*lines, header=HEADER))
    ImportBatch.objects.filter(pk=batch.pk).update(state=State.CHECKED)  # the check takes as long
    start(batch, rep)
    run_queue()
    batch.refresh_from_db()
    assert batch.counts == {"rows": 50_000, "new": 50_000}
    assert Lead.objects.count() == ThreadEvent.objects.count() == 50_000
    assert Company.objects.count() == 12_500
    assert Lead.objects.filter(first_name="Jürgen von").count() == 50
