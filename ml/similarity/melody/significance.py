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
class Law:
    """The best score that chance reaches in an index of one kind, in bits.

    place: coefficients of ``Situation.terms``. shift, scale: of the Gumbel law around that place, in units of
    ``Situation.spread``.
    """

    place: tuple[float, ...]
    shift: float
    scale: float


@dataclass(frozen=True, slots=True)
class Null:
    """The laws of large indexes (where a rank can be read off) and of small ones."""

    large: Law
    small: Law


@dataclass(frozen=True, slots=True)
class Situation:
    """What the law depends on. bits: what the query tells in all. notes: of the query. searched: notes in the index.

    rank_score: first-stage score of rank ``RANK``, None in small indexes.
    """

    bits: float
    notes: int
    searched: int
    rank_score: float | None

    @property
    def terms(self) -> tuple[float, ...]:
        """Terms of the straight line, of four coefficients either way."""
        bits, length = math.log(max(self.bits, 4.0)), math.sqrt(self.notes)
        if self.rank_score is not None:
            return 1.0, self.rank_score, bits, length
        return 1.0, math.log(max(self.searched, 100)), bits, length

    @property
    def spread(self) -> float:
        """How widely chance scores vary, relative to others: as sums of so many independent notes do."""
        return math.sqrt(max(self.notes, 4)) / 3


def situation(query: Line, scores: Floats, searched: int) -> Situation:
    """scores: of the first stage, excluded melodies below zero."""
    scores = scores[scores >= 0]
    rank = float(np.partition(scores, -RANK)[-RANK]) if len(scores) >= SMALL_INDEX else None
    return Situation(float(query.fresh.sum()), len(query), searched, rank)


def chance_probability(score: float, where: Situation, null: Null) -> float:
    """Probability that the best of a search like this, without any related melody, reaches `score`."""
    place, scale = _gumbel(where, null)
    return -math.expm1(-math.exp(min(-(score - place) / scale, 50.0)))


def score_needed(chance: float, where: Situation, null: Null) -> float:
    """The score at which the chance probability would be `chance`; the other way round of the above."""
    place, scale = _gumbel(where, null)
    return place - scale * math.log(-math.log1p(-chance))


def _gumbel(where: Situation, null: Null) -> tuple[float, float]:
    law = null.small if where.rank_score is None else null.large
    line = sum(weight * term for weight, term in zip(law.place, where.terms, strict=True))
    return line + law.shift * where.spread, law.scale * where.spread
