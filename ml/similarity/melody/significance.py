"""How likely chance is to reach a score."""

from __future__ import annotations

import math

from ml.similarity.melody.calibration import Calibration
from ml.similarity.melody.line import Line


def chance_probability(score: float, query: Line, melodies: int, constants: Calibration) -> float:
    """Probability that the best of a search among so many unrelated melodies reaches `score`."""
    bits = max(float(query.bits.sum()), 1.0)
    expected = max(melodies, 1) * math.exp(
        min(constants.tail_base + constants.tail_length * math.log(bits) - constants.tail_slope * score, 50)
    )
    return -math.expm1(-expected)
