"""From samples to spectral peaks, and from peaks to landmark hashes.

A landmark (Wang, "An industrial-strength audio search algorithm", ISMIR 2003) is a pair of peaks: the first one's
band, the step in bands, the step in frames. Peaks keep sub-band precision so that a query can be warped in tempo and
pitch before it is hashed.
"""

import hashlib
import struct
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint import grid
from ml.fingerprint.spectrum import local_maxima

TIME_STEPS = 8
"""Steps a frame that a stored peak's time is rounded to."""
BAND_STEPS = 16
"""Steps a band that a stored peak's frequency is rounded to (2 cents)."""
MAX_RANK = 255
_HEADER = struct.Struct("<2sBBII")
_MAGIC = b"DP"
_VERSION = 1


class FingerprintError(Exception):
    """Stored fingerprint data can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """Spectral peaks of a recording, in order of time.

    frame: (n,) float32, fractional frame (23.2 ms). band: (n,) float32, fractional band (1/36 octave over 180 Hz).
    rank: (n,) uint8, how many peaks within half a second on either side are stronger. frames: length of the
    recording in frames.
    """

    frame: NDArray[np.float32]
    band: NDArray[np.float32]
    rank: NDArray[np.uint8]
    frames: int

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def duration_s(self) -> float:
        """Length of the recording in seconds, to one frame."""
        return self.frames * grid.FRAME_SECONDS

    def strongest(self, per_second: int) -> "Peaks":
        """Only the peaks that are among the `per_second` strongest of the second around them."""
        keep = self.rank < per_second
        return Peaks(self.frame[keep], self.band[keep], self.rank[keep], self.frames)

    def between(self, start_frame: float, end_frame: float) -> "Peaks":
        """The peaks from `start_frame` (included) to `end_frame` (not), with their times unchanged."""
        low, high = np.searchsorted(self.frame, [start_frame, end_frame])
        return Peaks(self.frame[low:high], self.band[low:high], self.rank[low:high], self.frames)

    def to_bytes(self) -> bytes:
        """Compact bytes: about four a peak. `from_bytes` gives back exactly these peaks."""
        time = np.rint(self.frame * TIME_STEPS).astype(np.int64)
        step = np.diff(time, prepend=0)
        body = np.empty(len(time), [("step", "<u1"), ("band", "<u2"), ("rank", "<u1")])
        long = step >= MAX_RANK
        body["step"] = np.where(long, MAX_RANK, step)
        body["band"] = np.rint(self.band * BAND_STEPS)
        body["rank"] = self.rank
        tail = step[long].astype("<u4").tobytes()
        return _HEADER.pack(_MAGIC, _VERSION, 0, len(time), self.frames) + body.tobytes() + tail

    @classmethod
    def from_bytes(cls, data: bytes) -> "Peaks":
        """The peaks that `to_bytes` wrote. Raises FingerprintError when the bytes are not of this format."""
        if len(data) < _HEADER.size or data[:2] != _MAGIC or data[2] != _VERSION:
            raise FingerprintError("These bytes are no stored peaks of this version; extract the recording again.")
        _, _, _, count, frames = _HEADER.unpack_from(data)
        kind = np.dtype([("step", "<u1"), ("band", "<u2"), ("rank", "<u1")])
        end = _HEADER.size + count * kind.itemsize
        if len(data) < end or (len(data) - end) % 4:
            raise FingerprintError("The stored peaks are cut short; extract the recording again.")
        body = np.frombuffer(data[_HEADER.size : end], kind)
        step = body["step"].astype(np.int64)
        long = step == MAX_RANK
        tail = np.frombuffer(data[end:], "<u4")
        if len(tail) != np.count_nonzero(long):
            raise FingerprintError("The stored peaks are cut short; extract the recording again.")
        step[long] = tail
        frame = (np.cumsum(step) / TIME_STEPS).astype(np.float32)
        return cls(frame, (body["band"] / BAND_STEPS).astype(np.float32), body["rank"].copy(), frames)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Hashes of peak pairs: hash (n,) uint32 below 2**22; frame (n,) int32, the first peak's time."""

    hash: NDArray[np.uint32]
    frame: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.hash)


def extract(samples: NDArray[np.float32], *, peaks_per_second: int = grid.DENSE_PEAKS_PER_SECOND) -> Peaks:
    """Spectral peaks of a recording.

    samples: (n,) float32 mono at 22,050 Hz. The default density suits a query; what is stored is `.strongest(30)` of
    it. Recordings shorter than one window (93 ms) and silence give no peaks. Raises ValueError for anything but
    finite mono samples.
    """
    samples = np.ascontiguousarray(samples, np.float32)
    if samples.ndim != 1:
        raise ValueError(f"expected mono samples of shape (n,), got {samples.shape}")
    if not np.all(np.isfinite(samples)):
        raise ValueError("the samples contain values that are not numbers")
    frames, times, bands, ranks = local_maxima(samples)
    keep = ranks < min(peaks_per_second, MAX_RANK)
    time = np.maximum(np.rint(times[keep] * TIME_STEPS), 0)
    band = np.rint(bands[keep] * BAND_STEPS)
    order = np.lexsort((band, time))
    return Peaks(
        (time[order] / TIME_STEPS).astype(np.float32),
        (band[order] / BAND_STEPS).astype(np.float32),
        ranks[keep][order].astype(np.uint8),
        frames,
    )


@njit(cache=True)
def pair_up(frame, band, fan_out, least, most, widest):  # type: ignore[no-untyped-def]
    """Indices (i, j) of each peak and the next `fan_out` that follow within the target zone."""
    count = len(frame)
    first = np.empty(count * fan_out, np.int32)
    second = np.empty(count * fan_out, np.int32)
    n = 0
    for i in range(count):
        taken = 0
        for j in range(i + 1, count):
            step = frame[j] - frame[i]
            if step >= most or taken == fan_out:
                break
            if step >= least and abs(band[j] - band[i]) < widest:
                first[n] = i
                second[n] = j
                n += 1
                taken += 1
    return first[:n], second[:n]


def hash_pairs(
    band: NDArray[np.float32], band_step: NDArray[np.float32], frame_step: NDArray[np.float32]
) -> NDArray[np.uint32]:
    """22-bit hashes: 8 bits of the first band, 7 of the step in bands, 7 of the step in frames."""
    low = np.clip(np.rint(band), 0, 255).astype(np.uint32) << 14
    middle = np.clip(np.rint(band_step) + 64, 0, 127).astype(np.uint32) << 7
    return low | middle | np.clip(np.rint(frame_step), 0, 127).astype(np.uint32)


def landmarks(peaks: Peaks) -> Landmarks:
    """The landmarks to store for a recording: of its 30 strongest peaks a second, each paired with the 6 that
    follow.
    """
    stored = peaks.strongest(grid.STORED_PEAKS_PER_SECOND)
    i, j = pair_up(
        stored.frame,
        stored.band,
        grid.STORED_FAN_OUT,
        grid.MIN_PAIR_FRAMES,
        grid.MAX_PAIR_FRAMES,
        grid.MAX_PAIR_BINS,
    )
    hashes = hash_pairs(stored.band[i], stored.band[j] - stored.band[i], stored.frame[j] - stored.frame[i])
    return Landmarks(hashes, np.rint(stored.frame[i]).astype(np.int32))


def digest(peaks: Peaks) -> str:
    """SHA-256, in hexadecimal, of the peaks that are stored of a recording: equal for equal recordings decoded
    alike.
    """
    return hashlib.sha256(peaks.strongest(grid.STORED_PEAKS_PER_SECOND).to_bytes()).hexdigest()
