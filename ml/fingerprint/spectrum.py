"""Log-frequency spectrogram of a recording, and the local maxima in it.

Method: magnitude spectra on 36 triangular bands an octave, levelled against the loudness of the surrounding seconds and
half-whitened along time, so that an equaliser or a steady hum moves few peaks. A peak is a local maximum that stands
out of its neighbourhood; broad ones (highest over 7 frames × 9 bands) are ranked first.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft

from ml.fingerprint.grid import (
    BINS,
    BINS_PER_OCTAVE,
    FRAME_SECONDS,
    HOP,
    LOWEST_HZ,
    SAMPLE_RATE_HZ,
    WINDOW,
)

CHUNK_FRAMES = 1_024
LEVEL_REACH = 150
"""Frames on each side over which loudness and the spectral mean are taken (3.5 s)."""
WHITENING = 0.5
FLOOR = 0.003
"""Share of the surrounding mean magnitude below which energy is treated as silence."""
ABSOLUTE_FLOOR = 1e-3
"""Magnitude (sum over a Hann window) that a quiet 16-bit dither reaches; nothing below it makes a peak."""
NEIGHBOURHOOD_REACH = 12
"""Frames and bands on each side over which the local mean is taken."""
BROAD, BROAD_PROMINENCE = (3, 4), 0.4
"""What is stored: highest within so many frames and bands on each side, and so many nepers over the local mean."""
FINE, FINE_PROMINENCE = (2, 2), 0.1
"""What a query uses besides: under speech or noise the registered peaks are often the weaker ones."""

Float32 = NDArray[np.float32]


def _bands() -> tuple[NDArray[np.int32], NDArray[np.int32], Float32]:
    """Triangular bands as compressed rows: first FFT bin, row offsets, weights."""
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE_HZ)
    first, offsets, weights = [], [0], []
    for centre in LOWEST_HZ * 2 ** (np.arange(BINS) / BINS_PER_OCTAVE):
        width = max(centre * (2 ** (1 / BINS_PER_OCTAVE) - 1), SAMPLE_RATE_HZ / WINDOW)
        row = np.maximum(0, 1 - np.abs(frequencies - centre) / width)
        inside = np.flatnonzero(row)
        first.append(inside[0])
        weights.append(row[inside[0] : inside[-1] + 1] / row.sum())
        offsets.append(offsets[-1] + len(weights[-1]))
    return (
        np.array(first, np.int32),
        np.array(offsets, np.int32),
        np.concatenate(weights).astype(np.float32),
    )


_FIRST, _OFFSETS, _WEIGHTS = _bands()
_HANN = np.hanning(WINDOW).astype(np.float32)


@njit(cache=True, fastmath=True)
def _apply_bands(spectra, first, offsets, weights, out):  # type: ignore[no-untyped-def]
    for t in range(spectra.shape[0]):
        magnitude = np.abs(spectra[t])
        for b in range(len(first)):
            total = np.float32(0)
            for k in range(offsets[b], offsets[b + 1]):
                total += weights[k] * magnitude[first[b] + k - offsets[b]]
            out[t, b] = total


def band_magnitudes(samples: Float32) -> Float32:
    """Magnitudes on the log-frequency bands.

    samples: (n,) mono at 22,050 Hz. Returns (frames, BINS); no frames for fewer samples than one window.
    """
    count = 1 + (len(samples) - WINDOW) // HOP if len(samples) >= WINDOW else 0
    out = np.empty((count, BINS), np.float32)
    if not count:
        return out
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    for start in range(0, count, CHUNK_FRAMES):
        block = frames[start : start + CHUNK_FRAMES] * _HANN
        _apply_bands(fft.rfft(block, axis=1), _FIRST, _OFFSETS, _WEIGHTS, out[start : start + CHUNK_FRAMES])
    return out


@njit(cache=True, fastmath=True)
def _running_mean(values, reach):  # type: ignore[no-untyped-def]
    """Mean of each column over ±reach rows, shrunk at the edges."""
    frames, bins = values.shape
    out = np.empty((frames, bins), np.float32)
    running = np.zeros(bins, np.float64)
    low, high = 0, 0
    for t in range(frames):
        while high < min(frames, t + reach + 1):
            for b in range(bins):
                running[b] += values[high, b]
            high += 1
        while low < t - reach:
            for b in range(bins):
                running[b] -= values[low, b]
            low += 1
        for b in range(bins):
            out[t, b] = running[b] / (high - low)
    return out


@njit(cache=True, fastmath=True)
def _level(magnitudes, reach, whitening, floor, absolute):  # type: ignore[no-untyped-def]
    """Logarithm over a floor that follows loudness, minus part of its mean over time; in place."""
    frames, bins = magnitudes.shape
    loudness = np.zeros(frames + 1, np.float64)
    for t in range(frames):
        loudness[t + 1] = loudness[t] + magnitudes[t].sum() / bins
    for t in range(frames):
        low, high = max(0, t - reach), min(frames, t + reach + 1)
        eps = np.float32(floor * (loudness[high] - loudness[low]) / (high - low) + absolute)
        for b in range(bins):
            magnitudes[t, b] = np.log(eps + magnitudes[t, b]) - np.log(eps)
    mean = _running_mean(magnitudes, reach)
    for t in range(frames):
        for b in range(bins):
            magnitudes[t, b] -= whitening * mean[t, b]


@njit(cache=True, fastmath=True)
def _box_mean(values, reach):  # type: ignore[no-untyped-def]
    """Mean over a (2·reach+1)² box, shrunk at the edges."""
    frames, bins = values.shape
    rows = np.empty((frames, bins), np.float32)
    sums = np.zeros(bins + 1, np.float64)
    for t in range(frames):
        for b in range(bins):
            sums[b + 1] = sums[b] + values[t, b]
        for b in range(bins):
            low, high = max(0, b - reach), min(bins, b + reach + 1)
            rows[t, b] = (sums[high] - sums[low]) / (high - low)
    return _running_mean(rows, reach)


@njit(cache=True, inline="always")
def _is_highest(values, t, b, reach_frames, reach_bands):  # type: ignore[no-untyped-def]
    frames, bins = values.shape
    v = values[t, b]
    for u in range(max(0, t - reach_frames), min(frames, t + reach_frames + 1)):
        for c in range(max(0, b - reach_bands), min(bins, b + reach_bands + 1)):
            if values[u, c] > v or (values[u, c] == v and (u > t or (u == t and c > b))):
                return False
    return True


@njit(cache=True, inline="always")
def _vertex(before, at, after):  # type: ignore[no-untyped-def]
    """Where the parabola through three points has its top: -0.5 to 0.5."""
    bend = min(before - 2 * at + after, np.float32(-1e-6))
    return min(max(np.float32(0.5) * (before - after) / bend, np.float32(-0.5)), np.float32(0.5))


@njit(cache=True, fastmath=True)
def _maxima(values, mean, fine, broad, fine_prominence, broad_prominence):  # type: ignore[no-untyped-def]
    """Local maxima: frame and band (both refined by a parabola), prominence, and whether each is a broad one."""
    frames, bins = values.shape
    times, bands = [np.float32(0)], [np.float32(0)]
    heights, wide = [np.float32(0)], [False]
    for t in range(frames):
        for b in range(1, bins - 1):
            v = values[t, b]
            height = v - mean[t, b]
            if height <= fine_prominence or v < values[t, b - 1] or v <= values[t, b + 1]:
                continue
            if not _is_highest(values, t, b, fine[0], fine[1]):
                continue
            slide = np.float32(0)
            if 0 < t < frames - 1:
                slide = _vertex(values[t - 1, b], v, values[t + 1, b])
            times.append(t + slide)
            bands.append(b + _vertex(values[t, b - 1], v, values[t, b + 1]))
            heights.append(height)
            wide.append(height > broad_prominence and _is_highest(values, t, b, broad[0], broad[1]))
    return (
        np.array(times[1:], np.float32),
        np.array(bands[1:], np.float32),
        np.array(heights[1:], np.float32),
        np.array(wide[1:], np.bool_),
    )


@njit(cache=True)
def rank_in_surroundings(times, heights, reach):  # type: ignore[no-untyped-def]
    """For each peak, how many within ±reach frames stand out more (ties: the earlier one wins). `times` ascending."""
    count = len(times)
    out = np.zeros(count, np.int32)
    low = 0
    for i in range(count):
        while times[low] < times[i] - reach:
            low += 1
        j = low
        while j < count and times[j] <= times[i] + reach:
            if heights[j] > heights[i] or (heights[j] == heights[i] and j < i):
                out[i] += 1
            j += 1
    return out


def local_maxima(values: Float32) -> tuple[Float32, Float32, NDArray[np.int32]]:
    """For each maximum its frame, band, and rank within the second around it (0 is the strongest).

    values: what `band_magnitudes` gave; levelled in place. Broad maxima come before all the others, whatever their
    height: the stored peaks are the first of them.
    """
    if not len(values):
        return np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, np.int32)
    _level(values, LEVEL_REACH, WHITENING, FLOOR, ABSOLUTE_FLOOR)
    mean = _box_mean(values, NEIGHBOURHOOD_REACH)
    times, bands, heights, wide = _maxima(values, mean, FINE, BROAD, FINE_PROMINENCE, BROAD_PROMINENCE)
    order = np.argsort(times, kind="stable")
    times, bands, heights = times[order], bands[order], (heights + np.float32(1e3) * wide)[order]
    return times, bands, rank_in_surroundings(times, heights, np.float32(0.5 / FRAME_SECONDS))
