"""How far an alignment really reaches.

The stretch of strongest evidence ends where another sound begins to drown the recording; under a cross-fade or a voice
weaker but consistent evidence goes on. From inside the stretch outward, the share of the query's peaks that belong to
the recording is followed through a few levels down to none, by the most probable path (Viterbi, 1967): a change point
whose levels needn't be known beforehand.
"""

from dataclasses import replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.verify import Alignment, PeakArrays, likelihood_ratios

REACH_FRAMES = round(12.0 / grid.FRAME_SECONDS)
INSIDE_FRAMES = round(3.0 / grid.FRAME_SECONDS)
"""Each path begins so far inside the stretch; a stretch may so lose a little of its end as well."""
CELL_FRAMES = 4.0
LEVELS = np.array([0.02, 0.04, 0.08, 0.16, 0.32, 0.6])
MOVE_COST = 1.5
"""Nepers for a change to the next level."""
CELL_LIMIT = 3.0
"""Most nepers that one cell (0.09 s) can speak for the recording."""


@njit(cache=True)
def _cells(times, ratio, cell, count, levels, most, out):  # type: ignore[no-untyped-def]
    """Evidence of every cell of time under every level."""
    for i in range(len(times)):
        c = int(np.floor(times[i] / cell))
        if 0 <= c < count:
            for k in range(len(levels)):
                out[c, k] += np.log(1 - levels[k] + levels[k] * max(ratio[i], 0.0))
    for c in range(count):
        for k in range(len(levels)):
            out[c, k] = min(out[c, k], most)


@njit(cache=True)
def _reach(evidence, move):  # type: ignore[no-untyped-def]
    """Number of cells, from the first on, that the most probable path counts as the recording's."""
    count, levels = evidence.shape
    path = np.zeros(levels)
    best, cells = 0.0, 0
    for c in range(count):
        before = path.copy()
        for k in range(levels):
            value = before[k]
            if k > 0:
                value = max(value, before[k - 1] - move)
            if k < levels - 1:
                value = max(value, before[k + 1] - move)
            path[k] = value + evidence[c, k]
        top = path.max()
        if top > best or c == 0:
            best, cells = top, c + 1
    return cells


def extend(query: PeakArrays, reference: PeakArrays, found: Alignment, frames: int) -> Alignment:
    """The alignment with its start and end moved to where the evidence ends. frames: length of the query."""
    inside = min(INSIDE_FRAMES, 0.5 * (found.end - found.start))
    low = max(found.start - REACH_FRAMES, 0.0, -found.offset / found.rate)
    high = min(found.end + REACH_FRAMES, float(frames), (reference.frame[-1] + 20.0 - found.offset) / found.rate)
    near = query.between(low, high + 1)
    ratio = likelihood_ratios(near, reference, found)
    head = found.start + inside
    tail = found.end - inside
    start = head - CELL_FRAMES * _cells_reached(head - near.frame[::-1], ratio[::-1], head - low)
    end = tail + CELL_FRAMES * _cells_reached(near.frame - tail, ratio, high - tail)
    return replace(found, start=max(low, min(start, head)), end=min(high, max(end, tail)))


def _cells_reached(times: NDArray[np.float64], ratio: NDArray[np.float64], length: float) -> int:
    """How many cells from time 0 outward are the recording's; `times` of peaks, those below 0 lie inside."""
    count = max(1, int(np.ceil(length / CELL_FRAMES)))
    evidence = np.zeros((count, len(LEVELS)))
    _cells(times, ratio, CELL_FRAMES, count, LEVELS, CELL_LIMIT, evidence)
    return int(_reach(evidence, MOVE_COST))
