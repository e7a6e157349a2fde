"""Second stage: the best chain with one melody, note by note, with rhythm and weight of notes counted in."""

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
    it. long_notes: how far long notes count for more, 0 to 1.
    """

    own_skip: float
    their_skip: float
    change: float
    semitone: float
    drift: float
    rhythm: float
    off_beat: float
    long_notes: float

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
    """The best chain. pairs: (k, 2) note numbers in query and reference. gains: (k,) bits each pair brought."""

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
    return chain(query, reference, costs, costs.rhythm, costs.off_beat, _pace(first.pairs, query, reference))


def _stress(line: Line, share: float) -> Floats:
    """Weight of each note by its length against the usual one: less than 1 for ornaments."""
    usual = max(float(np.median(line.interval)), 1e-3) if len(line) else 1.0
    ratio = np.clip(line.interval / usual, 0.25, 4.0)
    return (ratio ** np.float32(0.5 * share)).astype(np.float32)


def _pace(pairs: NDArray[np.int32], query: Line, reference: Line) -> float:
    """Usual log2 proportion of the inter-onset intervals of a chain."""
    own, their = np.diff(query.onset[pairs[:, 0]]), np.diff(reference.onset[pairs[:, 1]])
    usable = (own > 1e-3) & (their > 1e-3)
    return float(np.median(np.log2(own[usable] / their[usable]))) if usable.any() else 0.0


def chain(
    query: Line, reference: Line, costs: Costs, rhythm: float = 0.0, off_beat: float = 0.0, pace: float = 0.0
) -> Alignment:
    """The best chain at a given log2 proportion of times; by default without regard to rhythm."""
    stress = [_stress(line, costs.long_notes) for line in (query, reference)]
    score, pairs, gains = _best_chain(
        query.pitch,
        query.fresh,
        stress[0],
        _log_spans(query.onset),
        reference.pitch,
        reference.bits,
        stress[1],
        _log_spans(reference.onset),
        costs.steps,
        np.array([costs.semitone, costs.drift, rhythm, off_beat, pace], np.float32),
    )
    return Alignment(float(score), pairs, gains)


def _log_spans(onset: NDArray[np.float64]) -> Floats:
    """(STEPS + 1, n): log2 of the time since the note that many before."""
    out = np.zeros((STEPS + 1, len(onset)), np.float32)
    for step in range(1, STEPS + 1):
        out[step, step:] = np.log2(np.maximum(onset[step:] - onset[:-step], 1e-3))
    return out


@njit(cache=True, fastmath=True)
def _best_chain(q, qbits, qstress, qspan, r, rbits, rstress, rspan, steps, weights):  # type: ignore[no-untyped-def]
    """Fill the table of best chains that end in each pair, then walk back from the best."""
    n, m = len(q), len(r)
    semitone, drift, rhythm, off_beat, pace = weights[0], weights[1], weights[2], weights[3], weights[4]
    table = np.zeros((n, m), np.float32)
    came = np.zeros((n, m), np.int8)
    gain = np.zeros((n, m), np.float32)
    best, bi, bj = np.float32(0), -1, -1
    one, two = np.float32(1), np.float32(2)
    for i in range(n):
        for j in range(m):
            value, move, reward = np.float32(0), 0, np.float32(0)
            bits = min(qbits[i], rbits[j])
            most = rhythm * min(bits, one)  # notes that tell nothing tell no rhythm either
            bits *= np.sqrt(qstress[i] * rstress[j])
            for a in range(1, min(STEPS, i) + 1):
                own = q[i] - q[i - a]
                for b in range(1, min(STEPS, j) + 1):
                    before = table[i - a, j - b]
                    net = before - min(semitone * abs(own - (r[j] - r[j - b])), drift)
                    if net + most <= value:
                        continue
                    if a > 1 and b > 1:
                        net -= steps[a, b] * max(qstress[i - 1], rstress[j - 1])
                    elif a > 1:
                        net -= steps[a, b] * qstress[i - 1]
                    elif b > 1:
                        net -= steps[a, b] * rstress[j - 1]
                    if rhythm > 0:
                        net += max(most * (one - two * abs(qspan[a, i] - rspan[b, j] - pace)), -off_beat)
                    if net > value:
                        value, move, reward = net, STEPS * a + b, net - before
            table[i, j] = value + bits
            came[i, j] = move
            gain[i, j] = bits + reward
            if table[i, j] > best:
                best, bi, bj = table[i, j], i, j
    return best, *_walk_back(came, gain, bi, bj)


@njit(cache=True)
def _walk_back(came, gain, i, j):  # type: ignore[no-untyped-def]
    """Pairs and gains of the chain that ends at (i, j), first pair first."""
    pairs = np.zeros((len(came), 2), np.int32)
    gains = np.zeros(len(came), np.float32)
    count = 0
    while i >= 0:
        pairs[count, 0], pairs[count, 1] = i, j
        gains[count] = gain[i, j]
        count += 1
        move = came[i, j]
        if move == 0:
            break
        a = (move - 1) // STEPS
        i -= a
        j -= move - STEPS * a
    return pairs[:count][::-1].copy(), gains[:count][::-1].copy()
