import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from ml.similarity.cover import corpus, searches
from ml.similarity.cover.baseline import fourier_scores, fourier_vectors, warping_scores
from ml.similarity.cover.benchmark import WHOLE, Benchmark, Query
from ml.similarity.cover.calibrate import fit, operating_points
from ml.similarity.cover.evaluate import Outcome, outcome, summary
from ml.similarity.cover.features import CoverPrint, extract
from ml.similarity.cover.material import Chord, Song, Tone, read_lead_sheet, split_of
from ml.similarity.cover.patches import mean_window, shipped_mean
from ml.similarity.cover.plausibility import (
    NOTHING_KNOWN,
    OPERATING_POINTS,
    Calibration,
    Unrelated,
    centre,
    chance_probability,
    level,
    score_needed,
    shipped_calibration,
    spread,
)
from ml.similarity.cover.scale import made_up
from ml.similarity.cover.search import CoverIndex, sample_of
from ml.similarity.cover.searches import MISSED, Sample, collect
from ml.similarity.cover.variations import KINDS, Plan, perform, reference_plan, variation
from tests.unit.ml.similarity import cover_synth


def _song() -> Song:
    tune = tuple(Tone(float(k), 1.0, 60 + k % 7) for k in range(64))
    chords = tuple(Chord(4.0 * k, 4.0, (7 * k % 12, (7 * k + 4) % 12, (7 * k + 7) % 12)) for k in range(16))
    return Song("a", (tune,), chords, tuple((16.0 * k, 16.0 * k + 16) for k in range(4)), 4, 0.5)


def _outcome(rank: int, chance: float, *, registered: bool = True, wrong: float = 1.0) -> Outcome:
    return Outcome("cover", 30.0, registered, rank, chance, wrong, 0.1)


def test_figures_of_known_outcomes():
    limit = shipped_calibration().threshold
    found = summary(
        [
            _outcome(0, limit / 2),
            _outcome(0, 1.0),
            _outcome(3, limit / 2, wrong=limit / 2),
            _outcome(MISSED, 1.0),
            _outcome(MISSED, limit / 2, registered=False),
            _outcome(MISSED, 1.0, registered=False),
        ]
    )
    assert found["map"] == pytest.approx((1 + 1 + 0.25 + 0) / 4)
    assert (found["r1"], found["r10"], found["hit"]) == (0.5, 0.75, 0.25)
    assert (found["wrong"], found["false"], found["unknown"], found["registered"]) == (1, 1, 2, 4)
    assert found["kinds"]["cover"]["hit"] == 0.25


def _samples() -> list[Sample]:
    g = np.random.default_rng(5)
    lengths = np.tile([15.0, 30.0, 60.0, 180.0], 150)
    chance = np.exp(0.9 + 0.3 * np.log(lengths) + 0.2 * (np.log(100) + g.gumbel(size=len(lengths))))
    quarter = chance * 4**-0.1
    rows = zip(lengths, chance, quarter, strict=True)
    return [Sample(s, s, 100, float(c), float(c) + 60, True, float(q)) for s, c, q in rows]


def _short_and_long() -> list[Sample]:
    """The scale is 0.1 at 15 s, 0.2 at 60 s and 0.5 at 240 s."""
    g = np.random.default_rng(6)
    lengths = np.tile([15.0, 60.0, 240.0], 400)
    scale = np.tile([0.1, 0.2, 0.5], 400)
    chance = np.exp(3.0 + scale * g.gumbel(size=len(lengths)))
    return [Sample(s, s, 100, float(c), 0.0, False) for s, c in zip(lengths, chance, strict=True)]


