"""Tunes of ABC books, for evaluation only: one voice, keys, modes, lengths, accidentals, ties, tuplets.

Chords count with their first note; grace notes, words, decorations and chord names are skipped; repeats are read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ml.similarity.melody.notes import Melody, Note

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_FIFTHS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "C#": 7, "F": -1}
_FIFTHS |= {"Bb": -2, "Eb": -3, "Ab": -4, "Db": -5, "Gb": -6, "Cb": -7, "G#": 8, "D#": 9, "A#": 10}
_MODES = {
    "": 0,
    "maj": 0,
    "ion": 0,
    "mix": -1,
    "dor": -2,
    "m": -3,
    "min": -3,
    "aeo": -3,
    "phr": -4,
    "loc": -5,
    "lyd": 1,
}
_SKIPPED = re.compile(r'"[^"]*"|\{[^}]*\}|![^!]*!|\+[^+\s]*\+|%.*|\[[A-Za-z]:[^\]]*\]')
_TOKEN = re.compile(
    r"(?P<tuplet>\((?P<p>\d)(:\d?){0,2})|(?P<chord>\[(?=[\^_=]*[A-Ga-g]))|(?P<end>\](?P<clen>\d*/*\d*))"
    r"|(?P<note>(?P<acc>[\^_=]*)(?P<step>[A-Ga-gzx])(?P<oct>[,']*)(?P<len>\d*/*\d*))|(?P<broken>[<>]+)|(?P<tie>-)|(?P<bar>\|)"
)
_IN_TIME_OF = {2: 3, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 3, 9: 2}


def read_book(path: Path) -> list[Melody]:
    """Every tune of a book that has notes; its title is the T: field."""
    text = path.read_bytes().decode("utf-8", "replace")
    return [m for m in map(_tune, re.split(r"(?m)^(?=X:)", text)) if len(m)]


def _tune(text: str) -> Melody:
    reader = _Reader()
    for line in text.splitlines():
        if re.match(r"[A-Za-z]:", line):
            reader.field(line[0], line[2:].split("%")[0].strip())
        elif reader.in_tune and not line.startswith("%"):
            reader.music(_SKIPPED.sub(" ", line))
    return Melody(tuple(reader.notes), reader.title, tuple(reader.bars))


@dataclass(slots=True)
class _Reader:
    title: str = ""
    unit: float = 0.5
    has_unit: bool = False
    in_tune: bool = False
    key: dict[str, int] = field(default_factory=dict)
    local: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    bars: list[float] = field(default_factory=lambda: [0.0])
    at: float = 0.0
    stretch: float = 1.0
    tuplet: tuple[int, float] = (0, 1.0)
    tied: bool = False

    def field(self, name: str, value: str) -> None:
        """A header or inline field."""
        if name == "T" and not self.title:
            self.title = value
        elif name == "L" and re.fullmatch(r"\d+/\d+", value):
            self.unit, self.has_unit = 4 * _fraction(value), True
        elif name == "M" and not self.has_unit and re.fullmatch(r"\d+/\d+", value):
            self.unit = 0.25 if _fraction(value) < 0.75 else 0.5
        elif name == "K":
            self.key, self.in_tune = _signature(value), True

    def music(self, line: str) -> None:
        """One line of notes."""
        in_chord = taken = False
        for token in _TOKEN.finditer(line):
            if token["tuplet"]:
                size = int(token["p"])
                self.tuplet = (size, _IN_TIME_OF.get(size, size) / max(size, 1))
            elif token["chord"]:
                in_chord, taken = True, False
            elif token["end"]:
                in_chord = False
            elif token["broken"]:
                self._broken(token["broken"])
            elif token["tie"]:
                self.tied = True
            elif token["bar"]:
                self.local = {}
                if self.at > self.bars[-1]:
                    self.bars.append(self.at)
            elif not (in_chord and taken):
                taken = True
                self._note(token)

    def _note(self, token: re.Match[str]) -> None:
        length = self.unit * _fraction(token["len"]) * self.stretch
        self.stretch = 1.0
        if self.tuplet[0]:
            length *= self.tuplet[1]
            self.tuplet = (self.tuplet[0] - 1, self.tuplet[1])
        letter = token["step"]
        if letter in "zx":
            self.at += length
            self.tied = False
            return
        step = letter.upper()
        if token["acc"]:
            self.local[step] = {"^": 1, "_": -1, "=": 0}[token["acc"][0]] * len(token["acc"])
        pitch = 60 + _STEPS[step] + (12 if letter.islower() else 0)
        pitch += 12 * (token["oct"].count("'") - token["oct"].count(","))
        pitch += self.local.get(step, self.key.get(step, 0))
        before = self.notes[-1] if self.notes else None
        if self.tied and before and before.pitch == pitch:
            self.notes[-1] = Note(before.onset, before.duration + length, pitch)
        else:
            self.notes.append(Note(self.at, length, pitch))
        self.tied = False
        self.at += length

    def _broken(self, signs: str) -> None:
        """Dotted rhythm: lengthen or shorten the note before, the other way round the next."""
        if not self.notes:
            return
        less = 0.5 ** len(signs)
        here, self.stretch = (2 - less, less) if signs[0] == ">" else (less, 2 - less)
        last = self.notes[-1]
        self.notes[-1] = Note(last.onset, last.duration * here, last.pitch)
        self.at = last.onset + last.duration * here


def _fraction(text: str) -> float:
    top, slash, bottom = text.partition("/")
    whole = float(top or 1)
    if not slash:
        return whole
    halvings = bottom.count("/")
    rest = bottom.strip("/")
    return whole / (float(rest) if rest else 2.0 ** (halvings + 1))


def _signature(value: str) -> dict[str, int]:
    found = re.match(r"([A-G][#b]?)\s*([A-Za-z]*)", value)
    if not found:
        return {}
    mode = found[2].lower()[:3]
    fifths = _FIFTHS.get(found[1], 0) + _MODES.get(mode, 0)
    letters = _SHARPS[:fifths] if fifths > 0 else _FLATS[:-fifths]
    return dict.fromkeys(letters, 1 if fifths > 0 else -1)


def books(folder: Path) -> Iterator[Path]:
    """ABC files at any depth, in order."""
    return iter(sorted(folder.rglob("*.abc")))
