"""Against Prism with Google's own description: is each request one that Google describes?"""

from collections.abc import Iterator
from typing import Any

import pytest

from leads.intake.sheets import SheetError, Sheets, Tab
from salesagent.lib import http
from salesagent.tests.peers import prism, web

pytestmark = pytest.mark.peer
FILE = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
TAB = Tab(gid=7, title="It's a tab", rows=100, columns=26)


@pytest.fixture(scope="module")
def google() -> Iterator[prism.Prism]:
    with prism.prism("google_sheets_v4") as peer:
        yield peer


@pytest.fixture
def answers(db: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The statuses that came back, in order."""
    found: list[int] = []
    real = http.call

    def call(*args: Any, **kwargs: Any) -> http.Answer:
        answer = real(*args, **kwargs)
        found.append(answer.status)
        return answer

    monkeypatch.setattr(http, "call", call)
    return found


def client(google: prism.Prism, token: str = "token") -> Sheets:  # noqa: S107
    return Sheets(google.base, "a@x.example", lambda refused: token)


def test_each_request_is_one_that_google_describes(google: prism.Prism, answers: Any) -> None:
    sheets = client(google)
    sheets.book(FILE)
    ranges = [TAB.range(1, 1), TAB.range(2, 100, 0, 30)]
    with pytest.raises(SheetError, match="readable"):  # the description's example has no two parts
        sheets.read(FILE, ranges)
    sheets.write(FILE, [(TAB.range(2, 3, 5, 6), [["=1+1", 72], ["", 0]])])
    sheets.add_columns(FILE, TAB, 5, 1, ["SalesAgent ID", "SalesAgent stage"])
    with pytest.raises(SheetError, match="did not say which"):  # the example's id is no id
        sheets.make("Leads", "Leads", ["First name", "Email"])
    assert answers == [200] * 5, google.complaints()[-2000:]


def test_the_description_is_a_judge(google: prism.Prism) -> None:
    """What is not described is refused, so that the test above says something."""
    url = f"{google.base}/v4/spreadsheets/{FILE}/values:batchUpdate"
    bad = [
        {"valueInputOption": "raw", "data": []},
        {"valueInputOption": "RAW", "data": [{"range": 1}]},
        {"valueInputOption": "RAW", "values": []},
    ]
    for body in bad:
        assert web.call("POST", url, data=body, bearer="t").status == 422
    assert web.call("POST", url, data={"valueInputOption": "RAW", "data": []}).status == 401
