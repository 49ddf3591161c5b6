"""`manage.py restore`, as people run it: the data comes back whole, or nothing has changed."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from salesagent.lib import backup, swap
from salesagent.lib.tests.backup_kit import KEY, RECIPIENT, Site, prints, table_hash
from salesagent.lib.tests.conftest import OTHER, copied

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # many programs are started


FILES = ("salesagent.sqlite3", "restored-keys.json", "former-", "link", "backups")


def test_on_a_new_machine_all_is_as_it_was(first, restored):
    new, said = restored
    assert "Nothing is sent until the owner" in said and "restored-keys.json" in said
    assert prints(new.folder, FILES) == prints(first.folder, FILES), "files byte for byte"
    for sql in ("SELECT * FROM leads_lead ORDER BY id", "SELECT * FROM outreach_step"):
        before, after = (
            table_hash(one.database, sql.replace("*", "id, first_name" if "lead" in sql else "*"))
            for one in (first, new)
        )
        assert before == after
    assert new.rows("PRAGMA integrity_check") == [("ok",)]
    assert not (new.folder / "link").exists(), "a link is not followed"
    modes = oct((new.folder / "restored-keys.json").stat().st_mode)[-3:]
    assert modes == "600"


def test_secrets_and_hashes_of_the_other_machine_are_read(first, file, new):
    new.restore(file)  # a second time, when the keys are known by then
    code = """
from outreach.models import Mailbox
from salesagent.lib import crypto, signing
print(Mailbox.objects.get().password, crypto.keyed_hash("a@b", purpose="x"))
print(signing.read("u", TOKEN))
crypto_box = Mailbox.objects.get(); crypto_box.password = "new-word"; crypto_box.save()
print(Mailbox.objects.get().password)
"""
    token, hashed = first.python(
        'from salesagent.lib import crypto, signing; print(signing.make("u", 7));'
        'print(crypto.keyed_hash("a@b", purpose="x"))'
    ).splitlines()
    lines = new.python(f"TOKEN = {token!r}" + code).splitlines()
    assert lines == [f"mailbox-secret-42 {hashed}", "7", "new-word"]


def test_the_program_starts_on_it_and_serves_a_page(new):
    assert "no issues" in new.run("check")
    code = """
from django.test import Client
from salesagent.accounts.models import User
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get(email="owner@own.example"),
                   backend="django.contrib.auth.backends.ModelBackend")
page = client.get("/leads/")
print(page.status_code, b"Zilpzalp2" in page.content)
print(b"Restored from the backup of" in client.get("/settings/mailboxes/").content)
"""
    assert new.python(code).splitlines() == ["200 True", "True"]


AGAIN = """
from django.core.management import CommandError, call_command
try:
    call_command("restore", start_again="x@y.example")
except CommandError as error:
    print(error)
call_command("restore", start_again="owner@own.example")
call_command("restore", start_again="owner@own.example")
"""


def test_everything_that_sends_is_held_until_the_owner_starts_again(restored, new):
    said = restored[1]
    for words in ("mailbox jonas@halden.example", "Texts (SMS", "4 people", "4 approved messages"):
        assert words in said
    code = """
