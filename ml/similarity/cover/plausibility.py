"""What a score means: the chance that a search without any true match reaches it. `calibrate` fits the constants."""

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
SHORTEST_S = 5.0
SCALE_AT_S = 60.0
OPERATING_POINTS = Path(__file__).with_name("operating_points.json")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Constants fitted by `calibrate`; see CARD.md for the data they come from.

    The logarithm of the best score of a search of N unrelated recordings follows a Gumbel distribution around
    location + growth · ln(seconds of the query) + tracks · ln(N), with scale · (seconds / 60) ** scale_growth. Tracks
    are not independent (they share chord progressions), so that `tracks` is measured and smaller than the scale.
    threshold: chance probability up to which a match is reported.
    """

    location: float
    growth: float
    tracks: float
    scale: float
    scale_growth: float
    threshold: float

    def save(self, path: Path = CALIBRATION_FILE) -> None:
        """Write the constants where the package reads them."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


@cache
def shipped_calibration() -> Calibration:
    """The constants that come with the package."""
    return Calibration(**json.loads(CALIBRATION_FILE.read_text()))


def chance_probability(score: float, query_s: float, tracks: int, constants: Calibration) -> float:
    """Probability that the best of a search of `tracks` unrelated recordings scores at least `score`."""
    excess = math.log(max(score, 1e-3)) - centre(query_s, tracks, constants)
    return -math.expm1(-math.exp(min(50.0, -excess / spread(query_s, constants))))


def score_needed(probability: float, query_s: float, tracks: int, constants: Calibration) -> float:
    """The score at which the chance probability falls to `probability`: what would change a decision."""
    rare = math.log(-math.log1p(-min(probability, 1 - 1e-12)))
    return math.exp(centre(query_s, tracks, constants) - spread(query_s, constants) * rare)


def centre(query_s: float, tracks: int, constants: Calibration) -> float:
    """Location of the logarithm of the best score of so many unrelated recordings."""
    length = constants.growth * math.log(max(query_s, SHORTEST_S))
    return constants.location + length + constants.tracks * math.log(max(1, tracks))


def spread(query_s: float, constants: Calibration) -> float:
    """Scale of the distribution of that logarithm."""
    return constants.scale * (max(query_s, SHORTEST_S) / SCALE_AT_S) ** constants.scale_growth
