"""How the choices of thresholds look: rows of a table, and a chart of what was measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from apps.core.formats import percent
from apps.rights.models import Facet
from apps.rights.selectors import FacetThreshold, OperatingPoint, Sensitivity

CHART_HEIGHT = 150
PLOT_TOP, PLOT_BOTTOM = 10, 120
PLOT_LEFT, PLOT_RIGHT = 4.0, 97.0
WIDE = 0.1


@dataclass(frozen=True)
class Choice:
    """One row: an operating point that may be chosen. ``value`` is empty for the default, so that it follows it."""

    value: str
    label: str
    point: OperatingPoint
    says: str
    is_default: bool
    is_chosen: bool


@dataclass(frozen=True)
class Stroke:
    """A piece of a curve; ``x1`` and ``x2`` in percent."""

    x1: str
    y1: float
    x2: str
    y2: float


@dataclass(frozen=True)
class Spot:
    """A measured point of a curve; ``x`` in percent."""

    x: str
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Both curves over the settings, strict on the left, loose on the right."""

    found: Sequence[Stroke]
    wrong: Sequence[Stroke]
    found_spots: Sequence[Spot]
    wrong_spots: Sequence[Spot]
    here: str
    summary: str
    height: int = CHART_HEIGHT
    top: int = PLOT_TOP
    bottom: int = PLOT_BOTTOM


@dataclass(frozen=True)
class FacetPage:
    """One facet of the page."""

    setting: FacetThreshold
    title: str
    text: str
    choices: Sequence[Choice]
    chart: Chart | None
    says: str

    @property
    def name(self) -> str:
        return self.setting.facet.value


def facet_page(setting: FacetThreshold) -> FacetPage:
    """What the page shows of one facet."""
    sensitivity = setting.sensitivity
    figures = setting.figures
    return FacetPage(
        setting=setting,
        title=str(setting.facet.label),
        text=_explained(setting.facet),
        choices=_choices(setting) if sensitivity.is_adjustable else (),
        chart=_chart(setting) if sensitivity.is_adjustable else None,
        says=in_words(figures) if figures else "",
    )


def chance_label(threshold: float) -> str:
    """A threshold as people read it: 1 in 1,000, or 5 % where that is clearer."""
    if threshold >= WIDE:
        return percent(threshold, decimals=0)
    number = round(1 / threshold)
    rounded = round(number, 2 - len(str(number)))
    return _("1 in %(number)s") % {"number": f"{rounded:,}"}


def in_words(point: OperatingPoint) -> str:
    """What happens at one setting."""
    return _(
        "At this setting %(wrong)s of unrelated queries are reported, and %(found)s of the true ones are found."
    ) % {
        "wrong": percent(point.false_alarm_rate, decimals=1),
        "found": percent(point.hit_rate, decimals=1),
    }


def _explained(facet: Facet) -> str:
    return {
        Facet.RECORDING: _("The same sound: copies, excerpts, mixes; also made faster, slower, higher or lower."),
        Facet.COVER: _("The same music played anew: other performers, keys, tempos or instruments."),
        Facet.MELODY: _("The same tune: scores, and the lead line heard in recordings."),
    }[facet]


def _choices(setting: FacetThreshold) -> list[Choice]:
    sensitivity = setting.sensitivity
    points = list(sensitivity.points)
    here = setting.figures
    if here is not None and not here.measured:
        points = sorted([*points, here], key=lambda point: point.threshold)
    return [_choice(setting, sensitivity, point) for point in points]


def _choice(setting: FacetThreshold, sensitivity: Sensitivity, point: OperatingPoint) -> Choice:
    is_default = math.isclose(point.threshold, sensitivity.default)
    return Choice(
        value="" if is_default else repr(point.threshold),
        label=chance_label(point.threshold),
        point=point,
        says=in_words(point),
        is_default=is_default,
        is_chosen=math.isclose(point.threshold, setting.value),
    )


def _chart(setting: FacetThreshold) -> Chart:
    points = setting.sensitivity.points
    low, high = math.log(points[0].threshold), math.log(points[-1].threshold)

    def x(threshold: float) -> str:
        share = (math.log(threshold) - low) / (high - low) if high > low else 0.5
        return f"{PLOT_LEFT + min(max(share, 0.0), 1.0) * (PLOT_RIGHT - PLOT_LEFT):.2f}%"

    def y(rate: float) -> float:
        return round(PLOT_BOTTOM - rate * (PLOT_BOTTOM - PLOT_TOP), 1)

    def strokes(rates: Sequence[float]) -> list[Stroke]:
        places = [(x(point.threshold), y(rate)) for point, rate in zip(points, rates, strict=True)]
        return [Stroke(a[0], a[1], b[0], b[1]) for a, b in pairwise(places)]

    def spots(rates: Sequence[float], words: str) -> list[Spot]:
        return [
            Spot(x(point.threshold), y(rate), f"{chance_label(point.threshold)}: {percent(rate, decimals=1)} {words}")
            for point, rate in zip(points, rates, strict=True)
        ]

    found, wrong = [point.hit_rate for point in points], [point.false_alarm_rate for point in points]
    return Chart(
        found=strokes(found),
        wrong=strokes(wrong),
        found_spots=spots(found, _("found")),
        wrong_spots=spots(wrong, _("reported wrongly")),
        here=x(setting.value),
        summary=_("True ones found and unrelated ones reported, from the strictest setting to the loosest."),
    )
