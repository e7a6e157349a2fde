"""The second opinion: what is stored for it, and whether it tells right places from wrong ones."""

from dataclasses import replace

import numpy as np
import pytest

from ml.fingerprint import packing
from ml.fingerprint.dense import BANDS, ROW_FRAMES, opinion, pack, print_of, relative_levels, unpack
from ml.fingerprint.engine import Engine
from ml.fingerprint.errors import FingerprintError
from ml.fingerprint.extract import Peaks, digest, extract
from ml.fingerprint.grid import BINS, FRAME_SECONDS
from ml.fingerprint.plausibility import adjusted_score, dense_gain, shipped_calibration
from ml.fingerprint.store import Index
from ml.fingerprint.verify import Alignment
from tests.unit.ml.fingerprint.synth import noise, piece


@pytest.fixture(scope="module")
def whole():
    return extract(piece(911, 40))


def heard(query, whole, start_s, tempo=1.0, semitones=0.0):
    """The opinion on a query that begins `start_s` into the recording."""
    return opinion(query.levels, whole.print, tempo, start_s / FRAME_SECONDS, 3 * semitones)


def test_a_level_against_its_surroundings_by_hand():
    magnitudes = np.ones((200, BINS), np.float32)
    magnitudes[100, 90:93] = np.e
    levels = relative_levels(magnitudes)
    assert levels.shape == (200, 60)
    # Three frames hear the louder one; two seconds (87 frames) and an octave (13 semitones) take their shares off.
    louder = np.log((2 + np.e**2) / 3)
    assert levels[100, 30] == pytest.approx(louder * (1 - 3 / 87) * (1 - 1 / 13), rel=1e-3)
    assert levels[20, 30] == pytest.approx(0, abs=1e-6)


def test_bits_say_what_lies_above_the_median():
    levels = np.arange(44, dtype=np.float32)[:, None] * np.ones((1, BANDS), np.float32)
    bits = print_of(levels)
    assert bits.shape == (44 // ROW_FRAMES, BANDS) == (4, 60)
    assert bits[:, 0].tolist() == [0, 0, 1, 1]
    assert print_of(levels, 33).shape == (1, 60)
    assert print_of(levels[:0]).shape == (0, 60)


def test_a_stored_print_comes_back_and_costs_little(whole):
    stored = whole.strongest(30)
    data = stored.to_bytes()
    again = Peaks.from_bytes(data)
    assert again.print is not None
    assert np.array_equal(again.print, whole.print)
    assert np.array_equal(again.band, stored.band)
    assert again.levels is None
    an_hour = (len(data) - len(replace(stored, print=None).to_bytes())) / whole.duration_s * 3600
    assert 0.1e6 < an_hour < 0.12e6


def test_peaks_that_were_stored_without_a_print_can_be_read(whole):
    old = packing.pack_peaks(whole.frame, whole.band, whole.rank, whole.frames)
    assert Peaks.from_bytes(old).print is None
    assert unpack(old) == (None, old)
    assert pack(None) == b""
    assert digest(whole) == digest(replace(whole, print=None))


def test_a_damaged_print_is_refused(whole):
    data = pack(whole.print)
    with pytest.raises(FingerprintError, match="cut short"):
        unpack(data[:-1])
    with pytest.raises(FingerprintError, match="known version"):
        unpack(data[:2] + b"\x09" + data[3:])


def test_the_right_place_under_noise_stands_out(whole):
    query = extract(piece(911, 8, start_s=12) + noise(3, 8, 0.1))
    assert heard(query, whole, 12.0) > 5
    assert abs(heard(query, whole, 20.0)) < 3
    assert abs(heard(query, extract(piece(912, 40)), 12.0)) < 3


@pytest.mark.parametrize(("tempo", "semitones"), [(1.1, 0), (1.0, 2), (0.9, -3)])
def test_it_follows_tempo_and_pitch(whole, tempo, semitones):
    query = extract(piece(911, 8, start_s=12, tempo=tempo, semitones=semitones))
    right = heard(query, whole, 12.0, tempo, semitones)
    assert right > 5
    assert heard(query, whole, 12.0, tempo, semitones + 1) < right - 2


def test_there_is_no_opinion_without_other_places(whole):
    query = extract(piece(911, 8, start_s=12))
    assert heard(query, extract(piece(911, 8, start_s=12)), 0.0) is None
    assert heard(query, extract(piece(911, 15, start_s=10)), 2.0) is None
    assert heard(query, extract(piece(911, 18, start_s=10)), 2.0) > 3
    assert heard(query, whole, 39.0) is None
    assert extract(piece(911, 21)).levels is None


def test_what_it_adds_by_hand():
    constants = replace(shipped_calibration(), dense_level=2.0, dense_slope=3.0, dense_most=10.0)
    found = Alignment(0, 1.0, 0.0, 0.0, 30.0, 0.0, 430.0, 20.0, 4000)
    gains = [dense_gain(replace(found, dense=z), constants) for z in (None, -4.0, 2.0, 4.0, 9.0)]
    assert gains == [0, 0, 0, 6, 10]
    more = adjusted_score(replace(found, dense=4.0), 430, constants) - adjusted_score(found, 430, constants)
    assert more == pytest.approx(6)


def test_a_weak_query_is_heard_again_and_a_strong_one_is_not():
    index = Index()
    for seed in range(911, 915):
        index.add(str(seed), extract(piece(seed, 40)))
    query = extract(piece(913, 5, start_s=9) + noise(4, 5, 0.35))
    best = max((a for a in Engine(query, index).run() if a.dense is not None), key=lambda a: a.dense or 0.0)
    assert index.names[best.track] == "913"
    assert best.dense > 4
    without = Engine(replace(query, levels=None), index).run()
    assert {a.dense for a in without} == {None}
    strong = Engine(extract(piece(913, 5, start_s=9)), index).run()
    assert {a.dense for a in strong} == {None}
