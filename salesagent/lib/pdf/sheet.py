"""One A4 document: a head with who and what, parts below each other, a foot with the page.

    sheet = Sheet(title="Week 47", company="Halden", about="whole team", made="22 Nov")
    sheet.facts([("Leads worked", "312", "41 more")])
    sheet.part("Channels", "What was sent.")
    sheet.table(["Channel", "Sent"], [["Email", "604"]], numbers={1})
    data = sheet.pdf()

Texts are plain: they are escaped, and letters that the fonts lack become boxes. Sizes in points.
"""

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from salesagent.lib.pdf import fonts

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
MARGIN = 22 * MM
WIDTH = A4[0] - 2 * MARGIN
INK, SOFT, LINE, TINT, BRAND = "#16211e", "#5a6863", "#cdd5d0", "#eff2ef", "#0e6470"
MOST_ROWS = 400  # of one table
CELL = 300  # characters
STAYS_WITH = 120  # points below a heading, less is a new page


@dataclass
class Sheet:
    title: str
    company: str
    about: str = ""
    made: str = ""
    parts: list[Any] = field(default_factory=list)

    def part(self, title: str, note: str = "") -> None:
        """A heading, on the next page when little would stand below it here."""
        from reportlab.platypus import CondPageBreak

        self.parts.append(CondPageBreak(STAYS_WITH))
        self._text(title, size=13, bold=True, before=16, after=3)
        if note:
            self._text(note, size=9, colour=SOFT, after=4)

    def text(self, words: str, *, soft: bool = False) -> None:
        size, colour = (9.0, SOFT) if soft else (10.0, INK)
        self._text(words, size=size, colour=colour, before=5, after=4)

    def facts(self, facts: Sequence[tuple[str, str, str]]) -> None:
        """Name, number, remark side by side between hairlines; at most five."""
        from reportlab.platypus import Table, TableStyle

        cells = [
            [
                self._paragraph(name, 8.5, colour=SOFT),
                self._paragraph(number, 16 if len(number) < 9 else 13, bold=True),
                self._paragraph(remark or "\xa0", 8.5, colour=SOFT),
            ]
            for name, number, remark in facts
        ]
        table = Table([cells], colWidths=[WIDTH / len(cells)] * len(cells))
        style = [
            ("LINEABOVE", (0, 0), (-1, 0), 0.6, LINE),
            ("LINEBELOW", (0, -1), (-1, -1), 0.6, LINE),
            ("LINEAFTER", (0, 0), (-2, -1), 0.6, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 7),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
        table.setStyle(TableStyle(style))
        self.parts.append(table)

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        numbers: Collection[int] = (),
        widths: Sequence[float] = (),
        empty: str = "Nothing in this time.",
    ) -> None:
        """Columns in `numbers` stand to the right; `widths` are shares. The head is repeated."""
        from reportlab.platypus import Table, TableStyle

        if not rows:
            self.text(empty, soft=True)
            return
        shares = list(widths) or [1.0] * len(head)
        columns = [WIDTH * share / sum(shares) for share in shares]
        right = set(numbers)
        cells = [[self._cell(word, n in right, head=True) for n, word in enumerate(head)]]
        cells += [
            [self._cell(w, n in right) for n, w in enumerate(row)] for row in rows[:MOST_ROWS]
        ]
        table = Table(cells, colWidths=columns, repeatRows=1)
        table.setStyle(
            TableStyle(
                [
                    ("BACKGROUND", (0, 0), (-1, 0), TINT),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                    ("TOPPADDING", (0, 0), (-1, -1), 4),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                    ("LEFTPADDING", (0, 0), (-1, -1), 5),
                    ("RIGHTPADDING", (0, 0), (-1, -1), 5),
                ]
            )
        )
        self.parts.append(table)
        if len(rows) > MOST_ROWS:
            self.text(f"{len(rows) - MOST_ROWS} more are not printed.", soft=True)

    def picture(self, drawing: Any, *, below: float = 6) -> None:
        """A drawing of salesagent.lib.pdf.charts; `below`: room to what follows."""
        from reportlab.platypus import Spacer

        self.parts += [drawing, Spacer(0, below)]

    def pdf(self) -> bytes:
        """The document; its pages know how many they are."""
        from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

        fonts.both()
        out = io.BytesIO()
        top, bottom = 20 * MM, 20 * MM
        document = BaseDocTemplate(
            out, pagesize=A4, title=self.title, author=self.company, lang="en", invariant=1
        )
        frame = Frame(
            MARGIN, bottom, WIDTH, A4[1] - top - bottom, 0, 0, 0, 0, id="page", showBoundary=0
        )
        document.addPageTemplates([PageTemplate(id="page", frames=[frame])])
        document.build([*self._head(), *self.parts], canvasmaker=_counting(self))
        return out.getvalue()

    def _head(self) -> list[Any]:
        from reportlab.platypus import Spacer, Table, TableStyle

        words = [
            self._paragraph(self.company, 10, bold=True),
            self._paragraph(self.about, 9, colour=SOFT),
        ]
        table = Table([[_mark(self.company), words]], colWidths=[30, WIDTH - 30])
        style = [("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
        table.setStyle(TableStyle(style))
        return [table, Spacer(0, 8), self._paragraph(self.title, 25, bold=True), Spacer(0, 10)]

    def _cell(self, word: str, right: bool, *, head: bool = False) -> Any:
        """Cut, because a cell cannot go on on the next page."""
        short = word if len(word) <= CELL else word[: CELL - 1] + "…"
        return self._paragraph(short, 9, bold=head, right=right)

    def _text(
        self,
        words: str,
        *,
        size: float,
        bold: bool = False,
        colour: str = INK,
        before: float = 0,
        after: float = 0,
    ) -> None:
        made = self._paragraph(words, size, bold=bold, colour=colour)
        made.style.spaceBefore, made.style.spaceAfter = before, after
        self.parts.append(made)

    def _paragraph(
        self, words: str, size: float, *, bold: bool = False, colour: str = INK, right: bool = False
    ) -> Any:
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Paragraph

        fonts.both()
        style = ParagraphStyle(
            "sheet",
            fontName=fonts.BOLD if bold else fonts.REGULAR,
            fontSize=size,
            leading=size * (1.2 if size > 12 else 1.4),
            textColor=colour,
            alignment=2 if right else 0,
            splitLongWords=1,
        )
        return Paragraph(escape(fonts.printable(words)).replace("\n", "<br/>"), style)


def _mark(company: str) -> Any:
    """A square with the company's first letters."""
    from reportlab.graphics.shapes import Drawing, Rect, String

    words = [word for word in company.split() if word[:1].isalnum()]
    letters = "".join(word[0] for word in words[:2]).upper() or "S"
    drawing = Drawing(22, 22)
    drawing.add(Rect(0, 0, 22, 22, rx=5, ry=5, fillColor=_colour(BRAND), strokeColor=None))
    drawing.add(
        String(
            11,
            7.5,
            fonts.printable(letters),
            textAnchor="middle",
            fontName=fonts.BOLD,
            fontSize=10,
            fillColor=_colour("#ffffff"),
        )
    )
    return drawing


def _colour(value: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(value)


def _counting(sheet: Sheet) -> Any:
    """A canvas class that knows how many pages there are when it writes the foot of each."""
    from reportlab.pdfgen.canvas import Canvas

    class Counting(Canvas):  # type: ignore[misc]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for page in self._kept:
                self.__dict__.update(page)
                _foot(self, sheet, len(self._kept))
                super().showPage()
            super().save()

    return Counting


def _foot(paper: Any, sheet: Sheet, pages: int) -> None:
    paper.setStrokeColor(_colour(LINE))
    paper.line(MARGIN, 15 * MM, A4[0] - MARGIN, 15 * MM)
    paper.setFont(fonts.REGULAR, 8)
    paper.setFillColor(_colour(SOFT))
    paper.drawString(MARGIN, 11 * MM, fonts.printable(f"{sheet.title}. {sheet.made}"))
    paper.drawRightString(A4[0] - MARGIN, 11 * MM, f"Page {paper.getPageNumber()} of {pages}")
