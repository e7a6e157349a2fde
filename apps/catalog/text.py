"""Names and titles: clean, comparable, searchable. Pure functions."""

import re
import unicodedata
from pathlib import PurePosixPath

FILENAME_LENGTH = 255
# Controls, and the marks that reverse the writing direction: they make a name look like another.
_HIDDEN = re.compile("[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w]+")


def clean_line(text: str) -> str:
    """One line without hidden characters, spaces made one, in Unicode's composed form."""
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return _HIDDEN.sub("", spaced).strip()


def clean_filename(name: str) -> str:
    """A file's own name without folders, hidden characters or excess length; for showing, never for storing under."""
    base = clean_line(name).replace("\\", "/").rsplit("/", 1)[-1].strip(". ") or "file"
    if len(base) <= FILENAME_LENGTH:
        return base
    suffix = PurePosixPath(base).suffix[:20]
    return base[: FILENAME_LENGTH - len(suffix)] + suffix


def title_from_filename(name: str) -> str:
    """A first title, until tags or a person know better.

    >>> title_from_filename("C:/mixes/night_train.final.WAV")
    'night train.final'
    """
    base = clean_filename(name)
    stem = base[: -len(suffix)] if (suffix := PurePosixPath(base).suffix) else base
    return clean_line(stem.replace("_", " ")) or base


def name_key(text: str) -> str:
    """What two spellings of one name share: letter case and compatibility forms don't count, accents do."""
    return clean_line(unicodedata.normalize("NFKC", text).casefold())


def search_key(text: str) -> str:
    """What search compares: no case, no accents or vowel points, no punctuation; any script.

    >>> search_key("Beyoncé – Déjà Vu!")
    'beyonce deja vu'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char) and char != "\u0640")
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFC", bare)).strip()
