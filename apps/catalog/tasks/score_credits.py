"""Who a MusicXML file says wrote the music, the words and the arrangement.

Only what stands before the first part is parsed. The file was read as a score before, so it is known to be safe.
"""

import contextlib
import io
import zipfile
from xml.parsers import expat

from apps.catalog.models import WorkRole

_ROLES = {
    "composer": WorkRole.COMPOSER,
    "lyricist": WorkRole.LYRICIST,
    "poet": WorkRole.LYRICIST,
    "librettist": WorkRole.LYRICIST,
    "arranger": WorkRole.ARRANGER,
}
# What notation programs write when nobody typed a name.
_PLACEHOLDERS = frozenset({"composer", "composer / arranger", "lyricist", "arranger", "unknown", "komponist", "作曲"})
_HEAD_BYTES = 1024**2
_MOST_PEOPLE = 20


class _Enough(Exception):
    """The first part has begun."""


def people_named(data: bytes) -> list[tuple[str, str]]:
    """``(name, role)`` of the creators that a score (.xml, .musicxml or .mxl, as bytes) names; roles of ``WorkRole``.

    Music without a role counts as composed. Anything unreadable is no name: a file's credits are a suggestion.
    """
    found: list[tuple[str, str]] = []
    role, text = "", ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal role, text
        if tag in ("part", "measure"):
            raise _Enough
        if tag == "creator":
            role, text = _ROLES.get(attributes.get("type", "composer").strip().lower(), ""), ""

    def characters(piece: str) -> None:
        nonlocal text
        text += piece

    def end(tag: str) -> None:
        nonlocal role
        if tag == "creator" and role:
            found.extend((name, str(role)) for name in _names(text))
        role = "" if tag == "creator" else role

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    with contextlib.suppress(_Enough, expat.ExpatError, zipfile.BadZipFile, OSError):
        parser.Parse(_head(data), False)
    return list(dict.fromkeys(found))[:_MOST_PEOPLE]


def _names(text: str) -> list[str]:
    lines = (line.strip() for line in text.replace(";", "\n").splitlines())
    return [line for line in lines if line and line.lower() not in _PLACEHOLDERS]


def _head(data: bytes) -> bytes:
    """The beginning of the score's XML, out of its archive where it is in one."""
    if data[:4] != b"PK\x03\x04":
        return data[:_HEAD_BYTES]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.startswith("META-INF/") and name.lower().endswith((".xml", ".musicxml")):
                with archive.open(name) as member:
                    return member.read(_HEAD_BYTES)
    return b""
