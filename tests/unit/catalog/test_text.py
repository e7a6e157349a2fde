"""Names, titles and what search compares."""

import pytest

from apps.catalog.rejections import rejection_message
from apps.catalog.text import clean_filename, clean_line, name_key, search_key, title_from_filename


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\mixes\\night.wav", "night.wav"),
        ("a\x00b\nc.wav", "ab c.wav"),
        ("gnp\u202egpj.wav", "gnpgpj.wav"),
        ("...", "file"),
        ("", "file"),
        ("夜行列车.flac", "夜行列车.flac"),
    ],
)
def test_file_names_lose_what_is_not_theirs(name, clean):
    assert clean_filename(name) == clean


def test_a_long_file_name_keeps_its_ending():
    clean = clean_filename("x" * 400 + ".flac")
    assert clean == "x" * 250 + ".flac"


@pytest.mark.parametrize(
    ("name", "title"),
    [("night_train.final.WAV", "night train.final"), ("Night train", "Night train"), (".wav", "wav")],
)
def test_titles_from_file_names(name, title):
    assert title_from_filename(name) == title


def test_lines_are_one_line_in_composed_form():
    assert clean_line("  Beyonce\u0301 \n\t live\u202e ") == "Beyoncé live"


def test_emoji_stay_whole():
    family = "👩‍👩‍👧 🏳️‍🌈"
    assert clean_line(family) == family


def test_names_differ_by_accent_but_not_by_case():
    assert name_key("BJÖRK") == name_key("björk")
    assert name_key("Björk") != name_key("Bjork")
    assert name_key("Ｂｊöｒｋ") == name_key("Björk")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Beyoncé – Déjà Vu!", "beyonce deja vu"),
        ("STRASSE straße", "strasse strasse"),
        ("夜行列车（现场）", "夜行列车 现场"),
        ("قِطَارُ اللَّيْل", "قطار الليل"),
        ("قـــطار", "قطار"),
        ("가을", "가을"),
    ],
)
def test_search_keys(text, key):
    assert search_key(text) == key


@pytest.mark.parametrize(
    ("code", "params", "says"),
    [
        ("too_long", {"duration_s": 10801.0, "maximum_s": 10800.0}, "about 180 minutes; at most 180 minutes"),
        ("truncated", {"readable_s": 61.2}, "only 61.2 s of it could be read"),
        ("too_large", {"size_mb": 2048.0, "maximum_mb": 1024.0}, "has 2048 MB; at most 1024 MB"),
        ("truncated", {}, "This file can't be used."),
        ("unheard_of", {}, "This file can't be used."),
    ],
)
def test_rejections_say_what_to_do(code, params, says):
    assert says in rejection_message(code, params)
    assert "upload" in rejection_message(code, params).lower()


def test_no_code_no_message():
    assert rejection_message("", {}) == ""
