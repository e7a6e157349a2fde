"""Second stage: local alignment of two recordings at a tempo and a transposition.

A similarity matrix of frames, averaged along its diagonals and levelled by its rows and columns (what resembles
everything says nothing), is searched for the strongest paths (Smith and Waterman's local alignment with the steps of
Serrà, Serra and Andrzejak, "Cross recurrence quantification for cover song identification", 2009). Removing a path and
searching again finds sections that were re-ordered.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

REACH = 6
"""Frames on each side over which similarity is averaged along the diagonal (2.4 s)."""
OFFSET = 1.7
"""Standard deviations over the mean of its row and column that a cell needs to count for an alignment."""
LIMIT_UP, LIMIT_DOWN = 2.0, -2.0
BEND_PENALTY = 0.5
MOST_SEGMENTS = 8
FURTHER_SEGMENT = 30.0
"""Score from which another aligned stretch is one: unrelated songs have shorter ones in plenty."""


@dataclass(frozen=True, slots=True)
class Path:
    """An aligned stretch: (n, 2) int32 frames of query and reference, in order; score in standard deviations ×
    frames.
    """

    cells: NDArray[np.int32]
    score: float


@njit(cache=True, fastmath=True)
def _diagonal_mean(d, reach, out):  # type: ignore[no-untyped-def]
    """Mean over ±reach along the diagonals, shrunk at the edges."""
    rows, columns = d.shape
    for start in range(-(rows - 1), columns):
        i0 = max(0, -start)
        j0 = max(0, start)
        length = min(rows - i0, columns - j0)
        total = 0.0
        for k in range(min(reach, length)):
            total += d[i0 + k, j0 + k]
        for k in range(length):
            if k + reach < length:
                total += d[i0 + k + reach, j0 + k + reach]
            if k - reach - 1 >= 0:
                total -= d[i0 + k - reach - 1, j0 + k - reach - 1]
            out[i0 + k, j0 + k] = total / (2 * reach + 1)


@njit(cache=True, fastmath=True)
def _level(e, offset, up, down):  # type: ignore[no-untyped-def]
    """In place: the smaller of both standard scores (within row and within column), less the offset, limited."""
    rows, columns = e.shape
    row_mean, row_dev = np.zeros(rows), np.zeros(rows)
    col_mean, col_dev = np.zeros(columns), np.zeros(columns)
    total = 0.0
    for i in range(rows):
        for j in range(columns):
            v = e[i, j]
            row_mean[i] += v
            row_dev[i] += v * v
            col_mean[j] += v
            col_dev[j] += v * v
            total += v * v
    floor = 0.02 + 0.25 * np.sqrt(total / (rows * columns))
    for i in range(rows):
        row_mean[i] /= columns
        row_dev[i] = max(np.sqrt(max(row_dev[i] / columns - row_mean[i] ** 2, 0.0)), floor)
    for j in range(columns):
        col_mean[j] /= rows
        col_dev[j] = max(np.sqrt(max(col_dev[j] / rows - col_mean[j] ** 2, 0.0)), floor)
    for i in range(rows):
        for j in range(columns):
            v = min((e[i, j] - row_mean[i]) / row_dev[i], (e[i, j] - col_mean[j]) / col_dev[j]) - offset
            e[i, j] = min(max(v, down), up)


@njit(cache=True, fastmath=True)
def _best(s, bend):  # type: ignore[no-untyped-def]
    """Score and end of the strongest path, without keeping the way."""
    rows, columns = s.shape
    h = np.zeros((3, columns + 2), np.float32)
    best, bi, bj = np.float32(0), -1, -1
    for i in range(rows):
        now, one, two = h[i % 3], h[(i + 2) % 3], h[(i + 1) % 3]
        for j in range(columns):
            v = one[j + 1]
            v = max(v, one[j] - bend)
            v = max(v, two[j + 1] - bend)
            v = max(v + s[i, j], np.float32(0))
            now[j + 2] = v
            if v > best:
                best, bi, bj = v, i, j
    return best, bi, bj


@njit(cache=True, fastmath=True)
def _trace(s, bend):  # type: ignore[no-untyped-def]
    """The strongest path: (cells (n, 2), score)."""
    rows, columns = s.shape
    h = np.zeros((rows + 2, columns + 2), np.float32)
    step = np.zeros((rows, columns), np.uint8)
    best, bi, bj = np.float32(0), -1, -1
    for i in range(rows):
        for j in range(columns):
            v, kind = h[i + 1, j + 1], 1
            if h[i + 1, j] - bend > v:
                v, kind = h[i + 1, j] - bend, 2
            if h[i, j + 1] - bend > v:
                v, kind = h[i, j + 1] - bend, 3
            if v <= 0:
                v, kind = np.float32(0), 0
            v += s[i, j]
            if v <= 0:
                continue
            h[i + 2, j + 2] = v
            step[i, j] = kind
            if v > best:
                best, bi, bj = v, i, j
    cells = np.empty((rows + columns, 2), np.int32)
    n = 0
    i, j = bi, bj
    while i >= 0 and j >= 0 and n < len(cells):
        cells[n, 0], cells[n, 1] = i, j
        n += 1
        kind = step[i, j]
        if kind == 0:
            break
        i -= 2 if kind == 3 else 1
        j -= 2 if kind == 2 else 1
    return cells[:n][::-1].copy(), best


def similarity(query: Float32, reference: Float32) -> Float32:
    """(n, m) levelled similarity of two recordings' frames: positive where they agree more than each does with the
    rest of the other.
    """
    d = query @ reference.T
    out = np.empty_like(d)
    _diagonal_mean(d, REACH, out)
    _level(out, OFFSET, LIMIT_UP, LIMIT_DOWN)
    return out


def quick_score(query: Float32, reference: Float32) -> float:
    """Score of the strongest path."""
    return float(_best(similarity(query, reference), BEND_PENALTY)[0])


def paths(query: Float32, reference: Float32) -> list[Path]:
    """The strongest path, and further ones elsewhere in the query that are strong enough to be told."""
    s = similarity(query, reference)
    found: list[Path] = []
    while len(found) < MOST_SEGMENTS:
        cells, score = _trace(s, BEND_PENALTY)
        if not len(cells) or (found and score < FURTHER_SEGMENT):
            break
        found.append(Path(cells, float(score)))
        s[cells[0, 0] : cells[-1, 0] + 1] = LIMIT_DOWN
    return found


def chain_score(found: list[Path]) -> float:
    """Score of several paths together: a further one adds what it has over FURTHER_SEGMENT."""
    return found[0].score + sum(p.score - FURTHER_SEGMENT for p in found[1:])
