"""What an organisation may choose, and what was measured there."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.core.errors import InvalidInput
from apps.rights import services
from apps.rights.models import Facet, Thresholds
from apps.rights.selectors import sensitivity_of, thresholds_of
from apps.tenancy.context import bind
from tests.factories import make_organisation

pytestmark = pytest.mark.django_db

POINTS = [
    {"threshold": 0.01, "false_alarm_rate": 0.04, "hit_rate": 0.9, "queries": 500},
    {"threshold": 0.0001, "false_alarm_rate": 0.0, "hit_rate": 0.5, "queries": 500},
    {"threshold": 0.001, "false_alarm_rate": 0.01, "hit_rate": 0.8, "queries": 400},
    {"threshold": 0.5, "false_alarm_rate": 0.7, "hit_rate": 1.0, "queries": 500},
]


@pytest.fixture(autouse=True)
def measured(settings: Any, tmp_path: Path) -> Path:
    """Recordings with operating points, covers and melodies without."""
    for folder, threshold in (("fingerprint", 0.003), ("similarity/cover", 0.02), ("similarity/melody", 0.05)):
        home = tmp_path / "ml" / folder
        home.mkdir(parents=True)
        (home / "calibration.json").write_text(json.dumps({"threshold": threshold}))
    stored = {"version": "7", "default": 0.001, "limits": [0.0001, 0.01], "points": POINTS, "source": "evaluate"}
    (tmp_path / "ml/fingerprint/operating_points.json").write_text(json.dumps(stored))
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def bound(db: None) -> Any:
    organisation = make_organisation()
    with bind(organisation.id):
        yield organisation


def test_the_default_is_what_was_measured(bound: Any):
    assert thresholds_of() == {"recording": 0.001, "cover": 0.02, "melody": 0.05}


def test_only_points_within_the_limits_are_offered_in_order(bound: Any):
    choices = sensitivity_of(Facet.RECORDING)
    assert [point.threshold for point in choices.points] == [0.0001, 0.001, 0.01]
    assert (choices.strictest, choices.loosest, choices.version) == (0.0001, 0.01, "7")
    assert not sensitivity_of(Facet.COVER).is_adjustable


def test_figures_between_two_points_lie_on_a_line(bound: Any):
    choices = sensitivity_of(Facet.RECORDING)
    exact = choices.at(0.001)
    assert exact is not None
    assert (exact.false_alarm_rate, exact.hit_rate, exact.queries, exact.measured) == (0.01, 0.8, 400, True)
    # 0.00316 is half way between 0.001 and 0.01 on a scale of decades.
    between = choices.at(10**-2.5)
    assert between is not None
    assert between.false_alarm_rate == pytest.approx(0.025)
    assert between.hit_rate == pytest.approx(0.85)
    assert (between.queries, between.measured) == (400, False)


def test_a_choice_holds_is_audited_and_taken_back(bound: Any):
    services.set_thresholds(values={"recording": 0.01})
    services.set_thresholds(values={"recording": 0.01})
    assert thresholds_of()["recording"] == 0.01
    services.reset_thresholds()
    assert thresholds_of()["recording"] == 0.001
    assert Thresholds.objects.count() == 1
    told = list(AuditEvent.objects.filter(action="thresholds.changed").order_by("created_at"))
    assert [event.data["recording"] for event in told] == [{"from": None, "to": 0.01}, {"from": 0.01, "to": None}]


def test_no_value_beyond_the_limits(bound: Any):
    with pytest.raises(InvalidInput) as refused:
        services.set_thresholds(values={"recording": 0.02, "cover": 0.5})
    assert set(refused.value.fields) == {"recording", "cover"}
    assert "0.0001 to 0.01" in refused.value.fields["recording"]
    assert Thresholds.objects.count() == 0


def test_a_choice_is_bounded_by_limits_that_moved(bound: Any, measured: Path):
    services.set_thresholds(values={"recording": 0.01})
    path = measured / "ml/fingerprint/operating_points.json"
    stored = json.loads(path.read_text()) | {"limits": [0.0001, 0.001]}
    path.unlink()
    path.write_text(json.dumps(stored))
    assert thresholds_of()["recording"] == 0.001


def test_a_choice_is_ones_own(bound: Any):
    services.set_thresholds(values={"recording": 0.01})
    with bind(make_organisation().id):
        assert thresholds_of()["recording"] == 0.001
        services.set_thresholds(values={"recording": 0.0001})
    assert thresholds_of()["recording"] == 0.01


@pytest.mark.parametrize("facet", list(Facet))
def test_what_is_shipped_can_be_read(bound: Any, settings: Any, facet: Facet):
    settings.BASE_DIR = Path(__file__).parents[3]
    choices = sensitivity_of(facet)
    assert 0 < choices.strictest <= choices.default <= choices.loosest < 1
    rates = [point.hit_rate for point in choices.points]
    assert rates == sorted(rates)
