"""The shapes of a piano roll, ready to be written into an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Mark = Literal["same", "differs", "alone", "melody", "other"]
"""Of a pair: the same, of another pitch, on one side only. Of one score: the melody, or another part."""


@dataclass(frozen=True)
class Rectangle:
    """A note. ``x`` and ``width`` in percent, ``y`` and ``height`` in pixels; ``mark`` says what kind it is."""

    x: str
    y: float
    width: str
    height: float
    mark: Mark
    label: str = ""


@dataclass(frozen=True)
class Line:
    """A line; ``x1`` and ``x2`` in percent."""

    x1: str
    y1: float
    x2: str
    y2: float
    mark: str = ""


@dataclass(frozen=True)
class Words:
    """A text at ``x`` percent (or pixels in the axis), ``y`` pixels."""

    x: str
    y: float
    text: str


@dataclass(frozen=True)
class Row:
    """A shaded row of the keyboard."""

    y: float
    height: float


@dataclass(frozen=True)
class TableLine:
    """One line of the table: a bar with its notes, or a pair of notes and what they are to each other."""

    cells: Sequence[str]


@dataclass
class Drawing:
    """All shapes of one piano roll. ``sounds`` is what the player plays."""

    width: int
    height: int = 0
    summary: str = ""
    notes: list[Rectangle] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    bars: list[Line] = field(default_factory=list)
    links: list[Line] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    names: list[Words] = field(default_factory=list)
    lanes: list[Row] = field(default_factory=list)
    head: Sequence[str] = ()
    table: list[TableLine] = field(default_factory=list)
    table_is_cut: bool = False
    sounds: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
