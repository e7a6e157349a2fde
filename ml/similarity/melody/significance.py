"""How likely chance is to reach a score: an extreme-value law whose place follows the query and the index.

What unrelated melodies reach is read off the search itself: the score of the so-many-th best melody of the first stage
is high for queries made of common turns and low for rare ones, and a few true relatives do not move it. From there the
best score by chance is a straight line (fitted by ``calibrate`` on searches without any relative), and what is
left over follows a Gumbel law. Small indexes have no such rank; there the query's own bits and the size must do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ml.similarity.melody.line import Floats, Line

RANK = 32
"""The first-stage score of this rank tells what common turns reach."""
SMALL_INDEX = 8 * RANK
"""Below so many melodies the rank would be among the body of the scores."""


@dataclass(frozen=True, slots=True)
class Null:
    """The best score that chance reaches: Gumbel around place · terms, of width scale (bits).

    with_rank, without_rank: coefficients of ``terms``, for large and small indexes.
    """

    with_rank: tuple[float, ...]
    with_rank_scale: float
    without_rank: tuple[float, ...]
    without_rank_scale: float


@dataclass(frozen=True, slots=True)
class Situation:
    """What the law depends on. bits: what the query tells in all. notes: of the query. searched: notes in the index.

    rank_score: first-stage score of rank ``RANK``, None in small indexes.
    """

    bits: float
    notes: int
    searched: int
    rank_score: float | None

    def terms(self, with_rank: bool) -> tuple[float, ...]:
        """Terms of the straight line."""
        size, bits = math.log(max(self.searched, 100)), math.log(max(self.bits, 4.0))
        if with_rank:
            return 1.0, self.rank_score or 0.0, bits, math.sqrt(self.notes)
        return 1.0, size, bits, math.sqrt(self.notes)


def situation(query: Line, scores: Floats, searched: int) -> Situation:
    """scores: of the first stage, excluded melodies below zero."""
    scores = scores[scores >= 0]
    rank = float(np.partition(scores, -RANK)[-RANK]) if len(scores) >= SMALL_INDEX else None
    return Situation(float(query.fresh.sum()), len(query), searched, rank)


def chance_probability(score: float, where: Situation, null: Null) -> float:
    """Probability that the best of a search like this, without any related melody, reaches `score`."""
    has_rank = where.rank_score is not None
    weights, scale = (
        (null.with_rank, null.with_rank_scale) if has_rank else (null.without_rank, null.without_rank_scale)
    )
    place = sum(w * t for w, t in zip(weights, where.terms(has_rank), strict=True))
    return -math.expm1(-math.exp(min(-(score - place) / scale, 50.0)))


def score_needed(chance: float, where: Situation, null: Null) -> float:
    """The score at which the chance probability would be `chance`; the other way round of the above."""
    has_rank = where.rank_score is not None
    weights, scale = (
        (null.with_rank, null.with_rank_scale) if has_rank else (null.without_rank, null.without_rank_scale)
    )
    place = sum(w * t for w, t in zip(weights, where.terms(has_rank), strict=True))
    return place - scale * math.log(-math.log1p(-chance))