def test_calibration_states_what_it_sees():
    samples = _samples()
    fitted = fit(samples)
    assert fitted.seconds == (15.0, 30.0, 60.0, 180.0)
    assert fitted.tracks == pytest.approx((0.1,) * 4, abs=1e-3)
    assert min(fitted.scale) > 0.15
    assert max(fitted.scale) < 0.33
    risen = np.polyfit(np.log(fitted.seconds), fitted.location, 1)[0]
    assert risen == pytest.approx(0.3, abs=0.06)
    chances = np.array([chance_probability(s.chance, s.query_s, s.tracks, fitted) for s in samples])
    for p in (0.02, 0.05, 0.1):
        assert np.mean(chances <= p) <= p
    assert np.mean(chances <= 0.1) > 0.04
    points = operating_points(samples, fitted)
    rates = [(p["false_alarm_rate"], p["hit_rate"]) for p in points["points"]]
    assert rates == sorted(rates, reverse=True), "a stricter threshold has fewer of both"
    assert points["points"][0]["queries"] == 600


def test_calibration_sees_that_long_queries_scatter_more():
    fitted = fit(_short_and_long())
    assert fitted.seconds == (15.0, 60.0, 240.0)
    for found, true in zip(fitted.scale, (0.1, 0.2, 0.5), strict=True):
        assert 0.9 * true < found < 1.4 * true


def test_between_measured_lengths_constants_lie_on_a_line():
    two = replace(CONSTANTS, seconds=(10.0, 1000.0), location=(1.0, 2.0), tracks=(0.1, 0.1), scale=(0.1, 0.3))
    known = Unrelated(3.0, 10**9)
    assert spread(100.0, two, known) == pytest.approx(0.2)
    assert centre(100.0, 1, two, known) == pytest.approx(4.5)
    assert spread(5.0, two, known) == pytest.approx(0.1), "as at the shortest"
    assert spread(10_000.0, two, known) == pytest.approx(0.4), "on beyond the longest"


CONSTANTS = Calibration(
    seconds=(60.0,),
    location=(1.0,),
    tracks=(0.1,),
    scale=(0.1,),
    typical=1.0,
    typical_growth=0.5,
    unknown=0.2,
    threshold=0.01,
)


def test_the_level_of_a_query_is_its_own_as_far_as_it_was_seen():
    """By hand: at 100 s and one track, usual is 1 + ln(100) / 2 and the location 1 above it."""
    usual = 1.0 + 0.5 * np.log(100)
    at = Unrelated(usual + 0.9, 64)
    for unrelated, middle, scale in (
        (NOTHING_KNOWN, usual + 1.0, np.hypot(0.1, 0.2)),
        (at, usual + 0.9 * 64 / 72 + 1.0, np.hypot(0.1, 0.2 * 8 / 72)),
    ):
        expected = 1 - np.exp(-np.exp(-0.5 / scale))
        assert chance_probability(np.exp(middle + 0.5), 100.0, 1, CONSTANTS, unrelated) == pytest.approx(expected)
        assert np.log(score_needed(expected, 100.0, 1, CONSTANTS, unrelated)) == pytest.approx(middle + 0.5)


def test_what_resembles_nothing_is_not_measured_by_that():
    """A loop of two chords agreed with unrelated songs by 1 and with one of them by 4, which was no similarity."""
    usual = 1.0 + 0.5 * np.log(60)
    loop = Unrelated(0.0, 64)
    assert level(60.0, CONSTANTS, loop) == pytest.approx(usual - 0.5)
    assert chance_probability(4.4, 60.0, 160, CONSTANTS, loop) > 0.99


def test_calibration_takes_the_level_of_each_query_off():
    g = np.random.default_rng(8)
    levels = g.normal(3.0, 0.3, 600)
    scores = np.exp(levels + 0.8 + 0.1 * g.gumbel(size=600))
    samples = [
        Sample(60.0, 60.0, 100, float(c), 0.0, False, float(c) * 4**-0.1, float(v), 10**6)
        for c, v in zip(scores, levels, strict=True)
    ]
    fitted = fit(samples)
    assert fitted.scale[0] == pytest.approx(0.1, abs=0.02)
    assert fitted.unknown == pytest.approx(0.3 * np.sqrt(6) / np.pi, rel=0.1)
    assert fitted.typical + fitted.typical_growth * np.log(60) == pytest.approx(3.0, abs=0.05)


