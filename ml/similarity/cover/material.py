"""Songs as notes, chords and sections, from which the evaluation plays versions: POP909 folders and lead sheets."""

import hashlib
import itertools
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pretty_midi

SPLITS = {"tune": range(3), "calibrate": range(3, 6), "report": range(6, 10)}
"""Tenths of the songs, by a hash of their name (the author's, for lead sheets)."""

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES = (
    ("hdim", (0, 3, 6, 10)),
    ("half-dim", (0, 3, 6, 10)),
    ("dim", (0, 3, 6)),
    ("aug", (0, 4, 8)),
    ("sus2", (0, 2, 7)),
    ("sus4", (0, 5, 7)),
    ("suspended", (0, 5, 7)),
    ("minmaj7", (0, 3, 7, 11)),
    ("min7", (0, 3, 7, 10)),
    ("minor-seventh", (0, 3, 7, 10)),
    ("min", (0, 3, 7)),
    ("maj7", (0, 4, 7, 11)),
    ("major-seventh", (0, 4, 7, 11)),
    ("maj", (0, 4, 7)),
    ("dominant", (0, 4, 7, 10)),
    ("7", (0, 4, 7, 10)),
    ("9", (0, 4, 7, 10)),
)


@dataclass(frozen=True, slots=True)
class Tone:
    """A note: onset and length in beats, MIDI pitch, velocity."""

    onset: float
    length: float
    pitch: int
    velocity: int = 90


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol: onset and length in beats, pitch classes with the root first."""

    onset: float
    length: float
    classes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Song:
    """A song. parts: the tune first; the others are its written accompaniment (none for a lead sheet). sections: starts
    and ends in beats. seconds_a_beat: its own tempo.
    """

    name: str
    parts: tuple[tuple[Tone, ...], ...]
    chords: tuple[Chord, ...]
    sections: tuple[tuple[float, float], ...]
    beats_a_bar: int
    seconds_a_beat: float

    @property
    def length(self) -> float:
        """In beats."""
        return max(t.onset + t.length for part in self.parts for t in part)


def split_of(key: str) -> str:
    """Which split a song belongs to."""
    tenth = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10
    return next(name for name, tenths in SPLITS.items() if tenth in tenths)


def pop909_folders(root: Path, split: str) -> list[Path]:
    """Song folders of POP909 in a split."""
    return [p for p in sorted(root.iterdir()) if (p / f"{p.name}.mid").is_file() and split_of(p.name) == split]


def lead_sheets(root: Path, split: str) -> list[Path]:
    """Files of OpenEWLD in a split."""
    files = sorted(root.glob("**/*.mxl"))
    return [p for p in files if split_of(p.parent.parent.name) == split]


def read_pop909(folder: Path) -> Song:
    """A POP909 song: melody, bridge and piano, chords, and labelled sections where there are some."""
    midi = pretty_midi.PrettyMIDI(str(folder / f"{folder.name}.mid"))
    rows = [line.split() for line in (folder / "beat_midi.txt").read_text().splitlines() if line.strip()]
    times = np.array([float(r[0]) for r in rows])
    beat = float(np.median(np.diff(times)))

    def at(seconds: float) -> float:
        if seconds <= times[0] or seconds >= times[-1]:
            edge = 0 if seconds <= times[0] else len(times) - 1
            return float(edge + (seconds - times[edge]) / beat)
        return float(np.interp(seconds, times, np.arange(len(times))))

    order = {"MELODY": 0, "BRIDGE": 1, "PIANO": 2}
    tracks = sorted((i for i in midi.instruments if i.name in order), key=lambda i: order[i.name])
    parts = tuple(
        tuple(Tone(at(n.start), max(0.1, at(n.end) - at(n.start)), n.pitch, n.velocity) for n in track.notes)
        for track in tracks
    )
    downbeats = [k for k, r in enumerate(rows) if float(r[-1]) > 0]
    bar = int(np.median(np.diff(downbeats))) if len(downbeats) > 2 else 4
    labels = json.loads((folder.parent / "phrases_seconds.json").read_text()).get(folder.name, [])
    sections = tuple((at(float(start)), at(float(end))) for start, end, _ in labels)
    chords = tuple(_pop_chords(folder / "chord_midi.txt", at))
    song = Song(f"pop909_{folder.name}", parts, chords, sections, max(2, min(bar, 6)), beat)
    return song if len(sections) > 3 else _with_sections(song)


def _pop_chords(path: Path, at):  # type: ignore[no-untyped-def]
    for line in path.read_text().splitlines():
        start, end, symbol = line.split()
        if ":" not in symbol:
            continue
        root, quality = symbol.split(":", 1)
        alter = {"#": 1, "b": -1}.get(root[1:2], 0)
        yield Chord(at(float(start)), at(float(end)) - at(float(start)), _classes(_STEPS[root[0]] + alter, quality))


def _classes(root: int, quality: str) -> tuple[int, ...]:
    shape = next((shape for name, shape in _QUALITIES if quality.startswith(name)), (0, 4, 7))
    return tuple((root + step) % 12 for step in shape)


def _with_sections(song: Song) -> Song:
    """Stretches of eight bars as sections."""
    size = 8.0 * song.beats_a_bar
    edges = [*np.arange(0, song.length - size / 2, size).tolist(), song.length]
    pairs = tuple((float(a), float(b)) for a, b in itertools.pairwise(edges))
    return Song(song.name, song.parts, song.chords, pairs, song.beats_a_bar, song.seconds_a_beat)


def read_lead_sheet(path: Path, choruses: int = 2) -> Song:
    """A lead sheet (.mxl): its tune and chord symbols, played straight through so many times."""
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".xml") and not n.startswith("META-INF"))
        root = ET.fromstring(archive.read(name))  # noqa: S314
    part = root.find("part")
    if part is None:
        raise ValueError(f"no part in {path.name}")
    tones, symbols, length, bar = _measures(part)
    if len(tones) < 16 or len(symbols) < 4:
        raise ValueError(f"too few notes or chords in {path.name}")
    ends = [*(onset for onset, _ in symbols[1:]), length]
    chords = [Chord(a, b - a, classes) for (a, classes), b in zip(symbols, ends, strict=True) if b > a]
    tune = tuple(Tone(t.onset + k * length, t.length, t.pitch, t.velocity) for k in range(choruses) for t in tones)
    played = tuple(Chord(c.onset + k * length, c.length, c.classes) for k in range(choruses) for c in chords)
    return _with_sections(Song(f"ewld_{path.stem}", (tune,), played, (), bar, 0.5))


def _measures(part: ET.Element) -> tuple[list[Tone], list[tuple[float, tuple[int, ...]]], float, int]:
    tones: list[Tone] = []
    symbols: list[tuple[float, tuple[int, ...]]] = []
    divisions, bar, clock = 1.0, 4, 0.0
    for measure in part.findall("measure"):
        at = reached = clock
        for element in measure:
            if element.tag == "attributes":
                divisions = float(element.findtext("divisions") or divisions)
                beats, unit = element.findtext("time/beats"), element.findtext("time/beat-type")
                bar = round(int(beats) * 4 / int(unit)) if beats and unit and beats.isdigit() else bar
            elif element.tag == "harmony":
                _add_symbol(symbols, element, at)
            elif element.tag in ("backup", "forward"):
                at += (1 if element.tag == "forward" else -1) * _duration(element, divisions)
            elif element.tag == "note" and element.find("grace") is None:
                at = _add_note(tones, element, at, _duration(element, divisions))
            reached = max(reached, at)
        clock = reached
    return tones, symbols, clock, max(2, bar)


def _duration(element: ET.Element, divisions: float) -> float:
    return float(element.findtext("duration") or 0) / divisions


def _pitch(element: ET.Element, step: str, alter: str) -> int:
    return _STEPS[(element.findtext(step) or "C").strip()] + round(float(element.findtext(alter) or 0))


def _add_symbol(symbols: list[tuple[float, tuple[int, ...]]], element: ET.Element, at: float) -> None:
    kind = (element.findtext("kind") or "").strip()
    if element.find("root") is None or kind == "none":
        return
    classes = _classes(_pitch(element, "root/root-step", "root/root-alter") % 12, kind)
    if symbols and abs(symbols[-1][0] - at) < 1e-6:
        symbols.pop()
    symbols.append((at, classes))


def _add_note(tones: list[Tone], element: ET.Element, at: float, length: float) -> float:
    """Adds a sounding note, joins a tied one; returns the time after it."""
    if element.find("chord") is not None:
        return at
    if element.find("rest") is None and element.find("pitch") is not None:
        octave = int(element.findtext("pitch/octave") or 4)
        pitch = 12 * (octave + 1) + _pitch(element, "pitch/step", "pitch/alter")
        tied = any(t.get("type") == "stop" for t in element.findall("tie"))
        if tied and tones and tones[-1].pitch == pitch:
            last = tones.pop()
            tones.append(Tone(last.onset, at + length - last.onset, pitch, last.velocity))
        else:
            tones.append(Tone(at, length, pitch))
    return at + length


def names(songs: Sequence[Song]) -> list[str]:
    """Their names."""
    return [s.name for s in songs]
