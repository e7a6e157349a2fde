import numpy as np
import pytest

from ml.similarity.cover.errors import CoverError
from ml.similarity.cover.explain import drawings, explain
from ml.similarity.cover.features import CoverPrint, excerpt, extract
from ml.similarity.cover.plausibility import score_needed
from ml.similarity.cover.scale import made_up
from ml.similarity.cover.search import CoverIndex, shipped_calibration
from tests.unit.ml.similarity.cover_synth import BEAT_S, RATE, Song, noise, play

SONGS = 8


@pytest.fixture(scope="module")
def index():
    made = CoverIndex()
    for number in range(SONGS):
        made.add(number, extract(play(Song(number))))
    return made


@pytest.fixture(scope="module")
def cover():
    """Song 3: 20 % faster, 4 semitones lower, other timbre, arpeggios for block chords, second half first."""
    order = [*range(10, 20), *range(10)]
    return extract(play(Song(3), tempo=1.2, semitones=-4, colours=(1.0, 0.1, 0.5), arpeggio=True, bars=order, seed=5))


def test_a_cover_is_found_with_key_tempo_and_both_sections(index, cover):
    (found,) = index.search(cover)
    assert found.number == 3
    assert found.chance_probability < 1e-3
    assert found.transposition_semitones == -4
    assert found.tempo_ratio == pytest.approx(1.2, abs=0.03)
    assert found.query_share > 0.9
    assert found.reference_share > 0.9
    halfway = 40 * BEAT_S
    first, second = sorted(found.segments, key=lambda s: s.query_start_s)
    assert first.reference_start_s == pytest.approx(halfway, abs=1.0)
    assert second.reference_start_s == pytest.approx(0.0, abs=1.0)
    assert second.query_start_s == pytest.approx(halfway / 1.2, abs=1.5)


def test_the_path_lies_on_the_true_alignment(index, cover):
    (found,) = index.search(cover)
    half = 40 * BEAT_S
    true = {q: 1.2 * q + half if 1.2 * q < half else 1.2 * q - half for q, _ in found.path}
    errors = [abs(true[q] - r) for q, r in found.path if abs(1.2 * q - half) > 3 and 3 < 1.2 * q < 2 * half]
    assert len(errors) > 15
    assert max(errors) < 0.8


def test_an_excerpt_inside_another_recording(index):
    part = extract(np.concatenate([noise(1, 6), play(Song(5), bars=list(range(4, 16)), semitones=2)]))
    (found,) = index.search(part)
    assert (found.number, found.transposition_semitones) == (5, 2)
    best = found.segments[0]
    assert best.query_start_s == pytest.approx(6.0, abs=2.5)
    assert best.reference_start_s - best.query_start_s == pytest.approx(16 * BEAT_S - 6.0, abs=0.8)


def test_unknown_songs_find_nothing(index):
    for seed in range(50, 56):
        assert index.search(extract(play(Song(seed)))) == []


