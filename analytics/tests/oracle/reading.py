"""What stands on a page or in a file, as somebody reads it."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import html

FEW = 20


def rows_of(answer: Any) -> list[list[str]]:
    """Of a CSV file, without its head."""
    assert answer.status_code == 200, answer.content[:300]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def page_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content[:300]
    return html.fromstring(answer.content.decode())


def text(node: Any) -> str:
    return " ".join(node.text_content().split())


def figure(words: str) -> int:
    """The first whole number in it: "1,204 leads" is 1204."""
    found = re.search(r"\d[\d,]*", words)
    return int(found.group().replace(",", "")) if found else 0


def rate(hits: int, whole: int) -> str:
    """In words, as all reports tell a share."""
    if whole < FEW:
        return f"{hits:,} of {whole:,}"
    return f"{100 * hits / whole:.1f}%"


def table(page: Any, title: str) -> dict[str, list[str]]:
    """First cell -> the others, of the table in the card with this heading."""
    for card in page.iter("section"):
        if card.find(".//h2") is not None and text(card.find(".//h2")) == title:
            body = card.find(".//tbody")
            if body is None:
                return {}
            cells = [[text(cell) for cell in row] for row in body.findall("tr")]
            return {row[0]: row[1:] for row in cells}
    raise AssertionError(f"no card {title}")


def links(page: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(what it says, address, what it asks for) of each link to the leads behind a number."""
    for node in page.iter("a"):
        address = node.get("href", "")
        if address.startswith("/analytics/leads/"):
            asked = parse_qsl(urlsplit(address).query, keep_blank_values=True)
            yield text(node), address, dict(asked)
