"""The predominant melody of a recording: salience of harmonic sums, a tracked path, notes.

1. Magnitude spectra (93 ms, every 23 ms), levelled over frequency, so that bass and cymbals don't drown a voice.
2. Salience of each pitch from 110 to 1,320 Hz in thirds of a semitone: a falling sum over ten harmonics (Salamon and
   Gómez, IEEE TASLP 2012), less what the octave below and the fifth above explain.
3. The best path through it, with a price for leaps and for pauses (Viterbi).
4. Notes: stretches of one semitone; new ones where the salience of the path rises afresh.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft, ndimage, sparse

from ml.similarity.melody.line import Floats
from ml.similarity.melody.notes import Melody, Note

SAMPLE_RATE_HZ = 22_050
WINDOW, HOP = 2_048, 512
FFT_SIZE = 4_096
LOWEST, HIGHEST = 45, 88
"""MIDI pitches that a melody may have."""
PER_SEMITONE = 3
HARMONICS = 10
HARMONIC_FALL = 0.8
MIN_NOTE_FRAMES = 4
BLOCK_FRAMES = 2_048
LEAP_COST, PAUSE_COST = 0.05, 0.5
MAX_LEAP_COST = 2.0
VOICED_LEVEL = 0.35
RISE = 0.35

Progress = Callable[[float], None]


def transcribe(samples: Floats, progress: Progress | None = None) -> Melody:
    """Notes of the lead voice, times in seconds (``seconds_per_quarter`` is 1.0).

    samples: (n,) float32, mono, 22,050 Hz. progress: called with 0 to 1. Silence and noise give few notes or none.
    """
    salience = salience_of(samples, progress)
    if not salience.size:
        return Melody((), seconds_per_quarter=1.0)
    path = _path(salience, LEAP_COST, MAX_LEAP_COST, PAUSE_COST)
    notes = tuple(_notes(path, salience))
    if progress:
        progress(1.0)
    return Melody(notes, seconds_per_quarter=1.0)


def salience_of(samples: Floats, progress: Progress | None = None) -> Floats:
    """(frames, pitches): how strongly each pitch sounds, about 1 for the lead voice, 0 in silence."""
    frames = 1 + (len(samples) - WINDOW) // HOP if len(samples) >= WINDOW else 0
    weights = _harmonic_weights()
    out = np.zeros((frames, weights.shape[0]), np.float32)
    window = np.hanning(WINDOW).astype(np.float32)
    loudest = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    if loudest < 1e-5:
        return out[:0]
    scaled = np.ascontiguousarray(samples, np.float32) / np.float32(loudest)
    views = np.lib.stride_tricks.sliding_window_view(scaled, WINDOW)[::HOP] if frames else None
    for start in range(0, frames, BLOCK_FRAMES):
        block = views[start : start + BLOCK_FRAMES] * window  # type: ignore[index]
        spectrum = np.abs(fft.rfft(block, FFT_SIZE, axis=1))[:, : weights.shape[1]]
        out[start : start + len(block)] = (weights @ _levelled(spectrum).T).T
        if progress:
            progress(0.8 * (start + len(block)) / frames)
    return _relative(out)


def _levelled(spectrum: Floats) -> Floats:
    """Peaks of the compressed spectrum above its own surroundings."""
    compressed = np.sqrt(spectrum)
    floor = ndimage.uniform_filter1d(compressed, 61, axis=1, mode="nearest")
    return np.maximum(compressed - floor, 0.0)


def _relative(salience: Floats) -> Floats:
    """Each frame less its own mean, as a share of what the loud frames around reach."""
    raised = np.maximum(salience - salience.mean(1, keepdims=True), 0.0)
    peak = raised.max(1)
    usual = ndimage.percentile_filter(peak, 80, size=431, mode="nearest")
    return (raised / np.maximum(usual, 1e-6)[:, None]).astype(np.float32)


def _harmonic_weights() -> sparse.csr_matrix:
    """(pitches, bins): weight of each bin for each pitch."""
    pitches = LOWEST + np.arange((HIGHEST - LOWEST) * PER_SEMITONE + 1) / PER_SEMITONE
    hz = 440.0 * 2 ** ((pitches - 69) / 12)
    bins = round(6_000 * FFT_SIZE / SAMPLE_RATE_HZ)
    table = sparse.lil_matrix((len(pitches), bins), dtype=np.float32)
    for row, base in enumerate(hz):
        for harmonic in range(1, HARMONICS + 1):
            place = base * harmonic * FFT_SIZE / SAMPLE_RATE_HZ
            low = int(place)
            if low + 1 < bins:
                weight = HARMONIC_FALL ** (harmonic - 1)
                table[row, low] += weight * (1 - (place - low))
                table[row, low + 1] += weight * (place - low)
    return table.tocsr()


@njit(cache=True)
def _path(salience: Floats, leap: float, most: float, pause: float) -> NDArray[np.int64]:
    """Pitch bin of each frame, −1 in pauses: the best sum of salience less leaps and changes to and from pauses."""
    frames, pitches = salience.shape
    came = np.zeros((frames, pitches + 1), np.int16)
    score = np.zeros(pitches + 1, np.float32)
    new = np.zeros(pitches + 1, np.float32)
    reach = int(most / leap)
    for t in range(frames):
        best = int(np.argmax(score[:pitches]))
        for p in range(pitches):
            value, source = score[p], p
            if score[best] - most > value:
                value, source = score[best] - most, best
            for other in range(max(p - reach, 0), min(p + reach + 1, pitches)):
                rest = score[other] - leap * abs(other - p)
                if rest > value:
                    value, source = rest, other
            if score[pitches] - pause > value:
                value, source = score[pitches] - pause, pitches
            came[t, p] = source
            new[p] = value + salience[t, p]
        came[t, pitches] = pitches
        new[pitches] = score[pitches]
        if score[best] - pause > score[pitches]:
            came[t, pitches] = best
            new[pitches] = score[best] - pause
        new[pitches] += VOICED_LEVEL
        score[:] = new - new.max()
    out = np.empty(frames, np.int64)
    at = int(np.argmax(score))
    for t in range(frames - 1, -1, -1):
        out[t] = -1 if at == pitches else at
        at = int(came[t, at])
    return out


def _notes(path: NDArray[np.int64], salience: Floats) -> list[Note]:
    """Stretches of one semitone, split where the tone is struck again; too short ones join their neighbour."""
    semitone = np.where(path < 0, -1, (path + PER_SEMITONE // 2) // PER_SEMITONE)
    level = np.where(path < 0, 0.0, salience[np.arange(len(path)), np.maximum(path, 0)])
    level = ndimage.uniform_filter1d(level, 3)
    edges = np.flatnonzero(np.diff(semitone) != 0) + 1
    starts = np.unique(np.concatenate([[0], edges, _struck_again(level, semitone)]))
    ends = np.append(starts[1:], len(path))
    runs = [(int(a), int(b), int(semitone[a])) for a, b in zip(starts, ends, strict=True)]
    merged: list[tuple[int, int, int]] = []
    for a, b, pitch in runs:
        if b - a < MIN_NOTE_FRAMES and pitch >= 0 and merged and merged[-1][1] == a and merged[-1][2] >= 0:
            merged[-1] = (merged[-1][0], b, merged[-1][2])  # a slide or a slip: part of the note before
        elif pitch >= 0:
            merged.append((a, b, pitch))
    seconds = HOP / SAMPLE_RATE_HZ
    lead = 0.5 * WINDOW / SAMPLE_RATE_HZ
    return [Note(a * seconds + lead, (b - a) * seconds, LOWEST + p) for a, b, p in merged if b - a >= MIN_NOTE_FRAMES]


def _struck_again(level: NDArray[np.float64], semitone: NDArray[np.int64]) -> NDArray[np.int64]:
    """Frames where the level rises steeply inside a stretch of one pitch."""
    rise = np.zeros(len(level))
    rise[2:-2] = level[4:] - level[:-4]
    peaks = (rise > RISE) & (rise >= ndimage.maximum_filter1d(rise, 9))
    same = np.zeros(len(level), bool)
    same[3:-3] = (semitone[3:-3] == semitone[:-6]) & (semitone[3:-3] == semitone[6:])
    return np.flatnonzero(peaks & same)
