"""How often what was heard: a chart, a table, figures by source."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.views.decorators.http import require_GET

from apps.monitoring import selectors
from apps.monitoring.exports.formats import csv_text
from apps.monitoring.forms import PlayFilterForm
from apps.monitoring.selectors import PlayFilters, Series, Step
from apps.monitoring.views import shown
from apps.tenancy.access import require_role
from apps.tenancy.requests import TenantRequest

MOST_TRACKS = 100
CHART_HEIGHT = 200
LABELS = 8
CSV_HEADER = ("Day", "Source", "Title", "Artist", "Label", "Plays", "Seconds")


@dataclass(frozen=True)
class Column:
    """One bar of the chart; positions in per cent of the width, heights in units of the chart."""

    left: str
    width: str
    middle: str
    top: float
    height: float
    plays: int
    label: str
    tick: str
    labelled: bool


@dataclass(frozen=True)
class Line:
    """A line of the scale."""

    top: float
    value: int


@require_GET
def chart(request: TenantRequest, slug: str) -> HttpResponse:
    """Plays over time, by track and by source; ``?format=csv`` gives the days."""
    require_role(request)
    form = PlayFilterForm(request.GET)
    filters = form.wanted(timezone.localdate())
    if request.GET.get("format") == "csv":
        return _csv(filters)
    step = cast(Step, form.chosen_step())
    series = selectors.series(filters, step)
    tracks = selectors.plays_by_track(filters)
    chosen = next((t for t in tracks if t.track_key == filters.track_key), None) if filters.track_key else None
    context = {
        "form": _with_period(request, filters),
        "filters": filters,
        "columns": columns(series),
        "lines": scale(series),
        "height": CHART_HEIGHT,
        "steps": list(zip([step_label(s, step) for s in series.starts], series.plays, series.seconds, strict=True)),
        "step": step,
        "tracks": tracks[:MOST_TRACKS],
        "more": max(0, len(tracks) - MOST_TRACKS),
        "chosen": chosen,
        "sources": selectors.plays_by_source(filters),
        "plays": sum(series.plays),
        "seconds": sum(series.seconds),
        "ours": sum(t.plays for t in tracks if t.already_ours),
        "query": _query(request),
        "filtered": bool(request.GET),
        "tabs": shown.tabs(slug, "chart"),
    }
    return render(request, "monitoring/plays.html", context)


def _with_period(request: TenantRequest, filters: PlayFilters) -> PlayFilterForm:
    """The form with the days that are counted, also where nobody asked for any."""
    shown_values = request.GET.copy()
    for name, day in (("since", filters.since), ("until", filters.until)):
        if not shown_values.get(name):
            shown_values[name] = day.isoformat()
    return PlayFilterForm(shown_values)


def columns(series: Series) -> list[Column]:
    """Bars of equal width; about every n-th has its date below."""
    count, most = len(series.starts), _top(series)
    every = max(1, -(-count // LABELS))
    made = []
    for index, (start, plays) in enumerate(zip(series.starts, series.plays, strict=True)):
        height = round(plays / most * CHART_HEIGHT, 1)
        made.append(
            Column(
                left=f"{(index + 0.12) / count * 100:.3f}%",
                width=f"{0.76 / count * 100:.3f}%",
                middle=f"{(index + 0.5) / count * 100:.3f}%",
                top=round(CHART_HEIGHT - height, 1),
                height=height,
                plays=plays,
                label=step_label(start, series.step),
                tick=tick_label(start, series.step),
                labelled=index % every == 0,
            )
        )
    return made


def scale(series: Series) -> list[Line]:
    """Zero, half and the top."""
    most = _top(series)
    values = [most, most // 2] if most % 2 == 0 else [most]
    return [Line(round(CHART_HEIGHT * (1 - value / most), 1), value) for value in values if value]


def step_label(start: date, step: str) -> str:
    """The first day of a step, or its month."""
    if step == "month":
        return formats.date_format(start, "YEAR_MONTH_FORMAT")
    return formats.date_format(start, "SHORT_DATE_FORMAT")


def tick_label(start: date, step: str) -> str:
    """The same without the year, which has no room under the chart; the table and the bars themselves say it."""
    return step_label(start, step) if step == "month" else formats.date_format(start, "MONTH_DAY_FORMAT")


def _top(series: Series) -> int:
    """A round number at or above the highest bar."""
    most = max(series.plays, default=0)
    if most <= 4:
        return max(2, most + most % 2)
    size = 10 ** (len(str(most)) - 1)
    return next(int(size * factor) for factor in (1, 2, 4, 6, 8, 10) if size * factor >= most)


def _query(request: TenantRequest) -> str:
    """The filters without the track, for links that choose one."""
    query = request.GET.copy()
    for name in ("track", "format"):
        query.pop(name, None)
    return query.urlencode()


def _csv(filters: Any) -> HttpResponse:
    counts = selectors.play_counts(filters).select_related("source").order_by("day", "source__name", "title")
    rows = [
        (row.day.isoformat(), row.source or "", row.title, row.artist, row.label, row.plays, f"{row.seconds:.1f}")
        for row in counts
    ]
    response = HttpResponse(csv_text(CSV_HEADER, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="plays.csv"'
    return response
