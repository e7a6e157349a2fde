"""ISRC and UPC. Examples: ISO 3901's own, and bar codes of public articles about GS1's check digit."""

import pytest

from apps.catalog.isrc import format_isrc, normalise_isrc
from apps.catalog.upc import check_digit, normalise_upc
from apps.core.errors import InvalidInput


@pytest.mark.parametrize(
    "text",
    [
        "USS1Z9900001",
        "us-s1z-99-00001",
        " US-S1Z-99-00001 ",
        "US S1Z 99 00001",
        "ISRC US-S1Z-99-00001",
        "isrc:uss1z9900001",
        "US‐S1Z–99—00001",
        "ＵＳＳ１Ｚ９９０００01",
    ],
)
def test_spellings_of_one_isrc(text):
    assert normalise_isrc(text) == "USS1Z9900001"


def test_no_isrc_is_none():
    assert normalise_isrc("  ") == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("USS1Z990001", "An ISRC has 12 characters, for example QZ-ABC-26-00001; this one has 11."),
        ("USS1Z99000011", "An ISRC has 12 characters, for example QZ-ABC-26-00001; this one has 13."),
        ("U1S1Z9900001", "An ISRC starts with two letters, for example QZ-ABC-26-00001."),
        ("USS1Z99A0001", "An ISRC ends in seven digits: two of the year and five of the recording"),
        ("USS1Z99/0001", "An ISRC holds only letters A–Z and digits, for example QZ-ABC-26-00001."),
        ("夜行列车", "An ISRC holds only letters A–Z and digits, for example QZ-ABC-26-00001."),
    ],
)
def test_a_malformed_isrc_says_what_is_wrong(text, says):
    with pytest.raises(InvalidInput) as caught:
        normalise_isrc(text)
    assert says in str(caught.value.message)
    assert caught.value.code == "isrc_malformed"
    assert caught.value.fields == {"isrc": caught.value.message}


def test_an_isrc_is_shown_with_hyphens():
    assert format_isrc("USS1Z9900001") == "US-S1Z-99-00001"
    assert format_isrc("") == ""


@pytest.mark.parametrize(("digits", "last"), [("03600029145", 2), ("400638133393", 1), ("590123412345", 7)])
def test_check_digits(digits, last):
    assert check_digit(digits) == last


@pytest.mark.parametrize(
    ("text", "code"),
    [("0 36000 29145 2", "036000291452"), ("4-006381-333931", "4006381333931"), ("", "")],
)
def test_bar_codes(text, code):
    assert normalise_upc(text) == code


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("036000291453", "The last digit of this code does not fit the others"),
        ("03600029145", "A UPC has 12 digits, an EAN 13."),
        ("03600029145X", "A UPC has 12 digits, an EAN 13."),
        ("٠٣٦٠٠٠٢٩١٤٥٢", "A UPC has 12 digits, an EAN 13."),
    ],
)
def test_wrong_bar_codes(text, says):
    with pytest.raises(InvalidInput, match=says):
        normalise_upc(text)
