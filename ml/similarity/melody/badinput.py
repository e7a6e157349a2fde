"""Queries that say nothing: scales, repeated notes, arpeggios, chromatic runs, loops, random notes, drum patterns."""

from __future__ import annotations

import numpy as np

from ml.similarity.melody.notes import Melody, Note

KINDS = ("scale", "repeated", "arpeggio", "chromatic", "loop", "random", "drums", "trill")
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def bad_query(kind: str, rng: np.random.Generator) -> Melody:
    """One such query of 12 to 96 notes.

    Raises
    ------
    ValueError
        An unknown kind.
    """
    count, base = int(rng.integers(12, 97)), int(rng.integers(48, 72))
    if kind == "scale":
        scale = _MAJOR if rng.random() < 0.5 else _MINOR
        up = [base + 12 * (k // 7) + scale[k % 7] for k in range(int(rng.integers(5, 16)))]
        turn = up + up[-2:0:-1] if rng.random() < 0.7 else up
        pitches = [turn[k % len(turn)] for k in range(count)]
    elif kind == "repeated":
        pitches = [base] * count
    elif kind == "arpeggio":
        chord = [base + s for s in ((0, 4, 7, 12), (0, 3, 7, 12), (0, 4, 7, 10), (0, 3, 6, 9))[int(rng.integers(4))]]
        order = chord + chord[-2:0:-1] if rng.random() < 0.6 else chord
        pitches = [order[k % len(order)] for k in range(count)]
    elif kind == "chromatic":
        span = int(rng.integers(6, 25))
        pitches = [base + (k % span if (k // span) % 2 == 0 else span - k % span) for k in range(count)]
    elif kind == "loop":
        cell = base + rng.integers(-5, 8, int(rng.integers(2, 6)))
        pitches = [int(cell[k % len(cell)]) for k in range(count)]
    elif kind == "random":
        pitches = [int(p) for p in base + rng.integers(-12, 13, count)]
    elif kind == "drums":
        cell = rng.choice([36, 38, 42, 46, 49], int(rng.choice([4, 8, 16])))
        pitches = [int(cell[k % len(cell)]) for k in range(count)]
    elif kind == "trill":
        step = int(rng.integers(1, 3))
        pitches = [base + step * (k % 2) for k in range(count)]
    else:
        raise ValueError(kind)
    length = float(rng.choice([0.25, 0.5, 1.0]))
    return Melody(tuple(Note(k * length, length, p) for k, p in enumerate(pitches)), kind)
