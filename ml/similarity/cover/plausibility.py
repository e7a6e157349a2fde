"""What a score means: the chance that a search without any true match reaches it. `calibrate` fits the constants."""

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
SHORTEST_S = 5.0
OPERATING_POINTS = Path(__file__).with_name("operating_points.json")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Constants fitted by `calibrate`; see CARD.md for the data they come from.

    The logarithm of the score of the best alignment of two unrelated recordings follows a Gumbel distribution around
    location + growth · ln(seconds of the query) with `scale`; a search of a registry takes the best of its tracks.
    threshold: chance probability up to which a match is reported.
    """

    location: float
    growth: float
    scale: float
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
    excess = math.log(max(score, 1e-3)) - centre(query_s, constants)
    single = -math.expm1(-math.exp(min(50.0, -excess / constants.scale)))
    return -math.expm1(max(1, tracks) * math.log1p(-min(single, 1 - 1e-12)))


def score_needed(probability: float, query_s: float, tracks: int, constants: Calibration) -> float:
    """The score at which the chance probability falls to `probability`: what would change a decision."""
    single = -math.expm1(math.log1p(-min(probability, 1 - 1e-12)) / max(1, tracks))
    return math.exp(centre(query_s, constants) - constants.scale * math.log(-math.log1p(-single)))


def centre(query_s: float, constants: Calibration) -> float:
    """Location of the logarithm of the score of one unrelated recording."""
    return constants.location + constants.growth * math.log(max(query_s, SHORTEST_S))
