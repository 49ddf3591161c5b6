"""Charts as vectors, by reportlab's own chart classes. Read in black and white: shapes and dashes.

Each returns a Drawing as wide as the sheet, for Sheet.picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from salesagent.lib.pdf import fonts
from salesagent.lib.pdf.sheet import BRAND, INK, LINE, SOFT, TINT, WIDTH

SECOND = "#8f4700"  # of the second line; dashed and square besides
PALE = "#b4d6da"


@dataclass(frozen=True)
class Series:
    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Band:
    """A period of the forecast: from `low` to `high`, the middle and what is booked already."""

    name: str
    low: float
    middle: float
    high: float
    booked: float
    words: str


def lines(
    names: Sequence[str],
    series: Sequence[Series],
    height: float = 150,
    *,
    earlier: tuple[int, str] = (0, ""),
) -> Any:
    """At most two lines over the same places: solid with dots, dashed with squares.

    `earlier`: how many of the first places stand on grey, and the word there.
    """
    from reportlab.graphics.charts.linecharts import HorizontalLineChart
    from reportlab.graphics.shapes import Drawing
    from reportlab.graphics.widgets.markers import makeMarker

    fonts.both()
    drawing, chart = Drawing(WIDTH, height), HorizontalLineChart()
    chart.x, chart.y, chart.width, chart.height = 26, 18, WIDTH - 36, height - 42
    chart.data = [list(one.values) for one in series]
    chart.categoryAxis.categoryNames = list(names)
    _axes(chart, max((v for one in series for v in one.values), default=0))
    for number, (colour, dash, mark) in enumerate(STYLES[: len(series)]):
        line = chart.lines[number]
        line.strokeColor, line.strokeWidth, line.strokeDashArray = _hex(colour), 1.8, dash
        line.symbol = makeMarker(mark, size=5, fillColor=_hex(colour), strokeColor=_hex(colour))
    _shade(drawing, chart, earlier[0] / max(1, len(names)), earlier[1])
    drawing.add(chart)
    _legend(drawing, series, height)
    return drawing


def _shade(drawing: Any, chart: Any, share: float, word: str) -> None:
    from reportlab.graphics.shapes import Rect, String

    if share <= 0:
        return
    width = chart.width * share
    drawing.add(Rect(chart.x, chart.y, width, chart.height, fillColor=_hex(TINT), strokeColor=None))
    drawing.add(
        String(chart.x + width - 4, chart.y + chart.height - 9, word, fontName=fonts.REGULAR,
               fontSize=8, fillColor=_hex(SOFT), textAnchor="end")
    )  # fmt: skip


STYLES = [(BRAND, None, "FilledCircle"), (SECOND, (5, 3), "FilledSquare")]


def _axes(chart: Any, highest: float) -> None:
    labels = chart.categoryAxis.labels
    labels.fontName, labels.fontSize, labels.fillColor = fonts.REGULAR, 8, _hex(SOFT)
    chart.categoryAxis.strokeColor = _hex(LINE)
    axis = chart.valueAxis
    axis.valueMin, axis.valueMax, axis.valueStep = 0, *scale(highest)
    axis.labels.fontName, axis.labels.fontSize = fonts.REGULAR, 8
    axis.labels.fillColor, axis.labelTextFormat = _hex(SOFT), "%d"
    axis.strokeColor, axis.visibleGrid, axis.gridStrokeColor = None, 1, _hex(LINE)
    axis.gridStrokeWidth, axis.visibleTicks = 0.4, 0


def scale(highest: float) -> tuple[int, int]:
    """(end of the axis, step): whole numbers, at most five steps."""
    steps = (part * 10**power for power in count() for part in (1, 2, 5))
    step = next(one for one in steps if one * 5 >= highest)
    return max(1, math.ceil(highest / step)) * step, step


def _legend(drawing: Any, series: Sequence[Series], height: float) -> None:
    from reportlab.graphics.shapes import Circle as Dot
    from reportlab.graphics.shapes import Line, Rect

    x = 26.0
    for one, (colour, dash, mark) in zip(series, STYLES, strict=False):
        y = height - 9
        stroke = Line(x, y, x + 18, y, strokeColor=_hex(colour), strokeWidth=1.8)
        stroke.strokeDashArray = dash
        drawing.add(stroke)
        shape = (
            Dot(x + 9, y, 2.5, fillColor=_hex(colour), strokeColor=None)
            if mark == "FilledCircle"
            else Rect(x + 6.5, y - 2.5, 5, 5, fillColor=_hex(colour), strokeColor=None)
        )
        drawing.add(shape)
        x = _word(drawing, x + 23, y - 3, one.name) + 18


def bars(rows: Sequence[tuple[str, float, str]], *, whole: float = 0) -> Any:
    """One bar below the other on one scale: name, value, the words at its end.

    `whole`: what a full bar stands for; without it the longest.
    """
    from reportlab.graphics.shapes import Drawing, Rect

    fonts.both()
    step, left = 20.0, 110.0
    right = 8 + max((_width(words, bold=True) for _, _, words in rows), default=0)
    drawing = Drawing(WIDTH, step * len(rows) + 4)
    longest = whole or max((value for _, value, _ in rows), default=0) or 1
    room = WIDTH - left - right
    for number, (name, value, words) in enumerate(rows):
        y = step * (len(rows) - number - 1) + 4
        _word(drawing, 0, y + 4, name, most=left - 6)
        drawing.add(Rect(left, y, room, 13, fillColor=_hex(TINT), strokeColor=None))
        if value > 0:
            width = room * value / longest
            drawing.add(Rect(left, y, width, 13, fillColor=_hex(BRAND), strokeColor=None))
        _word(drawing, left + room + 8, y + 4, words, bold=True)
    return drawing


def bands(rows: Sequence[Band]) -> Any:
    """Each period: what is booked (solid), from P10 to P90 (pale with a rim), P50 (a stroke)."""
    from reportlab.graphics.shapes import Drawing, Line, Rect

    fonts.both()
    step, left, right = 24.0, 70.0, 150.0
    drawing = Drawing(WIDTH, step * len(rows) + 4)
    longest = max((one.high for one in rows), default=0) or 1
    room = WIDTH - left - right
    for number, one in enumerate(rows):
        y = step * (len(rows) - number - 1) + 6
        low, middle, high, booked = (
            left + room * value / longest for value in (one.low, one.middle, one.high, one.booked)
        )
        _word(drawing, 0, y + 4, one.name, most=left - 6)
        drawing.add(Line(left, y + 6, left + room, y + 6, strokeColor=_hex(LINE), strokeWidth=0.5))
        drawing.add(
            Rect(low, y, max(high - low, 1), 12, fillColor=_hex(PALE), strokeColor=_hex(BRAND),
                 strokeWidth=0.6)
        )  # fmt: skip
        if one.booked:
            drawing.add(
                Rect(left, y + 3, booked - left, 6, fillColor=_hex(BRAND), strokeColor=None)
            )
        drawing.add(Line(middle, y - 2, middle, y + 14, strokeColor=_hex(INK), strokeWidth=1.8))
        _word(drawing, left + room + 8, y + 4, one.words)
    return drawing


def _word(
    drawing: Any, x: float, y: float, words: str, *, bold: bool = False, most: float = 0
) -> float:
    """Write it, cut to `most` points where given; where it ends."""
    from reportlab.graphics.shapes import String

    font = fonts.BOLD if bold else fonts.REGULAR
    shown = fonts.printable(words)
    while most and len(shown) > 1 and _width(shown, bold=bold) > most:
        shown = shown[:-2].rstrip() + "…"
    drawing.add(String(x, y, shown, fontName=font, fontSize=9, fillColor=_hex(INK)))
    return x + _width(shown, bold=bold)


def _width(words: str, *, bold: bool = False) -> float:
    """Of what is printed, at the size of a chart's words."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    font = fonts.BOLD if bold else fonts.REGULAR
    return float(stringWidth(fonts.printable(words), font, 9))


def _hex(value: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(value)
