"""The demo's music: complete, credited, free, and made of what it says."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ml.audio import Tags, analyse, decode, probe, read_tags
from ml.symbolic import demo
from ml.symbolic.arranging import arrange
from ml.symbolic.demo import DemoRecording, make_demo_music, make_track
from ml.symbolic.demo_works import WORKS
from ml.symbolic.scores import corpus_path, read_score
from tests.unit.ml.audio.signals import lag_of


def test_two_labels_of_twelve_works_each() -> None:
    labels = [work.label for work in WORKS]

    assert (labels.count("parlour"), labels.count("ceilidh"), len(labels)) == (12, 12, 24)
    assert len({work.key for work in WORKS}) == 24
    assert len({(work.source, work.number) for work in WORKS}) == 24
    assert len({work.title for work in WORKS}) == 24
    assert all("(demo)" in work.artist for work in WORKS)
    assert all(60 <= work.plan.seconds <= 150 for work in WORKS)


def test_no_source_is_reserved_or_for_non_commercial_use() -> None:
    for work in WORKS:
        path = corpus_path(work.source)
        assert path.exists(), work.source
        assert path.parts[-2] not in {"essenFolksong", "palestrina", "bach", "josquin", "monteverdi"}
        assert "ublic domain" in work.licence
        text = path.read_bytes()[:4_000].lower()
        assert b"all rights reserved" not in text
        assert b"non-commercial" not in text


def test_every_work_is_arranged_to_its_planned_length() -> None:
    for work in WORKS:
        score = read_score(corpus_path(work.source), number=work.number, repeats=work.repeats)
        voices = arrange(score, work.plan, seed=1)
        notes = sorted((n for voice in voices for n in voice.notes), key=lambda n: n.start_s)
        ends = max(n.start_s + n.duration_s for n in notes)
        starts = [n.start_s for n in notes]
        assert ends == pytest.approx(work.plan.seconds, abs=4.0), work.key
        assert max(b - a for a, b in pairwise(starts)) < 4.0, work.key  # no hole
        assert len({n.pitch % 12 for n in notes}) >= 6, work.key
        assert all(24 <= n.pitch <= 108 for n in notes), work.key


KEYS = (demo.PHONE_SOURCE, demo.ALTERED_SOURCE, "lift-every-voice")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[DemoRecording]:
    """The demo of three of its works (the whole takes 20 s), with the extras."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "WORKS", tuple(work for work in WORKS if work.key in KEYS))
        patch.setattr(demo, "MIX_SOURCES", KEYS)
        patch.setattr(demo, "ProcessPoolExecutor", lambda count, context: ThreadPoolExecutor(count))
        seen: list[float] = []
        recordings = make_demo_music(tmp_path_factory.mktemp("demo"), seen.append, processes=2)
        assert seen == sorted(seen)
        assert seen[-1] == 1.0
        return recordings


def test_tracks_come_first_then_the_extras(made: list[DemoRecording]) -> None:
    assert [r.kind for r in made] == ["track"] * 3 + ["phone_excerpt", "altered_excerpt", "cover", "mix"]
    assert [r.path.suffix for r in made] == [".mp3", ".flac", ".flac", ".wav", ".flac", ".flac", ".flac"]
    for recording in made[:3]:
        work = next(work for work in WORKS if work.key == recording.key)
        facts = probe(recording.path)
        assert facts.duration_s == pytest.approx(work.plan.seconds, abs=4.0)
        assert (facts.sample_rate_hz, facts.channels) == (48_000, 2)


def test_metadata_is_unique_and_numbered() -> None:
    tracks = [demo._track(work, Path("demo")) for work in WORKS]

    assert [r.isrc for r in tracks] == [f"QZDEM26{number:05d}" for number in range(1, 25)]
    for release in {r.release for r in tracks}:
        same = [r for r in tracks if r.release == release]
        assert [r.track_number for r in same] == [1, 2, 3, 4, 5, 6]
        assert len({(r.artist, r.label) for r in same}) == 1


