"""First stage: the best chain of agreeing notes with *every* melody of an index, transposition left free.

A chain matches notes of the query with notes of a melody, in order. From one pair to the next either side may skip up
to two notes (ornaments, cuts), and the interval on both sides must agree, or costs for each semitone that it differs.
So a chain needs no key, survives inserted, dropped and changed notes, and can drift into another key at a price.
Nothing is left out beforehand: the melodies lie side by side in lanes, and one instruction treats eight or
sixteen of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.similarity.melody.line import Floats, Line

LANES = 64
PAD = 3
"""Silent columns before each melody: as many as a chain can skip and one more."""
SILENCE = np.float32(-1e6)


@dataclass(frozen=True, slots=True)
class Pack:
    """Melodies laid out for the scan.

    pitch, bits: (steps, LANES) float32. ends: (melodies, 3) lane, first step, step after the last.
    """

    pitch: Floats
    bits: Floats
    places: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ScanCosts:
    """In bits. own_skip, their_skip: a skipped note of the query, of the melody. change: one skipped on both sides.

    semitone: each semitone by which an interval differs. A query may be an ornamented copy, so its own notes are
    skipped cheaply.
    """

    own_skip: float
    their_skip: float
    change: float
    semitone: float


def pack(lines: Sequence[Line]) -> Pack:
    """Lay melodies side by side: the longest first, each into the lane that is shortest so far."""
    order = np.argsort([-len(line) for line in lines], kind="stable")
    filled = np.full(LANES, PAD, np.int64)
    places = np.zeros((len(lines), 3), np.int64)
    for number in order:
        lane = int(np.argmin(filled))
        places[number] = lane, filled[lane], filled[lane] + len(lines[number])
        filled[lane] += len(lines[number]) + PAD
    steps = int(filled.max())
    pitch = np.zeros((steps, LANES), np.float32)
    bits = np.full((steps, LANES), SILENCE, np.float32)
    for line, (lane, start, end) in zip(lines, places, strict=True):
        pitch[start:end, lane] = line.pitch
        bits[start:end, lane] = line.bits
    return Pack(pitch, bits, places)


def scan(query: Line, packed: Pack, costs: ScanCosts) -> Floats:
    """The best chain score with each melody, in bits."""
    if not len(query) or not len(packed.places):
        return np.zeros(len(packed.places), np.float32)
    best = np.empty_like(packed.pitch)
    weights = np.array([costs.own_skip, costs.their_skip, costs.change, costs.semitone], np.float32)
    _scan(query.pitch, query.bits, packed.pitch, packed.bits, best, weights)
    return _maxima(best, packed.places)


@njit(cache=True)
def _maxima(best: Floats, places: NDArray[np.int64]) -> Floats:
    out = np.zeros(len(places), np.float32)
    for k in range(len(places)):
        lane, start, end = places[k]
        for j in range(start, end):
            out[k] = max(out[k], best[j, lane])
    return out


@njit(fastmath=True, cache=True)
def _scan(pitch: Floats, bits: Floats, others: Floats, their_bits: Floats, best: Floats, weights: Floats) -> None:
    """Fill `best` with the best chain that ends at each note. The inner loops are written for the vectoriser."""
    steps, lanes = others.shape
    n = len(pitch)
    own_skip, their_skip, change, k = weights[0], weights[1], weights[2], weights[3]
    table = np.zeros((4, n + 3, lanes), np.float32)
    new = np.zeros(lanes, np.float32)
    r1, r2, r3 = np.zeros(lanes, np.float32), np.zeros(lanes, np.float32), np.zeros(lanes, np.float32)
    zero, far = np.float32(0), np.float32(1000)
    best[:3] = zero
    for j in range(3, steps):
        now, one, two, three = table[j % 4], table[(j - 1) % 4], table[(j - 2) % 4], table[(j - 3) % 4]
        row, theirs = best[j], their_bits[j]
        for x in range(lanes):
            r1[x] = others[j, x] - others[j - 1, x]
            r2[x] = others[j, x] - others[j - 2, x]
            r3[x] = others[j, x] - others[j - 3, x]
            row[x] = zero
        for i in range(n):
            q1 = pitch[i] - pitch[i - 1] if i > 0 else far
            q2 = pitch[i] - pitch[i - 2] if i > 1 else far
            q3 = pitch[i] - pitch[i - 3] if i > 2 else far
            own = bits[i]
            a11, a12, a13 = one[i + 2], one[i + 1], one[i]
            a21, a22, a23 = two[i + 2], two[i + 1], two[i]
            a31, a32, a33 = three[i + 2], three[i + 1], three[i]
            for x in range(lanes):
                b = a11[x] - k * abs(q1 - r1[x])
                b = max(b, a12[x] - own_skip - k * abs(q2 - r1[x]))
                b = max(b, a21[x] - their_skip - k * abs(q1 - r2[x]))
                b = max(b, a22[x] - change - k * abs(q2 - r2[x]))
                b = max(b, a13[x] - own_skip - own_skip - k * abs(q3 - r1[x]))
                b = max(b, a31[x] - their_skip - their_skip - k * abs(q1 - r3[x]))
                b = max(b, a23[x] - change - own_skip - k * abs(q3 - r2[x]))
                b = max(b, a32[x] - change - their_skip - k * abs(q2 - r3[x]))
                b = max(b, a33[x] - change - change - k * abs(q3 - r3[x]))
                b = max(b, zero) + min(own, theirs[x])
                new[x] = max(b, zero)
            into = now[i + 3]
            for x in range(lanes):
                into[x] = new[x]
                row[x] = max(row[x], new[x])
