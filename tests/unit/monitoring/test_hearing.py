"""Chunks: the same whether heard from the start or taken up in the middle."""

import numpy as np
import pytest

from apps.monitoring.tasks import hearing
from ml.audio import write_audio
from ml.fingerprint import grid
from ml.fingerprint.extract import extract
from tests.integration.rights.helpers import RATE_HZ, song

SECONDS = 50.0


@pytest.fixture
def short_chunks(monkeypatch):
    monkeypatch.setattr(hearing, "CHUNK_FRAMES", round(15.0 / grid.FRAME_SECONDS))
    monkeypatch.setattr(hearing, "OVERLAP_FRAMES", round(3.0 / grid.FRAME_SECONDS))


@pytest.fixture
def path(tmp_path, short_chunks):
    out = tmp_path / "long.wav"
    write_audio(out, song(5, SECONDS), RATE_HZ)
    return out


def heard(path, first=0):
    return list(hearing.hear(path, longest_s=90_000.0, points_per_second=2.0, first=first))


def test_chunks_cover_the_recording_once(path):
    chunks = heard(path)
    assert [chunk.index for chunk in chunks] == [0, 1, 2, 3]
    assert chunks[0].start_s == 0.0
    assert chunks[-1].end_s == pytest.approx(SECONDS, abs=1e-3)
    assert [one.end_s for one in chunks[:-1]] == [pytest.approx(other.start_s) for other in chunks[1:]]
    assert sum(len(chunk.outline) for chunk in chunks) == 2 * 2 * SECONDS


def test_their_peaks_are_those_of_the_whole(path):
    whole = extract(song(5, SECONDS))
    for chunk in heard(path):
        first = chunk.offset_s / grid.FRAME_SECONDS
        own = whole.between(first + 1, first + chunk.peaks.frames - 1)
        inner = chunk.peaks.between(1, chunk.peaks.frames - 1)
        expected = set(zip(np.rint(own.frame - np.float32(first)).tolist(), np.rint(own.band).tolist(), strict=True))
        found = set(zip(np.rint(inner.frame).tolist(), np.rint(inner.band).tolist(), strict=True))
        assert len(expected & found) >= 0.99 * len(expected)


def test_taken_up_in_the_middle_the_rest_is_the_same(path):
    rest, whole = heard(path, first=2), heard(path)[2:]
    assert [(c.index, c.start_s, c.end_s, c.offset_s) for c in rest] == [
        (c.index, c.start_s, c.end_s, c.offset_s) for c in whole
    ]
    for one, other in zip(rest, whole, strict=True):
        assert one.outline == other.outline
        assert np.abs(len(one.peaks) - len(other.peaks)) <= 0.01 * len(other.peaks)


def test_a_plan_has_few_points_for_a_day():
    assert hearing.Plan("mp3", 86_400.0).points_per_second == pytest.approx(12_000 / 86_400)
    assert hearing.Plan("mp3", 60.0).points_per_second == 20.0
    assert hearing.Plan("mp3", 86_400.0).chunks == 288
    assert hearing.Plan("mp3", None).chunks == 1
