"""Which fonts a PDF loads, and what of a text is set."""

from datetime import UTC, datetime

import pytest

from apps.core.paper import fonts
from apps.core.paper.document import LINE_MM, Paper, printable

pytestmark = pytest.mark.skipif(not fonts.is_there(fonts.REGULAR), reason="static files are not built")


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("Plain, Ünïcödé, Ελληνικά, Кириллица", []),
        ("夜行列车", ["Chinese"]),
        ("قطار الليل", ["Arabic"]),
        ("רכבת", ["Hebrew"]),
        ("🚂", ["Emoji"]),
        ("夜 قطار 🚂", ["Arabic", "Emoji", "Chinese"]),
        ("\U0010fffd", []),
    ],
)
def test_only_the_fonts_that_a_text_needs_are_loaded(text, families):
    assert [family for family, _name in fonts.needed_for([text])] == families


def test_signs_without_a_glyph_are_left_out_but_line_ends_stay():
    assert printable("a\u202eb\u0007c") == "a b c"
    assert printable("❤\ufe0f 👨\u200d👩") == "❤ 👨👩"
    assert printable("one\r\ntwo") == "one\ntwo"


def _paper():
    return Paper(title="Title", texts=["Title"], made_at=datetime(2026, 11, 22, tzinfo=UTC), foot="foot")


def test_names_that_take_two_lines_push_the_next_row_down():
    paper = _paper()
    top = paper.y
    paper.facts([("Short", "1")])
    one_line = paper.y - top
    top = paper.y
    paper.facts([("Less for differences and for notes that were left out", "−9.8 bits")])
    assert paper.y - top == pytest.approx(one_line + LINE_MM, abs=0.01)


def test_one_line_is_cut_where_the_page_ends(monkeypatch):
    paper, put = _paper(), []
    monkeypatch.setattr(paper, "text", lambda x, y, text: put.append(text))
    paper.put(paper.l_margin, 50, "A title " * 60)
    paper.put(paper.l_margin, 50, "A title")
    assert put[1] == "A title"
    assert put[0].endswith("…")
    assert paper.epw - 5 < paper.get_string_width(put[0]) <= paper.epw
