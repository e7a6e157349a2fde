"""ISWC. Examples: codes of public articles, and the standard's own way of computing the check digit."""

import pytest

from apps.catalog.iswc import check_digit, format_iswc, normalise_iswc
from apps.core.errors import InvalidInput


@pytest.mark.parametrize(
    "text",
    [
        "T0345246801",
        "t-034.524.680-1",
        " T-034524680-1 ",
        "ISWC T-034.524.680-1",
        "iswc:t0345246801",
        "Ｔ－０３４．５２４．６８０－１",
    ],
)
def test_spellings_of_one_iswc(text):
    assert normalise_iswc(text) == "T0345246801"


def test_no_iswc_is_none():
    assert normalise_iswc(" ") == ""


def test_the_check_digit():
    # 1 + 1·0 + 2·3 + 3·4 + 4·5 + 5·2 + 6·4 + 7·6 + 8·8 + 9·0 = 179, and 179 + 1 ends in 0.
    assert check_digit("034524680") == 1
    # All zeros: 1 + 0, so 9 is missing.
    assert check_digit("000000000") == 9
    assert normalise_iswc("T-000.000.001-0") == "T0000000010"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("T034524680", "An ISWC has 11 characters, for example T-034.524.680-1; this one has 10."),
        ("X0345246801", "An ISWC is the letter T and ten digits"),
        ("T03452468O1", "An ISWC is the letter T and ten digits"),
        ("T0345246802", "The last digit of this ISWC does not fit the others"),
        ("T0345246081", "The last digit of this ISWC does not fit the others"),
    ],
)
def test_what_is_wrong_is_said(text, says):
    with pytest.raises(InvalidInput) as refused:
        normalise_iswc(text)
    assert str(refused.value.message).startswith(says)


def test_as_people_read_it():
    assert format_iswc("T0345246801") == "T-034.524.680-1"
    assert format_iswc("") == ""
