"""Peaks of long recordings, taken piece by piece."""

import numpy as np
import pytest

from apps.rights.tasks import extraction
from ml.fingerprint.extract import TIME_STEPS, digest, extract
from tests.integration.rights.helpers import song


def _in_blocks(samples, block):
    pieces = extraction.PeakExtractor()
    for start in range(0, len(samples), block):
        pieces.add(samples[start : start + block])
    return pieces.finish(), pieces


def test_pieces_give_the_peaks_of_the_whole(monkeypatch):
    monkeypatch.setattr(extraction, "CHUNK_FRAMES", 600)
    samples = song(3, 65.0)
    (found, pieces), whole = _in_blocks(samples, 100_000), extract(samples)
    assert (found.frames, len(found)) == (whole.frames, len(whole))
    assert np.array_equal(pieces.samples, samples)
    assert np.abs(found.frame - whole.frame).max() <= 1 / TIME_STEPS
    assert np.count_nonzero(found.frame != whole.frame) <= 0.01 * len(whole)
    assert np.count_nonzero(found.band != whole.band) <= 0.01 * len(whole)
    assert np.count_nonzero(found.rank != whole.rank) <= 0.01 * len(whole)
    # Each piece has medians of its own.
    assert found.print.shape == whole.print.shape
    assert np.mean(found.print != whole.print) < 0.08


def test_the_digest_does_not_depend_on_how_the_recording_comes_in(monkeypatch):
    monkeypatch.setattr(extraction, "CHUNK_FRAMES", 600)
    samples = song(3, 65.0)
    digests = {digest(_in_blocks(samples, block)[0]) for block in (7_000, 100_000, 2_000_000)}
    assert len(digests) == 1


def test_a_recording_of_one_piece_has_exactly_the_peaks_of_the_whole():
    samples = song(3, 30.0)
    found, whole = _in_blocks(samples, 100_000)[0], extract(samples)
    assert found.to_bytes() == whole.to_bytes()


def test_the_sound_of_long_recordings_is_not_kept(monkeypatch):
    monkeypatch.setattr(extraction, "KEPT_SAMPLES", 50_000)
    pieces = extraction.PeakExtractor()
    pieces.add(song(3, 2.0))
    assert np.array_equal(np.zeros(0) if pieces.samples is None else pieces.samples, song(3, 2.0))
    pieces.add(song(3, 2.0))
    assert pieces.samples is None
    assert pieces.duration_s == pytest.approx(4.0)
