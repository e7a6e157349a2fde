import json
import zipfile

import numpy as np
import pytest

from ml.similarity.cover import calibrate
from ml.similarity.cover.baseline import fourier_scores, fourier_vectors, warping_scores
from ml.similarity.cover.benchmark import WHOLE, Benchmark, Query
from ml.similarity.cover.calibrate import Sample, fit, operating_points
from ml.similarity.cover.evaluate import MISSED, Outcome, summary
from ml.similarity.cover.features import extract
from ml.similarity.cover.material import Chord, Song, Tone, read_lead_sheet, split_of
from ml.similarity.cover.patches import mean_window, shipped_mean
from ml.similarity.cover.plausibility import OPERATING_POINTS, chance_probability, shipped_calibration
from ml.similarity.cover.search import CoverIndex
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


def _short_and_long(growth: float) -> list[Sample]:
    g = np.random.default_rng(6)
    lengths = np.tile([15.0, 60.0, 240.0], 400)
    scale = 0.2 * (lengths / 60) ** growth
    chance = np.exp(3.0 + scale * g.gumbel(size=len(lengths)))
    return [Sample(s, s, 100, float(c), 0.0, False) for s, c in zip(lengths, chance, strict=True)]


def test_calibration_states_what_it_sees():
    samples = _samples()
    fitted = fit(samples)
    assert fitted.growth == pytest.approx(0.3, abs=0.05)
    assert 0.18 < fitted.scale < 0.28
    assert fitted.scale_growth == pytest.approx(0.0, abs=0.2)
    assert fitted.tracks == pytest.approx(0.1, abs=1e-3)
    chances = np.array([chance_probability(s.chance, s.query_s, s.tracks, fitted) for s in samples])
    for p in (0.02, 0.05, 0.1):
        assert np.mean(chances <= p) <= p
    assert np.mean(chances <= 0.1) > 0.04
    points = operating_points(samples, fitted)
    rates = [(p["false_alarm_rate"], p["hit_rate"]) for p in points["points"]]
    assert rates == sorted(rates, reverse=True), "a stricter threshold has fewer of both"
    assert points["points"][0]["queries"] == 600


def test_calibration_sees_that_long_queries_scatter_more():
    fitted = fit(_short_and_long(0.3))
    assert fitted.scale_growth == pytest.approx(0.3, abs=0.06)
    assert 0.19 < fitted.scale < 0.25


def test_searches_that_were_kept_are_not_made_again(tmp_path, monkeypatch):
    prints = [extract(cover_synth.play(cover_synth.Song(k))) for k in range(2)]
    query = Query("q", "s", "cover", 1, prints[1])
    monkeypatch.setattr(calibrate, "open_benchmark", lambda *_: Benchmark(["a", "b"], prints, [query]))
    kept = tmp_path / "searches.jsonl"
    made = calibrate.collect(tmp_path, lengths=[10.0, WHOLE], kept=kept, say=print)
    assert [(s.length_s, s.tracks, s.known) for s in made] == [(10.0, 2, True), (WHOLE, 2, True)]
    assert made[1].true > made[1].chance
    monkeypatch.setattr(CoverIndex, "search", None)
    assert calibrate.collect(tmp_path, lengths=[10.0, WHOLE], kept=kept, say=print) == made


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
