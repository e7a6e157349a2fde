"""What a score means: the chance that a search without any true match reaches it. `calibrate` fits the constants."""

import bisect
import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
SHORTEST_S = 5.0
USUAL_WEIGHT = 8.0
"""Tracks of a sample that weigh as much as what is usual for the query's length."""
MOST_BELOW_USUAL = 0.5
"""How far below what is usual a query's level may lie, as a logarithm."""
OPERATING_POINTS = Path(__file__).with_name("operating_points.json")


@dataclass(frozen=True, slots=True)
class Unrelated:
    """How much unrelated recordings resemble a query: the median logarithm of the scores of the upper eighth of a
    sample of the registry, and how many the sample holds; with none, nothing is known of it.
    """

    log_score: float = 0.0
    count: int = 0


NOTHING_KNOWN = Unrelated()


@dataclass(frozen=True, slots=True)
class Calibration:
    """Constants fitted by `calibrate`; see CARD.md for the data they come from.

    The logarithm of the best score of a search of N unrelated recordings, less the query's own level, follows a Gumbel
    distribution around location + tracks · ln(N), with a scale. Those three were measured at queries of so many
    `seconds`, each its own; between them they lie on a line over the logarithm of the length, and on beyond the
    longest. Tracks are not independent (they share chord progressions), so that `tracks` is smaller than the scale. The
    level is how much unrelated recordings resemble this query: seen in a sample of the registry; as far as that is
    small, typical + typical_growth · ln(seconds), which is off by about `unknown` (as a scale). threshold: chance
    probability up to which a match is reported.
    """

    seconds: tuple[float, ...]
    location: tuple[float, ...]
    tracks: tuple[float, ...]
    scale: tuple[float, ...]
    typical: float
    typical_growth: float
    unknown: float
    threshold: float

    def save(self, path: Path = CALIBRATION_FILE) -> None:
        """Write the constants where the package reads them."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


@cache
def shipped_calibration() -> Calibration:
    """The constants that come with the package."""
    stored: dict[str, Any] = json.loads(CALIBRATION_FILE.read_text())
    stored.update({name: tuple(values) for name, values in stored.items() if isinstance(values, list)})
    return Calibration(**stored)


def chance_probability(
    score: float, query_s: float, tracks: int, constants: Calibration, unrelated: Unrelated = NOTHING_KNOWN
) -> float:
    """Probability that the best of a search of `tracks` unrelated recordings scores at least `score`."""
    excess = math.log(max(score, 1e-3)) - centre(query_s, tracks, constants, unrelated)
    return -math.expm1(-math.exp(min(50.0, -excess / spread(query_s, constants, unrelated))))


def score_needed(
    probability: float, query_s: float, tracks: int, constants: Calibration, unrelated: Unrelated = NOTHING_KNOWN
) -> float:
    """The score at which the chance probability falls to `probability`: what would change a decision."""
    rare = math.log(-math.log1p(-min(probability, 1 - 1e-12)))
    return math.exp(centre(query_s, tracks, constants, unrelated) - spread(query_s, constants, unrelated) * rare)


def centre(query_s: float, tracks: int, constants: Calibration, unrelated: Unrelated = NOTHING_KNOWN) -> float:
    """Location of the logarithm of the best score of so many unrelated recordings."""
    grown = _at(query_s, constants.seconds, constants.tracks) * math.log(max(1, tracks))
    return level(query_s, constants, unrelated) + _at(query_s, constants.seconds, constants.location) + grown


def level(query_s: float, constants: Calibration, unrelated: Unrelated = NOTHING_KNOWN) -> float:
    """How much unrelated recordings resemble this query: what was seen, drawn to what is usual for its length. Queries
    that resemble hardly anything (loops of drums or of two chords) are not measured by that.
    """
    usual = constants.typical + constants.typical_growth * math.log(max(query_s, SHORTEST_S))
    seen = (USUAL_WEIGHT * usual + unrelated.count * unrelated.log_score) / (USUAL_WEIGHT + unrelated.count)
    return max(seen, usual - MOST_BELOW_USUAL)


def spread(query_s: float, constants: Calibration, unrelated: Unrelated = NOTHING_KNOWN) -> float:
    """Scale of the distribution of that logarithm."""
    own = _at(query_s, constants.seconds, constants.scale)
    return math.hypot(own, constants.unknown * USUAL_WEIGHT / (USUAL_WEIGHT + unrelated.count))


def _at(query_s: float, seconds: tuple[float, ...], values: tuple[float, ...]) -> float:
    """A constant at a length: on the line between the two nearest that were measured, as at the shortest below it."""
    if len(seconds) == 1 or query_s <= seconds[0]:
        return values[0]
    k = min(bisect.bisect_left(seconds, query_s), len(seconds) - 1)
    part = math.log(query_s / seconds[k - 1]) / math.log(seconds[k] / seconds[k - 1])
    return values[k - 1] + part * (values[k] - values[k - 1])
