"""Every place of a track where a stretch of the query fits: loops and choruses are repeated, often to the sample.

Once tempo and pitch are known, all peaks of the stretch vote against all peaks of the track for the offset alone. That
is exhaustive within the track, so that no repetition is missed, and an alignment that met the wrong one is put right.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ml.fingerprint.verify import Alignment, PeakArrays, align

MOST_PLACES = 24
CELL_FRAMES = 2.0
APART_FRAMES = 6
"""Two places nearer than this are one."""
LEAST_VOTES = 0.5
"""Share of the strongest place's votes from which another one is weighed."""
AS_GOOD = 0.8
"""Share of the best place's score from which another one counts as a repetition."""
VOTING_KINDS = 2
"""Rank classes of the query's peaks that vote: the 30 strongest a second."""
MOST_VOTERS = 1_500
BAND_REACH = 0.8


@njit(cache=True)
def _offsets(qt, qf, rt, rf, rate, pitch, low, cells, cell, reach):  # type: ignore[no-untyped-def]
    """Votes for each cell of offset; rare frequencies weigh more. `rf` ascending, `rt` in the same order."""
    votes = np.zeros(cells, np.float32)
    for i in range(len(qt)):
        f = qf[i] - pitch
        first = np.searchsorted(rf, f - reach)
        last = np.searchsorted(rf, f + reach)
        if last <= first:
            continue
        weight = np.float32(np.log(len(rf) / (last - first)))
        t = rate * qt[i] + low
        for j in range(first, last):
            c = int(np.floor((rt[j] - t) / cell))
            if 0 <= c < cells:
                votes[c] += weight
    return votes


def best_offsets(query: PeakArrays, reference: PeakArrays, rate: float, pitch: float) -> list[float]:
    """Offsets (frames) at which the query's peaks meet the reference's most often, the best first."""
    voters = np.flatnonzero(query.kind < VOTING_KINDS)
    voters = voters[:: 1 + len(voters) // MOST_VOTERS]
    if not len(voters) or not len(reference.frame):
        return []
    order = np.argsort(reference.band, kind="stable")
    low = -rate * float(query.frame[-1])
    cells = int((float(reference.frame[-1]) - rate * float(query.frame[0]) - low) / CELL_FRAMES) + 2
    votes = _offsets(
        query.frame[voters],
        query.band[voters],
        reference.frame[order],
        reference.band[order],
        rate,
        pitch,
        low,
        cells,
        CELL_FRAMES,
        BAND_REACH,
    )
    smooth = votes + 0.5 * (np.roll(votes, 1) + np.roll(votes, -1))
    return [low + CELL_FRAMES * (c + 0.5) for c in _summits(smooth)]


def _summits(votes: NDArray[np.float32]) -> list[int]:
    """Cells that stand highest within their surroundings, the strongest first."""
    found: list[int] = []
    reach = int(APART_FRAMES / CELL_FRAMES)
    least = LEAST_VOTES * float(votes.max(initial=0.0))
    candidates = np.flatnonzero(votes >= max(least, 1e-6))
    for c in candidates[np.argsort(-votes[candidates], kind="stable")].tolist():
        if all(abs(c - other) > reach for other in found):
            found.append(c)
            if len(found) == MOST_PLACES:
                break
    return found


def places(query: PeakArrays, reference: PeakArrays, found: Alignment) -> list[Alignment]:
    """Alignments of the query with the same track at the same tempo and pitch, the best first.

    query: the peaks that may take part. Holds `found` itself, or a better one in its stead, and every repetition that
    scores at least `AS_GOOD` of the best.
    """
    stretch = query.between(found.start, found.end + 1)
    weighed = [found]
    for offset in best_offsets(stretch, reference, found.rate, found.pitch):
        if abs(offset - found.offset) <= APART_FRAMES:
            continue
        other = align(query, reference, found.track, (found.rate, offset, found.pitch), (found.start, found.end + 1))
        if other is not None and other.score >= AS_GOOD * found.score:
            weighed.append(other)
    return _apart(sorted(weighed, key=lambda a: -a.score))


def _apart(ordered: Sequence[Alignment]) -> list[Alignment]:
    kept: list[Alignment] = []
    for one in ordered:
        if one.score < AS_GOOD * ordered[0].score:
            break
        middle = 0.5 * (one.start + one.end)
        if all(abs(one.reference(middle) - other.reference(middle)) > APART_FRAMES for other in kept):
            kept.append(one)
    return kept
