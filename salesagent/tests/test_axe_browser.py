"""axe-core over every page with the demo's data: 1440 px light and 390 px dark.

Each page also has to fit the window, to have one first heading, and to say nothing on the console.
"""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from salesagent.tests import connection_pages, demo_site
from salesagent.tests.browser import DESKTOP, PHONE, Tabs, sideways

# what a test writes is rolled back; the demo's data and the sign-ins stay for the module
pytestmark = [pytest.mark.browser, pytest.mark.django_db]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}}
LOOKS = {"desktop-light": (DESKTOP, False), "phone-dark": (PHONE, True)}


def at(name: str, *wanted: str, query: str = "") -> Callable[[SimpleNamespace], str]:
    """The address of a named page, with attributes of the world: at("leads:detail", "lead")."""

    def find(world: SimpleNamespace) -> str:
        return reverse(name, args=[_value(world, one) for one in wanted]) + query

    return find


def _value(world: SimpleNamespace, path: str) -> Any:
    found: Any = world
    for part in path.split("."):
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    return getattr(found, "pk", found)


def stop_link(world: SimpleNamespace) -> str:
    from outreach.services.letters import unsubscribe_url

    return "/" + unsubscribe_url(world.touch).split("/", 3)[3]


def reset_link(world: SimpleNamespace) -> str:
    from django.contrib.auth.tokens import default_token_generator
    from django.utils.encoding import force_bytes
    from django.utils.http import urlsafe_base64_encode

    user = world.users["fresh"]
    key = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return reverse("accounts:password_reset_confirm", args=[key, token])


def first_mail(world: SimpleNamespace) -> str:
    from salesagent.demo import mailroom

    mail = mailroom.newest([world.mailbox])[0]
    return f"/demo/inbox/{world.mailbox.pk}/{mail.name}/"


def under_test(world: SimpleNamespace) -> str:
    """The step of a sequence whose texts are under test."""
    test = world.tested
    return reverse("outreach:sequence", args=[test.sequence_id]) + f"?step={test.step_key}"


def passed_on(world: SimpleNamespace) -> str:
    """A task that waits for its manager, with the dialog of who gets it."""
    from outreach.services import escalation

    task = escalation.passed_on(world.users["manager"])[0]
    return reverse("outreach:today_task", args=[task.pk]) + "?ask=give"


def by_mail(world: SimpleNamespace) -> str:
    """The drafts behind the link of a daily mail."""
    from outreach.selectors_drafts import drafts, narrow
    from outreach.services.digest import approve_link

    rep = world.users["rep"]
    return approve_link(rep, narrow(drafts(rep), rep, "mine").order_by("due_at")[:4])