from outreach import tasks
from outreach.models import Enrollment, Mailbox, Touch, Task
from outreach.services import policy
from salesagent.accounts.models import Connection
from salesagent.lib import hold
print(hold.reason())
tasks.tick()
box = Mailbox.objects.get()
print(box.state, box.paused_code, box.paused_reason == hold.reason())
print(sorted(set(Enrollment.objects.values_list("state", "reason_note"))))
print(set(Touch.objects.values_list("state", "approved_hash")))
print(Connection.objects.get(service="twilio").state, Task.objects.filter(state="open").count())
touch = Touch.objects.select_related("lead", "enrollment__sequence", "mailbox").first()
touch.state, touch.approved_hash = "approved", policy.text_hash(touch)
print(policy.may_send(touch).text)
"""
    lines = new.python(code).splitlines()
    assert lines[0].startswith("Restored from the backup of ")
    assert lines[0].endswith(". Check what went out since, then start again.")
    assert lines[1] == "paused restored True"
    assert (
        lines[2].startswith("[('paused', 'Restored from the backup of") and "), (" not in lines[2]
    )
    assert lines[3] == "{('draft', '')}"
    assert lines[4] == "broken 1"
    assert "Restored from the backup of" in lines[5]
    code = code.replace("tasks.tick()", "").replace("print(policy", "0 and print(policy")
    lines = new.python(AGAIN + code).splitlines()
    assert "no owner" in lines[0]
    assert lines[1:3] == ["Started again.", "Nothing stood still."]
    lines = lines[3:]
    assert lines[0] == "" and lines[1] == "active  True"
    assert lines[2] == "[('active', '')]" and lines[4] == "on 0"
    assert lines[3] == "{('draft', '')}", "approvals are given anew"


HOLDS = """
from leads.models import Lead
Lead.objects.create(first_name="Later")
print("open", flush=True)
input()
"""


def refuses_while_the_program_runs(site: Site, file: Path) -> None:
    other = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", "import django; django.setup()" + HOLDS],
        env=site.env(DJANGO_SETTINGS_MODULE="salesagent.settings"),
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        assert "SalesAgent runs on this data" in site.restore(file, fails=True)
        assert not list(site.folder.glob("former-*"))
    finally:
        other.communicate(b"\n")


def test_what_was_there_is_kept_beside_once_the_program_has_stopped(site, file):
    (site.folder / "mail" / "later.eml").write_text("after the backup")
    refuses_while_the_program_runs(site, file)
    said = site.restore(file)
    (former,) = site.folder.glob("former-*")
    assert f"rm -r {former}" in said
    assert (former / "mail" / "later.eml").read_text() == "after the backup"
    assert not (site.folder / "mail" / "later.eml").exists()
    with closing(sqlite3.connect(former / "salesagent.sqlite3")) as own:
        assert own.execute("SELECT count(*) FROM leads_lead").fetchone() == (5,)
    assert site.rows("SELECT count(*) FROM leads_lead") == [(4,)]
    assert not (site.folder / swap.STAGE).exists()


@pytest.mark.parametrize("where", ["elsewhere", "new/deep/inside"])
def test_the_database_may_lie_elsewhere(first, file, tmp_path, where):
    there = tmp_path / where / "own.sqlite3"
    there.parent.mkdir(parents=True)
    shutil.copy(first.database, there)
    with closing(sqlite3.connect(there)) as own:
        own.execute("UPDATE leads_lead SET first_name = 'Former'")
        own.commit()
    new = Site(tmp_path / "new", url=f"sqlite:///{there}")
    new.folder.mkdir(exist_ok=True)
    new.restore(file)
    with closing(sqlite3.connect(there)) as own:
        found = own.execute("SELECT count(*), max(first_name) FROM leads_lead").fetchone()
    assert found == (4, "Canary3")
    (old,) = [*there.parent.glob("own.sqlite3.former-*"), *new.folder.glob("former-*/deep/*/own.*")]
    with closing(sqlite3.connect(old)) as own:
        assert own.execute("SELECT max(first_name) FROM leads_lead").fetchone() == ("Former",)
    assert len(list(there.parent.iterdir())) == (2 if where == "elsewhere" else 1)
    assert not new.database.exists()


def wrong(file: Path, to: Path, how: str) -> Path:
    content = bytearray(file.read_bytes())
    if how == "cut":
        content = content[: len(content) // 2]
    if how == "altered":
        content[-5000] ^= 1
    if how == "other":
        content = bytearray(b"SQLite format 3\0" * 9)
    to.write_bytes(content)
    return to


WRONG = {
    "cut": "damaged: it was cut short or changed",
    "altered": "damaged: it was cut short or changed",
    "other": "not a backup of SalesAgent",
    "key": "does not open this backup",
}
EACH = """
from pathlib import Path
from django.conf import settings
from salesagent.lib import backup
from salesagent.lib.tests.backup_kit import prints
before = prints(Path(settings.DATA_DIR))
for path, key in FILES:
    try:
        backup.restore(Path(path), key)
    except backup.BackupError as error:
        left = (Path(settings.DATA_DIR) / ".restore").exists()
        print(Path(path).name, prints(Path(settings.DATA_DIR)) == before, left, error)
