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
FLOOR = 0.02
"""Deviations of rows and columns count as this large at least, and as a quarter of that of all cells."""
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
def _add(to, values, sign):  # type: ignore[no-untyped-def]
    """In place."""
    for k in range(len(to)):
        to[k] += sign * values[k]


@njit(cache=True, fastmath=True)
def _diagonal_sums(d, reach):  # type: ignore[no-untyped-def]
    """Sums over ±reach along the diagonals, fewer at the edges; by rows, which a processor adds up in parallel."""
    rows, columns = d.shape
    out = np.empty((rows, columns), np.float32)
    for j in range(columns):
        total = np.float32(0)
        for k in range(min(reach + 1, rows, columns - j)):
            total += d[k, j + k]
        out[0, j] = total
    for i in range(1, rows):
        total = np.float32(0)
        for k in range(min(reach + 1, rows - i, columns)):
            total += d[i + k, k]
        row, before = out[i], out[i - 1]
        row[0] = total
        row[1:] = before[: columns - 1]
        if i + reach < rows and columns > reach + 1:
            _add(row[1 : columns - reach], d[i + reach, reach + 1 :], np.float32(1))
        if i > reach and columns > reach + 1:
            _add(row[reach + 1 :], d[i - reach - 1, : columns - reach - 1], np.float32(-1))
    return out


@njit(cache=True, fastmath=True)
def _level(e, floor, offset, up, down):  # type: ignore[no-untyped-def]
    """In place: the smaller of both standard scores (within row and within column), less the offset, limited."""
    rows, columns = e.shape
    row_mean, row_scale = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    col_mean, col_scale = np.zeros(columns, np.float32), np.zeros(columns, np.float32)
    total = 0.0
    for i in range(rows):
        row = e[i]
        first = second = np.float32(0)
        for j in range(columns):
            v = row[j]
            first += v
            second += v * v
            col_mean[j] += v
            col_scale[j] += v * v
        row_mean[i] = first / columns
        row_scale[i] = second / columns
        total += float(second)
    least = np.float32(floor + 0.25 * np.sqrt(total / (rows * columns)))
    for i in range(rows):
        row_scale[i] = 1 / max(np.sqrt(max(row_scale[i] - row_mean[i] * row_mean[i], np.float32(0))), least)
    for j in range(columns):
        col_mean[j] /= rows
        col_scale[j] = 1 / max(np.sqrt(max(col_scale[j] / rows - col_mean[j] * col_mean[j], np.float32(0))), least)
    for i in range(rows):
        row, mean, scale = e[i], row_mean[i], row_scale[i]
        for j in range(columns):
            v = min((row[j] - mean) * scale, (row[j] - col_mean[j]) * col_scale[j]) - offset
            row[j] = min(max(v, down), up)


@njit(cache=True, fastmath=True)
def _next_row(now, one, two, s, bend, best):  # type: ignore[no-untyped-def]
    """Fills a row of path scores from the two before it (no cell needs another of its own row); the best so far."""
    for j in range(len(s)):
        v = max(one[j + 1], max(one[j], two[j + 1]) - bend)
        v = max(v + s[j], np.float32(0))
        now[j + 2] = v
        best = max(best, v)
    return best


@njit(cache=True, fastmath=True)
def _best(s, bend):  # type: ignore[no-untyped-def]
    """Score of the strongest path, without the way."""
    rows, columns = s.shape
    h = np.zeros((3, columns + 2), np.float32)
    best = np.float32(0)
    for i in range(rows):
        best = _next_row(h[i % 3], h[(i + 2) % 3], h[(i + 1) % 3], s[i], bend, best)
    return best


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
    e = _diagonal_sums(query @ reference.T, REACH)
    _level(e, (2 * REACH + 1) * FLOOR, np.float32(OFFSET), np.float32(LIMIT_UP), np.float32(LIMIT_DOWN))
    return np.asarray(e)


def quick_score(query: Float32, reference: Float32) -> float:
    """Score of the strongest path."""
    return float(_best(similarity(query, reference), np.float32(BEND_PENALTY)))


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
