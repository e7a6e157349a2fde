"""Verification: does a candidate alignment explain the query's peaks better than chance?

Evidence is a log-likelihood ratio. Under a true alignment a share of the query's peaks falls on reference peaks with
small residuals; otherwise hits come as often as the reference's own rows (steady tones) and columns (onsets) make
them likely nearby, so that a shared beat or a shared key alone is worth little. The share is estimated for each
alignment and class of peaks (strong peaks survive distortion more often than weak ones).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.extract import Peaks

TIME_TOLERANCE, TIME_SPREAD = 2.0, 0.6
"""Frames on either side within which a peak is hit; standard deviation of a true hit's residual."""
BAND_TOLERANCE, BAND_SPREAD = 1.0, 0.3
NEIGHBOURHOOD = 130.0
"""Frames on either side from which the chance of a hit is estimated (3 s)."""
RANK_CLASSES = (15, 30, 60)
SMALLEST_SHARE, LARGEST_SHARE = 0.01, 0.95
RATE_SLACK = 0.02
"""How far least squares may move the rate from the hypothesis."""
ROUNDS = 6

CELL_FRAMES = 8.0
CELL_LIMIT, CELL_SLOPE = 6.0, 0.1
"""Evidence of one cell of time (0.19 s) above the limit, in nepers, counts only a tenth."""

MODEL = np.array(
    [
        TIME_TOLERANCE,
        BAND_TOLERANCE,
        TIME_SPREAD,
        BAND_SPREAD,
        NEIGHBOURHOOD,
        SMALLEST_SHARE,
        LARGEST_SHARE,
        CELL_FRAMES,
        CELL_LIMIT,
        CELL_SLOPE,
        1.0,
    ]
)
_LENIENT_MODEL = np.append(MODEL[:-1], 0.0)
"""The last value: whether a steady tone counts against a hit the more, the better it meets its frequency.

That guards against chance; once an alignment is sure, a long note may well be what goes on.
"""


@dataclass(frozen=True, slots=True)
class PeakArrays:
    """Peaks in the form that the kernels take: frame and band (n,) float64, rank class (n,) int64."""

    frame: NDArray[np.float64]
    band: NDArray[np.float64]
    kind: NDArray[np.int64]

    @classmethod
    def of(cls, peaks: Peaks) -> "PeakArrays":
        """From a recording's peaks."""
        kind = np.searchsorted(RANK_CLASSES, peaks.rank, side="right").astype(np.int64)
        return cls(peaks.frame.astype(np.float64), peaks.band.astype(np.float64), kind)

    def between(self, start: float, end: float) -> "PeakArrays":
        """Those with start ≤ frame < end."""
        low, high = np.searchsorted(self.frame, [start, end])
        return PeakArrays(self.frame[low:high], self.band[low:high], self.kind[low:high])


@dataclass(frozen=True, slots=True)
class Alignment:
    """A query's stretch on a track: reference frame = rate · query frame + offset; query band = reference band + pitch.

    score: evidence over the stretch [start, end) of query frames, in nepers. hits: expected number of true hits in it.
    dense: the second opinion, in standard deviations; None where none was asked for.
    """

    track: int
    rate: float
    offset: float
    pitch: float
    score: float
    start: float
    end: float
    hits: float
    peaks: int
    dense: float | None = None

    def reference(self, frame: float) -> float:
        """The reference frame at a query frame."""
        return self.rate * frame + self.offset


@njit(cache=True)
def _fit(qt, qf, rt, rf, rate, offset, pitch, start_rate, slack, rounds):  # type: ignore[no-untyped-def]
    """Weighted least squares over the hits, with a window that narrows from round to round."""
    if len(qt) == 0:
        return rate, offset, pitch
    middle = 0.5 * (qt[0] + qt[-1])
    anchor = offset + rate * middle
    for k in range(rounds):
        narrow = max(1.0, 3.0 - 0.5 * k)
        st, sf = narrow * 0.8, 0.3 + 0.2 * (narrow - 1)
        reach_t, reach_f = 2.5 * st, 2.5 * sf
        sw = swx = swd = swxx = swxd = swf = 0.0
        lo = 0
        for i in range(len(qt)):
            x = qt[i] - middle
            t = anchor + rate * x
            f = qf[i] - pitch
            while lo < len(rt) and rt[lo] < t - reach_t:
                lo += 1
            j = lo
            while j < len(rt) and rt[j] <= t + reach_t:
                e = rf[j] - f
                if abs(e) <= reach_f:
                    d = rt[j] - t
                    w = np.exp(-0.5 * (d * d / (st * st) + e * e / (sf * sf)))
                    sw += w
                    swx += w * x
                    swd += w * d
                    swxx += w * x * x
                    swxd += w * x * d
                    swf += w * e
                j += 1
        if sw < 1.5:
            break
        mx, md = swx / sw, swd / sw
        slope = (swxd - sw * mx * md) / (swxx - sw * mx * mx + 1600.0)
        anchor += md - slope * mx
        rate = min(max(rate + slope, start_rate - slack), start_rate + slack)
        pitch -= swf / sw
    return rate, anchor - rate * middle, pitch


