"""The print of a recording for cover search: harmony and melody as pitch classes over time, in a few kilobytes.

Two chroma streams are kept apart, since a song's chords are shared by many songs and its tune is not: *harmony* (all
pitches, levelled) and *melody* (the predominant pitch of the middle and upper register).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.spectrum import FRAMES_PER_SECOND, PITCHES, SAMPLE_RATE_HZ, pitch_activity

Float32 = NDArray[np.float32]
Progress = Callable[[float], None]

GROUP = 2
"""Analysis frames a frame of the print."""
PRINT_RATE_HZ = FRAMES_PER_SECOND / GROUP
SHORTEST_S = 5.0
CHUNK_S = 120.0
"""Long recordings are analysed in pieces, to bound memory."""
LEVELS = 15

_HEADER = struct.Struct("<2sBbI")
_MAGIC, _VERSION = b"DC", 1


@dataclass(frozen=True, slots=True)
class CoverPrint:
    """Pitch classes over time, five frames a second.

    harmony, melody: (frames, 12) uint8 from 0 to 15, C first, each frame scaled to its own strongest pitch class; all
    zero where nothing tonal sounds. tuning_cents: how far the recording lies above A4 = 440 Hz (already corrected).
    """

    harmony: NDArray[np.uint8]
    melody: NDArray[np.uint8]
    tuning_cents: int = 0

    def __len__(self) -> int:
        return len(self.harmony)

    @property
    def duration_s(self) -> float:
        """Length in seconds, to one frame."""
        return len(self.harmony) / PRINT_RATE_HZ

    def between(self, start_s: float, end_s: float) -> "CoverPrint":
        """The print of a stretch."""
        low, high = max(0, round(start_s * PRINT_RATE_HZ)), max(0, round(end_s * PRINT_RATE_HZ))
        return CoverPrint(self.harmony[low:high], self.melody[low:high], self.tuning_cents)

    def to_bytes(self) -> bytes:
        """Compact bytes: 12 a frame, 10.8 KB for three minutes."""
        header = _HEADER.pack(_MAGIC, _VERSION, self.tuning_cents, len(self))
        return header + _pack(self.harmony) + _pack(self.melody)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CoverPrint":
        """The print that `to_bytes` wrote. Raises CoverError when the bytes are not of this format."""
        if len(data) < _HEADER.size or data[:2] != _MAGIC or data[2] != _VERSION:
            raise CoverError("no_print", "These bytes are no cover print of this version; extract the recording again.")
        _, _, tuning, count = _HEADER.unpack_from(data)
        if len(data) != _HEADER.size + 12 * count:
            raise CoverError("no_print", "The stored cover print is cut short; extract the recording again.")
        middle = _HEADER.size + 6 * count
        return cls(_unpack(data[_HEADER.size : middle]), _unpack(data[middle:]), tuning)


def _pack(values: NDArray[np.uint8]) -> bytes:
    return (values[:, 0::2] | values[:, 1::2] << 4).astype(np.uint8).tobytes()


def _unpack(data: bytes) -> NDArray[np.uint8]:
    pairs = np.frombuffer(data, np.uint8).reshape(-1, 6)
    out = np.empty((len(pairs), 12), np.uint8)
    out[:, 0::2] = pairs & 15
    out[:, 1::2] = pairs >> 4
    return out


def extract(samples: Float32, progress: Progress | None = None) -> CoverPrint:
    """The print of a recording.

    samples: (n,) float32 mono at 22,050 Hz. progress: called with 0 to 1 now and then. Raises ValueError for anything
    but finite mono samples, CoverError (`too_short`) for less than five seconds.
    """
    samples = np.ascontiguousarray(samples, np.float32)
    if samples.ndim != 1:
        raise ValueError(f"expected mono samples of shape (n,), got {samples.shape}")
    if not np.all(np.isfinite(samples)):
        raise ValueError("the samples contain values that are not numbers")
    if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
        raise CoverError(
            "too_short",
            f"The recording lasts {len(samples) / SAMPLE_RATE_HZ:.1f} s; covers need at least {SHORTEST_S:.0f} s.",
        )
    activity, tuning = pitch_activity(samples)
    count = len(activity) // GROUP
    if progress is not None:
        progress(1.0)
    return CoverPrint(
        _levels(_grouped(_harmony(activity), count)),
        _levels(_grouped(_melody(activity), count)),
        round(100 * tuning),
    )


def _harmony(activity: Float32) -> Float32:
    """(frames, 12): all pitches, compressed, the middle register counting most."""
    weight = np.exp(-0.5 * ((PITCHES - 60) / 15.0) ** 2)
    return _fold(np.sqrt(activity) * weight.astype(np.float32))


def _melody(activity: Float32) -> Float32:
    """(frames, 12): the predominant pitch of the middle and upper register."""
    weight = np.clip((PITCHES - 52) / 12.0, 0, 1) * np.clip((92 - PITCHES) / 10.0, 0, 1)
    salience = ndimage.uniform_filter1d(activity, 3, axis=0, mode="nearest") * weight.astype(np.float32)
    return _fold(salience**2)


def _fold(values: Float32) -> Float32:
    out = np.zeros((len(values), 12), np.float32)
    for k, pitch in enumerate(PITCHES):
        out[:, pitch % 12] += values[:, k]
    return out


def _grouped(chroma: Float32, count: int) -> Float32:
    return np.asarray(chroma[: count * GROUP].reshape(count, GROUP, 12).mean(axis=1), np.float32)


def _levels(chroma: Float32) -> NDArray[np.uint8]:
    """Sixteen levels, each frame relative to its strongest pitch class."""
    top = chroma.max(axis=1, keepdims=True)
    return np.rint(LEVELS * chroma / np.maximum(top, 1e-9) * (top > 1e-3)).astype(np.uint8)


def excerpt(cover_print: CoverPrint, start_s: float, end_s: float) -> tuple[Float32, Float32]:
    """(harmony, melody) of a stretch for drawing: two (12, n) matrices from 0 to 1, C first, five columns a second."""
    low = max(0, round(start_s * PRINT_RATE_HZ))
    high = max(low, round(end_s * PRINT_RATE_HZ))
    scale = np.float32(1 / LEVELS)
    return cover_print.harmony[low:high].T * scale, cover_print.melody[low:high].T * scale
