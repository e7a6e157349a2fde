"""The chain that is shown: the best one with one melody, note by note, with rhythm counted in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.similarity.melody.line import Floats, Line

STEPS = 3
"""A chain moves by one to three notes on either side."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Weights of the alignment, in bits.

    own_skip, their_skip: a skipped note of the query, of the reference, as long as notes usually are there.
    change: a note skipped on both sides. semitone: each semitone by which an interval differs; drift: most that an
    interval can cost. rhythm: reward for inter-onset intervals in the usual proportion. off_beat: cost of ones far from
    it.
    """

    own_skip: float
    their_skip: float
    change: float
    semitone: float
    drift: float
    rhythm: float
    off_beat: float

    @property
    def steps(self) -> Floats:
        """(STEPS + 1, STEPS + 1): cost of moving on by so many notes of the query and of the reference."""
        out = np.zeros((STEPS + 1, STEPS + 1), np.float32)
        for a in range(1, STEPS + 1):
            for b in range(1, STEPS + 1):
                both = min(a, b) - 1
                out[a, b] = both * self.change + (a - 1 - both) * self.own_skip + (b - 1 - both) * self.their_skip
        return out


@dataclass(frozen=True, slots=True)
class Alignment:
    """The best chain. pairs: (k, 2) note numbers in query and reference. gains: (k,) bits each pair brought.

    score: of the chain, or, once weighed, of all chains together; then the gains are shares of that.
    """

    score: float
    pairs: NDArray[np.int32]
    gains: Floats


def align(query: Line, reference: Line, costs: Costs) -> Alignment:
    """The best chain of two melodies; without any common interval, an empty one with score 0."""
    if not len(query) or not len(reference):
        return Alignment(0.0, np.zeros((0, 2), np.int32), np.zeros(0, np.float32))
    first = chain(query, reference, costs)
    if not costs.rhythm or len(first.pairs) < 3:
        return first
    return in_time(query, reference, costs, first)


def in_time(query: Line, reference: Line, costs: Costs, first: Alignment) -> Alignment:
    """The best chain with rhythm counted in, at the proportion of times that the chain `first` has."""
    return chain(query, reference, costs, costs.rhythm, costs.off_beat, pace_of(first.pairs, query, reference))


def pace_of(pairs: NDArray[np.int32], query: Line, reference: Line) -> float:
    """Usual log2 proportion of the inter-onset intervals of a chain, query to reference."""
    own, their = np.diff(query.onset[pairs[:, 0]]), np.diff(reference.onset[pairs[:, 1]])
    usable = (own > 1e-3) & (their > 1e-3)
    return float(np.median(np.log2(own[usable] / their[usable]))) if usable.any() else 0.0


def chain(
    query: Line, reference: Line, costs: Costs, rhythm: float = 0.0, off_beat: float = 0.0, pace: float = 0.0
) -> Alignment:
    """The best chain at a given log2 proportion of times; by default without regard to rhythm."""
    score, pairs, gains = _best_chain(
        query.pitch,
        query.fresh,
        log_spans(query.onset),
        reference.pitch,
        reference.bits,
        log_spans(reference.onset) + np.float32(pace),
        costs.steps,
        np.array([costs.semitone, costs.drift, rhythm, off_beat], np.float32),
    )
    return Alignment(float(score), pairs, gains)


def log_spans(onset: NDArray[np.float64], steps: int = STEPS) -> Floats:
    """(steps + 1, n): log2 of the time since the note that many before."""
    out = np.zeros((steps + 1, len(onset)), np.float32)
    for step in range(1, min(steps, len(onset) - 1) + 1):
        out[step, step:] = np.log2(np.maximum(onset[step:] - onset[:-step], 1e-3))
    return out


@njit(cache=True, fastmath=True)
def _best_chain(q, qbits, qspan, r, rbits, rspan, steps, weights):  # type: ignore[no-untyped-def]
    """Fill the table of best chains that end in each pair, row by row, then walk back from the best.

    The short inner loops are written for the vectoriser.
    """
    n, m = len(q), len(r)
    semitone, drift, rhythm, off_beat = weights[0], weights[1], weights[2], weights[3]
    one, two = np.float32(1), np.float32(2)
    table = np.zeros((n, m), np.float32)
    came = np.zeros((n, m), np.int32)
    telling = np.zeros(m, np.float32)
    net = np.zeros(m, np.float32)
    best, bi, bj = np.float32(0), -1, -1
    for i in range(n):
        row, moves = table[i], came[i]
        for j in range(m):  # notes that tell nothing tell no rhythm either
            telling[j] = rhythm * min(min(qbits[i], rbits[j]), one)
        for a in range(1, min(STEPS, i) + 1):
            before, own, span = table[i - a], q[i] - q[i - a], qspan[a, i]
            for b in range(1, min(STEPS, m - 1) + 1):
                gone, other, start, theirs = before[: m - b], r[b:], r[: m - b], rspan[b, b:]
                into, moved, most = row[b:], moves[b:], telling[b:]
                cost, move = steps[a, b], np.int32(STEPS * a + b)
                for x in range(m - b):
                    late = max(most[x] * (one - two * abs(span - theirs[x])), -off_beat)
                    net[x] = gone[x] - min(semitone * abs(own - (other[x] - start[x])), drift) - cost + late
                for x in range(m - b):
                    moved[x] = move if net[x] > into[x] else moved[x]
                    into[x] = max(net[x], into[x])
        highest = np.float32(0)
        for j in range(m):
            row[j] += min(qbits[i], rbits[j])
            highest = max(highest, row[j])
        if highest > best:
            best, bi, bj = highest, i, int(np.argmax(row))
    return best, *_walk_back(table, came, bi, bj)


@njit(cache=True)
def _walk_back(table, came, i, j):  # type: ignore[no-untyped-def]
    """Pairs and gains of the chain that ends at (i, j), first pair first."""
    pairs = np.zeros((len(came), 2), np.int32)
    gains = np.zeros(len(came), np.float32)
    count = 0
    while i >= 0:
        pairs[count, 0], pairs[count, 1] = i, j
        gains[count] = table[i, j]
        move = came[i, j]
        if move == 0:
            count += 1
            break
        a = (move - 1) // STEPS
        i -= a
        j -= move - STEPS * a
        gains[count] -= table[i, j]
        count += 1
    return pairs[:count][::-1].copy(), gains[:count][::-1].copy()
