"""Reading scores: MIDI and MusicXML files in, the parts and the melody out.

Which part carries the melody is told by its name where it has a telling one, and otherwise by how melodic it is:
one note at a time, in a singing register, moving by small steps, present for most of the piece. Where chords
remain, their highest notes are taken (skyline).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.similarity.melody.errors import ScoreError
from ml.similarity.melody.midi import MidiFile, read_midi
from ml.similarity.melody.musicxml import XmlScore, read_musicxml, read_mxl
from ml.similarity.melody.notes import MAX_NOTES, Melody, Note

MAX_FILE_BYTES = 20 * 1024 * 1024
EXTENSIONS = (".mid", ".midi", ".xml", ".musicxml", ".mxl")
_TELLING = re.compile(r"melod|vocal|voice|voc\b|sing|lead|tune|theme|sopran|主旋律|旋律|人声|mélod|gesang|chant", re.I)
_AGAINST = re.compile(
    r"accomp|chord|bass|drum|perc|pad|string|guitar|piano|harm|bridge|arp|backing|choir|strum|伴奏|左手", re.I
)
_BASS_PROGRAMS = range(32, 40)


@dataclass(frozen=True, slots=True)
class Part:
    """A part or voice. program: General MIDI or None. melodic: how likely it carries the melody, larger is likelier."""

    name: str
    notes: tuple[Note, ...]
    program: int | None
    is_drums: bool
    melodic: float


@dataclass(frozen=True, slots=True)
class Score:
    """A score that was read.

    Attributes
    ----------
    title : str
    parts : tuple of Part
        As in the file; times in quarters.
    melody_part : int
        Which of them the melody was taken from.
    melody : Melody
    bars : tuple of float
        Where bars start, in quarters.
    seconds_per_quarter : float or None
        Mean over the piece; None when the file has no tempo.
    """

    title: str
    parts: tuple[Part, ...]
    melody_part: int
    melody: Melody
    bars: tuple[float, ...]
    seconds_per_quarter: float | None

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every pitched note, for drawing, in order of onset and pitch."""
        found = [n for part in self.parts if not part.is_drums for n in part.notes]
        return tuple(sorted(found, key=lambda n: (n.onset, n.pitch)))


def read_melody(path: str | Path, *, part: int | None = None) -> Melody:
    """The melody of a score file; see ``read_score``."""
    return read_score(path, part=part).melody


def read_score(path: str | Path, *, part: int | None = None) -> Score:
    """Read a MIDI or MusicXML file (.mid .midi .xml .musicxml .mxl; told by content, not by name).

    Parameters
    ----------
    path : str or Path
    part : int or None
        Take the melody from this part instead of choosing one.

    Raises
    ------
    ScoreError
        A file that can't be used; its message says what to do.
    FileNotFoundError
    """
    path = Path(path)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ScoreError("too_large", "This file is larger than 20 MB. Upload the score alone, one piece at a time.")
    return score_of(path.read_bytes(), path.stem, part=part)


def score_of(data: bytes, name: str = "", *, part: int | None = None) -> Score:
    """As ``read_score``, from bytes; `name` is the title of files without one."""
    if not data.strip(b"\0 \r\n\t"):
        raise ScoreError("empty", "This file is empty. Export the score again and upload the new file.")
    if data[:4] in (b"MThd", b"RIFF"):
        return _from_midi(read_midi(data), name, part)
    if data[:4] == b"PK\x03\x04":
        return _from_xml(read_mxl(data), name, part)
    if data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _from_xml(read_musicxml(data), name, part)
    raise ScoreError("not_a_score", "This file is neither MIDI nor MusicXML. Upload .mid, .musicxml, .xml or .mxl.")


def _from_midi(file: MidiFile, name: str, part: int | None) -> Score:
    parts = [
        _part(v.name, v.notes, v.program, v.is_drums or _is_drums(v.name), order) for order, v in enumerate(file.voices)
    ]
    end = max((n.onset + n.duration for p in parts for n in p.notes), default=0.0)
    return _score(file.title or name, parts, _bars_of(file.metres, end), _pace(file.tempos, end), part)


def _from_xml(score: XmlScore, name: str, part: int | None) -> Score:
    parts = [_part(v.name, v.notes, None, v.is_drums, order) for order, v in enumerate(score.voices)]
    end = max((n.onset + n.duration for p in parts for n in p.notes), default=0.0)
    return _score(score.title or name, parts, score.bars, _pace(score.tempos, end), part)


