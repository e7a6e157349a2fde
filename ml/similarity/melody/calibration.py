"""The shipped constants: weights of the search and the law of chance scores."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from ml.similarity.melody.align import Costs
from ml.similarity.melody.evidence import SumCosts
from ml.similarity.melody.scan import ScanCosts
from ml.similarity.melody.significance import Law, Null

CALIBRATION_FILE = Path(__file__).with_name("calibration.json")
OPERATING_POINTS = Path(__file__).with_name("operating_points.json")


@dataclass(frozen=True, slots=True)
class Calibration:
    """scan, align, sums: costs of the first stage, of the alignment shown and of the sum that ranks.

    They were chosen on tuning songs. null: fitted by ``python -m ml melody calibrate``.
    threshold: default largest chance probability that is reported.
    """

    scan: ScanCosts
    align: Costs
    sums: SumCosts
    null: Null
    threshold: float

    def save(self, path: Path = CALIBRATION_FILE) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


@cache
def shipped_calibration() -> Calibration:
    """The constants that come with the package."""
    data = json.loads(CALIBRATION_FILE.read_text())
    large, small = (
        Law(**{**law, "place": tuple(law["place"])}) for law in (data["null"][k] for k in ("large", "small"))
    )
    scan, align, sums = ScanCosts(**data["scan"]), Costs(**data["align"]), SumCosts(**data["sums"])
    return Calibration(scan, align, sums, Null(large, small), data["threshold"])
