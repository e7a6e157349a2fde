"""Which fonts a PDF loads, and what of a text is set."""

import pytest

from apps.core.paper import fonts
from apps.core.paper.document import printable

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
