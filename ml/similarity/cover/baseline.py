"""Openly known methods, for comparison only: how much better is the search than these on the same prints?

`fourier`: one vector a recording, the median of its windows' Fourier magnitudes, compared by cosine (after
Bertin-Mahieux and Ellis, ISMIR 2012). `warping`: dynamic time warping of chroma at the optimal transposition index
(after Gómez and Herrera, 2006; Serrà et al., 2008), one vector a second and a half.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft

from ml.similarity.cover.features import PRINT_RATE_HZ, CoverPrint

Float32 = NDArray[np.float32]

PATCH_S, PATCH_RATE_HZ = 30, 2.5
WARP_STEP_S = 1.5


def _chroma(cover_print: CoverPrint, rate_hz: float) -> Float32:
    """(n, 12) mean harmony, unit length."""
    group = round(PRINT_RATE_HZ / rate_hz)
    count = max(1, len(cover_print) // group)
    values = np.zeros((count * group, 12), np.float32)
    part = cover_print.harmony[: count * group]
    values[: len(part)] = part
    mean = values.reshape(count, group, 12).mean(axis=1)
    return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-6), np.float32)


def fourier_vectors(prints: Sequence[CoverPrint]) -> Float32:
    """(n, d) unit vectors."""
    size = round(PATCH_S * PATCH_RATE_HZ)
    out = []
    for p in prints:
        chroma = _chroma(p, PATCH_RATE_HZ)
        if len(chroma) < size:
            chroma = np.pad(chroma, ((0, size - len(chroma)), (0, 0)))
        views = np.lib.stride_tricks.sliding_window_view(chroma, size, axis=0)[:: size // 8]
        flat = np.median(np.abs(fft.fft2(views)), axis=0).ravel()
        flat[0] = 0
        out.append(flat / max(float(np.linalg.norm(flat)), 1e-6))
    return np.asarray(out, np.float32)


def fourier_scores(query: CoverPrint, vectors: Float32) -> NDArray[np.float64]:
    """(n,) cosines."""
    return np.asarray(vectors @ fourier_vectors([query])[0], np.float64)


@njit(cache=True)
def _warp(a, b, shift):  # type: ignore[no-untyped-def]
    """Mean cost along the best path of which either end may lie anywhere in the longer recording."""
    n, m = len(a), len(b)
    cost = np.full((n + 1, m + 1), np.inf)
    steps = np.zeros((n + 1, m + 1))
    cost[0, :] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = 1.0
            for k in range(12):
                d -= a[i - 1, k] * b[j - 1, (k - shift) % 12]
            best, way = cost[i - 1, j - 1], steps[i - 1, j - 1]
            if cost[i - 1, j] < best:
                best, way = cost[i - 1, j], steps[i - 1, j]
            if cost[i, j - 1] < best:
                best, way = cost[i, j - 1], steps[i, j - 1]
            cost[i, j] = best + d
            steps[i, j] = way + 1
    least = np.inf
    for j in range(1, m + 1):
        least = min(least, cost[n, j] / steps[n, j])
    return least


def warping_scores(query: CoverPrint, prints: Sequence[CoverPrint]) -> NDArray[np.float64]:
    """(n,) minus the mean cost of the best warping path, at the transposition whose mean chroma agree best."""
    own = _chroma(query, 1 / WARP_STEP_S)
    out = []
    for p in prints:
        other = _chroma(p, 1 / WARP_STEP_S)
        a, b = (own, other) if len(own) <= len(other) else (other, own)
        shift = int(np.argmax([a.mean(axis=0) @ np.roll(b.mean(axis=0), t) for t in range(12)]))
        out.append(-float(_warp(a, b, shift)))
    return np.array(out)
