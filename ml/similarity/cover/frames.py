"""From a print to the vectors that are compared: centred, weighted, at a tempo and at a rate."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.similarity.cover.features import LEVELS, PRINT_RATE_HZ, CoverPrint

Float32 = NDArray[np.float32]

RATE_HZ = 2.5
"""Vectors a second at which recordings are aligned."""
TEMPO_STEPS = tuple(range(-6, 7))
TEMPO_RATIOS = tuple(2 ** (k / 12) for k in TEMPO_STEPS)
"""Tempo ratios that are tried: 0.71 to 1.41, 6 % apart; an alignment bends by more than half a step."""
MELODY_WEIGHT = 0.45
"""Share of a frame's squared length that the melody makes up."""
DIMENSIONS = 24
GROUP = int(PRINT_RATE_HZ / RATE_HZ)
"""Frames of the print a vector."""
QUIET = 0.05
"""Length of a centred frame below which it says nothing."""
_TURNED = np.array([[(k - t) % 12 + 12 * half for half in (0, 1) for k in range(12)] for t in range(12)])


def frames_of(cover_print: CoverPrint, ratio: float = 1.0) -> Float32:
    """(n, 24) vectors of length 0 to 1: centred harmony and melody, `RATE_HZ` a second of the recording played so
    that it takes `ratio` times as long.
    """
    count = int(cover_print.duration_s * ratio * RATE_HZ)
    if ratio == 1.0:
        return np.asarray(_at_own_tempo(cover_print.harmony, cover_print.melody, count, MELODY_WEIGHT))
    parts = []
    for stream, weight in ((cover_print.harmony, 1 - MELODY_WEIGHT), (cover_print.melody, MELODY_WEIGHT)):
        centred = _centred(np.asarray(stream, np.float32) / np.float32(LEVELS))
        parts.append(_resampled(centred, count, ratio) * np.float32(np.sqrt(weight)))
    return np.ascontiguousarray(np.concatenate(parts, axis=1))


@njit(cache=True, fastmath=True)
def _at_own_tempo(harmony, melody, count, melody_weight):  # type: ignore[no-untyped-def]
    """`frames_of` at ratio 1, which every track that is compared goes through: the same in a tenth of the time."""
    out = np.zeros((count, DIMENSIONS), np.float32)
    for half in range(2):
        stream = melody if half else harmony
        weight = np.sqrt(melody_weight if half else 1 - melody_weight) / GROUP
        for i in range(count * GROUP):
            mean = 0.0
            for k in range(12):
                mean += stream[i, k]
            mean /= 12
            square = 0.0
            for k in range(12):
                square += (stream[i, k] - mean) ** 2
            length = np.sqrt(square)
            if length > QUIET * LEVELS:
                for k in range(12):
                    out[i // GROUP, 12 * half + k] += weight * (stream[i, k] - mean) / length
    return out


def _centred(chroma: Float32) -> Float32:
    """Each frame without its mean over pitch classes, of unit length; zero where it says nothing."""
    centred = chroma - chroma.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(np.where(length > QUIET, centred / np.maximum(length, 1e-6), 0), np.float32)


def _resampled(values: Float32, count: int, ratio: float) -> Float32:
    """Means over equal stretches of the recording, `count` of them."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    edges = np.minimum(np.arange(count + 1) * PRINT_RATE_HZ / (RATE_HZ * ratio), len(values))
    low = np.floor(edges).astype(int)
    part = (edges - low)[:, None]
    at = total[low] * (1 - part) + total[np.minimum(low + 1, len(values))] * part
    width = np.maximum(np.diff(edges), 1e-6)[:, None]
    return np.asarray(np.diff(at, axis=0) / width, np.float32)


def transposed(frames: Float32, semitones: int) -> Float32:
    """The vectors of the music played `semitones` higher."""
    return np.ascontiguousarray(frames[:, _TURNED[semitones % 12]])