TASKS = ("answer", "enquiry", "moment", "follow_up", "unmatched", "unknown", "attention")
# name: (who, address)
PAGES: dict[str, tuple[str, Callable[[SimpleNamespace], str]]] = {
    "login": ("", at("accounts:login")),
    "register": ("", at("accounts:register", "invitation")),
    "register closed": ("", lambda world: "/account/register/no-such-link/"),
    "password reset": ("", at("accounts:password_reset")),
    "password reset sent": ("", at("accounts:password_reset_sent")),
    "password reset confirm": ("", reset_link),
    "password reset bad link": ("", lambda world: "/account/password/reset/x/y/"),
    "public form": ("", lambda world: "/f/contact/"),
    "public form thanks": ("", lambda world: "/f/contact/thanks/"),
    "unsubscribe": ("", stop_link),
    "mail service": ("owner", at("outreach:esp")),
    "mail service account": ("owner", lambda world: "/settings/connections/mail-service/postmark/"),
    "unsubscribe by address": ("", at("outreach:unsubscribe_by_address")),
    "unsubscribe bad link": ("", lambda world: "/u/no-such-link/"),
    "today": ("rep", at("outreach:today")),
    "notices": ("rep", at("notices:list")),
    "notices empty": ("fresh", at("notices:list")),
    "notices new": ("manager", lambda world: "/notices/?new=1"),
    "passed on": ("manager", passed_on),
    "drafts of a mail": ("rep", by_mail),
    "daily mail": ("rep", at("outreach:digest")),
    "daily mail empty": ("fresh", at("outreach:digest")),
    "weekly mail": ("owner", at("analytics:weekly_mail")),
    "today empty": ("fresh", at("outreach:today")),
    "today manager": ("manager", at("outreach:today")),
    **{
        f"today {kind}": ("rep", at("outreach:today_task", f"tasks.{kind}"))
        for kind in (*TASKS, "phone", "linkedin", "post")
    },
    "today skip": ("rep", at("outreach:today_task", "tasks.moment", query="?ask=skip")),
    "today snooze": ("rep", at("outreach:today_task", "tasks.moment", query="?ask=snooze")),
    "labels": ("rep", at("outreach:labels")),
    "labels empty": ("fresh", at("outreach:labels")),
    "lead email tab": ("rep", at("leads:detail", "texted", query="?tab=email")),
    "lead text tab": ("rep", at("leads:detail", "texted", query="?tab=sms")),
    "lead closed tab": ("rep", at("leads:detail", "texted", query="?tab=whatsapp")),
    "lead call tab": ("rep", at("leads:detail", "texted", query="?tab=call")),
    "lead do not contact": ("rep", at("leads:stop", "texted")),
    "lead consent": ("rep", at("leads:consent", "texted")),
    "approvals": ("rep", at("outreach:approvals")),
    "approvals empty": ("fresh", at("outreach:approvals")),
    "approval": ("rep", at("outreach:approval", "mail_draft")),
    "approval by hand": ("rep", at("outreach:approval", "hand_draft")),
    "approval edit": ("rep", at("outreach:approval", "mail_draft", query="?edit=1")),
    "approval without a source": ("rep", at("outreach:approval", "unproved")),
    "approval skip": ("rep", at("outreach:approval", "mail_draft", query="?ask=skip")),
    "approval decided": ("rep", at("outreach:approval", "touch")),
    "leads": ("rep", at("leads:list")),
    "leads team": ("manager", at("leads:list", query="?view=all")),
    "leads filtered": ("rep", at("leads:list", query="?view=all&trade=bakery&stage=contacted")),
    "leads none found": ("rep", at("leads:list", query="?q=nobodyhasthisname")),
    "leads empty": ("fresh", at("leads:list")),
    "leads filters": ("rep", at("leads:filters")),
    "overview": ("owner", at("analytics:overview", query="?period=90")),
    "overview narrowed": (
        "manager",
        at("analytics:overview", query="?period=own&from=2026-01-01&segment=trade:hotel"),
    ),
    "overview empty": ("fresh", at("analytics:overview")),
    "overview of bad days": ("rep", at("analytics:overview", query="?period=century")),
    "leads behind a number": ("manager", at("analytics:leads", query="?metric=answered&period=90")),
    "leads behind none": ("fresh", at("analytics:leads", query="?metric=won")),
    "mail report": ("owner", at("analytics:email")),
    "mail report empty": ("fresh", at("analytics:email")),
    "channels": ("owner", at("analytics:channels")),
    "channels of one trade": ("manager", at("analytics:channels", query="?segment=trade:hotel")),
    "channels empty": ("fresh", at("analytics:channels")),
    "cadence": ("rep", at("analytics:cadence")),
    "cadence empty": ("fresh", at("analytics:cadence")),
    "costs": ("owner", at("analytics:costs")),
    "forecast": ("owner", at("analytics:forecast")),
    "forecast empty": ("fresh", at("analytics:forecast")),
    "patterns": ("owner", at("analytics:patterns")),
    "patterns empty": ("fresh", at("analytics:patterns")),
    "stalled": ("owner", at("analytics:stalled", query="?stage=deal-proposal")),
    "segment": ("owner", at("analytics:segment", query="?kind=trade&value=hotel")),
    "alerts": ("owner", at("analytics:alerts")),
    "alerts empty": ("fresh", at("analytics:alerts")),
    "alert thresholds": ("owner", at("analytics:alert_rules")),
    "leads looked at": ("rep", lambda world: "/leads/?look=double&view=all"),
    "reports": ("owner", at("analytics:reports")),
    "report team": ("owner", at("analytics:team")),
    "report team empty": ("fresh", at("analytics:team")),
    "reports empty": ("fresh", at("analytics:reports")),
    "deals": ("rep", at("leads:deals")),
    "deals one stage": ("manager", at("leads:deals", query="?stage=open")),
    "deals none fits": ("rep", at("leads:deals", query="?period=late&owner=none")),
    "deal new": ("rep", at("leads:deal_new")),
    "deal": ("rep", at("leads:deal", "deal")),
    "deal ended": ("manager", at("leads:deal", "ended_deal")),
    "deals empty": ("fresh", at("leads:deals")),
    "lead new": ("rep", at("leads:new")),
    "duplicates": ("rep", at("leads:duplicates")),
    "duplicates of a lead": ("rep", at("leads:duplicates_of", "lead")),
    "lead edit": ("rep", at("leads:edit", "lead")),
    "lead": ("rep", at("leads:detail", "lead")),
    "lead with a profile": ("rep", at("leads:detail", "keen")),
    "lead seen by the manager": ("manager", at("leads:detail", "lead")),
    "lead archived": ("rep", at("leads:detail", "archived")),
    "lead earlier": ("rep", at("leads:detail", "other")),
    "import": ("rep", at("leads:import")),
    "import match": ("rep", at("leads:import_match", "imports.match")),
    "import check": ("rep", at("leads:import_check", "imports.check")),
    "import progress": ("rep", at("leads:import_check", "imports.progress")),
    "import done": ("rep", at("leads:import_run", "imports.done")),
    "import undo": ("rep", at("leads:import_undo", "imports.done")),
    "job": ("rep", at("lib:job", "imports.job")),
    "search": ("rep", at("leads:search", query="?q=polna")),
    "search none": ("rep", at("leads:search", query="?q=nobodyhasthisname")),
    "sequences": ("rep", at("outreach:sequences")),
    "sequences empty": ("fresh", at("outreach:sequences")),
    "sequence": ("rep", at("outreach:sequence", "sequence")),
    "sequence test of texts": ("rep", under_test),
    "sequence missing fields": ("rep", at("outreach:sequence", "sequence", query="?as=missing")),
    "sequence read only": ("manager", at("outreach:sequence", "sequence")),
    "sequence people": ("rep", at("outreach:sequence_people", "sequence")),
    "rules": ("owner", at("outreach:rules")),
    "rules read only": ("rep", at("outreach:rules")),
    "sequence dry run": ("rep", at("outreach:sequence_simulate", "sequence")),
    "sequence settings": ("rep", at("outreach:sequence_settings", "sequence")),
    "sequence enroll": ("rep", at("outreach:sequence_enroll", "sequence")),
    "templates": ("rep", at("outreach:templates")),
    "template": ("rep", at("outreach:template", "template")),
    "template new": ("rep", at("outreach:template_new")),
    "snippets": ("rep", at("outreach:snippets")),
    "pains": ("rep", at("outreach:pains")),
    "settings": ("owner", at("settings:home")),
    "sending": ("owner", at("settings:sending")),
    "log": ("owner", at("settings:log")),
    "people": ("owner", at("settings:people")),
    "people manager": ("manager", at("settings:people")),
    "person": ("owner", at("settings:person", "rep")),
    "team": ("owner", at("settings:team", "team")),
    "team new": ("owner", at("settings:team_new")),
    "profile": ("rep", at("accounts:profile")),
    "password": ("rep", at("accounts:password_change")),
    "mailboxes": ("rep", at("outreach:mailboxes")),
    "mailboxes empty": ("fresh", at("outreach:mailboxes")),
    "twilio": ("owner", at("outreach:twilio")),
    "calendly": ("owner", at("outreach:calendly")),
    "calendly seen by the manager": ("manager", at("outreach:calendly")),
    "language model": ("owner", at("settings:ai")),
    "sent to the model": ("owner", at("settings:ai_call", "ai_call")),
    "whatsapp templates": ("owner", at("outreach:whatsapp_templates")),
    "mailbox new": ("rep", at("outreach:mailbox_new")),
    "gmail": ("rep", at("outreach:gmail")),
    "gmail came back too late": ("rep", at("outreach:gmail_callback")),
    "mailbox gmail": ("rep", at("outreach:mailbox_new", query="?provider=gmail")),
    "mailbox": ("rep", at("outreach:mailbox", "mailbox")),
    "mailbox stopped": ("rep", at("outreach:mailbox", "stopped")),
    "inbound": ("rep", at("outreach:inbound_list")),
    "coaching": ("rep", at("coaching:home")),
    "coaching feedback": ("rep", at("coaching:feedback", "feedback")),
    "coaching empty": ("fresh", at("coaching:home")),
    "coaching shared": ("manager", at("coaching:shared")),
    "coaching team": ("manager", at("coaching:home")),
    "coaching rep private": ("manager", at("coaching:rep", "rep")),
    "coaching rep open": ("manager", at("coaching:rep", "mate")),
    "coaching settings": ("owner", at("coaching:settings")),
    "advice draft": ("manager", at("coaching:advice", "advice_draft")),
    "advice to read": ("rep", at("coaching:advice", "advice")),
    "playbook with a proposal": ("manager", at("coaching:playbook")),
    "playbook": ("rep", at("coaching:playbook")),
    "play": ("rep", at("coaching:play", "play")),
    "play new": ("manager", at("coaching:play_new")),
    "play edit": ("manager", at("coaching:play_edit", "play")),
    "form settings": ("owner", at("leads:form_settings")),
    "company data": ("owner", at("leads:company_data")),
    "confirmation mail": ("owner", at("outreach:confirmation")),
    "score": ("owner", at("leads:score_card")),
    "corrections": ("owner", at("leads:corrections")),
    "corrections empty": ("fresh", at("leads:corrections")),
    "assignment": ("owner", at("leads:assignment")),
    "assignment tried": ("owner", at("leads:assignment", query="?country=Germany&language=de")),
    "assignment new": ("owner", at("leads:assignment_new")),
    "assignment rule": ("owner", lambda world: "/settings/assignment/1/"),
    "balance": ("manager", at("outreach:balance")),
    "decisions": ("owner", at("leads:decisions")),
    "decisions proposed": ("owner", at("leads:decisions", query="?state=proposed")),
    "decisions none found": ("rep", at("leads:decisions", query="?state=dismissed")),
    "suppression": ("owner", at("leads:suppression")),
    "suppression lift": ("owner", at("leads:suppression_lift", "suppressed")),
    "sheets": ("owner", at("leads:sheets")),
    "sheets seen by the manager": ("manager", at("leads:sheets")),
    "sheets connect": ("owner", at("leads:sheets_connect")),
    "sheet": ("owner", at("leads:sheet", "sheets.works")),
    "sheet seen by the manager": ("manager", at("leads:sheet", "sheets.works")),
    "sheet that needs somebody": ("owner", at("leads:sheet", "sheets.stopped")),
    "sheet that is new": ("owner", at("leads:sheet", "sheets.new")),
    "api tokens": ("owner", at("tokens:tokens")),
    "api tokens none": ("fresh", at("tokens:tokens")),
    "api token new": ("rep", at("tokens:new")),
    "api": ("rep", at("api:docs")),
    "webhooks": ("owner", at("hooks:hooks")),
    "webhook new": ("owner", at("hooks:new")),
    "webhook": ("owner", at("hooks:hook", "hooks.works")),
    "webhook none fits": ("owner", at("hooks:hook", "hooks.stopped", query="?state=failed")),
    "backups": ("owner", at("settings:backups")),
    "backups connect": ("owner", at("settings:backups_drive")),
    "sync": ("owner", at("leads:crm", "crm")),
    "sync seen by the manager": ("manager", at("leads:crm", "crm")),
    "sync dry run": ("owner", at("leads:crm_run", "crm", "dry_run")),
    "sync done": ("owner", at("leads:crm_run", "crm", "sync")),
    "sync none found": ("manager", at("leads:crm_run", "crm", "sync", query="?show=unlink")),
    "sync history": ("owner", at("leads:crm_history", "crm")),
    "sync choices": ("owner", at("leads:crm_choices", "crm")),
    "sync fields": ("owner", at("leads:crm_fields", "crm", "crm_kind")),
    "sync fields read only": ("manager", at("leads:crm_fields", "crm", "crm_kind")),
    "sync undo": ("owner", at("leads:crm_undo", "crm", "sync")),
    "sync decide all": ("owner", at("leads:crm_settle_all", "crm", query="?choice=there")),
    "sync deleted there": ("owner", at("leads:crm_gone_all", "crm")),
    "sync off": ("owner", at("leads:crm_off", "crm")),
    "hubspot": ("owner", at("leads:crm_connect", "hubspot")),
    "hubspot seen by the manager": ("manager", at("leads:crm", "hubspot")),
    "salesforce": ("owner", at("leads:crm_connect", "salesforce")),
    "demo inbox": ("rep", at("demo:inbox")),
    "demo mail": ("rep", first_mail),
    **connection_pages.PAGES,
}
# pages whose folded parts are looked at too
UNFOLDED = (
    *("lead", "lead with a profile", "today answer", "today phone", "approval without a source"),
    *("overview", "forecast"),
    *("sequence test of texts", "sequence dry run", "rules", "score", "language model"),
    *("lead with a disagreement", "company data connected", "calendly connected"),
    *("webhook", "api"),
    *("coaching", "coaching feedback", "coaching shared", "playbook", "decisions", "corrections"),
)
STATUS = {  # all others: 200
    "register closed": 410,
    "unsubscribe bad link": 404,
    "gmail came back too late": 400,
}
# pages that answer a bad form: (who, page, selector of the form)
REFUSED = {
    "login": ("", "/account/login/"),
    "password reset": ("", "/account/password/reset/"),
    "public form": ("", "/f/contact/"),
    "unsubscribe by address": ("", "/u/"),
    "lead new": ("rep", "/leads/new/"),
    "api token new": ("rep", "/settings/api/new/"),
    "webhook new": ("owner", "/settings/webhooks/new/"),
    "import": ("rep", "/leads/import/"),
    "template new": ("rep", "/templates/new/"),
    "hubspot": ("owner", "/settings/connections/hubspot/connect/"),
    "sheets": ("owner", "/settings/connections/google-sheets/"),
    "salesforce": ("owner", "/settings/connections/salesforce/connect/"),
}