def _is_drums(name: str) -> bool:
    return bool(re.fullmatch(r"\W*(drums?|percussion|drum ?kit)\W*\d*", name, re.I))


def _score(title: str, parts: Sequence[Part], bars: tuple[float, ...], pace: float | None, asked: int | None) -> Score:
    if not any(p.notes for p in parts):
        raise ScoreError("no_notes", "This score holds no notes. Check that the right file was exported.")
    if all(p.is_drums for p in parts):
        raise ScoreError(
            "drums_only", "This score holds only percussion, so there is no melody. Add the melody's part."
        )
    if asked is not None and not 0 <= asked < len(parts):
        raise ScoreError("no_notes", f"There is no part {asked}; this score has {len(parts)}, counted from 0.")
    chosen = asked if asked is not None else max(range(len(parts)), key=lambda k: parts[k].melodic)
    notes = skyline(parts[chosen].notes)
    if len(notes) > MAX_NOTES:
        raise ScoreError("too_large", f"The melody has more than {MAX_NOTES:,} notes. Upload one piece at a time.")
    melody = Melody(notes, title, bars, pace)
    return Score(title, tuple(parts), chosen, melody, bars, pace)


def _part(name: str, notes: Sequence[Note], program: int | None, drums: bool, order: int) -> Part:
    melodic = float("-inf") if drums else melodiousness(name, notes, program) - 0.1 * order
    return Part(name, tuple(notes), program, drums, melodic)


def melodiousness(name: str, notes: Sequence[Note], program: int | None = None) -> float:
    """How likely a part carries the melody; larger is likelier, the unit is arbitrary."""
    if len(notes) < 2:
        return -10.0
    onset = np.array([n.onset for n in notes])
    end = onset + np.array([n.duration for n in notes])
    pitch = np.array([n.pitch for n in notes])
    overlap = np.mean(onset[1:] < end[:-1] - 0.1 * (end[:-1] - onset[:-1]))  # legato overlaps do not count
    steps = np.abs(np.diff(pitch))
    covered = float(np.sum(end - onset)) / max(float(end.max() - onset.min()), 1e-6)
    score = -4.0 * float(overlap)
    score -= abs(float(np.median(pitch)) - 70) / 12
    score -= float(np.mean(steps == 0)) + float(np.mean(steps > 7))
    score += min(covered, 1.0) + min(len(notes), 60) / 30
    score += 6.0 if _TELLING.search(name) else 0.0
    score -= 1.5 if _AGAINST.search(name) else 0.0
    score -= 3.0 if program is not None and program in _BASS_PROGRAMS else 0.0
    return score


def skyline(notes: Sequence[Note]) -> tuple[Note, ...]:
    """One line: of notes that start together the highest, cut short where the next one starts.

    A lower note that starts under a higher one that sounds on (accompaniment) is left out.
    """
    line: list[Note] = []
    for note in sorted(notes, key=lambda n: (round(n.onset * 32), -n.pitch)):
        before = line[-1] if line else None
        if before is None:
            line.append(note)
            continue
        left = before.onset + before.duration - note.onset
        if note.onset - before.onset < 1 / 32:
            continue
        if left > 1 / 16 and left > 0.25 * before.duration and note.pitch < before.pitch:
            continue
        if left > 0:
            line[-1] = Note(before.onset, note.onset - before.onset, before.pitch)
        line.append(note)
    return tuple(line)


def _bars_of(metres: Sequence[tuple[float, float]], end: float) -> tuple[float, ...]:
    """Where bars start: by the metres, four quarters where there is none."""
    changes = list(metres) if metres and metres[0][0] <= 0 else [(0.0, 4.0), *metres]
    places = [place for place, _ in changes]
    bars: list[float] = []
    at = 0.0
    while at < end and len(bars) < MAX_NOTES:
        bars.append(at)
        index = bisect_right(places, at + 1e-6) - 1
        at += max(changes[index][1], 0.25)
    return tuple(bars)


def _pace(tempos: Sequence[tuple[float, float]], end: float) -> float | None:
    """Mean seconds a quarter over the piece, to 1e-6 s, None without a tempo."""
    if not tempos or end <= 0:
        return None
    places = [max(place, 0.0) for place, _ in tempos]
    places[0] = 0.0
    spans = np.diff(np.minimum([*places, end], end))
    total = float(np.sum(spans * np.array([pace for _, pace in tempos])))
    return round(total / end, 6) if total > 0 else round(tempos[0][1], 6)