def test_an_outcome_is_rated_by_the_constants_of_now():
    searched = Sample(60.0, 60.0, 99, 30.0, 90.0, True, level=3.0, sampled=64, kind="cover", rank=0, cpu_s=0.5)
    told = outcome(searched, CONSTANTS)
    level = Unrelated(3.0, 64)
    assert told.chance == chance_probability(90.0, 60.0, 100, CONSTANTS, level)
    assert told.wrong_chance == chance_probability(30.0, 60.0, 100, CONSTANTS, level)
    assert (told.kind, told.rank, told.registered) == ("cover", 0, True)


def test_tracks_of_the_sample_count_as_no_chance_match():
    assert sample_of(3) == [0, 1, 2]
    assert sample_of(128) == list(range(0, 128, 2))


def test_a_made_up_track_is_new_and_always_the_same():
    prints = [extract(cover_synth.play(cover_synth.Song(k))) for k in range(2)]
    made = made_up(prints, 5)
    assert made.to_bytes() == made_up(prints, 5).to_bytes()
    assert made.to_bytes() != made_up(prints, 6).to_bytes()
    assert made.harmony.max() <= 15
    assert len(made) > len(prints[0]) / 2
    index = CoverIndex()
    for number, one in enumerate([*prints, made]):
        index.add(number, one)
    assert index.search(prints[1])[0].number == 1


def test_a_corpus_can_keep_prints_alone(tmp_path):
    recipe = corpus.Recipe("tune", 1, 1, 0, ("key",), 1)
    corpus.make(tmp_path, [_song()], recipe, lambda _: None, prints_only=True)
    assert list((tmp_path / "audio").iterdir()) == []
    kept = sorted((tmp_path / "prints").iterdir())
    assert [p.name for p in kept] == ["a__key.cover", "a__reference.cover"]
    assert CoverPrint.from_bytes(kept[0].read_bytes()).duration_s == pytest.approx(32.0, abs=3.0)


def test_searches_that_were_kept_are_not_made_again(tmp_path, monkeypatch):
    prints = [extract(cover_synth.play(cover_synth.Song(k))) for k in range(2)]
    query = Query("q", "s", "cover", 1, prints[1])
    monkeypatch.setattr(searches, "open_benchmark", lambda *_: Benchmark(["a", "b"], prints, [query]))
    kept = tmp_path / "searches.jsonl"
    made = collect(tmp_path, lengths=[10.0, WHOLE], kept=kept, say=print)
    assert [(s.length_s, s.tracks, s.known) for s in made] == [(10.0, 1, True), (WHOLE, 1, True)]
    assert made[1].true > made[1].chance
    monkeypatch.setattr(CoverIndex, "search", None)
    assert collect(tmp_path, lengths=[10.0, WHOLE], kept=kept, say=print) == made


def test_the_mean_window_is_that_of_all_windows(tmp_path):
    prints = [extract(cover_synth.play(cover_synth.Song(k))) for k in range(2)]
    vector, count = mean_window(prints)
    one, other = (mean_window([p]) for p in prints)
    assert count == one[1] + other[1]
    assert np.allclose(vector, (one[0] * one[1] + other[0] * other[1]) / count, atol=1e-6)
    assert vector.shape == shipped_mean().shape


def test_the_shipped_operating_points_belong_to_the_calibration():
    points = json.loads(OPERATING_POINTS.read_text())
    assert points["default"] == shipped_calibration().threshold
    low, high = points["limits"]
    assert low <= points["default"] <= high
    (own,) = [p for p in points["points"] if p["threshold"] == points["default"]]
    assert own["false_alarm_rate"] <= 0.01
    assert own["queries"] >= 100


