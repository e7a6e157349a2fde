"""First stage: the best chain of agreeing notes with *every* melody of an index, transposition left free.

A chain matches notes of the query with notes of a melody, in order. From one pair to the next either side may skip up
to two notes (ornaments, cuts), though not both two, nor one and two where long queries tell enough anyway. The interval
on both sides must agree, or costs for each semitone that it differs. So a chain needs no key, survives inserted,
dropped and changed notes, and can drift into another key at a price.
Nothing is left out beforehand: the melodies lie side by side in lanes of 16-bit numbers, and one instruction treats
sixteen or thirty-two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.similarity.melody.lanes import add, apart, larger, smaller, subtract
from ml.similarity.melody.line import Floats, Line

LANES = 128
PAD = 3
"""Silent columns before each melody: as many as a chain can skip and one more."""
FINEST = 16
"""Steps a bit in the lanes; queries that tell very much are counted in halves, quarters … of that."""
MOST_STEPS = 16_000
"""A chain's score stays below, and with what is added to it within 16 bits."""
SILENCE = -16_300
"""Bits of silent columns, in steps: ends every chain."""
THOROUGH = 100
"""Longer queries don't try two skipped notes on one side and one on the other: a quarter of the time."""
_FAR = 100
"""Semitones that nothing is apart; stands for notes before the first."""

Steps = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Pack:
    """Melodies laid out for the scan.

    pitch: (columns, LANES) int16, semitones. bits: (columns, LANES) int16, in steps of 1/FINEST.
    places: (melodies, 3) lane, first column, column after the last.
    """

    pitch: Steps
    bits: Steps
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
    pitch = np.zeros((steps, LANES), np.int16)
    bits = np.full((steps, LANES), SILENCE, np.int16)
    for line, (lane, start, end) in zip(lines, places, strict=True):
        pitch[start:end, lane] = line.pitch
        bits[start:end, lane] = np.rint(line.bits * FINEST)
    return Pack(pitch, bits, places)


def scan(query: Line, packed: Pack, costs: ScanCosts) -> Floats:
    """The best chain score with each melody, in bits, rounded to steps."""
    if not len(query) or not len(packed.places):
        return np.zeros(len(packed.places), np.float32)
    scale, coarser = _scale(query)
    bits = packed.bits if not coarser else np.where(packed.bits < 0, SILENCE, packed.bits >> coarser).astype(np.int16)
    best = np.zeros_like(packed.pitch)
    weights = np.rint(np.array([costs.own_skip, costs.their_skip, costs.change, costs.semitone]) * scale)
    own_bits = np.rint(query.bits * scale).astype(np.int16)
    pitch, thorough = query.pitch.astype(np.int16), len(query) <= THOROUGH
    _scan(pitch, own_bits, packed.pitch, bits, best, weights.astype(np.int16), thorough)
    return _maxima(best, packed.places).astype(np.float32) / np.float32(scale)


def _scale(query: Line) -> tuple[float, int]:
    """Steps a bit, and how many times that is half of the finest: no chain can score more than the query tells."""
    coarser = 0
    while float(query.bits.sum()) * FINEST / 2**coarser > MOST_STEPS:
        coarser += 1
    return FINEST / 2**coarser, coarser


@njit(cache=True)
def _maxima(best: Steps, places: NDArray[np.int64]) -> Steps:
    out = np.zeros(len(places), np.int16)
    for k in range(len(places)):
        lane, start, end = places[k]
        for j in range(start, end):
            out[k] = max(out[k], best[j, lane])
    return out


@njit(cache=True)
def _scan(
    pitch: Steps, bits: Steps, others: Steps, their_bits: Steps, best: Steps, weights: Steps, thorough: bool
) -> None:
    """Fill `best` with the best chain that ends at each note. The inner loop is written for the vectoriser."""
    columns, lanes = others.shape
    n = len(pitch)
    k = weights[3]
    c12, c21, c22 = weights[0], weights[1], weights[2]
    c13, c31 = np.int16(2 * c12), np.int16(2 * c21)
    c23, c32 = np.int16(c22 + c12), np.int16(c22 + c21)
    table = np.zeros((4, n + 3, lanes), np.int16)
    r1, r2, r3 = np.zeros(lanes, np.int16), np.zeros(lanes, np.int16), np.zeros(lanes, np.int16)
    zero = np.int16(0)
    own_steps = np.full((4, n), np.int16(k * _FAR), np.int16)
    for a in range(1, 4):
        for i in range(a, n):
            own_steps[a, i] = k * (pitch[i] - pitch[i - a])
    for j in range(3, columns):
        now, one, two, three = table[j % 4], table[(j - 1) % 4], table[(j - 2) % 4], table[(j - 3) % 4]
        row, theirs = best[j], their_bits[j]
        for x in range(lanes):
            r1[x] = k * (others[j, x] - others[j - 1, x])
            r2[x] = k * (others[j, x] - others[j - 2, x])
            r3[x] = k * (others[j, x] - others[j - 3, x])
        for i in range(n):
            q1, q2, q3, own = own_steps[1, i], own_steps[2, i], own_steps[3, i], bits[i]
            a11, a12, a13 = one[i + 2], one[i + 1], one[i]
            a21, a22, a23 = two[i + 2], two[i + 1], two[i]
            a31, a32 = three[i + 2], three[i + 1]
            into = now[i + 3]
            for x in range(lanes):
                b = larger(zero, subtract(a11[x], apart(q1, r1[x])))
                b = larger(b, subtract(subtract(a12[x], c12), apart(q2, r1[x])))
                b = larger(b, subtract(subtract(a21[x], c21), apart(q1, r2[x])))
                b = larger(b, subtract(subtract(a22[x], c22), apart(q2, r2[x])))
                b = larger(b, subtract(subtract(a13[x], c13), apart(q3, r1[x])))
                b = larger(b, subtract(subtract(a31[x], c31), apart(q1, r3[x])))
                if thorough:
                    b = larger(b, subtract(subtract(a23[x], c23), apart(q3, r2[x])))
                    b = larger(b, subtract(subtract(a32[x], c32), apart(q2, r3[x])))
                b = larger(zero, add(b, smaller(own, theirs[x])))
                into[x] = b
                row[x] = larger(row[x], b)
