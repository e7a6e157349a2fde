"""From samples to spectral peaks, and from peaks to landmark hashes.

A landmark (Wang, "An industrial-strength audio search algorithm", ISMIR 2003) is a pair of peaks: the first one's
band, the step in bands, the step in frames; and a third peak, measured coarsely, as a check that lists of common pairs
are filtered by. Peaks keep sub-band precision so that a query can be warped in tempo and pitch before it is hashed.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint import dense, grid, packing
from ml.fingerprint.errors import FingerprintError
from ml.fingerprint.spectrum import band_magnitudes, local_maxima

__all__ = ["FingerprintError", "Landmarks", "Peaks", "digest", "extract", "landmarks"]

TIME_STEPS = packing.TIME_STEPS
BAND_STEPS = packing.BAND_STEPS
MAX_RANK = 255


@dataclass(frozen=True, slots=True)
class Peaks:
    """Spectral peaks of a recording, in order of time.

    frame: (n,) float32, fractional frame (23.2 ms); float64 for recordings of more than 27 hours. band: (n,) float32,
    fractional band (1/36 octave over 180 Hz). rank: (n,) uint8, how many peaks within half a second on either side are
    stronger. frames: length of the recording in frames. print: what is stored for the second opinion (see `dense`),
    (rows, bands) of 0 and 1, and levels: a short query's side of it; None where there is none.
    """

    frame: packing.Frames
    band: NDArray[np.float32]
    rank: NDArray[np.uint8]
    frames: int
    print: dense.Bits | None = None
    levels: dense.Levels | None = None

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def duration_s(self) -> float:
        """Length of the recording in seconds, to one frame."""
        return self.frames * grid.FRAME_SECONDS

    def strongest(self, per_second: int) -> "Peaks":
        """Only the peaks that are among the `per_second` strongest of the second around them."""
        keep = self.rank < per_second
        return replace(self, frame=self.frame[keep], band=self.band[keep], rank=self.rank[keep])

    def between(self, start_frame: float, end_frame: float) -> "Peaks":
        """The peaks from `start_frame` (included) to `end_frame` (not), with their times unchanged; nothing besides."""
        low, high = np.searchsorted(self.frame, [start_frame, end_frame])
        return Peaks(self.frame[low:high], self.band[low:high], self.rank[low:high], self.frames)

    def to_bytes(self) -> bytes:
        """Compact bytes: about two and a half a peak, and 29 a second for the print. `from_bytes` gives back exactly
        what `extract` made, but for a query's levels.
        """
        return dense.pack(self.print) + packing.pack_peaks(self.frame, self.band, self.rank, self.frames)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Peaks":
        """What `to_bytes` wrote, in this version or those before. Raises FingerprintError for others."""
        bits, rest = dense.unpack(data)
        return cls(*packing.unpack_peaks(rest), bits)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Hashes of peak pairs: hash (n,) uint32 below 2**30; cell (n,) int32, the first peak's time in eighths frames.

    The upper 21 bits of a hash are the pair, the lower 9 the check.
    """

    hash: NDArray[np.uint32]
    cell: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.hash)


def extract(
    samples: NDArray[np.float32], *, peaks_per_second: int = grid.DENSE_PEAKS_PER_SECOND, first_row: int = 0
) -> Peaks:
    """Spectral peaks of a recording.

    samples: (n,) float32 mono at 22,050 Hz. The default density suits a query; what is stored is `.strongest(30)` of
    it. first_row: frame of the print's first row, for one who puts a recording together from pieces. Recordings
    shorter than one window (93 ms) and silence give no peaks. Raises ValueError for anything but
    finite mono samples.
    """
    samples = np.ascontiguousarray(samples, np.float32)
    if samples.ndim != 1:
        raise ValueError(f"expected mono samples of shape (n,), got {samples.shape}")
    if not np.all(np.isfinite(samples)):
        raise ValueError("the samples contain values that are not numbers")
    magnitudes = band_magnitudes(samples)
    frames, levels = len(magnitudes), dense.relative_levels(magnitudes)
    times, bands, ranks = local_maxima(magnitudes)
    keep = ranks < min(peaks_per_second, MAX_RANK)
    time = np.maximum(np.rint(times[keep] * TIME_STEPS), 0)
    band = np.rint(bands[keep] * BAND_STEPS)
    order = np.lexsort((band, time))
    return Peaks(
        (time[order] / TIME_STEPS).astype(np.float32),
        (band[order] / BAND_STEPS).astype(np.float32),
        ranks[keep][order].astype(np.uint8),
        frames,
        dense.print_of(levels, first_row),
        dense.softened(levels) if frames <= dense.LONGEST_QUERY_FRAMES else None,
    )


