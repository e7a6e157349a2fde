"""A second opinion on weak alignments: whether the whole spectrum agrees, not its peaks alone.

Under speech or noise few peaks survive, yet the sound of the recording still raises and lowers the level of each
semitone. Of every recording one bit is kept for each semitone and 0.26 s: whether its level, against the two seconds
and the octave around, lies above the median (in the manner of Haitsma and Kalker, "A highly robust audio fingerprinting
system", ISMIR 2002, on the scale of the peaks, so that a pitch is a shift). A query keeps how far above or below. At an
alignment the products are summed; how many standard deviations that lies above the sums at other places of the same
track is the opinion.
"""

import struct

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.errors import FingerprintError
from ml.fingerprint.grid import BINS, BINS_PER_SEMITONE, FRAME_SECONDS

BANDS = int(BINS / BINS_PER_SEMITONE)
"""Semitones."""
SMOOTH_FRAMES, SURROUNDINGS_FRAMES, SURROUNDINGS_BANDS = 1, 43, 6
"""On each side: over which a level is taken, and against which it is held (frames, frames, semitones)."""
ROW_FRAMES = 11
"""A row of bits is stored for every so many frames; 7.5 bytes each, 0.106 MB an hour."""
QUERY_SCALE = 1.5
FLOOR = 1e-6
PLACES = 64
"""Other places of the track that the sum at the alignment is compared with."""
NEAR_ROWS = 6
FEWEST_ROWS = 4
SHORTEST_TRACK = 2.0
"""How many times as long as the query a track must be."""
LONGEST_QUERY_FRAMES = round(20.0 / FRAME_SECONDS)
"""Longer recordings have no query's side: they are searched window by window, and heard often enough."""

_HEADER = struct.Struct("<2sBI")
_MAGIC, _VERSION = b"DB", 1

Bits = NDArray[np.uint8]
Levels = NDArray[np.int8]


@njit(cache=True)
def _relative(magnitudes, bands, smooth, around, beside, floor):  # type: ignore[no-untyped-def]
    """Logarithmic level of each semitone against its surroundings, (frames, bands)."""
    frames = magnitudes.shape[0]
    width = magnitudes.shape[1] // bands
    energy = np.zeros((frames + 1, bands))
    for t in range(frames):
        for b in range(bands):
            total = 0.0
            for k in range(b * width, (b + 1) * width):
                total += magnitudes[t, k] * magnitudes[t, k]
            energy[t + 1, b] = energy[t, b] + total
    level = np.zeros((frames + 1, bands))
    for t in range(frames):
        low, high = max(0, t - smooth), min(frames, t + smooth + 1)
        for b in range(bands):
            level[t + 1, b] = level[t, b] + np.log((energy[high, b] - energy[low, b]) / (high - low) + floor)
    out = np.empty((frames, bands), np.float32)
    row = np.empty(bands)
    for t in range(frames):
        low, high = max(0, t - around), min(frames, t + around + 1)
        for b in range(bands):
            row[b] = level[t + 1, b] - level[t, b] - (level[high, b] - level[low, b]) / (high - low)
        for b in range(bands):
            first, last = max(0, b - beside), min(bands, b + beside + 1)
            out[t, b] = row[b] - row[first:last].mean()
    return out


def relative_levels(magnitudes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frames, BINS) magnitudes to (frames, BANDS) nepers above the surroundings."""
    return np.asarray(
        _relative(magnitudes, BANDS, SMOOTH_FRAMES, SURROUNDINGS_FRAMES, SURROUNDINGS_BANDS, FLOOR), np.float32
    )


def print_of(levels: NDArray[np.float32], first: int = 0) -> Bits:
    """What is stored: (rows, BANDS) of 0 and 1, a row for each `ROW_FRAMES` frames from `first` on."""
    rows = levels[first::ROW_FRAMES]
    if not len(rows):
        return np.zeros((0, BANDS), np.uint8)
    return (rows > np.median(rows, axis=0)).astype(np.uint8)


def softened(levels: NDArray[np.float32]) -> Levels:
    """What a query is compared by: -127 to 127 for each frame and semitone."""
    if not len(levels):
        return np.zeros((0, BANDS), np.int8)
    scale = QUERY_SCALE * np.median(np.abs(levels), axis=0) + 1e-6
    return np.rint(127 * np.tanh(levels / scale)).astype(np.int8)


def pack(bits: Bits | None) -> bytes:
    """The bytes of a print, without gaps, behind a header; none for none."""
    if bits is None:
        return b""
    return _HEADER.pack(_MAGIC, _VERSION, len(bits)) + np.packbits(bits).tobytes()


def unpack(data: bytes) -> tuple[Bits | None, bytes]:
    """The print that `data` begins with, or None where it begins otherwise, and what follows. Raises FingerprintError
    for a print that is cut short or of another version.
    """
    if data[: len(_MAGIC)] != _MAGIC:
        return None, data
    if len(data) < _HEADER.size or data[len(_MAGIC)] != _VERSION:
        raise FingerprintError("These bytes are no stored print of a known version; extract the recording again.")
    rows = _HEADER.unpack_from(data)[2]
    end = _HEADER.size + (rows * BANDS + 7) // 8
    if len(data) < end:
        raise FingerprintError("The stored print is cut short; extract the recording again.")
    packed = np.frombuffer(data, np.uint8, end - _HEADER.size, _HEADER.size)
    return np.unpackbits(packed, count=rows * BANDS).reshape(rows, BANDS), data[end:]


@njit(cache=True)
def _sums(signs, query, rows, rate, shift, row_frames, fewest):  # type: ignore[no-untyped-def]
    """For each first row (fractional) the mean product of the stored signs and the query's levels; nan where too little
    of the query lies inside.
    """
    out = np.full(len(rows), np.nan)
    frames, bands = query.shape
    low, high = max(0, shift), min(bands, bands + shift)
    step = row_frames / rate
    for n in range(len(rows)):
        total, count = 0, 0
        first = int(np.ceil(rows[n]))
        at = (first - rows[n]) * step
        row = first
        while at < frames - 0.5:
            if 0 <= row < len(signs):
                q = int(at + 0.5)
                for b in range(low, high):
                    total += signs[row, b - shift] * query[q, b]
                count += 1
            row += 1
            at += step
        if count >= fewest and count * step >= 0.5 * frames:
            out[n] = total / (count * (high - low))
    return out


def opinion(levels: Levels, stored: Bits, rate: float, offset: float, pitch: float) -> float | None:
    """Standard deviations by which an alignment agrees more than other places of the same track do.

    levels: of the query. rate, offset: reference frame = rate · query frame + offset. pitch: in bands of the peaks.
    None where too little overlaps, or the track is so short that it has too few other places.
    """
    own, length = offset / ROW_FRAMES, len(levels) * rate / ROW_FRAMES
    if len(stored) < SHORTEST_TRACK * length:
        return None
    places = np.linspace(0.0, len(stored) - length, PLACES)
    places = places[np.abs(places - own) > NEAR_ROWS]
    signs = stored.astype(np.int8) * np.int8(2) - np.int8(1)
    shift = round(pitch / BINS_PER_SEMITONE)
    *elsewhere, here = _sums(signs, levels, np.append(places, own), rate, shift, ROW_FRAMES, FEWEST_ROWS)
    others = np.array(elsewhere)[~np.isnan(elsewhere)]
    if np.isnan(here) or len(others) < PLACES // 4:
        return None
    return float((here - others.mean()) / (others.std() + 1e-9))
