"""The product in a real browser, as a person uses it: with keys, on a phone, without a script."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import thread
from leads.models import ImportBatch, Lead, Suppression, ThreadEvent
from outreach.channels.maildir import FileTransport
from outreach.models import Enrollment, Mailbox, Touch
from outreach.services import letters, policy, sending
from outreach.services.transports import config_for
from outreach.tests.work import another_lead, draft, task
from salesagent.tests.browser import PHONE, sideways

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse 42"  # of every person in conftest
THEME = "document.documentElement.getAttribute('data-bs-theme')"
FOCUS = "document.activeElement.textContent.trim() || document.activeElement.id"
HEAD = "Vorname;Nachname;E-Mail;Firma;Ort;Land"


@pytest.fixture
def excel_file(tmp_path: Path) -> Path:
    """What a German Excel saves: semicolons, Windows-1252, a quoted line break, a ragged row."""
    rows = (
        HEAD,
        "Jürgen;Groß;j.gross@kuehlhaus.example;Kühlhaus Münster;Münster;DE",
        '"Zoë";Çelik;zoe@hotel.example;"Hotel\r\nPrinzipal";Köln;DE',
        "Ohne Adresse;;",
        ";;;;;",
    )
    path = tmp_path / "Messe Köln.csv"
    path.write_bytes("\r\n".join(rows).encode("cp1252"))
    return path


@pytest.fixture
def drafts(rep: Any, sequence: Any, mailbox: Any, workspace: Any) -> list[Touch]:
    return [draft(another_lead(rep, number), sequence, mailbox) for number in range(1, 6)]


@pytest.fixture
def sent(lead: Any, mailbox: Any, sequence: Any, workspace: Any, settings: Any) -> Touch:
    """A first touch in the file mailbox of the demo, with the demo's pages switched on."""
    settings.DEMO = True
    settings.ROOT_URLCONF = "salesagent.tests.demo_urls"
    workspace.window_start, workspace.window_end = "00:00", "23:59:59"
    workspace.send_days, workspace.skip_holidays = list(range(7)), False
    workspace.save()
    Mailbox.objects.update(poll_from=timezone.now() - timedelta(days=1))
    touch = draft(lead, sequence, mailbox, message_id="<first@halden.example>")
    Touch.objects.filter(pk=touch.pk).update(
        state="approved", approved_hash=policy.text_hash(touch), approved_by=lead.owner
    )
    assert sending.send_due().sent == 1
    touch.refresh_from_db()
    return touch


def state(touch: Touch) -> str:
    return str(Touch.objects.get(pk=touch.pk).state)


