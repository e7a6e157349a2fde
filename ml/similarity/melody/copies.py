"""Altered copies of melodies, seeded, in graded difficulty: what the search is measured with.

The alterations, in the order in which they are applied to an excerpt of whole notes:

* *edits* (share e of the notes): each such note is, by equal chance, replaced by one 1 to 4 semitones away, dropped, or
  followed by an extra note within 5 semitones; the time of a dropped note goes to the one before.
* *ornaments* (share o): each such note is, by equal chance, split into two of its pitch, preceded by a neighbour 1
  or 2 semitones away (which takes a quarter of its time), turned into note–neighbour–note, or
  joined to the next note by a note between the two pitches (a repeated one, if there is none).
* *rhythm*: each inter-onset interval is multiplied by 1/2, 2/3, 1, 1, 3/2 or 2, by equal chance, and all of them by one
  tempo between 0.7 and 1.4; one note in five is shortened to half (staccato).
* *transposition*: by −11 to 11 semitones, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ml.similarity.melody.notes import Melody, Note

RHYTHM_FACTORS = (0.5, 2 / 3, 1.0, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Grade:
    """One kind of copy: how many notes are taken and what is done to them (shares 0 to 1)."""

    name: str
    notes: int
    transposed: bool = True
    rhythm: bool = False
    ornaments: float = 0.0
    edits: float = 0.0


GRADES = (
    Grade("transposed", 40),
    Grade("re-rhythmed", 40, rhythm=True),
    Grade("ornamented", 40, ornaments=0.25),
    Grade("edited", 40, edits=0.15),
    Grade("hard", 32, rhythm=True, ornaments=0.25, edits=0.15),
    Grade("very hard", 20, rhythm=True, ornaments=0.40, edits=0.25),
)


def copy_of(melody: Melody, grade: Grade, rng: np.random.Generator) -> Melody:
    """An altered copy of a random excerpt; the whole melody where it is shorter than the grade's length."""
    return altered(excerpt(melody, grade.notes, rng), grade, rng)


def excerpt(melody: Melody, notes: int, rng: np.random.Generator) -> Melody:
    """Consecutive notes from a random place."""
    start = int(rng.integers(0, max(len(melody) - notes, 0) + 1))
    return Melody(melody.notes[start : start + notes], melody.title)


def altered(melody: Melody, grade: Grade, rng: np.random.Generator) -> Melody:
    """The whole melody, altered as the grade says; times in quarters from 0."""
    line = [(n.pitch, span) for n, span in zip(melody.notes, _spans(melody.notes), strict=True)]
    line = _ornamented(_edited(line, grade.edits, rng), grade.ornaments, rng)
    if grade.rhythm:
        tempo = float(rng.uniform(0.7, 1.4))
        line = [(pitch, span * float(rng.choice(RHYTHM_FACTORS)) * tempo) for pitch, span in line]
    shift = int(rng.choice([s for s in range(-11, 12) if s])) if grade.transposed else 0
    notes, onset = [], 0.0
    for pitch, span in line:
        length = span / 2 if grade.rhythm and rng.random() < 0.2 else span
        notes.append(Note(onset, length, min(max(pitch + shift, 0), 127)))
        onset += span
    return Melody(tuple(notes), melody.title)


def _spans(notes: Sequence[Note]) -> list[float]:
    """Time from each onset to the next, in quarters."""
    return [b.onset - a.onset for a, b in pairwise(notes)] + [n.duration for n in notes[-1:]]


def _edited(line: list[tuple[int, float]], share: float, rng: np.random.Generator) -> list[tuple[int, float]]:
    out: list[tuple[int, float]] = []
    for pitch, span in line:
        if rng.random() >= share:
            out.append((pitch, span))
            continue
        kind = rng.integers(3)
        if kind == 0:
            out.append((pitch + int(rng.choice([-4, -3, -2, -1, 1, 2, 3, 4])), span))
        elif kind == 1 and out:
            out[-1] = (out[-1][0], out[-1][1] + span)
        elif kind == 2:
            out += [(pitch, span / 2), (pitch + int(rng.integers(-5, 6)), span / 2)]
    return out


def _ornamented(line: list[tuple[int, float]], share: float, rng: np.random.Generator) -> list[tuple[int, float]]:
    out: list[tuple[int, float]] = []
    for k, (pitch, span) in enumerate(line):
        if rng.random() >= share:
            out.append((pitch, span))
            continue
        kind = rng.integers(4)
        neighbour = pitch + int(rng.choice([-2, -1, 1, 2]))
        if kind == 0:
            out += [(pitch, span / 2), (pitch, span / 2)]
        elif kind == 1:
            out += [(neighbour, span / 4), (pitch, span * 3 / 4)]
        elif kind == 2:
            out += [(pitch, span / 2), (neighbour, span / 4), (pitch, span / 4)]
        else:
            after = line[k + 1][0] if k + 1 < len(line) else pitch
            out += [(pitch, span / 2), ((pitch + after) // 2, span / 2)]
    return out