@njit(cache=True)
def _ratios(qt, qf, rt, rf, rate, offset, pitch, model, out):  # type: ignore[no-untyped-def]
    """Likelihood of each query peak as a true hit over that as a chance one: 0 no hit, -1 outside the reference."""
    tol_t, tol_f, sd_t, sd_f, around = model[0], model[1], model[2], model[3], model[4]
    strict = model[10] > 0
    norm_t = 2 * tol_t / (np.sqrt(2 * np.pi) * sd_t)
    norm_f = 2 * tol_f / (np.sqrt(2 * np.pi) * sd_f)
    lo = hi = near = 0
    for i in range(len(qt)):
        t = offset + rate * qt[i]
        f = qf[i] - pitch
        while lo < len(rt) and rt[lo] < t - around:
            lo += 1
        hi = max(hi, lo)
        while hi < len(rt) and rt[hi] <= t + around:
            hi += 1
        near = max(near, lo)
        while near < len(rt) and rt[near] < t - tol_t:
            near += 1
        total, column = 0.0, 0
        j = near
        while j < len(rt) and rt[j] <= t + tol_t:
            column += 1
            e = rf[j] - f
            if abs(e) <= tol_f:
                d = rt[j] - t
                total += np.exp(-0.5 * (d * d / (sd_t * sd_t) + e * e / (sd_f * sd_f)))
            j += 1
        if total <= 0:
            out[i] = 0.0 if hi > lo else -1.0
            continue
        row = 0.0
        for j in range(lo, hi):
            e = rf[j] - f
            if abs(e) <= tol_f:
                row += np.exp(-0.5 * e * e / (sd_f * sd_f)) if strict else 1 / norm_f
        out[i] = total * norm_t * (hi - lo + 1) / ((row + 0.5 / norm_f) * (column + 0.5))


@njit(cache=True)
def _shares(ratio, kind, low, high, model, shares):  # type: ignore[no-untyped-def]
    """Maximum-likelihood share of true hits in each rank class among the peaks [low, high), by EM."""
    shares[:] = 0.2
    total = np.zeros(len(shares))
    count = np.zeros(len(shares))
    for _ in range(12):
        total[:] = 0
        count[:] = 0
        for i in range(low, high):
            if ratio[i] >= 0:
                a = shares[kind[i]]
                total[kind[i]] += a * ratio[i] / (1 - a + a * ratio[i])
                count[kind[i]] += 1
        mean = total.sum() / max(count.sum(), 1.0)
        for k in range(len(shares)):
            a = (total[k] + 10 * mean) / (count[k] + 10)
            shares[k] = min(max(a, model[5]), model[6])
    return total.sum()


@njit(cache=True)
def _best_stretch(qt, ratio, kind, shares, model):  # type: ignore[no-untyped-def]
    """The stretch of peaks with the largest evidence: (score, first, past the last).

    Evidence is the sum of log ratios over cells of time, each limited: the partials of one note agree together, so
    that a single shared sound must not count as many.
    """
    cell_frames, most, slope = model[7], model[8], model[9]
    best, low, high = 0.0, 0, 0
    running, start = 0.0, 0
    i = 0
    while i < len(ratio):
        end = qt[i] + cell_frames
        first, last, total = -1, i, 0.0
        while i < len(ratio) and qt[i] < end:
            a = shares[kind[i]]
            gain = np.log(1 - a + a * max(ratio[i], 0.0))
            total += gain
            if gain > 0:
                last = i
                if first < 0:
                    first = i
            i += 1
        if total > most:
            total = most + slope * (total - most)
        if running <= 0:
            running, start = 0.0, max(first, 0) if first >= 0 else last
        running += total
        if running > best:
            best, low, high = running, start, last + 1
    return best, low, high


@njit(cache=True)
def _judge(qt, qf, kind, rt, rf, rate, offset, pitch, model):  # type: ignore[no-untyped-def]
    """(score, first peak, past the last, expected true hits) of an alignment."""
    ratio = np.empty(len(qt))
    shares = np.empty(4)
    _ratios(qt, qf, rt, rf, rate, offset, pitch, model, ratio)
    low, high = 0, len(qt)
    score, hits = 0.0, 0.0
    for _ in range(2):
        hits = _shares(ratio, kind, low, high, model, shares)
        score, low, high = _best_stretch(qt, ratio, kind, shares, model)
        if high <= low:
            break
    return score, low, high, hits


def likelihood_ratios(query: PeakArrays, reference: PeakArrays, found: Alignment) -> NDArray[np.float64]:
    """How much likelier each query peak is as a true hit than as a chance one, (n,); -1 outside the reference.

    For alignments that are sure.
    """
    out = np.empty(len(query.frame))
    _ratios(
        query.frame,
        query.band,
        reference.frame,
        reference.band,
        found.rate,
        found.offset,
        found.pitch,
        _LENIENT_MODEL,
        out,
    )
    return out


def align(
    query: PeakArrays,
    reference: PeakArrays,
    track: int,
    guess: tuple[float, float, float],
    window: tuple[float, float] | None = None,
) -> Alignment | None:
    """Refine a guess (rate, offset, pitch) on a window of the query, then on all of it, and weigh it.

    Returns None when nothing of the query speaks for the alignment.
    """
    rate, offset, pitch = guess
    own, other = query, reference
    if window is not None:
        part = own.between(*window)
        rate, offset, pitch = _fit(
            part.frame, part.band, other.frame, other.band, rate, offset, pitch, guess[0], RATE_SLACK, ROUNDS
        )
    rate, offset, pitch = _fit(
        own.frame, own.band, other.frame, other.band, rate, offset, pitch, guess[0], RATE_SLACK, ROUNDS
    )
    score, low, high, hits = _judge(own.frame, own.band, own.kind, other.frame, other.band, rate, offset, pitch, MODEL)
    if high <= low:
        return None
    start, end = float(own.frame[low]), float(own.frame[high - 1])
    return Alignment(track, rate, offset, pitch, score, start, end, hits, high - low)