def test_the_tracks_are_music_at_a_sane_level(made: list[DemoRecording]) -> None:
    for recording in made[:3]:
        result = analyse(recording.path)
        seconds = result.samples[: len(result.samples) // 22_050 * 22_050].reshape(-1, 22_050)
        assert -32 < (result.loudness.integrated_lufs or -99) < -8
        assert (np.sqrt(np.mean(seconds[1:-4] ** 2, axis=1)) > 1e-3).all()  # no holes


def test_the_files_carry_their_tags(made: list[DemoRecording]) -> None:
    for recording in made[:3]:
        assert read_tags(recording.path) == Tags(
            title=recording.title,
            artist=recording.artist,
            album=recording.release,
            composer=recording.composer,
            isrc=recording.isrc,
            date="2026",
            track_number=recording.track_number,
        )


def test_the_phone_excerpt_is_where_it_says(made: list[DemoRecording]) -> None:
    recording = next(r for r in made if r.kind == "phone_excerpt")
    (segment,) = recording.segments
    source = next(r for r in made if r.key == segment.source_key)

    heard = decode(recording.path, sample_rate=8_000)
    wanted = decode(source.path, sample_rate=8_000, start_s=segment.source_start_s, seconds=40.0)

    assert probe(recording.path).sample_rate_hz == 8_000
    assert source.label != recording.label
    assert len(heard) == 40 * 8_000
    assert abs(lag_of(heard, wanted)) <= 16  # 2 ms: the band-pass filter


def test_the_altered_excerpt_is_higher_and_faster(made: list[DemoRecording]) -> None:
    recording = next(r for r in made if r.kind == "altered_excerpt")
    (segment,) = recording.segments

    source = next(r for r in made if r.key == segment.source_key)
    assert source.label != recording.label
    assert (segment.tempo_ratio, segment.pitch_semitones) == (1.04, 1.0)
    assert probe(recording.path).duration_s == pytest.approx(45.0 / 1.04, abs=0.1)
    # Its spectrum in thirds of a semitone is the source's, three steps higher.
    original = _pitch_profile(decode(source.path, start_s=segment.source_start_s, seconds=45.0))
    altered = _pitch_profile(decode(recording.path))
    fits = [np.corrcoef(np.roll(original, shift), altered)[0, 1] for shift in range(-6, 7)]
    assert int(np.argmax(fits)) - 6 == 3


def test_the_mix_holds_its_sections(made: list[DemoRecording]) -> None:
    recording = next(r for r in made if r.kind == "mix")
    by_key = {r.key: r for r in made}
    step = demo.MIX_SECTION_S - demo.MIX_FADE_S

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "MIX_SOURCES", KEYS)
        segments = demo._mix_segments()
    assert probe(recording.path).duration_s == 3 * step + demo.MIX_FADE_S
    for segment in segments:
        source = by_key[segment.source_key].path
        inside = decode(recording.path, start_s=segment.start_s + 10, seconds=10)
        wanted = decode(source, start_s=segment.source_start_s + 10, seconds=10)
        assert np.corrcoef(inside, wanted)[0, 1] > 0.999


def test_the_full_mix_is_long_and_of_both_labels() -> None:
    labels = {work.key: work.label for work in WORKS}
    segments = demo._mix_segments()

    assert segments[-1].end_s > 6 * 60
    assert {labels[segment.source_key] for segment in segments} == {"parlour", "ceilidh"}


def test_a_track_is_the_same_every_time(tmp_path: Path) -> None:
    work = min(WORKS, key=lambda w: w.plan.seconds)
    digests = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        make_track(work, folder)
        digests.append(hashlib.sha256((folder / f"{work.key}{work.suffix}").read_bytes()).hexdigest())

    assert digests[0] == digests[1]


def test_every_extra_s_source_is_a_track_that_is_long_enough() -> None:
    seconds = {work.key: work.plan.seconds for work in WORKS}

    assert seconds[demo.PHONE_SOURCE] > demo.PHONE_START_S + demo.PHONE_SECONDS
    assert seconds[demo.ALTERED_SOURCE] > demo.ALTERED_START_S + demo.ALTERED_SECONDS
    for key in demo.MIX_SOURCES:
        assert seconds[key] > demo.MIX_START_S + demo.MIX_SECTION_S


def _pitch_profile(samples: np.ndarray) -> np.ndarray:
    """Mean log level in 36 steps an octave from 200 Hz, five octaves."""
    frames = samples[: len(samples) // 8192 * 8192].reshape(-1, 8192) * np.hanning(8192)
    power = np.abs(np.fft.rfft(frames, axis=1)).mean(axis=0)
    centres = 200 * 2 ** (np.arange(144) / 36)
    return np.log(np.interp(centres, np.fft.rfftfreq(8192, 1 / 22_050), power) + 1e-6)
