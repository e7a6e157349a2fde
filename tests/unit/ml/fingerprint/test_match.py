import numpy as np
import pytest

from ml.fingerprint import blocks, grid
from ml.fingerprint.engine import STAGES
from ml.fingerprint.extract import Peaks, extract
from ml.fingerprint.match import match, matched_landmarks
from ml.fingerprint.results import Alteration, Kind
from ml.fingerprint.store import Index
from tests.unit.ml.fingerprint.synth import RATE, noise, piece

TRACK_S = 40.0


@pytest.fixture(scope="module")
def index():
    made = Index()
    for seed in range(100, 108):
        made.add(str(seed), extract(piece(seed, TRACK_S)))
    return made


def only(found):
    assert len(found) == 1
    return found[0]


def test_the_same_recording(index):
    found = only(match(piece(103, TRACK_S), index))
    assert found.track == 3
    assert found.kind is Kind.SAME_RECORDING
    assert found.alterations == ()
    assert found.query_share > 0.95
    assert found.reference_share > 0.95
    assert found.chance_probability < 1e-6


def test_an_excerpt_is_aligned_to_a_tenth_of_a_second(index):
    best = only(match(piece(105, 8, start_s=17.3), index)).best
    assert best.reference_start_s - best.query_start_s == pytest.approx(17.3, abs=0.11)
    assert best.reference_end_s - best.query_end_s == pytest.approx(17.3, abs=0.11)
    assert best.tempo_ratio == 1.0
    assert best.pitch_semitones == 0.0


def test_kind_of_an_excerpt(index):
    found = only(match(piece(105, 8, start_s=17.3), index))
    assert found.kind is Kind.EXCERPT
    assert found.reference_share == pytest.approx(8 / TRACK_S, abs=0.03)


@pytest.mark.parametrize(
    ("tempo", "semitones", "alterations"),
    [
        (1.07, 0.0, (Alteration.FASTER,)),
        (0.91, 0.0, (Alteration.SLOWER,)),
        (1.0, 2.0, (Alteration.HIGHER,)),
        (1.0, -1.0, (Alteration.LOWER,)),
        (1.05, 12 * np.log2(1.05), (Alteration.FASTER, Alteration.HIGHER)),
        (0.94, 1.0, (Alteration.SLOWER, Alteration.HIGHER)),
    ],
)
def test_altered_excerpts(index, tempo, semitones, alterations):
    found = only(match(piece(102, 9, tempo=tempo, semitones=semitones, start_s=12), index))
    assert found.track == 2
    assert found.kind is Kind.ALTERED
    assert found.alterations == alterations
    assert found.best.tempo_ratio == pytest.approx(tempo, abs=0.004)
    assert found.best.pitch_semitones == pytest.approx(semitones, abs=0.1)
    middle = (found.best.query_start_s + found.best.query_end_s) / 2
    reference = (found.best.reference_start_s + found.best.reference_end_s) / 2
    assert reference == pytest.approx(12 + tempo * middle, abs=0.15)


def test_an_excerpt_under_noise(index):
    samples = piece(106, 10, start_s=5)
    loud = samples + noise(1, 10, float(np.sqrt(np.mean(samples**2))))
    assert match(loud, index)[0].track == 6


def test_a_ten_second_sample_inside_a_long_recording(index):
    samples = np.concatenate([piece(900, 45), piece(101, 10, start_s=20), piece(901, 45)])
    found = only(match(samples, index))
    assert found.track == 1
    assert found.best.query_start_s == pytest.approx(45, abs=1)
    assert found.best.query_end_s == pytest.approx(55, abs=1)
    assert found.best.reference_start_s - found.best.query_start_s == pytest.approx(-25, abs=0.11)


def test_a_search_answers_the_same_with_and_without_a_table_of_lists(index, monkeypatch):
    query = extract(piece(104, TRACK_S)[12 * RATE : 22 * RATE])
    plain = match(query, index, stages=STAGES[:3])
    assert [m.track for m in plain] == [4]
    parts = list(index.parts())
    monkeypatch.setattr(blocks, "LEAST_RANKED", 1)
    ranked = [part.ranked() for part in parts]
    assert [len(part.ranks) for part in parts + ranked] == [0] * len(parts) + [1 << 21] * len(parts)
    monkeypatch.setattr(index, "parts", lambda wanted=None: ranked)
    assert match(query, index, stages=STAGES[:3]) == plain
    nothing = extract(piece(900, 10))
    assert match(nothing, index, stages=STAGES[:3], threshold=1.0) == match(
        nothing, _WithParts(index, parts), stages=STAGES[:3], threshold=1.0
    )


class _WithParts:
    """An index with other parts."""

    def __init__(self, index, parts):
        self.durations, self.peaks, self._parts = index.durations, index.peaks, parts

    def parts(self, wanted=None):
        return self._parts


def test_several_tracks_in_a_mix(index):
    samples = np.concatenate([piece(100, 25, start_s=3), piece(902, 20), piece(107, 25, tempo=1.04, start_s=8)])
    found = {m.track: m for m in match(samples, index)}
    assert sorted(found) == [0, 7]
    assert found[0].best.query_end_s == pytest.approx(25, abs=1)
    assert found[7].best.query_start_s == pytest.approx(45, abs=1)
    assert found[7].best.tempo_ratio == pytest.approx(1.04, abs=0.004)