@njit(cache=True)
def strongest_followers(frame, band, rank, most, zone):  # type: ignore[no-untyped-def]
    """For each peak up to `most` peaks of the zone after it, the strongest first: (n, most) indices, -1 for none.

    zone: least and greatest step in frames, and greatest step in bands. Of equally strong ones the earlier counts.
    """
    least, greatest, widest = zone
    count = len(frame)
    out = np.full((count, most), -1, np.int32)
    for i in range(count):
        taken = 0
        for j in range(i + 1, count):
            step = frame[j] - frame[i]
            if step >= greatest:
                break
            if step < least or abs(band[j] - band[i]) >= widest:
                continue
            if taken == most and rank[j] >= rank[out[i, most - 1]]:
                continue
            at = min(taken, most - 1)
            while at > 0 and rank[out[i, at - 1]] > rank[j]:
                out[i, at] = out[i, at - 1]
                at -= 1
            out[i, at] = j
            taken = min(taken + 1, most)
    return out


@njit(cache=True, inline="always")
def pair_hash(band, band_step, frame_step):  # type: ignore[no-untyped-def]
    """21 bits of a pair (8 of the first band, 7 of the step in bands, 6 of the step in frames), or -1 for none."""
    low = np.int64(np.rint(band))
    step = np.int64(np.rint(frame_step))
    wide = np.int64(np.rint(band_step)) + 64
    if step < grid.MIN_PAIR_FRAMES or step > grid.MAX_PAIR_FRAMES or low < 0 or low > 255 or wide < 0 or wide > 127:
        return np.int64(-1)
    return (low << 13) | (wide << 6) | step


NO_THIRD = (1 << grid.CHECK_BITS) - 1


@njit(cache=True, inline="always")
def check_of(band_step, frame_step):  # type: ignore[no-untyped-def]
    """9 bits of where the third peak lies from the first: 5 of three bands each, 4 of four frames each."""
    band = min(max((int(np.rint(band_step)) + 48) // 3, 0), 31)
    return (band << 4) | min(int(frame_step) >> 2, 15)


@njit(cache=True)
def followers_within(frame, band, rank, most, zone):  # type: ignore[no-untyped-def]
    """Pairs (i, j) of each peak with at most `most` peaks of the zone after it, the strongest; in order of time."""
    least, greatest, widest = zone
    count = len(frame)
    first = np.empty(count * most, np.int32)
    second = np.empty(count * most, np.int32)
    inside = np.empty(count, np.int32)
    ranks = np.zeros(256, np.int32)
    n = 0
    for i in range(count):
        found = 0
        ranks[:] = 0
        for j in range(i + 1, count):
            step = frame[j] - frame[i]
            if step >= greatest:
                break
            if step >= least and abs(band[j] - band[i]) < widest:
                inside[found] = j
                ranks[rank[j]] += 1
                found += 1
        last, sure = 256, found
        if found > most:
            last, sure = 0, 0
            while sure + ranks[last] <= most:
                sure += ranks[last]
                last += 1
        spare = most - sure
        for k in range(found):
            own = rank[inside[k]]
            if own > last or (own == last and spare == 0):
                continue
            if own == last:
                spare -= 1
            first[n] = i
            second[n] = inside[k]
            n += 1
    return first[:n], second[:n]


@njit(cache=True)
def _landmarks(frame, band, rank, followers, fan_out, weak_fan_out, strong):  # type: ignore[no-untyped-def]
    hashes = np.empty(len(frame) * fan_out, np.uint32)
    cells = np.empty(len(frame) * fan_out, np.int32)
    n = 0
    for i in range(len(frame)):
        for k in range(fan_out if rank[i] < strong else weak_fan_out):
            j = followers[i, k]
            if j < 0:
                break
            third = followers[i, 0 if k else 1]
            check = NO_THIRD if third < 0 else check_of(band[third] - band[i], frame[third] - frame[i])
            pair = pair_hash(band[i], band[j] - band[i], frame[j] - frame[i])
            if pair >= 0:
                hashes[n] = (pair << grid.CHECK_BITS) | check
                cells[n] = np.int64(frame[i]) // grid.CELL_FRAMES
                n += 1
    return hashes[:n], cells[:n]


def landmarks(peaks: Peaks) -> Landmarks:
    """The landmarks to store for a recording: of its 30 strongest peaks a second, each with its two or three strongest
    followers; the third peak of a pair is the strongest of the others.
    """
    stored = peaks.strongest(grid.STORED_PEAKS_PER_SECOND)
    arrays = (stored.frame, stored.band, stored.rank)
    zone = (float(grid.MIN_PAIR_FRAMES), grid.MAX_PAIR_FRAMES + 0.5, float(grid.MAX_PAIR_BINS))
    followers = strongest_followers(*arrays, grid.STORED_FAN_OUT, zone)
    return Landmarks(*_landmarks(*arrays, followers, grid.STORED_FAN_OUT, grid.WEAK_FAN_OUT, grid.STRONG_RANKS))


def digest(peaks: Peaks) -> str:
    """SHA-256, in hexadecimal, of the peaks that are stored of a recording: equal for equal recordings decoded
    alike.
    """
    stored = replace(peaks.strongest(grid.STORED_PEAKS_PER_SECOND), print=None)
    return hashlib.sha256(stored.to_bytes()).hexdigest()
