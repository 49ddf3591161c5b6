"""The deal board: what stands where, for whom, and what a form there does."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from leads.models import Deal, Lead, ThreadEvent
from leads.selectors.deals import PAGE_SIZE, Filters, board, span
from leads.services import deals

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
Login = Callable[[Any], Client]


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def login(client: Client) -> Login:
    def sign_in(user: Any) -> Client:
        client.force_login(user)
        return client

    return sign_in


def make(lead: Lead, title: str = "Rooms", **fields: Any) -> Deal:
    return Deal.objects.create(lead=lead, title=title, value=fields.pop("value", 100), **fields)


def titles(user: Any, stage: str = "open", **given: str) -> list[str]:
    columns = board(user, Filters.read(given), NOW)
    return [deal.title for column in columns if column.stage == stage for deal in column.deals]


def test_columns_and_sums(login: Login, lead: Lead, rep: Any) -> None:
    make(lead, "A", value=Decimal("1000.50"))
    make(lead, "B", value=500)
    make(lead, "C", value=70, currency="DKK")
    make(lead, "D", stage="negotiation")
    make(lead, "E", stage="won", closed_at=NOW)
    columns = board(rep, Filters(), NOW)
    assert [(c.stage, c.count) for c in columns] == [
        *(("open", 3), ("proposal", 0), ("negotiation", 1)),
        *(("won", 1), ("lost", 0)),
    ]
    assert columns[0].sums == [("EUR", Decimal("1500.50")), ("DKK", Decimal(70))]
    page = login(rep).get("/deals/").content.decode()
    assert "1,500.50 EUR, 70 DKK" in page and "Move A to" in page and "Move E to" not in page


def test_each_sees_what_leads_show_them(
    lead: Lead, rep: Any, mate: Any, manager: Any, stranger: Any, owner: Any
) -> None:
    make(lead)
    seen = {user.email: titles(user) for user in (rep, mate, manager, stranger, owner)}
    assert [bool(found) for found in seen.values()] == [True, False, True, False, True]


def test_archived_leads_have_no_running_deals_here(lead: Lead, rep: Any) -> None:
    make(lead, "run")
    make(lead, "won", stage="won", closed_at=NOW)
    Lead.objects.update(archived_at=NOW)
    assert (titles(rep), titles(rep, "won")) == ([], ["won"])


def test_periods(lead: Lead, rep: Any) -> None:
    days = {"late": -1, "now": 3, "december": 20, "next": 60, "after": 150}
    for title, step in days.items():
        make(lead, title, expected_close=NOW.date() + timedelta(days=step))
    make(lead, "none")
    make(lead, "old", stage="won", closed_at=NOW - timedelta(days=91))
    make(lead, "won", stage="won", closed_at=NOW - timedelta(days=30))
    assert titles(rep) == [*days, "none"]
    assert titles(rep, period="late") == ["late"]
    assert titles(rep, period="month") == ["late", "now"]
    assert titles(rep, period="quarter") == ["late", "now", "december"]
    assert titles(rep, period="next") == ["next"]
    assert titles(rep, "won") == ["won"] == titles(rep, "won", period="quarter")
    assert titles(rep, "won", period="month") == []


def test_spans_at_the_turn_of_the_year() -> None:
    assert span("next", date(2026, 12, 31)) == (date(2027, 1, 1), date(2027, 3, 31))
    assert span("quarter", date(2026, 1, 1)) == (date(2026, 1, 1), date(2026, 3, 31))
    assert span("month", date(2028, 2, 29)) == (date(2028, 2, 1), date(2028, 2, 29))


def test_owners(lead: Lead, rep: Any, mate: Any, manager: Any) -> None:
    make(lead, "his")
    make(Lead.objects.create(owner=mate, first_name="Ada"), "hers")
    make(Lead.objects.create(first_name="Bo"), "nobody's")
    assert titles(manager, owner=str(mate.pk)) == ["hers"]
    assert titles(manager, owner="none") == ["nobody's"]
    assert titles(rep, owner=str(mate.pk)) == []
    assert len(titles(manager, owner="x')--")) == 3


@pytest.mark.parametrize("stage", ["open", "lost"])
def test_a_long_column_goes_on_behind_the_last_row(
    login: Login, lead: Lead, rep: Any, stage: str
) -> None:
    """Ties and deals without a day included: nobody twice, nobody left out."""
    days = [NOW.date(), None, NOW.date() + timedelta(days=1)]
    for n in range(2 * PAGE_SIZE + 7):
        fields = {"expected_close": days[n % 3]}
        if stage == "lost":
            fields = {"closed_at": NOW - timedelta(days=n % 4)}
        make(lead, f"n{n}", stage=stage, **fields)
    found: list[str] = []
    url = f"/deals/?stage={stage}"
    for _ in range(3):
        context = login(rep).get(url).context
        (column,) = context["columns"]
        assert column.count == 2 * PAGE_SIZE + 7
        found += [deal.title for deal in column.deals]
        url = f"/deals/?{column.more}"
    assert column.more == "" and len(found) == len(set(found)) == 2 * PAGE_SIZE + 7


@pytest.mark.parametrize("after", ["x", "2026-11-21_", "soon_1", "_x", "9" * 60, "2026-01-01_1"])
def test_a_broken_cursor_starts_at_the_top(login: Login, lead: Lead, rep: Any, after: str) -> None:
    make(lead, expected_close=NOW.date())
    for stage in ("open", "lost"):
        assert login(rep).get(f"/deals/?stage={stage}&after={after}").status_code == 200
    assert titles(rep, stage="open", after=after) == ["Rooms"]


def test_the_queries_do_not_grow(
    login: Login, lead: Lead, rep: Any, django_assert_max_num_queries: Any
) -> None:
    for n in range(60):
        make(lead, f"n{n}", stage=Deal.Stage.values[n % 5], closed_at=NOW if n % 5 > 2 else None)
    client = login(rep)
    client.get("/deals/")
    with django_assert_max_num_queries(16):
        client.get("/deals/")


def test_nothing_yet_and_nothing_fits(login: Login, rep: Any) -> None:
    assert b"No deals yet" in login(rep).get("/deals/").content
    assert b"No deal fits" in login(rep).get("/deals/?period=late").content


def test_what_the_address_cannot_mean_is_said(login: Login, rep: Any) -> None:
    page = login(rep).get("/deals/?stage=zzz&owner=abc").content.decode()
    assert "is none of ours" in page
    assert "is none of ours" not in login(rep).get("/deals/?owner=&stage=won").content.decode()


def test_an_owner_that_nobody_is_narrows_nothing(
    login: Login, lead: Lead, rep: Any, mate: Any, owner: Any
) -> None:
    make(lead, "A")
    for user, number in ((owner, 99_999), (rep, mate.pk), (rep, 99_999)):
        page = login(user).get(f"/deals/?owner={number}").content.decode()
        assert "is none of ours" in page and ">A<" in page
    for user, number in ((owner, mate.pk), (owner, "none"), (rep, rep.pk)):
        page = login(user).get(f"/deals/?owner={number}").content.decode()
        assert "is none of ours" not in page


def test_ended_deals_stay_for_the_days_that_analytics_counts(lead: Lead, rep: Any) -> None:
    first = (NOW - timedelta(days=89)).replace(hour=0)
    make(lead, "first day", stage="won", closed_at=first)
    make(lead, "before", stage="won", closed_at=first - timedelta(minutes=1))
    assert titles(rep, "won") == ["first day"]


def test_move_and_undo_by_forms_alone(login: Login, lead: Lead, rep: Any) -> None:
    deal = make(lead)
    client = login(rep)
    where = "/deals/?period=month"
    done = client.post(f"/deals/{deal.pk}/move/", {"stage": "proposal", "next": "/deals/?x=1"})
    assert done["Location"] == f"/deals/?x=1#deal-{deal.pk}"
    event = ThreadEvent.objects.get(kind="deal.moved")
    page = client.get(where).content.decode()
    undo = f"/deals/{deal.pk}/undo/{event.pk}/"
    assert "Rooms: Proposal sent." in page and undo in page
    assert client.post(undo)["Location"] == f"/deals/#deal-{deal.pk}"
    assert Deal.objects.get().stage == "open"
    client.post(undo)
    assert "went on since" in client.get(where).content.decode()


@pytest.mark.parametrize("target", ["https://bad.example/", "//bad.example", "/leads/", "\\\\bad"])
def test_nobody_is_led_away(login: Login, lead: Lead, rep: Any, target: str) -> None:
    deal = make(lead)
    sent = {"stage": "proposal", "next": target}
    done = login(rep).post(f"/deals/{deal.pk}/move/", sent)
    assert done["Location"] == f"/deals/#deal-{deal.pk}"


def test_an_end_asks_for_its_reason(login: Login, lead: Lead, rep: Any) -> None:
    deal = make(lead)
    client = login(rep)
    done = client.post(f"/deals/{deal.pk}/move/", {"stage": "won"})
    assert done["Location"] == f"/deals/{deal.pk}/?end=won&next=#close"
    assert b'name="reason"' in client.get(f"/deals/{deal.pk}/").content
    client.post(f"/deals/{deal.pk}/close/", {"how": "lost", "reason": "", "next": "deal"})
    assert Deal.objects.get().stage == "open"
    sent = {"how": "lost", "reason": "Price", "next": "deal"}
    done = client.post(f"/deals/{deal.pk}/close/", sent)
    assert done["Location"] == f"/deals/{deal.pk}/"
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    assert "Open it again" in page and "Price" in page
    assert f"/deals/{deal.pk}/undo/{deals.newest_event(deal)}/" in page
    client.post(f"/deals/{deal.pk}/reopen/")
    assert Deal.objects.get().stage == "open"


def test_the_chosen_end_is_kept_and_leads_back_to_the_board(
    login: Login, lead: Lead, rep: Any
) -> None:
    deal, browser = make(lead), login(rep)
    board_at = "/deals/?owner=1&period=month"
    answer = browser.post(f"/deals/{deal.pk}/move/", {"stage": "won", "next": board_at})
    page = browser.get(answer.url.partition("#")[0]).content.decode()
    assert "Won: say why" in page and "It is not moved yet" in page and "Lost instead" in page
    assert 'value="/deals/?owner=1&amp;period=month"' in page
    form = {"how": "won", "reason": "", "next": board_at}
    answer = browser.post(f"/deals/{deal.pk}/close/", form)
    assert answer.url.startswith(f"/deals/{deal.pk}/?end=won&next=%2Fdeals")
    form["reason"] = "The survey"
    answer = browser.post(f"/deals/{deal.pk}/close/", form)
    assert answer.url == f"{board_at}#deal-{deal.pk}"
    deal.refresh_from_db()
    assert (deal.stage, deal.reason) == ("won", "The survey")
    other = make(lead, "Other")
    strange = "https://evil.example/deals/?"
    page = browser.get(f"/deals/{other.pk}/", {"end": "<b>", "next": strange}).content.decode()
    assert "evil.example" not in page and "Won or lost" in page
    answer = browser.post(f"/deals/{other.pk}/close/", form | {"next": strange})
    assert answer.url == f"/leads/{lead.pk}/#deals"


def test_a_deal_from_the_board(login: Login, lead: Lead, stranger: Any, rep: Any) -> None:
    other = Lead.objects.create(owner=stranger, first_name="Marta", email="m@other.example")
    browser = login(rep)
    assert 'href="/deals/new/"' in browser.get("/deals/").content.decode()
    assert "Nobody answered yet" in browser.get("/deals/new/").content.decode()
    Lead.objects.filter(pk=lead.pk).update(replied_at=NOW)
    Lead.objects.filter(pk=other.pk).update(replied_at=NOW)
    for query in ("", f"?q={lead.first_name}"):
        page = browser.get(f"/deals/new/{query}").content.decode()
        assert f"?lead={lead.pk}" in page and f"?lead={other.pk}" not in page
    assert "Nobody found" in browser.get("/deals/new/?q=zzzz").content.decode()
    for strange in (other.pk, "x", "9" * 30):
        assert browser.get(f"/deals/new/?lead={strange}").status_code == 404
    assert "What it is about" in browser.get(f"/deals/new/?lead={lead.pk}").content.decode()
    form = {"lead": lead.pk, "title": "", "value": "900", "currency": "EUR"}
    assert browser.post("/deals/new/", form).status_code == 422
    form |= {"title": "Six rooms", "expected_close": "2026-12-20"}
    answer = browser.post("/deals/new/", form)
    deal = Deal.objects.get()
    assert (deal.title, deal.value, deal.expected_close) == ("Six rooms", 900, date(2026, 12, 20))
    assert answer.url == f"/deals/#deal-{deal.pk}"
    assert ThreadEvent.objects.filter(lead=lead, kind="deal.opened").count() == 1


def test_a_stage_that_is_none_changes_nothing(login: Login, lead: Lead, rep: Any) -> None:
    deal = make(lead)
    login(rep).post(f"/deals/{deal.pk}/move/", {"stage": "best"})
    assert Deal.objects.get().stage == "open"
    Deal.objects.update(stage="won")
    login(rep).post(f"/deals/{deal.pk}/move/", {"stage": "open"})
    assert Deal.objects.get().stage == "won"


def test_value_and_day_are_edited(login: Login, lead: Lead, rep: Any) -> None:
    deal = make(lead, currency="JPY")
    client = login(rep)
    sent = {"title": "Rooms", "value": "250", "currency": "JPY", "expected_close": "2026-12-01"}
    assert client.post(f"/deals/{deal.pk}/", sent).status_code == 302
    row = Deal.objects.get()
    assert (row.value, row.currency, row.expected_close) == (250, "JPY", date(2026, 12, 1))
    assert ThreadEvent.objects.filter(kind="deal.changed").count() == 1
    assert client.post(f"/deals/{deal.pk}/", {**sent, "title": ""}).status_code == 422
    assert client.post(f"/deals/{deal.pk}/", {**sent, "value": "-1"}).status_code == 422


def test_a_stranger_meets_nothing(login: Login, lead: Lead, stranger: Any) -> None:
    deal = make(lead)
    client = login(stranger)
    assert client.get(f"/deals/{deal.pk}/").status_code == 404
    for part in ("move", "reopen", "undo/1", "close"):
        sent = {"stage": "proposal", "how": "won", "reason": "x"}
        assert client.post(f"/deals/{deal.pk}/{part}/", sent).status_code == 404
    assert Deal.objects.get().stage == "open"


def test_words_from_outside_stay_words(login: Login, lead: Lead, rep: Any) -> None:
    deal = make(lead, "<script>x</script>", reason="<b>", stage="lost", closed_at=NOW)
    for url in ("/deals/", f"/deals/{deal.pk}/"):
        assert b"<script>x" not in login(rep).get(url).content


def test_the_page_tells_what_happened(
    login: Login, lead: Lead, rep: Any, django_assert_max_num_queries: Any
) -> None:
    deal = deals.open_deal(lead, deals.DealTerms("Rooms", Decimal(500)), rep)
    other = deals.open_deal(lead, deals.DealTerms("Other", Decimal(7)), rep)
    deals.move_deal(deal, "proposal", rep)
    deals.edit_deal(deal, deals.DealTerms("Rooms", Decimal(1900), stage="proposal"), rep)
    deals.close_deal(other, won=True, reason="Elsewhere", user=rep)
    client = login(rep)
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    told = page.partition("What happened")[2]
    wanted = (
        "Deal changed by Jonas",
        "value from 500 to 1,900",
        "Deal moved: Proposal sent by Jonas",
    )
    for words in [*wanted, "Deal opened by Jonas"]:
        assert words in told, words
    assert told.index("Deal changed") < told.index("Deal moved") < told.index("Deal opened")
    assert "Elsewhere" not in page and "since 21 Nov 2026" in page
    event = ThreadEvent.objects.get(kind="deal.moved")
    assert f"/leads/{lead.pk}/#e{event.pk}" in told
    with django_assert_max_num_queries(18):
        client.get(f"/deals/{deal.pk}/")


def test_a_deal_that_came_as_it_is_says_so(login: Login, lead: Lead, rep: Any) -> None:
    deal = make(lead, expected_close=NOW.date() - timedelta(days=3))
    page = login(rep).get(f"/deals/{deal.pk}/").content.decode()
    assert "Nothing is noted" in page and "Was due 18 Nov 2026" in page


def test_a_phone_jumps_to_a_stage(login: Login, lead: Lead, rep: Any) -> None:
    make(lead)
    client = login(rep)
    assert 'href="#st-negotiation"' in client.get("/deals/").content.decode()
    assert "#st-negotiation" not in client.get("/deals/?stage=open").content.decode()


def test_an_ended_card_says_that_it_is_the_reason(login: Login, lead: Lead, rep: Any) -> None:
    deal = deals.open_deal(lead, deals.DealTerms("Rooms", Decimal(500)), rep)
    deals.close_deal(deal, won=False, reason="Price", user=rep)
    client = login(rep)
    board, page = (client.get(url).content.decode() for url in ("/deals/", f"/deals/{deal.pk}/"))
    assert "Lost because:</span>" in board and "Why:</span>" in page


def test_a_move_starts_ahead_or_with_nothing_chosen(login: Login, lead: Lead, rep: Any) -> None:
    first, last = make(lead), make(lead, stage="negotiation")
    client = login(rep)

    def starts(deal: Deal) -> str:
        page = client.get(f"/deals/{deal.pk}/").content.decode()
        return page.partition('id="mv"')[2].partition("</option>")[0].rpartition(">")[2]

    assert (starts(first), starts(last)) == ("Proposal sent", "Choose a stage")
