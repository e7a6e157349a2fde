"""Strips of chroma as shapes: twelve rows of pitch classes over time, darker where more sounds.

The other side is turned into our key and stretched to our time, so that what agrees stands under each other. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PITCH_CLASSES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
ROW, GAP, LEFT, COLUMN = 9, 34, 24, 4
SHADES = (3, 6, 9, 12)
"""From which of sixteen levels on a shade is used."""
MOST_LINKS = 32


@dataclass(frozen=True)
class Shade:
    """All cells of one darkness: an SVG path. ``level`` 1–4."""

    level: int
    path: str


@dataclass(frozen=True)
class Lane:
    """One side's strip; ``y`` is its top."""

    y: int
    shades: tuple[Shade, ...]


@dataclass(frozen=True)
class Row:
    """The name of a pitch class beside its row."""

    y: float
    name: str


@dataclass(frozen=True)
class Link:
    """A line between places that were heard as the same."""

    x1: float
    x2: float


@dataclass(frozen=True)
class ChromaPicture:
    """Both strips of one aligned stretch. Sizes in units of the picture; times in seconds."""

    width: int
    height: int
    own: Lane
    other: Lane
    rows: tuple[Row, ...]
    links: tuple[Link, ...]
    link_top: int
    link_bottom: int
    own_span: tuple[float, float]
    other_span: tuple[float, float]


def picture(strip: Mapping[str, Any], transposition: int, stream: str = "harmony") -> ChromaPicture:
    """The picture of one stretch. transposition: semitones by which ours is higher. stream: ``harmony``, ``melody``."""
    own, other = strip["own"], strip["other"]
    ours, theirs = _levels(own[stream]), _turned(_levels(other[stream]), transposition)
    columns = max(len(ours[0]), len(theirs[0]), 1)
    width, height = LEFT + columns * COLUMN, 12 * ROW
    return ChromaPicture(
        width=width,
        height=2 * height + GAP,
        own=Lane(0, _shades(ours, columns, 0)),
        other=Lane(height + GAP, _shades(theirs, columns, height + GAP)),
        rows=tuple(
            Row(top + (12 - k) * ROW - 2, name)
            for top in (0, height + GAP)
            for k, name in enumerate(PITCH_CLASSES)
            if k in (0, 4, 7)
        ),
        links=_links(strip, width),
        link_top=height,
        link_bottom=height + GAP,
        own_span=(float(own["start_s"]), float(own["end_s"])),
        other_span=(float(other["start_s"]), float(other["end_s"])),
    )


def pictures(detail: Mapping[str, Any], stream: str = "harmony") -> list[ChromaPicture]:
    """A picture of every drawn stretch of a cover match, from its ``detail``; none of other matches."""
    shift = int(detail.get("transposition", 0))
    return [picture(strip, shift, stream) for strip in detail.get("strips", ())]


def _levels(rows: Sequence[str]) -> list[list[int]]:
    return [[int(digit, 16) for digit in row] for row in rows] or [[] for _ in range(12)]


def _turned(rows: list[list[int]], semitones: int) -> list[list[int]]:
    """The rows in the key of music that is so many semitones higher."""
    return [rows[(k - semitones) % 12] for k in range(12)]


def _shades(rows: list[list[int]], columns: int, top: int) -> tuple[Shade, ...]:
    """Runs of equal darkness as boxes; each strip fills the whole width."""
    boxes: dict[int, list[str]] = {level: [] for level in range(1, len(SHADES) + 1)}
    for k, row in enumerate(rows):
        if not row:
            continue
        step = columns * COLUMN / len(row)
        y, start = top + (11 - k) * ROW, 0
        for at in range(1, len(row) + 1):
            level = _shade(row[start])
            if at < len(row) and _shade(row[at]) == level:
                continue
            if level:
                x, length = LEFT + start * step, (at - start) * step
                boxes[level].append(f"M{x:.1f} {y}h{length:.1f}v{ROW - 1}h-{length:.1f}z")
            start = at
    return tuple(Shade(level, "".join(found)) for level, found in boxes.items() if found)


def _shade(level: int) -> int:
    return sum(level >= least for least in SHADES)


def _links(strip: Mapping[str, Any], width: int) -> tuple[Link, ...]:
    path = strip.get("path", ())
    own, other = strip["own"], strip["other"]
    step = max(1, -(-len(path) // MOST_LINKS))
    return tuple(
        Link(_across(own, own_s, width), _across(other, other_s, width)) for own_s, other_s in list(path)[::step]
    )


def _across(side: Mapping[str, Any], seconds: float, width: int) -> float:
    length = max(float(side["end_s"]) - float(side["start_s"]), 1e-6)
    share = min(max((seconds - float(side["start_s"])) / length, 0.0), 1.0)
    return round(LEFT + share * (width - LEFT), 1)