def sign_in_by_hand(page: Any, user: Any, password: str = PASSWORD) -> None:
    page.goto("/today/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


# --- signing in ---


def test_sign_in_and_out(page: Any, rep: Any, workspace: Any) -> None:
    sign_in_by_hand(page, rep, "a wrong password")
    assert page.locator("[role=alert]").is_visible()
    assert page.get_by_label("Email").input_value() == rep.email, "nothing typed is lost"
    sign_in_by_hand(page, rep)
    assert page.url.endswith("/today/"), "to where one wanted to go"
    page.locator("summary[aria-label$='account menu of Jonas Weber']").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    page.goto("/today/")
    assert "/account/login/" in page.url


def test_an_invited_person_registers(page: Any, manager: Any, workspace: Any) -> None:
    from salesagent.accounts import invitations
    from salesagent.accounts.models import User

    invited = invitations.invite(email="new@own.example", role="rep", team=manager.team, by=manager)
    page.goto(reverse("accounts:register", args=[invited.token]))
    page.get_by_label("Your name").fill("Nora Fresh")
    for field in page.locator("input[type=password]").all():
        field.fill("seven green rooms 7")
    with page.expect_navigation():
        page.locator("main button[type=submit], form button[type=submit]").last.click()
    assert page.url.endswith("/today/")
    assert User.objects.get(email="new@own.example").team == manager.team


# --- a file comes in ---


def import_it(page: Any, path: Path, run_queue: Any) -> None:
    """The wizard's four pages. The queue runs while the page waits for it."""
    page.goto("/leads/import/")
    page.get_by_label("CSV file or Excel workbook").set_input_files(path)
    page.get_by_role("button", name="Look at the file").click()
    page.wait_for_url("**/imports/*/")
    assert "semicolon" in page.inner_text("main") and "Groß" in page.inner_text("main")
    page.get_by_role("button", name="Check").click()
    page.wait_for_url("**/check/")
    run_queue()
    page.reload()
    assert "Bring in 2 new leads" in page.inner_text("main")
    page.get_by_label("Legitimate interest").check()
    page.get_by_label("Where do they come from?").fill("Trade fair Köln")
    page.get_by_role("button", name="Bring in 2 new leads").click()
    page.wait_for_url("**/run/")
    run_queue()
    page.reload()


def test_an_excel_file_comes_in(
    signed_in: Any, rep: Any, workspace: Any, excel_file: Path, run_queue: Any
) -> None:
    page = signed_in(rep)
    import_it(page, excel_file, run_queue)
    page.get_by_text("What came of it").wait_for()
    found = Lead.objects.order_by("pk").values_list("first_name", "last_name", "city")
    assert list(found) == [("Jürgen", "Groß", "Münster"), ("Zoë", "Çelik", "Köln")]
    assert ImportBatch.objects.get().file_name == "Messe Köln.csv"
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    rows = Path(download.value.path()).read_text("utf-8-sig")
    assert "Ohne Adresse" in rows and "Reason" in rows


def test_progress_comes_by_itself(
    signed_in: Any, rep: Any, workspace: Any, excel_file: Path, run_queue: Any
) -> None:
    page = signed_in(rep)
    page.goto("/leads/import/")
    page.get_by_label("CSV file or Excel workbook").set_input_files(excel_file)
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_role("button", name="Check").click()
    page.wait_for_url("**/check/")
    assert page.locator("progress").count() == 1
    run_queue()
    page.get_by_role("button", name="Bring in 2 new leads").wait_for()  # nobody reloads


# --- approvals by keyboard ---


def test_approvals_by_keyboard_alone(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")

    def press(key: str) -> None:
        with page.expect_navigation():
            page.keyboard.press(key)

    press("a")
    assert state(drafts[0]) == "approved" and "Lead2" in page.inner_text(".lead-name")
    press("z")
    assert state(drafts[0]) == "draft" and "Lead1" in page.inner_text(".lead-name")
    page.keyboard.press("j")
    page.wait_for_selector(".lead-name:has-text('Lead2')")
    page.keyboard.press("e")
    page.wait_for_selector("#e-body:focus")
    page.keyboard.press("Control+End")
    page.keyboard.type(" And a word of mine.")
    press("Control+Enter")
    edited = Touch.objects.get(pk=drafts[1].pk)
    assert (edited.state, edited.body.endswith("And a word of mine.")) == ("approved", True)
    assert "Lead3" in page.inner_text(".lead-name"), "on to the next one"
    page.keyboard.press("s")
    page.wait_for_selector("#skip[open]")
    page.keyboard.press("ArrowDown")
    press("Enter")
    assert state(drafts[2]) == "skipped"
    assert [state(one) for one in drafts[3:]] == ["draft", "draft"]


def test_no_key_acts_when_the_profile_says_so(
    signed_in: Any, rep: Any, drafts: list[Touch]
) -> None:
    page = signed_in(rep)
    page.goto("/account/profile/")
    page.get_by_role("checkbox", name="shortcuts").uncheck()
    with page.expect_navigation():
        page.get_by_role("button", name="Save profile").click()
    page.goto("/approvals/")
    for key in ("j", "s", "?", "a"):
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    assert "Lead1" in page.inner_text(".lead-name") and not page.is_visible("#skip")
    assert Touch.objects.filter(state="draft").count() == len(drafts)


def test_a_double_click_on_approve_approves_once(
    signed_in: Any, rep: Any, drafts: list[Touch]
) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")
    with page.expect_navigation():
        page.locator("button[data-key=a]").dblclick()
    page.wait_for_load_state()
    assert Touch.objects.filter(state="approved").count() == 1
    assert ThreadEvent.objects.filter(kind="touch.approved").count() == 1


# --- the lead answers ---


def test_the_visitor_answers_as_the_lead(
    signed_in: Any, rep: Any, sent: Touch, run_queue: Any
) -> None:
    page = signed_in(rep)
    page.goto("/demo/inbox/")
    assert "who is called at Polna Bakeries" in page.inner_text("main")
    page.get_by_label("Or in your own words").fill("Yes, please call me. — Marta")
    with page.expect_navigation():
        page.get_by_role("button", name="Answer", exact=True).click()
    assert "The sequence is paused." in page.inner_text("#toast")
    with page.expect_navigation():
        page.get_by_role("link", name="Open the thread").click()
    lines = page.inner_text("#tl-lines")
    assert "Yes, please call me. — Marta" in lines
    assert "Sequence paused, Marta replied." in lines
    assert Enrollment.objects.get().state == "paused"
    page.goto("/today/")
    assert "please call me" in page.inner_text("main")


def test_a_new_line_of_the_thread_appears_by_itself(signed_in: Any, rep: Any, sent: Touch) -> None:
    from outreach.services import inbound
    from salesagent.demo import mailroom

    page = signed_in(rep)
    page.clock.install()
    page.goto(reverse("leads:detail", args=[sent.lead_id]))
    page.evaluate("window.sameDocument = true")
    mail = mailroom.newest([sent.mailbox])[0]
    mailroom.answer(mail, "Thursday is fine.")
    inbound.poll(sent.mailbox)
    page.clock.fast_forward(20_000)  # of waiting for the page's own timer
    page.wait_for_selector("#tl-lines >> text=Thursday is fine.")
    page.wait_for_selector("#tl-lines >> text=Sequence paused")
    assert page.evaluate("window.sameDocument === true"), "without a reload"


# --- stopping ---


def test_the_stop_link_shows_then_acts(page: Any, sent: Touch) -> None:
    box = FileTransport(config_for(sent.mailbox)).folder() / "sent"
    link = "/" + letters.unsubscribe_url(sent).split("/", 3)[3]
    assert link.split("/")[2][:20] in next(box.glob("*.eml")).read_text()
    page.goto(link)
    assert page.inner_text("h1") == "Stop our messages?"
    assert not Suppression.objects.exists()
    with page.expect_navigation():
        page.get_by_role("button", name="Stop all messages").click()
    assert page.inner_text("h1") == "Done. We will not write to you again."
    assert Suppression.objects.filter(channel="all").count() == 1
    with page.expect_navigation():
        page.get_by_role("button", name="That was a mistake").click()
    assert not Suppression.objects.exists()


# --- phone, theme, keyboard ---


def test_the_phone_never_scrolls_sideways(
    tabs: Any, rep: Any, lead: Any, drafts: list[Touch], workspace: Any, excel_file: Path
) -> None:
    lead.company_name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten"
    lead.save()
    long = "https://a-very-long-address.example/" + "x" * 200
    thread.record(lead=lead, kind="note.added", actor=rep.actor, body=long, channel="note")
    line = task(rep, lead=lead, title="Call back " + "w" * 90)
    page = tabs.open(rep, size=PHONE)
    for path in (
        "/today/",
        f"/today/{line.pk}/",
        "/approvals/",
        f"/approvals/{drafts[0].pk}/",
        f"/approvals/{drafts[0].pk}/?edit=1",
        "/leads/?view=all",
        f"/leads/{lead.pk}/",
        "/leads/import/",
    ):
        page.goto(path)
        assert sideways(page) <= 0, path
    page.get_by_label("CSV file or Excel workbook").set_input_files(excel_file)
    page.get_by_role("button", name="Look at the file").click()
    page.wait_for_url("**/imports/*/")
    assert sideways(page) <= 0, "columns"
    page.goto("/today/")
    page.get_by_role("link", name="Approve", exact=False).last.click()
    page.wait_for_url("**/approvals/")


def test_small_targets_are_large_enough_for_a_thumb(
    tabs: Any, rep: Any, drafts: list[Touch]
) -> None:
    """24 px at least (WCAG 2.2, 2.5.8); what decides is 40 px high on the phone (UI.md 10)."""
    page = tabs.open(rep, size=PHONE)
    page.goto(f"/approvals/{drafts[0].pk}/")
    for button in page.locator(".actbar .btn:visible").all():
        assert button.bounding_box()["height"] >= 40, button.inner_text()


def test_the_dark_theme_is_kept(signed_in: Any, rep: Any, workspace: Any) -> None:
    page = signed_in(rep)
    page.goto("/today/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.click("header [aria-label='Switch light or dark theme']")
    assert page.evaluate(THEME) == "dark" and page.evaluate(background) != light
    page.goto("/leads/")
    assert page.evaluate(THEME) == "dark"
    page.reload()
    assert page.evaluate(THEME) == "dark"


def test_the_skip_link_comes_first_and_works(signed_in: Any, rep: Any, drafts: list[Touch]) -> None:
    page = signed_in(rep)
    page.goto("/approvals/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS) == "Skip to content"
    assert page.locator(".skip").bounding_box()["y"] >= 0, "it shows itself on focus"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")


def test_the_focus_goes_the_way_of_the_eye_and_is_seen(
    signed_in: Any, rep: Any, workspace: Any
) -> None:
    """No stop is hidden, none jumps back up the document, each shows a ring."""
    page = signed_in(rep)
    page.goto("/leads/new/")
    stops = "a[href],button,input,select,summary,textarea"
    page.evaluate(f"window.stops = [...document.querySelectorAll('{stops}')]")
    place = "window.stops.indexOf(document.activeElement)"
    ring = """(() => [document.activeElement, document.activeElement.parentElement].some(one => {
        const s = getComputedStyle(one);
        return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; }))()"""
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(place))
        assert page.evaluate(ring), page.evaluate("document.activeElement.outerHTML")
    assert -1 not in seen[:25] and seen[:25] == sorted(seen[:25])


# --- without a script ---


def test_everything_that_matters_works_without_a_script(
    tabs: Any, rep: Any, lead: Any, drafts: list[Touch], excel_file: Path, run_queue: Any
) -> None:
    page = tabs.open(script=False)
    sign_in_by_hand(page, rep)
    assert page.url.endswith("/today/")

    page.goto("/approvals/")
    page.locator("button[data-key=a]").click()
    page.wait_for_load_state()
    assert state(drafts[0]) == "approved"
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert state(drafts[0]) == "draft"
    page.goto(f"/approvals/{drafts[1].pk}/")
    page.get_by_role("link", name="Skip", exact=False).last.click()
    page.get_by_label("Bad timing").check()
    page.locator("#skip button[type=submit]").click()
    page.wait_for_load_state()
    assert state(drafts[1]) == "skipped"

    import_it(page, excel_file, run_queue)
    assert Lead.objects.filter(source__contains="Messe").count() == 2

    page.goto(reverse("leads:detail", args=[lead.pk]))
    page.click("label[for=ct-note]")
    page.fill("#id_note-text", "Kept without a script")
    page.get_by_role("button", name="Keep note").click()
    page.wait_for_load_state()
    assert "Kept without a script" in page.inner_text("#tl-lines")

    page.goto("/leads/?view=all")
    page.get_by_role("searchbox").last.fill("Kowalczyk")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert "Marta Kowalczyk" in page.inner_text("main")
