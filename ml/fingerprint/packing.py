"""Codec of stored peaks: about 20 bits each.

Version 2: a header, then for each peak, without gaps and the lowest bit first: the step in time from the peak before
(Rice code: `QUOTIENT` zeros and 32 bits for a step too large), 11 bits of band, and the rank in as many bits as the
largest one needs. Version 1, four bytes a peak on a finer grid, can still be read.
"""

import struct

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.bits import SLACK, get_bits, load64, lowest, put_bits
from ml.fingerprint.errors import FingerprintError
from ml.fingerprint.grid import BINS

TIME_STEPS = 4
"""Steps a frame that a peak's time is rounded to (6 ms); a day of them still fits single precision."""
BAND_STEPS = 8
"""Steps a band that a peak's frequency is rounded to (4 cents)."""
MOST_FRAMES = (1 << 24) // TIME_STEPS
"""27 hours: frames of longer recordings don't fit single precision and are given in double precision."""

_HEADER = struct.Struct("<2sBBII")
_MAGIC, _VERSION = b"DP", 2
_OLD_VERSION, _OLD_TIME_STEPS, _OLD_BAND_STEPS, _OLD_LONG_STEP = 1, 8, 16, 255
_OLD_PEAK = np.dtype([("step", "<u1"), ("band", "<u2"), ("rank", "<u1")])
_BAND_WIDTH = 11
_QUOTIENT = 24
_CUT = "The stored peaks are cut short; extract the recording again."

_BEHIND = 8
"""Frames that a refined peak may lie behind the end."""

Frames = NDArray[np.float32] | NDArray[np.float64]
Arrays = tuple[Frames, NDArray[np.float32], NDArray[np.uint8], int]


@njit(cache=True)
def _write(steps, bands, ranks, rice, rank_width, out):  # type: ignore[no-untyped-def]
    at = 0
    for i in range(len(steps)):
        quotient = steps[i] >> rice
        if quotient < _QUOTIENT:
            at += quotient
            put_bits(out, at, 1, 1)
            put_bits(out, at + 1, rice, steps[i] & ((1 << rice) - 1))
            at += 1 + rice
        else:
            at += _QUOTIENT
            put_bits(out, at, 1, 1)
            put_bits(out, at + 1, 32, steps[i])
            at += 33
        put_bits(out, at, _BAND_WIDTH, bands[i])
        at += _BAND_WIDTH
        put_bits(out, at, rank_width, np.int64(ranks[i]))
        at += rank_width
    return at


@njit(cache=True)
def _read(data, end, rice, rank_width, steps, bands, ranks):  # type: ignore[no-untyped-def]
    """Fill the arrays; returns how many bits were read, or -1 when there are too few."""
    at = 0
    for i in range(len(steps)):
        if at >= end:
            return -1
        quotient = int(lowest(load64(data, at >> 3) >> np.uint64(at & 7)))
        if quotient > _QUOTIENT:
            return -1
        at += quotient + 1
        width = rice if quotient < _QUOTIENT else 32
        if at + width + _BAND_WIDTH + rank_width > end:
            return -1
        steps[i] = get_bits(data, at, width) + ((quotient << rice) if quotient < _QUOTIENT else 0)
        at += width
        bands[i] = get_bits(data, at, _BAND_WIDTH)
        at += _BAND_WIDTH
        ranks[i] = get_bits(data, at, rank_width)
        at += rank_width
    return at


def pack_peaks(frame: Frames, band: NDArray[np.float32], rank: NDArray[np.uint8], frames: int) -> bytes:
    """Bytes of peaks in order of time, rounded to the grid."""
    time = np.rint(frame.astype(np.float64) * TIME_STEPS).astype(np.int64)
    steps = np.diff(time, prepend=0)
    bands = np.clip(np.rint(band * BAND_STEPS), 0, (1 << _BAND_WIDTH) - 1).astype(np.int64)
    mean = float(steps.mean()) if len(steps) else 1.0
    rice = min(15, int(np.log2(max(mean * 0.7, 1.0))))
    rank_width = int(rank.max()).bit_length() if len(rank) else 0
    out = np.zeros(len(steps) * (_QUOTIENT + 53) // 8 + SLACK, np.uint8)
    used = _write(steps, bands, rank, rice, rank_width, out)
    return _HEADER.pack(_MAGIC, _VERSION, rice << 4 | rank_width, len(steps), frames) + out[: (used + 7) // 8].tobytes()


def unpack_peaks(data: bytes) -> Arrays:
    """Frame, band, rank and number of frames. Raises FingerprintError for bytes that are no stored peaks."""
    if len(data) < _HEADER.size or data[:2] != _MAGIC or data[2] not in (_OLD_VERSION, _VERSION):
        raise FingerprintError("These bytes are no stored peaks of a known version; extract the recording again.")
    if data[2] == _OLD_VERSION:
        return _unpack_old(data)
    _, _, widths, count, frames = _HEADER.unpack_from(data)
    body = np.zeros(len(data) - _HEADER.size + SLACK, np.uint8)
    body[:-SLACK] = np.frombuffer(data, np.uint8, offset=_HEADER.size)
    end = 8 * (len(body) - SLACK)
    if count * (_BAND_WIDTH + 1) > end:
        raise FingerprintError(_CUT)
    steps, bands = np.empty(count, np.int64), np.empty(count, np.int64)
    ranks = np.empty(count, np.uint8)
    used = _read(body, end, widths >> 4, widths & 15, steps, bands, ranks)
    if used < 0 or end - used >= 8:
        raise FingerprintError(_CUT)
    return _checked(np.cumsum(steps) / TIME_STEPS, (bands / BAND_STEPS).astype(np.float32), ranks, frames)


def _checked(frame: NDArray[np.float64], band: NDArray[np.float32], rank: NDArray[np.uint8], frames: int) -> Arrays:
    """The arrays, if they can be of one recording."""
    if len(frame) and (frame[-1] > frames + _BEHIND or band.max() > BINS):
        raise FingerprintError("The stored peaks lie outside of their recording; extract it again.")
    return as_frames(frame, frames), band, rank, frames


def as_frames(frame: NDArray[np.float64], frames: int) -> Frames:
    """Times of the peaks of a recording of so many frames, as precise as they need to be."""
    return frame.astype(np.float32) if frames <= MOST_FRAMES else frame


def _unpack_old(data: bytes) -> Arrays:
    _, _, _, count, frames = _HEADER.unpack_from(data)
    end = _HEADER.size + count * _OLD_PEAK.itemsize
    if len(data) < end or (len(data) - end) % 4:
        raise FingerprintError(_CUT)
    body = np.frombuffer(data[_HEADER.size : end], _OLD_PEAK)
    step = body["step"].astype(np.int64)
    long = step == _OLD_LONG_STEP
    tail = np.frombuffer(data[end:], "<u4")
    if len(tail) != np.count_nonzero(long):
        raise FingerprintError(_CUT)
    step[long] = tail
    band = (body["band"] / _OLD_BAND_STEPS).astype(np.float32)
    return _checked(np.cumsum(step) / _OLD_TIME_STEPS, band, body["rank"].copy(), frames)
