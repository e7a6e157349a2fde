"""Notes of Standard MIDI files, read straight from the bytes: fast, bounded in memory, strict about damage."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from ml.similarity.melody.errors import ScoreError
from ml.similarity.melody.notes import Note

MAX_EVENTS = 2_000_000
DRUM_CHANNEL = 9
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_TRACK_NAME, _TEMPO, _METRE = 0x03, 0x51, 0x58


@dataclass(slots=True)
class Voice:
    """Notes of one channel of one track, in quarters. program: General MIDI, 0 to 127."""

    name: str
    channel: int
    program: int = 0
    notes: list[Note] = field(default_factory=list)

    @property
    def is_drums(self) -> bool:
        return self.channel == DRUM_CHANNEL


@dataclass(frozen=True, slots=True)
class MidiFile:
    """Voices, and what the file says of tempo and metre.

    tempos: (quarter, seconds a quarter). metres: (quarter, quarters a bar). title: the first track's name.
    """

    voices: tuple[Voice, ...]
    tempos: tuple[tuple[float, float], ...]
    metres: tuple[tuple[float, float], ...]
    title: str


def read_midi(data: bytes) -> MidiFile:
    """Read a format 0, 1 or 2 file.

    Raises
    ------
    ScoreError
        not_a_score, damaged or too_large.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        data = data[20:]
    if data[:4] != b"MThd" or len(data) < 14:
        raise ScoreError("not_a_score", "This file is no MIDI file. Export the score as Standard MIDI and upload that.")
    length, _format, _tracks, division = struct.unpack(">IHHH", data[4:14])
    reader = _Reader(*_ticks(division))
    place, number = 8 + length, 0
    while place + 8 <= len(data):
        kind, size = data[place : place + 4], struct.unpack(">I", data[place + 4 : place + 8])[0]
        if kind == b"MTrk":
            reader.track(data[place + 8 : place + 8 + size], number)
            number += 1
        place += 8 + size
    return reader.result()


def _ticks(division: int) -> tuple[float, float | None]:
    """Ticks a quarter, and for SMPTE times also the fixed length of a quarter in seconds (0.5)."""
    if division & 0x8000:
        frames, ticks = 256 - (division >> 8), division & 0xFF
        return frames * ticks * 0.5, 0.5
    if not division:
        raise _damaged()
    return float(division), None


def _damaged() -> ScoreError:
    return ScoreError("damaged", "This MIDI file is damaged and breaks off. Export it again and upload the new file.")


@dataclass(slots=True)
class _Track:
    """What one track holds so far. sounding: start ticks of open notes by channel and pitch."""

    name: str = ""
    tick: int = 0
    voices: dict[int, Voice] = field(default_factory=dict)
    programs: dict[int, int] = field(default_factory=dict)
    sounding: dict[tuple[int, int], list[int]] = field(default_factory=dict)


class _Reader:
    """Collects the notes of one file, track by track."""

    def __init__(self, ticks: float, fixed: float | None) -> None:
        self.ticks, self.events, self.title = ticks, 0, ""
        self.tempos: list[tuple[float, float]] = [] if fixed is None else [(0.0, fixed)]
        self.fixed = fixed is not None
        self.metres: list[tuple[float, float]] = []
        self.voices: list[Voice] = []

    def result(self) -> MidiFile:
        voices = tuple(v for v in self.voices if v.notes)
        for voice in voices:
            voice.notes.sort(key=lambda n: (n.onset, n.pitch))
        return MidiFile(voices, tuple(sorted(self.tempos)), tuple(sorted(self.metres)), self.title)

    def track(self, data: bytes, number: int) -> None:
        """Read one track chunk; of one that is cut off, whatever notes it holds are kept."""
        track = _Track()
        place, status = 0, 0
        try:
            while place < len(data):
                step, place = _varint(data, place)
                track.tick += step
                self._count()
                byte = data[place]
                if byte in (0xFF, 0xF0, 0xF7):
                    place = self._special(data, place, track)
                    continue
                if byte & 0x80:
                    status, place = byte, place + 1
                size = _DATA_BYTES.get(status & 0xF0)
                if size is None:
                    raise _damaged()
                self._channel(status, data[place], data[place + size - 1], track)
                place += size
        except IndexError as error:
            if not track.voices:
                raise _damaged() from error
        for voice in track.voices.values():
            voice.name = track.name
        self.voices += track.voices.values()
        if not number:
            self.title = track.name

    def _special(self, data: bytes, place: int, track: _Track) -> int:
        """A meta event or system exclusive data; returns the place after it."""
        is_meta = data[place] == 0xFF
        kind = data[place + 1] if is_meta else -1
        size, place = _varint(data, place + (2 if is_meta else 1))
        body = data[place : place + size]
        if kind == _TRACK_NAME and not track.name:
            track.name = _text(body)
        elif kind == _TEMPO and len(body) >= 3 and not self.fixed:
            self.tempos.append((track.tick / self.ticks, max(int.from_bytes(body[:3], "big"), 1) / 1e6))
        elif kind == _METRE and len(body) >= 2 and body[0] and body[1] < 8:
            self.metres.append((track.tick / self.ticks, body[0] * 4 / 2 ** body[1]))
        return place + size

    def _channel(self, status: int, first: int, second: int, track: _Track) -> None:
        kind, channel = status & 0xF0, status & 0x0F
        if kind == 0xC0:
            track.programs[channel] = first
        elif kind == 0x90 and second:
            track.sounding.setdefault((channel, first), []).append(track.tick)
        elif kind in (0x80, 0x90) and track.sounding.get((channel, first)):
            start = track.sounding[channel, first].pop(0)
            voice = track.voices.setdefault(channel, Voice("", channel, track.programs.get(channel, 0)))
            voice.notes.append(Note(start / self.ticks, max(track.tick - start, 1) / self.ticks, first & 127))

    def _count(self) -> None:
        self.events += 1
        if self.events > MAX_EVENTS:
            raise ScoreError("too_large", "This MIDI file has too many events. Upload one piece of music, not a set.")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for _ in range(4):
        byte = data[place]
        place += 1
        value = value << 7 | byte & 127
        if not byte & 128:
            return value, place
    raise _damaged()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8").strip(" \0")
    except UnicodeDecodeError:
        return body.decode("latin-1").strip(" \0")
