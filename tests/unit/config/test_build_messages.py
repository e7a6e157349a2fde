"""Translations are compiled without gettext's tools."""

import gettext
import os
from pathlib import Path

import pytest

from config.build_messages import compile_catalogue

CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Tracks"
msgstr "曲目"

msgid "%(count)s track"
msgid_plural "%(count)s tracks"
msgstr[0] "%(count)s 首"
msgstr[1] "%(count)s 首曲目"

#, fuzzy
msgid "Registry"
msgstr "wrong guess"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "django.po"
    file.write_text(CATALOGUE, encoding="utf-8")
    return file


def test_the_result_is_read_by_gettext(source: Path) -> None:
    assert compile_catalogue(source) is True

    with source.with_suffix(".mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert translations.gettext("Tracks") == "曲目"
    assert translations.ngettext("%(count)s track", "%(count)s tracks", 2) == "%(count)s 首曲目"
    # A fuzzy entry is a guess and is left out.
    assert translations.gettext("Registry") == "Registry"


def test_compiled_again_only_after_a_change(source: Path) -> None:
    compile_catalogue(source)
    assert compile_catalogue(source) is False
    later = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (later, later))
    assert compile_catalogue(source) is True
