"""What the search sees of a melody: pitches, inter-onset intervals, and how much each note tells.

A note tells as many bits as it is unexpected: given the interval before it in music at large (the background
table), and given what the same melody did before in that situation. So scales, repeated notes, arpeggios and loops
tell little however long they are, and a match of them can't reach a high score.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.similarity.melody.notes import Melody

REACH = 12
"""Larger intervals count as this many semitones for the background table."""
SIZE = 2 * REACH + 1
MOST_BITS, LEAST_BITS = 6.0, 0.1
AFTER_ONE, AFTER_TWO = 6.0, 2.0
"""How often the background counts against what the melody itself did after the same interval, the same two."""
RUN_WORTH = 0.7
"""What each further note of a scale run tells, as a share of the one before."""
BACKGROUND_FILE = Path(__file__).with_name("background.json")
_LONG_REST = 8.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """A melody as arrays, one entry a note.

    pitch: semitones. onset: the melody's unit. interval: onset to next onset (the last note: its duration).
    bits: how much the note tells in music at large, ``LEAST_BITS`` to ``MOST_BITS``. fresh: the same within this
    melody, where repetition tells less; what a query is weighed with.
    """

    pitch: Floats
    onset: NDArray[np.float64]
    interval: Floats
    bits: Floats
    fresh: Floats

    def __len__(self) -> int:
        return len(self.pitch)


def line_of(melody: Melody) -> Line:
    """The arrays of a melody."""
    pitch = np.array([n.pitch for n in melody.notes], np.float32)
    onset = np.array([n.onset for n in melody.notes], np.float64)
    last = melody.notes[-1].duration if melody.notes else 0.0
    interval = np.append(np.diff(onset), last)[: len(pitch)]
    usual = float(np.median(interval)) if len(interval) else 1.0
    interval = np.clip(interval, 1e-3, _LONG_REST * max(usual, 1e-3)).astype(np.float32)
    bits, fresh = information(pitch)
    return Line(pitch, onset, interval, bits, fresh)


def information(pitch: Floats) -> tuple[Floats, Floats]:
    """Bits each note tells: in music at large, and within this melody; float32, as long as `pitch`."""
    steps = np.clip(np.diff(pitch).astype(np.int64), -REACH, REACH) + REACH
    both = np.full((2, len(pitch)), LEAST_BITS, np.float32)
    if len(steps):
        _surprise(steps, background(), both[:, 1:])
    bits, fresh = np.clip(both, LEAST_BITS, MOST_BITS)
    return bits, fresh


def count_steps(lines: list[Floats]) -> NDArray[np.float64]:
    """How often each interval follows each other, (25, 25), over pitch sequences."""
    table = np.zeros((SIZE, SIZE))
    for pitch in lines:
        steps = np.clip(np.diff(pitch).astype(np.int64), -REACH, REACH) + REACH
        np.add.at(table, (steps[:-1], steps[1:]), 1)
    return table


def table_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of an interval given the one before, smoothed with how common the interval is at all."""
    common = (counts.sum(0) + 1) / (counts.sum() + SIZE)
    return (counts + 20 * common) / (counts.sum(1, keepdims=True) + 20)


@cache
def background() -> NDArray[np.float64]:
    """The shipped table: row the interval before, column the interval; rows sum to one."""
    return np.maximum(np.array(json.loads(BACKGROUND_FILE.read_text())["probability"]), 1e-4)


@njit(cache=True)
def _surprise(steps: NDArray[np.int64], table: NDArray[np.float64], out: Floats) -> None:
    """Bits of each interval: row 0 under the background, row 1 mixed with what came after the same one and two."""
    size = table.shape[0]
    after_one = np.zeros((size, size))
    ones = np.zeros(size)
    after_two = np.zeros((size * size, size), np.float32)
    twos = np.zeros(size * size, np.float32)
    common = table.sum(0) / size
    run = 0
    for k in range(len(steps)):
        s = steps[k]
        step = s - size // 2
        # A step in the direction of the steps before it is what scales are made of.
        before = steps[k - 1] - size // 2 if k > 0 else 0
        run = run + 1 if 0 < abs(step) <= 2 and abs(before) <= 2 and step * before > 0 else 0
        worth = RUN_WORTH ** max(run - 1, 0)
        p = common[s]
        out[0, k] = -np.log2(p) * worth
        if k > 0:
            a = steps[k - 1]
            p = table[a, s]
            out[0, k] = -np.log2(p) * worth
            p = (after_one[a, s] + AFTER_ONE * p) / (ones[a] + AFTER_ONE)
            if k > 1:
                b = steps[k - 2] * size + a
                p = (after_two[b, s] + AFTER_TWO * p) / (twos[b] + AFTER_TWO)
                after_two[b, s] += 1
                twos[b] += 1
            after_one[a, s] += 1
            ones[a] += 1
        out[1, k] = -np.log2(p) * worth