def test_a_query_is_cut_at_the_same_place_each_time():
    whole = extract(cover_synth.play(cover_synth.Song(1)))
    query = Query("q", "s", "cover", 0, whole)
    assert query.cut(WHOLE) is whole
    assert query.cut(15.0).duration_s == pytest.approx(15.0, abs=0.2)
    assert np.array_equal(query.cut(15.0).harmony, query.cut(15.0).harmony)


def test_the_baselines_find_an_unchanged_song_in_another_key():
    prints = [extract(cover_synth.play(cover_synth.Song(k))) for k in range(4)]
    query = extract(cover_synth.play(cover_synth.Song(2), semitones=5))
    assert int(np.argmax(fourier_scores(query, fourier_vectors(prints)))) == 2
    assert int(np.argmax(warping_scores(query, prints))) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_each_variation_changes_what_it_says(kind):
    song, base = _song(), reference_plan(np.random.default_rng(1))
    plan = variation(kind, base, np.random.default_rng(2))
    before = {v.is_drum: v for v in perform(song, base, 3)}
    after = perform(song, plan, 3)
    assert plan != base
    assert after == perform(song, plan, 3)
    if kind == "key":
        assert plan.semitones != 0
        assert after[0].notes[0].pitch == 60 + plan.semitones
    if kind == "tempo":
        assert after[0].notes[-1].start_s == pytest.approx(0.2 + 63 * 0.5 / plan.tempo, abs=0.1)
    if kind == "drums":
        assert any(v.is_drum for v in after) != (True in before)
    if kind == "structure":
        assert len(after[0].notes) == 48, "three of four sections"
    if kind == "no_melody":
        assert len(after) == len(perform(song, base, 3)) - 1
    if kind == "melody_only":
        assert len(after) == 1


def test_reharmonised_chords_share_two_tones():
    plan = Plan(reharmonised=1.0, tune=False)
    backing = perform(_song(), plan, 1)[0]
    for k, chord in enumerate(_song().chords):
        heard = {n.pitch % 12 for n in backing.notes if abs(n.start_s - 0.2 - 2 * k) < 0.3}
        assert len(heard & set(chord.classes)) == 2


LEAD_SHEET = """<score-partwise><part id="P1"><measure><attributes><divisions>2</divisions><time><beats>3</beats>
<beat-type>4</beat-type></time></attributes>{}</measure></part></score-partwise>"""


def test_a_lead_sheet_is_read(tmp_path):
    chord = "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>dominant</kind></harmony>"
    note = "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>2</duration>{}</note>"
    body = "".join(
        chord + note.format("C", "") + note.format("E", '<tie type="start"/>') + note.format("E", '<tie type="stop"/>')
        for _ in range(8)
    )
    with zipfile.ZipFile(tmp_path / "Song.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("Song.xml", LEAD_SHEET.format(body))
    song = read_lead_sheet(tmp_path / "Song.mxl", choruses=2)
    assert (song.name, song.beats_a_bar, song.length) == ("ewld_Song", 3, 48.0)
    assert song.parts[0][:2] == (Tone(0.0, 1.0, 60), Tone(1.0, 2.0, 64))
    assert song.chords[1] == Chord(3.0, 3.0, (10, 2, 5, 8))
    with zipfile.ZipFile(tmp_path / "Empty.mxl", "w") as archive:
        archive.writestr("Song.xml", LEAD_SHEET.format(""))
    with pytest.raises(ValueError, match="too few notes"):
        read_lead_sheet(tmp_path / "Empty.mxl")


def test_splits_are_by_song_and_of_the_stated_sizes():
    found = [split_of(f"{n:03d}") for n in range(1000)]
    assert found == [split_of(f"{n:03d}") for n in range(1000)]
    assert [round(found.count(s) / 1000, 1) for s in ("tune", "calibrate", "report")] == [0.3, 0.3, 0.4]