"""


def test_what_is_wrong_with_the_file_is_told_and_nothing_changes(site, file, tmp_path):
    """In one process; how the command tells it is seen in the tests below."""
    files = [
        (str(wrong(file, tmp_path / how, how)), backup.new_key()[0] if how == "key" else KEY)
        for how in WRONG
    ]
    lines = site.python(f"FILES = {files!r}\n" + EACH).splitlines()
    for line, (how, words) in zip(lines, WRONG.items(), strict=True):
        assert line.startswith(f"{how} True False ") and words in line


def test_tables_of_a_newer_program_are_refused(site, file, tmp_path):
    later = copied(site, tmp_path / "later")
    with closing(sqlite3.connect(later.database)) as own:
        own.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('leads', '9000_from_the_future', '2027-01-01')"
        )
        own.commit()
    newer = later.back_up(tmp_path / "newer.backup")
    before = prints(site.folder)
    said = site.restore(newer, fails=True)
    assert "newer than this program knows (leads 9000_from_the_future)" in said
    assert prints(site.folder) == before


def test_tables_of_an_older_program_are_brought_up_to_date(site, tmp_path):
    site.run("migrate", "coaching", "zero", "--verbosity", "0")
    older = site.back_up(tmp_path / "older.backup")
    site.restore(older)
    assert site.rows("SELECT count(*) FROM django_migrations WHERE app = 'coaching'") != [(0,)]
    assert "No migrations to apply" in site.run("migrate")


def test_a_database_of_another_kind_is_refused(site, file):
    site.url = "postgres://nobody@127.0.0.1:1/none"
    assert "cannot be reached" in site.restore(file, fails=True)


def test_a_full_disk_is_told_and_nothing_changes(site, file, tmp_path):
    before = prints(site.folder)
    key = tmp_path / "key"
    key.write_text(KEY)
    code = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
sys.argv = ["manage.py", "restore", {str(file)!r}, "--key-file", {str(key)!r}]
import manage; manage.main()
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        env=site.env(),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode and "The disk is full" in done.stderr
    assert prints(site.folder) == before
    assert not (site.folder / swap.STAGE).exists()


CANARIES = [b"anary1", b"ilpzalp1", b"canarytouch1", b"canarybody1", b"canarytag1", b"+48615550101"]
ERASED = """
from leads.models import Lead
from leads.services import suppression
from salesagent.lib import erasures
lead = Lead.objects.get(first_name="Canary1")
erasures.note(lead.pk, [one.hash for one in suppression.normals(lead) if one.kind != "domain"])
"""


def test_who_was_erased_after_the_backup_stays_erased(site, file, tmp_path):
    site.python(ERASED)
    noted = (site.folder / "erasures.jsonl").read_bytes()
    assert not any(one in noted for one in CANARIES), "no personal data in that file"
    with (site.folder / "erasures.jsonl").open("a") as log:
        log.write('{"at": "cut')
    said = site.restore(file)
    assert "1 people erased" in said or "1 person erased" in said
    content = b"".join(path.read_bytes() for path in site.folder.glob("salesagent.sqlite3*"))
    assert [one for one in CANARIES if one in content] == []
    assert b"canarytouch2" in content, "everybody else is there"
    found = site.python(
        "from leads.models import Lead; from leads.services import suppression as s\n"
        "lead = Lead.objects.exclude(erased_at=None).get()\n"
        "print(lead.pk, s.is_suppressed(lead, 'email'))\n"
        "print(s._rows([s.address_hash('canary1@zilpzalp.example')], 'email').get().reason)"
    )
    assert found.splitlines()[1] == "erased" and found.startswith("2 True")
    lines = (site.folder / "erasures.jsonl").read_text().splitlines()
    assert len(lines) == 1 and json.loads(lines[0])["person"] == 2, "it holds for the next one too"
    again = site.back_up(tmp_path / "next.backup")
    assert not any(one in again.read_bytes() for one in CANARIES)


def test_an_erasure_of_another_installation_touches_nobody(first, file, tmp_path):
    other = copied(first, tmp_path / "other", OTHER)
    other.python(
        ERASED.replace('Lead.objects.get(first_name="Canary1")', "Lead(pk=2, email='a@b.c')")
    )
    other.restore(file)
    assert other.rows("SELECT count(*) FROM leads_lead WHERE erased_at IS NULL") == [(4,)]
    assert RECIPIENT.startswith("age1")
