"""Notes as pages draw and play them: plain data, and the JSON that is stored of a score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SECONDS_PER_QUARTER = 0.5
"""How long a quarter lasts when played where a score has no tempo: 120 a minute."""


@dataclass(frozen=True)
class DrawnNote:
    """One note. ``onset`` and ``duration`` in the score's unit of time (quarters, or seconds of a transcription);
    ``pitch`` is a MIDI number, 60 is middle C; ``part`` counts from 0."""

    onset: float
    duration: float
    pitch: int
    part: int = 0

    @property
    def end(self) -> float:
        return self.onset + self.duration


@dataclass(frozen=True)
class ScoreNotes:
    """A score as it is drawn.

    Attributes:
        notes: every pitched note in order of onset.
        melody: the line that is compared; its notes are also among ``notes`` as far as the score holds them so.
        bars: where bars start, in the notes' unit of time; empty when unknown.
        seconds_per_unit: None when the score has no tempo.
        parts: names by the notes' ``part``; ``melody_part`` is the one that the melody was taken from.
    """

    notes: Sequence[DrawnNote]
    melody: Sequence[DrawnNote] = ()
    bars: Sequence[float] = ()
    seconds_per_unit: float | None = None
    parts: Sequence[str] = ()
    melody_part: int = 0

    @property
    def pace(self) -> float:
        """Seconds that one unit of time lasts when it is played."""
        return self.seconds_per_unit or SECONDS_PER_QUARTER

    @property
    def end(self) -> float:
        return max((note.end for note in (*self.notes, *self.melody)), default=0.0)

    def to_json(self) -> dict[str, Any]:
        """What is stored; ``from_json`` reads it."""
        return {
            "version": 1,
            "notes": [_packed(note) for note in self.notes],
            "melody": [_packed(note) for note in self.melody],
            "bars": [_short(place) for place in self.bars],
            "seconds_per_unit": self.seconds_per_unit,
            "parts": list(self.parts),
            "melody_part": self.melody_part,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ScoreNotes":
        """The notes of stored JSON; what is missing is empty."""
        return cls(
            notes=tuple(DrawnNote(*note) for note in stored.get("notes", ())),
            melody=tuple(DrawnNote(*note) for note in stored.get("melody", ())),
            bars=tuple(stored.get("bars", ())),
            seconds_per_unit=stored.get("seconds_per_unit"),
            parts=tuple(stored.get("parts", ())),
            melody_part=stored.get("melody_part", 0),
        )


def _packed(note: DrawnNote) -> list[float]:
    return [_short(note.onset), _short(note.duration), note.pitch, note.part]


def _short(value: float) -> float:
    """To a thousandth, whole numbers without a point: half the bytes."""
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) else rounded


SCORE_TYPES = ".mid,.midi,.musicxml,.xml,.mxl,audio/midi"
"""What a file chooser offers for scores."""

_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
BLACK_KEYS = frozenset({1, 3, 6, 8, 10})


def pitch_name(pitch: int) -> str:
    """A MIDI pitch as people read it, with the octave of scientific notation.

    >>> pitch_name(60), pitch_name(70)
    ('C4', 'A♯4')
    """
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"
