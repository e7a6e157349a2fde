"""Recordings that are too long to be heard in one piece."""

import numpy as np
import pytest

from apps.registry.selectors import print_versions
from apps.rights import explain
from apps.rights.tasks import extraction, hearing
from apps.tenancy.context import bind
from ml.similarity.cover.features import extract as cover_print
from tests.integration.rights.helpers import RATE_HZ, check, draft, label, registered, song
from tests.integration.rights.scores import changed, played, registered_work, tune

pytestmark = pytest.mark.django_db

LONG = 110
"""Notes of a tune of about a minute."""


def short_ears(monkeypatch):
    """From now on, what lasts more than 50 s counts as long, and is heard in stretches of 40 s."""
    monkeypatch.setattr(extraction, "KEPT_SAMPLES", 50 * RATE_HZ)
    monkeypatch.setattr(hearing, "WINDOW_SAMPLES", 40 * RATE_HZ)
    monkeypatch.setattr(hearing, "LEAST_REST_SAMPLES", 10 * RATE_HZ)


def _mix(*, at_s, music):
    """Another piece for so long, then the music."""
    before = np.resize(song(9, 20.0), int(at_s * RATE_HZ))
    return np.concatenate([before, music, song(8, 15.0)])


def test_music_in_the_second_stretch_is_found_at_its_place(monkeypatch):
    theirs, ours = label(), label()
    registered(theirs, played(tune(3, LONG)), "Night train")
    short_ears(monkeypatch)
    cover = played(changed(tune(3, LONG), semitones=6, tempo=1.15), bright=0.4, player=6)[: 38 * RATE_HZ]
    checked = check(ours, draft(ours, _mix(at_s=41.0, music=cover)))
    (match,) = [found for found in checked.matches if found.facet == "cover"]
    assert (match.other_title, match.pitch_semitones) == ("Night train", 6)
    with bind(ours.id):
        strongest = match.segments.get(position=0)
    assert 40.0 <= strongest.own_start_s < strongest.own_end_s <= 80.0
    assert strongest.other_end_s <= 50.0
    strip = match.detail["strips"][0]
    assert 40.0 <= strip["own"]["start_s"] <= strip["path"][0][0] <= strip["own"]["end_s"] <= 80.0
    assert match.own_share <= 40.0 / 94.0
    record = checked.check.facets["cover"]
    assert (record["state"], record["stretches"]) == ("done", 3)
    assert match.threshold == record["threshold"]
    assert match.chance_probability <= record["threshold"]
    assert match.detail["why"]["chance"] == match.chance_probability
    (told,) = [report for report in explain.of_check(checked.check) if report.facet == "cover"]
    lines = {line.label: line.value for line in told.why.lines}
    assert lines["Heard in"].startswith("3 stretches of ten minutes; longer than 20 minutes")
    with bind(ours.id):
        assert checked.check.entry_number is not None
        kept = set(print_versions(checked.check.entry_number))
    assert kept == {"fingerprint"}, "Parts are no print of the whole"


def test_a_melody_in_a_late_stretch_is_drawn_at_its_place(monkeypatch):
    theirs, ours = label(), label()
    registered_work(theirs, tune(5, LONG), "Nocturne")
    short_ears(monkeypatch)
    music = played(changed(tune(5, LONG), semitones=2))[: 35 * RATE_HZ]
    checked = check(ours, draft(ours, _mix(at_s=40.5, music=music)))
    (match,) = [found for found in checked.matches if found.facet == "melody"]
    assert match.other_title == "Nocturne"
    with bind(ours.id):
        segment = match.segments.get(position=0)
    assert segment.own_start_s >= 40.0
    assert match.detail["own"]["notes"][0][0] == pytest.approx(segment.own_start_s, abs=0.1)


def test_one_stretch_that_fails_fails_the_comparison(monkeypatch):
    ours = label()
    short_ears(monkeypatch)
    heard = []

    def second_fails(samples):
        heard.append(len(samples))
        if len(heard) == 2:
            raise RuntimeError("no")
        return cover_print(samples)

    monkeypatch.setattr(hearing, "cover_print", second_fails)
    checked = check(ours, draft(ours, _mix(at_s=30.0, music=song(5, 20.0))))
    assert heard == [40 * RATE_HZ, 25 * RATE_HZ]
    assert checked.check.facets["cover"]["state"] == "failed"
    assert checked.check.verdict == "incomplete"
