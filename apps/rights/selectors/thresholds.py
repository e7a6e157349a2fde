"""How sure a match must be to be reported: what an organisation chose, within what was measured.

The operating points are figures that ``ml`` ships beside each calibration; they are read as files, not imported.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.rights.models import Facet, Thresholds

FOLDERS = {
    Facet.RECORDING: "ml/fingerprint",
    Facet.COVER: "ml/similarity/cover",
    Facet.MELODY: "ml/similarity/melody",
}
_CLOSE = 1e-9


@dataclass(frozen=True)
class OperatingPoint:
    """What was measured at one threshold: shares (0–1) of unrelated queries reported and of true ones found.

    ``queries`` is how many were asked; ``measured`` is false between two points, where a straight line is drawn.
    """

    threshold: float
    false_alarm_rate: float
    hit_rate: float
    queries: int
    measured: bool = True


@dataclass(frozen=True)
class Sensitivity:
    """The choices of one facet. ``strictest`` < ``loosest``; without measurements only ``default`` may be used."""

    facet: Facet
    default: float
    strictest: float
    loosest: float
    points: Sequence[OperatingPoint]
    version: str = ""

    @property
    def is_adjustable(self) -> bool:
        return self.loosest > self.strictest and len(self.points) > 1

    def allows(self, threshold: float) -> bool:
        return self.strictest * (1 - _CLOSE) <= threshold <= self.loosest * (1 + _CLOSE)

    def clamped(self, threshold: float) -> float:
        """The nearest value that may be used: limits move when a recogniser is measured anew."""
        return min(max(threshold, self.strictest), self.loosest)

    def at(self, threshold: float) -> OperatingPoint | None:
        """What was measured at a threshold, or lies on the line between its neighbours; None without measurements."""
        below = [point for point in self.points if point.threshold <= threshold * (1 + _CLOSE)]
        above = [point for point in self.points if point.threshold >= threshold * (1 - _CLOSE)]
        if not below or not above:
            return next(iter(below[-1:] or above[:1]), None)
        low, high = below[-1], above[0]
        if low.threshold == high.threshold:
            return low
        share = math.log(threshold / low.threshold) / math.log(high.threshold / low.threshold)

        def between(one: float, other: float) -> float:
            return one + share * (other - one)

        return OperatingPoint(
            threshold,
            between(low.false_alarm_rate, high.false_alarm_rate),
            between(low.hit_rate, high.hit_rate),
            min(low.queries, high.queries),
            measured=False,
        )


@dataclass(frozen=True)
class FacetThreshold:
    """What holds for one facet: the value in use and where it comes from."""

    sensitivity: Sensitivity
    chosen: float | None

    @property
    def facet(self) -> Facet:
        return self.sensitivity.facet

    @property
    def value(self) -> float:
        return self.sensitivity.default if self.chosen is None else self.sensitivity.clamped(self.chosen)

    @property
    def is_default(self) -> bool:
        return self.chosen is None

    @property
    def figures(self) -> OperatingPoint | None:
        return self.sensitivity.at(self.value)


def thresholds_of() -> dict[str, float]:
    """The largest chance probability that counts as a match in the bound organisation, by facet."""
    return {setting.facet.value: setting.value for setting in threshold_settings()}


def threshold_settings() -> list[FacetThreshold]:
    """What holds for each facet of the bound organisation, with its measured figures."""
    row = stored_thresholds()
    return [FacetThreshold(sensitivity_of(facet), getattr(row, facet.value, None)) for facet in Facet]


def stored_thresholds() -> Thresholds | None:
    """What the bound organisation chose, if it ever did."""
    return Thresholds.objects.first()


def sensitivity_of(facet: Facet) -> Sensitivity:
    """The choices of a facet as its recogniser was measured."""
    folder = Path(settings.BASE_DIR) / FOLDERS[facet]
    return _read(facet, folder, _changed(folder / "operating_points.json"))


@cache
def _read(facet: Facet, folder: Path, _changed_ns: int) -> Sensitivity:
    try:
        stored: dict[str, Any] = json.loads((folder / "operating_points.json").read_text())
    except FileNotFoundError:
        default = float(json.loads((folder / "calibration.json").read_text())["threshold"])
        return Sensitivity(facet, default, default, default, ())
    strictest, loosest = sorted(float(limit) for limit in stored["limits"])
    points = [
        OperatingPoint(
            float(point["threshold"]), float(point["false_alarm_rate"]), float(point["hit_rate"]), int(point["queries"])
        )
        for point in stored["points"]
    ]
    points.sort(key=lambda point: point.threshold)
    return Sensitivity(
        facet,
        float(stored["default"]),
        strictest,
        loosest,
        tuple(point for point in points if strictest * (1 - _CLOSE) <= point.threshold <= loosest * (1 + _CLOSE)),
        str(stored.get("version", "")),
    )


def _changed(path: Path) -> int:
    """When the file was written: a test or an upgrade that replaces it is seen."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