def test_two_segments_of_one_track(index):
    samples = np.concatenate([piece(104, 12, start_s=25), piece(903, 15), piece(104, 12, start_s=2)])
    found = only(match(samples, index))
    spans = sorted((s.query_start_s, s.reference_start_s) for s in found.segments)
    assert len(spans) == 2
    assert spans[0][1] - spans[0][0] == pytest.approx(25, abs=0.11)
    assert spans[1][1] - spans[1][0] == pytest.approx(2 - 27, abs=0.11)
    assert found.query_share == pytest.approx(24 / 39, abs=0.06)


@pytest.mark.parametrize(
    "samples",
    [
        piece(904, 10),
        piece(905, 60),
        noise(2, 12),
        np.zeros(10 * RATE, np.float32),
        (0.3 * np.sin(2 * np.pi * 440 * np.arange(10 * RATE) / RATE)).astype(np.float32),
        np.tile(np.concatenate([noise(3, 0.1), np.zeros(int(0.4 * RATE), np.float32)]), 20),
        piece(906, 1),
        np.zeros(1, np.float32),
        np.zeros(0, np.float32),
    ],
    ids=[
        "other piece",
        "long other piece",
        "noise",
        "silence",
        "tone",
        "drum loop",
        "one second",
        "one sample",
        "none",
    ],
)
def test_what_is_not_registered_is_not_found(index, samples):
    assert match(samples, index) == []


def test_excluded_tracks_are_not_found(index):
    assert match(piece(103, 10), index, exclude={3}) == []


def test_empty_registry():
    assert match(piece(100, 5), Index()) == []


def test_threshold_decides_what_is_reported(index):
    everything = match(piece(907, 10), index, threshold=1.0)
    assert everything
    assert [m.score for m in everything] == sorted((m.score for m in everything), reverse=True)
    assert min(m.chance_probability for m in everything) > 0.005


def test_progress_rises_to_one(index):
    seen: list[float] = []
    match(piece(100, 30), index, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_peaks_instead_of_samples_give_the_same(index):
    samples = piece(105, 8, start_s=10)
    assert match(extract(samples), index) == match(samples, index)


def test_store_is_asked_in_few_large_batches(index):
    class Counting:
        durations = index.durations
        peaks = staticmethod(index.peaks)
        calls = 0

        def parts(self, wanted):
            assert np.all(np.diff(wanted()) > 0)
            self.calls += 1
            return index.parts(wanted)

    counting = Counting()
    match(piece(908, 60), counting)
    assert counting.calls <= 8


def test_matched_peaks_lie_at_equal_pitch_and_the_found_offset(index):
    query = extract(piece(105, 8, start_s=17.3))
    best = only(match(query, index)).best
    pairs = matched_landmarks(query, index.peaks(5), best)
    assert len(pairs) > 60
    for pair in pairs:
        assert pair.reference_s - pair.query_s == pytest.approx(17.3, abs=0.06)
        assert pair.query_hz == pytest.approx(pair.reference_hz, rel=0.03)


def test_matched_peaks_of_a_transposed_excerpt(index):
    query = extract(piece(102, 9, semitones=2, start_s=12))
    best = only(match(query, index)).best
    pairs = matched_landmarks(query, index.peaks(2), best)
    ratios = [p.query_hz / p.reference_hz for p in pairs]
    assert len(pairs) > 60
    assert np.median(ratios) == pytest.approx(2 ** (2 / 12), rel=0.01)


def test_nothing_matches_between_strangers():
    nothing = Peaks(np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, np.uint8), 100)
    index = Index()
    index.add("empty", nothing)
    assert match(piece(1, 5), index) == []


def test_an_excerpt_is_found_at_its_absolute_time_in_a_recording_of_thirty_hours():
    """Two minutes of sound at the first hour, and others at hour 28, where single precision ends; silence between."""
    frames = 30 * 3600 * 22_050 // 512
    stretches = [(extract(piece(40 + n, 60)), hour * 3600 * 22_050 // 512) for n, hour in enumerate((1, 28))]
    whole = Peaks(
        np.concatenate([own.frame.astype(np.float64) + at for own, at in stretches]),
        np.concatenate([own.band for own, _ in stretches]),
        np.concatenate([own.rank for own, _ in stretches]),
        frames,
    )
    index = Index()
    index.add("an archive of a day and more", whole)
    index.add("another", extract(piece(50, 20)))
    for at, (own, first) in zip((1, 28), stretches, strict=True):
        start = round(20 / grid.FRAME_SECONDS)
        part = own.between(start, start + round(10 / grid.FRAME_SECONDS))
        query = Peaks(part.frame - np.float32(start), part.band, part.rank, round(10 / grid.FRAME_SECONDS))
        [found] = match(query, index)
        [segment] = found.segments
        assert found.track == 0
        expected = grid.frame_to_seconds(first + start) + segment.query_start_s - grid.FRAME_CENTRE_S
        assert segment.reference_start_s == pytest.approx(expected, abs=0.15), at


def test_a_query_of_thirty_hours_finds_what_it_holds_late():
    frames = 30 * 3600 * 22_050 // 512
    own, at = extract(piece(60, 30)), 29 * 3600 * 22_050 // 512
    index = Index()
    index.add("registered", own)
    query = Peaks(own.frame.astype(np.float64) + at, own.band, own.rank, frames)
    [found] = match(query, index, stages=STAGES[:1])
    [segment] = found.segments
    assert segment.query_start_s == pytest.approx(grid.frame_to_seconds(at), abs=1.0)
    assert segment.reference_start_s == pytest.approx(segment.query_start_s - grid.frame_to_seconds(at), abs=0.2)
