"""The fonts of PDFs: Noto faces that npm brings and the build copies (see ``static/src/build.json``).

Latin, Greek and Cyrillic come from Noto Sans; what it lacks is set in the first of the further faces that has it.
A sign that none has shows as an empty box: visible, and no reason to fail.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont

FOLDER = "static/dist/fonts/pdf"
FAMILY = "Noto"
REGULAR = "NotoSans-Regular.ttf"
BOLD = "NotoSans-Bold.ttf"
# The large Chinese face comes last: it is read only for text that nothing else can set.
FURTHER = (
    ("Arabic", "NotoNaskhArabic-Regular.ttf"),
    ("Hebrew", "NotoSansHebrew-Regular.ttf"),
    ("Emoji", "NotoEmoji-Regular.ttf"),
    ("Chinese", "NotoSansHans-Regular.otf"),
)


def path_of(name: str) -> Path:
    """Where a face lies; it may be missing when static files were not built."""
    return Path(settings.BASE_DIR) / FOLDER / name


def is_there(name: str) -> bool:
    return path_of(name).is_file()


@cache
def signs_of(name: str) -> frozenset[int]:
    """Code points that a face can set; none when it is missing."""
    path = path_of(name)
    if not path.is_file():
        return frozenset()
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def needed_for(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Which further faces a document needs, as (family, file name), in the order in which they are tried."""
    missing = {ord(sign) for text in texts for sign in text} - signs_of(REGULAR)
    chosen = []
    for family, name in FURTHER:
        if not missing:
            break
        found = missing & signs_of(name)
        if found:
            chosen.append((family, name))
            missing -= found
    return chosen
