"""A page of paper in the house style: ink, thin rules, one accent."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF, XPos, YPos
from fpdf.enums import Align

from apps.core.errors import Unavailable
from apps.core.paper import fonts

INK = (38, 38, 48)
MUTED = (110, 108, 116)
RULE = (205, 201, 194)
ACCENT = (196, 69, 34)
MARGIN_MM = 20
LINE_MM = 5.2
# Bidirectional controls and other invisible signs have no glyph and would only show as boxes.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = {"\u200c", "\u200d", "\ufe0f", "\ufe0e"}


def printable(text: object) -> str:
    """Text that can be set: no control signs but line ends, no variation selectors of emoji."""
    kept = (sign for sign in str(text).replace("\r\n", "\n") if sign not in _JOINERS)
    return "".join(sign if sign == "\n" or unicodedata.category(sign) not in _INVISIBLE else " " for sign in kept)


class Paper(FPDF):
    """An A4 document. ``texts`` is all that it will say: it decides which fonts are loaded.

    Raises:
        Unavailable: the fonts are not there, because static files were not built.
    """

    def __init__(self, *, title: str, texts: Sequence[str], made_at: datetime, foot: str) -> None:
        super().__init__(format="A4", unit="mm")
        self.foot_text = printable(foot)
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, margin=MARGIN_MM + 4)
        self.set_title(printable(title))
        self.set_creator("Descant")
        self.set_producer("Descant")
        self.set_creation_date(made_at)
        self.set_lang(get_language() or "en")
        self._load_fonts([title, foot, *texts])
        self.add_page()

    def _load_fonts(self, texts: Sequence[str]) -> None:
        if not fonts.is_there(fonts.REGULAR):
            message = _("PDFs can't be made at the moment: their fonts are missing. Tell whoever runs this site.")
            raise Unavailable(message, code="fonts_missing")
        self.add_font(fonts.FAMILY, "", fonts.path_of(fonts.REGULAR))
        self.add_font(fonts.FAMILY, "B", fonts.path_of(fonts.BOLD))
        further = fonts.needed_for([printable(text) for text in texts])
        for family, name in further:
            self.add_font(family, "", fonts.path_of(name))
        self.set_fallback_fonts([family for family, _ in further], exact_match=False)
        self.set_text_shaping(True)
        self.ink()

    def ink(self, size: float = 10, *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        self.set_font(fonts.FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    def header(self) -> None:
        """The name of the house and a thin rule, on every page."""
        self.ink(9, bold=True, colour=ACCENT)
        self.cell(0, 5, "Descant", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.rule()
        self.ln(4)

    def footer(self) -> None:
        self.set_y(-MARGIN_MM + 4)
        self.ink(8, colour=MUTED)
        self.cell(0, 4, f"{self.foot_text}   ·   {self.page_no()} / {{nb}}", align=Align.L)

    def make_room(self, height_mm: float) -> None:
        """A new page unless so much is left of this one."""
        if self.will_page_break(height_mm):
            self.add_page()

    def put(self, x: float, y: float, text: object) -> None:
        """One line of text at a place, cut where the page ends."""
        kept = printable(text)
        room = self.w - self.r_margin - x
        while len(kept) > 1 and self.get_string_width(kept) > room:
            kept = f"{kept[:-2].rstrip()}…"
        self.text(x, y, kept)

    def rule(self) -> None:
        self.set_draw_color(*RULE)
        self.set_line_width(0.2)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)

    def paragraph(
        self,
        text: object,
        *,
        size: float = 10,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        width: float = 0,
        after: float = 1.5,
    ) -> None:
        """A block of text over the width, wrapped at words, or anywhere when a word is longer than the line."""
        self.ink(size, bold=bold, colour=colour)
        line = size * 0.3528 * 1.4
        self.multi_cell(width, line, printable(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(after)

    def heading(self, text: object) -> None:
        self.ln(2)
        self.paragraph(text, size=11.5, bold=True, after=1)

    def facts(self, rows: Sequence[tuple[object, object]], *, label_mm: float = 46, width: float = 0) -> None:
        """Names and values in two columns."""
        value_mm = (width or self.epw) - label_mm
        for label, value in rows:
            if self.will_page_break(LINE_MM * 2):
                self.add_page()
            top = self.y
            self.ink(9, colour=MUTED)
            self.multi_cell(label_mm - 2, LINE_MM, printable(label), align=Align.L, new_x=XPos.RIGHT, new_y=YPos.NEXT)
            below, page = self.y, self.page_no()
            self.set_xy(self.l_margin + label_mm, top)
            self.ink(10)
            self.multi_cell(value_mm, LINE_MM, printable(value), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            # The next row begins below whichever is longer, the name or the value.
            if self.page_no() == page:
                self.set_y(max(self.y, below))
            self.ln(0.8)

    def table_of(self, head: Sequence[object], rows: Sequence[Sequence[object]], widths: Sequence[int]) -> None:
        """A table with thin rules; the head is repeated on each page."""
        self.ink(8.5)
        self.set_draw_color(*RULE)
        self.set_fill_color(255)
        with self.table(
            col_widths=tuple(widths), borders_layout="HORIZONTAL_LINES", line_height=5, text_align="LEFT", padding=1
        ) as table:
            for cells in [head, *rows]:
                row = table.row()
                for cell in cells:
                    row.cell(printable(cell))
        self.ln(3)

    def finish(self) -> bytes:
        data: Any = self.output()
        return bytes(data)
