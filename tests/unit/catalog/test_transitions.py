"""Which way a status may go, written out by hand."""

from apps.catalog.models import TrackStatus
from apps.catalog.transitions import may_become

ALLOWED = {
    "draft": {"checking"},
    "checking": {"clear", "incomplete", "conflict", "draft"},
    "clear": {"registered", "checking", "conflict", "draft", "withdrawn"},
    "incomplete": {"clear", "checking", "conflict", "draft", "withdrawn"},
    "conflict": {"clear", "checking", "registered", "disputed", "draft", "withdrawn"},
    "registered": {"disputed", "withdrawn"},
    "disputed": {"registered", "clear", "conflict", "withdrawn"},
    "withdrawn": {"draft", "checking"},
}


def test_every_pair():
    found = {
        current: {wanted for wanted in TrackStatus.values if may_become(current, wanted)}
        for current in TrackStatus.values
    }
    assert found == ALLOWED
