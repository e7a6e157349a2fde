"""First stage: windows of 16 seconds as vectors that do not change with the key.

The magnitude of a two-dimensional Fourier transform over pitch classes and time does not change when the music is
transposed, and little when the window starts elsewhere (Bertin-Mahieux and Ellis, "Large-scale cover song recognition
using the 2D Fourier transform magnitude", ISMIR 2012). Here windows are kept apart instead of averaged, so that
excerpts, cuts and changed orders of sections are found, and the query is tried at several tempos.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.frames import DIMENSIONS, frames_of

Float32 = NDArray[np.float32]

WINDOW = 40
"""Frames a window: 16 s."""
HOP, QUERY_HOP = 20, 5
MOST_QUERY_WINDOWS = 16
SLOWEST = 12
"""Time frequencies that are kept (cycles a window)."""
SIZE = 2 * 7 * (2 * SLOWEST + 1)
MEAN_FILE = Path(__file__).with_name("patch_mean.npy")
BLOCK_ROWS = 16_384
_KEEP = np.r_[0 : SLOWEST + 1, WINDOW - SLOWEST : WINDOW]


@cache
def shipped_mean() -> Float32:
    """(SIZE,) mean of the uncentred vectors of lead sheets in the public domain; see CARD.md for what made it."""
    return np.asarray(np.load(MEAN_FILE), np.float32)


def mean_window(prints: Sequence[CoverPrint]) -> tuple[Float32, int]:
    """((SIZE,) mean of the uncentred vectors of these recordings' windows, how many there are)."""
    vectors = np.concatenate([magnitudes(windows(frames_of(p), HOP)) for p in prints])
    return np.asarray(vectors.mean(axis=0), np.float32), len(vectors)


def save_mean(vector: Float32, path: Path) -> None:
    """Write a vector that `shipped_mean` can read."""
    np.save(path, vector)


def windows(frames: Float32, hop: int) -> Float32:
    """(n, WINDOW, 24) windows, each `hop` frames after the one before; short recordings are padded to one."""
    if len(frames) < WINDOW:
        frames = np.concatenate([frames, np.zeros((WINDOW - len(frames), DIMENSIONS), np.float32)])
    view = np.lib.stride_tricks.sliding_window_view(frames, WINDOW, axis=0)[::hop]
    return np.ascontiguousarray(view.transpose(0, 2, 1))


def magnitudes(patches: Float32) -> Float32:
    """(n, SIZE) unit vectors of windows, unchanged by transposition."""
    out = []
    for k in range(0, DIMENSIONS, 12):
        spectrum = fft.fft(fft.rfft(patches[:, :, k : k + 12], axis=2), axis=1)[:, _KEEP]
        out.append(np.sqrt(np.abs(spectrum)).reshape(len(patches), -1))
    flat = np.concatenate(out, axis=1)
    return _unit(flat)


def descriptors(patches: Float32) -> Float32:
    """(n, SIZE) unit vectors of what distinguishes windows from the mean of all music; zero for silence."""
    found = magnitudes(patches)
    silent = np.linalg.norm(found, axis=1, keepdims=True) < 0.5
    return np.where(silent, np.float32(0), _unit(found - shipped_mean()))


def query_descriptors(frames: Float32) -> Float32:
    """(n, SIZE) of a query: denser windows than a registered track has, at most MOST_QUERY_WINDOWS of them."""
    own = windows(frames, QUERY_HOP)
    if len(own) > MOST_QUERY_WINDOWS:
        own = own[np.linspace(0, len(own) - 1, MOST_QUERY_WINDOWS).round().astype(int)]
    return descriptors(own)


def _unit(flat: Float32) -> Float32:
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)


class PatchTable:
    """The vectors of all registered windows, half precision, in one growing array: 17 KB for a track of 3 minutes."""

    def __init__(self) -> None:
        self._rows = np.zeros((0, SIZE), np.float16)
        self._used = 0
        self._starts: list[int] = []
        self._numbers: list[int] = []
        self._places: dict[int, int] = {}

    def add(self, number: int, rows: Float32) -> None:
        """Append a track's vectors; those of an earlier track of that number count no more."""
        need = self._used + len(rows)
        if need > len(self._rows):
            grown = np.zeros((max(need, 2 * len(self._rows), 1024), SIZE), np.float16)
            grown[: self._used] = self._rows[: self._used]
            self._rows = grown
        self._rows[self._used : need] = rows
        self._places[number] = len(self._numbers)
        self._numbers.append(number)
        self._starts.append(self._used)
        self._used = need

    def remove(self, number: int) -> None:
        """Forget a track; its rows stay until the table is made again."""
        self._places.pop(number, None)

    def agreement(self, queries: list[Float32]) -> tuple[NDArray[np.int64], Float32]:
        """(numbers (n,), agreement (queries, n)): for each set of query vectors (one a tempo), the mean over its
        vectors of the best agreement with a track's.
        """
        numbers = np.array(sorted(self._places), np.int64)
        if not len(numbers):
            return numbers, np.zeros((len(queries), 0), np.float32)
        stacked = np.concatenate(queries)
        edges = np.cumsum([0, *map(len, queries)])
        best = np.empty((len(stacked), len(self._numbers)), np.float32)
        bounds = [*self._starts, self._used]
        low = 0
        while low < len(self._numbers):
            high = low + 1
            while high < len(self._numbers) and bounds[high + 1] - bounds[low] <= BLOCK_ROWS:
                high += 1
            block = self._rows[bounds[low] : bounds[high]].astype(np.float32)
            starts = np.array(bounds[low:high]) - bounds[low]
            best[:, low:high] = np.maximum.reduceat(stacked @ block.T, starts, axis=1)
            low = high
        places = [self._places[n] for n in numbers.tolist()]
        means = [best[a:b].mean(axis=0)[places] for a, b in pairwise(edges)]
        return numbers, np.stack(means)
