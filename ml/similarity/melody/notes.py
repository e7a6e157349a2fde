"""Melodies as plain data, and their compact form for the registry."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

MAGIC = b"DM"
FORMAT = 1
TICKS = 96
"""Stored times are whole ticks of 1/96 of a quarter (or of a second, for transcriptions)."""
MAX_NOTES = 50_000
_HEADER = struct.Struct("<2sBBIIf")
_MOST_BYTES = 8 + 16 * MAX_NOTES


class MelodyError(ValueError):
    """Bytes that are no stored melody, or a melody that can't be stored; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note. onset, duration: quarter lengths, or seconds in transcriptions. pitch: MIDI, 60 is middle C."""

    onset: float
    duration: float
    pitch: int


@dataclass(frozen=True, slots=True)
class Melody:
    """A line of notes, one at a time, in order of onset.

    Attributes
    ----------
    notes : tuple of Note
    title : str
        Not part of the stored bytes.
    bars : tuple of float
        Where bars start, in the notes' unit of time; empty when unknown.
    seconds_per_quarter : float or None
        Seconds that one unit of the notes' time lasts: 1.0 for transcriptions, None when the score has no tempo.
    """

    notes: tuple[Note, ...]
    title: str = ""
    bars: tuple[float, ...] = ()
    seconds_per_quarter: float | None = None

    def __len__(self) -> int:
        return len(self.notes)

    @property
    def in_seconds(self) -> bool:
        """Whether places of this melody can be told in seconds."""
        return self.seconds_per_quarter is not None

    def seconds(self, onset: float) -> float:
        """A place in seconds, or unchanged (quarters) when the tempo is unknown."""
        return onset * (self.seconds_per_quarter or 1.0)

    def to_bytes(self) -> bytes:
        """Versioned bytes of at most about 4 a note: times in ticks of 1/96, columns of differences, deflated.

        Raises
        ------
        MelodyError
            More than ``MAX_NOTES`` notes.
        """
        if len(self.notes) > MAX_NOTES:
            raise MelodyError(f"A melody may have at most {MAX_NOTES:,} notes; split the score into movements.")
        onsets = [round(n.onset * TICKS) for n in self.notes]
        steps = _differences(onsets)
        lengths = [max(1, round(n.duration * TICKS)) for n in self.notes]
        # Most notes last until the next one starts: such lengths cost one byte of zero.
        gaps = [step - length for step, length in zip([*steps[1:], 0], lengths, strict=False)]
        columns = b"".join(
            (
                _varints(_differences([n.pitch for n in self.notes])),
                _varints(steps),
                _varints(gaps),
                _varints(_differences([round(b * TICKS) for b in self.bars])),
            )
        )
        pace = self.seconds_per_quarter or 0.0
        return _HEADER.pack(MAGIC, FORMAT, 0, len(self.notes), len(self.bars), pace) + zlib.compress(columns, 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> Melody:
        """The melody of stored bytes, times rounded to ticks, without its title.

        Raises
        ------
        MelodyError
            Bytes of another kind or version, or damaged ones.
        """
        count, _bars, pace, values = _unpacked(bytes(data))
        pitches = _sums(values[:count])
        steps, gaps = values[count : 2 * count], values[2 * count : 3 * count]
        onsets = _sums(steps)
        lengths = [step - gap for step, gap in zip([*steps[1:], 0], gaps, strict=False)]
        notes = tuple(Note(o / TICKS, n / TICKS, p) for o, n, p in zip(onsets, lengths, pitches, strict=True))
        if any(not 0 <= n.pitch <= 127 or n.duration <= 0 for n in notes):
            raise MelodyError("The stored melody is damaged; read the score again.")
        return cls(notes, bars=tuple(b / TICKS for b in _sums(values[3 * count :])), seconds_per_quarter=pace or None)


def _unpacked(data: bytes) -> tuple[int, int, float, list[int]]:
    """Notes, bars, pace and all stored numbers."""
    if len(data) < _HEADER.size or data[:2] != MAGIC:
        raise MelodyError("These bytes are no stored melody; read the score again.")
    _magic, version, _flags, count, bars, pace = _HEADER.unpack_from(data)
    if version != FORMAT:
        raise MelodyError(f"This melody is stored in format {version}, not {FORMAT}; read the score again.")
    try:
        values = _numbers(zlib.decompressobj().decompress(data[_HEADER.size :], _MOST_BYTES))
    except zlib.error as error:
        raise MelodyError("The stored melody is damaged; read the score again.") from error
    if len(values) != 3 * count + bars or not 0 <= pace < float("inf"):
        raise MelodyError("The stored melody is damaged; read the score again.")
    return count, bars, pace, values


def _differences(values: list[int]) -> list[int]:
    return [b - a for a, b in zip([0, *values], values, strict=False)]


def _sums(values: list[int]) -> list[int]:
    total, out = 0, []
    for value in values:
        total += value
        out.append(total)
    return out


def _varints(values: Iterable[int]) -> bytes:
    """Signed numbers, small ones in one byte: sign in the lowest bit, seven bits a byte."""
    out = bytearray()
    for value in values:
        rest = value * 2 if value >= 0 else -value * 2 - 1
        while rest > 127:
            out.append(rest & 127 | 128)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _numbers(data: bytes) -> list[int]:
    out, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        if byte & 128:
            shift += 7
            continue
        out.append(value >> 1 if not value & 1 else -(value + 1 >> 1))
        value = shift = 0
    return out
