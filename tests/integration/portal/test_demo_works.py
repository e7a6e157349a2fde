"""The demo's works: registered ones with their recordings, and one that is similar to another label's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from apps.catalog.models import Work
from apps.portal import demo, demo_again, demo_works
from apps.rights.models import Check, Facet, Match, Thresholds
from apps.rights.selectors.thresholds import sensitivity_of
from apps.tenancy.context import bind
from tests.factories_catalog import make_track
from tests.factories_works import midi_bytes

PITCHES = (67, 69, 64, 66, 71, 62, 74, 72, 69, 70, 65, 67, 62, 64, 59, 76, 74, 71, 73, 66)
TUNE = tuple((index * 1.5, 1.0, pitch) for index, pitch in enumerate(PITCHES * 2))


@dataclass(frozen=True)
class Score:
    """A made score as ``ml.symbolic.demo_scores`` describes it."""

    label: str
    path: Path
    title: str
    composer: str = "Traditional"
    recorded_as: str = ""
    conflicts: bool = False


def _checks() -> list[Check]:
    return list(Check.objects.order_by("created_at"))


@pytest.mark.slow
def test_demo_works_are_registered_conflict_and_are_made_once(committed: None, tmp_path: Any):
    (tmp_path / "theirs.mid").write_bytes(midi_bytes(TUNE, marker="theirs"))
    (tmp_path / "alike.mid").write_bytes(midi_bytes(TUNE, shift=-5, marker="alike"))
    scores = [
        Score("parlour", tmp_path / "theirs.mid", "Theirs", recorded_as="The recording"),
        Score("ceilidh", tmp_path / "alike.mid", "Alike", conflicts=True),
    ]
    owners = {label.key: demo._label(label) for label in demo.LABELS}
    parlour, ceilidh = owners["parlour"][0], owners["ceilidh"][0]
    ids = {key: (organisation.id, user.id) for key, (organisation, user) in owners.items()}
    with bind(parlour.id):
        track = make_track("The recording")
    for _ in range(2):
        demo_works.seed_works(scores, ids, report=lambda line: None)
        demo_again.seed_again(ids, report=lambda line: None)
        with bind(parlour.id):
            assert list(Work.objects.values_list("title", "status")) == [("Theirs", "registered")]
            track.refresh_from_db()
            assert track.work_id == Work.objects.get().id
            assert [[found["title"] for found in check.changes.get("found", [])] for check in _checks()] == [
                [],
                ["Alike"],
            ]
        with bind(ceilidh.id):
            assert list(Work.objects.values_list("title", "status")) == [("Alike", "conflict")]
            assert list(Match.objects.values_list("facet", "other_title")) == [("melody", "Theirs")]
            assert Thresholds.objects.get().recording == sensitivity_of(Facet.RECORDING).strictest
