"""What the second stage ranks by: the sum over *all* chains of agreeing notes of two melodies, not the best one alone.

Each chain counts as many times as its bits say (two to their power), so that a passage which can be followed in
several ways, each a little worse than the best, counts for more than one that chance gave a single good chain. It is
the forward sum of a pair model (Durbin and others, *Biological sequence analysis*, 1998, chapter 4), averaged over the
places of the other melody, so that long melodies gain nothing by their length, and in bits again at the end.

Repeated notes can be followed in very many ways that all say the same. So where chains meet, their sum is held to
``MEETING`` bits above the best of them, less where the note tells less than a bit, and nothing where it tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from ml.similarity.melody.align import log_spans
from ml.similarity.melody.line import Floats, Line

MOVES = 4
"""A chain moves by one to so many notes on either side; one more than in the alignment that is shown."""
MEETING = 1.0
_FAR = 64
"""Intervals are told apart up to so many semitones."""
_RESCALE_BITS = 40
"""Sums beyond two to this power are divided by it, which keeps long songs within a float32."""


@dataclass(frozen=True, slots=True)
class SumCosts:
    """In bits. own_skip, their_skip, change, semitone: as in ``Costs``.

    drift: intervals that would cost more than this don't agree at all. rhythm, off_beat: reward and cost of inter-onset
    intervals in the usual proportion and far from it. width: octaves of tempo at which a proportion lies halfway.
    idle: cost of a note that tells nothing, less the more it tells, none from one bit on.
    """

    own_skip: float
    their_skip: float
    change: float
    semitone: float
    drift: float
    rhythm: float
    off_beat: float
    width: float
    idle: float

    @property
    def moves(self) -> Floats:
        """(MOVES + 1, MOVES + 1): what is left of a chain that moves by so many notes of the query, the reference."""
        own, their = np.meshgrid(np.arange(MOVES + 1), np.arange(MOVES + 1), indexing="ij")
        both = np.minimum(own, their) - 1
        bits = both * self.change + (own - 1 - both) * self.own_skip + (their - 1 - both) * self.their_skip
        return np.exp2(-bits).astype(np.float32)

    @property
    def agreement(self) -> Floats:
        """(_FAR + 1,): what is left of a chain whose interval differs by so many semitones."""
        bits = self.semitone * np.arange(_FAR + 1)
        return np.where(bits <= self.drift, np.exp2(-bits), 0).astype(np.float32)

    @property
    def beat(self) -> Floats:
        """Factor in time, factor out of time, one over the width, and idle."""
        return np.array([2.0**self.rhythm, 2.0**-self.off_beat, 1 / self.width, self.idle], np.float32)


def evidence(query: Line, reference: Line, costs: SumCosts, pace: float) -> float:
    """Bits of all chains of two melodies together, for each note of the reference.

    pace: log2 proportion of times, as ``align.pace_of`` gives it.
    """
    if not len(query) or not len(reference):
        return 0.0
    return float(
        _sum_of_chains(
            query.pitch.astype(np.int64),
            query.fresh,
            log_spans(query.onset, MOVES),
            reference.pitch.astype(np.int64),
            reference.bits,
            log_spans(reference.onset, MOVES) + np.float32(pace),
            costs.moves,
            costs.agreement,
            costs.beat,
        )
    )


@njit(cache=True)
def _agreements(q, r, agreement):  # type: ignore[no-untyped-def]
    """(intervals of the query, MOVES + 1, m) what is left for each, and which of them each (move, note) of it has."""
    n, m = len(q), len(r)
    which = np.zeros((MOVES + 1, n), np.int64)
    number = np.full(2 * 127 + 1, -1, np.int64)
    own = np.zeros(2 * 127 + 1, np.int64)
    count = 0
    for a in range(1, MOVES + 1):
        for i in range(a, n):
            step = q[i] - q[i - a]
            if number[step + 127] < 0:
                number[step + 127] = count
                own[count] = step
                count += 1
            which[a, i] = number[step + 127]
    left = np.zeros((max(count, 1), MOVES + 1, m), np.float32)
    for k in range(count):
        for b in range(1, MOVES + 1):
            for j in range(b, m):
                left[k, b, j] = agreement[min(abs(own[k] - (r[j] - r[j - b])), len(agreement) - 1)]
    return left, which


@njit(cache=True)
def _worth(bits, idle):  # type: ignore[no-untyped-def]
    """By what a chain grows with notes that tell so much."""
    return np.exp2(bits - idle * (np.float32(1) - np.minimum(bits, np.float32(1)))).astype(np.float32)


@njit(cache=True)
def _held(bits):  # type: ignore[no-untyped-def]
    """How many times the best chain the sum may be where chains meet in notes that tell so much."""
    return np.exp2(np.float32(MEETING) * np.minimum(bits, np.float32(1))).astype(np.float32)


@njit(cache=True, fastmath=True, error_model="numpy")
def _sum_of_chains(q, qbits, qspan, r, rbits, rspan, moves, agreement, beat):  # type: ignore[no-untyped-def]
    """Row by row; each entry is the sum over the chains that end in that pair.

    The short inner loops are written for the vectoriser.
    """
    n, m = len(q), len(r)
    high, low, narrow, idle = beat[0], beat[1], beat[2], beat[3]
    one = np.float32(1)
    left, which = _agreements(q, r, agreement)
    # What a pair tells is the less of two; so is its power, which spares one in the inner loop.
    own_worth, their_worth = _worth(qbits, idle), _worth(rbits, idle)
    own_meeting, their_meeting = _held(qbits), _held(rbits)
    table = np.zeros((MOVES + 1, m), np.float32)
    telling = np.zeros(m, np.float32)
    most = np.zeros(m, np.float32)
    come = np.zeros(m, np.float32)
    total = 0.0
    begin, scaled = one, 0
    for i in range(n):
        row = table[i % (MOVES + 1)]
        for j in range(m):
            telling[j] = min(min(qbits[i], rbits[j]), one)
            row[j] = begin
            most[j] = begin
        for a in range(1, min(MOVES, i) + 1):
            before, span = table[(i - a) % (MOVES + 1)], qspan[a, i]
            for b in range(1, min(MOVES, m - 1) + 1):
                gone, agree, theirs = before[: m - b], left[which[a, i], b, b:], rspan[b, b:]
                into, highest, tells, move = row[b:], most[b:], telling[b:], moves[a, b]
                for x in range(m - b):
                    late = (span - theirs[x]) * narrow
                    timing = low + (high - low) / (one + late * late) - one
                    come[x] = gone[x] * agree[x] * move * (one + timing * tells[x])
                for x in range(m - b):
                    into[x] += come[x]
                    highest[x] = max(highest[x], come[x])
        peak = gathered = np.float32(0)
        for j in range(m):
            value = min(row[j], most[j] * min(own_meeting[i], their_meeting[j]))
            value *= min(own_worth[i], their_worth[j])
            row[j] = value
            gathered += value
            peak = max(peak, value)
        total += float(gathered)
        if peak > 2.0**_RESCALE_BITS:
            down = np.float32(2.0**-_RESCALE_BITS)
            for k in range(MOVES + 1):
                for j in range(m):
                    table[k, j] *= down
            total *= 2.0**-_RESCALE_BITS
            begin *= down
            scaled += 1
    return np.log2(total / m) + scaled * _RESCALE_BITS
