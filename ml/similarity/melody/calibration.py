"""The shipped constants: weights of the search and the fit of the chance probability."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from ml.similarity.melody.align import Costs

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
OPERATING_POINTS = Path(__file__).with_name("operating_points.json")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted by ``python -m ml melody calibrate``.

    costs: of the alignment. tail_base, tail_slope: chance matches among N melodies that reach a score of s bits for a
    query of b bits are expected to be N exp(tail_base + tail_length ln b − tail_slope s). threshold: default largest
    chance probability.
    """

    costs: Costs
    tail_base: float
    tail_length: float
    tail_slope: float
    threshold: float

    def save(self, path: Path = CALIBRATION_FILE) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


@cache
def shipped_calibration() -> Calibration:
    """The constants that come with the package."""
    data = json.loads(CALIBRATION_FILE.read_text())
    return Calibration(**{**data, "costs": Costs(**data["costs"])})