@pytest.mark.parametrize("kind", ["silence", "noise", "tone", "chord", "clicks", "sweep"])
def test_what_is_no_music_finds_nothing(index, kind):
    t = np.arange(25 * RATE) / RATE
    sounds: dict[str, np.ndarray] = {
        "silence": np.zeros(len(t)),
        "noise": noise(3, 25),
        "tone": 0.3 * np.sin(2 * np.pi * 261.6 * t),
        "chord": 0.1 * np.sum([np.sin(2 * np.pi * f * t) for f in (261.6, 329.6, 392.0)], axis=0),
        "clicks": (np.arange(len(t)) % (RATE // 2) < 200) * noise(4, 25) * 5,
        "sweep": 0.3 * np.sin(2 * np.pi * (100 * t + 20 * t * t)),
    }
    assert index.search(extract(sounds[kind].astype(np.float32))) == []


def test_answers_depend_on_nothing_but_the_prints(index, cover):
    backwards = CoverIndex()
    for number in reversed(range(SONGS)):
        backwards.add(number, CoverPrint.from_bytes(index.print_of(number).to_bytes()))
    once = index.search(cover, threshold=1.0)
    assert once == index.search(cover, threshold=1.0)
    assert once == backwards.search(cover, threshold=1.0)


def test_excluded_removed_and_replaced(index, cover):
    assert index.search(cover, exclude=[3]) == []
    own = CoverIndex()
    own.add(7, index.print_of(3))
    assert [m.number for m in own.search(cover)] == [7]
    own.add(7, index.print_of(4))
    assert own.search(cover) == []
    own.remove(7)
    assert (len(own), own.search(cover, threshold=1.0)) == (0, [])


def test_the_threshold_is_the_largest_chance_that_is_reported(index, cover):
    everything = index.search(cover, threshold=1.0)
    assert len(everything) > 1
    limit = everything[1].chance_probability
    assert [m.number for m in index.search(cover, threshold=limit / 2)] == [3]
    assert everything[1].number in [m.number for m in index.search(cover, threshold=limit)]


def test_progress_ends_at_one(index, cover):
    seen: list[float] = []
    index.search(cover, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_an_explanation_adds_up(index, cover):
    (found,) = index.search(cover)
    told = explain(cover, index.print_of(3), found, tracks=len(index))
    assert sum(told.harmony_classes) == pytest.approx(1.0, abs=0.01)
    assert sum(told.melody_classes) == pytest.approx(1.0, abs=0.01)
    assert told.margin == pytest.approx(found.score - told.score_needed, abs=0.02)
    assert told.margin > 0
    assert told.runner_up_transposition != -4
    assert told.runner_up_score < told.strongest_score
    assert told.harmony_only > told.runner_up_score
    assert min(p.melody for p in told.pieces) > 0.3
    black = {1, 3, 6, 8, 10}
    assert sum(told.melody_classes[k] for k in black) > 0.4, "C major, four semitones lower: A flat major"
    limit = shipped_calibration().threshold
    harder = explain(cover, index.print_of(3), found, tracks=len(index), threshold=limit / 1000)
    assert harder.score_needed > told.score_needed


def test_drawings_have_the_same_pitch_classes_in_the_same_rows(index, cover):
    (found,) = index.search(cover)
    drawn = drawings(cover, index.print_of(3), found)
    assert len(drawn) == len(found.segments)
    for d in drawn:
        assert d.query_harmony.shape[0] == d.reference_melody.shape[0] == 12
        assert np.corrcoef(d.query_melody.sum(axis=1), d.reference_melody.sum(axis=1))[0, 1] > 0.8


def test_an_excerpt_of_a_print_for_drawing():
    harmony, melody = excerpt(extract(play(Song(1))), 4.0, 10.0)
    assert harmony.shape == melody.shape == (12, 30)
    assert harmony.max() == 1.0
    assert harmony.min() == 0.0


def test_too_short_to_tell():
    with pytest.raises(CoverError) as caught:
        extract(noise(1, 1.0))
    assert caught.value.code == "too_short"
    assert "at least 5 s" in str(caught.value)


def test_a_query_is_measured_by_what_unrelated_tracks_score_with_it(index, cover):
    """With eight tracks nothing is known of that; with forty, a sample tells, and the score that is needed follows."""
    (alone,) = index.search(cover)
    assert alone.unrelated.count == 0
    others = [index.print_of(number) for number in (0, 1, 2, 4)]
    larger = CoverIndex()
    for number in range(40):
        larger.add(number, index.print_of(number) if number < SONGS else made_up(others, number))
    (found,) = larger.search(cover)
    assert (found.number, found.unrelated.count) == (3, 40)
    told = explain(cover, larger.print_of(3), found, tracks=40)
    limit = shipped_calibration().threshold
    needed = score_needed(limit, cover.duration_s, 40, shipped_calibration(), found.unrelated)
    assert told.score_needed == pytest.approx(needed, abs=0.01)
    assert told.unrelated_score < needed < found.score
