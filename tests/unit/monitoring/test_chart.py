"""The chart's figures."""

from datetime import date

from apps.monitoring.selectors import Series
from apps.monitoring.selectors.plays import step_start
from apps.monitoring.views.plays import columns, scale


def test_steps_begin_on_mondays_and_firsts():
    day = date(2026, 11, 22)  # a Sunday
    assert [step_start(day, step) for step in ("day", "week", "month")] == [day, date(2026, 11, 16), date(2026, 11, 1)]


def test_bars_are_as_high_as_their_plays():
    series = Series("day", [date(2026, 11, d) for d in (1, 2, 3)], [4, 0, 2], [0.0] * 3)
    made = columns(series)
    assert [(bar.plays, bar.top, bar.height) for bar in made] == [(4, 0.0, 200.0), (0, 200.0, 0.0), (2, 100.0, 100.0)]
    assert [bar.middle for bar in made] == ["16.667%", "50.000%", "83.333%"]
    assert [(line.value, line.top) for line in scale(series)] == [(4, 0.0), (2, 100.0)]


def test_the_scale_ends_on_a_round_number():
    series = Series("day", [date(2026, 11, 1)], [137], [0.0])
    assert scale(series)[0].value == 200
