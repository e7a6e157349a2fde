"""A broadcast becomes a cue sheet: exact, whole, once."""

from typing import Any

import numpy as np
import pytest

from apps.catalog.models import Track, TrackStatus
from apps.monitoring.models import CueState, LongRecordingState, RecordingChunk
from apps.registry.selectors import figures
from apps.tenancy.context import bind
from tests.factories import make_organisation
from tests.integration.monitoring.helpers import (
    broadcast,
    cues_of,
    heard,
    label,
    listen,
    noise,
    registered,
    song,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def labels() -> tuple[Any, Any]:
    """Two labels with a song each: (ours, theirs)."""
    ours, theirs = label("Ours"), label("Theirs", public_name="Northern Lights", contact_route="desk@theirs.example")
    registered(ours, song(1, 60.0), "Own song", artist="Anna")
    registered(theirs, song(2, 60.0), "Night train", artist="Ben", public_title="Night train (radio)")
    return ours, theirs


def test_two_registered_songs_are_found_where_they_were_played(labels):
    ours, _theirs = labels
    sound = broadcast(noise(30), song(1, 60.0)[: 22_050 * 45], noise(40, 3), song(2, 60.0)[22_050 * 10 :], noise(20, 4))
    recording = heard(ours, sound)
    first, second = cues_of(ours, recording)
    assert (first.title, first.artist, first.already_ours) == ("Own song", "Anna", True)
    assert first.track is not None
    assert [first.start_s, first.end_s] == pytest.approx([30.0, 75.0], abs=1.0)
    assert [first.ref_start_s, first.ref_end_s] == pytest.approx([0.0, 45.0], abs=1.0)
    assert (second.title, second.artist, second.label) == ("Night train (radio)", "Ben", "Northern Lights")
    assert (second.contact, second.track, second.registered) == ("desk@theirs.example", None, True)
    assert [second.start_s, second.end_s] == pytest.approx([115.0, 165.0], abs=1.0)
    assert [second.ref_start_s, second.ref_end_s] == pytest.approx([10.0, 60.0], abs=1.0)
    assert second.tempo_ratio == pytest.approx(1.0, abs=0.002)
    assert second.pitch_semitones == pytest.approx(0.0, abs=0.05)
    assert first.chance_probability < 1e-6
    assert {first.state, second.state} == {CueState.FOUND}
    assert recording.state == LongRecordingState.DONE
    assert recording.duration_s == pytest.approx(185.0, abs=0.01)
    assert recording.compared_with == 2


def test_a_song_across_the_border_of_two_chunks_is_one_cue(labels):
    ours, _theirs = labels
    recording = heard(ours, broadcast(noise(275), song(1, 60.0), noise(30, 5)))
    (cue,) = cues_of(ours, recording)
    assert [cue.start_s, cue.end_s] == pytest.approx([275.0, 335.0], abs=1.0)
    assert [cue.ref_start_s, cue.ref_end_s] == pytest.approx([0.0, 60.0], abs=1.0)
    with bind(ours.id):
        assert list(RecordingChunk.objects.values_list("index", flat=True)) == [0, 1]


def test_a_record_that_is_played_a_sixth_faster_is_found(labels):
    ours, _theirs = labels
    samples = song(2, 60.0)
    faster = np.interp(np.arange(0, len(samples) - 1, 1.16), np.arange(len(samples)), samples).astype(np.float32)
    recording = heard(ours, broadcast(noise(20), faster, noise(20, 3)))
    (cue,) = cues_of(ours, recording)
    assert cue.title == "Night train (radio)"
    assert [cue.start_s, cue.end_s] == pytest.approx([20.0, 20 + 60 / 1.16], abs=1.5)
    assert cue.tempo_ratio == pytest.approx(1.16, abs=0.005)
    assert cue.pitch_semitones == pytest.approx(2.57, abs=0.1)


def test_listening_claims_nothing(labels):
    ours, _theirs = labels
    before = figures()
    heard(ours, noise(20))
    assert figures() == before


@pytest.mark.parametrize("status", [TrackStatus.WITHDRAWN, TrackStatus.DRAFT])
def test_a_song_that_left_the_registry_is_not_found(labels, status):
    ours, theirs = labels
    with bind(theirs.id):
        Track.objects.update(status=status)
    assert cues_of(ours, heard(ours, song(2, 60.0))) == []


def test_a_song_that_somebody_else_only_checks_is_not_named(labels):
    ours, theirs = labels
    sound = song(3, 30.0)
    registered(theirs, sound, "Unreleased", active=False)
    assert cues_of(ours, heard(ours, sound)) == []
    (cue,) = cues_of(theirs, heard(theirs, sound))
    assert (cue.title, cue.registered) == ("Unreleased", False)


def test_a_stranger_hears_the_same_and_sees_only_what_is_published(labels):
    stranger = make_organisation()
    recording = heard(stranger, song(1, 60.0))
    (cue,) = cues_of(stranger, recording)
    assert (cue.title, cue.already_ours, cue.track_id) == ("Own song", False, None)


def test_a_file_that_is_no_sound_fails_with_a_reason(labels):
    from django.core.files.base import ContentFile

    from apps.monitoring import services

    ours, _theirs = labels
    with bind(ours.id):
        recording = services.receive_recording(file=ContentFile(b"no sound at all" * 100), filename="x.mp3")
    assert listen(ours, recording) == "failed"
    with bind(ours.id):
        recording.refresh_from_db()
    assert recording.state == LongRecordingState.FAILED
    assert recording.error_code == "not_audio"


def test_silence_has_no_cues(labels):
    ours, _theirs = labels
    recording = heard(ours, np.zeros(22_050 * 40, np.float32))
    assert cues_of(ours, recording) == []


def test_submitting_needs_no_registry(bound):
    recording = submit(bound, noise(5))
    assert recording.state == LongRecordingState.QUEUED
