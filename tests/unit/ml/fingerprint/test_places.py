"""Repetitions, borders and merging, on recordings whose truth is known because they are made here."""

import numpy as np
import pytest

from ml.fingerprint.evaluate import SAME_CORRELATION, same_audio
from ml.fingerprint.extract import extract
from ml.fingerprint.match import match
from ml.fingerprint.store import Index
from tests.unit.ml.fingerprint.synth import RATE, noise, piece


def fade(samples, seconds):
    """Equal-power fades of so many seconds at both ends."""
    out, n = samples.copy(), round(seconds * RATE)
    out[:n] *= np.sin(np.linspace(0, np.pi / 2, n, dtype=np.float32))
    out[-n:] *= np.cos(np.linspace(0, np.pi / 2, n, dtype=np.float32))
    return out


@pytest.fixture(scope="module")
def looped():
    """Six seconds that come three times in a track, between other music; and the passage alone."""
    passage = piece(801, 6)
    track = np.concatenate([piece(802, 5), passage, piece(803, 5), passage, piece(804, 4), passage, piece(805, 4)])
    index = Index()
    index.add("looped", extract(track))
    index.add("other", extract(piece(806, 40)))
    return index, track, passage


def test_every_repetition_is_listed(looped):
    index, _, passage = looped
    (found,) = match(passage, index)
    assert index.names[found.track] == "looped"
    best = found.best
    starts = sorted([best.reference_start_s, *(p.reference_start_s for p in best.repeats)])
    shift = best.query_start_s
    assert [s - shift for s in starts] == pytest.approx([5, 16, 26], abs=0.15)
    for p in best.repeats:
        assert p.reference_end_s - p.reference_start_s == pytest.approx(best.query_seconds, abs=0.25)
        assert p.score >= 0.8 * best.score * 0.9


def test_music_that_is_not_repeated_has_no_repeats(looped):
    index, track, _ = looped
    (found,) = match(track[12 * RATE : 15 * RATE + RATE // 2], index)
    assert found.best.repeats == ()
    assert found.best.reference_start_s - found.best.query_start_s == pytest.approx(12.0, abs=0.1)


def test_only_the_same_audio_counts_as_a_repetition(looped):
    _, track, _ = looped
    assert same_audio(track, 5.5, 16.5, 5.0) > 0.999
    assert same_audio(track, 5.5, 16.52, 5.0) > 0.999
    assert same_audio(track, 5.5, 26.5, 5.0) > SAME_CORRELATION
    assert same_audio(track, 5.5, 12.0, 3.0) < 0.5
    assert same_audio(track, 5.5, 17.3, 4.0) < 0.5
    assert same_audio(track, 30.0, 34.9, 4.0) == 0.0


def test_borders_reach_into_cross_fades():
    first, second = fade(piece(811, 24), 4), fade(piece(812, 24), 4)
    mix = np.zeros(44 * RATE, np.float32)
    mix[: 24 * RATE] += first
    mix[20 * RATE :] += second
    index = Index()
    index.add("first", extract(piece(811, 30)))
    index.add("second", extract(piece(812, 30)))
    found = {index.names[m.track]: m for m in match(mix, index)}
    assert set(found) == {"first", "second"}
    for name, start, end in (("first", 0, 24), ("second", 20, 44)):
        (segment,) = found[name].segments
        assert segment.query_start_s == pytest.approx(start, abs=1.0)
        assert segment.query_end_s == pytest.approx(end, abs=1.0)


def test_borders_stop_where_other_music_begins():
    index = Index()
    index.add("whole", extract(piece(821, 40)))
    query = np.concatenate([piece(822, 12), piece(821, 14, start_s=10), piece(823, 12)])
    (found,) = match(query, index)
    (segment,) = found.segments
    assert segment.query_start_s == pytest.approx(12, abs=0.4)
    assert segment.query_end_s == pytest.approx(26, abs=0.4)
    assert segment.reference_start_s - segment.query_start_s == pytest.approx(-2, abs=0.1)


def test_a_gap_in_one_passage_leaves_one_segment():
    index = Index()
    index.add("whole", extract(piece(831, 60)))
    query = piece(831, 50)
    query[24 * RATE : 26 * RATE] = noise(9, 2, 0.3)
    (found,) = match(query, index)
    assert len(found.segments) == 1
    assert found.best.query_seconds > 48