@pytest.fixture
def _own_settings() -> None:
    """The demo's mail lies in one folder for the whole module."""


@pytest.fixture(scope="module")
def demo(
    chromium: Any, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[SimpleNamespace]:
    with (
        django_db_blocker.unblock(),
        demo_site.serve(tmp_path_factory.mktemp("demo")) as url,
    ):
        made = demo_site.world()
        made.tabs = Tabs(chromium, url)
        made.open = {
            (who, look): made.tabs.open(user, size=size, dark=dark)
            for who, user in made.users.items()
            for look, (size, dark) in LOOKS.items()
        }
        yield made
        made.tabs.close()


@pytest.fixture
def visit(demo: SimpleNamespace) -> Iterator[Callable[[str, str], Any]]:
    """visit(who, look): that person's page, with a console that said nothing yet."""
    used = []

    def open_one(who: str, look: str) -> Any:
        demo.tabs.said.clear()
        used.append(demo.open[who, look])
        return used[-1]

    yield open_one
    for page in used:
        page.goto("about:blank")  # nothing polls while the database is rolled back


# What a sticky bar covers can be scrolled out from under it, which axe does not know: how much of a
# button it covers depends on how long the texts above are, and those tell the time.
UNSTICK = """() => document.querySelectorAll("main *").forEach(one => {
    if (getComputedStyle(one).position === "sticky") one.style.position = "static"
})"""


def check(page: Any, demo: SimpleNamespace, look: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(UNSTICK)
    found = Axe().run(page, options=OPTIONS)
    assert found.violations_count == 0, found.generate_report()
    assert sideways(page) <= 0, "scrolls sideways"
    assert page.locator("h1:visible").count() == 1
    theme = page.evaluate("document.documentElement.getAttribute('data-bs-theme')")
    assert theme == ("dark" if LOOKS[look][1] else "light")
    assert demo.tabs.said == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_page(demo: SimpleNamespace, visit: Any, name: str, look: str) -> None:
    who, address = PAGES[name]
    page = visit(who, look)
    answer = page.goto(address(demo))
    assert answer.status == STATUS.get(name, 200), page.url
    if name in STATUS:  # chromium itself notes it
        demo.tabs.said[:] = [line for line in demo.tabs.said if "status of 4" not in line]
    check(page, demo, look)


@pytest.mark.parametrize("look", LOOKS)
def test_coaching_by_name_and_empty(demo: SimpleNamespace, visit: Any, look: str) -> None:
    from coaching.models import Talk
    from salesagent.accounts.models import Workspace

    Workspace.objects.update(leaderboard=True)
    page = visit("manager", look)
    for empty in (False, True):
        if empty:
            Talk.objects.all().delete()
        for name in ("leaderboard", "home"):
            page.goto(reverse(f"coaching:{name}"))
            check(page, demo, look)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", UNFOLDED)
def test_folded_parts(demo: SimpleNamespace, visit: Any, name: str, look: str) -> None:
    who, address = PAGES[name]
    page = visit(who, look)
    page.goto(address(demo))
    parts = "main details:not([data-menu], .menu, .pop)"
    page.eval_on_selector_all(parts, "all => all.forEach(one => one.open = true)")
    check(page, demo, look)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_form_that_is_refused(demo: SimpleNamespace, visit: Any, name: str, look: str) -> None:
    """The errors too: next to the field, announced, in colours that can be read."""
    who, address = REFUSED[name]
    page = visit(who, look)
    page.goto(address)
    form = page.locator("main form[method=post]").first
    with page.expect_navigation():
        form.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    demo.tabs.said[:] = [line for line in demo.tabs.said if "status of 4" not in line]
    assert page.locator("[aria-invalid=true]").count() or page.locator("[role=alert]").count()
    check(page, demo, look)
