"""What static/js/charts.js draws, and the table of the same numbers under it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from salesagent.templatetags.ui import grouped

# how a series is drawn; colours are CSS variables, so that the dark theme has its own
LOOKS = ("line", "dash", "dots", "bar", "soft", "step")


@dataclass(frozen=True)
class Series:
    """One line or set of bars. None: nothing to draw there. `links`: of the table's cells."""

    name: str
    values: Sequence[float | None]
    look: str = "line"
    links: Sequence[str] = ()


NONE = mark_safe('<td class="r num"><span class="muted">none</span></td>')
PLAIN = '<td class="r num">{}</td>'
LINKED = '<td class="r num"><a href="{}">{}</a></td>'


@dataclass(frozen=True)
class Chart:
    """`said`: what it shows, in one sentence for those who do not see it. `unit` stands behind
    each number ("%", "EUR"); `places`: digits after the point."""

    id: str
    said: str
    head: str  # of the first column
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    places: int = 0
    stacked: bool = False
    small: bool = False
    kind: str = field(default="line")  # or "bar"

    @property
    def data_id(self) -> str:
        return f"{self.id}-data"

    @property
    def digits(self) -> str:
        """For floatformat, in groups of three."""
        return f"{self.places}g"

    @property
    def after(self) -> str:
        return self.unit if self.unit in ("", "%") else f" {self.unit}"

    @property
    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "series": [
                {"name": one.name, "values": [_plain(v) for v in one.values], "look": one.look}
                for one in self.series
            ],
            "unit": self.unit,
            "stacked": self.stacked,
            "whole": self.places == 0,
        }

    def rows(self) -> Iterator[tuple[str, list[tuple[float | None, str]]]]:
        """(label, [(value, link or "")]), as the table prints them."""
        for at, label in enumerate(self.labels):
            yield label, [(s.values[at], s.links[at] if s.links else "") for s in self.series]

    @property
    def body(self) -> SafeString:
        """The table's rows; a year of weeks has a hundred cells."""
        rows = (
            (label, format_html_join("", "{}", ((self._cell(*one),) for one in cells)))
            for label, cells in self.rows()
        )
        return format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', rows)

    def _cell(self, value: Any, link: str) -> SafeString:
        if value is None:
            return NONE
        text = f"{grouped(value, self.places)}{self.after}"
        return format_html(LINKED, link, text) if link and value else format_html(PLAIN, text)


def _plain(value: Any) -> float | None:
    """JSON knows no decimals."""
    return None if value is None else float(value)
